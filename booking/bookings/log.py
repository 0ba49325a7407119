"""The log of a booking: one line for each change, written and announced in its transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from blinker import Signal

from booking.accounts.memberships import organisations_for
from booking.audit.recording import record
from booking.bookings.models import Booking, LogEntry, Occurrence
from booking.db.origin import present_origin
from booking.extensions import db
from booking.rules.audit_events import Actor
from booking.rules.audit_events import Event as AuditEvent
from booking.rules.automatic_confirmation import AutomaticRule
from booking.rules.decline_codes import DeclineCode
from booking.rules.edits import Edit
from booking.rules.lifecycle import Event, Side, State
from booking.rules.routing import Deciders

#: Sent with `lines`, a list of (entry, booking, deciders), and `now`, inside the transaction that
#: writes the entries. Listeners write the notices; an error in one of them undoes the step.
announced = Signal()

#: Sent with `entry_id` when somebody asks whether the requester's side knows of a line: each
#: listener returns whether it does.
asked_if_known = Signal()
#: Sent with `entry_id` in the transaction that undoes a step: listeners take back the updates of
#: the requester's side, who will never have known.
taken_back = Signal()


def is_known(entry_id: int) -> bool:
    """Return whether the requester's side has read of a line of the log, or was mailed about it."""
    return any(known for _, known in asked_if_known.send(None, entry_id=entry_id))


def take_back(entry_id: int) -> None:
    """Remove the updates of the requester's side about a line; call it inside `writing`.

    Raises:
        Conflict: `too_late`, when somebody has read of it or was mailed.
    """
    taken_back.send(None, entry_id=entry_id)


def announce(lines: Sequence[tuple[LogEntry, Booking, Deciders]], now: datetime) -> None:
    """Send `announced` for new lines, whose rows have their ids."""
    announced.send(None, lines=lines, now=now)


def record_steps(lines: Iterable[tuple[LogEntry, Booking]]) -> None:
    """Write into the log of who changed what that these lines were added, not what they say.

    Every line goes through here; `write_log` does it for its own.
    """
    for line, booking in lines:
        record(
            AuditEvent.BOOKING_STEP,
            now=line.at,
            actor=line.actor_id,
            by=_by(line),
            # Not among what its organisation reads: most there do not know that it exists.
            organisation=None
            if booking.request.is_confidential
            else booking.request.organisation_id,
            facility=booking.facility_id,
            reference=booking.request.reference,
            after={"step": line.after if line.event == Event.STEP else line.event},
        )


def works_for(person_id: int | None) -> list[str] | None:
    """Return the names of the organisations for which a person works now, None if there are none.

    Both sides read it of those who decide, who may work for a competitor.
    """
    if person_id is None:
        return None
    return sorted(one.name for one in organisations_for(person_id)) or None


def _by(line: LogEntry) -> Actor | None:
    """Return who it was if nobody acted: the worker, the operator, or nobody behind a page."""
    behind_page = present_origin().actor is Actor.VISITOR
    return Actor.PRODUCT if line.rule is not None or behind_page else None


def count_of(event: Event, booking: Booking) -> int:
    """Return how many lines with this event the log of a booking has."""
    query = sa.select(sa.func.count()).where(
        LogEntry.booking_id == booking.id, LogEntry.event == event
    )
    return db.session.scalar(query) or 0


def write_log(
    booking: Booking,
    occurrences: Sequence[Occurrence],
    now: datetime,
    *,
    before: State | None,
    after: State,
    deciders: Deciders,
    actor_id: int | None,
    side: Side,
    reason: str = "",
    reason_code: DeclineCode | None = None,
    colleague: bool = False,
    event: Event = Event.STEP,
    rule: AutomaticRule | None = None,
    changes: Iterable[Edit] = (),
    is_announced: bool = True,
    condition_id: int | None = None,
) -> LogEntry:
    """Append one line to the booking's log, write the notices that go with it, return the line.

    On the owner's side it says in whose place a stand-in acted. `changes` are what the requester
    changed or asks to change.

    An exception (OVERRIDE) has no notice of its own: it belongs to a step that has one. So does a
    step with `is_announced` False. Nobody is told of arrivals (ATTENDANCE).
    """
    entry = LogEntry(
        booking_id=booking.id,
        at=now,
        actor_id=actor_id,
        stood_in_for_id=deciders.stand_ins.get(actor_id or 0) if side is Side.OWNER else None,
        side=side,
        colleague=colleague,
        works_for=works_for(actor_id) if side is Side.OWNER else None,
        event=event,
        before=before,
        after=after,
        reason=reason,
        reason_code=reason_code,
        rule=rule.stored() if rule else None,
        changes=[one.stored() for one in changes] or None,
        occurrence_ids=[occurrence.id for occurrence in occurrences],
        condition_id=condition_id,
    )
    db.session.add(entry)
    db.session.flush()
    record_steps([(entry, booking)])
    if is_announced and event not in (Event.OVERRIDE, Event.ATTENDANCE):
        announce([(entry, booking, deciders)], now)
    return entry
