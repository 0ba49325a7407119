"""The state of the model: requests, their dates, the log, and who gets which update."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.rules.minute_model import instant_of

#: A date in these is not decided for good.
OPEN = {"requested", "proposed", "accepted", "waiting"}
#: What every request says at first.
DETAILS = {"title": "Trial", "people": 4, "hazards": False, "hazards_note": ""}
#: A date in these may still change.
NOT_ENDED = {*OPEN, "confirmed"}


@dataclass(eq=False)
class Date:
    """One date: while `seated`, it takes `seats`, a number of places by facility.

    What would be in the place of another date holds only a `part` of that, by facility and tick.
    """

    start: int
    end: int
    state: str
    lapses_at: datetime | None
    around: range
    seats: dict[str, int]
    changed_at: datetime
    whole: bool
    places: int
    facility: str = ""
    replaces: "Date | None" = None
    part: dict[tuple[str, int], int] | None = None
    seated: bool = False
    held_until: datetime | None = None
    #: Rules for which it has an exception, and whether it is affected and not yet resolved.
    overrides: set[str] = field(default_factory=set)
    marked: bool = False
    #: Whether it is noted that people came.
    is_attended: bool = False
    #: What the requester said about it otherwise than about the others, by name.
    own: dict[str, Any] = field(default_factory=dict)

    @property
    def lifted(self) -> set[str]:
        """Return the rules that it may break: none while it is affected."""
        return set() if self.marked else self.overrides

    @property
    def stands(self) -> bool:
        """Return whether it has not ended."""
        return self.state in NOT_ENDED

    def is_open(self, now: datetime) -> bool:
        """Return whether it waits for an answer and has not lapsed."""
        in_time = self.lapses_at is None or self.lapses_at > now
        return self.state in OPEN and in_time

    def is_to_come(self, now: datetime) -> bool:
        """Return whether it is not over and may take place; what only waits does not count."""
        if self.ends_at <= now or self.state == "waiting":
            return False
        return self.state == "confirmed" or self.is_open(now)

    def is_waiting(self, now: datetime) -> bool:
        """Return whether it is on the waiting list."""
        return self.state == "waiting" and self.is_open(now)

    def taking(self) -> Iterator[tuple[str, int, int]]:
        """Give what it takes while it sits: a facility, a tick, and how many places."""
        if self.part is not None:
            yield from ((facility, tick, count) for (facility, tick), count in self.part.items())
            return
        yield from self.needing()

    def needing(self) -> Iterator[tuple[str, int, int]]:
        """Give what it takes once it is confirmed."""
        for facility, places in self.seats.items():
            for tick in self.around:
                yield facility, tick, places

    def holds_something(self, now: datetime) -> bool:
        """Return whether it takes any place now."""
        return self.sits(now) and self.part != {}

    def sits(self, now: datetime) -> bool:
        """Return whether others find its places taken at this instant."""
        return self.seated and (self.held_until is None or self.held_until > now)

    @property
    def ends_at(self) -> datetime:
        """Return its end as an aware instant."""
        return instant_of(self.end)


@dataclass
class Question:
    """A question of one side; one of the owner stops the clock `until` its own date."""

    side: str
    asked_at: datetime
    until: datetime | None
    due_before: datetime | None = None
    lapses_before: dict[int, tuple[Date, datetime]] = field(default_factory=dict)


@dataclass(eq=False)
class Condition:
    """What must be done for a booking; `listed` is that of the facility, None: added for it."""

    listed: int | None
    stage: str
    due_at: datetime
    added_at: datetime
    status: str = "open"
    is_missed: bool = False
    #: Whether it came with a confirmation that was undone.
    is_off: bool = False

    @property
    def is_settled(self) -> bool:
        """Return whether nothing is to be done any more."""
        return self.status in ("met", "waived")

    @property
    def is_pending(self) -> bool:
        """Return whether the yes is not final before it is settled."""
        return self.stage == "before_final" and not self.is_settled


@dataclass(eq=False)
class Request:
    """One booking of a request: what it asks for at one facility.

    Where something is proposed at another facility, the request has a second booking there.
    """

    facility: str
    firm: str | None
    requester: str
    entered: bool
    due_at: datetime | None
    dates: list[Date]
    sent_at: datetime
    #: What was confirmed last, if nothing has happened since: dates, when, and which were held.
    fresh: "tuple[list[Date], datetime, list[Date]] | None" = None
    #: Questions without an answer.
    questions: list[Question] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    #: What the requester said about all dates of the request; only the first booking has it.
    said: dict[str, Any] = field(default_factory=lambda: dict(DETAILS))
    #: How often the requester has changed something of this booking.
    changes: int = 0
    #: All bookings of the request, this one included, in the order in which they were made.
    bookings: "list[Request]" = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        """Add it to the bookings of its request."""
        self.bookings.append(self)

    @property
    def all_dates(self) -> list[Date]:
        """Return the dates of all bookings of the request."""
        return [one for booking in self.bookings for one in booking.dates]

    @property
    def details(self) -> dict[str, Any]:
        """Return what the requester said about all dates of the request."""
        return self.bookings[0].said

    @details.setter
    def details(self, said: dict[str, Any]) -> None:
        self.bookings[0].said = said

    @property
    def counting(self) -> list[Condition]:
        """Return its conditions but for those of a confirmation that was undone."""
        return [one for one in self.conditions if not one.is_off]

    def details_of(self, one: Date) -> dict[str, Any]:
        """Return what the requester said about a date."""
        return {**self.details, **one.own}

    @property
    def asker(self) -> str | None:
        """Return who may not decide on it: the requester; None if an owner entered it."""
        return None if self.entered else self.requester


@dataclass(frozen=True)
class LogLine:
    """One line that the log must have, and who gets an update about it."""

    request: int
    event: str
    before: str | None
    after: str
    side: str
    actor: str | None
    colleague: bool
    dates: tuple[Date, ...]
    reason: str
    people: frozenset[str]
