"""No place is given to two at once, whatever the order of events.

Each race is run with real processes on both databases. The same race with the lock and the
constraint taken away shows that the test would see an overlap.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.accounts import throttle
from booking.accounts.queries import account_of
from booking.bookings.details import RequestDetails
from booking.bookings.models import Booking, BookingRequest, LogEntry, Occurrence
from booking.bookings.new_request import NewRequest
from booking.clusters.models import Cluster
from booking.db import clock, transactions
from booking.db.revision_models import RulesRevision
from booking.db.transactions import writing, writing_by_rules
from booking.decisions.service import Decision, confirm
from booking.errors import Conflict
from booking.extensions import db
from booking.facilities.effective_terms import effective_terms
from booking.facilities.hours_models import SpecialDayRow
from booking.facilities.models import Facility, Place
from booking.facilities.quota_models import Quota
from booking.manage.closures.service import NewClosure, make
from booking.manage.closures.targets import Target
from booking.requests.service import send
from booking.rules.closure_times import PlannedClosure
from booking.rules.lifecycle import State
from booking.rules.limits import Limit, LimitName
from booking.rules.slots import Slot
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
)
from tests.lanes import IS_LONG
from tests.racers import OVERLAPS, RACERS, Race, errors, outcomes, without_constraint

#: Enough for the last but one test to see overlaps in many rounds.
ROUNDS = 400 if IS_LONG else 12
FEW_ROUNDS = 100 if IS_LONG else 5
NO_LIMITS = dict.fromkeys(LimitName, Limit(10**6, timedelta(hours=1)))


def first_slot() -> Slot:
    """Two hours, far enough ahead to be requested."""
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=60)
    return Slot(start, start + timedelta(hours=2))


def slot_of(number: int, first: Slot) -> Slot:
    """The stretch that round `number` is about."""
    step = timedelta(hours=2) * number
    return Slot(first.starts_at + step, first.ends_at + step)


def new_request(facility_id: int, slot: Slot, *, whole: bool, token: str) -> NewRequest:
    return NewRequest(
        facility_id=facility_id,
        slots=(slot,),
        whole=whole,
        places=0 if whole else 1,
        details=RequestDetails("Race", "To be first.", "experiment", people=1),
        idempotency_key=token,
    )


def send_request(index: int, number: int, facts: dict) -> None:
    """Racer `index` requests the slot of the round."""
    throttle.set_limits(NO_LIMITS)  # in this process; the long lane sends hundreds
    account = account_of(facts["people"][index])
    slot = slot_of(number, facts["slot"])
    facility_id, whole = facts["wishes"][index]
    send(account, new_request(facility_id, slot, whole=whole, token=f"{index}-{number}"))


def decide(index: int, number: int, facts: dict) -> None:
    """Approver `index` confirms the request of partner `index` in this round."""
    booking_id, occurrence_id = facts["dates"][number][index]
    account = account_of(facts["people"][index])
    confirm(account, Decision(booking_id, frozenset({occurrence_id})))


@pytest.fixture
def ground(app: Flask, app_context: None) -> dict:
    """A facility that holds requested dates, a part of it, partners and approvers."""
    clock.set_source(None)  # real processes live in real time
    cluster = make_cluster(answer_days=1, time_zone="UTC")
    hall = make_facility(cluster, hours=None, pending_holds=True)
    bench = make_facility(cluster, hours=None, pending_holds=True, parent=hall)
    range_ = make_facility(cluster, hours=None)
    return {
        "cluster": cluster.id,
        "hall": hall.id,
        "bench": bench.id,
        "range": range_.id,
        "approvers": [make_approver(hall, bench, range_).id for _ in range(RACERS)],
        "partners": [make_partner().id for _ in range(RACERS)],
    }


def requests_for(facility: int, partners: list[int], rounds: int, first: Slot) -> list:
    """Competing requests of every partner for each round's slot: (booking, occurrence) ids."""
    organisation = make_organisation()
    found = []
    for number in range(rounds):
        row = []
        for partner in partners:
            slot = slot_of(number, first)
            request = BookingRequest(
                reference=f"{len(found):03}-{len(row):03}",
                organisation_id=organisation.id,
                requester_id=partner,
                details=RequestDetails("Race", "To be first.", "experiment"),
                sent_at=clock.now(),
                idempotency_key=f"{number}",
            )
            occurrence = Occurrence(
                facility_id=facility,
                uid=f"{number}-{partner}",
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                places=1,
                state=State.REQUESTED,
                lapses_at=slot.starts_at,
                changed_at=clock.now(),
            )
            booking = Booking(request=request, facility_id=facility, occurrences=[occurrence])
            db.session.add(booking)
            row.append((booking, occurrence))
        found.append(row)
    db.session.commit()
    return [[(booking.id, occurrence.id) for booking, occurrence in row] for row in found]


