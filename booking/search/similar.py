"""Which facilities are similar to another: those nearby and those of other clusters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.clusters.models import Cluster
from booking.concepts.normalise import fold
from booking.extensions import db
from booking.facilities.calendar_cache import FOREVER, Drawn, drawn_once
from booking.facilities.calendar_visibility import hidden_from, sees_calendar
from booking.facilities.closures import closed_for_good
from booking.facilities.effective_terms import effective_terms
from booking.facilities.listed import ListedFacility, listed_facilities
from booking.facilities.models import Facility, facility_focus_area
from booking.rules.terms import can_be_requested
from booking.rules.visibility import Viewer

#: So many nearby, and so many elsewhere, are compared; the most similar of each are returned.
LOOKED_AT = 60
RETURNED = 8
_SAME_KIND = 2
SIMILAR_SHOWN = 3
_SIMILAR_LOOKED_AT = 30
_SHORT_WORD = 4
# About what one takes in memory.
_CANDIDATE_BYTES = 200
# Words that half of all capabilities have: they say nothing about similarity.
_SAY_NOTHING = frozenset(
    {
        "environment",
        "general",
        "knowledge",
        "physical",
        "research",
        "security",
        "services",
        "systems",
        "technologies",
        "testing",
        "tests",
        "training",
    }
)


@dataclass(frozen=True)
class SimilarFacility:
    """A facility similar to another, and what they have in common.

    `shared` are those of its capabilities that both have; `areas` counts shared focus areas.
    """

    id: int
    slug: str
    name: str
    city: str | None
    cluster: Cluster
    shared: Sequence[str]
    areas: int
    is_near: bool
    likeness: int

    @property
    def does_the_same(self) -> bool:
        """Return whether more than the kind is the same."""
        return bool(self.shared or self.areas)


def similar_facilities(facility_id: int, viewer: Viewer) -> list[SimilarFacility]:
    """Return facilities similar to this one, neither closed nor planned, the most similar first.

    In the same cluster and in others those that `is_similar` accepts. Facilities whose calendar the
    viewer may not see are left out. Three statements.
    """
    facility = db.session.get_one(Facility, facility_id)
    found = _found(facility, viewer, is_near=True) + _found(facility, viewer, is_near=False)
    return sorted(found, key=lambda one: (-one.likeness, one.name))


def _areas_shared_with(facility: Facility) -> sa.Subquery:
    """Return how many focus areas (`areas`) each facility shares with this one, if any."""
    own = sa.select(facility_focus_area.c.focus_area_id).where(
        facility_focus_area.c.facility_id == facility.id
    )
    return (
        sa.select(facility_focus_area.c.facility_id, sa.func.count().label("areas"))
        .where(facility_focus_area.c.focus_area_id.in_(own))
        .group_by(facility_focus_area.c.facility_id)
        .subquery()
    )


def _found(facility: Facility, viewer: Viewer, *, is_near: bool) -> list[SimilarFacility]:
    areas = _areas_shared_with(facility)
    count = sa.func.coalesce(areas.c.areas, 0)
    same_cluster = Facility.cluster_id == facility.cluster_id
    same_kind = sa.case((Facility.kind == facility.kind, 1), else_=0)
    rows = db.session.execute(
        sa.select(Facility, Cluster, count)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .outerjoin(areas, areas.c.facility_id == Facility.id)
        .where(
            Facility.id != facility.id,
            Facility.status != "closed",
            Facility.status.not_like("planned%"),
            same_cluster if is_near else sa.and_(sa.not_(same_cluster), count > 0),
        )
        .order_by(count.desc(), same_kind.desc(), Facility.name)
        .limit(LOOKED_AT)
    ).all()
    ranked = [
        _alike(facility, other, cluster, shared_areas, is_near=is_near)
        for other, cluster, shared_areas in rows
        if sees_calendar(other, viewer)
    ]
    ranked.sort(key=lambda one: (-one.likeness, one.name))
    return [one for one in ranked if is_similar(facility, one.shared, one.areas)][:RETURNED]


def is_similar(facility: Facility | ListedFacility, shared: Sequence[str], areas: int) -> bool:
    """Return whether a facility with these shared capabilities and focus areas is similar.

    It shares a capability, or a focus area where nothing is known of this one's capabilities. The
    same kind alone is not enough.
    """
    return bool(shared) or (areas > 0 and not facility.capabilities)


def _alike(
    facility: Facility, other: Facility, cluster: Cluster, areas: int, *, is_near: bool
) -> SimilarFacility:
    shared = shared_capabilities(facility.capabilities, other.capabilities)
    kind = _SAME_KIND if other.kind == facility.kind and is_near else 0
    words = capability_words(facility.capabilities) & capability_words(other.capabilities)
    return SimilarFacility(
        id=other.id,
        slug=other.slug,
        name=other.name,
        city=other.city,
        cluster=cluster,
        shared=shared,
        areas=areas,
        is_near=is_near,
        likeness=2 * len(shared) + len(words) + areas + kind,
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A facility that shares a capability with another; `rank` sorts the most similar first."""

    id: int
    rank: tuple[int, int]


