"""The pages of the clusters, and the map."""

from booking.catalogue import reading, service
from booking.clusters.map import VIEW_HEIGHT, VIEW_WIDTH, VIEW_X, VIEW_Y, project
from tests.factories import make_cluster, make_facility, make_focus_area
from tests.pages import get_page
from tests.statements import count_statements


def test_each_cluster_page_shows_facilities_and_expertise(app_context, client):
    service.load(reading.read_catalogue())

    page = get_page(client, "/clusters/hsd")

    assert page.one("h1").text == "HSD"
    for said in (
        "fire and rescue training",
        "Keeping vital services running",
        "more than 250 (March 2017, thehagueuniversity.com)",
        "12 facilities",
        "Amsterdam time (UTC+1)",
        "Answer in 10 working days",
        "Enschede",
    ):
        assert said in page.text


def test_its_facilities_are_listed_as_a_tree(app_context, client):
    cluster = make_cluster("alpha")
    hall = make_facility(cluster, "hall", name="Hall")
    make_facility(cluster, "bench", name="Bench", parent=hall)
    make_facility(cluster, "annex", name="Annex")

    tree = get_page(client, "/clusters/alpha").one("ul", class_="facility-tree")

    lines = [(h3.parent.parent.get("class"), h3.text) for h3 in tree.all("h3")]
    assert lines == [("depth-0", "Annex"), ("depth-0", "Hall"), ("depth-1", "Bench")]


def test_a_city_is_not_repeated(app_context, client):
    tampere = make_cluster("tampere", short_name="Tampere", city="Tampere", country="FI")
    make_facility(tampere, "track", name="Track, Tampere", city="Tampere")
    make_facility(tampere, "field", name="Field", city="Pori")

    page = get_page(client, "/facilities/track")

    assert page.one("nav", class_="crumbs").text.endswith("Tampere")
    assert "Tampere, Tampere" not in page.text + get_page(client, "/calendar").text
    assert "Tampere, Pori" in get_page(client, "/facilities/field").one("p", class_="lead").text
    for address in ("/clusters", "/clusters/tampere"):
        assert "Tampere Tampere" not in get_page(client, address).one("main").text


def test_its_busy_times_can_be_subscribed_to(app_context, client):
    make_cluster("alpha")

    links = [a.get("href") for a in get_page(client, "/clusters/alpha").all("a")]

    assert "/clusters/alpha.ics" in links


def test_unknown_members_are_called_not_stated(app_context, client):
    make_cluster("alpha")

    page = get_page(client, "/clusters/alpha")

    assert "Members not stated" in page.all("dl", class_="facts")[0].text


def test_an_unknown_cluster_is_not_found(app_context, client):
    get_page(client, "/clusters/nothing", status=404)


def test_all_clusters_are_on_one_page_as_list_and_map(app_context, client):
    service.load(reading.read_catalogue())

    page = get_page(client, "/clusters")

    assert len(page.one("ul", class_="cluster-list").all("h2")) == 7
    pins = page.all("a", class_="pin")
    listed = page.one("figure").one("ul").all("a")
    assert len(pins) == 7
    for pin in pins:
        shown = " ".join(text.text for text in pin.all("text"))
        assert (pin.get("aria-label") or "").startswith(shown), "the spoken name has what is seen"
    assert {pin.get("href") for pin in pins} == {link.get("href") for link in listed}
    assert "CenSec, Karup: 9 facilities" in page.text


def test_without_clusters_the_pages_explain_themselves(app_context, client):
    assert "No clusters yet" in get_page(client, "/clusters").text
    assert "Nothing to find yet" in get_page(client, "/").text
    assert "Nothing to find yet" in get_page(client, "/facilities").text


def test_every_cluster_of_the_catalogue_is_on_the_map():
    for cluster in reading.read_catalogue().clusters:
        x, y = project(cluster["lat"], cluster["lon"])
        assert VIEW_X < x < VIEW_X + VIEW_WIDTH
        assert VIEW_Y < y < VIEW_Y + VIEW_HEIGHT


def test_the_number_of_statements_does_not_grow_with_the_clusters(app_context, client):
    def fill(first, last):
        for n in range(first, last):
            cluster = make_cluster(f"c{n}", focus_areas=[make_focus_area(f"area-{n}")])
            make_facility(cluster)

    fill(0, 3)
    few = count_statements(lambda: get_page(client, "/clusters"))
    fill(3, 12)

    assert count_statements(lambda: get_page(client, "/clusters")) == few


def test_the_number_of_statements_does_not_grow_with_the_facilities_of_a_cluster(
    app_context, client
):
    cluster = make_cluster("alpha")

    def fill(first, last):
        for n in range(first, last):
            make_facility(cluster, focus_areas=[make_focus_area(f"area-{n}")])

    fill(0, 3)
    few = count_statements(lambda: get_page(client, "/clusters/alpha"))
    fill(3, 12)

    assert count_statements(lambda: get_page(client, "/clusters/alpha")) == few
