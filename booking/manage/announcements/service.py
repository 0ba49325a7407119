"""Writing to everybody with a date at a facility between two days."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from booking.bookings.authorise import is_colleague
from booking.bookings.deciding import deciders_of
from booking.bookings.log import announce, record_steps, works_for
from booking.bookings.models import Booking, LogEntry
from booking.db.in_ids import in_ids
from booking.db.transactions import retried, writing_by_rules
from booking.disruptions.detection import ChangeWindow, dates_to_come
from booking.errors import Invalid
from booking.extensions import db
from booking.facilities.effective_terms import effective_terms
from booking.facilities.tree import trees_of
from booking.manage.terms.service import facility_id_by_slug, reread_with_account
from booking.messages.models import Message
from booking.rules.lifecycle import FIRM, Event, Side
from booking.rules.opening import ONE_DAY, day_starts_at, local_day
from booking.rules.slots import Slot
from booking.rules.visibility import Account, Viewer, may_write_as

#: So many days at most: who means everybody for ever means something else.
MOST_DAYS = 366


@dataclass(frozen=True)
class Announcement:
    """A text for everybody with a date from the first to the last day, in the facility's zone."""

    first_day: date
    last_day: date
    text: str


def count_reached(
    viewer: Viewer, facility_id: int, announcement: Announcement, now: datetime
) -> int:
    """Return how many bookings the message would reach.

    Raises:
        Invalid: as `write_to_everybody`.
    """
    return len(_reached(viewer, facility_id, announcement, now))


@retried
def write_to_everybody(account: Account, slug: str, announcement: Announcement) -> int:
    """Write one message to each booking with an agreed date then; returns how many there are.

    It reaches dates at the facility and all below it, and bookings of a whole of which it is a
    part, as far as the person decides on them. It is a message of each booking, to its requester.
    What is the last message of a booking already is not written again.

    Raises:
        NotFound: there is no such facility, or others decide on it.
        Invalid: `last_day` is `before_first`, `past` or `too_far`; `text` reaches `nobody`.
    """
    facility_id = facility_id_by_slug(slug)
    with writing_by_rules(facility_id) as now:
        _, current = reread_with_account(account, facility_id)
        reached = _reached(current.viewer, facility_id, announcement, now)
        if not reached:
            raise Invalid("text", "nobody")
        written = _written_last(reached, account.person_id, announcement.text)
        new = {key: found for key, found in reached.items() if key not in written}
        deciders = deciders_of([found.booking for found in new.values()], now)
        firms = works_for(account.person_id)
        entries = {
            key: LogEntry(
                booking_id=key,
                at=now,
                actor_id=account.person_id,
                side=Side.OWNER,
                colleague=is_colleague(account, found.booking),
                works_for=firms,
                event=Event.ANNOUNCEMENT,
                before=found.state,
                after=found.state,
                reason="",
                occurrence_ids=found.occurrence_ids,
            )
            for key, found in new.items()
        }
        db.session.add_all(entries.values())
        db.session.flush()
        record_steps((entry, new[key].booking) for key, entry in entries.items())
        db.session.add_all(
            Message(booking_id=key, log_id=entry.id, text=announcement.text, lapses_before={})
            for key, entry in entries.items()
        )
        announce([(entry, new[key].booking, deciders[key]) for key, entry in entries.items()], now)
        return len(reached)


@dataclass
class _Reached:
    """A booking with agreed dates in that time; `state` is that of the first."""

    booking: Booking
    state: str
    occurrence_ids: list[int]


def _reached(
    viewer: Viewer, facility_id: int, announcement: Announcement, now: datetime
) -> dict[int, _Reached]:
    """Return by booking the dates that a message reaches. A constant number of statements."""
    zone = effective_terms([facility_id])[facility_id].rules.zone
    first, last = announcement.first_day, announcement.last_day
    if last < first:
        raise Invalid("last_day", "before_first")
    if last < local_day(now, zone):
        raise Invalid("last_day", "past")
    if (last - first).days >= MOST_DAYS:
        raise Invalid("last_day", "too_far")
    time = Slot(day_starts_at(zone, first), day_starts_at(zone, last + ONE_DAY))
    window = ChangeWindow(time.starts_at, time.ends_at)
    dates = defaultdict(list)
    for row in dates_to_come(trees_of([facility_id]), {facility_id}, now, window):
        if row.state in FIRM and time.overlaps(Slot(row.starts_at, row.ends_at)):
            dates[row.booking_id].append(row)
    bookings = db.session.scalars(
        sa.select(Booking)
        .where(in_ids(Booking.id, dates))
        .options(joinedload(Booking.request))
        .order_by(Booking.id)
    ).all()
    deciders = deciders_of(bookings, now)
    return {
        booking.id: _Reached(
            booking, dates[booking.id][0].state, [row.id for row in dates[booking.id]]
        )
        for booking in bookings
        if may_write_as(
            Side.OWNER, viewer, booking.request.organisation_id, (), deciders[booking.id]
        )
    }


def _written_last(reached: dict[int, _Reached], person_id: int, text: str) -> set[int]:
    """Return the bookings whose last message this person wrote with this text."""
    last = (
        sa.select(sa.func.max(Message.id))
        .where(in_ids(Message.booking_id, reached))
        .group_by(Message.booking_id)
    )
    rows = db.session.scalars(
        sa.select(Message.booking_id)
        .join(LogEntry, LogEntry.id == Message.log_id)
        .where(
            Message.id.in_(last),
            Message.text == text,
            LogEntry.actor_id == person_id,
            LogEntry.event == Event.ANNOUNCEMENT,
        )
    )
    return set(rows)
