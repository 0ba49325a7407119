"""The rows that say when a facility is open: read as rules, and made to say what is wanted."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from booking.extensions import db
from booking.facilities.hours_models import OpeningSpan, SpecialDayRow, TimetableRow
from booking.facilities.stated_hours import stated_hours
from booking.rules import timetables
from booking.rules.opening import WeeklySpan


def stated_timetables(facility_id: int) -> tuple[timetables.Timetable, ...]:
    """Return the timetables that a facility states itself, sorted."""
    stated = stated_hours([facility_id]).get(facility_id)
    return stated.timetables if stated else ()


def keep_timetables(facility_id: int, wanted: Sequence[timetables.Timetable]) -> None:
    """Make the rows of a facility say what is wanted; what says so already stays."""
    missing = list(wanted)
    for row in db.session.scalars(
        sa.select(TimetableRow)
        .where(TimetableRow.facility_id == facility_id)
        .options(selectinload(TimetableRow.spans))
        .execution_options(populate_existing=True)
    ):
        said = _said_by(row)
        if said in missing:
            missing.remove(said)
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


def _said_by(row: TimetableRow) -> timetables.Timetable:
    spans = tuple(WeeklySpan(one.weekday, one.opens_time, one.closes_time) for one in row.spans)
    return timetables.Timetable(spans, row.valid_from, row.valid_to)


def drop_special_days(facility_id: int, first: date, last: date) -> int:
    """Delete what is said of these days; returns of how many."""
    rows = db.session.scalars(
        sa.select(SpecialDayRow).where(
            SpecialDayRow.facility_id == facility_id, SpecialDayRow.day.between(first, last)
        )
    ).all()
    for row in rows:
        db.session.delete(row)
    db.session.flush()
    return len(rows)
