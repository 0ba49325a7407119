"""The terms that hold for a facility: its own, else the nearest above, else the demo values."""

import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from functools import cache, cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.clusters.public_holidays import named_holidays, years_known
from booking.db import clock
from booking.db.in_ids import ids_value, in_given_ids
from booking.db.rows import read_rows
from booking.extensions import db
from booking.facilities.deciders import answered_facilities
from booking.facilities.listed import listed_clusters
from booking.facilities.models import Facility, KindDefault
from booking.facilities.stated_hours import stated_hours
from booking.facilities.terms_cache import cached, cached_terms
from booking.facilities.tree import chains_in
from booking.rules.opening import NO_HOLIDAYS, OpeningHours, SpecialDay, WeeklySpan
from booking.rules.terms import TERMS, BookingTerms, terms_of_dates, what_dates_follow_from
from booking.rules.timetables import StatedHours, special_days_in_force, weekly_in_force

# Rules change one by one, and those of all facilities are read again each time. What follows from
# the same values as before is not worked out again, for at most so many of them.
_MOST = 20_000
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Origin(StrEnum):
    """Where a value comes from."""

    OWN = "own"
    ABOVE = "above"
    DEMO = "demo"
    NOT_STATED = "not_stated"


@dataclass(frozen=True)
class EffectiveTerms:
    """The terms that hold for one facility, and where each comes from.

    `origins` has a key for each inherited term, and `spans` for the weekly hours.
    """

    rules: BookingTerms
    origins: Mapping[str, Origin]

    def is_demo(self, name: str) -> bool:
        """Return whether the value is an invented demo value, to be marked as such."""
        return self.origins[name] is Origin.DEMO

    @cached_property
    def of_dates(self) -> BookingTerms:
        """Return `rules.terms.terms_of_dates` of these; one object for equal ones."""
        return _of_dates(_DatesOf(what_dates_follow_from(self.rules), self.rules))

    @property
    def demo_names(self) -> frozenset[str]:
        """Return the names of what holds by an invented demo value."""
        return frozenset(name for name in self.origins if self.is_demo(name))


def effective_terms(facility_ids: Iterable[int]) -> dict[int, EffectiveTerms]:
    """Return the terms of each facility; a constant number of statements, however many.

    Facilities with equal terms share one object.
    """
    return cached_terms(facility_ids, _read_terms)


@dataclass(frozen=True)
class _DatesOf:
    """Terms that count as equal where the same dates follow from them."""

    key: Hashable
    rules: BookingTerms = field(compare=False)


@lru_cache(maxsize=_MOST)
def _of_dates(one: _DatesOf) -> BookingTerms:
    return terms_of_dates(one.rules)


def _read_terms(facility_ids: Iterable[int]) -> dict[int, EffectiveTerms]:
    chain_of = _term_chains(facility_ids)
    stated = stated_hours({facility.id for chain in chain_of.values() for facility in chain})
    defaults = {kind: _demo_values(json.dumps(one)) for kind, one in kind_defaults().items()}
    now = clock.now()
    where = {
        cluster.id: _where(
            cluster.time_zone, cluster.country, cluster.region, *years_known(cluster, now)
        )
        for cluster in listed_clusters().values()
    }
    answered = answered_facilities(chain_of)
    return {
        facility_id: _effective(
            tuple(tuple(row[_TREE:]) for row in chain),
            tuple(stated.get(row.id, _NOTHING) for row in chain),
            defaults.get(chain[0].kind, _NO_DEMO_VALUES),
            where[chain[0].cluster_id],
            facility_id in answered,
        )
        for facility_id, chain in chain_of.items()
    }


#: The demo values of a kind of facility, by the names of their columns; and those of all kinds.
Default = Mapping[str, Any]
Defaults = Mapping[str, Default]


_KIND_DEFAULTS = sa.select(KindDefault.__table__)


def kind_defaults() -> Defaults:
    """Return the demo values of all kinds of facilities, from memory where nothing has changed."""
    return cached("kind_defaults", _read_defaults)


def _read_defaults() -> Defaults:
    names = _KIND_DEFAULTS.selected_columns.keys()
    rows = [dict(zip(names, row, strict=True)) for row in read_rows(_KIND_DEFAULTS)]
    return {row["kind"]: row for row in rows}


# What is read of each facility: first its place in the tree, then what the terms follow from.
_TREE = 4
_COLUMNS = (
    Facility.id,
    Facility.parent_id,
    Facility.root_id,
    Facility.cluster_id,
    Facility.kind,
    Facility.status,
    *(getattr(Facility, term.name) for term in TERMS),
)
# Places in what follows from there.
_STATUS, _FIRST_TERM = 1, 2


