"""Closures in the browser: check, close, resolve affected dates, change, end."""

from datetime import date

import pytest
import sqlalchemy as sa

from booking.bookings.models import Occurrence
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
from booking.rules.lifecycle import State
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, post, read_page, submit

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])

DAY, NEXT_DAY = date(2027, 1, 14), date(2027, 1, 15)
NEW = "/manage/closures/new"


@pytest.fixture
def cluster(app_context):
    return make_cluster("censec", short_name="CenSec")


@pytest.fixture
def lab(cluster):
    return make_facility(cluster, "drone-lab", name="Drone lab")


@pytest.fixture
def bench(cluster, lab):
    return make_facility(cluster, "bench", name="Bench", parent=lab)


@pytest.fixture
def coordinator(cluster, client):
    return as_person(client, make_coordinator(cluster))


@pytest.fixture
def partner(app_context):
    return make_partner(organisation=make_organisation("Demo Drones"))


def as_person(client, person):
    sign_in(client, person)
    db.session.rollback()
    return person


def states():
    db.session.rollback()
    return list(db.session.scalars(sa.select(Occurrence.state).order_by(Occurrence.id)))


def stretches():
    db.session.rollback()
    slots = db.session.scalars(sa.select(ClosureSlot).order_by(ClosureSlot.starts_at))
    return [
        (f"{one.starts_at:%d %H:%M}", f"{one.ends_at:%d %H:%M}" if one.ends_at else None)
        for one in slots
    ]


def test_closing_shows_affected_dates_before_saving_and_resolves_them_after(
    client, lab, bench, coordinator, partner
):
    for facility, state in ((lab, State.CONFIRMED), (bench, State.REQUESTED), (lab, None)):
        make_request(
            partner, facility, [slot_on(DAY if state else NEXT_DAY)], state=state or State.CONFIRMED
        )
    form = get_page(client, f"{NEW}?facility=drone-lab").one("form", class_="closure-form")
    typed = {"first_day": "2027-01-14", "reason": "New floor", "reason_is_public": "y"}

    check = read_page(submit(client, form, typed, "Check").text)

    assert check.one("h1").text == "Check: Drone lab"
    for said in (
        "Thu 14 Jan 2027",
        "with: Bench",
        "2 bookings affected",
        "Demo Drones",
        "New floor",
    ):
        assert said in check.text
    assert db.session.scalars(sa.select(Closure)).all() == []
    last = check.all("form", action=NEW)[-1]
    back = read_page(submit(client, last, button="Change").text)
    assert ("reason", "New floor") in back.one("form", class_="closure-form").values()
    closed = submit(client, last, button="Close")
    assert closed.status_code == 303
    page = get_page(client, closed.location)
    assert "2 dates need a decision" in page.text
    partners = client.application.test_client()
    as_person(partners, partner)
    updates = get_page(partners, "/account/updates").text
    assert (
        "Your booking is affected by a closure or new hours: Drone lab, Thu 14 Jan 2027" in updates
    )
    form = page.one("form", action=f"{closed.location}/settle")
    assert submit(client, form).status_code == 422
    first, second = [box.get("value") for box in form.all("input", type="checkbox")]
    kept = submit(client, form, {"dates": [first], "reason": "We open the gate."})
    assert kept.status_code == 303
    page = get_page(client, closed.location)
    assert "goes ahead despite the closure: We open the gate." in page.text
    form = page.one("form", action=f"{closed.location}/settle")
    ended = submit(
        client, form, {"dates": [second], "reason": "No."}, "Cancel or decline selected dates"
    )
    assert ended.status_code == 303
    assert states() == [State.CONFIRMED, State.DECLINED, State.CONFIRMED]
    again = post(
        client, f"{closed.location}/settle", {"dates": [first, second], "reason": "Once more."}
    )
    assert again.status_code == 409
    assert "Drone lab" in get_page(client, "/manage/closures").text
    assert "Thu 14 Jan 2027" in get_page(client, "/manage/facilities/bench").text


BAD = {
    "first_day": [
        ({"first_day": ""}, "Enter the first day."),
        ({"first_day": "sometime"}, "Enter a date like"),
        ({"first_day": "2026-11-23"}, "cannot start in the past"),
        ({"first_day": "2090-01-01"}, "Too far ahead"),
        ({"first_day": "9999-12-31"}, "Enter a date like"),
        ({"first_day": "\0"}, "Enter a date like"),
    ],
    "starts_time": [({"starts_time": "noonish"}, "Enter a time like")],
    "ends": [({"ends": "never"}, "Choose one of these.")],
    "last_day": [
        ({"last_day": "2027-01-13"}, "end is before the start"),
        ({"last_day": "2027-01-13", "reason": ""}, "end is before the start"),
        ({"last_day": "2077-01-13"}, "Too far ahead"),
    ],
    "ends_time": [
        ({"starts_time": "12:00", "ends_time": "11:00"}, "end is before the start"),
        ({"first_day": "2026-11-24", "ends_time": "09:00"}, "in the past"),
    ],
    "next_word_on": [
        ({"ends": "open", "next_word_on": "2026-11-01"}, "This day is over"),
        ({"ends": "open", "next_word_on": "2099-11-01"}, "Too far ahead"),
    ],
    "pattern": [
        ({"pattern": "hourly"}, "Choose one of these."),
        ({"pattern": "daily", "until": "2027-02-01", "ends": "open"}, "needs an end"),
    ],
    "weekdays": [
        ({"pattern": "weekly", "weekdays": ["0"], "until": "2027-03-01"}, "not one of these days"),
        ({"pattern": "weekly", "weekdays": ["9"], "until": "2027-03-01"}, ""),
    ],
    "until": [
        ({"pattern": "daily"}, "Enter the day until which"),
        ({"pattern": "daily", "until": "2027-12-31"}, "at most 200"),
        ({"pattern": "daily", "until": "2027-01-01"}, "before it starts"),
        ({"pattern": "weekly", "until": "2090-01-01"}, "Too far ahead"),
    ],
    "reason": [
        ({"reason": " "}, "Enter why it is closed."),
        ({"reason": "x" * 201}, "at most 200 characters"),
        ({"reason": "\x00"}, "cannot be shown"),
    ],
}


