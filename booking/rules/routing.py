"""Who decides on a booking: approvers and coordinators, but neither requester nor rivals."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

NO_RIVALS: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Candidate:
    """A person named as approver or coordinator; `active`: present and able to sign in.

    `organisation_id` is the organisation that they work for, None if there is none.
    """

    person_id: int
    active: bool
    organisation_id: int | None = None


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
    rivals: Set[int] = NO_RIVALS,
) -> Deciders:
    """Return who may decide on a booking of `requester_id` (None: of nobody in particular).

    `chain` holds the approvers named on the facility, then those of the nearest facility above,
    and so on. The first level decides on which somebody is active, not the requester, and does
    not work for one of `rivals`, the organisations whose own dates compete with the booking.
    Coordinators may always decide, within the same limits. Nobody decides on their own request.
    """
    for level in chain:
        approvers = _able(level, requester_id, rivals)
        if approvers:
            break
    else:
        approvers = frozenset()
    return Deciders(approvers, _able(coordinators, requester_id, rivals))


def _able(
    candidates: Iterable[Candidate], requester_id: int | None, rivals: Set[int]
) -> frozenset[int]:
    return frozenset(
        candidate.person_id
        for candidate in candidates
        if candidate.active
        and candidate.person_id != requester_id
        and candidate.organisation_id not in rivals
    )
