"""The opening hours that facilities state themselves: read as rules, and written."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, time

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.facilities.hours_models import OpeningSpan, SpecialDayRow, TimetableRow
from booking.rules import opening, timetables
from booking.rules.opening import WeeklySpan
from booking.rules.timetables import Stated


def stated_hours(facility_ids: Iterable[int]) -> dict[int, Stated]:
    """Return the timetables and special days of each facility that has any. Two statements."""
    wanted = set(facility_ids)
    weekly = _timetables(wanted)
    special = _special_days(wanted)
    return {
        facility_id: Stated(tuple(weekly[facility_id]), tuple(special[facility_id]))
        for facility_id in weekly.keys() | special.keys()
    }


def _timetables(facility_ids: set[int]) -> dict[int, list[timetables.Timetable]]:
    spans: dict[tuple[int, int, date | None, date | None], list[WeeklySpan]] = {}
    for (
        facility_id,
        timetable_id,
        valid_from,
        valid_to,
        weekday,
        opens,
        closes,
    ) in db.session.execute(
        sa.select(
            TimetableRow.facility_id,
            TimetableRow.id,
            TimetableRow.valid_from,
            TimetableRow.valid_to,
            OpeningSpan.weekday,
            OpeningSpan.opens_time,
            OpeningSpan.closes_time,
        )
        .outerjoin(OpeningSpan)
        .where(in_ids(TimetableRow.facility_id, facility_ids))
        .order_by(OpeningSpan.weekday, OpeningSpan.opens_time)
    ):
        on_it = spans.setdefault((facility_id, timetable_id, valid_from, valid_to), [])
        if weekday is not None:
            on_it.append(WeeklySpan(weekday, opens, closes))
    found: dict[int, list[timetables.Timetable]] = defaultdict(list)
    for (facility_id, _, valid_from, valid_to), weekly in spans.items():
        found[facility_id].append(timetables.Timetable(tuple(weekly), valid_from, valid_to))
    for own in found.values():
        own.sort(key=lambda timetable: timetable.valid_from or date.min)
    return found


def _special_days(facility_ids: set[int]) -> dict[int, list[opening.SpecialDay]]:
    found: dict[int, list[opening.SpecialDay]] = defaultdict(list)
    for special in db.session.execute(
        sa.select(
            SpecialDayRow.facility_id, SpecialDayRow.day, SpecialDayRow.spans, SpecialDayRow.note
        )
        .where(in_ids(SpecialDayRow.facility_id, facility_ids))
        .order_by(SpecialDayRow.day)
    ):
        spans = tuple(
            (time.fromisoformat(opens), time.fromisoformat(closes))
            for opens, closes in special.spans
        )
        found[special.facility_id].append(opening.SpecialDay(special.day, spans, special.note))
    return found


def stated_timetables(facility_id: int) -> tuple[timetables.Timetable, ...]:
    """Return the timetables that a facility states itself, sorted."""
    stated = stated_hours([facility_id]).get(facility_id)
    return stated.timetables if stated else ()


def keep_timetables(facility_id: int, wanted: Sequence[timetables.Timetable]) -> None:
    """Replace the timetables of a facility; rows that are the same stay."""
    missing = list(wanted)
    for row in db.session.scalars(
        sa.select(TimetableRow)
        .where(TimetableRow.facility_id == facility_id)
        .options(selectinload(TimetableRow.spans))
        .execution_options(populate_existing=True)
    ):
        timetable = _timetable_of(row)
        if timetable in missing:
            missing.remove(timetable)
        else:
            db.session.delete(row)
    db.session.add_all(
        TimetableRow(
            facility_id=facility_id,
            valid_from=one.valid_from,
            valid_to=one.valid_to,
            spans=[
                OpeningSpan(
                    weekday=span.weekday,
                    opens_time=span.opens_time,
                    closes_time=span.closes_time,
                )
                for span in one.spans
            ],
        )
        for one in missing
    )


def _timetable_of(row: TimetableRow) -> timetables.Timetable:
    spans = tuple(WeeklySpan(one.weekday, one.opens_time, one.closes_time) for one in row.spans)
    return timetables.Timetable(spans, row.valid_from, row.valid_to)


def drop_special_days(facility_id: int, first: date, last: date) -> int:
    """Delete the special days of a facility between two days; return how many there were."""
    rows = db.session.scalars(
        sa.select(SpecialDayRow).where(
            SpecialDayRow.facility_id == facility_id, SpecialDayRow.day.between(first, last)
        )
    ).all()
    for row in rows:
        db.session.delete(row)
    db.session.flush()
    return len(rows)
