"""Reading plans: all that somebody may know of, one of them, and what is waited for."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from booking.accounts.models import Organisation, Person
from booking.clusters.models import Cluster
from booking.concepts.vocabulary import present_ids
from booking.db.in_ids import in_ids
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.listed import ListedCluster, listed_clusters
from booking.facilities.models import Facility
from booking.plans.models import (
    FacilityFollower,
    FacilityPlan,
    PlanCluster,
    PlanComment,
    PlanOrganisation,
)
from booking.rules.plans import (
    NEXT,
    OPEN,
    CostClass,
    PlanStatus,
    is_of_clusters,
    reads_comment,
    sees_plan,
)
from booking.rules.visibility import Viewer
from booking.search.unmet import Lack, Unmet, unmet_searches


@dataclass(frozen=True)
class ListedPlan:
    """A plan in a list; `clusters` is how many joined beside the one that leads it."""

    key: str
    title: str
    kind: str
    concepts: Sequence[str]
    cost_class: CostClass
    wanted_by: date | None
    status: PlanStatus
    status_at: datetime
    cluster: ListedCluster
    clusters: int


@dataclass(frozen=True)
class CommentLine:
    """A comment. `whose` is the cluster or organisation; `author` "" where it is not told."""

    at: datetime
    author: str
    whose: str
    is_own: bool
    text: str


@dataclass(frozen=True)
class PlanPage:
    """One plan as the reader sees it.

    `clusters` and `organisations` are names of those that joined, for coordinators; None: the
    reader is told only the number of clusters. `own_clusters` are those that the reader
    coordinates and that have not joined (False) or have (True). `organisation_joined` None: the
    reader acts for no organisation. `next` are the steps that they can take. `unmet` is what people
    searched for in vain and the plan would offer, for coordinators.
    """

    plan: ListedPlan
    revision: int
    description: str
    demand: str
    proposed_at: datetime
    suggested_for: str
    facility_slug: str
    facility_status: str
    clusters: Sequence[str] | None
    organisations: Sequence[str] | None
    own_clusters: Sequence[tuple[ListedCluster, bool]]
    organisation_joined: bool | None
    may_keep: bool
    may_comment: bool
    next: Sequence[PlanStatus]
    comments: Sequence[CommentLine]
    unmet: Sequence[Unmet]


def plans_of(viewer: Viewer) -> Sequence[ListedPlan]:
    """Return the plans that the viewer knows of, those changed last first. Two statements."""
    rows = db.session.scalars(
        sa.select(FacilityPlan).order_by(FacilityPlan.status_at.desc(), FacilityPlan.id.desc())
    ).all()
    known = [row for row in rows if _sees(viewer, row)]
    joined = dict(
        db.session.execute(
            sa.select(PlanCluster.plan_id, sa.func.count())
            .where(in_ids(PlanCluster.plan_id, (row.id for row in known)))
            .group_by(PlanCluster.plan_id)
        ).all()
    )
    return [_listed(row, joined.get(row.id, 0)) for row in known]


def find_plan(viewer: Viewer, key: str) -> FacilityPlan:
    """Return the row of a plan that the viewer knows of, as it is stored now.

    Raises:
        NotFound: there is none of this key, or the viewer may not know.
    """
    plan = None
    if key and "\0" not in key:  # PostgreSQL refuses to look for it
        plan = db.session.scalar(
            sa.select(FacilityPlan)
            .where(FacilityPlan.key == key)
            .execution_options(populate_existing=True)
        )
    if plan is None or not _sees(viewer, plan):
        raise NotFound("plan")
    return plan


def plan_page(viewer: Viewer, key: str, today: date) -> PlanPage:
    """Return one plan as the viewer sees it. A constant number of statements.

    Raises:
        NotFound: there is none of this key, or the viewer may not know.
    """
    plan = find_plan(viewer, key)
    clusters = listed_clusters()
    joined = joined_clusters(plan.id)
    names = _organisations(plan.id)
    coordinates = bool(viewer.coordinates)
    status = PlanStatus(plan.status)
    may_keep = plan.cluster_id in viewer.coordinates
    is_open = status in OPEN
    own = names.get(viewer.organisation_id or 0)
    suggested = coordinates or plan.suggested_for_id == viewer.organisation_id
    return PlanPage(
        plan=_listed(plan, len(joined)),
        revision=plan.revision,
        description=plan.description,
        demand=plan.demand,
        proposed_at=plan.proposed_at,
        suggested_for=_name(plan.suggested_for_id) if suggested else "",
        facility_slug=plan.facility.slug if plan.facility else "",
        facility_status=plan.facility.status if plan.facility else "",
        clusters=[clusters[one].short_name for one in clusters if one in joined]
        if coordinates
        else None,
        organisations=sorted(names.values(), key=str.casefold) if coordinates else None,
        own_clusters=[
            (one, key in joined)
            for key, one in clusters.items()
            if is_open and key in viewer.coordinates and key != plan.cluster_id
        ],
        organisation_joined=None
        if viewer.organisation_id is None or not is_open
        else own is not None,
        may_keep=may_keep,
        may_comment=is_open and (is_of_clusters(viewer) or own is not None),
        next=NEXT[status] if may_keep else (),
        comments=_comments(viewer, plan.id) if plan.taken_up_at else (),
        unmet=[
            one
            for one in unmet_searches(today)
            if one.lack is Lack.NOT_THERE and one.concept in present_ids(plan.concepts)
        ]
        if coordinates
        else (),
    )


def joined_clusters(plan_id: int) -> frozenset[int]:
    """Return the ids of the clusters that joined a plan. One statement."""
    return frozenset(
        db.session.scalars(sa.select(PlanCluster.cluster_id).where(PlanCluster.plan_id == plan_id))
    )


def _organisations(plan_id: int) -> Mapping[int, str]:
    rows = db.session.execute(
        sa.select(Organisation.id, Organisation.name)
        .join(PlanOrganisation, PlanOrganisation.organisation_id == Organisation.id)
        .where(PlanOrganisation.plan_id == plan_id)
    )
    return dict(rows.all())


def _name(organisation_id: int | None) -> str:
    if organisation_id is None:
        return ""
    return db.session.get_one(Organisation, organisation_id).name


def _comments(viewer: Viewer, plan_id: int) -> Sequence[CommentLine]:
    rows = db.session.execute(
        sa.select(PlanComment, Person.name, Cluster.short_name, Organisation.name)
        .join(Person, Person.id == PlanComment.author_id)
        .outerjoin(Cluster, Cluster.id == PlanComment.cluster_id)
        .outerjoin(Organisation, Organisation.id == PlanComment.organisation_id)
        .where(PlanComment.plan_id == plan_id)
        .order_by(PlanComment.id)
    )
    found = []
    for one, author, cluster, organisation in rows:
        if reads_comment(viewer, one.organisation_id):
            knows = is_of_clusters(viewer) or one.organisation_id is not None
            found.append(
                CommentLine(
                    one.at,
                    author if knows else "",
                    cluster or organisation or "",
                    one.author_id == viewer.person_id,
                    one.text,
                )
            )
    return found


def _sees(viewer: Viewer, plan: FacilityPlan) -> bool:
    return sees_plan(
        viewer,
        was_taken_up=plan.taken_up_at is not None,
        cluster_id=plan.cluster_id,
        suggested_for_id=plan.suggested_for_id,
    )


def _listed(plan: FacilityPlan, joined: int) -> ListedPlan:
    return ListedPlan(
        plan.key,
        plan.title,
        plan.kind,
        tuple(present_ids(plan.concepts)),
        CostClass(plan.cost_class),
        plan.wanted_by,
        PlanStatus(plan.status),
        plan.status_at,
        listed_clusters()[plan.cluster_id],
        joined,
    )


@dataclass(frozen=True)
class FollowedFacility:
    """A facility of which somebody is told when it opens; `told_at` None: not yet."""

    slug: str
    name: str
    status: str
    told_at: datetime | None


def followed_by(person_id: int) -> Sequence[FollowedFacility]:
    """Return the facilities that a person follows, by name. One statement."""
    rows = db.session.execute(
        sa.select(Facility.slug, Facility.name, Facility.status, FacilityFollower.told_at)
        .join(FacilityFollower, FacilityFollower.facility_id == Facility.id)
        .where(FacilityFollower.person_id == person_id)
        .order_by(Facility.name)
    )
    return [FollowedFacility(*row) for row in rows]


def waiting_for(facility_ids: Collection[int]) -> Mapping[int, Sequence[int]]:
    """Return who waits for these facilities and was not told, by id of the facility."""
    found: dict[int, list[int]] = defaultdict(list)
    rows: Sequence[Any] = db.session.execute(
        sa.select(FacilityFollower.facility_id, FacilityFollower.person_id)
        .where(
            in_ids(FacilityFollower.facility_id, facility_ids), FacilityFollower.told_at.is_(None)
        )
        .order_by(FacilityFollower.person_id)
    ).all()
    for facility_id, person_id in rows:
        found[facility_id].append(person_id)
    return found
