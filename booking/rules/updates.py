"""Who is told of a change, and when its mail goes out, by each person's choice."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from booking.rules.deadlines import Deadlines, last_working_day_before
from booking.rules.lifecycle import (
    OF_CONDITIONS,
    OF_ELSEWHERE,
    REMINDING,
    WAIT_FOR_OWNER,
    WRITTEN,
    Audience,
    Event,
    Side,
    State,
)
from booking.rules.opening import ONE_DAY, local_day, to_instant
from booking.rules.routing import Deciders

#: When the digest of a day goes out, on the clock of its reader.
DIGEST_TIME = time(7)
#: How many working days before the first date people are reminded of it, where nobody states it.
REMINDER_DAYS = 3
MOST_REMINDER_DAYS = 20
#: If more dates of a booking are confirmed in one step, they come without invitations: each would
#: be a mail of its own.
MOST_INVITATIONS = 10
#: Closures and changes of dates that are so near are always mailed at once.
NEAR = timedelta(days=5)
#: A mail that could not be sent for so long after it was due is not sent any more.
FRESH_FOR = timedelta(days=1)
DIGEST_FRESH_FOR = timedelta(days=2)


class UpdateKind(StrEnum):
    """What an update is about, as far as a person chooses how to get it."""

    TO_DECIDE = "to_decide"
    """Requests and bookings on which the person may decide."""
    ANSWERS = "answers"
    """Answers to the person's own requests, and changes to them."""
    MESSAGES = "messages"
    REMINDERS = "reminders"
    CLUSTER = "cluster"
    """What is about no booking of theirs: new members, requests that nobody can decide on."""
    CATALOGUE = "catalogue"
    """New facilities that the person looks for."""


class Delivery(StrEnum):
    """When an update is mailed. On the page it is in any case."""

    AT_ONCE = "at_once"
    DIGEST = "digest"
    NEVER = "never"


#: Events that have a kind of their own; all others go by who is told.
_KINDS: Mapping[Event, UpdateKind] = {
    **dict.fromkeys(WRITTEN, UpdateKind.MESSAGES),
    **dict.fromkeys(REMINDING, UpdateKind.REMINDERS),
    Event.ARRIVING: UpdateKind.REMINDERS,
}
#: Events that are mailed at once where they are about dates of the next days.
ABOUT_NEAR_DATES = frozenset({Event.AFFECTED, Event.ANNOUNCEMENT})
#: Events of which only the requester is told.
TO_REQUESTER_ONLY = frozenset({Event.ARRIVING})


@dataclass(frozen=True)
class Choice:
    """How a person gets updates; a kind without a delivery is mailed at once.

    every_step: as coordinator, of each step and not only where nobody else can decide.
    details: mails have the titles of requests.
    invitations: confirmed dates of own requests also come as invitations for calendar programs.
    """

    deliveries: Mapping[UpdateKind, Delivery] = field(default_factory=lambda: MappingProxyType({}))
    every_step: bool = False
    details: bool = False
    invitations: bool = False

    def delivery(self, kind: UpdateKind) -> Delivery:
        """Return when updates of this kind are mailed."""
        return self.deliveries.get(kind, Delivery.AT_ONCE)


DEFAULT_CHOICE = Choice()


def kind_of(audience: Audience, event: Event | None) -> UpdateKind:
    """Return the kind of an update; `event` None: it is about an account."""
    if event is not None and event in _KINDS:
        return _KINDS[event]
    if audience is Audience.OWNER:
        return UpdateKind.TO_DECIDE
    if audience is Audience.CATALOGUE:
        return UpdateKind.CATALOGUE
    return UpdateKind.ANSWERS if audience is Audience.REQUESTER else UpdateKind.CLUSTER


def always_at_once(event: Event, after: State, first_start: datetime, now: datetime) -> bool:
    """Return whether a change is mailed at once, whatever people chose.

    That is so for each cancellation, for closures and messages to everybody that are about dates
    of the next five days, and when an admin reads a booking.
    """
    if event is Event.STEP:
        return after is State.CANCELLED
    if event is Event.OPENED:
        return True
    return event in ABOUT_NEAR_DATES and first_start <= now + NEAR


def owners_to_tell(
    deciders: Deciders, wanting: Set[int], *, before: str | None, due_at: datetime | None,
    now: datetime, event: Event = Event.STEP,
) -> Set[int]:  # fmt: skip
    """Return who of those who may decide is told of a change.

    The approvers; the coordinators where there is no approver who could decide, from the due date
    on while the dates waited for an answer (`before` the change), and those who want to know of
    every step (`wanting`). That an answer is overdue is told to the coordinators alone; without
    any to the approvers. That an admin reads it is told to all of them.
    """
    if event is Event.OPENED:
        return deciders.all
    if event is Event.OVERDUE:
        return deciders.coordinators or deciders.approvers
    overdue = due_at is not None and due_at <= now and before in WAIT_FOR_OWNER
    if overdue or not deciders.approvers:
        return deciders.all
    return deciders.approvers | (deciders.coordinators & wanting)


def reminded_at(start: datetime, days: int, deadlines: Deadlines) -> datetime:
    """Return when people are reminded of a date: 07:00, this many working days before its day."""
    day = local_day(start, deadlines.zone)
    for _ in range(days):
        day = last_working_day_before(day, deadlines.holidays)
    return to_instant(deadlines.zone, day, DIGEST_TIME)


def audiences_of(event: Event, side: str) -> Set[Audience]:
    """Return which sides are told of what `side` did.

    Of what one side writes, or does with a condition, only the other is told; of a condition that
    was missed, the owner is. Of what is in the place of a date elsewhere the requester is told
    there.
    """
    if event is Event.CONDITION_MISSED or event in OF_ELSEWHERE:
        return {Audience.OWNER}
    both = {Audience.REQUESTER, Audience.OWNER}
    if event in WRITTEN | OF_CONDITIONS:
        return both - {Audience.OWNER if side == Side.OWNER else Audience.REQUESTER}
    return both


def next_digest(now: datetime, zone: ZoneInfo) -> datetime:
    """Return the next instant after `now` at which the clock in `zone` shows 07:00."""
    today = local_day(now, zone)
    due = to_instant(zone, today, DIGEST_TIME)
    return due if due > now else to_instant(zone, today + ONE_DAY, DIGEST_TIME)
