"""The time around a request, for those who decide: its dates, its rivals, and what is taken.

It is one day by the hour, and two weeks where a facility is booked by the day or half day.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.models import Organisation
from booking.bookings.deciding import BookingDeciders
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.bookings.readers import readers_by_request
from booking.calendars.drawing.axis import (
    QUARTER,
    Axis,
    days_axis,
    hour_ticks,
    place_bars,
    relevant_hours,
)
from booking.calendars.drawing.row_layout import row_segments
from booking.calendars.drawing.segments import PRIORITY, RowData, Segment, SegmentKind
from booking.calendars.rows import calendar_rows, facility_context
from booking.extensions import db
from booking.rules.date_days import day_stretch
from booking.rules.opening import ONE_DAY, Unit, day_units, open_days, to_instant
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms
from booking.rules.visibility import NOT_NAMED, Viewer, sees_booking

#: How many days are shown where a facility is booked by the day.
STRIP_DAYS = 14
_MOST_TAKEN_LINES = 4
_MOMENT = timedelta(minutes=1)


class LineKind(StrEnum):
    """What a line of the day shows."""

    THIS = "this"
    RIVAL = "rival"  # another request that still waits; which came first is not said
    TAKEN = "taken"


@dataclass(frozen=True)
class DayBar:
    """One bar: its `kind` as in timelines, its columns, and the segment it shows."""

    kind: str
    start_col: int
    span: int
    segment: Segment


_BarsOf = Callable[[Sequence[Segment]], list[DayBar]]


@dataclass(frozen=True)
class DayLine:
    """One line with its dates, `slots` (unclipped), and their bars.

    `name` is the organisation. It is None for own use, and where the viewer may not know it:
    then `known` is false.
    """

    kind: LineKind
    name: str | None
    known: bool
    slots: tuple[Slot, ...]
    bars: tuple[DayBar, ...]


@dataclass(frozen=True)
class DecisionDay:
    """The days of a facility from `day` to `last`, in its `zone`.

    By the hour it is one local day, cut to the relevant hours. By the day (`by_days`) it is two
    weeks with a column for each day, by the half day with two. `ticks` are pairs of column and
    instant; the instant is None for a line without a label. `background` has the time that is not
    open or closed, drawn under every line.
    """

    day: date
    last: date
    rules: BookingTerms
    zone: ZoneInfo
    columns: int
    ticks: tuple[tuple[int, datetime | None], ...]
    background: tuple[DayBar, ...]
    lines: tuple[DayLine, ...]

    @property
    def by_days(self) -> bool:
        """Return whether its columns are days or half days."""
        return self.rules.unit is not Unit.HOUR

    def is_exceeded_by(self, slot: Slot) -> bool:
        """Return whether a date begins before these days or ends after them."""
        return not _window(self.rules, self.day, self.last).contains(slot)


@dataclass(frozen=True)
class _RequestedDate:
    slot: Slot
    occurrence_id: int
    request_id: int
    name: str | None
    known: bool


def decision_day(
    facility_id: int,
    day: date,
    *,
    this: Collection[int],
    rivals: Collection[int] = (),
    viewer: Viewer,
    now: datetime,
    for_organisation: int = NOT_NAMED,
) -> DecisionDay:
    """Return one local day of a facility, or the two weeks around it, for who decides on `this`.

    `this` and `rivals` are occurrence ids; those on days not shown are left out. Places that these
    dates hold themselves do not count as taken, nor does what is set aside for
    `for_organisation`, which sent them. Names that the viewer may not know are None.

    Raises:
        NotFound: there is no such facility.
    """
    context = facility_context(facility_id)
    rules = context.effective[facility_id].rules
    zone = rules.zone
    first, last = shown_days(rules, day)
    window = _window(rules, first, last)
    without = {*this, *rivals}
    (row,) = calendar_rows(
        context,
        [facility_id],
        window,
        viewer,
        now,
        without=without,
        for_deciders=True,
        for_organisation=for_organisation,
    )
    requested = _requested_dates(without, window, viewer, now)
    mine = [one for one in requested if one.occurrence_id in this]
    others = [one for one in requested if one.occurrence_id not in this]
    segments = _segments(row.data, window, now, without)
    if rules.unit is not Unit.HOUR:
        columns = _columns(rules, first, last)
        bars_of: _BarsOf = partial(_bars_by_column, columns)
        background = _background_of_days(rules, row.data, columns, first, last)
        every = len(columns) // STRIP_DAYS
        ticks = [(n + 1, columns[n].starts_at) for n in range(0, len(columns), every)]
        return DecisionDay(
            day=first,
            last=last,
            rules=rules,
            zone=zone,
            columns=len(columns),
            ticks=tuple(ticks),
            background=tuple(bars_of(background)),
            lines=_lines(bars_of, mine, others, segments),
        )
    open_slots = [
        slot
        for open_day in open_days(row.effective.rules.hours, zone, day, day)
        for slot in open_day.slots
    ]
    dates = [one.slot for one in requested]
    if row.effective.rules.hours.spans and open_slots:
        dates = [*(piece for one in dates for piece in _edges(one, window)), *open_slots]
    axis = days_axis(day, day, zone, relevant_hours(dates, zone, window), QUARTER)
    bars_of = partial(_bars, axis)
    return DecisionDay(
        day=day,
        last=day,
        rules=rules,
        zone=zone,
        columns=axis.columns,
        ticks=tuple(
            (tick.column, tick.at if tick.labelled else None) for tick in hour_ticks(axis, zone)
        ),
        background=tuple(
            bars_of([s for s in segments if s.kind in (SegmentKind.NOT_OPEN, SegmentKind.CLOSED)])
        ),
        lines=_lines(bars_of, mine, others, segments),
    )


def shown_days(rules: BookingTerms, day: date) -> tuple[date, date]:
    """Return the first and the last day that are shown around a day."""
    if rules.unit is Unit.HOUR:
        return day, day
    first = day - ONE_DAY * day.weekday()
    return first, first + ONE_DAY * (STRIP_DAYS - 1)


def _window(rules: BookingTerms, first: date, last: date) -> Slot:
    return Slot(day_stretch(rules, first).starts_at, day_stretch(rules, last).ends_at)


def _columns(rules: BookingTerms, first: date, last: date) -> list[Slot]:
    """Return the stretch of each day, or of each half, without gaps."""
    columns = []
    for number in range((last - first).days + 1):
        day = first + ONE_DAY * number
        stretch = day_stretch(rules, day)
        noon = to_instant(rules.zone, day, rules.half_day_time)
        # An opening of the day before may last until after noon.
        noon = min(max(noon, stretch.starts_at + _MOMENT), stretch.ends_at - _MOMENT)
        if rules.unit is Unit.DAY:
            columns.append(stretch)
        else:
            columns += [Slot(stretch.starts_at, noon), Slot(noon, stretch.ends_at)]
    return columns


def _background_of_days(
    rules: BookingTerms, data: RowData | None, columns: Sequence[Slot], first: date, last: date
) -> list[Segment]:
    """Return the columns in which nothing is open, or something open is closed."""
    days = open_days(rules.hours, rules.zone, first, last)
    units = [unit.slot for unit in day_units(days, rules.unit, rules.zone, rules.half_day_time)]
    closures = data.closures if data else []
    found = []
    for column in columns:
        here = [unit for unit in units if unit.overlaps(column)]
        if not here:
            found.append(Segment(SegmentKind.NOT_OPEN, column))
        elif any(unit.overlaps(closure) for unit in here for closure in closures):
            found.append(Segment(SegmentKind.CLOSED, column))
    return found


def _bars_by_column(columns: Sequence[Slot], segments: Sequence[Segment]) -> list[DayBar]:
    """Return the bars of one line; a column that several touch goes to the highest priority."""
    bars: list[DayBar] = []
    for number, column in enumerate(columns, start=1):
        here = [segment for segment in segments if segment.slot.overlaps(column)]
        if not here:
            continue
        top = max(here, key=lambda segment: PRIORITY[segment.kind])
        last = bars[-1] if bars else None
        if last and last.segment is top and last.start_col + last.span == number:
            bars[-1] = replace(last, span=last.span + 1)
        else:
            bars.append(DayBar(top.kind.value, number, 1, top))
    return bars


def _lines(
    bars_of: _BarsOf,
    mine: Sequence[_RequestedDate],
    others: Sequence[_RequestedDate],
    segments: Sequence[Segment],
) -> tuple[DayLine, ...]:
    """Return this request's line, one for each rival, and what is taken."""
    lines = [_line(bars_of, LineKind.THIS, mine, SegmentKind.CHOICE)] if mine else []
    for request_id in dict.fromkeys(one.request_id for one in others):
        rival = [one for one in others if one.request_id == request_id]
        lines.append(_line(bars_of, LineKind.RIVAL, rival, SegmentKind.RIVAL))
    return (*lines, *_taken_lines(bars_of, segments))


