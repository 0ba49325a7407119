"""What a facility is found by: its facts in words, each with how telling it is."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from booking.concepts.vocabulary import present_ids
from booking.search.index import Fact
from booking.search.words import composed

# How telling a word is: in a name more than in a description.
_NAME, _CAPABILITY, _SUBJECT = 7, 6, 5
_HAZARD, _EQUIPMENT = 4, 4
_WHAT_AND_WHERE, _MORE, _CLUSTER, _SUBJECT_DESCRIPTION = 4, 3, 2, 1


@dataclass(frozen=True)
class CodeWords:
    """What codes are called in a language: pages give the reader's words."""

    language: str
    kind: Callable[[str], str]
    hazard: Callable[[str], str]
    focus_area: Callable[[str], str]
    country: Callable[[str], str]
    concept: Callable[[str], str]


#: Codes as they are.
CODES = CodeWords("", str, str, str, str, str)


def facts_of(
    facility: Mapping[str, Any], areas: Iterable[tuple[str, str]], words: CodeWords
) -> list[Fact]:
    """Return the facts of a facility, by the names of its columns, and of its cluster.

    `areas` has slug and description of each of its focus areas.
    """
    found = list(_own_facts(facility, words))
    for slug, description in areas:
        found += _facts_of_area(composed(words.focus_area(slug)), slug, description)
    found += [
        Fact(composed(text), weight, is_where=True)
        for text, weight in (
            (facility["city"], _WHAT_AND_WHERE),
            (facility["run_by"], _MORE),
            (facility["cluster_short_name"], _CLUSTER),
            (facility["cluster_name"], _CLUSTER),
            (facility["cluster_city"], _CLUSTER),
        )
        if text
    ]
    return found


def _own_facts(facility: Mapping[str, Any], words: CodeWords) -> Iterator[Fact]:
    yield Fact(composed(facility["name"]), _NAME, is_name=True)
    for capability in facility["capabilities"]:
        yield Fact(composed(capability), _CAPABILITY)
    for concept in present_ids(facility["concepts"] or ()):
        yield Fact(composed(words.concept(concept)), _CAPABILITY, concepts=(concept,))
    for equipment in facility["equipment"]:
        yield Fact(composed(equipment), _EQUIPMENT)
    for hazard in facility["hazards"]:
        word = composed(words.hazard(hazard))
        code = hazard.partition(" (")[0]
        yield Fact(word, _HAZARD, f"{word}, {composed(hazard)}", concepts=(code,))
    kind = composed(words.kind(facility["kind"]))
    code = facility["kind"].replace(" ", "-")
    yield Fact(kind, _WHAT_AND_WHERE, f"{kind}, {composed(facility['kind'])}", concepts=(code,))
    if facility["description"]:
        yield Fact(composed(facility["description"]), _MORE)
    country = composed(words.country(facility["cluster_country"]))
    code = f"country-{facility['cluster_country'].lower()}"
    yield Fact(country, _WHAT_AND_WHERE, concepts=(code,), is_where=True)


def _facts_of_area(word: str, slug: str, description: str) -> Iterator[Fact]:
    yield Fact(word, _SUBJECT, f"{word}, {slug}", concepts=(slug,))
    if description:
        yield Fact(word, _SUBJECT_DESCRIPTION, composed(description))
