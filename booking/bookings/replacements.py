"""Dates that would take the place of another date of their request: proposals, moves, edits.

Until one is confirmed the other keeps its state and its places, and the new one holds only what
the other does not. It may be at another facility, and then belongs to another booking of the
request; so what is asked here about dates of a booking looks at all dates of its request.
"""

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from booking.bookings.log import write_log
from booking.bookings.models import Booking, Occupancy, Occurrence
from booking.bookings.occupancy import free_all, hold_beside, occurrence_slot, taken_slot
from booking.bookings.resolutions import Resolution, resolve
from booking.bookings.rooms import rooms, taken_by
from booking.clusters.deadlines import deadlines_of
from booking.extensions import db
from booking.facilities.effective_terms import effective_terms
from booking.rules.availability import Room
from booking.rules.deadlines import due_at, lapses_at, latest_due, moved, moved_back, pause
from booking.rules.lifecycle import ENDED, OPEN, WAIT_FOR_OWNER, Act, Side, State, has_lapsed
from booking.rules.routing import Deciders
from booking.rules.slots import Slot
from booking.rules.visibility import NOT_NAMED


def new_replacement(
    booking: Booking,
    replaced: Occurrence,
    slot: Slot,
    *,
    whole: bool,
    places: int,
    state: State,
    lapses_at: datetime,
    now: datetime,
    own_details: Mapping[str, Any] | None,
) -> Occurrence:
    """Save a date of a booking in the place of another one, without places; returns its row."""
    occurrence = Occurrence(
        booking=booking,
        facility_id=booking.facility_id,
        uid=secrets.token_hex(16),
        replaces_id=replaced.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        whole=whole,
        places=places,
        own_details=dict(own_details) if own_details else None,
        state=state,
        lapses_at=lapses_at,
        changed_at=now,
    )
    db.session.add(occurrence)
    db.session.flush()
    return occurrence


def dates_of_request(booking: Booking) -> list[Occurrence]:
    """Return the dates of all bookings of a booking's request."""
    return [date for one in booking.request.bookings for date in one.occurrences]


def is_the_same(
    date: Occurrence, facility_id: int, slots: Collection[Slot], whole: bool, places: int
) -> bool:
    """Return whether one of these slots there, with this extent, is what the date already is."""
    extent = date.whole if whole else not date.whole and date.places == places
    return date.facility_id == facility_id and extent and occurrence_slot(date) in slots


def replaced_elsewhere(date: Occurrence) -> Occurrence | None:
    """Return the date at another facility in whose place this one is or would be, else None."""
    if date.replaces_id is None or any(d.id == date.replaces_id for d in date.booking.occurrences):
        return None
    return next(d for d in dates_of_request(date.booking) if d.id == date.replaces_id)


def lapse_no_earlier(date: Occurrence, until: datetime, now: datetime) -> None:
    """Let a requested date, and its hold if it still has one, lapse at `until` at the earliest."""
    if date.state in OPEN and date.lapses_at is not None and not _lapsed(date, now):
        _lapse_at(date, max(date.lapses_at, min(until, date.starts_at)), now)


def _lapsed(date: Occurrence, now: datetime) -> bool:
    return has_lapsed(date.state, date.lapses_at, now)


def _lapse_at(date: Occurrence, lapses_at: datetime, now: datetime) -> None:
    date.lapses_at = lapses_at
    db.session.execute(
        sa.update(Occupancy)
        .where(Occupancy.occurrence_id == date.id, Occupancy.held_until > now)
        .values(held_until=lapses_at)
    )


def open_in_place_of(
    booking: Booking,
    replaced_ids: Collection[int],
    now: datetime,
    *,
    states: Collection[State] = OPEN,
) -> list[Occurrence]:
    """Return the dates, not decided on and not lapsed, that would be in the place of these."""
    return [
        date
        for date in dates_of_request(booking)
        if date.replaces_id in replaced_ids and date.state in states and not _lapsed(date, now)
    ]


def waiting_for_owner(booking: Booking, now: datetime) -> list[Occurrence]:
    """Return the dates on which the owner has to decide: nothing is open in their place."""
    waiting = [
        date
        for date in booking.occurrences
        if date.state in WAIT_FOR_OWNER and not _lapsed(date, now)
    ]
    others = {one.replaces_id for one in open_in_place_of(booking, [d.id for d in waiting], now)}
    return [date for date in waiting if date.id not in others]


def in_place_of(booking: Booking, date: Occurrence) -> Occurrence:
    """Return the date in whose place something else for this one would be.

    For what is itself requested in the place of a date that has not ended, it is that date.
    """
    before = standing_before(booking, [date]).get(date.id)
    return date if before is None else in_place_of(booking, before)


