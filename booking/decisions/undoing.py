"""Undoing a confirmation within a minute, as long as the requester does not know of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.models import Organisation
from booking.bookings.authorise import booking_to_decide, decide
from booking.bookings.log import is_known, take_back
from booking.bookings.models import Booking, BookingRequest, LogEntry, Occurrence
from booking.bookings.occupancy import free_all
from booking.bookings.records import chosen_dates, writing_on
from booking.conditions.service import take_off
from booking.db.in_ids import in_ids
from booking.db.transactions import retried
from booking.errors import Conflict
from booking.extensions import db
from booking.facilities.models import Facility
from booking.rules.lifecycle import Act, State
from booking.rules.undoing import UNDO_FOR, is_confirmation, may_still_undo
from booking.rules.visibility import Account, Viewer


@dataclass(frozen=True)
class UndoOffer:
    """A confirmation that its author can undo: of which dates, by uid. None is own use."""

    reference: str
    facility: str
    organisation: str | None
    uids: tuple[str, ...]


@retried
def undo_confirmation(account: Account, booking_id: int, occurrence_ids: Collection[int]) -> None:
    """Return dates that were just confirmed together to requested, with the holds they had.

    Conditions that came with the confirmation are taken off.

    The requester is not told: they do not know of the confirmation either.

    Raises:
        NotFound: the person may not decide on this booking, or it does not exist.
        Conflict: `too_late`, when a minute has passed, the requester knows of it, anything else
            has happened since, or another date ended with it.
    """
    with writing_on(booking_id) as now:
        booking, deciders = booking_to_decide(account, booking_id, now)
        dates = chosen_dates(booking, occurrence_ids)
        entry = _last_entry(booking_id)
        if (
            entry is None
            or set(entry.occurrence_ids) != {date.id for date in dates}
            or not is_confirmation(entry.event, entry.before, entry.after)
            or not may_still_undo(entry.at, now)
            or any(date.state is not State.CONFIRMED for date in dates)
            or any(date.replaces_id is not None for date in dates)
            or any(date.lapses_at is None or date.lapses_at <= now for date in dates)
        ):
            raise Conflict("too_late")
        take_back(entry.id)
        held = set(entry.held_ids or ())
        free_all([date for date in dates if date.id not in held])
        take_off(booking_id, entry.at, now)
        decide(account, booking, dates, Act.UNDO_CONFIRM, deciders, "", now)


def undo_offer(viewer: Viewer, now: datetime) -> UndoOffer | None:
    """Return the last confirmation of the viewer if it can be undone, else None.

    One statement while nothing was confirmed in the last minute.
    """
    row = db.session.execute(
        sa.select(LogEntry, BookingRequest.reference, Facility.name, Organisation.name)
        .join(Booking, Booking.id == LogEntry.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .join(Facility, Facility.id == Booking.facility_id)
        .outerjoin(Organisation, Organisation.id == BookingRequest.organisation_id)
        .where(LogEntry.actor_id == viewer.person_id, LogEntry.at > now - UNDO_FOR)
        .order_by(LogEntry.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    entry, reference, facility, organisation = row
    if not is_confirmation(entry.event, entry.before, entry.after):
        return None
    last = _last_entry(entry.booking_id)
    if last is None or last.id != entry.id or is_known(entry.id):
        return None
    dates = db.session.execute(
        sa.select(Occurrence.uid, Occurrence.replaces_id).where(
            in_ids(Occurrence.id, entry.occurrence_ids)
        )
    ).all()
    if any(replaces_id is not None for _, replaces_id in dates):
        return None
    return UndoOffer(reference, facility, organisation, tuple(uid for uid, _ in dates))


def _last_entry(booking_id: int) -> LogEntry | None:
    return db.session.scalar(
        sa.select(LogEntry)
        .where(LogEntry.booking_id == booking_id)
        .order_by(LogEntry.id.desc())
        .limit(1)
    )
