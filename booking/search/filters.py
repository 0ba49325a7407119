"""Which facilities a search finds by filters and words, as SQL."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from booking.clusters.models import Cluster, FocusArea
from booking.db.in_ids import in_ids
from booking.facilities.models import Facility, facility_focus_area
from booking.search.facts import CodeWords
from booking.search.index_reading import search_index


@dataclass(frozen=True)
class Filters:
    """The filters of a search; slugs and kinds that do not exist match nothing.

    A facility matches one of `clusters` or `countries`, one of `kinds`, one of `focus_areas`, and
    words of `text`; what is empty filters nothing. Countries are ISO 3166 codes of two letters.
    """

    text: str = ""
    clusters: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    focus_areas: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


def matching(filters: Filters, words: CodeWords, *columns: Any) -> sa.Select[Any]:
    """Return a query for the facilities that the filters match, by name.

    It selects the given columns (default: the whole facility). With a text it matches those that
    have all of its words; where none has, those that have the most. Codes are found by `words`.
    """
    query = within(filters, *columns)
    if not filters.text.strip():
        return query
    found = search_index(words).find(filters.text)
    fewest = min((rank.missing for rank in found.values()), default=0)
    best = [one for one, rank in found.items() if rank.missing == fewest]
    return query.where(in_ids(Facility.id, best))


def within(filters: Filters, *columns: Any) -> sa.Select[Any]:
    """Return a query for the facilities that all filters but the text match, by name."""
    query = sa.select(*(columns or (Facility,))).join(Cluster, Cluster.id == Facility.cluster_id)
    if filters.clusters or filters.countries:
        query = query.where(
            sa.or_(Cluster.slug.in_(filters.clusters), Cluster.country.in_(filters.countries))
        )
    if filters.kinds:
        query = query.where(Facility.kind.in_(filters.kinds))
    if filters.focus_areas:
        query = query.where(
            Facility.id.in_(
                sa.select(facility_focus_area.c.facility_id)
                .join(FocusArea, FocusArea.id == facility_focus_area.c.focus_area_id)
                .where(FocusArea.slug.in_(filters.focus_areas))
            )
        )
    return query.order_by(Facility.name, Facility.id)