def standing_before(booking: Booking, dates: Iterable[Occurrence]) -> dict[int, Occurrence]:
    """Return by id of these dates the one in whose place it would be, unless that has ended."""
    by_id = {date.id: date for date in dates_of_request(booking)}
    found = {}
    for date in dates:
        before = by_id.get(date.replaces_id) if date.replaces_id is not None else None
        if before is not None and before.state not in ENDED:
            found[date.id] = before
    return found


@dataclass(frozen=True)
class Beside:
    """What else stands or is open where dates of a booking are agreed on.

    `replaced` are, by id of these dates, those in whose place they would be. They end once the
    new ones are confirmed. All others end as soon as one is agreed on: `proposals` of the owner,
    and `others`, which are requested or accepted in the same places.
    """

    replaced: Mapping[int, Occurrence]
    proposals: Sequence[Occurrence]
    others: Sequence[Occurrence]

    @property
    def all(self) -> list[Occurrence]:
        """Return all these dates."""
        return [*self.replaced.values(), *self.proposals, *self.others]


def beside(booking: Booking, dates: Sequence[Occurrence], now: datetime) -> Beside:
    """Return what else there is where these dates of the booking are agreed on."""
    chosen = {date.id for date in dates}
    replaced_ids = {date.replaces_id for date in dates if date.replaces_id is not None}
    proposals = open_in_place_of(booking, chosen | replaced_ids, now, states={State.PROPOSED})
    others = open_in_place_of(booking, replaced_ids, now, states=OPEN - {State.PROPOSED})
    return Beside(
        standing_before(booking, dates),
        [one for one in proposals if one.id not in chosen],
        [one for one in others if one.id not in chosen],
    )


def hold_beside_standing(date: Occurrence, standing: Occurrence, now: datetime) -> None:
    """Hold for a date without places what the one that it would replace does not have.

    Raises:
        Conflict: `taken`, when it does not fit.
    """
    rules = effective_terms([date.facility_id])[date.facility_id].rules
    ids = [date.id, standing.id]
    found = rooms(
        [date.facility_id],
        taken_slot(date, rules),
        now,
        without=ids,
        for_organisation=date.booking.request.organisation_id or NOT_NAMED,
    )
    hold_what_is_new([date], [standing], found[date.facility_id], now)


def answer_later(replaced: Occurrence, since: datetime, now: datetime) -> None:
    """Give the owner as long for a requested date as if it had been sent at `since`.

    Until then something else is accepted in its place. What is not requested stays as it is.
    """
    if replaced.state is not State.REQUESTED or _lapsed(replaced, now):
        return
    booking = replaced.booking
    deadlines = deadlines_of(booking.facility.cluster, now)
    due = due_at(since, replaced.starts_at, deadlines)
    _lapse_at(replaced, lapses_at(due, replaced.starts_at, deadlines), now)
    if not _others_requested(booking, replaced, now):
        booking.due_at = due


def _others_requested(booking: Booking, date: Occurrence, now: datetime) -> bool:
    return any(
        one.state is State.REQUESTED and one is not date and not _lapsed(one, now)
        for one in booking.occurrences
    )


def hold_what_is_new(
    dates: Sequence[Occurrence], ending: Sequence[Occurrence], room: Room, now: datetime
) -> None:
    """Hold for new dates of one facility what those do not have that end once one is confirmed.

    `room` is without those in `ending`. Call it inside `writing`.

    Raises:
        Conflict: `taken`, when one of them does not fit. Then nothing is written.
    """
    facility_id = dates[0].facility_id
    rules = effective_terms([facility_id])[facility_id].rules
    hold_beside(dates, _had([one.id for one in ending], now), room, rules, now)


def _had(occurrence_ids: Collection[int], now: datetime) -> dict[int, list[Slot]]:
    """Return what these dates have together, by place."""
    had: dict[int, list[Slot]] = defaultdict(list)
    for places in taken_by(occurrence_ids, now).values():
        for place_id, slots in places.items():
            had[place_id] += slots
    return had


def hold_without_it(booking: Booking, ended_ids: Collection[int], now: datetime) -> None:
    """Let open replacements of dates that have ended hold what those had, where it is free.

    They still hold nothing of what a date has that ends once they are confirmed.
    """
    ended = [date for date in dates_of_request(booking) if date.id in ended_ids]
    places = {key for date in ended for key in (date.id, date.replaces_id) if key is not None}
    waiting = open_in_place_of(booking, places, now)
    if not waiting:
        return
    terms = effective_terms({date.facility_id for date in waiting})
    for date in waiting:
        rules = terms[date.facility_id].rules
        if date.state is State.REQUESTED and not rules.pending_holds:
            continue
        ids = [date.id, *(one.id for one in _ending_with(booking, date, now))]
        found = rooms(
            [date.facility_id],
            taken_slot(date, rules),
            now,
            without=ids,
            for_organisation=booking.request.organisation_id or NOT_NAMED,
        )
        room = found[date.facility_id]
        hold_beside([date], _had(ids, now), room, rules, now, refuse=False)


