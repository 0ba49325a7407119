"""What lists and forms need of facilities: all of them with their clusters, as plain values.

They are kept in memory until something changes that they depend on, see `terms_cache`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from booking.clusters.models import Cluster, FocusArea
from booking.concepts.vocabulary import present_vocabulary, replaced
from booking.db.rows import read_rows
from booking.facilities.models import Facility, facility_focus_area
from booking.facilities.terms_cache import already_cached, cached

# Rules change one by one, and all facilities are read again each time: those of the same values are
# not put together again, at most so many of them.
_MOST = 20_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ListedCluster:
    """A cluster as lists show it; `country`, `region`, `days_off`... as in `Cluster`.

    As long as nothing changes of it, it is the same object, so it compares by identity.
    """

    id: int
    slug: str
    short_name: str
    name: str
    city: str
    country: str
    region: str | None
    time_zone: str
    lat: float | None
    lon: float | None
    website: str | None
    answer_days: int
    days_off: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ListedFacility:
    """A facility as pages show it; `areas` are slugs of its focus areas, sorted.

    `concepts` are ids of the vocabulary, empty if nobody has stated any. `people_limit` is what
    is stated of the facility itself; what holds is in its terms.

    As long as nothing changes of it, it is the same object, so it compares by identity.
    """

    id: int
    parent_id: int | None
    cluster: ListedCluster
    slug: str
    name: str
    kind: str
    city: str | None
    description: str | None
    capabilities: tuple[str, ...]
    concepts: tuple[str, ...]
    hazards: tuple[str, ...]
    equipment: tuple[str, ...]
    setting: str | None
    access_mode: str | None
    lat: float | None
    lon: float | None
    position_is_rounded: bool
    status: str
    people_limit: int | None
    place_word: str | None
    access_conditions: str | None
    sees_public: str
    sees_signed_in: str
    sees_own_cluster: str
    areas: tuple[str, ...]

    @property
    def cluster_id(self) -> int:
        """Return the id of its cluster."""
        return self.cluster.id


def listed_clusters() -> Mapping[int, ListedCluster]:
    """Return all clusters by id, in the order of their short names."""
    return cached("listed_clusters", _read_clusters)


def listed_facilities() -> Mapping[int, ListedFacility]:
    """Return all facilities by id, in the order of their names."""
    return cached(_NAME, _read_facilities)


def listed_already() -> Mapping[int, ListedFacility] | None:
    """Return all facilities where that takes no statement, else None."""
    found: Mapping[int, ListedFacility] | None = already_cached(_NAME)
    return found


def listed_by_slug() -> Mapping[str, ListedFacility]:
    """Return the same facilities by slug."""
    return cached("listed_by_slug", lambda: {one.slug: one for one in listed_facilities().values()})


_NAME = "listed_facilities"
_CLUSTER_COLUMNS = tuple(name for name in ListedCluster.__slots__ if name != "days_off")
_CLUSTERS = sa.select(
    *(getattr(Cluster, name) for name in _CLUSTER_COLUMNS), sa.cast(Cluster.days_off, sa.Text)
).order_by(Cluster.short_name, Cluster.id)


def _read_clusters() -> dict[int, ListedCluster]:
    return {row[0]: _cluster(tuple(row)) for row in read_rows(_CLUSTERS)}


@lru_cache(maxsize=1_000)
def _cluster(row: tuple[Any, ...]) -> ListedCluster:
    *values, days_off = row
    return ListedCluster(
        **dict(zip(_CLUSTER_COLUMNS, values, strict=True)),
        days_off=tuple(map(tuple, json.loads(days_off or "[]"))),
    )


_COLUMNS = (
    Facility.id,
    Facility.parent_id,
    Facility.slug,
    Facility.name,
    Facility.kind,
    Facility.city,
    Facility.description,
    Facility.setting,
    Facility.access_mode,
    Facility.lat,
    Facility.lon,
    Facility.position_is_rounded,
    Facility.status,
    Facility.people_limit,
    Facility.place_word,
    Facility.access_conditions,
    Facility.sees_public,
    Facility.sees_signed_in,
    Facility.sees_own_cluster,
)
_NAMES = tuple(column.key for column in _COLUMNS)
_AREAS = (
    sa.select(
        facility_focus_area.c.facility_id,
        sa.func.aggregate_strings(FocusArea.slug, ",").label("slugs"),
    )
    .join(FocusArea, FocusArea.id == facility_focus_area.c.focus_area_id)
    .group_by(facility_focus_area.c.facility_id)
    .subquery()
)
_FACILITIES: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        *_COLUMNS,
        # As text, as most of these lists are empty or known.
        *(
            sa.cast(column, sa.Text)
            for column in (Facility.capabilities, Facility.hazards, Facility.equipment)
        ),
        _AREAS.c.slugs,
        sa.cast(Facility.concepts, sa.Text),
        Facility.cluster_id,
    )
    .outerjoin(_AREAS, _AREAS.c.facility_id == Facility.id)
    .order_by(Facility.name, Facility.id)
)
_STATED = len(_COLUMNS) + 4  # all but concepts and cluster


@lru_cache(maxsize=_MOST)
def _texts(stored: str | None) -> tuple[str, ...]:
    """Return the texts in a list as it is stored, none if there is no list."""
    return tuple(json.loads(stored or "null") or ())


def _read_facilities() -> dict[int, ListedFacility]:
    clusters, instead = listed_clusters(), present_vocabulary().instead
    present: dict[str | None, tuple[str, ...]] = {}
    found = {}
    for row in read_rows(_FACILITIES):
        concepts, cluster_id = row[-2], row[-1]
        if concepts not in present:
            present[concepts] = replaced(_texts(concepts), instead)
        found[row[0]] = _facility(row[:_STATED], present[concepts], clusters[cluster_id])
    return found


@lru_cache(maxsize=_MOST)
def _facility(
    row: tuple[Any, ...], concepts: tuple[str, ...], cluster: ListedCluster
) -> ListedFacility:
    """Return a facility, the same object for the same values."""
    *values, capabilities, hazards, equipment, areas = row
    return ListedFacility(
        cluster=cluster,
        capabilities=_texts(capabilities),
        concepts=concepts,
        hazards=_texts(hazards),
        equipment=_texts(equipment),
        areas=tuple(sorted(areas.split(","))) if areas else (),
        **dict(zip(_NAMES, values, strict=True)),
    )
