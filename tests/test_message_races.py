"""A question races with every other step on the same dates: all end as in one of the two orders."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.accounts.queries import account_of
from booking.bookings.models import Booking, LogEntry, Occupancy, Occurrence
from booking.data_check.queries import find_faults
from booking.db import clock
from booking.decisions.expiry import lapse_due
from booking.decisions.service import Decision, confirm, decline
from booking.extensions import db
from booking.messages.models import Message
from booking.messages.service import NewMessage, write
from booking.notices.models import Notice
from booking.requests.service import withdraw
from booking.rules.lifecycle import Event, Side, State
from booking.rules.slots import Slot
from tests.factories import make_approver, make_cluster, make_facility, make_partner, make_request
from tests.lanes import IS_LONG
from tests.racers import OVERLAPS, Race, errors, outcomes

ROUNDS = 200 if IS_LONG else 8
STEPS = {
    "confirm": State.CONFIRMED,
    "decline": State.DECLINED,
    "withdraw": State.WITHDRAWN,
    "expire": State.LAPSED,
}


def ask_or_step(index: int, number: int, facts: dict) -> None:
    """Racer 0 asks a question about the date of the round, racer 1 takes the step."""
    booking_id, occurrence_id = facts["dates"][number]
    if index == 0:
        asking = account_of(facts["approver"])
        write(asking, Side.OWNER, NewMessage(booking_id, f"{number}?", True, facts["day"]))
        return
    ids = frozenset({occurrence_id})
    decider, partner = account_of(facts["other approver"]), account_of(facts["partner"])
    if facts["step"] == "confirm":
        confirm(decider, Decision(booking_id, ids))
    elif facts["step"] == "decline":
        decline(decider, Decision(booking_id, ids, "No."))
    elif facts["step"] == "withdraw":
        withdraw(partner, booking_id, ids)
    else:
        lapse_due()


@pytest.mark.parametrize("step", STEPS)
def test_a_question_and_a_step_at_once_end_as_if_one_came_after_the_other(
    app: Flask, app_context: None, database_url: str, step: str
) -> None:
    clock.set_source(None)  # real processes live in real time
    hall = make_facility(make_cluster(time_zone="UTC"), hours=None, places=1)
    partner = make_partner()
    now = datetime.now(UTC)
    first = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=60)
    two_hours = timedelta(hours=2)
    # Dates that may expire do so in the middle of the race; all others in weeks.
    lapses_at = now + (timedelta(seconds=2) if step == "expire" else timedelta(days=30))
    requests = [
        make_request(
            partner,
            hall,
            [Slot(first + two_hours * number, first + two_hours * (number + 1))],
            holds=True,
            due_at=now + timedelta(days=1),
            lapses_at=lapses_at + timedelta(milliseconds=20 * number),
        )
        for number in range(ROUNDS)
    ]
    dates = [(one.bookings[0].id, one.bookings[0].occurrences[0].id) for one in requests]
    facts = {
        "dates": dates,
        "step": step,
        "approver": make_approver(hall).id,
        "other approver": make_approver(hall).id,
        "partner": partner.id,
        "day": (now + timedelta(days=10)).date(),
    }
    db.session.rollback()
    before = dict(db.session.execute(sa.select(Occurrence.id, Occurrence.lapses_at)).all())
    db.session.rollback()
    rounds = outcomes(Race(database_url, ROUNDS, ask_or_step, facts, racers=2))
    assert errors(rounds) == []
    assert [seen["won"] for seen in rounds] == [2] * ROUNDS
    lapse_due()  # what lapsed after the last round

    db.session.rollback()
    for booking_id, occurrence_id in dates:
        date = db.session.get_one(Occurrence, occurrence_id)
        log = db.session.scalars(
            sa.select(LogEntry).where(LogEntry.booking_id == booking_id).order_by(LogEntry.id)
        ).all()
        (question,) = [entry for entry in log if entry.event == Event.QUESTION]
        steps = [entry for entry in log if entry.event == Event.STEP and entry.before]
        message = db.session.scalars(
            sa.select(Message).where(Message.booking_id == booking_id)
        ).one()
        asked_first = str(date.id) in message.lapses_before
        assert date.state in {State.REQUESTED, STEPS[step]}
        assert [entry.after for entry in steps] == [date.state] * len(steps)
        if step == "expire":  # the question gives it more time, or comes too late for that
            assert asked_first is not bool(steps)
        else:
            assert (question.id < steps[0].id) is asked_first
        assert (date.lapses_at > before[date.id]) is asked_first
        held = db.session.scalars(
            sa.select(Occupancy.held_until).where(Occupancy.occurrence_id == date.id)
        ).all()
        kept = {State.REQUESTED: [date.lapses_at], State.CONFIRMED: [None]}
        assert held == kept.get(date.state, [])
        for entry in (question, *steps):
            told = sa.select(sa.func.count()).where(
                Notice.log_id == entry.id, Notice.person_id == partner.id
            )
            assert db.session.scalar(told) == (0 if entry.actor_id == partner.id else 1)
    assert db.session.execute(OVERLAPS).scalar_one() == 0
    assert db.session.scalar(sa.select(sa.func.count(Booking.id))) == ROUNDS
    db.session.rollback()
    assert list(find_faults()) == []
