"""Reading what clusters have: by subject, by capability, and two of them side by side."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.bookings.models import Booking, BookingRequest
from booking.clusters.models import FocusArea
from booking.concepts.subjects import HELD_FACETS, SUBJECTS
from booking.concepts.vocabulary import CONCEPTS, with_broader
from booking.errors import NotFound
from booking.expertise.queries import ShownArea, directory
from booking.extensions import db
from booking.facilities.listed import (
    ListedCluster,
    ListedFacility,
    listed_clusters,
    listed_facilities,
)
from booking.facilities.models import Facility, facility_focus_area
from booking.rules.synergies import (
    Held,
    SideBySide,
    counted_year,
    held_by,
    holders,
    shown_requests,
    side_by_side,
)
from booking.rules.visibility import Viewer


@dataclass(frozen=True)
class Cell:
    """What one cluster has in one subject: how many facilities, and areas of expertise.

    `requests` is how many requests of the last twelve full months were for one of the facilities;
    None where it may not be told.
    """

    facilities: int
    expertise: int
    requests: int | None = None

    @property
    def is_empty(self) -> bool:
        """Return whether the cluster has nothing in this subject."""
        return not (self.facilities or self.expertise)


@dataclass(frozen=True)
class SubjectRow:
    """One subject: its cells by cluster id, and how many clusters have something in it."""

    subject: str
    cells: Mapping[int, Cell]
    held: Held

    @property
    def cluster_ids(self) -> Sequence[int]:
        """Return the ids of the clusters that have something in it, in their order."""
        return [key for key, cell in self.cells.items() if not cell.is_empty]


@dataclass(frozen=True)
class Matrix:
    """Subjects by clusters. `has_requests`: the reader may know numbers of requests."""

    clusters: Sequence[ListedCluster]
    rows: Sequence[SubjectRow]
    has_requests: bool

    def rows_held(self, held: Held) -> Sequence[SubjectRow]:
        """Return the rows of what nobody, one or several clusters have."""
        return [row for row in self.rows if row.held is held]


def subject_matrix(viewer: Viewer, now: datetime) -> Matrix:
    """Return what each cluster has in each subject.

    Numbers of requests are in it for coordinators only, and only where enough organisations sent
    them. A constant number of statements.
    """
    clusters = list(listed_clusters().values())
    facilities = Counter(
        (area, one.cluster.id) for one in listed_facilities().values() for area in one.areas
    )
    expertise = Counter(
        (subject, area.cluster.id) for area in directory() for subject in area.subjects
    )
    requests = _requests_of_year(now) if viewer.coordinates else {}
    rows = []
    for subject in _subjects():
        cells = {
            one.id: Cell(
                facilities[subject, one.id],
                expertise[subject, one.id],
                requests.get((subject, one.id)),
            )
            for one in clusters
        }
        held = held_by(sum(not cell.is_empty for cell in cells.values()))
        rows.append(SubjectRow(subject, cells, held))
    return Matrix(clusters, rows, has_requests=bool(viewer.coordinates))


def _subjects() -> Sequence[str]:
    """Return all subjects: those of the vocabulary in its order, then focus areas beside them."""
    others = db.session.scalars(sa.select(FocusArea.slug).order_by(FocusArea.slug))
    return tuple(dict.fromkeys([*SUBJECTS, *others]))


def _requests_of_year(now: datetime) -> Mapping[tuple[str, int], int | None]:
    """Return by subject and cluster how many requests were sent, None where it may not be told.

    Own use of owners is no request. One statement.
    """
    since, until = counted_year(now)
    rows = db.session.execute(
        sa.select(
            FocusArea.slug,
            Facility.cluster_id,
            sa.func.count(BookingRequest.id.distinct()),
            sa.func.count(BookingRequest.organisation_id.distinct()),
        )
        .select_from(BookingRequest)
        .join(Booking, Booking.request_id == BookingRequest.id)
        .join(Facility, Facility.id == Booking.facility_id)
        .join(facility_focus_area, facility_focus_area.c.facility_id == Facility.id)
        .join(FocusArea, FocusArea.id == facility_focus_area.c.focus_area_id)
        .where(
            BookingRequest.organisation_id.is_not(None),
            BookingRequest.sent_at >= since,
            BookingRequest.sent_at < until,
        )
        .group_by(FocusArea.slug, Facility.cluster_id)
    )
    return {
        (subject, cluster_id): shown_requests(requests, organisations)
        for subject, cluster_id, requests, organisations in rows
    }


@dataclass(frozen=True)
class CapabilityRow:
    """One capability or kind of equipment, and how many facilities of each cluster offer it.

    `depth` is 0 for what is a kind of nothing else here. A facility that offers something narrower
    offers this too.
    """

    concept: str
    depth: int
    facilities: Mapping[int, int]
    held: Held


def capability_rows() -> Sequence[CapabilityRow]:
    """Return all capabilities and equipment of the vocabulary, narrower below what is broader.

    No statement where nothing has changed.
    """
    counts: Counter[tuple[str, int]] = Counter()
    for facility in listed_facilities().values():
        counts.update((concept, facility.cluster.id) for concept in _offered(facility))
    clusters = listed_clusters()
    rows = []
    for concept, depth in _capability_tree():
        by_cluster = {one: counts[concept, one] for one in clusters if counts[concept, one]}
        rows.append(CapabilityRow(concept, depth, by_cluster, held_by(len(by_cluster))))
    return rows


def _offered(facility: ListedFacility) -> set[str]:
    """Return the concepts that a facility offers, with all that they are a kind of."""
    return {broader for one in facility.concepts for broader in with_broader(one)}


def _capability_tree() -> Sequence[tuple[str, int]]:
    """Return what can be offered, each after what it is first a kind of, with its depth."""
    held = {one.id for one in CONCEPTS.values() if one.facet in HELD_FACETS}
    below: dict[str, list[str]] = {}
    for concept in CONCEPTS.values():
        if concept.id in held:
            above = next((one for one in concept.broader if one in held), "")
            below.setdefault(above, []).append(concept.id)
    found: list[tuple[str, int]] = []
    waiting = [(one, 0) for one in reversed(below.get("", ()))]
    while waiting:
        concept_id, depth = waiting.pop()
        found.append((concept_id, depth))
        waiting += [(one, depth + 1) for one in reversed(below.get(concept_id, ()))]
    return found


@dataclass(frozen=True)
class CapabilityHolders:
    """Who offers one capability: facilities by cluster, in the order of their names."""

    concept: str
    broader: Sequence[str]
    narrower: Sequence[str]
    facilities: Sequence[tuple[ListedCluster, Sequence[ListedFacility]]]

    @property
    def broader_pages(self) -> Sequence[str]:
        """Return what it is a kind of, as far as that has such a page too."""
        return [one for one in self.broader if CONCEPTS[one].facet in HELD_FACETS]

    @property
    def narrower_pages(self) -> Sequence[str]:
        """Return what is a kind of it, as far as that has such a page too."""
        return [one for one in self.narrower if CONCEPTS[one].facet in HELD_FACETS]


def capability_holders(concept_id: str) -> CapabilityHolders:
    """Return who offers a capability, or a kind of equipment.

    Raises:
        NotFound: the vocabulary has none of this id.
    """
    concept = CONCEPTS.get(concept_id)
    if concept is None or concept.facet not in HELD_FACETS:
        raise NotFound("capability")
    offering: dict[int, list[ListedFacility]] = {}
    for facility in listed_facilities().values():
        if concept_id in _offered(facility):
            offering.setdefault(facility.cluster.id, []).append(facility)
    return CapabilityHolders(
        concept_id,
        [one for one in concept.broader if one in CONCEPTS],
        [one.id for one in CONCEPTS.values() if concept_id in one.broader],
        [(one, offering[one.id]) for one in listed_clusters().values() if one.id in offering],
    )


@dataclass(frozen=True)
class TwoClusters:
    """Two clusters side by side: subjects and capabilities, and what each says it is good at.

    `with_facilities` are the subjects in which one of them has a facility.
    """

    first: ListedCluster
    second: ListedCluster
    subjects: SideBySide
    capabilities: SideBySide
    expertise: tuple[Sequence[ShownArea], Sequence[ShownArea]]
    with_facilities: Set[str]


def two_clusters(first_slug: str, second_slug: str) -> TwoClusters | None:
    """Return two clusters side by side, None if one of them does not exist or both are the same."""
    by_slug = {one.slug: one for one in listed_clusters().values()}
    first, second = by_slug.get(first_slug), by_slug.get(second_slug)
    if first is None or second is None or first is second:
        return None
    areas = directory()
    listed = listed_facilities().values()
    subjects = holders(
        [
            *((one.cluster.id, one.areas) for one in listed),
            *((area.cluster.id, area.subjects) for area in areas),
        ]
    )
    offered = holders((one.cluster.id, _offered(one)) for one in listed)
    return TwoClusters(
        first,
        second,
        side_by_side(_subjects(), *(_of(subjects, one.id) for one in (first, second))),
        side_by_side(
            (one for one, _ in _capability_tree()),
            *(_of(offered, one.id) for one in (first, second)),
        ),
        (
            [area for area in areas if area.cluster is first],
            [area for area in areas if area.cluster is second],
        ),
        frozenset(area for one in listed if one.cluster in (first, second) for area in one.areas),
    )


def _of(having: Mapping[str, Set[int]], cluster_id: int) -> set[str]:
    return {thing for thing, who in having.items() if cluster_id in who}