def _ending_with(booking: Booking, date: Occurrence, now: datetime) -> list[Occurrence]:
    """Return what stands or is open where this date would be, and ends if it is confirmed."""
    standing = standing_before(booking, [date]).values()
    replaced = [] if date.replaces_id is None else [date.replaces_id]
    others = open_in_place_of(booking, replaced, now, states=OPEN - {State.PROPOSED})
    return [*standing, *(one for one in others if one is not date)]


def write_replaced(
    replaced: Occurrence,
    by: Occurrence | None,
    now: datetime,
    *,
    deciders: Deciders,
    actor_id: int | None,
    side: Side,
) -> None:
    """End a date whose replacement is confirmed; in feeds that goes on with its event.

    `by` None: the date was itself only requested in the place of another one. The step has no
    notice of its own: it belongs to the confirmation.
    """
    before = replaced.state
    after = before.after(Act.REPLACE, side)
    if after is None:
        raise ValueError(f"a date that is {before} cannot be replaced")
    replaced.state, replaced.changed_at = after, now
    replaced.revision += 1
    free_all([replaced])
    resolve([replaced.id], now, Resolution.ENDED, person_id=actor_id)
    if by is not None:
        by.feed_uid = replaced.feed_uid or replaced.uid
        by.revision = max(by.revision, replaced.revision)
    write_log(
        replaced.booking,
        [replaced],
        now,
        before=before,
        after=after,
        deciders=deciders,
        actor_id=actor_id,
        side=side,
        is_announced=False,
    )


def pause_clock(replaced: Occurrence, until: datetime, now: datetime) -> None:
    """Let the time to answer stand still from now until `until`, when proposals for a date lapse.

    Due date, lapse and holds of what is requested move together, by working days, in each booking
    that has the date or something requested in its place. A hold that is gone is not brought back.
    Call it before the proposals are saved.
    """
    for booking in _bookings_asked(replaced.booking, [replaced.id], now):
        _move_clock(booking, until, now, forwards=True)


@dataclass(frozen=True)
class Paused:
    """In the place of which dates of a request proposals let the time to answer stand still.

    `until` is when the last of them would lapse; None: they stop no clock.
    """

    booking: Booking
    replaced_ids: frozenset[int]
    until: datetime | None


def paused_by(booking: Booking, proposals: Iterable[Occurrence]) -> Paused:
    """Return what these proposals of a request let stand still; ask before they end.

    What is proposed from the waiting list is in the place of nothing and stops no clock.
    """
    ends = [
        (one.replaces_id, one.lapses_at)
        for one in proposals
        if one.replaces_id is not None and one.lapses_at is not None
    ]
    until = max((lapses_at for _, lapses_at in ends), default=None)
    return Paused(booking, frozenset(key for key, _ in ends), until)


def resume_clock(paused: Paused, now: datetime) -> None:
    """Let the time to answer go on as proposals that would lapse later have ended."""
    if paused.until is not None:
        for booking in _bookings_asked(paused.booking, paused.replaced_ids, now):
            _move_clock(booking, paused.until, now, forwards=False)


def _bookings_asked(
    booking: Booking, replaced_ids: Collection[int], now: datetime
) -> Iterable[Booking]:
    """Return the bookings that have these dates, or something requested in their place."""
    dates = [date for date in dates_of_request(booking) if date.id in replaced_ids]
    dates += open_in_place_of(booking, replaced_ids, now, states={State.REQUESTED})
    return {date.booking_id: date.booking for date in dates}.values()


def _move_clock(booking: Booking, until: datetime, now: datetime, *, forwards: bool) -> None:
    requested = [
        date
        for date in booking.occurrences
        if date.state is State.REQUESTED and not _lapsed(date, now)
    ]
    if booking.due_at is None or not requested:
        return
    deadlines = deadlines_of(booking.facility.cluster, now)
    keys = {key for date in booking.occurrences for key in (date.id, date.replaces_id)} - {None}
    others = [
        date.lapses_at
        for date in dates_of_request(booking)
        if date.state is State.PROPOSED
        and date.replaces_id in keys
        and date.lapses_at is not None
        and date.lapses_at > now
    ]
    since = max([now, *others])
    days = pause(since, until, deadlines)
    if forwards:
        latest = latest_due(min(date.starts_at for date in requested), deadlines)
        booking.due_at = moved(booking.due_at, days, deadlines, latest=latest)
    else:
        booking.due_at = moved_back(booking.due_at, days, now, deadlines)
    for date in requested:
        ends = lapses_at(booking.due_at, date.starts_at, deadlines)
        _lapse_at(date, max(ends, date.lapses_at or ends) if forwards else max(ends, now), now)
