"""A change of a request and the decision on it at the same instant: equal to one of two orders."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.accounts.queries import account_of
from booking.bookings.models import Booking, LogEntry, Occurrence
from booking.data_check.queries import find_faults
from booking.db import clock
from booking.decisions.service import Decision, confirm
from booking.extensions import db
from booking.notices.models import Notice
from booking.requests.changing import Change, DateChange, change_request
from booking.rules.slots import Slot
from tests.factories import make_approver, make_cluster, make_facility, make_partner, make_request
from tests.lanes import IS_LONG
from tests.racers import OVERLAPS, Race, errors, outcomes

ROUNDS = 200 if IS_LONG else 6
FEW, MANY = 4, 6


def act(index: int, number: int, facts: dict) -> None:
    """Confirm as seen; or change: more people in every second round, else a shorter time."""
    booking_id, date_id, slot = facts["dates"][number]
    if index == 0:
        ids = frozenset({date_id})
        confirm(account_of(facts["approver"]), Decision(booking_id, ids, seen=0))
        return
    partner = account_of(facts["partner"])
    details = db.session.get_one(Booking, booking_id).request.details
    if number % 2:
        change = Change(booking_id, replace(details, people=MANY))
    else:
        shorter = Slot(slot[0], slot[1] - timedelta(hours=1))
        change = Change(booking_id, details, DateChange(date_id, shorter, False, 1))
    change_request(partner, change)


@pytest.fixture
def ground(app: Flask, app_context: None) -> dict:
    clock.set_source(None)  # real processes live in real time
    hall = make_facility(make_cluster(answer_days=1, time_zone="UTC"), hours=None)
    partner, approver = make_partner(), make_approver(hall)
    facts = {"partner": partner.id, "approver": approver.id, "dates": []}
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=60)
    for number in range(ROUNDS):
        start = first + timedelta(hours=8 * number)
        slot = Slot(start, start + timedelta(hours=3))
        request = make_request(partner, hall, [slot], holds=True, people=FEW)
        booking = request.bookings[0]
        facts["dates"].append((booking.id, booking.occurrences[0].id, tuple(slot)))
    db.session.commit()
    return facts


def test_a_change_and_a_confirmation_at_once_are_as_one_after_the_other(
    ground: dict, database_url: str
) -> None:
    rounds = outcomes(Race(database_url, ROUNDS, act, ground, racers=2))

    assert errors(rounds) == []
    db.session.rollback()
    assert db.session.execute(OVERLAPS).scalar_one() == 0
    assert list(find_faults()) == []
    for number, (booking_id, date_id, slot) in enumerate(ground["dates"]):
        changed_first = "409 changed" in rounds[number]
        assert sum(rounds[number].values()) == 2
        assert rounds[number]["won"] == (1 if changed_first else 2)
        booking = db.session.get_one(Booking, booking_id)
        date = db.session.get_one(Occurrence, date_id)
        assert date.state == ("requested" if changed_first else "confirmed")
        waits = [one.state for one in booking.occurrences if one.replaces_id == date_id]
        if number % 2:
            assert booking.request.people == (MANY if changed_first else FEW)
            assert waits == ([] if changed_first else ["requested"])
        else:
            assert date.ends_at == slot[1] - timedelta(hours=1)
            assert waits == []
        lines = sa.select(LogEntry).where(LogEntry.booking_id == booking_id)
        assert sum(bool(one.changes) for one in db.session.scalars(lines)) == 1
        told = sa.select(sa.func.count()).where(
            Notice.booking_id == booking_id, Notice.person_id == ground["approver"]
        )
        assert db.session.scalar(told) == 1  # of the change
