"""The inbox: what waits for whose decision; one condition for its list, pages and counts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from booking.accounts.models import Organisation
from booking.bookings.conditions import (
    Instant,
    in_states,
    is_open,
    on_waiting_list,
    upcoming,
)
from booking.bookings.decision_scope import decided_by, decision_scope
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.clusters.models import Cluster
from booking.conditions.queries import is_to_check
from booking.db.in_ids import in_ids
from booking.disruptions.detection import is_unresolved
from booking.extensions import db
from booking.facilities.effective_terms import EffectiveTerms, effective_terms
from booking.facilities.models import Facility
from booking.messages.queries import answer_day_asked, is_asked
from booking.rules.lifecycle import OPEN, WAIT_FOR_OWNER, Side, State
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms
from booking.rules.visibility import Viewer

PAGE_SIZE = 25
#: So many requests of a view are known when the next one is to open.
MOST_LISTED = 500
#: What expires within this time is at risk.
AT_RISK_FOR = timedelta(days=5)


class InboxView(StrEnum):
    """Which requests the inbox shows."""

    WAITING = "waiting"
    LATE = "late"
    PROPOSED = "proposed"
    WAITING_LIST = "waiting-list"
    TO_CHECK = "to-check"
    AFFECTED = "affected"
    UPCOMING = "upcoming"
    EARLIER = "earlier"

    @property
    def waits(self) -> bool:
        """Return whether its requests wait for a decision."""
        return self in (InboxView.WAITING, InboxView.LATE)


@dataclass(frozen=True)
class InboxLine:
    """One request in the list, with what of it the viewer may decide on.

    `organisation` None is own use. `due_at` is the earliest answer date of what still waits,
    `lapses_at` when the first of it expires, if it is at risk.
    `dates` are those of the view; `rules` are those of the first one's facility, `zone` is its
    zone. `states` has all. `answer_until` is until when all that waits waits for the requester's
    answer; None: it waits for a decision. `asks`: the requester has a question.
    """

    reference: str
    facilities: tuple[str, ...]
    organisation: str | None
    organisation_kind: str | None
    country: str | None
    due_at: datetime | None
    lapses_at: datetime | None
    zone: ZoneInfo
    rules: BookingTerms
    dates: tuple[tuple[int, Slot], ...]
    states: tuple[State, ...]
    answer_until: datetime | None
    asks: bool

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Return the time of each of its dates."""
        return tuple(slot for _, slot in self.dates)


@dataclass(frozen=True)
class InboxPage:
    """One page of the inbox; `number` counts from 1. `facility_ids` are those of all its lines."""

    lines: tuple[InboxLine, ...]
    facility_ids: tuple[int, ...]
    number: int
    has_more: bool


def waiting(now: Instant) -> sa.ColumnElement[bool]:
    """Return the condition that an `Occurrence` waits for a decision of the owner."""
    return in_states(WAIT_FOR_OWNER, now)


def to_decide(now: Instant) -> sa.ColumnElement[bool]:
    """Return the condition that an `Occurrence` waits for the owner, and nothing in its place."""
    other = aliased(Occurrence)
    return sa.and_(
        waiting(now),
        ~sa.exists().where(
            other.replaces_id == Occurrence.id,
            other.state.in_(sorted(OPEN)),
            other.lapses_at > now,
        ),
    )


