"""The hours that facilities state themselves: reading them as rules, replacing their rows."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from datetime import date, time
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from booking.db.in_ids import ids_value, in_given_ids
from booking.extensions import db
from booking.facilities.hours_models import OpeningSpan, SpecialDayRow, TimetableRow
from booking.rules import opening, timetables
from booking.rules.opening import WeeklySpan
from booking.rules.timetables import StatedHours


def stated_hours(facility_ids: Iterable[int]) -> dict[int, StatedHours]:
    """Return the timetables and special days of each facility that has any. Two statements.

    Facilities with equal hours share one object.
    """
    wanted = set(facility_ids)
    weekly = _timetables(wanted)
    special = _special_days(wanted)
    known: dict[Hashable, StatedHours] = {}
    found = {}
    for facility_id in weekly.keys() | special.keys():
        timetables_there = tuple(weekly[facility_id])
        special_there = tuple(special[facility_id])
        # By identity, as equal timetables are one object, and comparing them takes long.
        key = tuple(map(id, timetables_there)), special_there
        if key not in known:
            known[key] = StatedHours(timetables_there, special_there)
        found[facility_id] = known[key]
    return found


@cache
def _timetables_of(dialect: str) -> sa.Select[*tuple[Any, ...]]:
    # One row for each timetable: to fetch each span by itself takes three times as long.
    span: sa.ColumnElement[str] = sa.cast(OpeningSpan.weekday, sa.Text)
    for column in (OpeningSpan.opens_time, OpeningSpan.closes_time):
        span += " " + sa.cast(column, sa.Text)
    spans = (
        sa.select(sa.func.aggregate_strings(span, ","))
        .where(OpeningSpan.timetable_id == TimetableRow.id)
        .scalar_subquery()
    )
    return (
        sa.select(TimetableRow.facility_id, TimetableRow.valid_from, TimetableRow.valid_to, spans)
        .where(in_given_ids(TimetableRow.facility_id, "ids", dialect))
        .order_by(TimetableRow.id)
    )


@cache
def _special_days_of(dialect: str) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            SpecialDayRow.facility_id, SpecialDayRow.day, SpecialDayRow.spans, SpecialDayRow.note
        )
        .where(in_given_ids(SpecialDayRow.facility_id, "ids", dialect))
        .order_by(SpecialDayRow.day)
    )


def _timetables(facility_ids: set[int]) -> dict[int, list[timetables.Timetable]]:
    """Return the timetables by facility, sorted; equal ones are one object."""
    known: dict[Hashable, timetables.Timetable] = {}
    weekly_of: dict[str | None, tuple[WeeklySpan, ...]] = {None: ()}
    found: dict[int, list[timetables.Timetable]] = defaultdict(list)
    for facility_id, valid_from, valid_to, spans in db.session.execute(
        _timetables_of(db.session.get_bind().dialect.name), {"ids": ids_value(facility_ids)}
    ):
        if spans not in weekly_of:
            weekly_of[spans] = _weekly(spans)
        key = weekly_of[spans], valid_from, valid_to
        if key not in known:
            known[key] = timetables.Timetable(*key)
        found[facility_id].append(known[key])
    for own in found.values():
        own.sort(key=lambda timetable: timetable.valid_from or date.min)
    return found


def _weekly(spans: str) -> tuple[WeeklySpan, ...]:
    """Return the spans in a text, "0 08:00:00 18:00:00,...", by weekday and time."""
    found = [one.split(" ") for one in spans.split(",")]
    return tuple(
        WeeklySpan(*one)
        for one in sorted(
            (int(weekday), time.fromisoformat(opens), time.fromisoformat(closes))
            for weekday, opens, closes in found
        )
    )


def _special_days(facility_ids: set[int]) -> dict[int, list[opening.SpecialDay]]:
    found: dict[int, list[opening.SpecialDay]] = defaultdict(list)
    for special in db.session.execute(
        _special_days_of(db.session.get_bind().dialect.name), {"ids": ids_value(facility_ids)}
    ):
        spans = tuple(
            (time.fromisoformat(opens), time.fromisoformat(closes))
            for opens, closes in special.spans
        )
        found[special.facility_id].append(opening.SpecialDay(special.day, spans, special.note))
    return found


def stated_timetables(facility_id: int) -> tuple[timetables.Timetable, ...]:
    """Return the timetables that one facility states itself, sorted."""
    stated = stated_hours([facility_id]).get(facility_id)
    return stated.timetables if stated else ()


def replace_timetables(facility_id: int, wanted: Sequence[timetables.Timetable]) -> None:
    """Replace the timetables of a facility; rows that are already right stay."""
    missing = list(wanted)
    for row in db.session.scalars(
        sa.select(TimetableRow)
        .where(TimetableRow.facility_id == facility_id)
        .options(selectinload(TimetableRow.spans))
        .execution_options(populate_existing=True)
    ):
        stated = _timetable_of(row)
        if stated in missing:
            missing.remove(stated)
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


def delete_special_days(facility_id: int, first: date, last: date) -> int:
    """Delete the special days from `first` to `last` (inclusive); returns how many."""
    rows = db.session.scalars(
        sa.select(SpecialDayRow).where(
            SpecialDayRow.facility_id == facility_id, SpecialDayRow.day.between(first, last)
        )
    ).all()
    for row in rows:
        db.session.delete(row)
    db.session.flush()
    return len(rows)


def logged_timetables(stated: Iterable[timetables.Timetable]) -> list[object]:
    """Return weekly hours as the log keeps them: first and last day, and the spans of each."""
    return [
        [
            one.valid_from,
            one.valid_to,
            [
                [span.weekday, _logged_time(span.opens_time), _logged_time(span.closes_time)]
                for span in one.spans
            ],
        ]
        for one in stated
    ]


def logged_special_days(facility_id: int) -> dict[str, object]:
    """Return a facility's own special days as the log keeps them: spans and note, by day."""
    return {
        one.day.isoformat(): [
            [[_logged_time(opens), _logged_time(closes)] for opens, closes in one.spans],
            one.note,
        ]
        for one in _special_days({facility_id}).get(facility_id, ())
    }


def _logged_time(value: time) -> str:
    return value.isoformat("minutes")
