"""A proposal at another facility against what else may happen to both: one order or the other."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.accounts.queries import account_of
from booking.bookings.models import Booking, BookingRequest, LogEntry, Occurrence
from booking.data_check.queries import find_faults
from booking.db import clock
from booking.decisions.proposing import Proposal, propose, withdraw_proposals
from booking.decisions.service import Decision, Entering, confirm, enter
from booking.extensions import db
from booking.facilities.models import Facility
from booking.manage.closures.service import NewClosure, make
from booking.manage.closures.targets import Target
from booking.requests.answering import accept
from booking.requests.service import withdraw
from booking.rules.closure_times import PlannedClosure
from booking.rules.slots import Slot
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_partner,
    make_request,
)
from tests.lanes import IS_LONG
from tests.racers import OVERLAPS, Race, errors, outcomes
from tests.request_factories import sending_for

TIMES = 40 if IS_LONG else 1


def _take(facts: dict[str, Any], one: dict[str, Any]) -> None:
    accept(account_of(facts["partner"]), one["there"], one["proposal"])


def _close(facts: dict[str, Any], one: dict[str, Any]) -> None:
    closing = PlannedClosure(one["day"], one["day"], time(9), time(23))
    target = Target(facts["cluster"], facts["hall"])
    make(account_of(facts["approver"]), NewClosure(target, closing, "Works", True))


def _book(facts: dict[str, Any], one: dict[str, Any]) -> None:
    hall = db.session.get_one(Facility, facts["hall"])
    new = sending_for(hall, Slot(*one["slot"]))
    enter(account_of(facts["approver"]), Entering(new, None))


def _withdraw_proposal(facts: dict[str, Any], one: dict[str, Any]) -> None:
    withdraw_proposals(account_of(facts["approver"]), one["there"], [one["proposal"]])


def _withdraw(facts: dict[str, Any], one: dict[str, Any]) -> None:
    withdraw(account_of(facts["partner"]), one["here"], [one["date"]])


def _confirm(facts: dict[str, Any], one: dict[str, Any]) -> None:
    confirm(account_of(facts["approver"]), Decision(one["here"], frozenset({one["date"]})))


def _propose(facts: dict[str, Any], one: dict[str, Any]) -> None:
    until = datetime.now(UTC).date() + timedelta(days=5)
    values = (one["here"], one["date"], (Slot(*one["slot"]),), False, 1, until)
    propose(account_of(facts["approver"]), Proposal(*values, facility_id=facts["hall"]))


#: Two acts, whether the proposal is there before, and how the old and the new date may end.
RACES: list[tuple[Callable[..., None], Callable[..., None], bool, set[tuple[str, ...]]]] = [
    (_take, _close, True, {("replaced", "confirmed"), ("requested", "proposed")}),
    (_take, _book, True, {("replaced", "confirmed")}),
    (_take, _withdraw_proposal, True, {("replaced", "confirmed"), ("requested", "withdrawn")}),
    (_take, _withdraw, True, {("replaced", "confirmed"), ("withdrawn", "declined")}),
    (_take, _confirm, True, {("replaced", "confirmed"), ("confirmed", "withdrawn")}),
    (_take, _take, True, {("replaced", "confirmed")}),
    (_propose, _book, False, {("requested",), ("requested", "proposed")}),
    (_propose, _close, False, {("requested",), ("requested", "proposed")}),
    (_propose, _confirm, False, {("confirmed", "proposed"), ("confirmed", "withdrawn")}),
    (_propose, _withdraw, False, {("withdrawn",), ("withdrawn", "declined")}),
]
BOTH_MAY_WIN = {(_take, _close), (_propose, _close), (_propose, _confirm), (_propose, _withdraw)}


def act(index: int, number: int, facts: dict[str, Any]) -> None:
    """Do the first or the second act of this round."""
    RACES[number % len(RACES)][index](facts, facts["dates"][number])


@pytest.fixture
def ground(app: Flask, app_context: None) -> dict[str, Any]:
    clock.set_source(None)  # real processes live in real time
    cluster = make_cluster(answer_days=1, time_zone="UTC")
    lab, hall = make_facility(cluster, hours=None), make_facility(cluster, hours=None)
    partner, approver = make_partner(), make_approver(lab, hall)
    facts: dict[str, Any] = {
        "partner": partner.id,
        "approver": approver.id,
        "cluster": cluster.id,
        "hall": hall.id,
        "dates": [],
    }
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    for number in range(TIMES * len(RACES)):
        start = noon + timedelta(days=60 + number)
        slot = Slot(start, start + timedelta(hours=3))
        booking = make_request(partner, lab, [slot], holds=True).bookings[0]
        one = {
            "day": date.fromordinal(start.toordinal()),
            "slot": tuple(slot),
            "here": booking.id,
            "date": booking.occurrences[0].id,
        }
        if RACES[number % len(RACES)][2]:
            _propose(facts, one)
            proposal = db.session.scalars(
                sa.select(Occurrence).where(Occurrence.replaces_id == one["date"])
            ).one()
            one |= {"there": proposal.booking_id, "proposal": proposal.id}
        facts["dates"].append(one)
    db.session.commit()
    return facts


def test_a_proposal_elsewhere_and_another_act_are_as_one_after_the_other(
    ground: dict[str, Any], database_url: str
) -> None:
    rounds = outcomes(Race(database_url, len(ground["dates"]), act, ground, racers=2))

    assert errors(rounds) == []
    db.session.rollback()
    assert db.session.execute(OVERLAPS).scalar_one() == 0
    assert list(find_faults()) == []
    for number, one in enumerate(ground["dates"]):
        first, second, _, ends = RACES[number % len(RACES)]
        won = rounds[number]["won"]
        assert sum(rounds[number].values()) == 2
        assert 1 <= won <= (2 if (first, second) in BOTH_MAY_WIN else 1), (number, rounds[number])
        assert _states(one) in ends, (number, rounds[number])
        steps = [
            (line.before, key) for line in _steps_of(one["here"]) for key in line.occurrence_ids
        ]
        assert len(steps) == len(set(steps)), number


def _states(one: dict[str, Any]) -> tuple[str, ...]:
    request_id = db.session.get_one(Booking, one["here"]).request_id
    query = sa.select(Occurrence.state).join(Booking).where(Booking.request_id == request_id)
    return tuple(state.value for state in db.session.scalars(query.order_by(Occurrence.id)))


def _steps_of(booking_id: int) -> list[LogEntry]:
    """Return the steps of all bookings of a booking's request."""
    request_id = db.session.get_one(Booking, booking_id).request_id
    query = (
        sa.select(LogEntry)
        .join(Booking, Booking.id == LogEntry.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .where(BookingRequest.id == request_id, LogEntry.event == "step")
    )
    return list(db.session.scalars(query.order_by(LogEntry.id)))
