"""The hours that facilities state themselves: reading them as rules, replacing their rows."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, time
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from booking.db.in_ids import ids_value, in_given_ids
from booking.db.rows import read_rows
from booking.extensions import db
from booking.facilities.hours_models import OpeningSpan, SpecialDayRow, TimetableRow
from booking.rules import opening, timetables
from booking.rules.opening import WeeklySpan
from booking.rules.timetables import StatedHours


def stated_hours(facility_ids: Iterable[int]) -> dict[int, StatedHours]:
    """Return the timetables and special days of each facility that has any. One statement.

    Facilities with equal hours share one object, and it is the same when they are read again.
    """
    rows_of: dict[int, list[_Row]] = defaultdict(list)
    query = _stated_rows(db.session.get_bind().dialect.name)
    for facility_id, *row in read_rows(query, {"ids": ids_value(facility_ids)}):
        rows_of[facility_id].append(tuple(row))
    return {
        facility_id: _stated(tuple(rows if len(rows) == 1 else sorted(rows, key=_place_of)))
        for facility_id, rows in rows_of.items()
    }


@cache
def _stated_rows(dialect: str) -> sa.CompoundSelect[*tuple[Any, ...]]:
    # One row for each timetable: to fetch each span by itself takes three times as long.
    span: sa.ColumnElement[str] = sa.cast(OpeningSpan.weekday, sa.Text)
    for column in (OpeningSpan.opens_time, OpeningSpan.closes_time):
        span += " " + sa.cast(column, sa.Text)
    spans = (
        sa.select(sa.func.aggregate_strings(span, ","))
        .where(OpeningSpan.timetable_id == TimetableRow.id)
        .scalar_subquery()
    )
    return sa.union_all(
        sa.select(
            TimetableRow.facility_id,
            sa.literal_column("0", sa.Integer),
            TimetableRow.valid_from,
            TimetableRow.valid_to,
            spans,
            sa.cast(sa.null(), sa.Text),
        ).where(in_given_ids(TimetableRow.facility_id, "ids", dialect)),
        sa.select(
            SpecialDayRow.facility_id,
            sa.literal_column("1", sa.Integer),
            SpecialDayRow.day,
            SpecialDayRow.day,
            sa.cast(SpecialDayRow.spans, sa.Text),
            SpecialDayRow.note,
        ).where(in_given_ids(SpecialDayRow.facility_id, "ids", dialect)),
    )


# A timetable or a special day: which of them, first and last day, spans as text, note.
_Row = tuple[int, date | None, date | None, str | None, str | None]


def _place_of(row: _Row) -> tuple[int, date]:
    return row[0], row[1] or date.min


# Rules change one by one, and the hours of all facilities are read again each time.
@lru_cache(maxsize=20_000)
def _stated(rows: tuple[_Row, ...]) -> StatedHours:
    """Return the hours in these rows, sorted by day."""
    weekly, special = [], []
    for is_day, first, last, spans, note in rows:
        if not is_day:
            weekly.append(timetables.Timetable(_weekly(spans), first, last))
        elif first is not None:
            special.append(opening.SpecialDay(first, _spans_of_day(spans), note or ""))
    return StatedHours(tuple(weekly), tuple(special))


@lru_cache(maxsize=20_000)
def _weekly(spans: str | None) -> tuple[WeeklySpan, ...]:
    """Return the spans in a text, "0 08:00:00 18:00:00,...", by weekday and time."""
    found = [one.split(" ") for one in spans.split(",")] if spans else []
    return tuple(
        WeeklySpan(*one)
        for one in sorted(
            (int(weekday), time.fromisoformat(opens), time.fromisoformat(closes))
            for weekday, opens, closes in found
        )
    )


def _spans_of_day(spans: str | None) -> tuple[tuple[time, time], ...]:
    return tuple(
        (time.fromisoformat(opens), time.fromisoformat(closes))
        for opens, closes in json.loads(spans or "[]")
    )


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
    stated = stated_hours([facility_id]).get(facility_id)
    return {
        one.day.isoformat(): [
            [[_logged_time(opens), _logged_time(closes)] for opens, closes in one.spans],
            one.note,
        ]
        for one in (stated.special if stated else ())
    }


def _logged_time(value: time) -> str:
    return value.isoformat("minutes")
