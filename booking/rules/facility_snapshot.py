"""One facility as a viewer may know it: what is free there, and which dates its rules accept."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.rules.availability import Room
from booking.rules.date_windows import DateWindow, units_within
from booking.rules.deadlines import Deadlines
from booking.rules.free_times import free_slots
from booking.rules.many_dates import why_not_all
from booking.rules.opening import DayUnit, Unit
from booking.rules.quotas import QuotaUsage, why_over
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms, RequestedDate

#: The dates of one booking, in their order.
Dates = tuple[RequestedDate, ...]


@dataclass(frozen=True)
class FreeTime:
    """What is free in a window of days, see `rules.free_times.free_slots`.

    By the hour `slots` are the free stretches. By the day or half day they are the free units;
    `units` are all units of the window, and `in_a_row` says of each how many are free without a
    break from it on.
    """

    slots: Sequence[Slot]
    units: Sequence[DayUnit] = ()
    in_a_row: Sequence[int] = ()


@dataclass(frozen=True)
class FacilitySnapshot:
    """One facility as a viewer may know it, at `now`.

    `ignore` holds the reasons that do not count for them. `is_drawn` is False where no free times
    are shown (by agreement, or not to this viewer): then its hours are not looked at either.
    `quotas` are those of the viewer's organisation; without an organisation there are none.
    """

    rules: BookingTerms
    deadlines: Deadlines
    room: Room
    closures: Sequence[Slot]
    now: datetime
    ignore: frozenset[RefusalCode] = frozenset()
    is_drawn: bool = True
    quotas: Sequence[QuotaUsage] = ()

    def free_time(self, date_window: DateWindow, *, whole: bool | None = None) -> FreeTime:
        """Return what is free in the window for its number of places, or for all of it."""
        slots = free_slots(
            self.rules,
            self.deadlines,
            self.room,
            self.closures,
            date_window.slot(self.rules.zone),
            self.now,
            whole=whole,
            places=date_window.places,
            ignore=self.ignore,
        )
        if self.rules.unit is Unit.HOUR:
            return FreeTime(slots)
        free = set(slots)
        units = units_within(self.rules, date_window)
        return FreeTime(slots, units, in_a_row([unit.slot in free for unit in units]))

    def reasons(self, dates: Dates) -> list[Refusal]:
        """Return all reasons against these dates together."""
        found = why_not_all(
            self.rules,
            self.deadlines,
            self.room,
            self.closures,
            dates,
            self.now,
            ignore=self.ignore,
        )
        return [*found, *self._over_quota([one.slot for one in dates])]

    def _over_quota(self, slots: Sequence[Slot]) -> list[Refusal]:
        if not self.quotas or RefusalCode.OVER_QUOTA in self.ignore:
            return []
        return why_over(self.quotas, slots, self.rules.zone)

    def within_quota(self, slot: Slot) -> bool:
        """Return whether the organisation may still have this one date."""
        return not self._over_quota([slot])

    def accepts(self, dates: Dates) -> bool:
        """Return whether the rules have nothing against these dates together."""
        return not self.reasons(dates)

    def first_accepted(
        self,
        candidates: Iterable[Dates],
        limit: int,
        *,
        is_new: Callable[[Dates, Sequence[Dates]], bool],
        most_failures: int | None = None,
    ) -> list[Dates]:
        """Return the first candidates that the rules accept, at most `limit`.

        `is_new` says whether a candidate adds something to those found so far. The walk ends after
        `most_failures` candidates that are not new or not accepted.
        """
        found: list[Dates] = []
        failures = 0
        for candidate in candidates:
            if is_new(candidate, found) and self.accepts(candidate):
                found.append(candidate)
            else:
                failures += 1
            if len(found) == limit or failures == most_failures:
                break
        return found


def in_a_row(are_free: Sequence[bool]) -> list[int]:
    """Return for each unit how many from it on are free without a break."""
    rows = [0] * (len(are_free) + 1)
    for number in range(len(are_free) - 1, -1, -1):
        rows[number] = rows[number + 1] + 1 if are_free[number] else 0
    return rows[:-1]
