"""Facilities side by side: the page whose address says which."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from booking.extensions import db
from booking.rules.visibility import CalendarLevel
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


def test_what_is_chosen_to_compare_stays_while_somebody_looks_for_more(facilities, client):
    page = get_page(client, "/facilities?what=lab&compare=hall&compare=nothing-such")
    bar = page.one("form", id="compare")
    assert [one.get("value") for one in bar.all("input", name="facility")] == ["hall"]
    search = page.one("form", role="search")
    assert [one.get("value") for one in search.all("input", name="compare")] == ["hall"]
    chip = next(one for one in page.all("a", class_="chip-on"))
    assert chip.get("href") == "/facilities?compare=hall"
