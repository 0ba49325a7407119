"""What is said of time zones."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import gettext as _

from booking.db.times import CENTRAL_EUROPEAN, zone_or_none
from booking.rules.opening import ONE_DAY, day_starts_at
from booking.web.access import current_account
from booking.wording import formats


def known_zone() -> ZoneInfo | None:
    """Return the zone of who looks: of the account, else of the browser; None: it is not known.

    Only this one may be called the reader's own.
    """
    account = current_account()
    own = zone_or_none(account.time_zone) if account else None
    return own or zone_or_none(request.cookies.get("browser_zone"))


def shown_zone() -> ZoneInfo:
    """Return the zone in which to speak to who looks: theirs, else Central European."""
    return known_zone() or CENTRAL_EUROPEAN


def zone_line(zone: ZoneInfo, on: date) -> str:
    """Return the zone's name with its offset on that day: `Copenhagen time (UTC+1)`."""
    return _(
        "%(zone)s (%(offset)s)",
        zone=formats.zone_name(zone),
        offset=formats.offset(zone, noon_of(zone, on)),
    )


def noon_of(zone: ZoneInfo, day: date) -> datetime:
    """Return the middle of the local day, when all clock changes of that day are over."""
    return day_starts_at(zone, day) + ONE_DAY / 2


def same_offset(zone: ZoneInfo, other: ZoneInfo, at: datetime) -> bool:
    """Tell whether clocks of both zones show the same at that instant."""
    return at.astimezone(zone).utcoffset() == at.astimezone(other).utcoffset()


def zone_difference(zone: ZoneInfo, base: ZoneInfo, at: datetime) -> str:
    """Return how far clocks of `zone` are ahead of or behind those of `base` at an instant."""
    gap = at.astimezone(zone).replace(tzinfo=None) - at.astimezone(base).replace(tzinfo=None)
    name = formats.zone_name(zone)
    if not gap:
        return _("%(zone)s, the same as here", zone=name)
    if gap.total_seconds() > 0:
        return _("%(zone)s, %(length)s ahead", zone=name, length=formats.duration(gap))
    return _("%(zone)s, %(length)s behind", zone=name, length=formats.duration(-gap))
