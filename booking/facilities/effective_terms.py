"""Which rules hold for a facility: its own, else the nearest above, else the demo values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.clusters.models import Cluster
from booking.clusters.public_holidays import holidays_of
from booking.db import clock
from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.facilities.deciders import answered_facilities
from booking.facilities.models import Facility, KindDefault
from booking.facilities.stated_hours import stated_hours
from booking.facilities.terms_cache import cached_terms
from booking.facilities.tree import chains_in
from booking.rules.addresses import web_address
from booking.rules.opening import NO_HOLIDAYS, OpeningHours, Unit, WeeklySpan
from booking.rules.terms import BookingMode, BookingTerms
from booking.rules.timetables import StatedHours, special_days_in_force, weekly_in_force

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DEFAULT_STEP_MINUTES = 30
DEFAULT_HALF_DAY_TIME = time(12, 30)


class Origin(StrEnum):
    """Where a value comes from."""

    OWN = "own"
    ABOVE = "above"
    DEMO = "demo"
    NOT_STATED = "not_stated"


@dataclass(frozen=True)
class EffectiveTerms:
    """The rules that hold for one facility, and where each comes from.

    `origins` has a key for each of: unit, minimum_units, maximum_units, lead_time_days,
    horizon_days, step_minutes, people_limit, spans, half_day_time, setup_minutes,
    cleanup_minutes, mode, elsewhere_url, pending_holds, late_asking, opens_on_holidays,
    fair_share_percent.
    `pending_holds`: a date that is asked for already holds its places. `fair_share_percent` None
    is not stated. `elsewhere_url` is an address that may be linked, for what is booked elsewhere.
    """

    rules: BookingTerms
    origins: Mapping[str, Origin]
    pending_holds: bool = False
    fair_share_percent: int | None = None
    elsewhere_url: str | None = None

    def is_demo(self, name: str) -> bool:
        """Say whether the value is an invented demo value, to be marked as such."""
        return self.origins[name] is Origin.DEMO


INHERITED = (
    "unit",
    "minimum_units",
    "maximum_units",
    "lead_time_days",
    "horizon_days",
    "step_minutes",
    "people_limit",
    "half_day_time",
    "setup_minutes",
    "cleanup_minutes",
    "mode",
    "elsewhere_url",
    "pending_holds",
    "late_asking",
    "opens_on_holidays",
    "fair_share_percent",
)


def effective_terms(facility_ids: Iterable[int]) -> dict[int, EffectiveTerms]:
    """Return the rules of each facility; a constant number of statements, however many.

    Facilities whose rules come out alike share one object.
    """
    return cached_terms(facility_ids, _read_rules)


def _read_rules(facility_ids: Iterable[int]) -> dict[int, EffectiveTerms]:
    chain_of = _rule_chains(facility_ids)
    on_the_way = {facility.id for chain in chain_of.values() for facility in chain}
    stated = stated_hours(on_the_way)
    defaults = {default.kind: default for default in db.session.scalars(sa.select(KindDefault))}
    clusters = {cluster.id: cluster for cluster in db.session.scalars(sa.select(Cluster))}
    now = clock.now()
    answered = answered_facilities(chain_of)
    # A search asks for thousands, most of which state nothing of their own.
    alike: dict[Any, EffectiveTerms] = {}
    found = {}
    for facility_id, chain in chain_of.items():
        has_deciders = facility_id in answered
        terms = tuple((row[_TREE:], stated.get(row.id)) for row in chain)
        key = terms, chain[0].cluster_id, has_deciders
        if key not in alike:
            cluster = clusters[chain[0].cluster_id]
            alike[key] = _effective(
                chain,
                [stated.get(row.id, _NOTHING) for row in chain],
                defaults.get(chain[0].kind),
                _Where(ZoneInfo(cluster.time_zone), holidays_of(cluster, now)),
                has_deciders=has_deciders,
            )
        found[facility_id] = alike[key]
    return found


# What the rules need of each facility: first its place in the tree, then what it states.
_TREE = 4
_RULE_COLUMNS = (
    Facility.id,
    Facility.parent_id,
    Facility.root_id,
    Facility.cluster_id,
    Facility.kind,
    Facility.status,
    Facility.allows_shared,
    Facility.allows_exclusive,
    *(getattr(Facility, name) for name in INHERITED),
)


def _rule_chains(facility_ids: Iterable[int]) -> dict[int, list[Any]]:
    """Return what `chains` returns, as rows of only the columns that rules need."""
    wanted = set(facility_ids)
    if not wanted:
        return {}
    roots = sa.select(Facility.root_id).where(in_ids(Facility.id, wanted))
    rows = db.session.execute(sa.select(*_RULE_COLUMNS).where(Facility.root_id.in_(roots))).all()
    return chains_in(rows, wanted)


_NOTHING = StatedHours()


@dataclass(frozen=True)
class _Where:
    """What the place of a facility brings with it."""

    zone: ZoneInfo
    holidays: Mapping[date, str]


def _effective(
    chain: Sequence[Any],
    levels: Sequence[StatedHours],
    default: KindDefault | None,
    where: _Where,
    *,
    has_deciders: bool,
) -> EffectiveTerms:
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for name in INHERITED:
        values[name], origins[name] = _stated(name, chain, default)
    spans, origins["spans"] = _weekly(levels, default)
    facility = chain[0]
    rules = BookingTerms(
        zone=where.zone,
        unit=Unit(values["unit"] or Unit.HOUR),
        minimum_units=values["minimum_units"],
        maximum_units=values["maximum_units"],
        lead_time_days=values["lead_time_days"],
        horizon_days=values["horizon_days"],
        step_minutes=values["step_minutes"] or DEFAULT_STEP_MINUTES,
        half_day_time=values["half_day_time"] or DEFAULT_HALF_DAY_TIME,
        people_limit=values["people_limit"],
        setup_minutes=values["setup_minutes"] or 0,
        cleanup_minutes=values["cleanup_minutes"] or 0,
        hours=OpeningHours(
            spans,
            special_days_in_force(levels),
            NO_HOLIDAYS if values["opens_on_holidays"] else where.holidays,
        ),
        status=facility.status,
        mode=BookingMode(values["mode"] or BookingMode.HERE),
        has_deciders=has_deciders,
        allows_shared=facility.allows_shared,
        allows_exclusive=facility.allows_exclusive,
        late_asking=bool(values["late_asking"]),
    )
    return EffectiveTerms(
        rules,
        origins,
        pending_holds=bool(values["pending_holds"]),
        fair_share_percent=values["fair_share_percent"],
        elsewhere_url=web_address(values["elsewhere_url"]),
    )


def _stated(name: str, chain: Sequence[Any], default: KindDefault | None) -> tuple[Any, Origin]:
    for distance, facility in enumerate(chain):
        value = getattr(facility, name)
        if value is not None:
            return value, Origin.ABOVE if distance else Origin.OWN
    value = getattr(default, name, None)
    return (value, Origin.DEMO) if value is not None else (None, Origin.NOT_STATED)


def _weekly(
    levels: Sequence[StatedHours], default: KindDefault | None
) -> tuple[tuple[WeeklySpan, ...] | None, Origin]:
    demo = tuple(weekly_spans(default.opening_hours)) if default else ()
    spans = weekly_in_force(levels, demo or None)
    if levels[0].timetables:
        return spans, Origin.OWN
    if any(level.timetables for level in levels):
        return spans, Origin.ABOVE
    return spans, Origin.DEMO if demo else Origin.NOT_STATED


def weekly_spans(opening_hours: Iterable[Mapping[str, Any]]) -> list[WeeklySpan]:
    """Return the spans that the catalogue's form `{days, from, to}` means."""
    return [
        WeeklySpan(
            WEEKDAYS.index(day),
            time.fromisoformat(hours["from"]),
            time.fromisoformat(hours["to"]),
        )
        for hours in opening_hours
        for day in hours["days"]
    ]
