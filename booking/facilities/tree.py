"""The tree of facilities: ancestors, descendants and chains up to the root."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa

from booking.db.in_ids import in_ids
from booking.db.rows import read_rows
from booking.db.rules_number import rules_number
from booking.extensions import db
from booking.facilities.listed import listed_already
from booking.facilities.models import Facility
from booking.facilities.terms_cache import cached

Node = TypeVar("Node", bound=Any)


class Trees:
    """Whole trees of facilities; `parent_of` has every facility in them.

    `cluster_of` has the cluster ids of the same facilities, where that was given.
    """

    def __init__(
        self,
        parent_of: Mapping[int, int | None],
        cluster_of: Mapping[int, int] = MappingProxyType({}),
    ) -> None:
        self.parent_of, self.cluster_of = parent_of, cluster_of
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

    def root(self, facility_id: int) -> int:
        """Return the facility at the top of its tree."""
        return [facility_id, *self.above(facility_id)][-1]

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
    """Return the trees that contain these facilities, and nothing else.

    From memory where that is still valid, else one statement; none for no facilities.
    """
    wanted = set(facility_ids)
    if not wanted:
        return Trees({})
    if rules_number() is None:
        roots = sa.select(Facility.root_id).where(in_ids(Facility.id, wanted))
        return _read_trees(Facility.root_id.in_(roots))
    everything = trees_around(wanted)
    known = wanted & everything.parent_of.keys()
    around = everything.with_below({everything.root(facility_id) for facility_id in known})
    return Trees(
        {facility_id: everything.parent_of[facility_id] for facility_id in around},
        {facility_id: everything.cluster_of[facility_id] for facility_id in around},
    )


_NODES = sa.select(Facility.id, Facility.parent_id, Facility.cluster_id)


def _read_trees(*conditions: sa.ColumnElement[bool]) -> Trees:
    rows = read_rows(_NODES.where(*conditions) if conditions else _NODES)
    return Trees({row.id: row.parent_id for row in rows}, {row.id: row.cluster_id for row in rows})


def _find_trees() -> Trees:
    listed = listed_already()
    if listed is None:
        return _read_trees()
    return Trees(
        {one.id: one.parent_id for one in listed.values()},
        {one.id: one.cluster.id for one in listed.values()},
    )


def trees_around(facility_ids: Iterable[int]) -> Trees:
    """Return trees that contain these facilities, perhaps with others beside them.

    From memory where that is still valid, else one statement.
    """
    wanted = set(facility_ids)
    return cached("trees", _find_trees, while_writing=lambda: trees_of(wanted))


def all_trees() -> Trees:
    """Return all trees, from memory where that is still valid, else one statement."""
    return cached("trees", _find_trees)


def parts_of(facility_id: int) -> list[int]:
    """Return the ids of all facilities below this one. At most one statement."""
    return trees_around([facility_id]).below(facility_id)


class TreeNode(NamedTuple):
    """A facility as a node of its tree."""

    id: int
    cluster_id: int


def node_chains(facility_ids: Iterable[int]) -> dict[int, list[TreeNode]]:
    """Return each facility with all above it, nearest first, by id, as `trees_around` reads them.

    Those that do not exist are left out.
    """
    wanted = set(facility_ids)
    trees = trees_around(wanted)
    return {
        facility_id: [
            TreeNode(one, trees.cluster_of[one]) for one in (facility_id, *trees.above(facility_id))
        ]
        for facility_id in wanted & trees.parent_of.keys()
    }


def chains(facility_ids: Iterable[int]) -> dict[int, list[Facility]]:
    """Return each facility with all above it, nearest first, by id. Two statements."""
    wanted = set(facility_ids)
    if not wanted:
        return {}
    roots = sa.select(Facility.root_id).where(Facility.id.in_(wanted))
    trees = db.session.scalars(sa.select(Facility).where(Facility.root_id.in_(roots))).all()
    return chains_in(trees, wanted)


def chains_in(nodes: Iterable[Node], facility_ids: Iterable[int]) -> dict[int, list[Node]]:
    """Return each of these facilities found in `nodes` with all above it, nearest first, by id.

    `nodes` are whole trees: rows or facilities with an `id` and a `parent_id`.
    """
    by_id = {node.id: node for node in nodes}
    found = {}
    for facility_id in by_id.keys() & set(facility_ids):
        chain = [by_id[facility_id]]
        while (parent_id := chain[-1].parent_id) is not None:
            chain.append(by_id[parent_id])
        found[facility_id] = chain
    return found
