"""Who decides on a booking: its approvers and the coordinators, but never the requester."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """A person named as approver or coordinator; `active`: present and able to sign in."""

    person_id: int
    active: bool


@dataclass(frozen=True)
class Deciders:
    """Ids of the people who may decide; a person may be in both sets."""

    approvers: frozenset[int]
    coordinators: frozenset[int]

    @property
    def all(self) -> frozenset[int]:
        """Return everybody who may decide; empty if nobody answers."""
        return self.approvers | self.coordinators


def deciders(
    chain: Sequence[Sequence[Candidate]],
    coordinators: Sequence[Candidate],
    requester_id: int | None,
) -> Deciders:
    """Return who may decide on a booking of `requester_id` (None: of nobody in particular).

    `chain` holds the approvers named on the facility, then those of the nearest facility above,
    and so on. The first level with an active approver other than the requester decides.
    Coordinators may always decide. Nobody decides on their own request.
    """
    for level in chain:
        approvers = _able(level, requester_id)
        if approvers:
            break
    else:
        approvers = frozenset()
    return Deciders(approvers, _able(coordinators, requester_id))


def _able(candidates: Iterable[Candidate], requester_id: int | None) -> frozenset[int]:
    return frozenset(
        candidate.person_id
        for candidate in candidates
        if candidate.active and candidate.person_id != requester_id
    )
