"""What somebody needs: between which days, for how long, for how many."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.rules.date_windows import DateWindow, Length
from booking.rules.deadlines import Deadlines
from booking.rules.terms import BookingTerms, earliest_day

#: How many days from the first possible one are looked at where no days were given.
LOOK_AHEAD_DAYS = 92


@dataclass(frozen=True)
class SearchCriteria:
    """All that is needed, apart from what it is and where.

    `first` and `last` None: as soon as possible.

    `length` and `places` hold for both; `people` None is not said.
    """

    first: date | None = None
    last: date | None = None
    length: Length | None = None
    people: int | None = None
    places: int = 1

    @property
    def is_dated(self) -> bool:
        """Tell whether it names days; they come both or not at all."""
        return self.first is not None and self.last is not None

    @property
    def is_open(self) -> bool:
        """Tell whether nothing at all is needed but the next free time."""
        return self == SearchCriteria()

    def date_window(self, rules: BookingTerms, deadlines: Deadlines, now: datetime) -> DateWindow:
        """Return the days to look at for a facility: those named, else from its first one on."""
        if self.first is not None and self.last is not None:
            return DateWindow(self.first, self.last, self.length, self.places)
        first = earliest_day(rules, deadlines, now)
        last = first + timedelta(days=LOOK_AHEAD_DAYS - 1)
        return DateWindow(first, last, self.length, self.places)