def proposed(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that an `Occurrence` is a proposal without an answer."""
    return in_states(frozenset({State.PROPOSED}), now)


def late(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that an `Occurrence` of a `Booking` waits beyond its answer date."""
    return sa.and_(to_decide(now), Booking.due_at <= now)


def at_risk(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that an `Occurrence` that waits expires soon."""
    return sa.and_(to_decide(now), Occurrence.lapses_at <= now + AT_RISK_FOR)


def affected(now: Instant) -> sa.ColumnElement[bool]:
    """Return the condition that a future `Occurrence` is affected by a closure or new hours."""
    return sa.and_(sa.or_(is_open(now), upcoming(now)), is_unresolved())


def _to_come(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that an `Occurrence` is agreed or accepted, and not over."""
    return sa.or_(upcoming(now), in_states(frozenset({State.ACCEPTED}), now))


def _to_do(now: Instant) -> sa.ColumnElement[bool]:
    return sa.or_(to_decide(now), affected(now), is_to_check(now))


def waiting_count(viewer: Viewer, now: datetime) -> int:
    """Return how many requests wait for this person, in a few statements."""
    return _count(viewer, to_decide(now), now)


def waiting_by_facility(viewer: Viewer, now: datetime) -> dict[int, int]:
    """Return by facility id how many requests wait there for this person, in a few statements."""
    if not viewer.approves and not viewer.coordinates:
        return {}
    rows = db.session.execute(
        sa.select(Occurrence.facility_id, sa.func.count(Booking.request_id.distinct()))
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .where(to_decide(now), decided_by(viewer, None, now))
        .group_by(Occurrence.facility_id)
    )
    return dict(rows.all())


@dataclass(frozen=True)
class InboxCounts:
    """How many requests wait, are late or at risk, are proposed, affected, or to be checked.

    `waiting_list`: how many have dates on the waiting list of their facility.
    """

    waiting: int = 0
    late: int = 0
    at_risk: int = 0
    proposed: int = 0
    affected: int = 0
    waiting_list: int = 0
    to_check: int = 0


def inbox_counts(viewer: Viewer, now: datetime) -> InboxCounts:
    """Return what this person has to do, wherever they may decide. Together in one statement."""
    if not viewer.approves and not viewer.coordinates:
        return InboxCounts()
    mine = decided_by(viewer, None, now)
    conditions = (
        to_decide(now),
        late(now),
        at_risk(now),
        proposed(now),
        affected(now),
        on_waiting_list(now),
        is_to_check(now),
    )
    counts = (_counting(one, mine).scalar_subquery() for one in conditions)
    return InboxCounts(*db.session.execute(sa.select(*counts)).one())


def to_do_count(viewer: Viewer, now: datetime) -> int:
    """Return how many requests have something to decide, resolve or check, in a few statements."""
    return _count(viewer, _to_do(now), now)


def to_do_columns(viewer: Viewer, now: Instant) -> list[sa.Label[Any]]:
    """Return `to_do_count` as a column of another query, `to_do`, for somebody who decides.

    Where a second one, `may_have_rivals`, is true, it may be wrong: then call `to_do_count`.
    """
    scope = decision_scope(viewer)
    to_do = _counting(_to_do(now), scope.condition())
    return [
        to_do.scalar_subquery().label("to_do"),
        scope.may_have_rivals(now).label("may_have_rivals"),
    ]


def _count(viewer: Viewer, condition: sa.ColumnElement[bool], now: datetime) -> int:
    if not viewer.approves and not viewer.coordinates:
        return 0
    return db.session.scalar(_counting(condition, decided_by(viewer, None, now))) or 0


def _counting(condition: sa.ColumnElement[bool], mine: sa.ColumnElement[bool]) -> sa.Select[int]:
    return (
        sa.select(sa.func.count(Booking.request_id.distinct()))
        .select_from(Occurrence)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .where(condition, mine)
    )


@dataclass(frozen=True)
class EnterableFacility:
    """A facility on which somebody may decide for own use."""

    id: int
    slug: str
    name: str
    status: str


def enterable_facilities(viewer: Viewer) -> list[EnterableFacility]:
    """Return the facilities on which this person may decide for own use, by name. One statement."""
    rows = db.session.execute(
        sa.select(Facility.id, Facility.slug, Facility.name, Facility.status)
        .where(in_ids(Facility.id, decision_scope(viewer).usual))
        .order_by(Facility.name)
    )
    return [EnterableFacility(*row) for row in rows]


def inbox_page(
    viewer: Viewer,
    now: datetime,
    inbox_view: InboxView,
    *,
    only_facilities: frozenset[int] | None = None,
    number: int = 1,
) -> InboxPage:
    """Return one page of what the viewer may decide on; a constant number of statements.

    Waiting, late: what expires first comes first, and last what waits for the requester's answer.
    Proposed: what expires first. Waiting list: what was sent first, as its turns go. To check,
    affected, upcoming: earliest date first. Earlier: latest first.
    """
    mine, condition = decided_by(viewer, only_facilities, now), _condition(inbox_view, now)
    query = _in_order(inbox_view, mine, condition, now)
    ids = db.session.scalars(query.offset(PAGE_SIZE * (number - 1)).limit(PAGE_SIZE + 1)).all()
    shown = ids[:PAGE_SIZE]
    rows = _rows(shown, mine, condition, now)
    risky = now + AT_RISK_FOR
    return InboxPage(
        lines=_lines(shown, rows, inbox_view, risky),
        facility_ids=tuple({row.facility_id for row in rows}),
        number=number,
        has_more=len(ids) > PAGE_SIZE,
    )


def listed_requests(
    viewer: Viewer,
    now: datetime,
    inbox_view: InboxView,
    *,
    only_facilities: frozenset[int] | None = None,
) -> dict[str, str | None]:
    """Return the organisations of a view's first requests by reference, in the view's order.

    None is own use. Two statements.
    """
    mine, condition = decided_by(viewer, only_facilities, now), _condition(inbox_view, now)
    ids = db.session.scalars(_in_order(inbox_view, mine, condition, now).limit(MOST_LISTED)).all()
    rows: Sequence[Any] = db.session.execute(
        sa.select(BookingRequest.id, BookingRequest.reference, Organisation.name)
        .outerjoin(Organisation, Organisation.id == BookingRequest.organisation_id)
        .where(in_ids(BookingRequest.id, ids))
    ).all()
    found = {row.id: (row.reference, row.name) for row in rows}
    return dict(found[request_id] for request_id in ids)


def _condition(inbox_view: InboxView, now: datetime) -> sa.ColumnElement[bool]:
    return {
        InboxView.WAITING: to_decide(now),
        InboxView.LATE: late(now),
        InboxView.PROPOSED: proposed(now),
        InboxView.WAITING_LIST: on_waiting_list(now),
        InboxView.TO_CHECK: is_to_check(now),
        InboxView.AFFECTED: affected(now),
        InboxView.UPCOMING: _to_come(now),
    }.get(inbox_view, sa.true())


def _in_order(
    inbox_view: InboxView,
    mine: sa.ColumnElement[bool],
    condition: sa.ColumnElement[bool],
    now: datetime,
) -> sa.Select[int]:
    """Return the query for the ids of a view's requests, in their order."""
    most_at_risk: list[sa.ColumnElement[Any]] = [
        sa.func.min(sa.case((is_asked(Side.OWNER, now), 1), else_=0)),
        sa.func.min(Occurrence.lapses_at),
        sa.func.min(Booking.due_at),
        sa.func.min(Occurrence.starts_at),
    ]
    orders: dict[InboxView, list[sa.ColumnElement[Any]]] = {
        InboxView.WAITING: most_at_risk,
        InboxView.LATE: most_at_risk,
        InboxView.PROPOSED: [sa.func.min(Occurrence.lapses_at)],
        InboxView.WAITING_LIST: [sa.func.min(BookingRequest.sent_at)],
        InboxView.TO_CHECK: [sa.func.min(Occurrence.starts_at)],
        InboxView.AFFECTED: [sa.func.min(Occurrence.starts_at)],
        InboxView.UPCOMING: [sa.func.min(Occurrence.starts_at)],
        InboxView.EARLIER: [sa.func.max(Occurrence.ends_at).desc()],
    }
    query = (
        sa.select(Booking.request_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .join(Occurrence, Occurrence.booking_id == Booking.id)
        .where(mine, condition)
        .group_by(Booking.request_id)
        .order_by(*orders[inbox_view], Booking.request_id)
    )
    if inbox_view is InboxView.EARLIER:
        still = sa.case((sa.or_(is_open(now), upcoming(now)), 1), else_=0)
        query = query.having(sa.func.max(still) == 0)
    return query


def _rows(
    request_ids: Sequence[int],
    mine: sa.ColumnElement[bool],
    condition: sa.ColumnElement[bool],
    now: datetime,
) -> Sequence[Any]:
    return db.session.execute(
        sa.select(
            BookingRequest.id.label("request_id"),
            BookingRequest.reference,
            Facility.name.label("facility"),
            Booking.facility_id,
            Cluster.time_zone,
            Organisation.name.label("organisation"),
            Organisation.kind,
            Organisation.country,
            Booking.due_at,
            Occurrence.id.label("occurrence_id"),
            Occurrence.starts_at,
            Occurrence.ends_at,
            Occurrence.state,
            Occurrence.lapses_at,
            sa.case((condition, 1), else_=0).label("in_pile"),
            answer_day_asked(Side.OWNER, now).label("answer_until"),
            is_asked(Side.REQUESTER, now).label("asks"),
        )
        .join(Booking, Booking.request_id == BookingRequest.id)
        .join(Occurrence, Occurrence.booking_id == Booking.id)
        .join(Facility, Facility.id == Booking.facility_id)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .outerjoin(Organisation, Organisation.id == BookingRequest.organisation_id)
        .where(BookingRequest.id.in_(request_ids), mine)
        .order_by(Occurrence.starts_at, Occurrence.id)
    ).all()


def _lines(
    request_ids: Sequence[int], rows: Sequence[Any], inbox_view: InboxView, risky: datetime
) -> tuple[InboxLine, ...]:
    by_request: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        by_request[row.request_id].append(row)
    effective = effective_terms({row.facility_id for row in rows})
    return tuple(
        _line(by_request[request_id], inbox_view, effective, risky) for request_id in request_ids
    )


def _line(
    rows: Sequence[Any],
    inbox_view: InboxView,
    effective: Mapping[int, EffectiveTerms],
    risky: datetime,
) -> InboxLine:
    about = [row for row in rows if row.in_pile]
    until = [row.answer_until for row in about]
    due = [row.due_at for row in about if row.due_at is not None]
    ends = [row.lapses_at for row in about if row.lapses_at is not None and row.lapses_at <= risky]
    return InboxLine(
        reference=about[0].reference,
        facilities=tuple(dict.fromkeys(row.facility for row in about)),
        organisation=about[0].organisation,
        organisation_kind=about[0].kind,
        country=about[0].country,
        due_at=min(due) if due and inbox_view.waits else None,
        lapses_at=min(ends) if ends and inbox_view.waits else None,
        zone=ZoneInfo(about[0].time_zone),
        rules=effective[about[0].facility_id].rules,
        dates=tuple((row.occurrence_id, Slot(row.starts_at, row.ends_at)) for row in about),
        states=tuple(row.state for row in rows),
        answer_until=(max(until) if all(until) and inbox_view.waits else None),
        asks=any(row.asks for row in about),
    )