@cache
def _trees_of(dialect: str) -> sa.Select[*tuple[Any, ...]]:
    roots = sa.select(Facility.root_id).where(in_given_ids(Facility.id, "ids", dialect))
    return sa.select(*_COLUMNS).where(Facility.root_id.in_(roots))


def _term_chains(facility_ids: Iterable[int]) -> dict[int, list[Any]]:
    """Return what `chains` returns, as rows of only the columns that terms need."""
    wanted = set(facility_ids)
    if not wanted:
        return {}
    query = _trees_of(db.session.get_bind().dialect.name)
    rows = read_rows(query, {"ids": ids_value(wanted)})
    return chains_in(rows, wanted)


_NOTHING = StatedHours()


@dataclass(frozen=True, eq=False)
class _DemoValues:
    """The demo values of a kind, and its weekly hours, None: not stated."""

    values: Default
    spans: tuple[WeeklySpan, ...] | None


_NO_DEMO_VALUES = _DemoValues({}, None)


@lru_cache(maxsize=_MOST)
def _demo_values(default: str) -> _DemoValues:
    """Return the demo values in a text of JSON, the same object for the same text."""
    values = json.loads(default)
    return _DemoValues(values, tuple(weekly_spans(values["opening_hours"])) or None)


@dataclass(frozen=True, eq=False)
class _Where:
    """What follows from where a facility is."""

    zone: ZoneInfo
    holidays: Mapping[date, str]


@lru_cache(maxsize=256)
def _where(
    time_zone: str, country: str, region: str | None, first_year: int, last_year: int
) -> _Where:
    """Return what follows from where a cluster is, the same object for the same place."""
    return _Where(ZoneInfo(time_zone), named_holidays(country, region, first_year, last_year))


# Its own terms and those of each above it, nearest first, from `_TREE` on.
_Chain = tuple[tuple[Any, ...], ...]
_Levels = tuple[StatedHours, ...]


@lru_cache(maxsize=_MOST)
def _effective(
    chain: _Chain, levels: _Levels, demo: _DemoValues, where: _Where, has_deciders: bool
) -> EffectiveTerms:
    """Return the terms that follow from what is stated; all arguments by position."""
    values, origins = _stated(chain, demo.values)
    hours, origins["spans"] = _hours(levels, demo, None if values["opens_on_holidays"] else where)
    rules = BookingTerms(
        zone=where.zone,
        hours=hours,
        status=chain[0][_STATUS],
        has_deciders=has_deciders,
        **values,
    )
    return EffectiveTerms(rules, origins)


@lru_cache(maxsize=_MOST)
def _hours(
    levels: _Levels, demo: _DemoValues, closed_on_holidays: _Where | None
) -> tuple[OpeningHours, Origin]:
    """Return the hours of the first, and where the weekly ones come from."""
    weekly = weekly_in_force(levels, demo.spans)
    hours = _opening_hours(weekly, special_days_in_force(levels), closed_on_holidays)
    if levels[0].timetables:
        return hours, Origin.OWN
    if any(level.timetables for level in levels):
        return hours, Origin.ABOVE
    return hours, Origin.DEMO if demo.spans else Origin.NOT_STATED


@lru_cache(maxsize=_MOST)
def _opening_hours(
    weekly: tuple[WeeklySpan, ...] | None,
    special: tuple[SpecialDay, ...],
    closed_on_holidays: _Where | None,
) -> OpeningHours:
    holidays = closed_on_holidays.holidays if closed_on_holidays else NO_HOLIDAYS
    return OpeningHours(weekly, special, holidays)


def _stated(chain: _Chain, default: Default) -> tuple[dict[str, Any], dict[str, Origin]]:
    """Return the value of each term, and of the inherited ones where it comes from."""
    own, *above = chain
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for column, term in enumerate(TERMS, _FIRST_TERM):
        name, stored = term.name, own[column]
        if term.inherited:
            origin = Origin.OWN
            if stored is None:
                for row in above:
                    if (stored := row[column]) is not None:
                        origin = Origin.ABOVE
                        break
                else:
                    stored = default.get(name)
                    origin = Origin.NOT_STATED if stored is None else Origin.DEMO
            origins[name] = origin
        values[name] = term.default if stored is None else term.read(stored)
    return values, origins


def weekly_spans(opening_hours: Iterable[Mapping[str, Any]]) -> list[WeeklySpan]:
    """Return the weekly spans for the catalogue's `{days, from, to}`."""
    return [
        WeeklySpan(
            WEEKDAYS.index(day),
            time.fromisoformat(hours["from"]),
            time.fromisoformat(hours["to"]),
        )
        for hours in opening_hours
        for day in hours["days"]
    ]
