"""The facility of a draft as rows, and rows as a draft keeps them.

Only what is on pages of owners is in a draft: a facility without bookings has nothing else.
"""

from collections.abc import Iterator, Mapping
from datetime import date, time
from enum import Enum
from typing import Any

import sqlalchemy as sa

from booking.availability.place_changes import add_places
from booking.errors import Invalid
from booking.extensions import db
from booking.facilities.change_models import FacilityDraft
from booking.facilities.facts import write_facts
from booking.facilities.hours_models import SpecialDayRow
from booking.facilities.models import Facility, Place
from booking.facilities.stated_hours import (
    logged_special_days,
    logged_timetables,
    replace_timetables,
    stated_timetables,
)
from booking.files.models import DraftFile, FacilityFile
from booking.manage.facts.service import check_facts, focus_areas
from booking.manage.new_facilities.queries import values_of
from booking.rules.facts import STATUS
from booking.rules.new_facilities import (
    MOST_PLACES,
    PARENT,
    PLACES,
    SPECIAL_DAYS,
    STATUSES,
    TERMS,
    WEEKLY_HOURS,
    Setup,
)
from booking.rules.opening import WeeklySpan
from booking.rules.term_declarations import TermKind
from booking.rules.terms import TERMS as DECLARED
from booking.rules.timetables import Timetable

_FILE_COLUMNS = ("kind", "position", "file_id", "small_id", "words", "credit", "language")


def make(row: FacilityDraft) -> Facility:
    """Write the facility of a draft with its places, hours, terms and files; return it.

    Raises:
        Invalid: `slug` is `taken`; `parent`, `places` or `status` is `unknown`.
        InvalidFacts: some facts cannot be stated.
    """
    values = values_of(row.content)
    setup = Setup(row.content.get(PARENT) or "", row.content[PLACES], row.content[STATUS])
    parent = check_content(values, setup, row.cluster_id)
    if row.slug is None or db.session.scalar(
        sa.select(Facility.id).where(Facility.slug == row.slug)
    ):
        raise Invalid("slug", "taken")
    facility = Facility(
        slug=row.slug,
        cluster_id=row.cluster_id,
        parent_id=parent.id if parent else None,
        root_id=parent.root_id if parent else None,
        name=values["name"],
        kind=values["kind"],
        status=setup.status,
        revision=1,
    )
    db.session.add(facility)
    db.session.flush()
    facility.root_id = facility.root_id or facility.id
    write_facts(facility, values, focus_areas())
    add_places(facility, setup.places)
    for name, value in _stored_terms(row.content.get(TERMS) or {}):
        setattr(facility, name, value)
    replace_timetables(facility.id, [*_timetables(row.content.get(WEEKLY_HOURS) or ())])
    db.session.add_all(
        SpecialDayRow(facility_id=facility.id, day=date.fromisoformat(day), spans=spans, note=note)
        for day, (spans, note) in (row.content.get(SPECIAL_DAYS) or {}).items()
    )
    db.session.add_all(
        FacilityFile(
            facility_id=facility.id,
            audience=one.audience,
            **{name: getattr(one, name) for name in _FILE_COLUMNS},
        )
        for one in files_of(row)
    )
    db.session.flush()
    return facility


def files_of(row: FacilityDraft) -> list[DraftFile]:
    """Return the pictures and documents of a draft in their order."""
    return list(
        db.session.scalars(
            sa.select(DraftFile)
            .where(DraftFile.draft_id == row.id)
            .order_by(DraftFile.kind.desc(), DraftFile.position, DraftFile.id)
            .execution_options(populate_existing=True)
        )
    )


def check_content(values: Mapping[str, Any], setup: Setup, cluster_id: int) -> Facility | None:
    """Check the facts of a draft and what it has beside them; return what it is part of.

    Raises:
        Invalid, InvalidFacts: as `make`.
    """
    check_facts(values, {})
    if setup.status not in STATUSES:
        raise Invalid(STATUS, "unknown")
    if not 1 <= setup.places <= MOST_PLACES:
        raise Invalid(PLACES, "unknown")
    if not setup.parent:
        return None
    parent = db.session.scalar(
        sa.select(Facility).where(Facility.slug == setup.parent, Facility.cluster_id == cluster_id)
    )
    if parent is None:
        raise Invalid(PARENT, "unknown")
    return parent


def set_apart_from_facts(facility: Facility) -> dict[str, Any]:
    """Return the hours, terms and places of a facility as its draft keeps them."""
    places = sa.select(sa.func.count()).where(Place.facility_id == facility.id)
    return {
        PLACES: db.session.scalar(places) or 0,
        WEEKLY_HOURS: _plain(logged_timetables(stated_timetables(facility.id))),
        SPECIAL_DAYS: logged_special_days(facility.id),
        TERMS: {
            term.name: _plain(value)
            for term in DECLARED
            if (value := getattr(facility, term.name)) is not None
        },
    }


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def _stored_terms(kept: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for term in DECLARED:
        if term.name in kept:
            value = kept[term.name]
            yield term.name, time.fromisoformat(value) if term.kind is TermKind.TIME else value


def _timetables(kept: Any) -> Iterator[Timetable]:
    for first, last, spans in kept:
        yield Timetable(
            tuple(
                WeeklySpan(weekday, time.fromisoformat(opens), time.fromisoformat(closes))
                for weekday, opens, closes in spans
            ),
            date.fromisoformat(first) if first else None,
            date.fromisoformat(last) if last else None,
        )
