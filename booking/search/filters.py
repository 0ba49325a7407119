"""Which facilities a search finds by filters and words."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from booking.clusters.models import Cluster
from booking.db.in_ids import in_ids
from booking.facilities.listed import ListedFacility, listed_facilities
from booking.facilities.models import Facility
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

    def found(self) -> list[ListedFacility]:
        """Return the facilities that all filters but the text match, by name."""
        return [one for one in listed_facilities().values() if self._matches(one)]

    @property
    def are_none(self) -> bool:
        """Return whether all match, whatever the text."""
        return not (self.clusters or self.countries or self.kinds or self.focus_areas)

    def _matches(self, facility: ListedFacility) -> bool:
        cluster = facility.cluster
        return (
            (
                not (self.clusters or self.countries)
                or cluster.slug in self.clusters
                or cluster.country in self.countries
            )
            and (not self.kinds or facility.kind in self.kinds)
            and (not self.focus_areas or not set(self.focus_areas).isdisjoint(facility.areas))
        )


def matching(filters: Filters, words: CodeWords, *columns: Any) -> sa.Select[Any]:
    """Return a query for the facilities that the filters match, by name.

    It selects the given columns (default: the whole facility). With a text it matches those that
    have all of its words; where none has, those that have the most. Codes are found by `words`.
    """
    query = (
        sa.select(*(columns or (Facility,)))
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .order_by(Facility.name, Facility.id)
    )
    if not filters.are_none:
        query = query.where(in_ids(Facility.id, (one.id for one in filters.found())))
    if not filters.text.strip():
        return query
    found = search_index(words).find(filters.text)
    fewest = min((rank.missing for rank in found.values()), default=0)
    best = [one for one, rank in found.items() if rank.missing == fewest]
    return query.where(in_ids(Facility.id, best))
