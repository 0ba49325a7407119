"""Reading the vocabulary: its concepts with their words, where these are from, and who has them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from booking.concepts.normalise import ENGLISH, LANGUAGES, fold
from booking.concepts.vocabulary import CONCEPTS, Concept, Facet, present_vocabulary
from booking.concepts.word_sources import OWN, SOURCES, Source, WordSource
from booking.errors import NotFound
from booking.search.facets import CONCEPTS_OF, FilterBy, facet_index

_COUNTRY = "country-"
_FILTERS: Mapping[Facet, FilterBy] = {
    **{facet: name for name, facet in CONCEPTS_OF.items()},
    Facet.SUBJECT: FilterBy.SUBJECT,
    Facet.HAZARD: FilterBy.HAZARD,
    Facet.KIND: FilterBy.KIND,
}


@dataclass(frozen=True)
class ShownWord:
    """A name of a concept, and which source has it; None: the team's own usage."""

    text: str
    source: WordSource | None


@dataclass(frozen=True)
class ShownConcept:
    """A concept as its page shows it; `words` by language, or `ABBREVIATIONS`, in their order.

    `found_by` is the choice of the search that finds facilities by it, None if there is none;
    `facilities` is how many it finds.
    """

    concept: Concept
    words: Mapping[str, Sequence[ShownWord]]
    broader: Sequence[str]
    narrower: Sequence[str]
    found_by: tuple[FilterBy, str] | None
    facilities: int

    @property
    def sources(self) -> Sequence[Source]:
        """Return the sources that have one of its words, in their order."""
        words = [word for words in self.words.values() for word in words]
        used = {word.source.source.key for word in words if word.source}
        return [one for key, one in SOURCES.items() if key in used]


@dataclass(frozen=True)
class ListedConcept:
    """A concept in the list of all: its id, and how many facilities have it or a narrower one."""

    concept: Concept
    facilities: int


def shown_concept(concept_id: str) -> ShownConcept:
    """Return a concept with its words.

    Raises:
        NotFound: the vocabulary has none of this id.
    """
    concept = CONCEPTS.get(concept_id)
    if concept is None:
        raise NotFound("concept")
    words: dict[str, list[ShownWord]] = {}
    for language, name, source in concept.words():
        words.setdefault(language, []).append(ShownWord(name, source))
    return ShownConcept(
        concept,
        words,
        [one for one in concept.broader if one in CONCEPTS],
        [one.id for one in CONCEPTS.values() if concept_id in one.broader],
        filter_of(concept),
        _facilities(concept),
    )


def filter_of(concept: Concept) -> tuple[FilterBy, str] | None:
    """Return the choice of the search that finds facilities by a concept: name and value."""
    if concept.facet is Facet.PLACE:
        code = concept.id.removeprefix(_COUNTRY)
        return None if code == concept.id else (FilterBy.COUNTRY, code.upper())
    value = concept.id.replace("-", " ") if concept.facet is Facet.KIND else concept.id
    return _FILTERS[concept.facet], value


def _facilities(concept: Concept) -> int:
    found_by = filter_of(concept)
    if found_by is None:
        return 0
    name, value = found_by
    return facet_index().counts({}).counts.get(name, {}).get(value, 0)


def listed_concepts(text: str = "", facet: Facet | None = None) -> Sequence[ListedConcept]:
    """Return the concepts one of whose names has this text in it, in the order of the vocabulary.

    `facet`: only those that say this of a facility.
    """
    looked_for = fold(text).strip()
    return [
        ListedConcept(one, _facilities(one))
        for one in CONCEPTS.values()
        if facet in (None, one.facet)
        and any(looked_for in fold(name) for names in one.names.values() for name in names)
    ]


def word_counts() -> Mapping[str, int]:
    """Return how many words of the vocabulary each source has first, by key; the rest is `OWN`.

    A word that is the same in all languages counts once.
    """
    return Counter(
        source.source.key if source else OWN
        for concept in CONCEPTS.values()
        for _, _, source in concept.words()
    )


def vocabulary_file() -> dict[str, Any]:
    """Return the whole vocabulary with the sources of its words, ready for JSON."""
    return {
        "languages": list(LANGUAGES),
        "sources": {
            key: {
                "title": one.title,
                "publisher": one.publisher,
                "licence": one.licence,
                "licence_url": one.licence_url,
                "address": one.address,
                "date": one.read_on.isoformat(),
            }
            for key, one in SOURCES.items()
        }
        | {OWN: {"title": "Usage of the team that keeps this vocabulary"}},
        "concepts": {one.id: _in_file(one) for one in CONCEPTS.values()},
        "merged": dict(present_vocabulary().instead),
    }


def _in_file(concept: Concept) -> dict[str, Any]:
    words: dict[str, list[dict[str, str]]] = {}
    for language, name, source in concept.words():
        entry = {"source": source.source.key, "entry": source.entry} if source else {"source": OWN}
        words.setdefault(language, []).append({"name": name, **entry})
    found = {
        "facet": concept.facet.value,
        "label": concept.names[ENGLISH][0],
        "broader": list(concept.broader),
        "related": list(concept.related),
        "words": words,
    }
    return found | ({"stated_source": concept.stated_source} if concept.stated_source else {})
