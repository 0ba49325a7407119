"""Time zones: the reader's, and how they are named and compared."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import request

from booking.db.times import CENTRAL_EUROPEAN, zone_or_none
from booking.rules.opening import ONE_DAY, day_starts_at
from booking.web.access import current_account
from booking.wording import formats
from booking.wording.translator import gettext as _


def known_zone() -> ZoneInfo | None:
    """Return the reader's own zone: that of the account, else of the browser; None: unknown."""
    account = current_account()
    own = zone_or_none(account.time_zone) if account else None
    return own or zone_or_none(request.cookies.get("browser_zone"))


def shown_zone() -> ZoneInfo:
    """Return the zone in which the reader is shown times: their own, else Central European."""
    return known_zone() or CENTRAL_EUROPEAN


def zone_line(zone: ZoneInfo, on: date) -> str:
    """Return the zone's name with its offset on that day: `Copenhagen time (UTC+1)`."""
    return _(
        "%(zone)s (%(offset)s)",
        zone=formats.zone_name(zone),
        offset=formats.offset(zone, noon_of(zone, on)),
    )


def noon_of(zone: ZoneInfo, day: date) -> datetime:
    """Return noon of the local day, when a clock change of that day is over."""
    return day_starts_at(zone, day) + ONE_DAY / 2


def same_offset(zone: ZoneInfo, other: ZoneInfo, at: datetime) -> bool:
    """Return whether both zones have the same offset at that instant."""
    return at.astimezone(zone).utcoffset() == at.astimezone(other).utcoffset()


def zone_difference(zone: ZoneInfo, base: ZoneInfo, at: datetime) -> str:
    """Return how far `zone` is ahead of or behind `base` at an instant, in words."""
    gap = at.astimezone(zone).replace(tzinfo=None) - at.astimezone(base).replace(tzinfo=None)
    name = formats.zone_name(zone)
    if not gap:
        return _("%(zone)s", zone=name)
    if gap.total_seconds() > 0:
        return _("%(zone)s, %(length)s ahead", zone=name, length=formats.duration(gap))
    return _("%(zone)s, %(length)s behind", zone=name, length=formats.duration(-gap))
