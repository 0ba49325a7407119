"""One day of one facility for who decides: this request, its rivals, and what is taken."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.models import Organisation
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.calendars.drawing.axis import (
    QUARTER,
    Axis,
    days_axis,
    days_window,
    hour_ticks,
    hours_that_matter,
    place,
)
from booking.calendars.drawing.row_layout import stretches_of
from booking.calendars.drawing.segments import PRIORITY, Kind, RowFacts, Stretch
from booking.calendars.rows import basis_of_one, rows_of
from booking.extensions import db
from booking.facilities.deciders import DecisionTable
from booking.facilities.tree import chains
from booking.rules.opening import open_days
from booking.rules.slots import Slot
from booking.rules.visibility import Viewer, sees_booking

_MOST_TAKEN_LINES = 4
_MOMENT = timedelta(minutes=1)


class Whose(StrEnum):
    """What a line of the strip shows."""

    THIS = "this"
    EARLIER = "earlier"  # a rival who asked before this request
    LATER = "later"
    TAKEN = "taken"


@dataclass(frozen=True)
class DayBar:
    """One bar: `kind` as timelines know it, its columns, and the stretch it shows."""

    kind: str
    start_col: int
    span: int
    stretch: Stretch


@dataclass(frozen=True)
class DayLine:
    """One line. `name` is an organisation that the viewer may know; None is own use or secret.

    `known` tells the two apart. `slots` are the dates on it, unclipped.
    """

    whose: Whose
    name: str | None
    known: bool
    slots: tuple[Slot, ...]
    bars: tuple[DayBar, ...]


@dataclass(frozen=True)
class DecisionDay:
    """The local day `day` of a facility in its `zone`, cut to the hours that matter.

    `ticks` are pairs of column and instant; the instant is None where only a line stands.
    `ground` is what is not open or closed, drawn under every line.
    """

    day: date
    zone: ZoneInfo
    columns: int
    ticks: tuple[tuple[int, datetime | None], ...]
    ground: tuple[DayBar, ...]
    lines: tuple[DayLine, ...]

    def is_exceeded_by(self, slot: Slot) -> bool:
        """Tell whether a date began before this day or goes on after it."""
        return not days_window(self.day, self.day, self.zone).contains(slot)


@dataclass(frozen=True)
class _Asked:
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
    """Return what stands on one local day of a facility for who decides on `this`.

    `this` and `rivals` are ids of occurrences; those not on that day are left out. What is taken
    leaves out what they hold themselves. Names that the viewer may not know stay away.

    Raises:
        NotFound: there is no such facility.
    """
    basis = basis_of_one(facility_id)
    zone = basis.effective[facility_id].rules.zone
    window = days_window(day, day, zone)
    without = {*this, *rivals}
    (row,) = rows_of(basis, [facility_id], window, viewer, now, without=without, for_deciders=True)
    asked = _asked(without, window, viewer)
    mine = [one for one in asked if one.occurrence_id in this]
    others = [one for one in asked if one.occurrence_id not in this]
    stretches = _stretches(row.facts, window, now, without)
    open_slots = [
        slot
        for open_day in open_days(row.effective.rules.hours, zone, day, day)
        for slot in open_day.slots
    ]
    dates = [one.slot for one in asked]
    if row.effective.rules.hours.spans and open_slots:
        dates = [*(piece for one in dates for piece in _edges(one, window)), *open_slots]
    axis = days_axis(day, day, zone, hours_that_matter(dates, zone, window), QUARTER)
    since = min((one.sent_at for one in mine), default=None)
    lines = [_line(axis, Whose.THIS, mine, Kind.CHOICE)] if mine else []
    for request_id in dict.fromkeys(one.request_id for one in others):
        rival = [one for one in others if one.request_id == request_id]
        earlier = since is not None and rival[0].sent_at < since
        lines.append(_line(axis, Whose.EARLIER if earlier else Whose.LATER, rival, Kind.RIVAL))
    lines += _taken_lines(axis, stretches)
    return DecisionDay(
        day=day,
        zone=zone,
        columns=axis.columns,
        ticks=tuple(
            (tick.column, tick.at if tick.labelled else None) for tick in hour_ticks(axis, zone)
        ),
        ground=tuple(_bars(axis, [s for s in stretches if s.kind in (Kind.NOT_OPEN, Kind.CLOSED)])),
        lines=tuple(lines),
    )


def _edges(slot: Slot, window: Slot) -> list[Slot]:
    """Return what of a date must be in sight that day: all of it, or where it begins or ends.

    The nights between the days of a long date say nothing that opening hours do not.
    """
    if window.contains(slot):
        return [slot]
    edges = (slot.starts_at, slot.ends_at - _MOMENT)
    around = (Slot(edge, edge + _MOMENT) for edge in edges)
    return [one for one in around if window.contains(one)]


def _stretches(
    facts: RowFacts | None, window: Slot, now: datetime, without: Collection[int]
) -> Sequence[Stretch]:
    if facts is None:
        return ()
    others = tuple(seen for seen in facts.dates if seen.occurrence_id not in without)
    confirmed = tuple(seen for seen in others if seen.taken is not None)
    return stretches_of(replace(facts, dates=confirmed), window, now)


def _asked(occurrence_ids: Collection[int], window: Slot, viewer: Viewer) -> list[_Asked]:
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
    table = DecisionTable(chains({occurrence.facility_id for occurrence, _, _ in rows}))
    asked = []
    for occurrence, request, organisation in rows:
        deciders = table.deciders(occurrence.facility_id, request.asker_id)
        known = sees_booking(viewer, request.organisation_id, deciders)
        asked.append(
            _Asked(
                slot=Slot(occurrence.starts_at, occurrence.ends_at),
                occurrence_id=occurrence.id,
                request_id=request.id,
                name=organisation if known else None,
                known=known,
                sent_at=request.sent_at,
            )
        )
    return asked


def _line(axis: Axis, whose: Whose, asked: Sequence[_Asked], kind: Kind) -> DayLine:
    stretches = [Stretch(kind, one.slot) for one in asked]
    return DayLine(
        whose=whose,
        name=asked[0].name,
        known=asked[0].known,
        slots=tuple(one.slot for one in asked),
        bars=tuple(_bars(axis, stretches)),
    )


def _taken_lines(axis: Axis, stretches: Sequence[Stretch]) -> list[DayLine]:
    """Return what is taken: lines as in the facility's calendar, the last ones left out."""
    kinds = (Kind.BUSY, Kind.PARTLY, Kind.BOOKED, Kind.YOURS, Kind.ASKED, Kind.RIVAL, Kind.SETUP)
    taken = [stretch for stretch in stretches if stretch.kind in kinds]
    lines = []
    for number in sorted({stretch.line for stretch in taken})[:_MOST_TAKEN_LINES]:
        on_line = [stretch for stretch in taken if stretch.line == number]
        bars = _bars(axis, on_line)
        if bars:
            slots = tuple(stretch.slot for stretch in on_line)
            lines.append(DayLine(Whose.TAKEN, None, True, slots, tuple(bars)))
    return lines


def _bars(axis: Axis, stretches: Sequence[Stretch]) -> list[DayBar]:
    items = [(stretch.slot, PRIORITY[stretch.kind]) for stretch in stretches]
    return [
        DayBar(stretches[bar.item].kind.value, bar.start_col, bar.span, stretches[bar.item])
        for bar in place(axis, items)
    ]
