"""One date in words, or the first of several and how many follow."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from flask_babel import ngettext

from booking.rules.opening import Unit
from booking.rules.slots import Slot
from booking.wording.formats import days, slot


def dates_text(slots: Sequence[Slot], zone: ZoneInfo, unit: Unit | None = None) -> str:
    """Return one date in full, or the first of several and how many follow.

    By the day a date is written as its days, else (or if the unit is not known) with its times.
    """
    if not slots:
        return ""
    first = days(slots[0], zone) if unit is Unit.DAY else slot(slots[0], zone)
    others = len(slots) - 1
    if not others:
        return first
    return ngettext(
        "%(first)s and %(num)d more date", "%(first)s and %(num)d more dates", others, first=first
    )
