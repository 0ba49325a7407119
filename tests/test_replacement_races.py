"""A proposal, and the date in whose place it would be, while everybody acts at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.accounts.queries import account_of
from booking.bookings.models import Booking, LogEntry, Occurrence
from booking.data_check.queries import find_faults
from booking.db import clock
from booking.decisions.expiry import lapse_due
from booking.decisions.proposing import withdraw_proposals
from booking.decisions.service import Decision, confirm
from booking.extensions import db
from booking.notices.models import Notice
from booking.requests.answering import Suggestion, accept, decline_proposals, suggest
from booking.requests.service import withdraw
from booking.rules.lifecycle import State
from booking.rules.slots import Slot
from tests.factories import make_approver, make_cluster, make_facility, make_partner, make_request
from tests.lanes import IS_LONG
from tests.racers import OVERLAPS, Race, errors, outcomes

ROUNDS = 200 if IS_LONG else 8


def act(index: int, number: int, facts: dict) -> None:
    """Racer `index` does the act of this number with the dates of the round."""
    booking_id, old, new = facts["dates"][number]
    partner, approver = account_of(facts["partner"]), account_of(facts["approver"])
    slot = Slot(*facts["elsewhere"][number])
    acts: list[Callable[[], object]] = [
        lambda: accept(partner, booking_id, new),
        lambda: decline_proposals(partner, booking_id, [new]),
        lambda: withdraw_proposals(approver, booking_id, [new]),
        lambda: withdraw(partner, booking_id, [old]),
        lambda: confirm(approver, Decision(booking_id, frozenset({old}))),
        lambda: suggest(partner, Suggestion(booking_id, old, (slot,), False, 1)),
        lapse_due,
    ]
    acts[index]()


def slot_of(number: int, hours: int) -> Slot:
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=60)
    start = first + timedelta(hours=8 * number + hours)
    return Slot(start, start + timedelta(hours=2))


@pytest.fixture
def ground(app: Flask, app_context: None) -> dict:
    """In each round a requested date and a proposal in its place; every third has expired."""
    clock.set_source(None)  # real processes live in real time
    hall = make_facility(make_cluster(answer_days=1, time_zone="UTC"), hours=None)
    partner, approver = make_partner(), make_approver(hall)
    facts = {"partner": partner.id, "approver": approver.id, "dates": [], "elsewhere": []}
    for number in range(ROUNDS):
        slot, other = slot_of(number, 0), slot_of(number, 1)
        request = make_request(partner, hall, [slot], holds=True)
        booking = db.session.get_one(Booking, request.bookings[0].id)
        old = booking.occurrences[0]
        hours = -1 if number % 3 == 2 else 24
        new = Occurrence(
            booking_id=booking.id,
            facility_id=hall.id,
            uid=f"new-{number}",
            replaces_id=old.id,
            starts_at=other.starts_at,
            ends_at=other.ends_at,
            places=1,
            state=State.PROPOSED,
            lapses_at=clock.now() + timedelta(hours=hours),
            changed_at=clock.now(),
        )
        db.session.add(new)
        db.session.flush()
        step = {"at": clock.now(), "side": "owner", "before": None, "after": "proposed"}
        db.session.add(LogEntry(booking_id=booking.id, occurrence_ids=[new.id], **step))
        facts["dates"].append((booking.id, old.id, new.id))
        facts["elsewhere"].append(slot_of(number, 4))
    db.session.commit()
    return facts


def test_of_all_who_act_on_a_proposal_at_once_the_first_decides(
    ground: dict, database_url: str
) -> None:
    rounds = outcomes(Race(database_url, ROUNDS, act, ground, racers=7))

    assert errors(rounds) == []
    assert {outcome for seen in rounds for outcome in seen} <= {
        "won",
        "409 already_decided",
        "409 proposal_expired",
        "409 expired",
    }
    db.session.rollback()
    assert db.session.execute(OVERLAPS).scalar_one() == 0
    assert list(find_faults()) == []
    state_of = dict(db.session.execute(sa.select(Occurrence.id, Occurrence.state)).all())
    for number, (booking_id, old, new) in enumerate(ground["dates"]):
        ends = {state_of[old], state_of[new]}
        assert (state_of[new] is State.CONFIRMED) is (state_of[old] is State.REPLACED), ends
        assert state_of[old] in (State.REPLACED, State.WITHDRAWN, State.CONFIRMED), ends
        assert number % 3 != 2 or state_of[new] is State.LAPSED, ends
        query = sa.select(LogEntry).where(LogEntry.booking_id == booking_id)
        steps = [(one.before, one.after) for one in db.session.scalars(query)]
        ended = [after for before, after in steps if before == "proposed"]
        assert len(ended) == 1  # one log row
        told = sa.select(sa.func.count()).where(
            Notice.booking_id == booking_id, Notice.after == "confirmed"
        )
        firm = {state_of[old], state_of[new]} & {State.CONFIRMED}
        assert db.session.scalar(told) == len(firm)  # one notice, to the other side
