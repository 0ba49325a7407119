"""Several requests answered with one text: each is decided by itself."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.models import Organisation
from booking.bookings.decision_scope import decided_by
from booking.bookings.models import Booking, BookingRequest, LogEntry, Occurrence
from booking.clusters.models import Cluster
from booking.decisions import service
from booking.decisions.queries import to_decide
from booking.decisions.service import Decision
from booking.decisions.waiting_list import put_on_waiting_list
from booking.errors import Conflict, NotFound, Refused
from booking.extensions import db
from booking.facilities.effective_terms import effective_terms
from booking.facilities.models import Facility
from booking.rules.exceptions import allows_exception
from booking.rules.lifecycle import Event, State
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms
from booking.rules.visibility import Account, Viewer
from booking.rules.waiting_list import has_waiting_list

#: At most so many requests are answered at once.
MOST_AT_ONCE = 25


@dataclass(frozen=True)
class PickedDate:
    """One date of a request that was picked; `waits`: it can be decided on."""

    id: int
    uid: str
    slot: Slot
    waits: bool


@dataclass(frozen=True)
class PickedBooking:
    """A booking that was picked, with its dates in order; `organisation` None is own use.

    `changes` counts what the requester has changed so far.
    """

    id: int
    reference: str
    facility_id: int
    facility: str
    organisation: str | None
    zone: ZoneInfo
    rules: BookingTerms
    dates: tuple[PickedDate, ...]
    changes: int

    @property
    def key(self) -> str:
        """Return its name in forms: it stays the same when dates are added."""
        return min(self.dates, key=lambda date: date.id).uid

    @property
    def has_waiting_list(self) -> bool:
        """Return whether its dates may wait for free time."""
        return has_waiting_list(self.rules)

    @property
    def waiting(self) -> tuple[PickedDate, ...]:
        """Return the dates that can be decided on."""
        return tuple(date for date in self.dates if date.waits)


class Result(StrEnum):
    """What became of one booking when several were answered."""

    DONE = "done"
    ACCEPTED = "accepted"  # conditions must be met first
    TAKEN = "taken"  # it no longer fits
    SET_ASIDE = "set_aside"  # its time is set aside for others
    NO_LIST = "no_waiting_list"
    CHANGED = "changed"  # by the requester, after the page was opened
    DECIDED = "already_decided"
    EXPIRED = "expired"
    EXCEPTION = "exception"  # it breaks a rule that allows an exception
    BEYOND = "beyond"  # it breaks a rule that does not
    GONE = "gone"  # the person does not decide on it any more


def picked_bookings(
    viewer: Viewer, references: Sequence[str], now: datetime
) -> list[PickedBooking]:
    """Return the bookings of these requests that the viewer decides on, in the order of those.

    Raises:
        NotFound: one of the requests does not exist, or is others' to decide on.
    """
    rows: Sequence[Any] = db.session.execute(
        sa.select(
            Booking.id,
            BookingRequest.reference,
            Booking.facility_id,
            Facility.name.label("facility"),
            Organisation.name.label("organisation"),
            Cluster.time_zone,
            Occurrence.id.label("occurrence_id"),
            Occurrence.uid,
            Occurrence.starts_at,
            Occurrence.ends_at,
            sa.case((to_decide(now), 1), else_=0).label("waits"),
            sa.select(sa.func.count())
            .where(LogEntry.booking_id == Booking.id, LogEntry.event == Event.CHANGED)
            .scalar_subquery()
            .label("changes"),
        )
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .join(Occurrence, Occurrence.booking_id == Booking.id)
        .join(Facility, Facility.id == Booking.facility_id)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .outerjoin(Organisation, Organisation.id == BookingRequest.organisation_id)
        .where(BookingRequest.reference.in_(references), decided_by(viewer, None, now))
        .order_by(Booking.id, Occurrence.starts_at, Occurrence.id)
    ).all()
    if {row.reference for row in rows} != set(references):
        raise NotFound("request")
    terms = effective_terms({row.facility_id for row in rows})
    by_booking: dict[int, list[Any]] = {}
    for row in sorted(rows, key=lambda row: references.index(row.reference)):
        by_booking.setdefault(row.id, []).append(row)
    return [_picked(some, terms[some[0].facility_id].rules) for some in by_booking.values()]


def _picked(rows: Sequence[Any], rules: BookingTerms) -> PickedBooking:
    first = rows[0]
    return PickedBooking(
        id=first.id,
        reference=first.reference,
        facility_id=first.facility_id,
        facility=first.facility,
        organisation=first.organisation,
        zone=ZoneInfo(first.time_zone),
        rules=rules,
        dates=tuple(
            PickedDate(
                row.occurrence_id, row.uid, Slot(row.starts_at, row.ends_at), bool(row.waits)
            )
            for row in rows
        ),
        changes=first.changes,
    )


def confirm_each(account: Account, decisions: Iterable[Decision]) -> list[Result]:
    """Confirm each booking by itself; returns what became of each, in order."""
    return [_result(service.confirm, account, one) for one in decisions]


def decline_each(account: Account, decisions: Iterable[Decision]) -> list[Result]:
    """Decline each booking by itself; returns what became of each, in order."""
    return [_result(service.decline, account, one) for one in decisions]


def wait_each(account: Account, decisions: Iterable[Decision]) -> list[Result]:
    """Put each booking on the waiting list by itself; returns what became of each, in order."""
    return [_result(put_on_waiting_list, account, one) for one in decisions]


def _result(
    act: Callable[[Account, Decision], State | None], account: Account, decision: Decision
) -> Result:
    try:
        after = act(account, decision)
    except Refused as refused:
        excepted = all(allows_exception(refusal) for refusal in refused.refusals)
        return Result.EXCEPTION if excepted else Result.BEYOND
    except Conflict as conflict:
        return Result(conflict.code)
    except NotFound:
        return Result.GONE
    return Result.ACCEPTED if after is State.ACCEPTED else Result.DONE