def _edges(slot: Slot, window: Slot) -> list[Slot]:
    """Return the part of a date that must be visible that day: all of it, or its start and end.

    Of a date of several days the nights in between need not be shown.
    """
    if window.contains(slot):
        return [slot]
    edges = (slot.starts_at, slot.ends_at - _MOMENT)
    around = (Slot(edge, edge + _MOMENT) for edge in edges)
    return [one for one in around if window.contains(one)]


def _segments(
    data: RowData | None, window: Slot, now: datetime, without: Collection[int]
) -> Sequence[Segment]:
    if data is None:
        return ()
    others = tuple(seen for seen in data.dates if seen.occurrence_id not in without)
    confirmed = tuple(seen for seen in others if seen.taken is not None)
    return row_segments(replace(data, dates=confirmed), window, now)


def _requested_dates(
    occurrence_ids: Collection[int], window: Slot, viewer: Viewer, now: datetime
) -> list[_RequestedDate]:
    rows = db.session.execute(
        sa.select(Occurrence, BookingRequest, Organisation.name)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .outerjoin(Organisation, Organisation.id == BookingRequest.organisation_id)
        .where(
            Occurrence.id.in_(occurrence_ids),
            Occurrence.starts_at < window.ends_at,
            Occurrence.ends_at > window.starts_at,
        )
        .order_by(BookingRequest.sent_at, Occurrence.starts_at)
    ).all()
    decided = BookingDeciders(
        {occurrence.facility_id for occurrence, _, _ in rows},
        now,
        booking_ids={occurrence.booking_id for occurrence, _, _ in rows},
    )
    readers = readers_by_request((request.id, request.is_confidential) for _, request, _ in rows)
    requested = []
    for occurrence, request, organisation in rows:
        deciders = decided.of(occurrence.booking_id, occurrence.facility_id, request.partner_id)
        known = sees_booking(viewer, request.organisation_id, readers.get(request.id), deciders)
        requested.append(
            _RequestedDate(
                slot=Slot(occurrence.starts_at, occurrence.ends_at),
                occurrence_id=occurrence.id,
                request_id=request.id,
                name=organisation if known else None,
                known=known,
            )
        )
    return requested


