"""The values that rows are drawn from: segments of time, dates, closures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from booking.rules.availability import Room
from booking.rules.deadlines import Deadlines
from booking.rules.slots import Slot, merge
from booking.rules.terms import BookingTerms


class SegmentKind(StrEnum):
    """What a segment of a row shows."""

    FREE = "free"
    AGREED = "agreed"  # booked by agreement: free times are not drawn
    PARTLY = "partly"
    BUSY = "busy"
    YOURS = "yours"
    BOOKED = "booked"  # confirmed, of another organisation; shown to deciders
    ASKED = "asked"
    RIVAL = "rival"  # requested by another organisation; shown to deciders
    SET_ASIDE = "set_aside"  # for named organisations; shown to deciders
    SETUP = "setup"
    CLOSED = "closed"
    CHOICE = "choice"
    TOO_LATE = "too_late"
    NOT_YET = "not_yet"
    TOO_SHORT = "too_short"
    NEVER = "never"
    NOT_OPEN = "not_open"


DATES = (SegmentKind.YOURS, SegmentKind.BOOKED, SegmentKind.ASKED, SegmentKind.RIVAL)
# Which of two segments gets a column that both touch: the one later in this list.
PRIORITY = {
    kind: priority
    for priority, kind in enumerate(
        (
            SegmentKind.NOT_OPEN,
            SegmentKind.NEVER,
            SegmentKind.TOO_SHORT,
            SegmentKind.NOT_YET,
            SegmentKind.TOO_LATE,
            SegmentKind.AGREED,
            SegmentKind.FREE,
            SegmentKind.CLOSED,
            SegmentKind.PARTLY,
            SegmentKind.BUSY,
            SegmentKind.SET_ASIDE,
            SegmentKind.SETUP,
            SegmentKind.CHOICE,
            *DATES,
        )
    )
}


@dataclass(frozen=True)
class VisibleDate:
    """A date of a booking that the viewer may know.

    `taken` is its slot with set-up and clean-up while it holds places, None while it only
    competes. `own`: it belongs to the viewer's organisation; else the viewer decides on it.
    `organisation` None is the owner's own use. `part_of` names the facility above that is
    booked as a whole; None: the row's own facility is booked.
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
    def kind(self) -> SegmentKind:
        """Return how the date is shown on a row."""
        if self.confirmed:
            return SegmentKind.YOURS if self.own else SegmentKind.BOOKED
        return SegmentKind.ASKED if self.own else SegmentKind.RIVAL


@dataclass(frozen=True)
class ClosedSegment:
    """A closure on a row. `until` None is open-ended; `reason` None is not public.

    `next_word_on` is the day by which an open-ended closure gets news.
    """

    slot: Slot
    until: datetime | None
    reason: str | None
    next_word_on: date | None = None


@dataclass(frozen=True)
class SetAsideSegment:
    """Time set aside for so many organisations, to the end of `last_day`; None: to its own end."""

    slot: Slot
    organisations: int
    last_day: date | None


@dataclass(frozen=True)
class RowData:
    """All that one row is drawn from. `room` and `closed` reach beyond the window drawn.

    `place_word` is the facility's own word for its places, None if it has none. `set_aside` is
    empty for viewers who do not decide here.
    """

    rules: BookingTerms
    deadlines: Deadlines
    room: Room
    closed: Sequence[ClosedSegment]
    dates: Sequence[VisibleDate]
    place_word: str | None = None
    set_aside: Sequence[SetAsideSegment] = ()

    @property
    def whole(self) -> bool | None:
        """Return None (by place, the default) if there are places of its own, else True (whole)."""
        return None if self.room.own else True

    @property
    def closures(self) -> list[Slot]:
        """Return the closed slots, sorted and merged."""
        return merge(closed.slot for closed in self.closed)


class Segment(NamedTuple):
    """A stretch of a row: its slot, what it shows, and on which line.

    `clicked_date` is the date that a click requests, `pick` the unbroken free time around it. In a
    partly taken segment `free` of `own` places are left (`place_word`: the facility's word for
    them).
    `note` says why nothing opens that day: a public holiday, or the owner's note. `set_aside`
    says for how many.
    """

    kind: SegmentKind
    slot: Slot
    line: int = 1
    clicked_date: Slot | None = None
    pick: Slot | None = None
    date: VisibleDate | None = None
    closed: ClosedSegment | None = None
    free: int = 0
    own: int = 0
    place_word: str | None = None
    note: str | None = None
    set_aside: SetAsideSegment | None = None

    def at(self, slot: Slot) -> "Segment":
        """Return the same segment for another slot."""
        return self if slot == self.slot else self._replace(slot=slot)
