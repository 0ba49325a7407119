"""The terms that hold for a facility: its own, else the nearest above, else the demo values."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.clusters.public_holidays import holidays_of
from booking.db import clock
from booking.db.in_ids import ids_value, in_given_ids
from booking.extensions import db
from booking.facilities.deciders import answered_facilities
from booking.facilities.listed import listed_clusters
from booking.facilities.models import Facility, KindDefault
from booking.facilities.stated_hours import stated_hours
from booking.facilities.terms_cache import cached, cached_terms
from booking.facilities.tree import chains_in
from booking.rules.opening import NO_HOLIDAYS, OpeningHours, WeeklySpan
from booking.rules.terms import TERMS, BookingTerms, terms_of_dates, what_dates_follow_from
from booking.rules.timetables import StatedHours, special_days_in_force, weekly_in_force

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

    @property
    def demo_names(self) -> frozenset[str]:
        """Return the names of what holds by an invented demo value."""
        return frozenset(name for name in self.origins if self.is_demo(name))


def effective_terms(facility_ids: Iterable[int]) -> dict[int, EffectiveTerms]:
    """Return the terms of each facility; a constant number of statements, however many.

    Facilities with equal terms share one object.
    """
    return cached_terms(facility_ids, _read_terms)


def terms_of_dates_of(effective: Mapping[int, EffectiveTerms]) -> dict[int, BookingTerms]:
    """Return `rules.terms.terms_of_dates` of each of these facilities, one object for equal ones.

    `effective` is what `effective_terms` has just returned.
    """
    known = cached("terms_of_dates", _TermsOfDates)
    return {facility_id: known.of(terms.rules) for facility_id, terms in effective.items()}


class _TermsOfDates:
    """The terms of dates that were asked for, by the terms that they follow from."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[BookingTerms, BookingTerms]] = {}
        self._equal: dict[Hashable, BookingTerms] = {}

    def of(self, rules: BookingTerms) -> BookingTerms:
        """Return the one object for the terms of dates of these rules."""
        # By identity, as comparing all terms of thousands takes long; the rules are kept with it.
        known = self._found.get(id(rules))
        if known is None:
            key = what_dates_follow_from(rules)
            terms = self._equal.get(key)
            if terms is None:
                terms = self._equal[key] = terms_of_dates(rules)
            self._found[id(rules)] = known = rules, terms
        return known[1]


def _read_terms(facility_ids: Iterable[int]) -> dict[int, EffectiveTerms]:
    chain_of = _term_chains(facility_ids)
    on_the_way = {facility.id for chain in chain_of.values() for facility in chain}
    stated = stated_hours(on_the_way)
    defaults = kind_defaults()
    now = clock.now()
    where = {
        cluster.id: _Where(ZoneInfo(cluster.time_zone), holidays_of(cluster, now))
        for cluster in listed_clusters().values()
    }
    answered = answered_facilities(chain_of)
    hours_of = _Hours(stated, defaults)
    # A search reads thousands, most of which state nothing of their own.
    similar: dict[Any, EffectiveTerms] = {}
    found = {}
    for facility_id, chain in chain_of.items():
        has_deciders = facility_id in answered
        hours = hours_of.chain(chain)
        key = tuple(row[_TREE:] for row in chain), hours, chain[0].cluster_id, has_deciders
        if key not in similar:
            similar[key] = _effective(
                chain,
                hours_of,
                defaults.get(chain[0].kind, {}),
                where[chain[0].cluster_id],
                has_deciders=has_deciders,
            )
        found[facility_id] = similar[key]
    return found


#: The demo values of a kind of facility, by the names of their columns; and those of all kinds.
Default = Mapping[str, Any]
Defaults = Mapping[str, Default]


_KIND_DEFAULTS = sa.select(KindDefault.__table__)


def kind_defaults() -> Defaults:
    """Return the demo values of all kinds of facilities, from memory where nothing has changed."""
    return cached("kind_defaults", _read_defaults)


