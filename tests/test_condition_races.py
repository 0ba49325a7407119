"""The last check races with withdrawal and expiry: all end as in one of the two orders."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.accounts.queries import account_of
from booking.bookings.models import BookingCondition, LogEntry, Occupancy, Occurrence
from booking.conditions.queries import conditions_of
from booking.conditions.service import ConditionStep, take_condition_step
from booking.data_check.queries import find_faults
from booking.db import clock
from booking.decisions.expiry import lapse_due
from booking.decisions.proposing import Proposal, propose
from booking.extensions import db
from booking.notices.models import Notice
from booking.requests.answering import accept
from booking.requests.service import withdraw
from booking.rules.conditions import ConditionAct
from booking.rules.lifecycle import State
from booking.rules.slots import Slot
from tests.factories import (
    make_approver,
    make_cluster,
    make_condition,
    make_facility,
    make_partner,
    make_request,
)
from tests.lanes import IS_LONG
from tests.racers import OVERLAPS, Race, errors, outcomes

ROUNDS = 200 if IS_LONG else 6
STEPS = {"withdraw": State.WITHDRAWN, "expire": State.LAPSED}


def check_or_step(index: int, number: int, facts: dict) -> None:
    """Racer 0 finds the only condition of the round met, racer 1 takes the step."""
    booking_id, occurrence_id, condition_id = facts["dates"][number]
    if index == 0:
        step = ConditionStep(condition_id, ConditionAct.FIND_MET)
        take_condition_step(account_of(facts["approver"]), step)
    elif facts["step"] == "take":
        accept(account_of(facts["partner"]), booking_id, facts["proposals"][number])
    elif facts["step"] == "withdraw":
        withdraw(account_of(facts["partner"]), booking_id, {occurrence_id})
    else:
        lapse_due()


@pytest.mark.parametrize("step", STEPS)
def test_the_last_check_and_a_step_at_once_end_as_if_one_came_after_the_other(
    app: Flask, app_context: None, database_url: str, step: str
) -> None:
    clock.set_source(None)  # real processes live in real time
    hall = make_facility(make_cluster(time_zone="UTC"), hours=None, places=1)
    approver, partner = make_approver(hall), make_partner()
    now = datetime.now(UTC)
    first = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=30)
    two_hours = timedelta(hours=2)
    # Dates that may expire do so in the middle of the race; all others in weeks.
    until = now + (timedelta(seconds=2) if step == "expire" else timedelta(days=20))
    dates = []
    for number in range(ROUNDS):
        request = make_request(
            partner,
            hall,
            [Slot(first + two_hours * number, first + two_hours * (number + 1))],
            state=State.ACCEPTED,
            holds=True,
            lapses_at=until + timedelta(milliseconds=20 * number),
        )
        booking = request.bookings[0]
        condition = BookingCondition(
            booking_id=booking.id,
            kind="permit",
            text="Permit",
            stage="before_final",
            due_at=until,
            status="done",
            added_at=now,
        )
        db.session.add(condition)
        db.session.commit()
        dates.append((booking.id, booking.occurrences[0].id, condition.id))
    facts = {"dates": dates, "step": step, "approver": approver.id, "partner": partner.id}
    db.session.rollback()
    rounds = outcomes(Race(database_url, ROUNDS, check_or_step, facts, racers=2))
    assert errors(rounds) == []
    lapse_due()  # what lapsed after the last round

    db.session.rollback()
    for booking_id, occurrence_id, condition_id in dates:
        date = db.session.get_one(Occurrence, occurrence_id)
        is_met = db.session.get_one(BookingCondition, condition_id).status == "met"
        assert date.state is (State.CONFIRMED if is_met else STEPS[step])
        held = sa.select(Occupancy.held_until).where(Occupancy.occurrence_id == date.id)
        assert db.session.scalars(held).all() == ([None] if is_met else [])
        lines = db.session.scalars(
            sa.select(LogEntry)
            .where(LogEntry.booking_id == booking_id, LogEntry.before == "accepted")
            .order_by(LogEntry.id)
        ).all()
        found = [(line.event, line.after) for line in lines]
        met = [("condition_met", "accepted"), ("step", "confirmed")]
        assert found == (met if is_met else [("step", STEPS[step])])
        last = sa.select(sa.func.count()).where(Notice.log_id == lines[-1].id)
        assert db.session.scalar(last) == (2 if lines[-1].actor_id is None else 1)
    assert db.session.execute(OVERLAPS).scalar_one() == 0
    db.session.rollback()
    assert list(find_faults()) == []


def test_the_last_check_and_taking_another_proposal_at_once_confirm_one_of_them(
    app: Flask, app_context: None, database_url: str
) -> None:
    clock.set_source(None)
    hall = make_facility(make_cluster(time_zone="UTC"), hours=None, places=1)
    approver, partner = make_approver(hall), make_partner()
    make_condition(hall)
    decides, asks = account_of(approver.id), account_of(partner.id)
    today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    hour, until = timedelta(hours=1), today.date() + timedelta(days=7)
    dates, proposals = [], []
    for number in range(ROUNDS):
        at = today + timedelta(days=30) + 3 * hour * number
        slots = [Slot(at + n * hour, at + (n + 1) * hour) for n in range(3)]
        booking = make_request(partner, hall, slots[:1], state=State.CONFIRMED).bookings[0]
        booking_id, old = booking.id, booking.occurrences[0].id
        new = []
        for slot in slots[1:]:
            propose(decides, Proposal(booking_id, old, (slot,), False, 1, until))
            new.append(db.session.scalars(sa.select(sa.func.max(Occurrence.id))).one())
            if len(new) == 1:
                accept(asks, booking_id, new[0])
        (condition,) = conditions_of([booking_id])[booking_id]
        dates.append((booking_id, new[0], condition.id))
        proposals.append(new[1])
    facts = {
        "dates": dates,
        "proposals": proposals,
        "step": "take",
        "approver": approver.id,
        "partner": partner.id,
    }
    db.session.rollback()
    rounds = outcomes(Race(database_url, ROUNDS, check_or_step, facts, racers=2))
    assert errors(rounds) == []

    db.session.rollback()
    for booking_id, occurrence_id, _ in dates:
        states = {
            date.id: date.state.value
            for date in db.session.scalars(
                sa.select(Occurrence)
                .where(Occurrence.booking_id == booking_id)
                .order_by(Occurrence.id)
            )
        }
        # Checked first, the other proposal is withdrawn. Taken first, it gets the confirmation.
        is_first = states[occurrence_id] == "confirmed"
        ends = ["confirmed", "withdrawn"] if is_first else ["replaced", "confirmed"]
        assert list(states.values()) == ["replaced", *ends]
        kept = sa.select(Occupancy.held_until).join(
            Occurrence, Occurrence.id == Occupancy.occurrence_id
        )
        assert db.session.scalars(kept.where(Occurrence.booking_id == booking_id)).all() == [None]
    assert db.session.execute(OVERLAPS).scalar_one() == 0
    db.session.rollback()
    assert list(find_faults()) == []
