"""The pages of synergies: each number leads to the list behind it."""

import pytest

from booking.extensions import db
from booking.search.models import SearchCount
from tests.conftest import NOW
from tests.factories import make_cluster, make_coordinator, make_facility, make_focus_area, sign_in
from tests.pages import get_page


@pytest.fixture
def clusters(app_context):
    tampere, kit = make_cluster("tampere"), make_cluster("kit", expertise=["digital forensics"])
    area = make_focus_area("fire-rescue")
    for cluster, slug in ((tampere, "forest"), (kit, "cellar"), (kit, "attic")):
        make_facility(cluster, slug, focus_areas=[area], concepts=["wildfire"], hours=None)
    return tampere, kit


def test_each_number_leads_to_as_many_facilities(clusters, client):
    row = next(
        row for row in get_page(client, "/synergies").all("tr") if "Fire and rescue" in row.text
    )
    numbers = {link.get("href"): link.text for link in row.all("a")}

    assert sorted(numbers.values()) == ["1 facility", "2 facilities"]
    for address, text in numbers.items():
        found = get_page(client, address).all(class_="card")
        assert len(found) == int(text.split()[0])


def test_rows_can_be_narrowed_to_what_one_or_nobody_has(clusters, client):
    one = get_page(client, "/synergies?held=one").one("main").text
    nobody = get_page(client, "/synergies?held=nobody").one("main").text
    several = get_page(client, "/synergies?held=several").one("main").text

    assert "Fire and rescue 2 clusters" in several
    assert "Forensics one cluster" in one
    assert "Space no cluster" in nobody
    assert "Fire and rescue" not in one + nobody


def test_two_clusters_are_chosen_and_a_wrong_choice_says_so(clusters, client):
    page = get_page(client, "/synergies/two-clusters?first=tampere&second=kit")
    same = get_page(client, "/synergies/two-clusters?first=kit&second=kit")
    unknown = get_page(client, "/synergies/two-clusters?first=kit&second=nowhere")

    assert "Both 1 Fire and rescue" in page.one("main").text
    assert "Only Kit 2 Cybersecurity Forensics" in page.one("main").text
    assert "Choose two different clusters" in same.one("main").text
    assert "Choose two clusters" in unknown.one("main").text


def test_coordinators_see_what_is_searched_for_in_vain(clusters, client):
    sign_in(client, make_coordinator(clusters[0]))
    empty = get_page(client, "/synergies/unmet").one("main").text
    db.session.rollback()
    for day in range(1, 6):
        db.session.add(
            SearchCount(
                day=NOW.date().replace(day=day),
                filters={"what": "<b>zeppelin</b>", "countries": ["FI"]},
                results=0,
                searches=2,
                digest=str(day),
            )
        )
    db.session.commit()

    page = get_page(client, "/synergies/unmet").one("main").text

    assert "at least 10 times on at least 5 different days" in empty
    assert "“<b>zeppelin</b>” Finland 10 5" in page


def test_pages_say_what_will_be_there_before_the_catalogue_is_loaded(client):
    assert "once the catalogue is loaded" in get_page(client, "/synergies").text
    assert "once the catalogue is loaded" in get_page(client, "/synergies/two-clusters").text
    assert client.get("/synergies/capabilities/none").status_code == 404
