"""Closures in words: when a facility is closed, why, and when the next update is due."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from booking.rules.slots import OPEN_END, Slot
from booking.wording import formats
from booking.wording.translator import gettext

_MIDNIGHT = time(0)


def closed_when(starts_at: datetime, ends_at: datetime | None, zone: ZoneInfo) -> str:
    """Return when it is closed: the days, where it is closed all day, else days and times.

    `Tue 12 – Fri 15 Jan 2027`; open-ended `from Tue 12 Jan 2027 on`.
    """
    starts = starts_at.astimezone(zone)
    if ends_at is None or ends_at >= OPEN_END:
        if starts.time() == _MIDNIGHT:
            return gettext("from %(day)s", day=formats.day(starts.date()))
        return gettext("from %(instant)s", instant=formats.instant(starts_at, zone))
    slot = Slot(starts_at, ends_at)
    if starts.time() == ends_at.astimezone(zone).time() == _MIDNIGHT:
        return formats.days(slot, zone)
    return formats.slot(slot, zone)


def next_update_text(day: date) -> str:
    """Return when news of an open-ended closure is due: `next word by Thu 14 Jan 2027`."""
    return gettext("next update by %(day)s", day=formats.day(day))


def closed_line(
    starts_at: datetime,
    ends_at: datetime | None,
    next_word_on: date | None,
    reason: str,
    zone: ZoneInfo,
) -> str:
    """Return when it is closed, when the next update is due, and why, as far as known.

    `reason` "": there is none, or the reader may not know it.
    """
    text = closed_when(starts_at, ends_at, zone)
    if ends_at is None and next_word_on is not None:
        text = gettext("%(closed)s, %(word)s", closed=text, word=next_update_text(next_word_on))
    if reason:
        text = gettext("%(closed)s: %(reason)s", closed=text, reason=reason)
    return text


def closed_text(
    starts_at: datetime,
    ends_at: datetime | None,
    next_word_on: date | None,
    reason: str,
    zone: ZoneInfo,
) -> str:
    """Return `closed_line` after the word "closed"."""
    line = closed_line(starts_at, ends_at, next_word_on, reason, zone)
    return gettext("closed %(when)s", when=line)