def _line(
    bars_of: _BarsOf, kind: LineKind, requested: Sequence[_RequestedDate], segment_kind: SegmentKind
) -> DayLine:
    segments = [Segment(segment_kind, one.slot) for one in requested]
    return DayLine(
        kind=kind,
        name=requested[0].name,
        known=requested[0].known,
        slots=tuple(one.slot for one in requested),
        bars=tuple(bars_of(segments)),
    )


def _taken_lines(bars_of: _BarsOf, segments: Sequence[Segment]) -> list[DayLine]:
    """Return the first lines of what is taken, as in the facility's calendar."""
    kinds = (
        SegmentKind.BUSY,
        SegmentKind.PARTLY,
        SegmentKind.BOOKED,
        SegmentKind.YOURS,
        SegmentKind.ASKED,
        SegmentKind.RIVAL,
        SegmentKind.SET_ASIDE,
        SegmentKind.SETUP,
    )
    taken = [segment for segment in segments if segment.kind in kinds]
    lines = []
    for number in sorted({segment.line for segment in taken})[:_MOST_TAKEN_LINES]:
        on_line = [segment for segment in taken if segment.line == number]
        bars = bars_of(on_line)
        if bars:
            slots = tuple(segment.slot for segment in on_line)
            lines.append(DayLine(LineKind.TAKEN, None, True, slots, tuple(bars)))
    return lines


def _bars(axis: Axis, segments: Sequence[Segment]) -> list[DayBar]:
    items = [(segment.slot, PRIORITY[segment.kind]) for segment in segments]
    return [
        DayBar(segments[bar.item].kind.value, bar.start_col, bar.span, segments[bar.item])
        for bar in place_bars(axis, items)
    ]
