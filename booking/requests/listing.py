"""The list of an organisation's requests, one page of it at a time."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.bookings.conditions import completed, has_lapsed, is_open, upcoming
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.clusters.models import Cluster
from booking.disruptions.detection import is_unresolved
from booking.extensions import db
from booking.facilities.effective_terms import effective_terms
from booking.facilities.models import Facility
from booking.messages.queries import answer_day_asked, is_asked
from booking.requests.queries import visible_requests
from booking.rules.lifecycle import (
    Headline,
    Side,
    Standing,
    State,
    Tally,
    is_left_out,
    standing_states,
    state_at,
)
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms
from booking.rules.visibility import Viewer

PAGE_SIZE = 20


class RequestPhase(StrEnum):
    """The state of a request in the list; it may be in two, as each date has a state."""

    OPEN = "open"  # something waits for an answer
    CONFIRMED = "confirmed"  # at least one future date is confirmed
    ENDED = "ended"  # neither


class Order(StrEnum):
    """What comes first."""

    NEWEST = "newest"  # the one sent last
    NEXT = "next"  # the one with the nearest future date


@dataclass(frozen=True)
class ListedBooking:
    """One facility of a listed request; `next_slot` is its nearest future date, or its first.

    `affected` counts the affected dates that are not resolved, `proposed` the open proposals.
    `answer_needed_by` is by when the owner needs an answer of the requester, None: there is no
    such question.
    """

    facility_name: str
    cluster_name: str
    country: str
    zone: ZoneInfo
    rules: BookingTerms
    due_at: datetime | None
    tally: Tally
    next_slot: Slot
    affected: int
    answer_needed_by: datetime | None
    proposed: int = 0

    @property
    def headline(self) -> Headline:
        """Return what its dates add up to."""
        return self.tally.headline


@dataclass(frozen=True)
class ListedRequest:
    """One line of the list."""

    reference: str
    title: str
    sent_at: datetime
    entered: bool
    requester_id: int
    requester_name: str
    bookings: tuple[ListedBooking, ...]
    is_confidential: bool = False


@dataclass(frozen=True)
class RequestList:
    """One page of the list; `total` counts all pages, `in_phase` the requests in each phase."""

    requests: tuple[ListedRequest, ...]
    total: int
    in_phase: dict[RequestPhase, int]


def list_requests(
    viewer: Viewer, now: datetime, *, phase: RequestPhase | None, order: Order, offset: int = 0
) -> RequestList:
    """Return the requests of the viewer's organisation. A constant number of statements.

    Those that the owner has asked something come first.
    """
    known = {one: visible_requests(viewer).where(_in_phase(one, now)) for one in RequestPhase}
    wanted = visible_requests(viewer) if phase is None else known[phase]
    counts = db.session.execute(
        sa.select(_count(wanted), *(_count(query) for query in known.values()))
    ).one()
    found = db.session.execute(
        wanted.join(Person, Person.id == BookingRequest.requester_id)
        .add_columns(Person.name)
        .order_by(*_ordering(order, now), BookingRequest.id.desc())
        .offset(offset)
        .limit(PAGE_SIZE)
    ).all()
    bookings = _bookings([request.id for request, _ in found], now)
    return RequestList(
        requests=tuple(
            ListedRequest(
                reference=request.reference,
                title=request.title,
                sent_at=request.sent_at,
                entered=request.entered,
                requester_id=request.requester_id,
                requester_name=name,
                bookings=tuple(bookings[request.id]),
                is_confidential=request.is_confidential,
            )
            for request, name in found
        ),
        total=counts[0],
        in_phase=dict(zip(known, counts[1:], strict=True)),
    )


def _count(query: sa.Select[BookingRequest]) -> sa.ScalarSelect[int]:
    narrow = query.with_only_columns(BookingRequest.id).subquery()
    return sa.select(sa.func.count()).select_from(narrow).scalar_subquery()


def _has_date(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists(
        sa.select(Occurrence.id)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .where(Booking.request_id == BookingRequest.id, condition)
    )


def _in_phase(phase: RequestPhase, now: datetime) -> sa.ColumnElement[bool]:
    if phase is RequestPhase.OPEN:
        return _has_date(is_open(now))
    if phase is RequestPhase.CONFIRMED:
        return _has_date(upcoming(now))
    return ~_has_date(sa.or_(is_open(now), upcoming(now)))


def _ordering(order: Order, now: datetime) -> list[sa.ColumnElement[Any]]:
    newest: sa.ColumnElement[Any] = BookingRequest.sent_at.desc()
    asked = (
        sa.select(Booking.id)
        .where(Booking.request_id == BookingRequest.id, _needs_answer(now))
        .correlate(BookingRequest)
        .exists()
    )
    first = sa.case((asked, 0), else_=1)
    if order is Order.NEWEST:
        return [first, newest]
    nearest = (
        sa.select(sa.func.min(Occurrence.starts_at))
        .join(Booking, Booking.id == Occurrence.booking_id)
        .where(
            Booking.request_id == BookingRequest.id,
            sa.or_(is_open(now), upcoming(now)),
        )
        .scalar_subquery()
    )
    return [first, nearest.is_(None), nearest, newest]


def _needs_answer(now: datetime) -> sa.ColumnElement[bool]:
    """Return that the owner of a `Booking` needs an answer: of what has ended nobody does."""
    alive = (
        sa.select(Occurrence.id)
        .where(Occurrence.booking_id == Booking.id, sa.or_(is_open(now), upcoming(now)))
        .correlate(Booking)
        .exists()
    )
    return sa.and_(is_asked(Side.OWNER, now), alive)


def _bookings(request_ids: Sequence[int], now: datetime) -> dict[int, list[ListedBooking]]:
    """Return the bookings of these requests, their dates counted in the database."""
    rows = db.session.execute(
        sa.select(
            Booking,
            Facility,
            Cluster,
            sa.case((_needs_answer(now), answer_day_asked(Side.OWNER, now))),
        )
        .join(Facility, Facility.id == Booking.facility_id)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .where(Booking.request_id.in_(request_ids))
        .order_by(Booking.id)
    ).all()
    booking_ids = [booking.id for booking, *_ in rows]
    tallies = _tallies(booking_ids, now)
    proposed = _add_replacements(tallies, now)
    nearest = _nearest(booking_ids, now)
    affected = _affected(booking_ids, now)
    rules = effective_terms({facility.id for _, facility, *_ in rows})
    found: dict[int, list[ListedBooking]] = defaultdict(list)
    for booking, facility, cluster, answer_needed_by in rows:
        if booking.id not in tallies:
            continue
        found[booking.request_id].append(
            ListedBooking(
                facility_name=facility.name,
                cluster_name=cluster.short_name,
                country=cluster.country,
                zone=ZoneInfo(cluster.time_zone),
                rules=rules[facility.id].rules,
                due_at=booking.due_at,
                tally=tallies[booking.id],
                next_slot=nearest[booking.id],
                affected=affected.get(booking.id, 0),
                answer_needed_by=answer_needed_by,
                proposed=proposed[booking.id],
            )
        )
    return found


def _tallies(booking_ids: Sequence[int], now: datetime) -> dict[int, Tally]:
    """Return the tally of the dates of each booking."""
    states: dict[int, Counter[State]] = defaultdict(Counter)
    took_place: Counter[int] = Counter()
    for booking_id, state, is_lapsed, is_completed, number in db.session.execute(
        sa.select(
            Occurrence.booking_id,
            Occurrence.state,
            has_lapsed(now).label("is_lapsed"),
            completed(now).label("is_completed"),
            sa.func.count(),
        )
        .where(Occurrence.booking_id.in_(booking_ids))
        .group_by(Occurrence.booking_id, Occurrence.state, "is_lapsed", "is_completed")
    ):
        states[booking_id][State.LAPSED if is_lapsed else state] += number
        took_place[booking_id] += number if is_completed else 0
    return {key: Tally(counts, took_place[key]) for key, counts in states.items()}


def _add_replacements(tallies: dict[int, Tally], now: datetime) -> Counter[int]:
    """Tally those bookings again in whose request some date is, or would be, a replacement.

    Returns by booking how many proposals are open. Those of which nothing counts any more, as all
    is at another facility of the request, are left out of `tallies` then.
    """
    with_some = (
        sa.select(Booking.request_id)
        .join(Occurrence, Occurrence.booking_id == Booking.id)
        .where(Booking.id.in_(list(tallies)), Occurrence.replaces_id.is_not(None))
    )
    dates: dict[int, list[Standing]] = defaultdict(list)
    request_of: dict[int, int] = {}
    for request_id, booking_id, key, state, lapses_at, replaces_id in db.session.execute(
        sa.select(
            Booking.request_id,
            Occurrence.booking_id,
            Occurrence.id,
            Occurrence.state,
            Occurrence.lapses_at,
            Occurrence.replaces_id,
        )
        .join(Occurrence, Occurrence.booking_id == Booking.id)
        .where(Booking.request_id.in_(with_some))
        .order_by(Occurrence.starts_at, Occurrence.id)
    ):
        request_of[booking_id] = request_id
        dates[booking_id].append(Standing(key, state_at(state, lapses_at, now), replaces_id))
    for key, some in dates.items():
        others = [
            one
            for other, theirs in dates.items()
            if other != key and request_of[other] == request_of[key]
            for one in theirs
        ]
        if others and all(is_left_out(one) for one in some):
            del tallies[key]
        else:
            tallies[key] = Tally(Counter(standing_states(some, others)), tallies[key].completed)
    return Counter(
        key for key, some in dates.items() for one in some if one.state is State.PROPOSED
    )


def _affected(booking_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """Return how many dates of each booking are affected and not resolved."""
    return dict(
        db.session.execute(
            sa.select(Occurrence.booking_id, sa.func.count(Occurrence.id.distinct()))
            .where(
                Occurrence.booking_id.in_(booking_ids),
                sa.or_(is_open(now), upcoming(now)),
                is_unresolved(),
            )
            .group_by(Occurrence.booking_id)
        ).all()
    )


def _nearest(booking_ids: Sequence[int], now: datetime) -> dict[int, Slot]:
    """Return each booking's nearest future date that may take place, or its first date."""
    alive = sa.or_(is_open(now), upcoming(now))
    rank = (
        sa.func.row_number()
        .over(
            partition_by=Occurrence.booking_id,
            order_by=(sa.case((alive, 0), else_=1), Occurrence.starts_at, Occurrence.id),
        )
        .label("rank")
    )
    ranked = (
        sa.select(Occurrence.booking_id, Occurrence.starts_at, Occurrence.ends_at, rank)
        .where(Occurrence.booking_id.in_(booking_ids))
        .subquery()
    )
    return {
        booking_id: Slot(starts_at, ends_at)
        for booking_id, starts_at, ends_at, _ in db.session.execute(
            sa.select(ranked).where(ranked.c.rank == 1)
        )
    }
