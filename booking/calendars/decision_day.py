"""The day around a request, for those who decide: its dates, its rivals, and what is taken."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.models import Organisation
from booking.bookings.deciding import BookingDeciders
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.calendars.drawing.axis import (
    QUARTER,
    Axis,
    days_axis,
    days_window,
    hour_ticks,
    place_bars,
    relevant_hours,
)
from booking.calendars.drawing.row_layout import row_segments
from booking.calendars.drawing.segments import PRIORITY, RowData, Segment, SegmentKind
from booking.calendars.rows import calendar_rows, facility_context
from booking.extensions import db
from booking.facilities.tree import chains
from booking.rules.opening import open_days
from booking.rules.slots import Slot
from booking.rules.visibility import Viewer, sees_booking

_MOST_TAKEN_LINES = 4
_MOMENT = timedelta(minutes=1)


class LineKind(StrEnum):
    """What a line of the day shows."""

    THIS = "this"
    EARLIER = "earlier"  # a rival sent before this request
    LATER = "later"
    TAKEN = "taken"


@dataclass(frozen=True)
class DayBar:
    """One bar: its `kind` as in timelines, its columns, and the segment it shows."""

    kind: str
    start_col: int
    span: int
    segment: Segment


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
    """One local day of a facility, in its `zone`, cut to the relevant hours.

    `ticks` are pairs of column and instant; the instant is None for a line without a label.
    `background` has the time that is not open or closed, drawn under every line.
    """

    day: date
    zone: ZoneInfo
    columns: int
    ticks: tuple[tuple[int, datetime | None], ...]
    background: tuple[DayBar, ...]
    lines: tuple[DayLine, ...]

    def is_exceeded_by(self, slot: Slot) -> bool:
        """Return whether a date begins before this day or ends after it."""
        return not days_window(self.day, self.day, self.zone).contains(slot)


@dataclass(frozen=True)
class _RequestedDate:
    slot: Slot
    occurrence_id: int
    request_id: int
    name: str | None
    known: bool
    sent_at: datetime


def decision_day(
    facility_id: int,
    day: date,
    *,
    this: Collection[int],
    rivals: Collection[int] = (),
    viewer: Viewer,
    now: datetime,
) -> DecisionDay:
    """Return one local day of a facility, for a viewer who decides on `this`.

    `this` and `rivals` are occurrence ids; those on other days are left out. Places that these
    dates hold themselves do not count as taken. Names that the viewer may not know are None.

    Raises:
        NotFound: there is no such facility.
    """
    context = facility_context(facility_id)
    zone = context.effective[facility_id].rules.zone
    window = days_window(day, day, zone)
    without = {*this, *rivals}
    (row,) = calendar_rows(
        context, [facility_id], window, viewer, now, without=without, for_deciders=True
    )
    requested = _requested_dates(without, window, viewer, now)
    mine = [one for one in requested if one.occurrence_id in this]
    others = [one for one in requested if one.occurrence_id not in this]
    segments = _segments(row.data, window, now, without)
    open_slots = [
        slot
        for open_day in open_days(row.effective.rules.hours, zone, day, day)
        for slot in open_day.slots
    ]
    dates = [one.slot for one in requested]
    if row.effective.rules.hours.spans and open_slots:
        dates = [*(piece for one in dates for piece in _edges(one, window)), *open_slots]
    axis = days_axis(day, day, zone, relevant_hours(dates, zone, window), QUARTER)
    since = min((one.sent_at for one in mine), default=None)
    lines = [_line(axis, LineKind.THIS, mine, SegmentKind.CHOICE)] if mine else []
    for request_id in dict.fromkeys(one.request_id for one in others):
        rival = [one for one in others if one.request_id == request_id]
        earlier = since is not None and rival[0].sent_at < since
        lines.append(
            _line(axis, LineKind.EARLIER if earlier else LineKind.LATER, rival, SegmentKind.RIVAL)
        )
    lines += _taken_lines(axis, segments)
    return DecisionDay(
        day=day,
        zone=zone,
        columns=axis.columns,
        ticks=tuple(
            (tick.column, tick.at if tick.labelled else None) for tick in hour_ticks(axis, zone)
        ),
        background=tuple(
            _bars(
                axis, [s for s in segments if s.kind in (SegmentKind.NOT_OPEN, SegmentKind.CLOSED)]
            )
        ),
        lines=tuple(lines),
    )


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
        chains({occurrence.facility_id for occurrence, _, _ in rows}),
        now,
        booking_ids={occurrence.booking_id for occurrence, _, _ in rows},
    )
    requested = []
    for occurrence, request, organisation in rows:
        deciders = decided.of(occurrence.booking_id, occurrence.facility_id, request.partner_id)
        known = sees_booking(viewer, request.organisation_id, deciders)
        requested.append(
            _RequestedDate(
                slot=Slot(occurrence.starts_at, occurrence.ends_at),
                occurrence_id=occurrence.id,
                request_id=request.id,
                name=organisation if known else None,
                known=known,
                sent_at=request.sent_at,
            )
        )
    return requested


def _line(
    axis: Axis, kind: LineKind, requested: Sequence[_RequestedDate], segment_kind: SegmentKind
) -> DayLine:
    segments = [Segment(segment_kind, one.slot) for one in requested]
    return DayLine(
        kind=kind,
        name=requested[0].name,
        known=requested[0].known,
        slots=tuple(one.slot for one in requested),
        bars=tuple(_bars(axis, segments)),
    )


def _taken_lines(axis: Axis, segments: Sequence[Segment]) -> list[DayLine]:
    """Return the first lines of what is taken, as in the facility's calendar."""
    kinds = (
        SegmentKind.BUSY,
        SegmentKind.PARTLY,
        SegmentKind.BOOKED,
        SegmentKind.YOURS,
        SegmentKind.ASKED,
        SegmentKind.RIVAL,
        SegmentKind.SETUP,
    )
    taken = [segment for segment in segments if segment.kind in kinds]
    lines = []
    for number in sorted({segment.line for segment in taken})[:_MOST_TAKEN_LINES]:
        on_line = [segment for segment in taken if segment.line == number]
        bars = _bars(axis, on_line)
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
