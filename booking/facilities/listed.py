"""What lists and forms need of facilities: all of them with their clusters, as plain values.

They are kept in memory until something changes that they depend on, see `terms_cache`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa

from booking.clusters.models import Cluster, FocusArea
from booking.concepts.vocabulary import present_ids
from booking.extensions import db
from booking.facilities.models import Facility, facility_focus_area
from booking.facilities.terms_cache import cached


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCluster:
    """A cluster as lists show it; `country`, `region`, `days_off`... as in `Cluster`."""

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

    As long as nothing changes it is the same object, so it compares by identity.
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
    return cached("listed_facilities", _read_facilities)


def listed_by_slug() -> Mapping[str, ListedFacility]:
    """Return the same facilities by slug."""
    return cached("listed_by_slug", lambda: {one.slug: one for one in listed_facilities().values()})


_CLUSTERS = sa.select(*(getattr(Cluster, name) for name in ListedCluster.__slots__)).order_by(
    Cluster.short_name, Cluster.id
)


def _read_clusters() -> dict[int, ListedCluster]:
    rows = db.session.execute(_CLUSTERS)
    return {
        row["id"]: ListedCluster(**{**row, "days_off": tuple(map(tuple, row["days_off"]))})
        for row in rows.mappings()
    }


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
_FACILITIES = sa.select(
    *_COLUMNS,
    Facility.cluster_id,
    # As text, as most of these lists are empty or known.
    *(
        sa.cast(column, sa.Text)
        for column in (
            Facility.capabilities,
            Facility.concepts,
            Facility.hazards,
            Facility.equipment,
        )
    ),
).order_by(Facility.name, Facility.id)
_AREAS = (
    sa.select(facility_focus_area.c.facility_id, FocusArea.slug)
    .join(FocusArea, FocusArea.id == facility_focus_area.c.focus_area_id)
    .order_by(FocusArea.slug)
)


@lru_cache(maxsize=20_000)
def _texts(stored: str | None) -> tuple[str, ...]:
    """Return the texts in a list as it is stored, none if there is no list."""
    return tuple(json.loads(stored or "null") or ())


def _read_facilities() -> dict[int, ListedFacility]:
    clusters = listed_clusters()
    areas_of: dict[int, list[str]] = {}
    for facility_id, slug in db.session.execute(_AREAS):
        areas_of.setdefault(facility_id, []).append(slug)
    found = {}
    for *values, cluster_id, capabilities, concepts, hazards, equipment in db.session.execute(
        _FACILITIES
    ):
        facility_id = values[0]
        found[facility_id] = ListedFacility(
            cluster=clusters[cluster_id],
            capabilities=_texts(capabilities),
            concepts=tuple(present_ids(_texts(concepts))),
            hazards=_texts(hazards),
            equipment=_texts(equipment),
            areas=tuple(areas_of.get(facility_id, ())),
            **dict(zip(_NAMES, values, strict=True)),
        )
    return found
