"""The days of one facility's month, in words and with their links."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from booking.calendars.drawing.axis import days_window, month_weeks
from booking.calendars.drawing.bars import (
    KEY,
    bar_text,
    date_url,
    form_url,
    places_left,
    request_url,
    state_word,
)
from booking.calendars.drawing.picking import joined_ask, units_of_date
from booking.calendars.drawing.segments import DATES, Kind, Stretch
from booking.calendars.rows import CalendarRow
from booking.rules.opening import ONE_DAY, Unit, local_day
from booking.rules.slots import Slot
from booking.wording import formats

_MOST_WORDS = 2
# In this order the first that a day has gives it its look.
_STILL = (
    (Kind.BUSY, "busy"),
    (Kind.BOOKED, "busy"),
    (Kind.PARTLY, "partly"),
    (Kind.YOURS, "yours"),
    (Kind.ASKED, "asked"),
    (Kind.RIVAL, "asked"),
    (Kind.CLOSED, "closed"),
    (Kind.TOO_LATE, "too_late"),
    (Kind.NOT_YET, "not_yet"),
    (Kind.AGREED, "open"),
    (Kind.TOO_SHORT, "not_open"),
    (Kind.NEVER, "not_open"),
)


def weekdays() -> list[tuple[str, str]]:
    """Return short and long names of the days of the week, Monday first."""
    monday = date(2027, 1, 4)
    days = [monday + ONE_DAY * number for number in range(7)]
    return [(formats.weekday(day), formats.weekday_name(day)) for day in days]


def month_cells(
    row: CalendarRow,
    stretches: Sequence[Stretch],
    month: date,
    now: datetime,
    choice: Slot | None,
    day_url: Callable[[date], str],
) -> list[list[dict[str, Any]]]:
    """Return the weeks of the month as `_month.html` takes them.

    Free days of a calendar by day or half day lead into the form; those by the hour, and those
    with dates that the viewer may know beside free time, to their day (`day_url`).
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
                window = days_window(day, day, zone)
                here = [s for s in stretches if s.slot.overlaps(window)]
                cell |= day_look(row, here, day, today, now)
                cell["chosen"] = choice is not None and choice.overlaps(window)
                named = any(stretch.kind in DATES for stretch in here)
                if here and (row.effective.rules.unit is Unit.HOUR or (named and cell["asks"])):
                    cell["url"] = day_url(day)
            cells.append(cell)
        weeks.append(cells)
    return weeks


def month_kinds(weeks: Sequence[Sequence[Mapping[str, Any]]]) -> list[str]:
    """Return the states that the key of this month has to explain, in its order."""
    cells = [cell for week in weeks for cell in week if cell["in_month"]]
    states = {cell["state"] for cell in cells}
    if any(cell["chosen"] for cell in cells):
        states.add("choice")
    return [kind for kind in KEY if kind in states]


def month_drag(row: CalendarRow) -> dict[str, Any] | None:
    """Return what is needed for drawing first and last day over a month.

    `url` is the form without days, `longest` in days (None: no limit). None by the hour.
    """
    rules = row.effective.rules
    if rules.unit is Unit.HOUR or row.facts is None:
        return None
    longest = rules.maximum_units
    if longest is not None and rules.unit is Unit.HALF_DAY:
        longest = max(1, longest // 2)
    return {"url": form_url(row), "longest": longest}


def day_look(
    row: CalendarRow, stretches: Sequence[Stretch], day: date, today: date, now: datetime
) -> dict[str, Any]:
    """Return `state`, `words` (none: the state's own), `url` and `asks` of one day.

    `named` is there where it is not open: what keeps it shut, or None.
    """
    kinds = {stretch.kind for stretch in stretches}
    words, url = _date_words(stretches)
    free = [s for s in stretches if s.ask is not None and _belongs(row, s, day)]
    look: dict[str, Any] = {"words": words, "url": url, "asks": []}
    if day < today:
        return look | {"state": "past"}
    if free:
        taken = bool(kinds & {Kind.BUSY, Kind.PARTLY, Kind.BOOKED, Kind.YOURS})
        asks = [stretch.ask for stretch in free if stretch.ask is not None]
        return {
            "state": _state_with_free(kinds, taken),
            "words": [*words, *_free_words(row, free, taken)],
            "asks": asks,
            # Dates and free time in one cell: the dates are what is named first.
            "url": url if words else free_url(row, asks, now),
        }
    for kind, state in _STILL:
        if kind not in kinds:
            continue
        if kind is Kind.BUSY:
            words = [_("busy"), *words]
        elif kind in (Kind.TOO_SHORT, Kind.NEVER, Kind.AGREED) and not words:
            words = [next(state_word(s) for s in stretches if s.kind is kind)]
        if kind is Kind.AGREED:
            url = _agreed_url(row, day)
        return look | {"state": state, "words": words, "url": url}
    named = next((stretch.note for stretch in stretches if stretch.note), None)
    words = [_("not open"), named] if named else words
    return look | {"state": "not_open", "words": words, "named": named}


def _state_with_free(kinds: Collection[Kind], taken: bool) -> str:
    """Return the look of a day with free time in it: what is named first decides."""
    if Kind.YOURS in kinds:
        return "yours"
    if Kind.BOOKED not in kinds and (Kind.ASKED in kinds or Kind.RIVAL in kinds):
        return "asked"
    return "partly" if taken else "free"


def _agreed_url(row: CalendarRow, day: date) -> str:
    values: dict[str, Any] = {"facility": row.facility.slug}
    if row.effective.rules.unit is not Unit.HOUR:
        values |= {"first_day": day.isoformat(), "last_day": day.isoformat()}
    return url_for("requests.new", **values)


def _belongs(row: CalendarRow, stretch: Stretch, day: date) -> bool:
    """Tell whether free time is this day's: units belong to the day on which they begin."""
    zone = row.effective.rules.zone
    return row.effective.rules.unit is Unit.HOUR or local_day(stretch.slot.starts_at, zone) == day


def _date_words(stretches: Sequence[Stretch]) -> tuple[list[str], str | None]:
    dates = {s.date.occurrence_id: s for s in stretches if s.kind in DATES and s.date is not None}
    shown = list(dates.values())
    words = [bar_text(stretch) for stretch in shown[:_MOST_WORDS]]
    if len(shown) > _MOST_WORDS:
        rest = len(shown) - _MOST_WORDS
        words.append(ngettext("%(num)d more", "%(num)d more", rest))
    only = shown[0].date if len(shown) == 1 else None
    return words, date_url(only) if only is not None else None


def _free_words(row: CalendarRow, free: Sequence[Stretch], taken: bool) -> list[str]:
    rules = row.effective.rules
    if rules.unit is Unit.HALF_DAY:
        halves = {unit.half for s in free if s.ask for unit in units_of_date(rules, s.ask)}
        if halves == {0}:
            return [_("morning free")]
        if halves == {1}:
            return [_("afternoon free")]
    fewest = min((s for s in free if s.kind is Kind.PARTLY), key=lambda s: s.free, default=None)
    if fewest is not None:
        return [places_left(fewest)]
    return [_("partly taken")] if taken else [_("free")]


def free_url(row: CalendarRow, asks: Sequence[Slot], now: datetime) -> str | None:
    """Return the form filled with one date over all of `asks`, or with the first of them."""
    facts = row.facts
    if facts is None or not asks:
        return None
    ask = joined_ask(facts.rules, facts.deadlines, facts.room, facts.closures, asks, now)
    return request_url(row, ask)
