"""Who decides on a booking: approvers and coordinators, but neither requester nor rivals."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

NO_RIVALS: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Candidate:
    """A person named as approver or coordinator; `active`: present and able to sign in.

    `organisations` are all that they work for, whichever is the active one. `stand_in` decides in
    their place while they are away, where they could themselves.
    """

    person_id: int
    active: bool
    organisations: frozenset[int] = frozenset()
    stand_in: "Candidate | None" = None


@dataclass(frozen=True)
class Deciders:
    """Ids of the people who may decide; a person may be in both sets.

    `stand_ins` has those who decide in the place of somebody who is away, each with the id of that
    person.
    """

    approvers: frozenset[int]
    coordinators: frozenset[int]
    stand_ins: Mapping[int, int] = field(default_factory=dict, hash=False)

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
    not work for one of `rivals`, the organisations whose own dates compete with the booking; or
    has a stand-in of whom this is true as well. Coordinators may always decide, within the same
    limits. Nobody decides on their own request, and nobody names who decides on it.
    """
    for level in chain:
        approvers = _able(level, requester_id, rivals)
        if approvers:
            break
    else:
        approvers = {}
    found = _able(coordinators, requester_id, rivals)
    return Deciders(
        frozenset(approvers),
        frozenset(found),
        {
            person_id: absent_id
            for person_id in (*approvers, *found)
            # Who is named on the facility decides in their own right.
            if (absent_id := approvers.get(person_id, found.get(person_id))) is not None
        },
    )


def is_answered(chain: Iterable[Sequence[Candidate]], coordinators: Sequence[Candidate]) -> bool:
    """Return whether `deciders` has anybody for a booking of nobody in particular."""
    return any(
        one.active or one.stand_in is not None for level in (coordinators, *chain) for one in level
    )


def _able(
    candidates: Iterable[Candidate], requester_id: int | None, rivals: Set[int]
) -> dict[int, int | None]:
    """Return who may decide, each with the id of the person they stand in for, or None."""

    def may(candidate: Candidate) -> bool:
        return candidate.person_id != requester_id and not (candidate.organisations & rivals)

    able = [candidate for candidate in candidates if may(candidate)]
    found: dict[int, int | None] = {one.person_id: None for one in able if one.active}
    for one in able:
        if not one.active and one.stand_in is not None and may(one.stand_in):
            found.setdefault(one.stand_in.person_id, one.person_id)
    return found
