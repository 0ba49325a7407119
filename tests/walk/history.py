"""What the model remembers: requests, their dates, and who must have been told of what."""

from dataclasses import dataclass, field
from datetime import datetime

from tests.rules.minute_model import instant_of


@dataclass(eq=False)
class Date:
    """One date: `seats` says how many places of which facility it takes while it is `seated`."""

    start: int
    end: int
    state: str
    lapses_at: datetime | None
    around: range
    seats: dict[str, int]
    seated: bool = False
    held_until: datetime | None = None
    #: Rules that were set aside for it, and whether something has hit it and waits for somebody.
    overrides: set[str] = field(default_factory=set)
    marked: bool = False

    @property
    def lifted(self) -> set[str]:
        """Return what need not be kept any more: nothing, once it is hit again."""
        return set() if self.marked else self.overrides

    def sits(self, now: datetime) -> bool:
        """Tell whether its places are taken at this instant, for others."""
        return self.seated and (self.held_until is None or self.held_until > now)

    @property
    def ends_at(self) -> datetime:
        """Return when it is over."""
        return instant_of(self.end)


@dataclass
class Request:
    """One request for one facility; `asker` None is what an owner entered."""

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
        """Return who may not decide on it."""
        return None if self.entered else self.requester


@dataclass(frozen=True)
class Told:
    """One line of the log that must be there, and who is told of it."""

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
