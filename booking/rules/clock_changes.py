"""When the clock alone changes what a calendar shows."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.rules.deadlines import DUE_TIME
from booking.rules.opening import ONE_DAY, day_starts_at, local_day, to_instant
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode, BookingTerms, farthest_at

_MINUTE = timedelta(minutes=1)
_AROUND_MINUTES = 3 * 24 * 60
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


def shows_the_present(rules: BookingTerms, shown: Slot, now: datetime) -> bool:
    """Return whether a calendar of these days changes with every minute: it draws `now` itself.

    By agreement the past ends now, to the minute; and so does what is worked out at all where
    no horizon is stated. Both reach into the days around those shown.
    """
    around = shown.widened(_AROUND_MINUTES, _AROUND_MINUTES)
    bounds = [now] if rules.mode is BookingMode.BY_AGREEMENT else []
    if rules.horizon_days is None:
        bounds.append(farthest_at(now))
    return shown.starts_at <= now < shown.ends_at or any(
        around.starts_at <= at <= around.ends_at for at in bounds
    )


def next_minute(now: datetime) -> datetime | None:
    """Return the end of the minute of `now` (UTC), for what shows the present time.

    None on the minute itself: what is rounded up then stands for this one instant.
    """
    begins = now.astimezone(UTC).replace(second=0, microsecond=0)
    return None if begins == now else begins + _MINUTE