@dataclass(frozen=True)
class SimilarNow:
    """The ids of similar facilities, the most similar first; they are until `until` (UTC)."""

    facility_ids: tuple[int, ...]
    until: datetime


def candidate_ids(facility_id: int, now: datetime) -> list[int]:
    """Return the ids of the facilities of which `similar_to` returns some."""
    return [one.id for one in _candidates(facility_id, now)]


def similar_to(facility_id: int, viewer: Viewer, now: datetime) -> SimilarNow:
    """Return facilities of other clusters similar to this one.

    Shared focus areas and words that the capabilities share count; without a shared capability
    none is similar, see `is_similar`. Only those that can be requested here at `now`, as far as
    the viewer may know: closures that are not for them count as none. A constant number of
    statements.
    """
    alike = _candidates(facility_id, now)
    # Its own terms too: its page reads them next.
    effective = effective_terms([facility_id, *(one.id for one in alike)])
    open_ones = [one for one in alike if can_be_requested(effective[one.id].rules)]
    hidden = hidden_from(viewer)
    closed = closed_for_good([one.id for one in open_ones if one.id not in hidden], now)
    ranked = sorted(
        (one for one in open_ones if one.id not in closed.facility_ids), key=lambda one: one.rank
    )
    found = tuple(one.id for one in ranked[:SIMILAR_SHOWN])
    return SimilarNow(found, closed.next_at or FOREVER)


def _candidates(facility_id: int, now: datetime) -> Sequence[_Candidate]:
    """Return them, from memory until rules or facts change."""

    def find() -> Drawn[Sequence[_Candidate]]:
        found = _find_candidates(facility_id)
        return Drawn(found, FOREVER, size=_CANDIDATE_BYTES * len(found))

    return drawn_once(("similar", facility_id), (), now, find)


def _find_candidates(facility_id: int) -> list[_Candidate]:
    listed = listed_facilities()
    facility = listed[facility_id]
    own_areas = frozenset(facility.areas)
    sharing = [
        (one, shared)
        for one in listed.values()
        if one.cluster is not facility.cluster
        and (shared := len(own_areas.intersection(one.areas)))
    ]
    sharing.sort(key=lambda one: -one[1])  # where they share as many, still by name
    own = capability_words(facility.capabilities)
    return [
        _Candidate(one.id, (-(areas + len(own & capability_words(one.capabilities))), -areas))
        for one, areas in sharing[:_SIMILAR_LOOKED_AT]
        if is_similar(facility, shared_capabilities(facility.capabilities, one.capabilities), areas)
    ]


def capability_words(capabilities: Iterable[str]) -> set[str]:
    """Return the words of the capabilities, folded, without short ones."""
    words = fold(" ".join(capabilities)).replace(",", " ").split()
    return {word for word in words if len(word) > _SHORT_WORD}


def best_shared_capability(own: Sequence[str], others: Iterable[str]) -> str | None:
    """Return the other's capability that shares most telling words with one of one's own.

    None if none shares two words, or is the same: one word in common says too little.
    """
    best, most = None, 0
    for text in others:
        words = capability_words([text]) - _SAY_NOTHING
        for mine in own:
            common = len(words & (capability_words([mine]) - _SAY_NOTHING))
            enough = common >= 2 or fold(mine) == fold(text)
            if enough and common > most:
                best, most = text, common
    return best


def shared_capabilities(own: Iterable[str], others: Iterable[str]) -> list[str]:
    """Return those of the other's capabilities that share a telling word with one's own."""
    words = capability_words(own) - _SAY_NOTHING
    return [text for text in others if words & capability_words([text])]
