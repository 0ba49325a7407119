"""Bookings for which an organisation competes, and on which its people therefore do not decide."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

import sqlalchemy as sa

from booking.bookings.conditions import (
    Instant,
    in_states,
    is_open,
    on_waiting_list,
    still_to_come,
)
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.bookings.rooms import rooms, taken_by
from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.facilities.effective_terms import EffectiveTerms, effective_terms
from booking.facilities.tree import trees_of
from booking.rules.availability import PlaceDemand, Room, competes, not_beside
from booking.rules.lifecycle import FIRM, IN_THE_WAY, OPEN, State
from booking.rules.slots import Slot, merge
from booking.rules.terms import RequestedDate
from booking.rules.visibility import ANYBODY

# Who gave up a date competes by it with what was sent before, so that nobody gives one up to read
# or decide on a rival's request.
_GIVEN_UP = frozenset({State.WITHDRAWN, State.CANCELLED})
_TAKES_PLACE = FIRM | {State.NO_SHOW}
_AGREED = FIRM | {State.CANCELLED}
# With more separate stretches of time, the one around them all is read.
_MOST_STRETCHES = 50


@dataclass(frozen=True)
class ContestedBooking:
    """A booking and the organisations, other than its own, whose own dates compete with it."""

    booking_id: int
    facility_id: int
    partner_id: int | None
    rivals: frozenset[int]


@dataclass(frozen=True)
class _Contest:
    """Dates of one booking and those of one other organisation, which may compete."""

    booking: Any
    organisation_id: int
    ours: Sequence[Any]
    theirs: Sequence[Any]


def contested_bookings(
    facility_ids: Collection[int],
    organisation_ids: Collection[int],
    now: datetime,
    *,
    booking_ids: Collection[int] | None = None,
) -> dict[int, ContestedBooking]:
    """Return by id the bookings of these facilities with which these organisations compete.

    An organisation competes by its dates to come, requested, waiting or agreed, anywhere in the
    same trees: if they cannot take place beside the dates of the booking. Two agreed dates do not
    compete. What was declined or withdrawn may be competed with until its time is over, so that
    a rival does not read it then. An organisation whose date was withdrawn or cancelled competes
    by it with what was sent before, until its time is over. `booking_ids` narrows what is returned.

    One statement if these organisations have no dates to come there, else a constant number.
    """
    if not facility_ids or not organisation_ids:
        return {}
    trees = trees_of(facility_ids)
    theirs = db.session.execute(
        _dates().where(
            in_ids(Occurrence.facility_id, trees.parent_of),
            in_ids(BookingRequest.organisation_id, organisation_ids),
            may_compete(now),
        )
    ).all()
    if not theirs:
        return {}
    terms = effective_terms({*facility_ids, *(row.facility_id for row in theirs)})
    query = _dates().where(
        in_ids(Occurrence.facility_id, facility_ids),
        Occurrence.ends_at > now,
        _around([_widened(row, terms) for row in theirs], terms),
    )
    if booking_ids is not None:
        query = query.where(in_ids(Booking.id, booking_ids))
    contests = list(_contests(db.session.execute(query).all(), theirs, terms))
    competing: dict[int, set[int]] = defaultdict(set)
    bookings = {contest.booking.booking_id: contest.booking for contest in contests}
    for contest in _competing(contests, terms, now):
        competing[contest.booking.booking_id].add(contest.organisation_id)
    return {
        booking_id: ContestedBooking(
            booking_id=booking_id,
            facility_id=bookings[booking_id].facility_id,
            partner_id=(
                None if bookings[booking_id].entered else bookings[booking_id].requester_id
            ),
            rivals=frozenset(rivals),
        )
        for booking_id, rivals in competing.items()
    }


def may_compete(now: Instant) -> sa.ColumnElement[bool]:
    """Return the condition that an `Occurrence` is one with which its organisation may compete."""
    given_up = sa.and_(Occurrence.ends_at > now, Occurrence.state.in_(sorted(_GIVEN_UP)))
    waiting = sa.and_(Occurrence.ends_at > now, on_waiting_list(now))
    return sa.or_(still_to_come(now), waiting, given_up)


def dates_left_to_others(
    facility_id: int,
    organisation_ids: Collection[int],
    requested_dates: Mapping[int, RequestedDate],
    now: datetime,
) -> frozenset[int]:
    """Return the keys of those new dates at a facility that people of these organisations leave.

    These are dates that cannot take place beside what waits for a decision in a booking with
    which one of the organisations competes: who entered them would decide on it.

    No statement without dates; else a constant number.
    """
    if not requested_dates:
        return frozenset()
    around = trees_of([facility_id]).parent_of
    contested = contested_bookings(around, organisation_ids, now)
    if not contested:
        return frozenset()
    waiting = db.session.execute(
        _dates().where(
            in_ids(Occurrence.booking_id, contested), Occurrence.ends_at > now, is_open(now)
        )
    ).all()
    return _not_beside_waiting(facility_id, requested_dates, waiting, now)


def competes_with_waiting(
    facility_id: int, requested_dates: Sequence[RequestedDate], now: datetime
) -> bool:
    """Return whether one of these new dates cannot take place beside what waits for a decision.

    Whoever waits, for any part of the same tree; who is on the waiting list does not count. One
    statement if nobody does around these dates, else a constant number.
    """
    trees = trees_of([facility_id]).parent_of
    terms = effective_terms(trees)
    rules = terms[facility_id].rules
    slots = [
        one.slot.widened(rules.setup_minutes, rules.cleanup_minutes) for one in requested_dates
    ]
    waiting = db.session.execute(
        _dates().where(
            in_ids(Occurrence.facility_id, trees),
            in_states(OPEN & IN_THE_WAY, now),
            _around(slots, terms),
        )
    ).all()
    return bool(_not_beside_waiting(facility_id, dict(enumerate(requested_dates)), waiting, now))


def _not_beside_waiting(
    facility_id: int,
    requested_dates: Mapping[int, RequestedDate],
    waiting: Sequence[Any],
    now: datetime,
) -> frozenset[int]:
    """Return the keys of the new dates that cannot take place beside a booking that waits."""
    if not waiting:
        return frozenset()
    facility_ids = {facility_id, *(row.facility_id for row in waiting)}
    terms = effective_terms(facility_ids)
    rules = terms[facility_id].rules
    slots = {
        key: one.slot.widened(rules.setup_minutes, rules.cleanup_minutes)
        for key, one in requested_dates.items()
    }
    slots_of_waiting = {row.id: _widened(row, terms) for row in waiting}
    merged = merge([*slots.values(), *slots_of_waiting.values()])
    hull = Slot(merged[0].starts_at, merged[-1].ends_at)
    found = rooms(facility_ids, hull, now, without=slots_of_waiting, for_organisation=ANYBODY)
    third_parties = {key: some for room in found.values() for key, some in room.taken.items()}
    held = taken_by(slots_of_waiting, now)
    room = found[facility_id]
    ours = [
        PlaceDemand(key, slots[key], one.places, one.whole, room.own, room.below)
        for key, one in requested_dates.items()
    ]
    by_booking: dict[int, list[PlaceDemand]] = defaultdict(list)
    for row in waiting:
        demand = _demand(row, found[row.facility_id], slots_of_waiting[row.id])
        by_booking[row.booking_id].append(demand)
    return frozenset(
        one.key
        for theirs in by_booking.values()
        for one in not_beside(
            _taken_but_by({other.key for other in theirs}, third_parties, held), ours, theirs
        )
    )


def _dates() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            Occurrence.id,
            Occurrence.booking_id,
            Occurrence.facility_id,
            Occurrence.starts_at,
            Occurrence.ends_at,
            Occurrence.places,
            Occurrence.whole,
            Occurrence.state,
            Occurrence.changed_at,
            BookingRequest.sent_at,
            BookingRequest.organisation_id,
            BookingRequest.requester_id,
            BookingRequest.entered,
        )
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .order_by(Occurrence.starts_at, Occurrence.id)
    )


def _widened(row: Any, terms: Mapping[int, EffectiveTerms]) -> Slot:
    rules = terms[row.facility_id].rules
    return Slot(row.starts_at, row.ends_at).widened(rules.setup_minutes, rules.cleanup_minutes)


def _around(slots: Iterable[Slot], terms: Mapping[int, EffectiveTerms]) -> sa.ColumnElement[bool]:
    """Return the condition that a date is near one of these slots, set-up and clean-up included."""
    widest = max(one.rules.setup_minutes + one.rules.cleanup_minutes for one in terms.values())
    stretches = merge(slot.widened(widest, widest) for slot in slots)
    if len(stretches) > _MOST_STRETCHES:
        stretches = [Slot(stretches[0].starts_at, stretches[-1].ends_at)]
    return sa.or_(
        *(
            sa.and_(Occurrence.starts_at < one.ends_at, Occurrence.ends_at > one.starts_at)
            for one in stretches
        )
    )


def _contests(
    rows: Iterable[Any], theirs: Iterable[Any], terms: Mapping[int, EffectiveTerms]
) -> Iterator[_Contest]:
    """Return what overlaps in time; agreed dates only against dates that are still open."""
    by_organisation: dict[int, list[Any]] = defaultdict(list)
    for row in theirs:
        by_organisation[row.organisation_id].append(row)
    by_booking: dict[tuple[int, bool], list[Any]] = defaultdict(list)
    for row in rows:
        by_booking[row.booking_id, row.state in _TAKES_PLACE].append(row)
    for (_, are_firm), dates in by_booking.items():
        for organisation_id, others in by_organisation.items():
            if organisation_id == dates[0].organisation_id:
                continue
            near = [
                other
                for other in others
                if not (are_firm and other.state in _AGREED)
                and not (other.state in _GIVEN_UP and other.changed_at <= dates[0].sent_at)
                and any(_widened(date, terms).overlaps(_widened(other, terms)) for date in dates)
            ]
            if near:
                yield _Contest(dates[0], organisation_id, dates, near)


def _competing(
    contests: Sequence[_Contest], terms: Mapping[int, EffectiveTerms], now: datetime
) -> Iterator[_Contest]:
    """Return those contests in which not everybody can have their dates."""
    if not contests:
        return
    rows = {row.id: row for one in contests for row in (*one.ours, *one.theirs)}
    slots = [_widened(row, terms) for row in rows.values()]
    hull = Slot(min(slot.starts_at for slot in slots), max(slot.ends_at for slot in slots))
    found = rooms(
        {row.facility_id for row in rows.values()},
        hull,
        now,
        without=rows,
        for_organisation=ANYBODY,
    )
    third_parties: dict[int, Sequence[Slot]] = {}
    for room in found.values():
        third_parties.update(room.taken)
    held = taken_by(rows, now)
    demands = {
        row.id: _demand(row, found[row.facility_id], _widened(row, terms)) for row in rows.values()
    }
    for contest in contests:
        in_it = {row.id for row in (*contest.ours, *contest.theirs)}
        taken = _taken_but_by(in_it, third_parties, held)
        ours = [demands[row.id] for row in contest.ours]
        if competes(taken, ours, [demands[row.id] for row in contest.theirs]):
            yield contest


def _taken_but_by(
    in_it: Collection[int],
    third_parties: Mapping[int, Sequence[Slot]],
    held: Mapping[int, Mapping[int, Sequence[Slot]]],
) -> dict[int, Sequence[Slot]]:
    """Return what third parties have, and what dates hold that are not in this contest."""
    taken = dict(third_parties)
    for key, slots_of in held.items():
        if key not in in_it:
            for place_id, some in slots_of.items():
                taken[place_id] = merge(chain(taken.get(place_id, ()), some))
    return taken


def _demand(row: Any, room: Room, slot: Slot) -> PlaceDemand:
    return PlaceDemand(row.id, slot, row.places, row.whole, room.own, room.below)
