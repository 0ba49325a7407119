"""Steps on the owner's side: the right to decide, checked under the lock, and the step."""

from collections.abc import Sequence
from datetime import datetime

from booking.accounts.memberships import organisation_ids_of
from booking.accounts.queries import account_now
from booking.bookings.deciding import deciders_of
from booking.bookings.models import Booking, LogEntry, Occurrence
from booking.bookings.records import reload_booking
from booking.bookings.transitions import take_step
from booking.errors import NotFound
from booking.rules.decline_codes import DeclineCode
from booking.rules.lifecycle import Act, Side
from booking.rules.routing import Deciders
from booking.rules.visibility import Account, may_decide


def booking_to_decide(account: Account, booking_id: int, now: datetime) -> tuple[Booking, Deciders]:
    """Return a booking, read again under the lock, and who decides on it.

    Call it inside `writing`.

    Raises:
        NotFound: the person may not decide on it, or it does not exist.
    """
    booking = reload_booking(booking_id)
    viewer = account_now(account).viewer
    deciders = deciders_of([booking], now)[booking.id]
    if not may_decide(viewer, deciders):
        raise NotFound("booking")
    return booking, deciders


def decide(
    account: Account,
    booking: Booking,
    occurrences: Sequence[Occurrence],
    act: Act,
    deciders: Deciders,
    reason: str,
    now: datetime,
    *,
    reason_code: DeclineCode | None = None,
) -> LogEntry:
    """Take a step on the owner's side and return its line in the log; see `take_step`."""
    return take_step(
        booking,
        occurrences,
        act,
        now,
        deciders=deciders,
        actor_id=account.person_id,
        side=Side.OWNER,
        reason=reason,
        reason_code=reason_code,
        colleague=is_colleague(account, booking),
    )


def is_colleague(account: Account, booking: Booking) -> bool:
    """Return whether the person works for the organisation that sent the request."""
    return booking.request.organisation_id in organisation_ids_of(account.person_id)
