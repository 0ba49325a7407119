"""Free time, two who wait for it and one who asks anew, all at once."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.accounts.queries import account_of
from booking.bookings.models import LogEntry, Occurrence
from booking.data_check.queries import find_faults
from booking.db import clock
from booking.decisions.service import Decision, cancel
from booking.decisions.turns import offer_free_time
from booking.extensions import db
from booking.facilities.models import Facility
from booking.requests.service import send
from booking.rules.lifecycle import State
from booking.rules.slots import Slot
from tests.factories import make_approver, make_cluster, make_facility, make_partner, make_request
from tests.lanes import IS_LONG
from tests.racers import OVERLAPS, Race, errors, outcomes
from tests.request_factories import sending_for

ROUNDS = 200 if IS_LONG else 4
#: SQLite has one lock for all, which other races try; in the long lane it has its turn too.
pytestmark = pytest.mark.parametrize(
    "engine_name", ["sqlite", "postgresql"] if IS_LONG else ["postgresql"]
)


def act(index: int, number: int, facts: dict) -> None:
    """Racer 0 frees the time, the last one asks for it anew, the others are workers."""
    booking_id, occurrence_id = facts["agreed"][number]
    if index == 0:
        decision = Decision(booking_id, frozenset({occurrence_id}), "Free again.")
        cancel(account_of(facts["approver"]), decision)
        offer_free_time()
    elif index == facts["racers"] - 1:
        lab = db.session.get_one(Facility, facts["lab"])
        sending = sending_for(lab, Slot(*facts["slots"][number]))
        db.session.rollback()
        send(account_of(facts["partners"][number % len(facts["partners"])]), sending)
    else:
        offer_free_time()


@pytest.fixture
def ground(app: Flask, app_context: None) -> dict:
    """In each round an agreed date, and two dates that wait for its time."""
    clock.set_source(None)  # real processes live in real time
    lab = make_facility(
        make_cluster(answer_days=1, time_zone="UTC"),
        hours=None,
        waiting_list_days=2,
        pending_holds=True,
        most_open_requests=1000,
        most_held_days=1000,
    )
    facts: dict = {"lab": lab.id, "approver": make_approver(lab).id, "racers": 4}
    facts["partners"] = [make_partner().id for _ in range(1 + ROUNDS // 5)]
    agreeing, waiting = make_partner(), [make_partner() for _ in range(2)]
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=60)
    facts["slots"] = [
        (first + timedelta(hours=4 * number), first + timedelta(hours=4 * number + 2))
        for number in range(ROUNDS)
    ]
    facts["agreed"], facts["waiting"] = [], []
    for starts, ends in facts["slots"]:
        request = make_request(agreeing, lab, [Slot(starts, ends)], state=State.CONFIRMED)
        date = request.bookings[0].occurrences[0]
        facts["agreed"].append((date.booking_id, date.id))
        for minutes, person in enumerate(waiting):
            sent_at = clock.now() - timedelta(minutes=10 - minutes)
            later = make_request(
                person, lab, [Slot(starts, ends)], state=State.WAITING, sent_at=sent_at
            )
            facts["waiting"].append(later.bookings[0].occurrences[0].id)
    return facts


def test_free_time_goes_to_one_who_waits_or_to_who_came_first(
    ground: dict, database_url: str
) -> None:
    rounds = outcomes(Race(database_url, ROUNDS, act, ground, racers=ground["racers"]))

    assert errors(rounds) == []
    assert {outcome for seen in rounds for outcome in seen} <= {"won", "422 taken", "409 taken"}
    with_app_turns = offer_free_time()  # nothing is left to do
    assert with_app_turns == 0
    db.session.rollback()
    assert db.session.execute(OVERLAPS).scalar_one() == 0
    assert list(find_faults()) == []
    state_of = dict(db.session.execute(sa.select(Occurrence.id, Occurrence.state)).all())
    steps = db.session.scalars(sa.select(LogEntry).where(LogEntry.after == State.PROPOSED)).all()
    for number, (starts, _) in enumerate(ground["slots"]):
        older, younger = ground["waiting"][2 * number : 2 * number + 2]
        sent = sa.select(sa.func.count()).where(
            Occurrence.starts_at == starts, Occurrence.state == State.REQUESTED
        )
        assert state_of[younger] is State.WAITING
        proposed = state_of[older] is State.PROPOSED
        assert (db.session.scalar(sent) or 0) == (0 if proposed else 1)
        assert sum(older in step.occurrence_ids for step in steps) == int(proposed)
