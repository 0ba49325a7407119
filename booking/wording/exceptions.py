"""Broken rules in a few words, for those who decide and grant exceptions."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import Slot
from booking.wording import formats
from booking.wording.closures import closed_when
from booking.wording.terms import REFUSING_WORDS
from booking.wording.translator import gettext, lazy_gettext

_WORDS: dict[RefusalCode, Any] = {
    RefusalCode.BOOKED_ELSEWHERE: lazy_gettext("booked on its own site"),
    RefusalCode.CLOSED_STATUS: lazy_gettext("facility closed or planned"),
    RefusalCode.NOBODY_ANSWERS: lazy_gettext("nobody answers here"),
    RefusalCode.IN_THE_PAST: lazy_gettext("in the past"),
    RefusalCode.TOO_LATE: lazy_gettext("notice too short"),
    RefusalCode.DUE_ALREADY: lazy_gettext("too soon"),
    RefusalCode.BEYOND_HORIZON: lazy_gettext("too far ahead"),
    RefusalCode.NOT_OPEN: lazy_gettext("not open then"),
    RefusalCode.CLOSURE: lazy_gettext("closed then"),
    RefusalCode.TOO_SHORT: lazy_gettext("too short"),
    RefusalCode.TOO_LONG: lazy_gettext("too long"),
    RefusalCode.OFF_GRID: lazy_gettext("not at the allowed start and end times"),
    RefusalCode.NOT_BOOKABLE_WHOLE: lazy_gettext("cannot be booked as a whole"),
    RefusalCode.NOT_BOOKABLE_BY_PLACE: lazy_gettext("can only be booked as a whole"),
    RefusalCode.NO_PLACES: lazy_gettext("no number of places"),
    RefusalCode.TOO_MANY_PLACES: lazy_gettext("too many places"),
    RefusalCode.TAKEN: lazy_gettext("taken"),
    # Both sides read it: for whom it is kept is not said.
    RefusalCode.SET_ASIDE: lazy_gettext("kept free by the facility"),
    RefusalCode.NO_PEOPLE: lazy_gettext("no number of people"),
    RefusalCode.OVER_QUOTA: lazy_gettext("over the limit per organisation"),
    RefusalCode.TOO_MANY_OPEN: lazy_gettext("too many open requests"),
    RefusalCode.TOO_MANY_HELD_DAYS: lazy_gettext("too many days held"),
    RefusalCode.LEFT_TO_OTHERS: lazy_gettext("for somebody else to enter"),
    RefusalCode.DATES_OVERLAP: lazy_gettext("overlaps another of these dates"),
    RefusalCode.TOO_MANY_DATES: lazy_gettext("too many dates"),
    RefusalCode.TOO_MANY_OCCUPANCIES: lazy_gettext("too many places at once"),
}


def rule_word(code: str) -> str:
    """Return which rule is broken, from the stored code: `not open then`."""
    words = REFUSING_WORDS.get(RefusalCode(code))
    return str(_WORDS[RefusalCode(code)] if words is None else words.broken)


def broken_text(refusal: Refusal, zone: ZoneInfo) -> str:
    """Return which rule is broken, with its numbers, if any; times are in `zone`.

    It is for those who decide and, unlike `refusal_text`, gives no advice.
    """
    words = REFUSING_WORDS.get(refusal.code)
    if words is not None and words.broken_text is not None:
        return words.broken_text(refusal.params)
    text = _TEXTS.get(refusal.code)
    return text(refusal, zone) if text else rule_word(refusal.code)


def _not_open(refusal: Refusal, zone: ZoneInfo) -> str:
    day = formats.day(cast("datetime", refusal.params["day"]))
    if "holiday" in refusal.params:
        return gettext(
            "not open on %(day)s: %(holiday)s", day=day, holiday=refusal.params["holiday"]
        )
    hours = [slot for slot in refusal.params.values() if isinstance(slot, Slot)]
    if hours:
        spans = ", ".join(formats.times(slot, zone) for slot in hours)
        return gettext("open on %(day)s: %(hours)s", day=day, hours=spans)
    return gettext("not open on %(day)s", day=day)


def _closure(refusal: Refusal, zone: ZoneInfo) -> str:
    slot = cast("Slot", refusal.params["slot"])
    return gettext("closed %(when)s", when=closed_when(slot.starts_at, slot.ends_at, zone))


_TEXTS: dict[RefusalCode, Callable[[Refusal, ZoneInfo], str]] = {
    RefusalCode.NOT_OPEN: _not_open,
    RefusalCode.CLOSURE: _closure,
}
