"""The pages of a keeper: hours and facts to keep up to date, and nothing about bookings."""

from datetime import date

import pytest

from booking.accounts.queries import account_of
from booking.extensions import db
from booking.facilities.arrivals import own_arrival
from booking.manage.set_aside.service import NewSetAside, set_aside
from booking.rules.lifecycle import State
from booking.rules.set_aside import PlannedSetAside
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_facility,
    make_keeper,
    make_organisation,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, read_page, submit

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])
MANAGE = "/manage/facilities/hall"
SPECIAL = f"{MANAGE}/hours/special-days"
TUESDAY = date(2026, 12, 1)


@pytest.fixture
def hall(app_context, client):
    """A hall with a confirmed date; its keeper is signed in."""
    cluster = make_cluster("here")
    hall = make_facility(cluster, "hall")
    hall.coordinator = make_coordinator(cluster, name="Cora")
    firm = make_organisation("Zanthorworks")
    make_request(
        make_partner(organisation=firm),
        hall,
        [slot_on(TUESDAY)],
        state=State.CONFIRMED,
        title="Brimvolt",
    )
    sign_in(client, make_keeper(hall, name="Kim"))
    db.session.rollback()
    return hall


def test_a_keeper_finds_what_they_may_change_and_no_way_to_the_rest(hall, client):
    page = get_page(client, "/account").one("header")
    assert ("Manage", "/manage") in [(link.text, link.get("href")) for link in page.all("a")]
    assert "Inbox" not in page.text

    assert "Hall" in get_page(client, "/manage").one("ul", class_="manage-rows").text
    main = get_page(client, MANAGE).one("main")
    parts = ["Facts", "Status", "Hours", "Pictures", "Documents", "Arrival", "Conditions"]
    assert [one.text for one in main.all("h2")] == parts
    within = {link.get("href") for link in main.all("a")}
    assert within == {
        "/manage",
        "/facilities/hall",
        f"{MANAGE}/facts",
        f"{MANAGE}/facts#lat",
        f"{MANAGE}/facts/history",
        f"{MANAGE}/standing",
        f"{MANAGE}/hours",
        f"{MANAGE}/files/documents",
        f"{MANAGE}/files/pictures",
        f"{MANAGE}/arrival",
        f"{MANAGE}/conditions",
    }
    for path in within:
        get_page(client, path)
    assert MANAGE in [one.get("href") for one in get_page(client, "/facilities/hall").all("a")]
    assert "How it is booked" not in get_page(client, f"{MANAGE}/hours").one("main").text


def test_special_days_that_affect_a_date_are_refused_without_a_word_about_it(hall, client):
    form = get_page(client, SPECIAL).one("form", action=SPECIAL)

    refused = submit(client, form, {"first": "2026-12-01", "kind": "shut"})

    assert refused.status_code == 409
    said = read_page(refused.text).one("main")
    assert "You cannot make this change" in said.text
    assert "Someone who decides on this facility has to make this change." in said.text
    assert [one.text for one in said.one("form").all("button")] == ["Change"]
    for word in ("Brimvolt", "Zanthorworks", "10:00", "1 booking"):
        assert word not in said.text
    back = submit(client, said.one("form"), button="Change")
    assert dict(read_page(back.text).one("form", action=SPECIAL).values())["first"] == "2026-12-01"


def test_special_days_that_affect_nothing_are_saved_after_a_check(hall, client):
    form = get_page(client, SPECIAL).one("form", action=SPECIAL)
    checked = submit(client, form, {"first": "2026-12-02", "kind": "shut"})
    page = read_page(checked.text)
    assert "No confirmed or requested date falls outside the new hours." in page.one("main").text

    saved = submit(client, page.one("form", action=SPECIAL), button="Save")

    assert (saved.status_code, saved.location) == (303, f"{MANAGE}/hours")


def test_a_status_that_a_date_prevents_is_refused_without_a_word_about_it(hall, client):
    form = get_page(client, f"{MANAGE}/standing").one("form", action=f"{MANAGE}/status")

    refused = submit(client, form, {"status": "closed"})

    assert refused.status_code == 422
    said = read_page(refused.text).one("main").text
    assert "Someone who decides on this facility has to make this change." in said
    for word in ("Brimvolt", "Zanthorworks", "1 date prevents", "busy"):
        assert word not in said


def test_what_others_saved_meanwhile_is_shown_to_a_keeper_as_far_as_they_change_it(hall, client):
    form = get_page(client, f"{MANAGE}/arrival").one("form", action=f"{MANAGE}/arrival")
    kept = PlannedSetAside(date(2027, 2, 9))
    coordinator = account_of(hall.coordinator.id)
    set_aside(coordinator, "hall", NewSetAside(kept, frozenset({"Zanthorworks"})))
    db.session.rollback()

    conflict = submit(client, form, {"text": "Ring at gate 2"})

    assert conflict.status_code == 409
    said = read_page(conflict.text).one("main")
    assert "Other settings" in said.text
    for word in ("Zanthorworks", "Set-aside", "Cora"):
        assert word not in said.text
    again = said.one("form", action=f"{MANAGE}/arrival")
    assert submit(client, again).status_code == 302
    db.session.rollback()
    assert own_arrival(hall.id)[0] == "Ring at gate 2"
