"""The concepts, and which of them a text names.

Those of `vocabulary.toml` are read once. The application adds those that were accepted since.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from booking.concepts.normalise import ENGLISH, LANGUAGES, fold, stem, written_out
from booking.concepts.word_sources import ABBREVIATIONS, WordSource, attested_words

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


#: What concepts say that may be merged; for all others the ids are codes, which rows have too.
MERGED_FACETS = frozenset({Facet.CAPABILITY, Facet.EQUIPMENT})


@dataclass(frozen=True)
class Concept:
    """A concept: `names` are its names by language, the preferred one first.

    `broader` are the ids of what it is a kind of, `related` of what else is found by its names.
    `is_common`: so many facilities offer it that it makes no two of them similar. `abbreviations`
    are among the names of each language. `attested` has the sources that have a name, by language
    (`ABBREVIATIONS` for these) and name; a name without one is the team's own usage.
    `stated_source` is what the owner said who proposed the concept, "" for those of the file.
    """

    id: str
    facet: Facet
    names: Mapping[str, tuple[str, ...]]
    broader: tuple[str, ...]
    related: tuple[str, ...] = ()
    is_common: bool = False
    abbreviations: tuple[str, ...] = ()
    attested: Mapping[tuple[str, str], WordSource] = field(default_factory=dict)
    stated_source: str = ""

    @property
    def can_be_merged(self) -> bool:
        """Return whether another concept may take its place: no code of the product is its id."""
        return self.facet in MERGED_FACETS

    def words(self) -> Iterator[tuple[str, str, WordSource | None]]:
        """Yield each name once: its language, or `ABBREVIATIONS`; the name; which source has it."""
        for language in LANGUAGES:
            for name in self.names[language]:
                if name not in self.abbreviations:
                    yield language, name, self.attested.get((language, name))
        for name in self.abbreviations:
            yield ABBREVIATIONS, name, self.attested.get((ABBREVIATIONS, name))


def _read() -> dict[str, Any]:
    return tomllib.loads(SOURCE.read_text(encoding="utf-8"))


_STATED = _read()
#: Names that stand for more than one concept, as they are written.
AMBIGUOUS: tuple[str, ...] = tuple(_STATED.pop("ambiguous"))


def _concept(concept_id: str, stated: Mapping[str, Any]) -> Concept:
    abbreviations = stated.get(ABBREVIATIONS, ())
    return Concept(
        id=concept_id,
        facet=Facet(stated["facet"]),
        names={one: (*stated[one], *abbreviations) for one in LANGUAGES},
        broader=tuple(stated.get("broader", ())),
        related=tuple(stated.get("related", ())),
        is_common=stated.get("common", False),
        abbreviations=tuple(abbreviations),
        attested=attested_words(concept_id),
    )


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

    def __init__(self, language: str, known: Mapping[str, Concept]) -> None:
        self._language = language
        self._concepts: dict[str, set[str]] = {}
        #: How many words the longest name has that begins with a word.
        self._longest: dict[str, int] = {}
        for concept in known.values():
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


class Vocabulary:
    """All concepts there are, by id, with what their names mean. It never changes.

    `instead` has by the id of a merged concept the one that took its place, `merged` the concept.
    """

    def __init__(
        self,
        concepts: Mapping[str, Concept],
        instead: Mapping[str, str] = MappingProxyType({}),
        merged: Mapping[str, Concept] = MappingProxyType({}),
    ) -> None:
        self.concepts, self.instead, self.merged = concepts, instead, merged
        self._names = {language: _Names(language, concepts) for language in LANGUAGES}
        self._with_broader: dict[str, tuple[str, ...]] = {}

    def with_broader(self, concept_id: str) -> tuple[str, ...]:
        """Return the concept and all that it is a kind of, itself first; none if unknown."""
        known = self._with_broader.get(concept_id)
        if known is None:
            found: dict[str, None] = {}
            left = [self.instead.get(concept_id, concept_id)]
            while left:
                one = left.pop(0)
                if one in self.concepts and one not in found:
                    found[one] = None
                    left += self.concepts[one].broader
            known = self._with_broader[concept_id] = tuple(found)
        return known

    def named(self, name: str, language: str) -> frozenset[str]:
        """Return the ids of the concepts that this whole name means in a language."""
        return frozenset(
            one
            for folded in spellings(name)
            for key in name_keys(folded, language)
            for one in self._names[language].of(key)
        )

    def named_in(
        self, folded: Sequence[str], languages: Sequence[str] = LANGUAGES
    ) -> Iterator[NamedConcepts]:
        """Yield what `named_in` of this module yields."""
        for language in languages:
            yield from self._names[language].in_words(folded)


def with_merges(concepts: Mapping[str, Concept], into: Mapping[str, str]) -> Vocabulary:
    """Return the vocabulary of these concepts in which some took the place of others.

    `into` has by the id of each that went the id of the one that has its names now, and of which
    is a kind what was a kind of it; which may have gone itself. One that is merged into what is no
    concept, such as one that the file no longer has, stays.
    """
    instead: dict[str, str] = {}
    for one in into:
        last, seen = one, set()
        while last in into and last not in seen:
            seen.add(last)
            last = into[last]
        if last in concepts and last not in into:
            instead[one] = last
    merged = {one: concepts[one] for one in instead if one in concepts}
    kept = {one: concept for one, concept in concepts.items() if one not in instead}
    for one, concept in merged.items():
        kept[instead[one]] = _with_names_of(kept[instead[one]], concept)
    for one, concept in kept.items() if merged else ():
        kept[one] = replace(
            concept,
            broader=_in_place(concept.broader, instead, one),
            related=_in_place(concept.related, instead, one),
        )
    return Vocabulary(kept, instead, merged)


def _with_names_of(concept: Concept, other: Concept) -> Concept:
    return replace(
        concept,
        names={
            language: tuple(dict.fromkeys([*names, *other.names[language]]))
            for language, names in concept.names.items()
        },
        abbreviations=tuple(dict.fromkeys([*concept.abbreviations, *other.abbreviations])),
        attested={**other.attested, **concept.attested},
    )


def _in_place(
    concept_ids: Sequence[str], instead: Mapping[str, str], itself: str
) -> tuple[str, ...]:
    return tuple(one for one in replaced(concept_ids, instead) if one != itself)


#: The concepts of the file.
SHIPPED = Vocabulary({one: _concept(one, stated) for one, stated in _STATED.items()})
_provided: Callable[[], Vocabulary] | None = None


def provide(find: Callable[[], Vocabulary]) -> None:
    """Let `find` say which vocabulary holds from now on: the shipped one, or one with more."""
    global _provided  # set once, by the application
    _provided = find


def present_vocabulary() -> Vocabulary:
    """Return the vocabulary that holds: that of the file and what was accepted since."""
    return _provided() if _provided is not None else SHIPPED


class _PresentConcepts(Mapping[str, Concept]):
    """The concepts of the vocabulary that holds when they are asked for."""

    def __getitem__(self, concept_id: str) -> Concept:
        return present_vocabulary().concepts[concept_id]

    def __iter__(self) -> Iterator[str]:
        return iter(present_vocabulary().concepts)

    def __len__(self) -> int:
        return len(present_vocabulary().concepts)


#: All concepts by id, those of the file first, in its order.
CONCEPTS: Mapping[str, Concept] = _PresentConcepts()


def concept_word(concept_id: str, language: str = ENGLISH) -> str:
    """Return what the concept is called in a language, in English where it has none in it.

    One that was merged is called what it was called; an unknown one is returned unchanged.
    """
    vocabulary = present_vocabulary()
    concept = vocabulary.concepts.get(concept_id) or vocabulary.merged.get(concept_id)
    if concept is None:
        return concept_id
    names = concept.names[language if language in LANGUAGES else ENGLISH]
    return (names or concept.names[ENGLISH])[0]


def present_ids(concept_ids: Iterable[str]) -> list[str]:
    """Return these ids, each once, those of merged concepts replaced by what took their place."""
    return list(replaced(concept_ids, present_vocabulary().instead))


def replaced(concept_ids: Iterable[str], instead: Mapping[str, str]) -> tuple[str, ...]:
    """Return these ids, each once, with what is `instead` of some of them."""
    return tuple(dict.fromkeys(instead.get(one, one) for one in concept_ids))


def with_broader(concept_id: str) -> tuple[str, ...]:
    """Return the concept and all that it is a kind of, itself first; none if it is unknown."""
    return present_vocabulary().with_broader(concept_id)


def named_in(
    folded: Sequence[str], languages: Sequence[str] = LANGUAGES
) -> Iterator[NamedConcepts]:
    """Yield which of these words, folded, name concepts in one of the languages.

    Words of several languages that name the same are yielded for each of them.
    """
    return present_vocabulary().named_in(folded, languages)
