"""The tree of facilities: which are above and below which."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import sqlalchemy as sa

from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.facilities.models import Facility

Node = TypeVar("Node", bound=Any)


class Trees:
    """Whole trees of facilities; `parent_of` has every facility in them."""

    def __init__(self, parent_of: Mapping[int, int | None]) -> None:
        self.parent_of = parent_of
        self._children: dict[int, list[int]] = {}
        for node_id, parent_id in parent_of.items():
            if parent_id is not None:
                self._children.setdefault(parent_id, []).append(node_id)

    def above(self, facility_id: int) -> list[int]:
        """Return the facilities above this one, nearest first."""
        found = []
        parent_id = self.parent_of[facility_id]
        while parent_id is not None:
            found.append(parent_id)
            parent_id = self.parent_of[parent_id]
        return found

    def below(self, facility_id: int) -> list[int]:
        """Return all facilities below this one, each after the one above it."""
        found = [*self._children.get(facility_id, ())]
        for node_id in found:
            found.extend(self._children.get(node_id, ()))
        return found

    def with_below(self, facility_ids: Iterable[int]) -> set[int]:
        """Return these facilities and all below them."""
        found: set[int] = set()
        for facility_id in facility_ids:
            found.update((facility_id, *self.below(facility_id)))
        return found


def trees_of(facility_ids: Iterable[int]) -> Trees:
    """Return the trees that hold these facilities. One statement, none for no facilities."""
    facility_ids = set(facility_ids)
    if not facility_ids:
        return Trees({})
    roots = sa.select(Facility.root_id).where(in_ids(Facility.id, facility_ids))
    rows = db.session.execute(
        sa.select(Facility.id, Facility.parent_id).where(Facility.root_id.in_(roots))
    )
    return Trees(dict(rows.all()))


def parts_of(facility_id: int) -> list[int]:
    """Return the ids of all facilities below this one. One statement."""
    return trees_of([facility_id]).below(facility_id)


def chains(facility_ids: Iterable[int]) -> dict[int, list[Facility]]:
    """Return for each facility itself and all above it, nearest first. Two statements."""
    wanted = set(facility_ids)
    if not wanted:
        return {}
    roots = sa.select(Facility.root_id).where(Facility.id.in_(wanted))
    trees = db.session.scalars(sa.select(Facility).where(Facility.root_id.in_(roots))).all()
    return chains_in(trees, wanted)


def chains_in(nodes: Iterable[Node], facility_ids: Iterable[int]) -> dict[int, list[Node]]:
    """Return for each facility that is one of `nodes` itself and all above it, nearest first.

    `nodes` hold whole trees: rows or facilities with an `id` and a `parent_id`.
    """
    by_id = {node.id: node for node in nodes}
    found = {}
    for facility_id in by_id.keys() & set(facility_ids):
        chain = [by_id[facility_id]]
        while (parent_id := chain[-1].parent_id) is not None:
            chain.append(by_id[parent_id])
        found[facility_id] = chain
    return found