def _read_defaults() -> Defaults:
    rows = db.session.execute(_KIND_DEFAULTS).mappings()
    return {row["kind"]: dict(row) for row in rows}


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
_FIRST_TERM = len(_COLUMNS) - len(TERMS)


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
    rows = db.session.execute(query, {"ids": ids_value(wanted)}).all()
    return chains_in(rows, wanted)


_NOTHING = StatedHours()


class _Hours:
    """The hours of facilities, put together once for all that state the same."""

    def __init__(self, stated: Mapping[int, StatedHours], defaults: Defaults) -> None:
        # Numbers stand for what is stated: to compare long hours again and again takes longer.
        # `stated_hours` has one object for equal ones.
        numbers: dict[int, int] = {id(_NOTHING): 0}
        self._number = {
            one: numbers.setdefault(id(hours), len(numbers)) for one, hours in stated.items()
        }
        self._stated = {0: _NOTHING} | {self._number[one]: hours for one, hours in stated.items()}
        self._last = {number for number, hours in self._stated.items() if hours.cover_all_days}
        self._demo = {
            kind: tuple(weekly_spans(default["opening_hours"]))
            for kind, default in defaults.items()
        }
        self._weekly: dict[Hashable, tuple[WeeklySpan, ...] | None] = {}
        self._known: dict[Hashable, OpeningHours] = {}
        self._found: dict[Hashable, tuple[OpeningHours, Origin]] = {}

    def chain(self, chain: Sequence[Any]) -> tuple[int, ...]:
        """Return what stands for what these facilities state, equal for equal hours."""
        return tuple(self._number.get(row.id, 0) for row in chain)

    def of(self, chain: Sequence[Any], holidays: Mapping[date, str]) -> tuple[OpeningHours, Origin]:
        """Return the hours of the first, and where the weekly ones come from."""
        numbers, kind = self.chain(chain), chain[0].kind
        key = numbers, kind, id(holidays)
        known = self._found.get(key)
        if known is None:
            levels = [self._stated[number] for number in numbers]
            hours = self._hours(numbers, levels, kind, holidays)
            known = self._found[key] = hours, self._origin(levels, kind)
        return known

    def _hours(
        self,
        numbers: tuple[int, ...],
        levels: Sequence[StatedHours],
        kind: str,
        holidays: Mapping[date, str],
    ) -> OpeningHours:
        special = special_days_in_force(levels)
        weekly_key = self._weekly_key(numbers, kind)
        key = weekly_key, special, id(holidays)
        if key not in self._known:
            if weekly_key not in self._weekly:
                demo = self._demo.get(kind, ())
                self._weekly[weekly_key] = weekly_in_force(levels, demo or None)
            self._known[key] = OpeningHours(self._weekly[weekly_key], special, holidays)
        return self._known[key]

    def _weekly_key(self, numbers: tuple[int, ...], kind: str) -> Hashable:
        """Return what stands for all that the weekly hours follow from."""
        for place, number in enumerate(numbers, start=1):
            if number in self._last:
                return numbers[:place]
        return numbers, kind

    def _origin(self, levels: Sequence[StatedHours], kind: str) -> Origin:
        """Return where the weekly hours come from."""
        if levels[0].timetables:
            return Origin.OWN
        if any(level.timetables for level in levels):
            return Origin.ABOVE
        return Origin.DEMO if self._demo.get(kind) else Origin.NOT_STATED


@dataclass(frozen=True)
class _Where:
    """What follows from where a facility is."""

    zone: ZoneInfo
    holidays: Mapping[date, str]


def _effective(
    chain: Sequence[Any],
    hours_of: _Hours,
    default: Default,
    where: _Where,
    *,
    has_deciders: bool,
) -> EffectiveTerms:
    values, origins = _stated(chain, default)
    holidays = NO_HOLIDAYS if values["opens_on_holidays"] else where.holidays
    hours, origins["spans"] = hours_of.of(chain, holidays)
    rules = BookingTerms(
        zone=where.zone,
        hours=hours,
        status=chain[0].status,
        has_deciders=has_deciders,
        **values,
    )
    return EffectiveTerms(rules, origins)


def _stated(chain: Sequence[Any], default: Default) -> tuple[dict[str, Any], dict[str, Origin]]:
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
