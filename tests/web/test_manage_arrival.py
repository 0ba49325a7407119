"""How to arrive: owners say it, and who has a confirmed date reads it."""

from datetime import date, timedelta

import pytest

from booking.extensions import db
from booking.facilities.arrival_models import Arrival
from booking.facilities.arrivals import own_arrival
from booking.rules.lifecycle import State
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, read_page, submit

ADDRESS = "/manage/facilities/hall/arrival"
DAY = date(2027, 1, 14)


@pytest.fixture
def hall(app_context):
    return make_facility(make_cluster(short_name="CenSec"), "hall")


@pytest.fixture
def form(client, hall):
    sign_in(client, make_approver(hall))
    return get_page(client, ADDRESS).one("form", action=ADDRESS)


def test_owners_say_how_to_arrive_and_see_it_on_the_overview(client, hall, form):
    answer = submit(client, form, {"text": "Gate 3\nBring an ID", "reminder_days": "5"})

    assert answer.status_code == 302
    db.session.rollback()
    assert own_arrival(hall.id) == ("Gate 3\nBring an ID", 5)
    text = get_page(client, "/manage/facilities/hall").text
    assert "Gate 3" in text
    assert "5 working days before the first date" in text


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("reminder_days", "-1", "Enter 0 or more."),
        ("reminder_days", "21", "Enter 20 or less."),
        ("reminder_days", "soon", "whole number"),
        ("text", "x" * 4001, "Use at most 4000 characters."),
        ("text", "a\u202eb", "cannot be shown"),
    ],
)
def test_bad_input_is_named_at_its_field_and_kept(client, hall, form, field, value, fault):
    answer = submit(client, form, {"text": "Gate 3", "reminder_days": "2", field: value})

    assert answer.status_code == 422
    page = read_page(answer.text)
    assert fault in page.one(id=f"{field}-error").text
    other = {"text": "reminder_days", "reminder_days": "text"}[field]
    kept = dict(page.one("form", action=ADDRESS).values())
    assert kept[other] == {"text": "Gate 3", "reminder_days": "2"}[other]
    db.session.rollback()
    assert own_arrival(hall.id) == ("", None)


@pytest.mark.parametrize(
    ("state", "day", "reads"),
    [
        (State.CONFIRMED, DAY, True),
        (State.REQUESTED, DAY, False),
        (State.CANCELLED, DAY, False),
        (State.CONFIRMED, (NOW - timedelta(days=1)).date(), False),
    ],
)
def test_only_who_has_a_confirmed_date_to_come_reads_how_to_arrive(client, hall, state, day, reads):
    db.session.add(Arrival(facility_id=hall.id, text="Gate 3"))
    partner = make_partner()
    request = make_request(partner, hall, [slot_on(day)], state=state)
    sign_in(client, partner)

    page = get_page(client, f"/requests/{request.reference}")

    assert ("Gate 3" in page.text) is reads
