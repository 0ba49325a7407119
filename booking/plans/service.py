"""Proposing and suggesting plans, changing them, and taking their steps."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from booking.accounts.cluster_people import coordinator_ids
from booking.accounts.memberships import is_member
from booking.accounts.models import Person
from booking.accounts.queries import account_now
from booking.accounts.service import locked
from booking.audit.recording import record
from booking.clusters.models import Cluster
from booking.concepts.vocabulary import present_ids
from booking.db.transactions import retried, writing
from booking.errors import Busy, Conflict, Forbidden, Invalid, NotFound
from booking.extensions import db
from booking.facilities.listed import listed_clusters
from booking.facilities.models import Facility
from booking.news.service import tell
from booking.plans.models import FacilityPlan, PlanCluster, PlanOrganisation
from booking.plans.queries import find_plan, joined_clusters
from booking.rules.audit_events import Event
from booking.rules.news import NewsKind
from booking.rules.plans import MOST_PLANS, MOST_SUGGESTIONS_A_DAY, NEXT, OPEN, PlanStatus
from booking.rules.visibility import Account

_DAY = timedelta(days=1)


class TooManySuggestions(Busy):
    """The person has suggested as many plans within a day as they can."""

    wait = _DAY


@dataclass(frozen=True)
class PlanFacts:
    """What somebody states of a plan, as it came from a valid form."""

    title: str
    kind: str
    description: str
    concepts: tuple[str, ...]
    demand: str
    cost_class: str
    wanted_by: date | None

    @property
    def columns(self) -> dict[str, Any]:
        """Return it as the row has it."""
        return {**vars(self), "concepts": list(self.concepts)}

    @property
    def logged(self) -> dict[str, Any]:
        """Return it as the log has it."""
        day = self.wanted_by.isoformat() if self.wanted_by else None
        return {**self.columns, "wanted_by": day}


def facts_of(plan: FacilityPlan) -> PlanFacts:
    """Return what is stated of a plan."""
    return PlanFacts(
        plan.title,
        plan.kind,
        plan.description,
        tuple(present_ids(plan.concepts)),
        plan.demand,
        plan.cost_class,
        plan.wanted_by,
    )


@retried
def propose(account: Account, slug: str, facts: PlanFacts) -> str:
    """Propose a plan of a cluster, or suggest one to it; returns its key.

    Whoever coordinates the cluster proposes; everybody else suggests it for the organisation for
    which they act, and the coordinators are told.

    Raises:
        Invalid: `cluster` is `unknown`, or there are `too_many` plans of it.
        Forbidden: the person neither coordinates it nor acts for an organisation.
        TooManySuggestions: the limit is reached.
    """
    with writing() as now:
        locked(account.person_id)
        viewer = account_now(account).viewer
        cluster_id = _cluster_id(slug)
        proposes = cluster_id in viewer.coordinates
        if not proposes and viewer.organisation_id is None:
            raise Forbidden("plan")
        db.session.execute(
            sa.select(Cluster.id).where(Cluster.id == cluster_id).with_for_update(key_share=True)
        )
        of_cluster = FacilityPlan.cluster_id == cluster_id
        if _number(of_cluster) >= MOST_PLANS:
            raise Invalid("cluster", "too_many")
        lately = FacilityPlan.proposed_at > now - _DAY
        mine = FacilityPlan.proposed_by_id == account.person_id
        if not proposes and _number(mine, lately) >= MOST_SUGGESTIONS_A_DAY:
            raise TooManySuggestions
        plan = FacilityPlan(
            key=secrets.token_hex(8),
            cluster_id=cluster_id,
            status=PlanStatus.IDEA if proposes else PlanStatus.SUGGESTED,
            status_at=now,
            proposed_at=now,
            proposed_by_id=account.person_id,
            suggested_for_id=None if proposes else viewer.organisation_id,
            taken_up_at=now if proposes else None,
            revision=0,
            **facts.columns,
        )
        db.session.add(plan)
        db.session.flush()
        _log(Event.PLAN_PROPOSED, account, plan, now, after=facts.logged)
        if not proposes:
            told = set(coordinator_ids(cluster_id)) - {account.person_id}
            tell(NewsKind.PLAN_SUGGESTED, told, now, name="", key=plan.key, cluster_id=cluster_id)
        return plan.key


@retried
def change(account: Account, key: str, facts: PlanFacts, *, revision: str) -> None:
    """Change a plan that the person's cluster leads; `revision` is the one they have seen.

    Raises:
        NotFound: the person may not know of it. Forbidden: another cluster leads it.
        Conflict: `changed_meanwhile`.
    """
    with writing() as now:
        plan = kept_plan(account, key)
        if revision != str(plan.revision):
            raise Conflict("changed_meanwhile")
        before = facts_of(plan)
        if facts == before:
            return
        _log(Event.PLAN_CHANGED, account, plan, now, before=before.logged, after=facts.logged)
        for name, value in facts.columns.items():
            setattr(plan, name, value)
        plan.revision += 1


@retried
def take_step(account: Account, key: str, status: PlanStatus, *, seen: PlanStatus) -> None:
    """Take a plan to another status; those who joined are told. `seen` is the one it had.

    Raises:
        NotFound: the person may not know of it. Forbidden: another cluster leads it.
        Conflict: `changed_meanwhile`, when it has another status by now, or none that leads there.
    """
    with writing() as now:
        plan = kept_plan(account, key)
        if plan.status != seen or status not in NEXT[seen]:
            raise Conflict("changed_meanwhile")
        _log(
            Event.PLAN_STATUS_CHANGED, account, plan, now,
            before={"status": plan.status}, after={"status": status},
        )  # fmt: skip
        plan.status, plan.status_at = status, now
        plan.revision += 1
        if status is PlanStatus.IDEA and plan.taken_up_at is None:
            plan.taken_up_at = now
        tell(
            NewsKind.PLAN_STEP,
            told_of_plan(plan) - {account.person_id},
            now,
            name=plan.title,
            key=plan.key,
            cluster_id=plan.cluster_id,
        )


@retried
def show_as(account: Account, key: str, facility_slug: str) -> None:
    """Let a planned facility of the cluster stand for a plan in the catalogue; "": none does.

    Raises:
        NotFound: the person may not know of it. Forbidden: another cluster leads it.
        Invalid: `facility` is `unknown`: none of the cluster that is planned.
    """
    with writing() as now:
        plan = kept_plan(account, key)
        facility = _planned_facility(plan.cluster_id, facility_slug) if facility_slug else None
        before = plan.facility.slug if plan.facility else None
        _log(
            Event.PLAN_CHANGED, account, plan, now,
            before={"facility": before}, after={"facility": facility_slug or None},
        )  # fmt: skip
        plan.facility_id = facility.id if facility else None
        plan.revision += 1


def planned_facilities(cluster_id: int) -> list[tuple[str, str]]:
    """Return slug and name of the facilities of a cluster that are planned, by name."""
    rows = db.session.execute(
        sa.select(Facility.slug, Facility.name)
        .where(Facility.cluster_id == cluster_id, Facility.status.startswith("planned"))
        .order_by(Facility.name)
    )
    return [(row.slug, row.name) for row in rows]


@retried
def join_for_cluster(account: Account, key: str, slug: str, *, joins: bool) -> None:
    """Say that a cluster joins a plan of another one, or does not any more.

    Raises:
        NotFound: the person may not know of the plan, or does not coordinate such a cluster.
        Conflict: `not_open`, or the cluster leads it anyway.
    """
    with writing() as now:
        plan = _open_plan(account, key)
        cluster_id = _cluster_id(slug)
        if cluster_id not in account_now(account).viewer.coordinates:
            raise NotFound("cluster")
        if cluster_id == plan.cluster_id:
            raise Conflict("not_open")
        if joins == (cluster_id in joined_clusters(plan.id)):
            return
        if joins:
            db.session.add(
                PlanCluster(
                    plan_id=plan.id,
                    cluster_id=cluster_id,
                    said_at=now,
                    said_by_id=account.person_id,
                )
            )
        else:
            db.session.execute(
                sa.delete(PlanCluster).where(
                    PlanCluster.plan_id == plan.id, PlanCluster.cluster_id == cluster_id
                )
            )
        event = Event.PLAN_JOINED if joins else Event.PLAN_LEFT
        record(
            event,
            now=now,
            actor=account.person_id,
            cluster=cluster_id,
            after={"title": plan.title},
        )
        if joins:
            told = set(coordinator_ids(plan.cluster_id)) - {account.person_id}
            tell(
                NewsKind.PLAN_JOINED,
                told,
                now,
                name=plan.title,
                key=plan.key,
                cluster_id=cluster_id,
            )


@retried
def join_for_organisation(account: Account, key: str, *, joins: bool) -> None:
    """Say that the organisation for which the person acts would use it, or not any more.

    Raises:
        NotFound: the person may not know of the plan. Forbidden: they act for no organisation.
        Conflict: `not_open`.
    """
    with writing() as now:
        plan = _open_plan(account, key)
        organisation_id = account_now(account).viewer.organisation_id
        if organisation_id is None:
            raise Forbidden("plan")
        there = sa.and_(
            PlanOrganisation.plan_id == plan.id,
            PlanOrganisation.organisation_id == organisation_id,
        )
        was_there = db.session.scalar(sa.select(PlanOrganisation.id).where(there)) is not None
        if joins and not was_there:
            db.session.add(
                PlanOrganisation(
                    plan_id=plan.id,
                    organisation_id=organisation_id,
                    said_at=now,
                    said_by_id=account.person_id,
                )
            )
        elif not joins:
            db.session.execute(sa.delete(PlanOrganisation).where(there))


def told_of_plan(plan: FacilityPlan) -> set[int]:
    """Return who is told of changes: coordinators of its clusters, and people who want it.

    Those still work for the organisation for which they said so. While it is only suggested,
    beside the coordinators who suggested it.
    """
    clusters = {plan.cluster_id, *joined_clusters(plan.id)}
    told = {person_id for one in clusters for person_id in coordinator_ids(one)}
    told.update(interested_people(plan.id))
    if plan.suggested_for_id is not None:
        told.update(_still_there([(plan.proposed_by_id, plan.suggested_for_id)]))
    return told


def interested_people(plan_id: int, organisation_id: int | None = None) -> set[int]:
    """Return who said so for an organisation (None: for any) and still works there."""
    rows = db.session.execute(
        sa.select(PlanOrganisation.said_by_id, PlanOrganisation.organisation_id).where(
            PlanOrganisation.plan_id == plan_id,
            PlanOrganisation.organisation_id == organisation_id if organisation_id else sa.true(),
        )
    ).all()
    return _still_there([(row.said_by_id, row.organisation_id) for row in rows])


def _still_there(pairs: Collection[tuple[int, int]]) -> set[int]:
    return {
        person_id
        for person_id, organisation_id in pairs
        if db.session.scalar(
            sa.select(Person.id).where(
                Person.id == person_id, Person.is_active, is_member(Person.id, organisation_id)
            )
        )
    }


def locked_plan(account: Account, key: str) -> FacilityPlan:
    """Return a plan that the person knows of now, locked. Call it inside `writing`."""
    viewer = account_now(account).viewer
    plan_id = find_plan(viewer, key).id
    db.session.execute(
        sa.select(FacilityPlan.id).where(FacilityPlan.id == plan_id).with_for_update(key_share=True)
    )
    return find_plan(viewer, key)


def kept_plan(account: Account, key: str) -> FacilityPlan:
    """Return a plan that the person's cluster leads now, locked. Call it inside `writing`.

    Raises:
        NotFound: the person may not know of it. Forbidden: another cluster leads it.
    """
    plan = locked_plan(account, key)
    if plan.cluster_id not in account_now(account).viewer.coordinates:
        raise Forbidden("plan")
    return plan


def _open_plan(account: Account, key: str) -> FacilityPlan:
    plan = locked_plan(account, key)
    if plan.status not in OPEN:
        raise Conflict("not_open")
    return plan


def _planned_facility(cluster_id: int, slug: str) -> Facility:
    facility = db.session.scalar(sa.select(Facility).where(Facility.slug == slug))
    known = [one for one, _ in planned_facilities(cluster_id)]
    if facility is None or slug not in known:
        raise Invalid("facility", "unknown")
    return facility


def _cluster_id(slug: str) -> int:
    for one in listed_clusters().values():
        if one.slug == slug:
            return one.id
    raise Invalid("cluster", "unknown")


def _number(*conditions: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.count(FacilityPlan.id)).where(*conditions)) or 0


def _log(
    event: Event,
    account: Account,
    plan: FacilityPlan,
    now: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    record(
        event,
        now=now,
        actor=account.person_id,
        cluster=plan.cluster_id,
        before=before,
        after=after,
    )
