"""Which facilities a search finds by filters and words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from booking.facilities.listed import ListedFacility, listed_facilities
from booking.search.facets import Chosen, FilterBy, facet_index
from booking.search.facts import CodeWords
from booking.search.index_reading import search_index
from booking.search.masks import at


@dataclass(frozen=True)
class Filters:
    """The filters of a search; values that do not exist match nothing.

    A facility matches one of `clusters` or `countries`, all `capabilities`, all `equipment`, all
    `hazards`, one of each of the others, and words of `text`; what is empty filters nothing.
    Countries are ISO 3166 codes of two letters, `cities` are names, `focus_areas`, `capabilities`,
    `equipment`, `settings` and `access` are concepts, `hazards` codes, `capacities` and `statuses`
    as `search.facets` calls them.
    `only` are the ids among which it looks, None: among all.
    """

    text: str = ""
    clusters: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    focus_areas: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    equipment: tuple[str, ...] = ()
    hazards: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    capacities: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    only: frozenset[int] | None = None

    @classmethod
    def of(cls, text: str, chosen: Chosen) -> "Filters":
        """Return the filters for what was chosen."""
        given: dict[str, Any] = {FIELDS[name]: tuple(one) for name, one in chosen.items()}
        return cls(text, **given)

    @property
    def chosen(self) -> dict[FilterBy, tuple[str, ...]]:
        """Return what was chosen, apart from the text; all names, with or without choices."""
        return {name: getattr(self, attribute) for name, attribute in FIELDS.items()}

    def found(self) -> list[ListedFacility]:
        """Return the facilities that all filters but the text match, by name."""
        return list(at(self.mask, facet_index().facilities))

    @property
    def mask(self) -> int:
        """Return the mask of the facilities that all filters but the text match."""
        index = facet_index()
        mask = index.mask(self.chosen)
        return mask if self.only is None else mask & index.mask_of(self.only)

    @property
    def are_none(self) -> bool:
        """Return whether all match, whatever the text."""
        return self.only is None and not any(self.chosen.values())


#: Where `Filters` has what can be chosen.
FIELDS: Mapping[FilterBy, str] = {
    FilterBy.CLUSTER: "clusters",
    FilterBy.COUNTRY: "countries",
    FilterBy.CITY: "cities",
    FilterBy.KIND: "kinds",
    FilterBy.SUBJECT: "focus_areas",
    FilterBy.CAPABILITY: "capabilities",
    FilterBy.EQUIPMENT: "equipment",
    FilterBy.HAZARD: "hazards",
    FilterBy.SETTING: "settings",
    FilterBy.ACCESS: "access",
    FilterBy.CAPACITY: "capacities",
    FilterBy.STATUS: "statuses",
}


def matching(filters: Filters, words: CodeWords) -> list[ListedFacility]:
    """Return the facilities that the filters match, by name. No statement if nothing has changed.

    With a text they are those that have all of its words; where none has, those that have the most.
    Codes are found by `words`.
    """
    facilities = list(listed_facilities().values()) if filters.are_none else filters.found()
    if not filters.text.strip():
        return facilities
    found = search_index(words).find(filters.text)
    fewest = min((rank.missing for rank, _ in found.levels), default=0)
    best = {one for one, rank in found.items() if rank.missing == fewest}
    return [one for one in facilities if one.id in best]
