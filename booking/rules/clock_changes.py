"""When the clock alone changes what a calendar shows."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.rules.deadlines import DUE_TIME
from booking.rules.opening import ONE_DAY, day_starts_at, local_day, to_instant

_MINUTE = timedelta(minutes=1)
_UTC = ZoneInfo("UTC")


def next_clock_change(
    now: datetime, zones: Iterable[ZoneInfo], instants: Iterable[datetime] = ()
) -> datetime:
    """Return the first instant (UTC) after `now` at which a calendar may change by itself.

    With midnight in one of its `zones` a day passes, and with it seasons, lead times and horizons;
    at 18:00 a request can no longer be answered in time; with midnight UTC a year of holidays may
    begin. `instants` are others, such as the ends of holds; those not after `now` do not count.
    """
    found = [at.astimezone(UTC) for at in instants if at > now]
    for zone in {_UTC, *zones}:
        today = local_day(now, zone)
        for day in (today, today + ONE_DAY):
            found += [
                at
                for at in (day_starts_at(zone, day + ONE_DAY), to_instant(zone, day, DUE_TIME))
                if at > now
            ]
    return min(found)


def next_minute(now: datetime) -> datetime | None:
    """Return the end of the minute of `now` (UTC), for what shows the present time.

    None on the minute itself: what is rounded up then stands for this one instant.
    """
    begins = now.astimezone(UTC).replace(second=0, microsecond=0)
    return None if begins == now else begins + _MINUTE