def confirm_or_close(index: int, number: int, facts: dict) -> None:
    """Racer 0 closes the range for the time of the round; all others try to confirm its date."""
    if index:
        return decide(index, number, facts)
    slot = slot_of(number, facts["slot"])
    closing = PlannedClosure(
        first_day=slot.starts_at.date(),
        last_day=slot.ends_at.date(),
        starts_time=slot.starts_at.time(),
        ends_time=slot.ends_at.time(),
    )
    target = Target(facts["cluster"], facts["range"])
    make(account_of(facts["people"][0]), NewClosure(target, closing, f"Round {number}", True))
    return None


def overlaps() -> int:
    db.session.rollback()
    return db.session.execute(OVERLAPS).scalar_one()


def test_of_eight_requests_that_hold_one_place_exactly_one_succeeds(
    ground: dict, database_url: str
) -> None:
    facts = {
        "people": ground["partners"],
        "slot": first_slot(),
        "wishes": [(ground["bench"], False)] * RACERS,
    }
    rounds = outcomes(Race(database_url, ROUNDS, send_request, facts))
    assert errors(rounds) == []
    assert [seen["won"] for seen in rounds] == [1] * ROUNDS
    assert {seen["422 taken"] + seen["409 taken"] for seen in rounds} == {RACERS - 1}
    assert overlaps() == 0


def test_of_eight_competing_requests_confirmed_at_once_exactly_one_is_confirmed(
    ground: dict, database_url: str
) -> None:
    first = first_slot()
    dates = requests_for(ground["range"], ground["partners"], ROUNDS, first)
    rounds = outcomes(
        Race(database_url, ROUNDS, decide, {"people": ground["approvers"], "dates": dates})
    )
    assert errors(rounds) == []
    assert [seen["won"] for seen in rounds] == [1] * ROUNDS
    assert {seen["409 taken"] for seen in rounds} == {RACERS - 1}
    confirmed = sa.select(sa.func.count()).where(Occurrence.state == State.CONFIRMED)
    assert overlaps() == 0
    assert db.session.scalar(confirmed) == ROUNDS


def test_of_eight_approvers_who_confirm_one_request_exactly_one_decides(
    ground: dict, database_url: str
) -> None:
    first = first_slot()
    one_each = requests_for(ground["range"], ground["partners"][:1], ROUNDS, first)
    dates = [row * RACERS for row in one_each]
    rounds = outcomes(
        Race(database_url, ROUNDS, decide, {"people": ground["approvers"], "dates": dates})
    )
    assert errors(rounds) == []
    assert [seen["won"] for seen in rounds] == [1] * ROUNDS
    assert {seen["409 already_decided"] for seen in rounds} == {RACERS - 1}


