"""What a facility's row is made of: its stretches, and all that they are drawn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from booking.rules.availability import Room
from booking.rules.deadlines import Deadlines
from booking.rules.slots import Slot, merge
from booking.rules.terms import BookingTerms


class Kind(StrEnum):
    """What a stretch of a row is."""

    FREE = "free"
    AGREED = "agreed"  # dates are agreed on, not drawn
    PARTLY = "partly"
    BUSY = "busy"
    YOURS = "yours"
    BOOKED = "booked"  # somebody's, seen by who decides
    ASKED = "asked"
    RIVAL = "rival"  # somebody asks, seen by who decides
    SETUP = "setup"
    CLOSED = "closed"
    CHOICE = "choice"
    TOO_LATE = "too_late"
    NOT_YET = "not_yet"
    TOO_SHORT = "too_short"
    NEVER = "never"
    NOT_OPEN = "not_open"


DATES = (Kind.YOURS, Kind.BOOKED, Kind.ASKED, Kind.RIVAL)
# Who wins where two share a column; what only frames the rest comes last.
PRIORITY = {
    kind: priority
    for priority, kind in enumerate(
        (
            Kind.NOT_OPEN,
            Kind.NEVER,
            Kind.TOO_SHORT,
            Kind.NOT_YET,
            Kind.TOO_LATE,
            Kind.AGREED,
            Kind.FREE,
            Kind.CLOSED,
            Kind.PARTLY,
            Kind.BUSY,
            Kind.SETUP,
            Kind.CHOICE,
            *DATES,
        )
    )
}


@dataclass(frozen=True)
class SeenDate:
    """A date of a request that the viewer may know.

    `taken` is its slot with set-up and clean-up while it holds places, None while it only
    competes. `own`: of the viewer's organisation; else the viewer decides on it. `organisation`
    None is the owner's own use. `part_of` names the facility where it is not the row's own.
    """

    occurrence_id: int
    slot: Slot
    taken: Slot | None
    confirmed: bool
    own: bool
    reference: str
    title: str
    organisation: str | None
    places: int
    whole: bool
    part_of: str | None

    @property
    def kind(self) -> Kind:
        """Return what the date is on a row."""
        if self.confirmed:
            return Kind.YOURS if self.own else Kind.BOOKED
        return Kind.ASKED if self.own else Kind.RIVAL


@dataclass(frozen=True)
class ClosedSegment:
    """A closure; `until` None is open-ended, `reason` None is not for everybody.

    `next_word_on`: the day by which there is word of an open-ended one.
    """

    slot: Slot
    until: datetime | None
    reason: str | None
    next_word_on: date | None = None


@dataclass(frozen=True)
class RowFacts:
    """All that a row is drawn from. `room` and `closed` reach well beyond what is drawn.

    `place_word` is what the facility calls its places, None where it does not say.
    """

    rules: BookingTerms
    deadlines: Deadlines
    room: Room
    closed: Sequence[ClosedSegment]
    dates: Sequence[SeenDate]
    place_word: str | None = None

    @property
    def whole(self) -> bool | None:
        """Return how it is asked for where nobody says: by place if that can be."""
        return None if self.room.own else True

    @property
    def closures(self) -> list[Slot]:
        """Return when it is shut, sorted and apart."""
        return merge(closed.slot for closed in self.closed)


@dataclass(frozen=True)
class Stretch:
    """One bar to be: its slot, what it is, on which line, and what is to be said of it.

    `ask` is a date within reach of this stretch that can be asked for now, `pick` the unbroken
    free time of the stretch around it. `free` of `own` places (in the facility's own word,
    `place_word`) are left in a partly taken one. `note` names what keeps it shut that day: a
    public holiday, or the owner's word for a single day.
    """

    kind: Kind
    slot: Slot
    line: int = 1
    ask: Slot | None = None
    pick: Slot | None = None
    date: SeenDate | None = None
    closed: ClosedSegment | None = None
    free: int = 0
    own: int = 0
    place_word: str | None = None
    note: str | None = None
