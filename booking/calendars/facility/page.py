"""One facility's calendar, as a part of its page."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from booking.calendars.drawing.axis import (
    QUARTER,
    WHOLE_DAY,
    ShownHours,
    WallAxis,
    days_axis,
    days_of,
    days_window,
    hour_ticks,
    hours_that_matter,
    wall_ticks,
)
from booking.calendars.drawing.bars import KEY, bars, key_of
from booking.calendars.drawing.month import month_cells, month_drag, month_kinds, weekdays
from booking.calendars.drawing.row_layout import states_of, stretches_of
from booking.calendars.drawing.segments import Kind, Stretch
from booking.calendars.drawing.sentences import (
    access_words,
    day_sentences,
    elsewhere_url,
    in_order,
)
from booking.calendars.facility.params import AskedCalendar, hours_link, title, trouble_words, ways
from booking.calendars.params import chosen_day, in_reach
from booking.calendars.rows import CalendarAccess, CalendarRow, basis_of_one, rows_of
from booking.db import clock
from booking.rules.drawn_days import DayRequestable
from booking.rules.opening import ONE_DAY, Unit, open_days
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode, earliest_day, earliest_open_day, lead_day
from booking.rules.visibility import Viewer
from booking.wording import formats
from booking.wording.zones import known_zone, noon_of, same_offset, zone_difference, zone_line

# So far ahead of the first day in time we look for one that is open and not closed.
_LOOK_DAYS = 62


def facility_calendar(facility_id: int, args: Mapping[str, str], viewer: Viewer) -> dict[str, Any]:
    """Return what `calendars/_facility.html` shows: one facility's free and taken times.

    `args` are the address's: view, on, hours, and the chosen date. Bad values never raise.

    Raises:
        NotFound: there is no such facility.
    """
    now = clock.now()
    asked = AskedCalendar(facility_id, args, now, basis_of_one(facility_id))
    named = chosen_day(args.get("on"), asked.today)
    wanted = named.day or (_day_of(asked.choice, asked.zone) if asked.choice else None)
    earliest = _earliest(asked)
    first, last = asked.period(wanted or earliest)
    if wanted is None:
        last = max(last, earliest + ONE_DAY * _LOOK_DAYS)
    window = days_window(first, last, asked.zone)
    (row,) = rows_of(asked.basis, [facility_id], window, viewer, now)
    on = wanted or _opening_day(asked, row, earliest)
    calendar = {
        "slug": row.facility.slug,
        "access": row.access.value,
        "words": access_words(row),
        "ask_url": url_for("requests.new", facility=row.facility.slug),
        "elsewhere_url": elsewhere_url(row),
        "subscribe_url": url_for("feeds.facility", slug=row.facility.slug),
        "shown": row.facts is not None and row.access is not CalendarAccess.ELSEWHERE,
        "zone": zone_line(asked.zone, on),
        "viewer_zone": _viewer_zone_line(asked.zone, on),
        "trouble": trouble_words(named.trouble),
    }
    if not calendar["shown"]:
        return calendar
    return calendar | _drawn(
        asked, row, on, why=_why_here(asked, row, on) if wanted is None else None
    )


def _drawn(asked: AskedCalendar, row: CalendarRow, on: date, why: str | None) -> dict[str, Any]:
    if row.facts is None:
        return {}
    first, last = asked.period(on)
    window = days_window(first, last, asked.zone)
    stretches = stretches_of(row.facts, window, asked.now, asked.choice)
    drawn = {"view": asked.view, "why_here": why, "title": title(asked, first, last, on)}
    drawn |= ways(asked, on)
    match asked.view:
        case "month":
            weeks = month_cells(
                row,
                stretches,
                on,
                asked.now,
                asked.choice,
                lambda day: asked.url(view="day", on=day.isoformat()),
            )
            return drawn | {
                "weeks": weeks,
                "weekdays": weekdays(),
                "kinds": month_kinds(weeks),
                "drag": month_drag(row),
            }
        case "list":
            return drawn | {"rows": _day_rows(asked, row, stretches, first, last, None)}
        case "day":
            return drawn | _one_day(asked, row, stretches, on)
    return drawn | _week(asked, row, stretches, first, last)


def _one_day(
    asked: AskedCalendar, row: CalendarRow, stretches: list[Stretch], on: date
) -> dict[str, Any]:
    window = days_window(on, on, asked.zone)
    hours = _hours(asked, stretches, on, on)
    axis = days_axis(on, on, asked.zone, hours, QUARTER)
    ticks = [
        (tick.column, formats.clock_time(tick.at.astimezone(asked.zone)) if tick.labelled else "")
        for tick in hour_ticks(axis, asked.zone)
    ]
    line = {
        "kind": "facility",
        "name": row.facility.name,
        "url": None,
        "depth": 0,
        "bars": bars(row, stretches, axis, asked.zone),
        "sentences": in_order(day_sentences(row, stretches, asked.zone, on)),
    }
    return {
        "rows": [line],
        "axis": {
            "title": formats.long_day(on),
            "zone_name": formats.zone_name(asked.zone),
            "columns": axis.columns,
            "ticks": ticks,
            "now_col": axis.column(asked.now),
            "now_text": formats.wall(asked.now, asked.zone),
        },
        "kinds": _kinds(stretches, window),
        **hours_link(asked, hours, on),
    }


def _week(
    asked: AskedCalendar, row: CalendarRow, stretches: list[Stretch], first: date, last: date
) -> dict[str, Any]:
    hours = _hours(asked, stretches, first, last)
    ticks = [
        (column, formats.clock_time(time(hour)) if labelled else "")
        for column, hour, labelled in wall_ticks(hours)
    ]
    return {
        "rows": _day_rows(asked, row, stretches, first, last, hours),
        "axis": {
            "title": formats.days(days_window(first, last, asked.zone), asked.zone),
            "zone_name": formats.zone_name(asked.zone),
            "columns": (hours.last - hours.first) * 4,
            "ticks": ticks,
            "now_col": None,
            "now_text": formats.wall(asked.now, asked.zone),
        },
        "kinds": _kinds(stretches, days_window(first, last, asked.zone)),
        **hours_link(asked, hours, first),
    }


def _day_rows(
    asked: AskedCalendar,
    row: CalendarRow,
    stretches: list[Stretch],
    first: date,
    last: date,
    hours: ShownHours | None,
) -> list[dict[str, Any]]:
    """Return a row for each day; without `hours` only what is said of it."""
    rows = []
    for number in range((last - first).days + 1):
        day = first + ONE_DAY * number
        drawn: list[dict[str, Any]] = []
        now_col = None
        if hours is not None:
            axis = WallAxis(day, asked.zone, hours)
            today = [s for s in stretches if s.slot.overlaps(axis.window)]
            drawn = bars(row, today, axis, asked.zone)
            now_col = axis.column(asked.now)
        url = asked.url(view="day", on=day.isoformat()) if in_reach(day, asked.today) else None
        rows.append(
            {
                "kind": "facility",
                "name": formats.short_day(day),
                "url": url,
                "depth": 0,
                "bars": drawn,
                "now_col": now_col,
                "sentences": in_order(day_sentences(row, stretches, asked.zone, day)),
            }
        )
    return rows


def _hours(asked: AskedCalendar, stretches: list[Stretch], first: date, last: date) -> ShownHours:
    """Return the hours that matter on these days, or all where that is asked for."""
    if asked.args.get("hours") == "all":
        return WHOLE_DAY
    rules = asked.basis.effective[asked.facility_id].rules
    # What is only ground or runs on for days says nothing of the hours people are about.
    matter = [s.slot for s in stretches if s.date is not None or s.kind is Kind.CHOICE]
    if rules.unit is not Unit.HOUR:
        matter = []
    if rules.hours.spans is not None:
        days = open_days(rules.hours, rules.zone, first - ONE_DAY, last)
        matter += [slot for day in days for slot in day.slots]
    first_hours = [
        hours_that_matter(matter, asked.zone, days_window(day, day, asked.zone))
        for day in (first + ONE_DAY * number for number in range((last - first).days + 1))
        if any(slot.overlaps(days_window(day, day, asked.zone)) for slot in matter)
    ]
    if not first_hours:
        return hours_that_matter([], asked.zone, days_window(first, last, asked.zone))
    return ShownHours(min(h.first for h in first_hours), max(h.last for h in first_hours))


def _kinds(stretches: list[Stretch], window: Slot) -> list[str]:
    """Return what the key has to explain: what is drawn."""
    shown = {key_of(stretch.kind) for stretch in stretches if stretch.slot.overlaps(window)}
    return [kind for kind in KEY if kind in shown]


def _day_of(slot: Slot, zone: ZoneInfo) -> date:
    return days_of(slot, zone)[0]


def _earliest(asked: AskedCalendar) -> date:
    """Return the day on which to start looking for one that can be asked for."""
    rules = asked.basis.effective[asked.facility_id].rules
    deadlines = asked.basis.deadlines_of(asked.facility_id, asked.now)
    day = earliest_day(rules, deadlines, asked.now)
    return day if in_reach(day, asked.today) else asked.today


def _opening_day(asked: AskedCalendar, row: CalendarRow, earliest: date) -> date:
    """Return the first day from `earliest` on with something free, else open; else today."""
    if row.facts is None or row.access is not CalendarAccess.DRAWN:
        return asked.today
    last = earliest + ONE_DAY * _LOOK_DAYS
    first_open = None
    for state in states_of(row.facts, earliest, last, asked.now):
        if state.asking is DayRequestable.OPEN and in_reach(state.day, asked.today):
            if state.free:
                return state.day
            first_open = first_open or state.day
    return first_open or asked.today


def _why_here(asked: AskedCalendar, row: CalendarRow, on: date) -> str | None:
    """Return why the calendar opens on this day, where it is not today."""
    if on == asked.today or row.facts is None or row.facts.rules.mode is not BookingMode.HERE:
        return None
    day = formats.short_day(on)
    lead = row.facts.rules.lead_time_days
    deadlines = asked.basis.deadlines_of(asked.facility_id, asked.now)
    is_first_open = on == earliest_open_day(row.facts.rules, deadlines, asked.now)
    if lead and is_first_open and _earliest(asked) == lead_day(row.facts.rules, asked.now):
        return ngettext(
            "Opens on %(day)s: the first day that can still be asked for (%(num)d day ahead).",
            "Opens on %(day)s: the first day that can still be asked for (%(num)d days ahead).",
            lead,
            day=day,
        )
    return _("Opens on %(day)s: the first day that can still be asked for.", day=day)


def _viewer_zone_line(zone: ZoneInfo, on: date) -> str | None:
    """Return how the viewer's time differs from the facility's on that day.

    None: it does not, or we do not know theirs.
    """
    noon, theirs = noon_of(zone, on), known_zone()
    if theirs is None or same_offset(zone, theirs, noon):
        return None
    return _("You: %(difference)s", difference=zone_difference(theirs, zone, noon))
