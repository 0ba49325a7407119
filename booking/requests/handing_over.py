"""What happens to the requests of somebody who stops working for an organisation."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from booking.accounts.membership_service import member_deactivated, membership_ended
from booking.accounts.memberships import working_for
from booking.accounts.models import Membership
from booking.bookings.deciding import deciders_of
from booking.bookings.log import write_log
from booking.bookings.models import (
    LOOKED_AFTER_BY,
    Booking,
    BookingRequest,
    Occurrence,
    RequestReader,
)
from booking.bookings.readers import readers_of, set_readers
from booking.extensions import db
from booking.rules.lifecycle import ENDED, Event, Side


def init_app() -> None:
    """Hand over what is open whenever a membership ends or its person is deactivated."""
    membership_ended.connect(_on_membership_ended)
    member_deactivated.connect(_on_member_deactivated)


def _on_membership_ended(
    _sender: None, membership: Membership, heir_id: int | None, actor_id: int | None, now: datetime
) -> int:
    # Who removes somebody does not get to read by that what only they could read.
    is_named = actor_id in (None, membership.person_id)
    count = 0
    if heir_id is not None:
        count = hand_over(membership, heir_id, actor_id, now, names_heir=is_named)
    _no_longer_named(membership, heir_id if is_named else None, now)
    return count


def _on_member_deactivated(
    _sender: None, membership: Membership, heir_id: int, actor_id: int | None, now: datetime
) -> int:
    # They stay named: an account can be activated again.
    return hand_over(membership, heir_id, actor_id, now, names_heir=False)


def _no_longer_named(membership: Membership, heir_id: int | None, now: datetime) -> None:
    """Take who left off the confidential requests of the organisation.

    Where nobody named is left the heir is, None: a manager names somebody (`confidential`).
    """
    requests = db.session.scalars(
        sa.select(BookingRequest)
        .join(RequestReader, RequestReader.request_id == BookingRequest.id)
        .where(
            BookingRequest.organisation_id == membership.organisation_id,
            BookingRequest.is_confidential,
            RequestReader.person_id == membership.person_id,
        )
        .order_by(BookingRequest.id)
        .with_for_update(of=BookingRequest)
        .execution_options(populate_existing=True)
    ).all()
    able = _at_work(membership.organisation_id)
    for request in requests:
        left: Collection[int] = able.intersection(readers_of(request) or ())
        if not left and heir_id is not None:
            left = {heir_id}
        set_readers(request, left, now)


def _at_work(organisation_id: int) -> set[int]:
    return {person_id for _, person_id in db.session.execute(working_for([organisation_id]))}


def hand_over(
    membership: Membership,
    heir_id: int,
    actor_id: int | None,
    now: datetime,
    *,
    names_heir: bool,
) -> int:
    """Give a colleague the organisation's requests that a person looked after and that go on.

    Those go on that have a date which has not ended, in its state or by the clock. Somebody who is
    named looks after a confidential one; where nobody is left the heir if `names_heir`, else it
    waits until a manager names somebody. Each of their bookings gets a line in its log. Who sent
    them stays: that person never decides on them. Returns how many requests these are. Call it
    inside `writing`.
    """
    goes_on = (
        sa.select(Occurrence.id)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .where(
            Booking.request_id == BookingRequest.id,
            Occurrence.state.not_in(sorted(ENDED)),
            Occurrence.ends_at > now,
        )
        .exists()
    )
    requests = db.session.scalars(
        sa.select(BookingRequest)
        .where(
            BookingRequest.organisation_id == membership.organisation_id,
            sa.literal(membership.person_id) == LOOKED_AFTER_BY,
            ~BookingRequest.entered,
            goes_on,
        )
        .options(selectinload(BookingRequest.bookings).selectinload(Booking.occurrences))
        .order_by(BookingRequest.id)
        .with_for_update(of=BookingRequest)
        .execution_options(populate_existing=True)
    ).all()
    able = _at_work(membership.organisation_id) - {membership.person_id}
    handed_over = []
    for request in requests:
        named = able.intersection(readers_of(request) or ())
        if request.is_confidential and not named and not names_heir:
            continue
        request.contact_id = heir_id if heir_id in named or not named else min(named)
        handed_over.append(request)
    bookings = [booking for request in handed_over for booking in request.bookings]
    deciders = deciders_of(bookings, now) if bookings else {}
    for booking in bookings:
        dates = [date for date in booking.occurrences if date.state not in ENDED]
        if dates:
            write_log(
                booking,
                dates,
                now,
                before=dates[0].state,
                after=dates[0].state,
                deciders=deciders[booking.id],
                actor_id=actor_id,
                side=Side.REQUESTER,
                event=Event.HANDED_OVER,
                is_announced=False,
            )
    return len(handed_over)
