"""What the capabilities of the catalogue mean in the vocabulary, as `concepts.toml` says."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from booking.concepts.vocabulary import present_ids

SOURCE = Path(__file__).with_name("concepts.toml")
#: The key of what a facility offers beyond its capabilities.
ALSO = "also"

#: By the slug of a facility: the ids of the concepts that each of its capabilities means.
MAPPING: Mapping[str, Mapping[str, Sequence[str]]] = tomllib.loads(
    SOURCE.read_text(encoding="utf-8")
)


def concepts_of(facts: Mapping[str, Any]) -> list[str]:
    """Return the ids of the concepts of a facility in a file of the catalogue, each once.

    A file may state them itself as `concepts`; else those of the shipped mapping that belong to
    its slug and to the capabilities that it has. What took the place of a merged one counts for it.
    """
    return present_ids(_stated_or_mapped(facts))


def _stated_or_mapped(facts: Mapping[str, Any]) -> Sequence[str]:
    stated = facts.get("concepts")
    if stated is not None:
        return list(stated)
    mapped = MAPPING.get(facts["slug"], {})
    phrases = [*(facts.get("capabilities") or ()), ALSO]
    return [one for phrase in phrases for one in mapped.get(phrase, ())]
