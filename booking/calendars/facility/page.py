"""One facility's calendar, as part of its page: day, week, month or list."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from itertools import chain
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
    relevant_hours,
    wall_ticks,
)
from booking.calendars.drawing.bars import KEY, key_of, written_bars
from booking.calendars.drawing.month import (
    early_weeks,
    month_cells,
    month_drag,
    month_kinds,
    weekdays,
)
from booking.calendars.drawing.row_layout import row_day_states, row_segments
from booking.calendars.drawing.row_markup import written_lane
from booking.calendars.drawing.segments import Segment, SegmentKind
from booking.calendars.drawing.sentences import (
    access_text,
    day_sentences,
    elsewhere_url,
    in_order,
)
from booking.calendars.facility.params import (
    FacilityCalendarParams,
    day_fault_text,
    hours_link,
    period_title,
    view_links,
)
from booking.calendars.params import chosen_day, in_calendar_range
from booking.calendars.rows import CalendarAccess, CalendarContext, CalendarRow, calendar_rows
from booking.rules.clock_changes import shows_the_present
from booking.rules.drawn_days import DayRequestable
from booking.rules.opening import ONE_DAY, Unit, by_weeks, open_days
from booking.rules.slots import Slot, merge
from booking.rules.terms import BookingMode, earliest_day, earliest_open_day, lead_day, reach
from booking.rules.visibility import Viewer
from booking.rules.waiting_list import date_over
from booking.search.cards import free_text
from booking.search.prefill import request_args
from booking.web.links import link
from booking.wording import formats
from booking.wording.zones import known_zone, noon_of, same_offset, zone_difference, zone_line

# So many taken times have a link below the calendar.
_TAKEN_SHOWN = 6
# How many days after the lead time are searched for one that is open.
_SEARCH_DAYS = 62


def facility_calendar(
    context: CalendarContext,
    facility_id: int,
    args: Mapping[str, str],
    viewer: Viewer,
    now: datetime,
) -> dict[str, Any]:
    """Return the values of `calendars/_facility.html`: one facility's free and taken times.

    `args` are those of the address: view, on, hours, and the chosen date. Bad values never raise.
    `shows_present` says whether they change with every minute. `context` has the facility.
    """
    params = FacilityCalendarParams(facility_id, args, now, context)
    named = chosen_day(args.get("on"), params.today)
    wanted = named.day or (_day_of(params.choice, params.zone) if params.choice else None)
    earliest = _earliest(params)
    first, last = params.period(wanted or earliest)
    if wanted is None:
        # Where nothing can be requested, the calendar opens on today.
        first = min(first, params.period(params.today)[0])
        last = max(last, earliest + ONE_DAY * _SEARCH_DAYS)
    window = days_window(first, last, params.zone)
    (row,) = calendar_rows(params.context, [facility_id], window, viewer, now)
    on = wanted or _start_day(params, row, earliest)
    calendar = {
        "slug": row.facility.slug,
        "access": row.access.value,
        "access_text": access_text(row),
        "ask_url": url_for("requests.new", facility=row.facility.slug),
        "elsewhere_url": elsewhere_url(row),
        "subscribe_url": url_for("feeds.facility", slug=row.facility.slug),
        "shown": row.data is not None and row.access is not CalendarAccess.ELSEWHERE,
        "zone": zone_line(params.zone, on),
        "viewer_zone": _viewer_zone_line(params.zone, on),
        "day_fault": day_fault_text(named.fault),
        "shows_present": shows_the_present(
            row.effective.rules, days_window(*params.period(on), params.zone), now
        ),
    }
    if not calendar["shown"]:
        return calendar
    return calendar | _drawn(
        params, row, on, why=_why_here(params, row, on) if wanted is None else None
    )


def _drawn(
    params: FacilityCalendarParams, row: CalendarRow, on: date, why: str | None
) -> dict[str, Any]:
    if row.data is None:
        return {}
    first, last = params.period(on)
    window = days_window(first, last, params.zone)
    segments = row_segments(row.data, window, params.now, params.choice)
    drawn: dict[str, Any] = {
        "view": params.view,
        "why_here": why,
        "title": period_title(params, first, last, on),
    }
    drawn |= view_links(params, on)
    drawn["taken"] = _taken_links(row, segments, window, params.now)
    match params.view:
        case "month":
            weeks = month_cells(
                row,
                segments,
                on,
                params.now,
                params.choice,
                lambda day: params.url(view="day", on=day.isoformat()),
            )
            early, early_text = early_weeks(weeks, row.data.rules.lead_time_days)
            return drawn | {
                "weeks": weeks[early:],
                "early_text": early_text,
                "weekdays": weekdays(),
                "kinds": month_kinds(weeks[early:]),
                "drag": month_drag(row),
            }
        case "list":
            return drawn | {"rows": _day_rows(params, row, segments, first, last, None)}
        case "day":
            return drawn | _one_day(params, row, segments, on)
    return drawn | _week(params, row, segments, first, last)


def _taken_links(
    row: CalendarRow, segments: Sequence[Segment], window: Slot, now: datetime
) -> list[tuple[str, str]] | None:
    """Return links (text and address) to be told when the first taken times here become free.

    None where nothing is taken that could be requested otherwise.
    """
    rules, data = row.effective.rules, row.data
    if data is None or row.access is not CalendarAccess.DRAWN:
        return None
    within = reach(rules, data.deadlines, now)
    taken = [
        part
        for segment in segments
        if segment.kind is SegmentKind.BUSY
        and (shown := segment.slot.intersection(window)) is not None
        and (part := within.clip(shown.starts_at, shown.ends_at)) is not None
    ]
    dates = [date_over(rules, slot) for slot in merge(taken)][:_TAKEN_SHOWN]
    slug = row.facility.slug
    return [
        (free_text(one, rules), link("requests.tell_me", request_args(one, rules), slug=slug))
        for one in dates
    ] or None


def _one_day(
    params: FacilityCalendarParams, row: CalendarRow, segments: list[Segment], on: date
) -> dict[str, Any]:
    window = days_window(on, on, params.zone)
    hours = _hours(params, segments, on, on)
    axis = days_axis(on, on, params.zone, hours, QUARTER)
    ticks = [
        (tick.column, formats.clock_time(tick.at.astimezone(params.zone)) if tick.labelled else "")
        for tick in hour_ticks(axis, params.zone)
    ]
    bars = written_bars(row, segments, axis, params.zone)
    line = {
        "kind": "facility",
        "name": row.facility.name,
        "url": None,
        "depth": 0,
        "lane": written_lane(bars.items, bars.lines, axis.columns),
        "can_draw": bars.can_draw,
        "sentences": in_order(day_sentences(row, segments, params.zone, on)),
    }
    return {
        "rows": [line],
        "axis": {
            "title": formats.long_day(on),
            "zone_name": formats.zone_name(params.zone),
            "columns": axis.columns,
            "ticks": ticks,
            "now_col": axis.column(params.now),
            "now_text": formats.wall(params.now, params.zone),
        },
        "kinds": _kinds(segments, window),
        **hours_link(params, hours, on),
    }


def _week(
    params: FacilityCalendarParams,
    row: CalendarRow,
    segments: list[Segment],
    first: date,
    last: date,
) -> dict[str, Any]:
    hours = _hours(params, segments, first, last)
    ticks = [
        (column, formats.clock_time(time(hour)) if labelled else "")
        for column, hour, labelled in wall_ticks(hours)
    ]
    return {
        "rows": _day_rows(params, row, segments, first, last, hours),
        "axis": {
            "title": formats.days(days_window(first, last, params.zone), params.zone),
            "zone_name": formats.zone_name(params.zone),
            "columns": (hours.last - hours.first) * 4,
            "ticks": ticks,
            "now_col": None,
            "now_text": formats.wall(params.now, params.zone),
        },
        "kinds": _kinds(segments, days_window(first, last, params.zone)),
        **hours_link(params, hours, first),
    }


def _day_rows(
    params: FacilityCalendarParams,
    row: CalendarRow,
    segments: list[Segment],
    first: date,
    last: date,
    hours: ShownHours | None,
) -> list[dict[str, Any]]:
    """Return a row for each day; without `hours` it has sentences and no bars."""
    rows = []
    for number in range((last - first).days + 1):
        day = first + ONE_DAY * number
        drawn: dict[str, Any] = {}
        if hours is not None:
            axis = WallAxis(day, params.zone, hours)
            today = [s for s in segments if s.slot.overlaps(axis.window)]
            bars = written_bars(row, today, axis, params.zone)
            now_col = axis.column(params.now)
            drawn = {
                "lane": written_lane(bars.items, bars.lines, axis.columns, now_col),
                "can_draw": bars.can_draw,
                "now_col": now_col,
            }
        url = (
            params.url(view="day", on=day.isoformat())
            if in_calendar_range(day, params.today)
            else None
        )
        rows.append(
            {
                "kind": "facility",
                "name": formats.short_day(day),
                "url": url,
                "depth": 0,
                "sentences": in_order(day_sentences(row, segments, params.zone, day)),
            }
            | drawn
        )
    return rows


def _hours(
    params: FacilityCalendarParams, segments: list[Segment], first: date, last: date
) -> ShownHours:
    """Return the hours to show of these days; all of them if the address says so."""
    if params.args.get("hours") == "all":
        return WHOLE_DAY
    rules = params.context.effective[params.facility_id].rules
    # Background and bookings of whole days do not count for the hours shown.
    matter = [s.slot for s in segments if s.date is not None or s.kind is SegmentKind.CHOICE]
    if rules.unit is not Unit.HOUR:
        matter = []
    if rules.hours.spans is not None:
        days = open_days(rules.hours, rules.zone, first - ONE_DAY, last)
        matter += [slot for day in days for slot in day.slots]
    first_hours = [
        relevant_hours(matter, params.zone, days_window(day, day, params.zone))
        for day in (first + ONE_DAY * number for number in range((last - first).days + 1))
        if any(slot.overlaps(days_window(day, day, params.zone)) for slot in matter)
    ]
    if not first_hours:
        return relevant_hours([], params.zone, days_window(first, last, params.zone))
    return ShownHours(min(h.first for h in first_hours), max(h.last for h in first_hours))


def _kinds(segments: list[Segment], window: Slot) -> list[str]:
    """Return the key entries of what is drawn."""
    shown = {key_of(segment.kind) for segment in segments if segment.slot.overlaps(window)}
    return [kind for kind in KEY if kind in shown]


def _day_of(slot: Slot, zone: ZoneInfo) -> date:
    return days_of(slot, zone)[0]


def _earliest(params: FacilityCalendarParams) -> date:
    """Return the first local day that the lead time allows, or today if it is out of range."""
    rules = params.context.effective[params.facility_id].rules
    deadlines = params.context.deadlines_of(params.facility_id, params.now)
    day = earliest_day(rules, deadlines, params.now)
    return day if in_calendar_range(day, params.today) else params.today


def _start_day(params: FacilityCalendarParams, row: CalendarRow, earliest: date) -> date:
    """Return the first day from `earliest` with free time, else the first open one, else today."""
    if row.data is None or row.access is not CalendarAccess.DRAWN:
        return params.today
    last = earliest + ONE_DAY * _SEARCH_DAYS
    weeks = by_weeks(earliest, last)
    states = chain.from_iterable(row_day_states(row.data, *week, params.now) for week in weeks)
    first_open = None
    for state in states:
        if state.requestable is DayRequestable.OPEN and in_calendar_range(state.day, params.today):
            if state.free:
                return state.day
            first_open = first_open or state.day
    return first_open or params.today


def _why_here(params: FacilityCalendarParams, row: CalendarRow, on: date) -> str | None:
    """Return why the calendar starts on this day; None if it is today."""
    if on == params.today or row.data is None or row.data.rules.mode is not BookingMode.HERE:
        return None
    day = formats.short_day(on)
    lead = row.data.rules.lead_time_days
    deadlines = params.context.deadlines_of(params.facility_id, params.now)
    is_first_open = on == earliest_open_day(row.data.rules, deadlines, params.now)
    if lead and is_first_open and _earliest(params) == lead_day(row.data.rules, params.now):
        return ngettext(
            "Starts at %(day)s, the earliest date you can request (%(num)d day ahead).",
            "Starts at %(day)s, the earliest date you can request (%(num)d days ahead).",
            lead,
            day=day,
        )
    return _("Starts at %(day)s, the earliest date you can request.", day=day)


def _viewer_zone_line(zone: ZoneInfo, on: date) -> str | None:
    """Return how the viewer's time differs from the facility's on that day.

    None: there is no difference, or the viewer's zone is not known.
    """
    noon, theirs = noon_of(zone, on), known_zone()
    if theirs is None or same_offset(zone, theirs, noon):
        return None
    return _("You: %(difference)s", difference=zone_difference(theirs, zone, noon))
