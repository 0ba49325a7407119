"""The concepts, read once from `vocabulary.toml`, and which of them a text names."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from booking.concepts.normalise import ENGLISH, LANGUAGES, fold, stem, written_out

SOURCE = Path(__file__).with_name("vocabulary.toml")
_WORD = re.compile(r"[^\W_]+")
# Shorter words are not taken for halves of one: `e.V.` is no EV.
_SHORTEST_OF_TWO = 3


class Facet(StrEnum):
    """What a concept says of a facility."""

    SUBJECT = "subject"
    CAPABILITY = "capability"
    EQUIPMENT = "equipment"
    HAZARD = "hazard"
    ACCESS = "access"
    SETTING = "setting"
    KIND = "kind"
    PLACE = "place"


@dataclass(frozen=True)
class Concept:
    """A concept: `names` are its names by language, the preferred one first.

    `broader` are the ids of what it is a kind of, `related` of what else is found by its names.
    `is_common`: so many facilities offer it that it makes no two of them similar.
    """

    id: str
    facet: Facet
    names: Mapping[str, tuple[str, ...]]
    broader: tuple[str, ...]
    related: tuple[str, ...]
    is_common: bool
    source: str


def _read() -> dict[str, Any]:
    return tomllib.loads(SOURCE.read_text(encoding="utf-8"))


_STATED = _read()
#: Where the names of concepts are from, by the key that concepts have.
SOURCES: Mapping[str, str] = _STATED.pop("sources")
#: Names that stand for more than one concept, as they are written.
AMBIGUOUS: tuple[str, ...] = tuple(_STATED.pop("ambiguous"))


def _concept(concept_id: str, stated: Mapping[str, Any]) -> Concept:
    abbreviations = stated.get("abbreviations", ())
    return Concept(
        id=concept_id,
        facet=Facet(stated["facet"]),
        names={one: (*stated[one], *abbreviations) for one in LANGUAGES},
        broader=tuple(stated.get("broader", ())),
        related=tuple(stated.get("related", ())),
        is_common=stated.get("common", False),
        source=stated["source"],
    )


#: All concepts by id, in the order of the file.
CONCEPTS: Mapping[str, Concept] = {one: _concept(one, stated) for one, stated in _STATED.items()}


def concept_word(concept_id: str, language: str = ENGLISH) -> str:
    """Return what the concept is called in a language, in English where it has none in it.

    An unknown concept is returned unchanged.
    """
    concept = CONCEPTS.get(concept_id)
    if concept is None:
        return concept_id
    return concept.names[language if language in LANGUAGES else ENGLISH][0]


@cache
def with_broader(concept_id: str) -> tuple[str, ...]:
    """Return the concept and all that it is a kind of, itself first; none if it is unknown."""
    found: dict[str, None] = {}
    left = [concept_id]
    while left:
        one = left.pop(0)
        if one in CONCEPTS and one not in found:
            found[one] = None
            left += CONCEPTS[one].broader
    return tuple(found)


class NamedConcepts(NamedTuple):
    """A stretch of words, from `first` to `last`, and the ids of the concepts that it names."""

    first: int
    last: int
    concepts: frozenset[str]


def spellings(name: str) -> Iterator[tuple[str, ...]]:
    """Yield the folded words of a name, also as people write them who lack its letters."""
    plain = tuple(_WORD.findall(fold(name)))
    yield plain
    other = tuple(_WORD.findall(written_out(name)))
    if other != plain:
        yield other


def name_keys(folded: Sequence[str], language: str) -> Iterator[str]:
    """Yield the forms in which a name is compared: its words apart, and written as one."""
    yield " ".join(stem(word, language) for word in folded)
    if len(folded) > 1:
        yield stem("".join(folded), language)


class _Names:
    """All names in one language, in the form that is compared."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._concepts: dict[str, set[str]] = {}
        #: How many words the longest name has that begins with a word.
        self._longest: dict[str, int] = {}
        for concept in CONCEPTS.values():
            for name in concept.names[language]:
                for folded in spellings(name):
                    first = stem(folded[0], language)
                    self._longest[first] = max(self._longest.get(first, 0), len(folded))
                    for key in name_keys(folded, language):
                        self._concepts.setdefault(key, set()).add(concept.id)

    def of(self, key: str) -> frozenset[str]:
        return frozenset(self._concepts.get(key, ()))

    def in_words(self, folded: Sequence[str]) -> Iterator[NamedConcepts]:
        stems = [stem(word, self._language) for word in folded]
        for first, one in enumerate(stems):
            for last in range(first, min(first + self._longest.get(one, 0), len(stems))):
                if found := self._concepts.get(" ".join(stems[first : last + 1])):
                    yield NamedConcepts(first, last, frozenset(found))
        for first, pair in enumerate(pairwise(folded)):
            if min(map(len, pair)) < _SHORTEST_OF_TWO:
                continue
            if found := self._concepts.get(stem("".join(pair), self._language)):
                yield NamedConcepts(first, first + 1, frozenset(found))


_NAMES = {language: _Names(language) for language in LANGUAGES}


def named_in(
    folded: Sequence[str], languages: Sequence[str] = LANGUAGES
) -> Iterator[NamedConcepts]:
    """Yield which of these words, folded, name concepts in one of the languages.

    Words of several languages that name the same are yielded for each of them.
    """
    for language in languages:
        yield from _NAMES[language].in_words(folded)
