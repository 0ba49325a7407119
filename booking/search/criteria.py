"""What somebody needs: between which days, for how long, for how many."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.rules.date_windows import DateWindow, Length
from booking.rules.deadlines import Deadlines
from booking.rules.terms import BookingTerms, earliest_day

#: How many days from the first possible one are searched where no days were given.
LOOK_AHEAD_DAYS = 92


@dataclass(frozen=True)
class SearchCriteria:
    """When, for how long and for how many: a search apart from its filters.

    `first` and `last` (both inclusive) are both given, or both None: as soon as possible. `length`
    None is any length; `people` None is not stated.
    """

    first: date | None = None
    last: date | None = None
    length: Length | None = None
    people: int | None = None
    places: int = 1

    @property
    def is_dated(self) -> bool:
        """Return whether it names days."""
        return self.first is not None and self.last is not None

    @property
    def is_open(self) -> bool:
        """Return whether only the next free time is wanted."""
        return self == SearchCriteria()

    def date_window(self, rules: BookingTerms, deadlines: Deadlines, now: datetime) -> DateWindow:
        """Return the days to search at a facility: those named, else its first possible ones."""
        if self.first is not None and self.last is not None:
            return DateWindow(self.first, self.last, self.length, self.places)
        first = earliest_day(rules, deadlines, now)
        last = first + timedelta(days=LOOK_AHEAD_DAYS - 1)
        return DateWindow(first, last, self.length, self.places)
