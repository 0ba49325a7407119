"""What the words of a plan mean, by the vocabulary."""

from collections.abc import Sequence

from booking.concepts.subjects import HELD_FACETS, concepts_named
from booking.concepts.vocabulary import CONCEPTS


def offered_in(line: str) -> Sequence[str]:
    """Return the ids of the capabilities and the equipment that a line names."""
    named = concepts_named(line)
    return [one.id for one in CONCEPTS.values() if one.id in named and one.facet in HELD_FACETS]
