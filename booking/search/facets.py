"""By what facilities can be filtered, and how many of them each choice leaves.

All facilities are numbered by name, and each choice is one number with a bit for each facility that
it matches. So the counts of all choices are worked out from thousands of facilities at once.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache, reduce
from operator import and_, or_

from booking.clusters.towns import town
from booking.concepts.vocabulary import Facet, Vocabulary, present_vocabulary, with_broader
from booking.facilities.effective_terms import kind_defaults
from booking.facilities.listed import ListedFacility, listed_facilities
from booking.facilities.terms_cache import cached
from booking.rules.facts import AccessMode, Setting
from booking.search.masks import at, mask_of
from booking.search.words import composed, named_by


class FilterBy(StrEnum):
    """What can be chosen; the values are the names of the arguments in addresses."""

    CLUSTER = "cluster"
    COUNTRY = "country"
    CITY = "city"
    KIND = "kind"
    SUBJECT = "area"
    CAPABILITY = "capability"
    EQUIPMENT = "equipment"
    HAZARD = "hazard"
    SETTING = "setting"
    ACCESS = "access"
    CAPACITY = "capacity"
    STATUS = "status"


#: What says the same of a facility is chosen together.
GROUPS = (
    (FilterBy.CLUSTER, FilterBy.COUNTRY),
    *((one,) for one in FilterBy if one not in (FilterBy.CLUSTER, FilterBy.COUNTRY)),
)
#: Of these a facility needs all that are chosen: who works with fire and smoke needs both allowed.
#: Of the others any is enough.
ALL_OF = frozenset({FilterBy.CAPABILITY, FilterBy.EQUIPMENT, FilterBy.HAZARD})
#: What is chosen among concepts, and the part of the vocabulary that has them.
CONCEPTS_OF: Mapping[FilterBy, Facet] = {
    FilterBy.CAPABILITY: Facet.CAPABILITY,
    FilterBy.EQUIPMENT: Facet.EQUIPMENT,
    FilterBy.SETTING: Facet.SETTING,
    FilterBy.ACCESS: Facet.ACCESS,
}
#: How many people there is room for, by name: from the least to the most.
CAPACITIES: Mapping[str, tuple[int, int]] = {
    "1-5": (1, 5),
    "6-10": (6, 10),
    "11-25": (11, 25),
    "26-50": (26, 50),
    "51-": (51, 10**9),
}
NOT_STATED = "not-stated"
#: Statuses with a year or a remark behind them are one choice.
_STATUSES = ("unverified", "planned")

_INDOOR, _OUTDOOR = "indoor", "outdoor"
_ON_SITE, _REMOTE = "on-site-access", "remote-access"
#: The concepts that mean what owners state.
_SETTINGS: Mapping[str, set[str]] = {
    Setting.INDOOR: {_INDOOR},
    Setting.OUTDOOR: {_OUTDOOR},
    Setting.BOTH: {_INDOOR, _OUTDOOR},
}
_ACCESS: Mapping[str, set[str]] = {
    AccessMode.ON_SITE: {_ON_SITE},
    AccessMode.REMOTE: {_REMOTE},
    AccessMode.BOTH: {_ON_SITE, _REMOTE},
}

Chosen = Mapping[FilterBy, Collection[str]]


@dataclass(frozen=True)
class FacetCounts:
    """What a search leaves to choose: how many facilities each choice has.

    `counts` has only choices with facilities: of each what one gets who chooses it instead of all
    others of its group, in `ALL_OF` beside them. `without` says how many there would be without the
    choices of a group, for each group with choices, `without_one` without a single one of several
    that are all needed, `without_text` without the words that were searched for.
    """

    total: int = 0
    counts: Mapping[FilterBy, Mapping[str, int]] = field(default_factory=dict)
    without: Mapping[tuple[FilterBy, ...], int] = field(default_factory=dict)
    without_one: Mapping[tuple[FilterBy, str], int] = field(default_factory=dict)
    without_text: int = 0


class FacetIndex:
    """All facilities by name, and what can be chosen of each."""

    def __init__(self, choices: Sequence[tuple[ListedFacility, Mapping[FilterBy, Iterable[str]]]]):
        self.facilities = [facility for facility, _ in choices]
        self._position = {one.id: number for number, one in enumerate(self.facilities)}
        positions: dict[FilterBy, dict[str, list[int]]] = {one: {} for one in FilterBy}
        for number, (_, values) in enumerate(choices):
            for name, of_name in values.items():
                for value in of_name:
                    positions[name].setdefault(value, []).append(number)
        self._masks = {
            name: {
                value: mask_of(numbers, len(self.facilities)) for value, numbers in of_name.items()
            }
            for name, of_name in positions.items()
        }
        self._all = (1 << len(self.facilities)) - 1

    def values(self, name: FilterBy) -> Collection[str]:
        """Return all that can be chosen, as one or more facilities have it."""
        return self._masks[name].keys()

    def matching(self, chosen: Chosen) -> list[ListedFacility]:
        """Return the facilities that match what is chosen in each group, by name."""
        return list(at(self.mask(chosen), self.facilities))

    def mask(self, chosen: Chosen) -> int:
        """Return the mask of the facilities that match what is chosen in each group."""
        return reduce(and_, self._groups(chosen), self._all)

    def mask_of(self, facility_ids: Iterable[int]) -> int:
        """Return the mask of these facilities; those that do not exist are left out."""
        places = [self._position[one] for one in facility_ids if one in self._position]
        return mask_of(places, len(self.facilities))

    def by_cluster(self, mask: int) -> dict[int, int]:
        """Return how many of a mask belong to each cluster that has some, by its id."""
        found = {one: (mask & known).bit_count() for one, known in self._clusters.items()}
        return {one: number for one, number in found.items() if number}

    @cached_property
    def _clusters(self) -> dict[int, int]:
        slugs = {one.cluster.id: one.cluster.slug for one in self.facilities}
        return {one: self._masks[FilterBy.CLUSTER][slug] for one, slug in slugs.items()}

    def counts(self, chosen: Chosen, among: int | None = None) -> FacetCounts:
        """Return what is left to choose; `among`: only the facilities of this mask count."""
        within = self._all if among is None else among
        masks = self._groups(chosen)
        counts: dict[FilterBy, dict[str, int]] = {}
        without = {}
        without_one = {}
        total = reduce(and_, masks, within)
        for number, group in enumerate(GROUPS):
            others = reduce(and_, (*masks[:number], *masks[number + 1 :]), within)
            for name in group:
                beside = total if name in ALL_OF else others
                masks_of = self._masks[name].items()
                left = ((value, (mask & beside).bit_count()) for value, mask in masks_of)
                counts[name] = {value: count for value, count in left if count}
                values = chosen.get(name, ())
                if name in ALL_OF and len(values) > 1:
                    for one in values:
                        rest = self._chosen(name, [value for value in values if value != one])
                        without_one[name, one] = reduce(and_, rest, others).bit_count()
            if any(chosen.get(name) for name in group):
                without[group] = others.bit_count()
        return FacetCounts(
            total=total.bit_count(),
            counts=counts,
            without=without,
            without_one=without_one,
            without_text=reduce(and_, masks, self._all).bit_count(),
        )

    def _groups(self, chosen: Chosen) -> list[int]:
        """Return what matches the choices of each group; all where it has none."""
        found = []
        for group in GROUPS:
            masks = [mask for name in group for mask in self._chosen(name, chosen.get(name, ()))]
            needed = and_ if ALL_OF.intersection(group) else or_
            found.append(reduce(needed, masks) if masks else self._all)
        return found

    def _chosen(self, name: FilterBy, values: Iterable[str]) -> list[int]:
        return [self._masks[name].get(value, 0) for value in values]


def facet_index() -> FacetIndex:
    """Return all facilities with what can be chosen; from memory where nothing has changed."""
    return cached("facet_index", _read_index)


def _read_index() -> FacetIndex:
    facilities = listed_facilities()
    limits, reader = people_limits(facilities), _reader_of(present_vocabulary())
    return _index(tuple((one, limits[one.id]) for one in facilities.values()), reader)


# Rules change one by one, most of them without any effect on what can be chosen.
@lru_cache(maxsize=2)
def _index(
    facilities: tuple[tuple[ListedFacility, int | None], ...], reader: "_ConceptReader"
) -> FacetIndex:
    return FacetIndex([(one, choices_of(one, limit, reader)) for one, limit in facilities])


def people_limits(facilities: Mapping[int, ListedFacility]) -> dict[int, int | None]:
    """Return for how many people each of all facilities has room, as its terms say.

    To read all terms of thousands takes far longer.
    """
    of_kind = kind_defaults()
    found: dict[int, int | None] = {}
    for one in facilities.values():
        stating = one
        while stating.people_limit is None and stating.parent_id is not None:
            stating = facilities[stating.parent_id]
        limit = stating.people_limit
        found[one.id] = of_kind.get(one.kind, {}).get("people_limit") if limit is None else limit
    return found


@lru_cache(maxsize=20_000)
def choices_of(
    facility: ListedFacility, people_limit: int | None, reader: "_ConceptReader"
) -> dict[FilterBy, Collection[str]]:
    """Return all choices that match a facility; of concepts also what they are a kind of."""
    concepts: dict[FilterBy, list[str]] = {name: [] for name in CONCEPTS_OF}
    for one in reader.concepts_of(facility):
        if (name := reader.filter_of.get(one)) is not None:
            concepts[name].append(one)
    return {
        FilterBy.CLUSTER: (facility.cluster.slug,),
        FilterBy.COUNTRY: (facility.cluster.country,),
        FilterBy.CITY: (town(facility.city),) if facility.city else (),
        FilterBy.KIND: (facility.kind,),
        FilterBy.SUBJECT: facility.areas,
        FilterBy.HAZARD: {one.partition(" (")[0] for one in facility.hazards},
        FilterBy.CAPACITY: (capacity_of(people_limit),),
        FilterBy.STATUS: (status_of(facility.status),),
        **concepts,
    }


class _ConceptReader:
    """Reads which concepts of one vocabulary facilities have."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        by_facet = {facet: name for name, facet in CONCEPTS_OF.items()}
        #: In which filter a concept can be chosen, by its id.
        self.filter_of = {
            one.id: by_facet[one.facet]
            for one in vocabulary.concepts.values()
            if one.facet in by_facet
        }

    def concepts_of(self, facility: ListedFacility) -> set[str]:
        """Return the concepts of a facility with all that they are a kind of.

        Where nobody has stated any, those that its capabilities name; and what its equipment
        names. What its owner states of setting and access counts instead of what concepts say.
        """
        own: set[str] = set(facility.concepts)
        if not own:
            own.update(*map(self._named_by, facility.capabilities))
        for phrase in facility.equipment:
            named = self._named_by(phrase)
            own |= {one for one in named if self.filter_of.get(one) is FilterBy.EQUIPMENT}
        found: set[str] = set()
        found.update(*map(self._vocabulary.with_broader, own))
        if facility.setting is not None:
            found -= _SETTINGS[Setting.BOTH]
            found |= _SETTINGS[facility.setting]
        if facility.access_mode is not None:
            found -= _ACCESS[AccessMode.BOTH]
            found |= _ACCESS[facility.access_mode]
        return found

    def _named_by(self, phrase: str) -> frozenset[str]:
        return named_by(composed(phrase), (), self._vocabulary)


@lru_cache(maxsize=2)  # a vocabulary never changes: there is another one instead
def _reader_of(vocabulary: Vocabulary) -> _ConceptReader:
    return _ConceptReader(vocabulary)


def settings_of(facility: ListedFacility) -> list[str]:
    """Return the concepts that say whether a facility is indoors or outdoors, if any does."""
    concepts = _reader_of(present_vocabulary()).concepts_of(facility)
    return sorted(concepts & _SETTINGS[Setting.BOTH])


def capacity_of(people_limit: int | None) -> str:
    """Return the name of the choice that has so many people."""
    for name, (least, most) in CAPACITIES.items():
        if people_limit is not None and least <= people_limit <= most:
            return name
    return NOT_STATED


def status_of(status: str) -> str:
    """Return the choice that has this status: `unverified` for `unverified-since-2017`."""
    return next((one for one in _STATUSES if status.startswith(one)), status)


def narrowest(values: Iterable[str]) -> list[str]:
    """Return these concepts, each once, without those of which another one is a kind."""
    kept = list(dict.fromkeys(values))
    broader = {one for value in kept for one in with_broader(value)[1:]}
    return [one for one in kept if one not in broader]
