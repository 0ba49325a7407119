"""Turns of the waiting list: what has become free is proposed to who waits; the worker calls it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa

from booking.availability.checks import CheckContext
from booking.availability.confirming import broken_rules, facts_to_confirm
from booking.bookings.conditions import in_states, on_waiting_list
from booking.bookings.deciding import deciders_of
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.bookings.occupancy import occurrence_slot, seat_all, taken_slot
from booking.bookings.records import find_booking
from booking.bookings.rooms import rooms, taken_by
from booking.bookings.transitions import take_step
from booking.db import clock
from booking.db.in_ids import in_ids
from booking.db.transactions import retried, writing_by_rules
from booking.extensions import db
from booking.facilities.effective_terms import effective_terms
from booking.facilities.models import Facility
from booking.facilities.tree import trees_of
from booking.rules.availability import PlaceDemand, Room, assign, no_longer_fit, with_assignments
from booking.rules.lifecycle import WAIT_FOR_OWNER, Act, Side, State, has_lapsed
from booking.rules.slots import Slot
from booking.rules.visibility import ANYBODY
from booking.rules.waiting_list import has_waiting_list, turn_ends_at

#: Set-up and clean-up around what waits, in minutes: as much as a facility may state.
_MARGIN = 24 * 60


@dataclass(frozen=True)
class _Waiting:
    """One date on a waiting list."""

    id: int
    booking_id: int
    facility_id: int
    root_id: int
    slot: Slot
    places: int
    whole: bool


def offer_free_time() -> int:
    """Propose what is free to who waits for it, the request sent first before the others.

    Returns to how many bookings it did. Each is held for as long as the facility says. Where there
    is no waiting list any more, what waits ends. What becomes free is not kept for who waits until
    this is called: who requests it before has it.

    What seems to fit is looked for first, so that no tree is locked for nothing, and each booking
    has a transaction of its own.

    Raises:
        ExceptionGroup: some failed, each with a note that names the booking; the others are done.
    """
    offered, failed = 0, []
    for booking_id, facility_id in _next_in_turn(clock.now()):
        try:
            offered += _take_turn(booking_id, facility_id)
        except Exception as error:  # noqa: BLE001  # the other bookings go on
            db.session.rollback()
            error.add_note(f"while proposing free time to booking {booking_id}")
            failed.append(error)
    if failed:
        raise ExceptionGroup("some waiting bookings got no proposal", failed)
    return offered


def _next_in_turn(now: datetime) -> list[tuple[int, int]]:
    """Return booking and facility of what may have its turn now, by tree, sent first first."""
    found: dict[tuple[int, int], None] = {}
    for _, rows in groupby(_all_waiting(now), key=lambda one: one.root_id):
        here = list(rows)
        terms = effective_terms({one.facility_id for one in here})
        slots = [
            one.slot.widened(rules.setup_minutes, rules.cleanup_minutes)
            for one in here
            for rules in [terms[one.facility_id].rules]
        ]
        there = rooms(terms, _hull(slots), now, for_organisation=ANYBODY)
        for one, slot in zip(here, slots, strict=True):
            fits = assign(there[one.facility_id], slot, one.places, one.whole) is not None
            if not has_waiting_list(terms[one.facility_id].rules) or (
                fits and _may_take_turn(one.booking_id, now)
            ):
                found[one.booking_id, one.facility_id] = None
    db.session.rollback()
    return list(found)


def _all_waiting(now: datetime) -> Sequence[_Waiting]:
    rows = db.session.execute(
        sa.select(
            Occurrence.id,
            Occurrence.booking_id,
            Occurrence.facility_id,
            Facility.root_id,
            Occurrence.starts_at,
            Occurrence.ends_at,
            Occurrence.places,
            Occurrence.whole,
        )
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .join(Facility, Facility.id == Occurrence.facility_id)
        .where(on_waiting_list(now))
        .order_by(Facility.root_id, BookingRequest.sent_at, Booking.id, Occurrence.starts_at)
    )
    return [
        _Waiting(
            id=row.id,
            booking_id=row.booking_id,
            facility_id=row.facility_id,
            root_id=row.root_id or row.facility_id,
            slot=Slot(row.starts_at, row.ends_at),
            places=row.places,
            whole=row.whole,
        )
        for row in rows
    ]


def _may_take_turn(booking_id: int, now: datetime) -> bool:
    """Return whether it is the turn of some date of a booking, as far as can be seen now."""
    booking = find_booking(booking_id)
    return booking is not None and _turn_of(booking, now) is not None


@retried
def _take_turn(booking_id: int, facility_id: int) -> bool:
    """Propose to a booking what is free of its waiting dates; returns whether anything was.

    Without a waiting list its dates end.
    """
    with writing_by_rules(facility_id) as now:
        booking = find_booking(booking_id)
        waiting = _waiting_of(booking, now) if booking is not None else []
        if booking is None or not waiting:
            return False
        deciders = deciders_of([booking], now)[booking_id]
        rules = effective_terms([facility_id])[facility_id].rules
        turn = _turn_of(booking, now) if has_waiting_list(rules) else None
        if turn is not None:
            for date in turn.dates:
                slot = occurrence_slot(date)
                date.lapses_at = turn_ends_at(rules, slot, now, turn.facts.deadlines)
            expired = turn.facts.has_expired_holds
            seat_all(turn.dates, turn.facts.room, rules, now, hold=True, has_expired=expired)
        elif has_waiting_list(rules):
            return False
        take_step(
            booking,
            turn.dates if turn else waiting,
            Act.OFFER if turn else Act.LAPSE,
            now,
            deciders=deciders,
            actor_id=None,
            side=Side.NOBODY,
        )
        return turn is not None


def _waiting_of(booking: Booking, now: datetime) -> list[Occurrence]:
    return [
        date
        for date in booking.occurrences
        if date.state is State.WAITING and not has_lapsed(date.state, date.lapses_at, now)
    ]


@dataclass(frozen=True)
class _Turn:
    """The waiting dates of a booking whose turn it is, and what was read to find that out."""

    dates: Sequence[Occurrence]
    facts: CheckContext


def _turn_of(booking: Booking, now: datetime) -> _Turn | None:
    """Return the waiting dates of a booking whose turn it is, as many as fit together, or None.

    They have room, break no rule, leave time to answer, and take nothing from a request that was
    sent earlier and waits for a decision.
    """
    waiting = _waiting_of(booking, now)
    if not waiting:
        return None
    facts = facts_to_confirm(booking, waiting, now)
    rules = facts.effective.rules
    broken = broken_rules(facts, waiting, now)
    earlier = _earlier_requests(booking, waiting, now)
    found: list[Occurrence] = []
    taken, around = facts.room.taken, earlier.taken
    for date in waiting:
        slot = occurrence_slot(date)
        if date.id in broken or turn_ends_at(rules, slot, now, facts.deadlines) is None:
            continue
        room = replace(facts.room, taken=taken)
        claim = _claim(date, room, taken_slot(date, rules))
        assigned = assign(room, claim.slot, claim.places, claim.whole)
        if assigned is None or no_longer_fit(around, claim, earlier.claims):
            continue
        found.append(date)
        taken = with_assignments(taken, assigned)
        around = with_assignments(around, assigned)
    return _Turn(found, facts) if found else None


@dataclass(frozen=True)
class _Earlier:
    """What was requested earlier without a hold, and what is taken on the places it needs."""

    claims: Sequence[PlaceDemand]
    taken: Mapping[int, Sequence[Slot]]


def _earlier_requests(booking: Booking, dates: Sequence[Occurrence], now: datetime) -> _Earlier:
    """Return the requests sent before this one that wait for a decision around these dates."""
    trees = trees_of([booking.facility_id]).parent_of
    around = _hull([occurrence_slot(date) for date in dates]).widened(_MARGIN, _MARGIN)
    rows = db.session.scalars(
        sa.select(Occurrence)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .where(
            in_ids(Occurrence.facility_id, trees),
            in_states(WAIT_FOR_OWNER, now),
            Booking.request_id != booking.request_id,
            BookingRequest.sent_at < booking.request.sent_at,
            Occurrence.starts_at < around.ends_at,
            Occurrence.ends_at > around.starts_at,
        )
    ).all()
    holding = taken_by([row.id for row in rows], now) if rows else {}
    without = [row for row in rows if row.id not in holding]
    if not without:
        return _Earlier((), {})
    terms = effective_terms({row.facility_id for row in without})
    slots = {row.id: taken_slot(row, terms[row.facility_id].rules) for row in without}
    facility_ids = {booking.facility_id, *(row.facility_id for row in without)}
    found = rooms(facility_ids, _hull([around, *slots.values()]), now, for_organisation=ANYBODY)
    return _Earlier(
        [_claim(row, found[row.facility_id], slots[row.id]) for row in without],
        {key: some for room in found.values() for key, some in room.taken.items()},
    )


def _claim(date: Occurrence, room: Room, slot: Slot) -> PlaceDemand:
    return PlaceDemand(date.id, slot, date.places, date.whole, room.own, room.below)


def _hull(slots: Iterable[Slot]) -> Slot:
    every = list(slots)
    return Slot(min(one.starts_at for one in every), max(one.ends_at for one in every))
