"""One message to everybody with a date at a facility between two days."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from booking.bookings.models import LogEntry
from booking.extensions import db
from booking.messages.models import Message
from booking.notices.choices import choose
from booking.notices.models import Notice
from booking.rules.lifecycle import State
from booking.rules.updates import Choice, Delivery, UpdateKind
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

ADDRESS = "/manage/facilities/hall/message"
DAY = date(2026, 11, 26)
TYPED = {"first_day": "2026-11-26", "last_day": "2026-11-27", "text": "Snow: use gate 3."}


@pytest.fixture
def hall(app_context, client):
    hall = make_facility(make_cluster(short_name="CenSec"), "hall", places=9)
    hall.approver = make_approver(hall)
    sign_in(client, hall.approver)
    db.session.rollback()
    return hall


def booked(facility, day=DAY, state=State.CONFIRMED, **fields):
    partner = make_partner()
    fields.setdefault("whole", False)
    return make_request(partner, facility, [slot_on(day)], state=state, **fields)


def sent(client, typed=TYPED):
    """Type a message, check it and send it; the last answer."""
    answer = submit(client, get_page(client, ADDRESS).one("form", action=ADDRESS), typed)
    if answer.status_code != 200:
        return answer
    return submit(client, read_page(answer.text).one("form", action=ADDRESS), button="send")


def written():
    db.session.rollback()
    return db.session.scalars(sa.select(Message.booking_id).order_by(Message.id)).all()


def test_it_reaches_agreed_dates_of_these_days_here_below_and_of_the_whole(client, hall):
    bench = make_facility(hall.cluster, "bench", parent=hall)
    reached = [booked(hall), booked(hall, DAY + timedelta(days=1)), booked(bench)]
    for day in (DAY - timedelta(days=1), DAY + timedelta(days=2)):
        booked(hall, day)
    for state in (State.REQUESTED, State.CANCELLED, State.DECLINED):
        booked(hall, state=state)
    booked(make_facility(hall.cluster, "shed"))

    first = submit(client, get_page(client, ADDRESS).one("form", action=ADDRESS), TYPED)
    page = read_page(first.text)
    assert "It reaches 3 bookings" in page.text
    assert written() == []
    answer = submit(client, page.one("form", action=ADDRESS), button="send")

    assert (answer.status_code, answer.location) == (303, "/manage/facilities/hall")
    assert sorted(written()) == sorted(one.bookings[0].id for one in reached)


def test_it_is_in_the_thread_and_the_log_of_each_booking_and_told_to_its_requester(client, hall):
    request = booked(hall)
    choose(request.requester_id, Choice(dict.fromkeys(UpdateKind, Delivery.NEVER)))
    make_approver(hall)
    sent(client)

    db.session.rollback()
    (entry,) = db.session.scalars(sa.select(LogEntry).where(LogEntry.event == "announcement"))
    assert (entry.actor_id, entry.side) == (hall.approver.id, "owner")
    notices = db.session.execute(sa.select(Notice.person_id, Notice.mail_due_at)).all()
    # At once, though the person wants no mail: it is about the day after tomorrow.
    assert [tuple(one) for one in notices] == [(request.requester_id, NOW)]
    sign_in(client, request.requester)
    page = get_page(client, f"/requests/{request.reference}")
    assert "Snow: use gate 3." in page.text
    assert "CenSec wrote to everybody with a date here on these days" in page.text


def test_sent_twice_it_is_written_once(client, hall):
    booked(hall)

    assert {sent(client).status_code for _ in range(2)} == {303}

    assert len(written()) == 1


def test_own_use_and_bookings_that_others_decide_on_are_not_reached(client, hall):
    bench = make_facility(hall.cluster, "bench", parent=hall)
    make_approver(bench)
    booked(bench)
    own_use = booked(hall, entered=True)
    own_use.organisation_id = None
    db.session.commit()

    answer = sent(client)

    assert answer.status_code == 422
    assert "Nobody has a confirmed date on these days." in read_page(answer.text).text


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("text", " ", "Write a message."),
        ("text", "x" * 4001, "Use at most 4000 characters."),
        ("first_day", "", "Enter the first day."),
        ("last_day", "soon", "Enter a date like"),
        ("last_day", "2026-11-25", "The last day is before the first."),
        ("last_day", "2028-11-26", "Choose at most 366 days."),
    ],
)
def test_bad_input_is_named_at_its_field_and_kept(client, hall, field, value, fault):
    booked(hall)

    answer = sent(client, {**TYPED, field: value})

    assert answer.status_code == 422
    page = read_page(answer.text)
    assert fault in page.one(id=f"{field}-error").text
    kept = dict(page.one("form", action=ADDRESS).values())
    assert all(kept[name] == typed for name, typed in TYPED.items() if name != field)
    assert written() == []


def test_days_that_are_over_are_refused(client, hall):
    answer = sent(client, {**TYPED, "first_day": "2026-11-22", "last_day": "2026-11-23"})

    assert answer.status_code == 422
    assert "These days are over." in read_page(answer.text).one(id="last_day-error").text


def test_before_it_is_sent_it_can_be_changed(client, hall):
    booked(hall)
    first = submit(client, get_page(client, ADDRESS).one("form", action=ADDRESS), TYPED)

    again = submit(client, read_page(first.text).one("form", action=ADDRESS), button="edit")

    assert again.status_code == 200
    values = dict(read_page(again.text).one("form", action=ADDRESS).values())
    assert {name: values[name] for name in TYPED} == TYPED
