"""In which order results come: by relevance, first free, by name, or the nearest first."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from booking.clusters.towns import town
from booking.facilities.listed import ListedFacility, listed_clusters, listed_facilities
from booking.facilities.positions import CITIES, Position, position_of
from booking.facilities.terms_cache import cached
from booking.search.facets import FilterBy, facet_index


class SortBy(StrEnum):
    """The orders; the values stand in addresses, `near-` before the name of a city."""

    RELEVANCE = "relevance"
    FIRST_FREE = "first-free"
    NAME = "name"
    NEAR = "near"


@dataclass(frozen=True)
class Order:
    """One order; `city` is where the nearest come first, `near` its position."""

    by: SortBy = SortBy.RELEVANCE
    city: str = ""
    near: Position | None = None

    @property
    def value(self) -> str:
        """Return what stands for it in an address."""
        return f"{_NEAR}{self.city}" if self.near else self.by.value

    @property
    def is_relevance(self) -> bool:
        """Return whether it is what comes where nothing was chosen."""
        return self.by is SortBy.RELEVANCE

    @property
    def by_first_free(self) -> bool:
        """Return whether what is free first comes first."""
        return self.by is SortBy.FIRST_FREE

    def distance(self, facility: ListedFacility) -> float:
        """Return how many kilometres away a facility is; endless where it is not known."""
        position = position_of(facility)
        return self.near.km_to(position) if self.near and position else math.inf

    def km_to(self, facility: ListedFacility) -> int | None:
        """Return the same in whole kilometres; None where it is not known, or does not matter."""
        distance = self.distance(facility)
        return None if math.isinf(distance) else round(distance)


BY_RELEVANCE = Order()
_NEAR = f"{SortBy.NEAR}-"
_BY_VALUE = {one.value: one for one in SortBy if one is not SortBy.NEAR}


def cities() -> Mapping[str, Position]:
    """Return the cities to be near to, by name: those of facilities and clusters, sorted.

    Of a city that nobody here knows, the position that an owner states of a facility there.
    """
    return cached("cities to be near to", _read_cities)


def _read_cities() -> dict[str, Position]:
    found = {one: CITIES[one] for one in facet_index().values(FilterBy.CITY) if one in CITIES}
    for cluster in listed_clusters().values():
        if cluster.lat is not None and cluster.lon is not None:
            found.setdefault(town(cluster.city), Position(cluster.lat, cluster.lon, of_city=True))
    for one in listed_facilities().values():
        name = town(one.city or "")
        if name and name not in found and (position := position_of(one)) is not None:
            found[name] = replace(position, of_city=True)
    return dict(sorted(found.items()))


def read_order(text: str) -> Order:
    """Return the order that a text from an address names; by relevance if it names none."""
    if text.startswith(_NEAR):
        city, known = text.removeprefix(_NEAR), cities()
        return Order(SortBy.NEAR, city, known[city]) if city in known else BY_RELEVANCE
    return Order(_BY_VALUE[text]) if text in _BY_VALUE else BY_RELEVANCE
