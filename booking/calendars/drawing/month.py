"""The month of one facility: a cell for each day, with its state, words and link."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import url_for

from booking.calendars.drawing.axis import month_weeks
from booking.calendars.drawing.bars import (
    KEY,
    bar_text,
    date_form_url,
    date_url,
    form_url,
    places_left_text,
    segment_word,
)
from booking.calendars.drawing.picking import joined_date
from booking.calendars.drawing.segments import DATES, Segment, SegmentKind
from booking.calendars.rows import CalendarAccess, CalendarRow
from booking.rules.date_days import day_stretch, days_of_date
from booking.rules.opening import ONE_DAY, Unit, local_day
from booking.rules.slots import Slot
from booking.wording import formats
from booking.wording.translator import gettext as _
from booking.wording.translator import ngettext

_MOST_WORDS = 2
_EARLY = ("past", "too_late", "not_open")
# The state of a day without free time: that of the first kind in this list that it has.
_STILL = (
    (SegmentKind.BUSY, "busy"),
    (SegmentKind.BOOKED, "busy"),
    (SegmentKind.SET_ASIDE, "busy"),
    (SegmentKind.PARTLY, "partly"),
    (SegmentKind.YOURS, "yours"),
    (SegmentKind.ASKED, "asked"),
    (SegmentKind.RIVAL, "asked"),
    (SegmentKind.CLOSED, "closed"),
    (SegmentKind.TOO_LATE, "too_late"),
    (SegmentKind.NOT_YET, "not_yet"),
    (SegmentKind.AGREED, "open"),
    (SegmentKind.TOO_SHORT, "too_short"),
    (SegmentKind.NEVER, "not_open"),
)


def weekdays() -> list[tuple[str, str]]:
    """Return short and long names of the days of the week, Monday first."""
    monday = date(2027, 1, 4)
    days = [monday + ONE_DAY * number for number in range(7)]
    return [(formats.weekday(day), formats.weekday_name(day)) for day in days]


def month_cells(
    row: CalendarRow,
    segments: Sequence[Segment],
    month: date,
    now: datetime,
    choice: Slot | None,
    day_url: Callable[[date], str],
) -> list[list[dict[str, Any]]]:
    """Return the weeks of the month as `_month.html` takes them.

    Free days link to the request form where the unit is a day or half day. By the hour, and
    where the viewer knows a date of that day, they link to the day (`day_url`).
    """
    zone = row.effective.rules.zone
    today = local_day(now, zone)
    weeks = []
    for week in month_weeks(month):
        cells = []
        for day in week:
            in_month = (day.year, day.month) == (month.year, month.month)
            cell = {
                "day": day,
                "number_text": formats.day_number(day),
                "label": formats.day(day),
                "in_month": in_month,
                "state": "not_open",
                "words": [],
                "url": None,
                "chosen": False,
            }
            if in_month:
                window = day_stretch(row.effective.rules, day)
                here = [s for s in segments if s.slot.overlaps(window)]
                cell |= day_cell(row, here, day, today, now)
                cell["chosen"] = choice is not None and choice.overlaps(window)
                named = any(segment.kind in DATES for segment in here)
                if here and (row.effective.rules.unit is Unit.HOUR or (named and cell["dates"])):
                    cell["url"] = day_url(day)
            cells.append(cell)
        weeks.append(cells)
    return weeks


def early_weeks(
    weeks: Sequence[Sequence[Mapping[str, Any]]], lead_days: int | None
) -> tuple[int, str | None]:
    """Return how many leading weeks hold nothing but days for which the notice is too short.

    Such weeks shrink to one line; the second value is its text, None without such weeks.
    `lead_days` is the notice that the facility needs.
    """
    early: list[Mapping[str, Any]] = []
    number = 0
    for week in weeks:
        cells = [cell for cell in week if cell["in_month"]]
        if any(cell["state"] not in _EARLY or cell["chosen"] for cell in cells):
            break
        early += cells
        number += 1
    if not any(cell["state"] == "too_late" for cell in early):
        return 0, None
    days = formats.days_of_month(early[0]["day"], early[-1]["day"])
    if not lead_days:
        return number, _("%(days)s: notice too short", days=days)
    text = ngettext(
        "%(days)s: notice too short (%(num)d day needed)",
        "%(days)s: notice too short (%(num)d days needed)",
        lead_days,
        days=days,
    )
    return number, text


def month_kinds(weeks: Sequence[Sequence[Mapping[str, Any]]]) -> list[str]:
    """Return the states in this month, in the order of the key."""
    cells = [cell for week in weeks for cell in week if cell["in_month"]]
    states = {cell["state"] for cell in cells}
    if any(cell["chosen"] for cell in cells):
        states.add("choice")
    return [kind for kind in KEY if kind in states]


def month_drag(row: CalendarRow) -> dict[str, Any] | None:
    """Return what the script needs to draw a date of several days over a month.

    `url` is the form without days, `longest` is in days (None: no limit). None by the hour.
    """
    rules = row.effective.rules
    if rules.unit is Unit.HOUR or row.data is None or row.access is not CalendarAccess.DRAWN:
        return None
    longest = rules.maximum_units
    if longest is not None and rules.unit is Unit.HALF_DAY:
        longest = max(1, longest // 2)
    return {"url": form_url(row), "longest": longest}


def day_cell(
    row: CalendarRow,
    segments: Sequence[Segment],
    day: date,
    today: date,
    now: datetime,
    *,
    links_free: bool = True,
) -> dict[str, Any]:
    """Return one day as `state`, `words` (empty: the state's own), `url` and `dates`.

    `dates` are the dates that can be requested. A day that is not open also has `named`: the
    holiday or note that says why, or None. Without `links_free` a free day has no `url`.
    """
    kinds = {segment.kind for segment in segments}
    words, url = _date_words(segments)
    free = [s for s in segments if s.clicked_date is not None and _belongs(row, s, day)]
    cell: dict[str, Any] = {"words": words, "url": url, "dates": []}
    if day < today:
        return cell | {"state": "past"}
    if free:
        taken = bool(
            kinds
            & {
                SegmentKind.BUSY,
                SegmentKind.PARTLY,
                SegmentKind.BOOKED,
                SegmentKind.YOURS,
                SegmentKind.SET_ASIDE,
            }
        )
        dates = [segment.clicked_date for segment in free if segment.clicked_date is not None]
        return {
            "state": _state_with_free(kinds, taken),
            "words": [*words, *_free_words(row, free, taken)],
            "dates": dates,
            # With both dates and free time in a cell, the dates are named first.
            "url": free_url(row, dates, now) if links_free and not words else url,
        }
    for kind, state in _STILL:
        if kind not in kinds:
            continue
        if kind is SegmentKind.BUSY:
            words = [_("busy"), *words]
        elif kind in (SegmentKind.TOO_SHORT, SegmentKind.NEVER, SegmentKind.AGREED) and not words:
            words = [next(segment_word(s) for s in segments if s.kind is kind)]
        if kind is SegmentKind.AGREED:
            url = _agreed_url(row, day)
        return cell | {"state": state, "words": words, "url": url}
    named = next((segment.note for segment in segments if segment.note), None)
    words = [_("not open"), named] if named else words
    return cell | {"state": "not_open", "words": words, "named": named}


def _state_with_free(kinds: Collection[SegmentKind], taken: bool) -> str:
    """Return the state of a day with free time: that of the date named first, if any."""
    if SegmentKind.YOURS in kinds:
        return "yours"
    if SegmentKind.BOOKED not in kinds and (
        SegmentKind.ASKED in kinds or SegmentKind.RIVAL in kinds
    ):
        return "asked"
    return "partly" if taken else "free"


def _agreed_url(row: CalendarRow, day: date) -> str:
    values: dict[str, Any] = {"facility": row.facility.slug}
    if row.effective.rules.unit is not Unit.HOUR:
        values |= {"first_day": day.isoformat(), "last_day": day.isoformat()}
    return url_for("requests.new", **values)


def _belongs(row: CalendarRow, segment: Segment, day: date) -> bool:
    """Return whether free time belongs to this day: a unit belongs to the day that it begins on."""
    rules = row.effective.rules
    return rules.unit is Unit.HOUR or days_of_date(rules, segment.slot).first == day


def _date_words(segments: Sequence[Segment]) -> tuple[list[str], str | None]:
    dates = {s.date.occurrence_id: s for s in segments if s.kind in DATES and s.date is not None}
    shown = [*dates.values(), *(s for s in segments if s.kind is SegmentKind.SET_ASIDE)]
    words = [bar_text(segment) for segment in shown[:_MOST_WORDS]]
    if len(shown) > _MOST_WORDS:
        rest = len(shown) - _MOST_WORDS
        words.append(ngettext("%(num)d more", "%(num)d more", rest))
    only = shown[0].date if len(shown) == 1 else None
    return words, date_url(only) if only is not None else None


def _free_words(row: CalendarRow, free: Sequence[Segment], taken: bool) -> list[str]:
    rules = row.effective.rules
    if rules.unit is Unit.HALF_DAY:
        dates = [days_of_date(rules, s.clicked_date) for s in free if s.clicked_date]
        halves = {half for one in dates for half in (one.first_half, one.last_half)}
        if halves == {0}:
            return [_("morning free")]
        if halves == {1}:
            return [_("afternoon free")]
    fewest = min(
        (s for s in free if s.kind is SegmentKind.PARTLY), key=lambda s: s.free, default=None
    )
    if fewest is not None:
        return [places_left_text(fewest)]
    return [_("partly taken")] if taken else [_("free")]


def free_url(row: CalendarRow, dates: Sequence[Slot], now: datetime) -> str | None:
    """Return the form filled with one date that spans `dates`, or with the first of them."""
    data = row.data
    if data is None or not dates:
        return None
    joined = joined_date(data.rules, data.deadlines, data.room, data.closures, dates, now)
    return date_form_url(row, joined)
