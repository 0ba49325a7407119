"""Parsing days and times of day as people type them, in many notations."""

import re
from collections.abc import Callable
from datetime import date, time

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEARS = range(2000, 2200)
"""A year outside is a typing error, and far years have no time zone rules."""

_YEAR_FIRST = re.compile(r"([0-9]{4})[-./]([0-9]{1,2})[-./]([0-9]{1,2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})[-./ ]+([0-9]{1,2})[-./ ]+([0-9]{4})")
_NAMED = re.compile(r"(?:[a-z]+[., ]+)?([0-9]{1,2})(?:\.|st|nd|rd|th)? *([a-z]+)\.?,? *([0-9]{4})")
_NAME_FIRST = re.compile(r"([a-z]+)\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4})")
_CLOCK = re.compile(r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?(?::00)? ?(h|am|pm)?")
_FOUR_DIGITS = re.compile(r"([0-9]{2})([0-9]{2})()")


def _named_month(name: str) -> int:
    return _MONTHS.index(name[:3]) + 1 if name[:3] in _MONTHS else 0


_READINGS: tuple[tuple[re.Pattern[str], Callable[[str, str, str], tuple[int, int, int]]], ...] = (
    (_YEAR_FIRST, lambda y, m, d: (int(y), int(m), int(d))),
    (_DAY_FIRST, lambda d, m, y: (int(y), int(m), int(d))),
    (_NAMED, lambda d, name, y: (int(y), _named_month(name), int(d))),
    (_NAME_FIRST, lambda name, d, y: (int(y), _named_month(name), int(d))),
)


def parse_day(text: str) -> date | None:
    """Return the day that was typed, or None if it cannot be read.

    `2027-01-14`, `14.1.2027`, `14/01/2027` (the day first, as in Europe), `14 Jan 2027`,
    `Thu 14 January 2027`, `Jan 14, 2027`. Years from 2000 to 2199.
    """
    written = text.strip().lower()
    for pattern, reading in _READINGS:
        match = pattern.fullmatch(written)
        if match is None:
            continue
        year, month, day = reading(match[1], match[2], match[3])
        try:
            read = date(year, month, day)
        except ValueError:
            continue
        return read if read.year in _YEARS else None
    return None


def parse_time(text: str) -> time | None:
    """Return the time of day that was typed, or None if it cannot be read.

    `9`, `9:00`, `09.00`, `9h30`, `0930`, `9 am`, `9:30 pm`. `24:00` is 00:00: as an end
    both mean the following midnight.
    """
    written = text.strip().lower()
    match = _FOUR_DIGITS.fullmatch(written) or _CLOCK.fullmatch(written)
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    if (hour, minute) == (24, 0):
        hour = 0
    try:
        return time(hour, minute)
    except ValueError:
        return None
