"""Dates of a facility in words, in its own calendar."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from booking.rules.date_days import days_of_date
from booking.rules.opening import Unit
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms
from booking.wording import formats
from booking.wording.translator import ngettext


def date_days(slot: Slot, rules: BookingTerms) -> str:
    """Return the days of a date: `Thu 14 Jan 2027` or `Thu 14 – Fri 15 Jan 2027`.

    An opening over midnight counts as the day on which it begins, see `rules.date_days`.
    """
    days = days_of_date(rules, slot)
    return formats.day_range(days.first, days.last)


def date_text(slot: Slot, rules: BookingTerms) -> str:
    """Return one date: by the day its days, else its days and times."""
    if rules.unit is Unit.DAY:
        return date_days(slot, rules)
    return formats.slot(slot, rules.zone)


def dates_text(slots: Sequence[Slot], zone: ZoneInfo, rules: BookingTerms | None = None) -> str:
    """Return one date in full, or the first of several and how many follow.

    Without `rules` a date is written with its times.
    """
    if not slots:
        return ""
    first = formats.slot(slots[0], zone) if rules is None else date_text(slots[0], rules)
    others = len(slots) - 1
    if not others:
        return first
    return ngettext(
        "%(first)s and %(num)d more date", "%(first)s and %(num)d more dates", others, first=first
    )
