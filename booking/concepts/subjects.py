"""Which subjects a text or a list of concepts is about, by the vocabulary."""

import re
from collections.abc import Iterable

from booking.concepts.normalise import fold
from booking.concepts.vocabulary import CONCEPTS, Facet, named_in, with_broader

#: The subjects of the vocabulary, in its order: what focus areas are called in addresses.
SUBJECTS: tuple[str, ...] = tuple(one.id for one in CONCEPTS.values() if one.facet is Facet.SUBJECT)
#: What can be counted as something that a cluster has, in the order of the vocabulary.
HELD_FACETS = frozenset({Facet.CAPABILITY, Facet.EQUIPMENT})
#: Subjects to which somebody who names this usually belongs, although it is found in others, too.
_USUALLY = {
    "camera-surveillance": "urban-security",
    "fire": "fire-rescue",
    "risk-studies": "crisis-management",
    "simulation": "training-simulation",
    "training": "training-simulation",
}
_WORD = re.compile(r"[^\W_]+")


def concepts_named(text: str) -> frozenset[str]:
    """Return the ids of all concepts that a text names, in whichever language.

    Of names within longer names only the longest count: "smart meter" is no meter.
    """
    found = list(named_in(_WORD.findall(fold(text))))
    return frozenset(
        concept
        for one in found
        for concept in one.concepts
        if not any(
            other.first <= one.first
            and one.last <= other.last
            and other.last - other.first > one.last - one.first
            for other in found
        )
    )


def subjects_of(concepts: Iterable[str]) -> frozenset[str]:
    """Return the subjects to which these concepts belong, themselves or by what is broader."""
    broader = {one for concept in concepts for one in with_broader(concept)}
    return frozenset(broader.intersection(SUBJECTS))


def subjects_named(text: str) -> frozenset[str]:
    """Return the subjects that a text is about.

    It names them, or something that is part of one; else something that usually belongs to one.
    """
    named = concepts_named(text)
    broader = {one for concept in named for one in with_broader(concept)}
    return subjects_of(named) or frozenset(_USUALLY[one] for one in broader & _USUALLY.keys())
