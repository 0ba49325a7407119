"""The state of the model: requests, their dates, the log, and who gets which update."""

from dataclasses import dataclass, field
from datetime import datetime

from tests.rules.minute_model import instant_of


@dataclass(eq=False)
class Date:
    """One date: while `seated`, it takes `seats`, a number of places by facility."""

    start: int
    end: int
    state: str
    lapses_at: datetime | None
    around: range
    seats: dict[str, int]
    seated: bool = False
    held_until: datetime | None = None
    #: Rules for which it has an exception, and whether it is affected and not yet resolved.
    overrides: set[str] = field(default_factory=set)
    marked: bool = False

    @property
    def lifted(self) -> set[str]:
        """Return the rules that it may break: none while it is affected."""
        return set() if self.marked else self.overrides

    def sits(self, now: datetime) -> bool:
        """Return whether others find its places taken at this instant."""
        return self.seated and (self.held_until is None or self.held_until > now)

    @property
    def ends_at(self) -> datetime:
        """Return its end as an aware instant."""
        return instant_of(self.end)


@dataclass
class Request:
    """One request for one facility."""

    facility: str
    whole: bool
    places: int
    firm: str | None
    requester: str
    entered: bool
    due_at: datetime | None
    dates: list[Date]

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
    dates: tuple[int, ...]
    reason: str
    people: frozenset[str]