def test_the_whole_and_a_part_of_it_are_never_given_at_once(
    ground: dict, database_url: str
) -> None:
    wishes = [(ground["hall"], True), (ground["bench"], False)] * (RACERS // 2)
    facts = {"people": ground["partners"], "slot": first_slot(), "wishes": wishes}
    rounds = outcomes(Race(database_url, ROUNDS, send_request, facts))
    assert errors(rounds) == []
    assert [seen["won"] for seen in rounds] == [1] * ROUNDS
    assert overlaps() == 0


@pytest.mark.parametrize("engine_name", ["postgresql"])  # SQLite has one lock for all
def test_a_date_is_never_confirmed_unmarked_while_its_facility_is_closed(
    ground: dict, database_url: str
) -> None:
    first = first_slot()
    one_each = requests_for(ground["range"], ground["partners"][:1], FEW_ROUNDS, first)
    facts = {
        "people": ground["approvers"],
        "dates": [row * RACERS for row in one_each],
        "slot": first,
        "cluster": ground["cluster"],
        "range": ground["range"],
    }
    rounds = outcomes(Race(database_url, FEW_ROUNDS, confirm_or_close, facts))
    assert errors(rounds) == []
    db.session.rollback()
    marked = dict(
        db.session.execute(
            sa.select(LogEntry.before, sa.func.count())
            .where(LogEntry.event == "affected")
            .group_by(LogEntry.before)
        ).all()
    )
    confirmed = sa.select(sa.func.count()).where(Occurrence.state == State.CONFIRMED)
    # Each date is marked, and confirmed only if that happened before the closure.
    assert sum(marked.values()) == FEW_ROUNDS
    assert db.session.scalar(confirmed) == marked.get("confirmed", 0)


def close_or_send(index: int, number: int, facts: dict) -> None:
    """Racer 0 closes all ranges on the day of the round, all others request theirs on that day.

    Racer 0 locks no tree, so only the rules stand in the way. It says how many requests it found.
    """
    slot = day_of(number, facts["slot"])
    if index:
        throttle.set_limits(NO_LIMITS)
        sent = new_request(facts["ranges"][index], slot, whole=False, token=f"{index}-{number}")
        send(account_of(facts["people"][index]), sent)
        return
    with writing():
        db.session.add_all(
            SpecialDayRow(facility_id=one, day=slot.starts_at.date(), spans=[])
            for one in facts["ranges"]
        )
        db.session.flush()
        found = db.session.scalar(dates_on(slot))
    raise Conflict(str(found))


def close_or_send_by_unheld_rules(index: int, number: int, facts: dict) -> None:
    """The same, but who sends only looks at the number of the rules."""

    transactions.held_rules = lambda: sa.select(RulesRevision.number).subquery()
    transactions._look.cache_clear()
    close_or_send(index, number, facts)


def day_of(number: int, first: Slot) -> Slot:
    """The stretch of a round that has a day of its own."""
    step = timedelta(days=number)
    return Slot(first.starts_at + step, first.ends_at + step)


def dates_on(slot: Slot) -> sa.Select[int]:
    """The query for how many dates begin then."""
    query = sa.select(sa.func.count()).select_from(Occurrence)
    return query.where(Occurrence.starts_at == slot.starts_at)


def sent_unseen(ground: dict, database_url: str, run: Callable[[int, int, dict], None]) -> int:
    """Run the race and return how many requests its closing days have not found."""
    cluster = db.session.get_one(Cluster, ground["cluster"])
    ranges = [make_facility(cluster, weekdays=range(7)).id for _ in range(RACERS)]
    at_nine = datetime.combine(first_slot().starts_at.date(), time(9), UTC)
    first = Slot(at_nine, at_nine + timedelta(hours=2))
    facts = {"people": ground["partners"], "ranges": ranges, "slot": first}
    make_coordinator(cluster)
    rounds = outcomes(Race(database_url, FEW_ROUNDS, run, facts))
    assert errors(rounds) == []
    unseen = 0
    for seen in rounds:
        (found,) = [int(one.removeprefix("409 ")) for one in seen if one.startswith("409 ")]
        assert seen["won"] + seen["422 not_open"] == RACERS - 1
        unseen += seen["won"] - found
    return unseen


@pytest.mark.parametrize("engine_name", ["postgresql"])  # SQLite has one lock for all
def test_who_changes_rules_finds_all_that_was_sent_by_the_old_ones(
    ground: dict, database_url: str
) -> None:
    assert sent_unseen(ground, database_url, close_or_send) == 0


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_without_the_hold_on_the_rules_the_same_race_sends_by_rules_that_are_gone(
    ground: dict, database_url: str
) -> None:
    assert sent_unseen(ground, database_url, close_or_send_by_unheld_rules) > 0


def lock_both(index: int, number: int, facts: dict) -> None:
    """Write to both trees; odd racers name them the other way round."""
    first, second = facts["trees"][:: -1 if index % 2 else 1]
    with writing(first, second):
        for facility_id in (first, second):
            db.session.execute(
                sa.update(Facility)
                .where(Facility.id == facility_id)
                .values(revision=Facility.revision + 1)
            )


def test_two_trees_locked_in_opposite_order_never_deadlock(ground: dict, database_url: str) -> None:
    facts = {"trees": [ground["hall"], ground["range"]]}
    rounds = outcomes(Race(database_url, ROUNDS, lock_both, facts))
    assert [seen["won"] for seen in rounds] == [RACERS] * ROUNDS
    db.session.rollback()
    revisions = db.session.scalars(
        sa.select(Facility.revision).where(Facility.id.in_(facts["trees"]))
    ).all()
    assert list(revisions) == [RACERS * ROUNDS] * 2


def change_or_decide(index: int, number: int, facts: dict) -> None:
    """Odd racers change the rules of both trees, the others decide by them; each of both trees."""
    trees = facts["trees"][:: -1 if index % 3 else 1]
    changes_rules = index % 2
    with (writing if changes_rules else writing_by_rules)(*trees):
        for facility_id in trees:
            if changes_rules:
                change = sa.update(Facility).where(Facility.id == facility_id)
                db.session.execute(change.values(revision=Facility.revision + 1))
            else:
                effective_terms([facility_id])
                # As a sending does, it raises the version of the tree's calendars.
                one = {"period": f"{index}-{number}", "measure": "hours", "most": 1}
                db.session.execute(sa.insert(Quota).values(facility_id=facility_id, **one))


def test_who_changes_rules_and_who_decides_by_them_never_deadlock(
    ground: dict, database_url: str
) -> None:
    facts = {"trees": [ground["hall"], ground["range"]]}
    rounds = outcomes(Race(database_url, FEW_ROUNDS, change_or_decide, facts))
    assert [seen["won"] for seen in rounds] == [RACERS] * FEW_ROUNDS


def test_without_lock_and_constraint_the_same_race_gives_one_place_to_many(
    ground: dict, database_url: str
) -> None:
    without_constraint(db.engine)
    facts = {
        "people": ground["partners"],
        "slot": first_slot(),
        "wishes": [(ground["bench"], False)] * RACERS,
    }
    rounds = outcomes(Race(database_url, ROUNDS, send_request, facts, guarded=False))
    assert max(seen["won"] for seen in rounds) > 1
    assert overlaps() > 0


def test_of_eight_requests_that_a_rule_confirms_exactly_one_succeeds(
    ground: dict, database_url: str
) -> None:
    db.session.execute(
        sa.update(Facility).where(Facility.id == ground["range"]).values(automatic_for="everyone")
    )
    db.session.commit()
    facts = {
        "people": ground["partners"],
        "slot": first_slot(),
        "wishes": [(ground["range"], False)] * RACERS,
    }
    rounds = outcomes(Race(database_url, ROUNDS, send_request, facts))
    assert errors(rounds) == []
    assert [seen["won"] for seen in rounds] == [1] * ROUNDS
    assert set(db.session.scalars(sa.select(Occurrence.state))) == {State.CONFIRMED}
    assert overlaps() == 0


def test_all_racers_request_the_same_single_place(ground: dict) -> None:
    places = sa.select(sa.func.count()).where(Place.facility_id == ground["bench"])
    assert db.session.scalar(places) == 1
