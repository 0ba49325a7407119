"""Naming the people of an organisation who may read a request; all others of it then do not."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from booking.accounts.memberships import CURRENT, members_with
from booking.accounts.models import Membership
from booking.accounts.queries import account_now
from booking.audit.recording import record
from booking.bookings.deciding import deciders_of
from booking.bookings.log import write_log
from booking.bookings.models import Booking, BookingRequest
from booking.bookings.readers import (
    acts_as_requester,
    nobody_reads,
    readers_of,
    set_readers,
    unset_readers,
)
from booking.bookings.records import reload_booking, writing_on
from booking.db.transactions import retried, writing
from booking.errors import Forbidden, Invalid, NotFound
from booking.extensions import db
from booking.rules.audit_events import Event as AuditEvent
from booking.rules.lifecycle import Event, Side
from booking.rules.visibility import Account, MembershipRole, Readers


@retried
def name_readers(account: Account, booking_id: int, keys: Collection[str] | None) -> bool:
    """Let only these people of the organisation read the request of a booking; None: everybody.

    `keys` are those of their memberships. Who looks after the request is always one of them.
    Returns whether the person may still read it. It is logged for both sides, and nobody is told.

    Raises:
        NotFound: it is another organisation's, names others, or does not exist.
        Invalid: `readers` `missing`: nobody would be left.
    """
    with writing_on(booking_id) as now:
        booking = reload_booking(booking_id)
        request = booking.request
        current = account_now(account)
        if not acts_as_requester(current.viewer, request) or request.organisation_id is None:
            raise NotFound("booking")
        before = readers_of(request)
        named = None if keys is None else _named(request, keys, before)
        if named == before:
            return True
        if named is None:
            unset_readers(request)
        elif not named:
            raise Invalid("readers", "missing")
        else:
            set_readers(request, named, now)
        _log([request], account.person_id, now)
        return acts_as_requester(current.viewer, request)


def _named(request: BookingRequest, keys: Collection[str], before: Readers) -> frozenset[int]:
    """Return the people with these memberships, and who looks after the request.

    Not if that person is no longer named: they had left, and came back.
    """
    organisation_id = request.organisation_id or 0
    if before is not None and request.looked_after_by not in before:
        return frozenset(members_with(organisation_id, keys))
    looks_after = db.session.scalar(
        sa.select(Membership.key).where(
            Membership.person_id == request.looked_after_by,
            Membership.organisation_id == organisation_id,
            CURRENT,
        )
    )
    wanted = {*keys, *([looks_after] if looks_after else [])}
    return frozenset(members_with(organisation_id, wanted))


def _log(requests: Sequence[BookingRequest], actor_id: int, now: datetime) -> None:
    bookings = [booking for request in requests for booking in request.bookings]
    deciders = deciders_of(bookings, now) if bookings else {}
    for booking in bookings:
        state = booking.occurrences[0].state
        write_log(
            booking,
            (),  # it is about the request, whatever the states of its dates
            now,
            before=state,
            after=state,
            deciders=deciders[booking.id],
            actor_id=actor_id,
            side=Side.REQUESTER,
            event=Event.READERS,
            is_announced=False,
        )


@retried
def hand_over_unread(account: Account, key: str) -> int:
    """Give a colleague the confidential requests that nobody who is named can read any more.

    For managers, who read none of them by that. `key` is that of the colleague's membership.
    Returns how many there were.

    Raises:
        Forbidden: the person does not manage the organisation for which they act.
        NotFound: `key` is of nobody who works there, or the person acts for none.
    """
    with writing() as now:
        active = account_now(account).active
        if active is None:
            raise NotFound("organisation")
        if active.role is not MembershipRole.MANAGER:
            raise Forbidden("only managers hand requests over")
        named = members_with(active.organisation_id, [key])
        if not named:
            raise NotFound("membership")
        requests = db.session.scalars(
            sa.select(BookingRequest)
            .where(BookingRequest.organisation_id == active.organisation_id, nobody_reads())
            .options(selectinload(BookingRequest.bookings).selectinload(Booking.occurrences))
            .order_by(BookingRequest.id)
            .with_for_update(of=BookingRequest)
            .execution_options(populate_existing=True)
        ).all()
        for request in requests:
            if not request.entered:
                (request.contact_id,) = named
            set_readers(request, named, now)
        _log(requests, account.person_id, now)
        if requests:
            record(
                AuditEvent.CONFIDENTIAL_HANDED_OVER,
                now=now,
                actor=account.person_id,
                person=min(named),
                organisation=active.organisation_id,
                after={"requests": len(requests)},
            )
        return len(requests)


def confidential_counts(organisation_id: int) -> tuple[int, int]:
    """Return how many confidential requests there are, and of how many nobody named is left."""
    confidential = sa.select(sa.func.count(BookingRequest.id)).where(
        BookingRequest.organisation_id == organisation_id, BookingRequest.is_confidential
    )
    row = db.session.execute(
        sa.select(
            confidential.scalar_subquery(), confidential.where(nobody_reads()).scalar_subquery()
        )
    ).one()
    return row[0], row[1]
