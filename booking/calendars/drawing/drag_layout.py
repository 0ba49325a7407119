"""Which dates can be drawn over a free bar: its grid, and where that stands in the bar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.rules.grid import first_on_grid, is_even
from booking.rules.opening import Unit, local_day
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms

_MINUTE = timedelta(minutes=1)
_MINUTES_OF_DAY = 1440


@dataclass(frozen=True)
class Drag:
    """A grid of `steps` steps of `step` minutes over a bar that is `wide` minutes wide.

    `starts` is the first line of the grid in the facility's wall time; it stands `left` minutes
    from the bar's left edge. A date covers from `shortest` to `longest` steps. Clocks of the axis
    are `shift` minutes ahead of the facility's. Where steps are days `days` names them, and
    `has_halves` says that first and last day are asked for with their halves.
    """

    starts: datetime
    step: int
    steps: int
    shortest: int
    longest: int
    left: int
    wide: int
    shift: int
    days: Sequence[str] = ()
    has_halves: bool = False

    @property
    def data(self) -> dict[str, str | int]:
        """Return the attributes of the bar's link, as `static/timeline-draw.js` reads them."""
        by_day = {"data-days": "|".join(self.days)} if self.days else {}
        halves = {"data-halves": "1"} if self.has_halves else {}
        return {
            "data-from": self.starts.isoformat(timespec="minutes"),
            "data-step": self.step,
            "data-steps": self.steps,
            "data-shortest": self.shortest,
            "data-longest": self.longest,
            "data-left": self.left,
            "data-wide": self.wide,
            "data-shift": self.shift,
            **by_day,
            **halves,
        }


def drag_of(rules: BookingTerms, free: Slot, bar: Slot, zone: ZoneInfo) -> Drag | None:
    """Return the grid of `free` (unbroken) over a bar drawn from `bar.starts_at` to its end.

    None where nothing can be drawn: by the day, too short, or clocks change within.
    """
    around = Slot(min(free.starts_at, bar.starts_at), max(free.ends_at, bar.ends_at))
    if rules.unit is not Unit.HOUR or not (
        _is_plain(around, rules.zone) and _is_plain(around, zone)
    ):
        return None
    step = rules.step_minutes
    starts_at = first_on_grid(free.starts_at, rules.zone, step)
    steps = (free.ends_at - starts_at) // (step * _MINUTE)
    days = {local_day(at, rules.zone) for at in (starts_at, free.ends_at - _MINUTE)}
    if not is_even(step) and len(days) > 1:
        return None  # midnight shifts the grid
    shortest = max(1, -(-(rules.minimum_units or 0) * 60 // step))
    longest = steps
    if rules.maximum_units is not None:
        longest = min(steps, rules.maximum_units * 60 // step)
    if not shortest <= longest:
        return None
    there = starts_at.astimezone(rules.zone).replace(tzinfo=None)
    here = starts_at.astimezone(zone).replace(tzinfo=None)
    return Drag(
        starts=there,
        step=step,
        steps=steps,
        shortest=shortest,
        longest=longest,
        left=(starts_at - bar.starts_at) // _MINUTE,
        wide=bar.duration // _MINUTE,
        shift=(here - there) // _MINUTE,
    )


def days_drag(rules: BookingTerms, first: date, names: Sequence[str]) -> Drag | None:
    """Return the grid of days from `first` on over a bar of free days, one for each name.

    None by the hour, and where the days are fewer than the shortest date.
    """
    if rules.unit is Unit.HOUR:
        return None
    units_of_day = 2 if rules.unit is Unit.HALF_DAY else 1
    shortest = max(1, -(-(rules.minimum_units or 1) // units_of_day))
    longest = len(names)
    if rules.maximum_units is not None:
        longest = min(longest, rules.maximum_units // units_of_day)
    if not shortest <= longest:
        return None
    return Drag(
        starts=datetime.combine(first, time(0)),
        step=_MINUTES_OF_DAY,
        steps=len(names),
        shortest=shortest,
        longest=longest,
        left=0,
        wide=len(names) * _MINUTES_OF_DAY,
        shift=0,
        days=names,
        has_halves=rules.unit is Unit.HALF_DAY,
    )


def _is_plain(slot: Slot, zone: ZoneInfo) -> bool:
    """Tell whether clocks of the zone run on through the slot without a change."""
    ends = (slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone))
    return ends[0].utcoffset() == ends[1].utcoffset()
