"""What is missing for a date to fit, in words with numbers."""

from zoneinfo import ZoneInfo

from flask_babel import gettext, ngettext

from booking.rules.opening import Unit, local_day
from booking.rules.refusals import Refusal, RefusalCode
from booking.search.near_misses import NearMiss, NearMissKind
from booking.wording import formats


def near_miss_text(near: NearMiss, why: Refusal | None, zone: ZoneInfo) -> str:
    """Return one thing that is missing; `why` is the reason that the verdict named, if any."""
    number = near.number
    if near.kind is NearMissKind.SHORTER:
        return _shorter(near)
    if near.kind is NearMissKind.NOT_ALL_DAY:
        return gettext("%(length)s instead of a whole day", length=formats.units(number, Unit.HOUR))
    if near.kind is NearMissKind.LATER:
        return ngettext("%(num)s day later", "%(num)s days later", number)
    if near.kind is NearMissKind.EARLIER:
        return ngettext("%(num)s day earlier", "%(num)s days earlier", number)
    if near.kind is NearMissKind.FEWER_PLACES:
        return ngettext("%(num)s place fewer", "%(num)s places fewer", number)
    if near.kind is NearMissKind.FEWER_PEOPLE:
        return ngettext("for at most %(num)s person", "for at most %(num)s people", number)
    if near.kind is NearMissKind.LAST_DATE:
        return gettext("the last date that can be asked for now")
    day = formats.short_day(local_day(near.offers[0][0].starts_at, zone))
    return _first_date(day, why)


def _shorter(near: NearMiss) -> str:
    if near.unit is Unit.HOUR:
        return ngettext("%(num)s hour shorter", "%(num)s hours shorter", near.number)
    if near.unit is Unit.HALF_DAY:
        return ngettext("%(num)s half day shorter", "%(num)s half days shorter", near.number)
    return ngettext("%(num)s day shorter", "%(num)s days shorter", near.number)


def _first_date(day: str, why: Refusal | None) -> str:
    if why is not None and why.code is RefusalCode.TOO_LATE:
        return ngettext(
            "first date %(day)s: asks %(num)s day before",
            "first date %(day)s: asks %(num)s days before",
            int(str(why.params["days"])),
            day=day,
        )
    return gettext("first date %(day)s: nobody could answer earlier ones in time", day=day)
