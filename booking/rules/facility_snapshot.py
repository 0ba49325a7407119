"""One facility as a viewer may know it, and on which days to look for other dates there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.rules.availability import Room
from booking.rules.deadlines import Deadlines
from booking.rules.many_dates import why_not_all
from booking.rules.opening import ONE_DAY, day_starts_at, local_day
from booking.rules.quotas import QuotaUsage, why_over
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import LONGEST_DAYS, BookingTerms, RequestedDate, reach

SEARCH_DAYS = 60
"""So many days on either side of what was asked for are looked at."""

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class FacilitySnapshot:
    """One facility as a viewer may know it.

    `ignore` holds what is no reason for them. Where no free times are drawn (by agreement, or not
    for the viewer) neither are its hours looked at: the dates asked for are only moved by days.
    `quotas` are those of the viewer's organisation; one that asks for nobody has none.
    """

    rules: BookingTerms
    deadlines: Deadlines
    room: Room
    closures: Sequence[Slot]
    ignore: frozenset[RefusalCode] = frozenset()
    is_drawn: bool = True
    quotas: Sequence[QuotaUsage] = ()

    def reasons(self, asks: Sequence[RequestedDate], now: datetime) -> list[Refusal]:
        """Return all reasons against these dates together."""
        found = why_not_all(
            self.rules,
            self.deadlines,
            self.room,
            self.closures,
            asks,
            now,
            ignore=self.ignore,
        )
        return [*found, *self._over_quota([ask.slot for ask in asks])]

    def _over_quota(self, slots: Sequence[Slot]) -> list[Refusal]:
        if not self.quotas or RefusalCode.OVER_QUOTA in self.ignore:
            return []
        return why_over(self.quotas, slots, self.rules.zone)

    def within_quota(self, slot: Slot) -> bool:
        """Tell whether the organisation may still have this one date."""
        return not self._over_quota([slot])

    def accepts(self, asks: Sequence[RequestedDate], now: datetime) -> bool:
        """Tell whether the rules have nothing against these dates together."""
        return not self.reasons(asks, now)


@dataclass(frozen=True)
class SearchWindow:
    """The local days to look at, both inclusive, and the shift in days that lies in their middle.

    `shift` is not 0 where what was asked for lies out of reach: then it is the smallest that
    brings it back.
    """

    first: date
    last: date
    shift: int
    days: int

    def window(self, rules: BookingTerms) -> Slot:
        """Return these days as one stretch of time."""
        return Slot(
            day_starts_at(rules.zone, self.first), day_starts_at(rules.zone, self.last + ONE_DAY)
        )

    def shifts(self, direction: int) -> Iterator[int]:
        """Return the shifts in days that lead later (1) or earlier (-1), nearest first."""
        lowest, highest = self.shift - self.days, self.shift + self.days
        if direction > 0:
            return iter(range(max(1, lowest), highest + 1))
        return iter(range(min(-1, highest), lowest - 1, -1))


def search_window(
    rules: BookingTerms,
    deadlines: Deadlines,
    slots: Sequence[Slot],
    now: datetime,
    *,
    days: int = SEARCH_DAYS,
    ignore: frozenset[RefusalCode] = frozenset(),
) -> SearchWindow | None:
    """Return where to look for dates near `slots`; None: they are too long or too far apart."""
    first = min(local_day(slot.starts_at, rules.zone) for slot in slots)
    last = max(local_day(slot.ends_at - _INSTANT, rules.zone) for slot in slots)
    if (last - first).days > LONGEST_DAYS:
        return None
    within = reach(rules, deadlines, now, ignore)
    earliest = local_day(within.from_at, rules.zone)
    latest = local_day(within.until_at - _INSTANT, rules.zone)
    shift = max(0, (earliest - first).days)
    if last > latest:
        shift = -(last - latest).days
    middle = ONE_DAY * shift
    return SearchWindow(
        first + middle - ONE_DAY * days, last + middle + ONE_DAY * days, shift, days
    )
