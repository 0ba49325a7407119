"""Facilities side by side: the page whose address says which."""

from urllib.parse import parse_qsl, urlsplit

import pytest
import sqlalchemy as sa

from booking.extensions import db
from booking.rules.visibility import CalendarLevel
from booking.search.models import SearchCount
from tests.factories import make_cluster, make_coordinator, make_facility
from tests.pages import get_page


@pytest.fixture
def facilities(app_context):
    cluster = make_cluster("censec", short_name="CenSec")
    make_coordinator(cluster)
    made = [
        make_facility(cluster, "hall", kind="lab", people_limit=4, capacity_note="800 m2"),
        make_facility(cluster, "bench", kind="workbench", people_limit=4),
        make_facility(cluster, "range", kind="range", people_limit=4),
        make_facility(cluster, "tower", kind="lab", people_limit=4),
        make_facility(cluster, "tank", kind="lab", people_limit=4),
    ]
    db.session.commit()
    return made


def address(*slugs):
    return "/compare?" + "&".join(f"facility={slug}" for slug in slugs)


def rows(page):
    """What each row says of the facilities, by the name of the fact."""
    return {
        row.one("th").text: [cell.text for cell in row.all("td")]
        for row in page.one("tbody").all("tr")
    }


def test_facts_stand_side_by_side_with_what_differs_and_what_nobody_states(facilities, client):
    page = get_page(client, address("hall", "bench"))
    facts = rows(page)
    assert facts["Kind differs"] == ["lab", "workbench"]
    assert facts["Size differs"] == ["800 m2", "not stated"]
    assert facts["People"] == ["up to 4 people"] * 2
    assert "None of them states: " in page.one("main").text
    only = rows(get_page(client, address("hall", "bench") + "&show=differences"))
    assert "Kind differs" in only
    assert "People" not in only


def test_a_free_date_is_shown_only_to_those_who_see_the_calendar(facilities, client):
    shown = rows(get_page(client, address("hall", "bench")))["First free date"]
    assert shown[1] == shown[0] != "not shown"
    facilities[1].sees_public = CalendarLevel.NOTHING
    db.session.commit()
    hidden = rows(get_page(client, address("hall", "bench")))["First free date"]
    assert hidden == [shown[0], "not shown"]


def test_a_fifth_facility_is_refused_with_a_way_to_remove_each(facilities, client):
    answer = client.get(address("hall", "bench", "range", "tower", "tank"))
    assert answer.status_code == 422
    assert "5 facilities are too many" in answer.text
    page = get_page(client, address("hall", "bench", "range", "tower"))
    assert "Add a facility" not in page.one("main").text  # there is no room for it
    full = client.get(address("hall", "bench", "range", "tower") + "&add=tank")
    assert full.status_code == 422


def test_a_facility_is_added_by_its_name_and_what_is_unknown_stays_in_the_field(facilities, client):
    added = client.get(address("hall") + "&add=bench")
    assert parse_qsl(urlsplit(added.location).query) == [
        ("facility", "hall"),
        ("facility", "bench"),
    ]
    answer = client.get(address("hall") + "&add=Nothing+like+it")
    assert answer.status_code == 422
    assert 'value="Nothing like it"' in answer.text


def test_facilities_that_are_gone_are_said_to_be_and_none_at_all_is_not_found(facilities, client):
    page = get_page(client, address("hall", "bench", "gone"))
    assert "1 facility of this address is not listed any more" in page.one("main").text
    assert client.get(address("gone")).status_code == 404
    assert "Nothing to compare yet" in client.get("/compare").text


CHOSEN = "compare=hall&compare=bench"


def links(page):
    """The addresses of searches to which a page leads, from below its header."""
    main = page.one("main")
    found = [one.get("href") for one in main.all("a")]
    return [one for one in found if one.partition("?")[0] in ("/facilities", "/map", "")]


@pytest.mark.parametrize("address", ["/facilities?what=lab", "/map?what=lab", "/facilities?what=q"])
def test_what_is_chosen_to_compare_stays_while_somebody_looks_for_more(facilities, client, address):
    page = get_page(client, f"{address}&{CHOSEN}&compare=nothing-such")
    bar = page.one("section", aria_labelledby="compared")
    assert bar.one("a", class_="btn-primary").get("href") == (
        "/compare?facility=hall&facility=bench"
    )
    assert [one.get("value") for one in page.all("input", form="find", name="compare")] == [
        "hall",
        "bench",
    ]
    in_bar = [one.get("href") for one in bar.all("a")]
    others = [one for one in links(page) if one not in in_bar]
    assert others
    assert all(CHOSEN in one for one in others)
    chip = next(one for one in bar.all("a", class_="chip-on"))
    assert chip.get("href") == f"{address}&compare=bench"


def test_the_button_of_a_card_adds_its_facility_to_the_page_as_it_is(facilities, client):
    page = get_page(client, "/facilities?kind=lab&sort=name&compare=bench")
    form = page.one("form", id="compare")
    assert form.get("action") == "/facilities"
    assert [(one.get("name"), one.get("value")) for one in form.all("input")] == [
        ("kind", "lab"),
        ("compare", "bench"),
        ("sort", "name"),
    ]
    button = page.one("button", id="compare-hall")
    assert (button.get("name"), button.get("value")) == ("compare", "hall")
    assert button.get("aria-pressed") == "false"


def test_a_facility_is_taken_out_where_it_was_chosen_and_the_address_is_as_before(
    facilities, client
):
    page = get_page(client, f"/facilities?kind=lab&{CHOSEN}")
    button = page.one("button", id="compare-hall")
    assert (button.get("name"), button.get("aria-pressed")) == ("uncompare", "true")
    answer = client.get(f"/facilities?kind=lab&{CHOSEN}&uncompare=hall")
    assert answer.status_code == 302
    assert answer.location == "/facilities?kind=lab&compare=bench"


def test_a_fifth_one_is_not_chosen_and_the_bar_says_why(facilities, client):
    slugs = ("hall", "bench", "range", "tower", "tank")
    page = get_page(client, "/facilities?" + "&".join(f"compare={slug}" for slug in slugs))
    bar = page.one("section", aria_labelledby="compared")
    assert "Four is the most" in bar.text
    assert len(bar.all("a", class_="chip-on")) == 4
    assert page.one("button", id="compare-tank").get("aria-pressed") == "false"


def test_choosing_a_facility_does_not_count_the_search_again(facilities, client):
    def counted():
        db.session.rollback()
        return sum(db.session.scalars(sa.select(SearchCount.searches)))

    client.get("/facilities?what=lab")
    assert counted() == 1
    client.get("/facilities?what=lab&compare=hall")
    assert counted() == 1
    client.get("/facilities?what=bench&where_shown=&compare=hall")  # as the form sends it
    assert counted() == 2
