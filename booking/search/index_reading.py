"""The index of all facilities: read from the database, and cached until something changes."""

from collections import defaultdict

import sqlalchemy as sa

from booking.clusters.models import Cluster, FocusArea
from booking.extensions import db
from booking.facilities.listed import listed_facilities
from booking.facilities.models import Facility, facility_focus_area
from booking.facilities.terms_cache import cached
from booking.search.facts import CodeWords, facts_of
from booking.search.index import SearchIndex

_COLUMNS = (
    Facility.id,
    Facility.name,
    Facility.kind,
    Facility.run_by,
    Facility.city,
    Facility.description,
    Facility.capabilities,
    Facility.concepts,
    Facility.hazards,
    Facility.equipment,
    Cluster.name.label("cluster_name"),
    Cluster.short_name.label("cluster_short_name"),
    Cluster.city.label("cluster_city"),
    Cluster.country.label("cluster_country"),
)


def search_index(words: CodeWords) -> SearchIndex:
    """Return the index of all facilities, its codes in these words.

    One statement where nothing has changed since it was made, else three.
    """
    return cached(("search_index", words.language), lambda: _read_index(words))


def _read_index(words: CodeWords) -> SearchIndex:
    areas_of: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for facility_id, slug, description in db.session.execute(
        sa.select(facility_focus_area.c.facility_id, FocusArea.slug, FocusArea.description)
        .join(FocusArea, FocusArea.id == facility_focus_area.c.focus_area_id)
        .order_by(FocusArea.slug)
    ):
        areas_of[facility_id].append((slug, description))
    rows = db.session.execute(
        sa.select(*_COLUMNS).join(Cluster, Cluster.id == Facility.cluster_id)
    ).mappings()
    by_id = {row["id"]: dict(row) for row in rows}
    # In the order in which all facilities are listed: masks of both name the same facilities.
    return SearchIndex(
        {one: facts_of(by_id[one], areas_of[one], words) for one in listed_facilities()}
    )
