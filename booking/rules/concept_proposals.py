"""Concepts that owners propose for the vocabulary: their states, and what they may become."""

import re
from collections.abc import Collection, Mapping
from enum import StrEnum

#: The most characters of one name, and of all names in a language together.
MOST_NAME = 80
MOST_NAMES = 400
MOST_SOURCE = 200
#: So many proposals of one person may wait at a time.
MOST_WAITING = 20


class ProposalState(StrEnum):
    """What became of a proposal."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    """It is a concept of the vocabulary."""
    MERGED = "merged"
    """It means the same as another concept, which facilities have in its place."""
    DECLINED = "declined"


class MergeFault(StrEnum):
    """Why a concept cannot be merged into another."""

    ITSELF = "itself"
    NARROWER = "narrower"
    """The other one is a kind of it."""
    UNKNOWN = "unknown"
    MERGED = "merged"
    """The other one was merged itself."""
    CODE = "code"
    """One of them is a subject, a hazard, a kind or a place: codes of the product."""


def merge_fault(
    concept_id: str, into: str, broader: Mapping[str, Collection[str]]
) -> MergeFault | None:
    """Return why a concept cannot be merged into `into`, or None.

    `broader` has all concepts, with what each is directly a kind of.
    """
    if concept_id == into:
        return MergeFault.ITSELF
    if into not in broader:
        return MergeFault.UNKNOWN
    above, left = set(), list(broader[into])
    while left:
        one = left.pop()
        if one not in above:
            above.add(one)
            left += broader.get(one, ())
    return MergeFault.NARROWER if concept_id in above else None


def names_in(text: str) -> list[str]:
    """Return the names in a text that has them between commas, each once."""
    return list(dict.fromkeys(one for part in text.split(",") if (one := " ".join(part.split()))))


def concept_id_of(folded: str, taken: Collection[str]) -> str:
    """Return an id for a concept of this folded name that no other concept has."""
    plain = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:60].strip("-") or "concept"
    found, number = plain, 2
    while found in taken:
        found, number = f"{plain}-{number}", number + 1
    return found
