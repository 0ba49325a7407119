"""The grid on which dates by the hour start, counted in wall time from local midnight."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from booking.rules.slots import Slot, merge

_MINUTES_OF_DAY = 1440
_QUARTER = 15
_MINUTE = timedelta(minutes=1)


def on_grid(at: datetime, zone: ZoneInfo, step_minutes: int) -> bool:
    """Return whether the wall time at this instant is a whole number of steps past midnight."""
    local = at.astimezone(zone)
    minutes = local.hour * 60 + local.minute
    return not minutes % step_minutes and not local.second and not local.microsecond


def first_on_grid(at: datetime, zone: ZoneInfo, step_minutes: int) -> datetime:
    """Return the first instant on the grid that is not before `at`."""
    if at.second or at.microsecond:
        at = at.replace(second=0, microsecond=0) + _MINUTE
    while True:
        local = at.astimezone(zone)
        minutes = local.hour * 60 + local.minute
        past = minutes % step_minutes
        if not past:
            return at
        ahead = min(step_minutes - past, _MINUTES_OF_DAY - minutes)
        if (at + ahead * _MINUTE).astimezone(zone).utcoffset() != local.utcoffset():
            # The clock changes on the way: the next line of the grid may come sooner.
            ahead = min(ahead, _QUARTER - minutes % _QUARTER)
        at += ahead * _MINUTE


def last_on_grid(at: datetime, zone: ZoneInfo, step_minutes: int) -> datetime:
    """Return the last instant on the grid that is not after `at`."""
    at = at.replace(second=0, microsecond=0)
    while not on_grid(at, zone, step_minutes):
        at -= _MINUTE
    return at


def is_even(step_minutes: int) -> bool:
    """Return whether no midnight and no clock change shifts the grid: the step divides the hour.

    Clocks change by full hours in every zone of the clusters.
    """
    return not 60 % step_minutes


def reachable(
    stretch: Slot, zone: ZoneInfo, step_minutes: int, fewest_steps: int, most_steps: int | None
) -> list[Slot]:
    """Return the time of `stretch` that belongs to at least one possible date, merged.

    A date starts on the grid, lasts from `fewest_steps` to `most_steps` steps (None: no limit)
    and is within the stretch.
    """
    if most_steps is not None and most_steps < fewest_steps:
        return []
    step = step_minutes * _MINUTE
    starts_at = first_on_grid(stretch.starts_at, zone, step_minutes)
    if is_even(step_minutes):
        steps = (stretch.ends_at - starts_at) // step
        return [Slot(starts_at, starts_at + steps * step)] if steps >= fewest_steps else []
    dates = []
    while starts_at + fewest_steps * step <= stretch.ends_at:
        steps = (stretch.ends_at - starts_at) // step
        if most_steps is not None:
            steps = min(steps, most_steps)
        dates.append(Slot(starts_at, starts_at + steps * step))
        starts_at = first_on_grid(starts_at + _MINUTE, zone, step_minutes)
    return merge(dates)