def test_errors_of_a_closure_are_shown_at_their_field_and_input_is_kept(client, lab, coordinator):
    good = {"facility": "drone-lab", "first_day": "2027-01-14", "reason": "New floor"}
    for name, cases in BAD.items():
        for typed, message in cases:
            answer = post(client, NEW, {**good, **typed})
            assert answer.status_code == 422, (typed, answer.status)
            page = read_page(answer.text)
            (error,) = [one for one in page.all("div") if one.get("id") == f"{name}-error"]
            assert message in error.text, (typed, error.text)
            kept = dict(page.one("form", class_="closure-form").values())
            if "reason" not in typed:
                assert kept["reason"] == "New floor"
    assert db.session.scalars(sa.select(Closure)).all() == []


def test_a_closure_is_changed_and_ended(client, lab, coordinator):
    typed = {
        "facility": "drone-lab",
        "first_day": "2026-11-23",
        "ends": "open",
        "next_word_on": "2027-02-03",
        "reason": "Leak",
        "version": "0",
        "step": "close",
    }
    assert post(client, NEW, typed).status_code == 422
    url = post(client, NEW, {**typed, "first_day": "2026-11-25"}).location
    listed = get_page(client, "/manage/closures").text
    assert "from Wed 25 Nov next update by Wed 3 Feb 2027 Leak not public" in listed
    form = get_page(client, f"{url}/change").one("form", class_="closure-form")
    assert dict(form.values())["next_word_on"] == "2027-02-03"
    assert submit(client, form, {"ends": "on"}).status_code == 422
    changed = submit(client, form, {"ends": "on", "last_day": "2026-11-27", "ends_time": "12:00"})
    assert changed.status_code == 303
    assert stretches() == [("24 23:00", "27 11:00")]
    form = get_page(client, f"{url}/change").one("form", class_="closure-form")
    assert submit(client, form, {"reason": "Leak, again"}).status_code == 303
    assert stretches() == [("24 23:00", "27 11:00")]
    form = get_page(client, url).one("form", action=f"{url}/end")
    assert submit(client, form).location == "/manage/closures"
    assert stretches() == []
    assert "No closures" in get_page(client, "/manage/closures").text


def test_an_approver_of_a_part_can_read_but_not_change_a_closure_of_the_whole(
    client, lab, bench, coordinator, partner
):
    make_request(partner, lab, [slot_on(DAY)], state=State.CONFIRMED, title="Secret rotor")
    typed = {"facility": "drone-lab", "first_day": "2027-01-14", "reason": "x", "step": "close"}
    url = post(client, NEW, typed | {"version": "0"}).location
    db.session.rollback()
    as_person(client, make_approver(bench))

    page = get_page(client, url)

    assert "Secret rotor" not in page.text
    assert "Demo Drones" not in page.text
    assert not page.all("form", action=f"{url}/end")
    get_page(client, f"{url}/change", 403)
    assert post(client, f"{url}/end").status_code == 403
    get_page(client, f"{NEW}?facility=drone-lab", 404)
    assert [
        a.text for a in get_page(client, NEW).one("main").all("a", href=f"{NEW}?facility=bench")
    ] == ["Bench"]


def test_others_read_when_a_closure_ends_and_why_if_public(client, lab, bench, coordinator):
    for facility, public in (("drone-lab", "y"), ("bench", "")):
        typed = {
            "facility": facility,
            "first_day": "2026-11-30",
            "ends": "open",
            "next_word_on": "2027-02-03",
            "reason": f"Leak in {facility}",
            "version": "0",
            "step": "close",
        }
        post(client, NEW, {**typed, "reason_is_public": public} if public else typed)
    client.post("/sign-out")
    client = client.application.test_client()

    read = get_page(client, "/facilities/drone-lab?view=list&on=2026-11-30").text

    soon = "from Mon 30 Nov, next update by Wed 3 Feb 2027"
    assert f"Closed {soon}: Leak in drone-lab" in read
    assert "closed: Leak in drone-lab, next update by Wed 3 Feb 2027" in read
    assert "Leak in bench" not in get_page(client, "/facilities/bench?view=list&on=2026-11-30").text
