"""What a cluster says of itself: read and changed by its coordinators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.models import Person, Role
from booking.accounts.queries import account_now
from booking.accounts.roles import IS_COORDINATOR
from booking.audit.recording import record
from booking.bookings.models import Booking, Occurrence
from booking.clusters.deadlines import deadlines_of
from booking.clusters.facts import FACTS, changed_facts, stated_facts
from booking.clusters.models import Cluster, FocusArea
from booking.clusters.public_holidays import holidays_of
from booking.db import clock
from booking.db.rules_number import claim_rules
from booking.db.transactions import retried, writing
from booking.errors import Conflict, Invalid, NotFound
from booking.extensions import db
from booking.facilities.change_models import OwnerChange
from booking.facilities.models import Facility
from booking.rules.audit_events import Event
from booking.rules.days_off import kept_past, read_stored, stored
from booking.rules.deadlines import add_working_days
from booking.rules.lifecycle import WAIT_FOR_OWNER
from booking.rules.opening import local_day
from booking.rules.owner_changes import ChangedPart
from booking.rules.visibility import Account, Viewer


@dataclass(frozen=True)
class KeptCluster:
    """A cluster as its coordinators keep it.

    `facts` are those of `clusters.facts`; `holidays` the public holidays of the coming year.
    `waiting`: so many bookings wait for a decision and have their due dates. `version` changes
    with each change.
    """

    id: int
    slug: str
    name: str
    country: str
    region: str | None
    zone: ZoneInfo
    today: date
    facts: Mapping[str, Any]
    focus_areas: Sequence[tuple[str, str]]
    holidays: Sequence[tuple[date, str]]
    waiting: int
    version: str


@dataclass(frozen=True)
class FactsChange:
    """A change that was saved since a form was opened; `person` None: the reader has no name."""

    names: tuple[str, ...]
    at: datetime
    person: str | None
    is_own: bool
    by_operator: bool


def kept_cluster(viewer: Viewer, slug: str) -> KeptCluster:
    """Return a cluster that the viewer coordinates.

    Raises:
        NotFound: there is no such cluster, or the viewer does not coordinate it.
    """
    cluster, now = _coordinated(viewer, slug), clock.now()
    zone = ZoneInfo(cluster.time_zone)
    today = local_day(now, zone)
    coming = today.replace(year=today.year + 1) if (today.month, today.day) != (2, 29) else today
    waiting = (
        sa.select(sa.func.count(Booking.id.distinct()))
        .join(Occurrence, Occurrence.booking_id == Booking.id)
        .join(Facility, Facility.id == Booking.facility_id)
        .where(Facility.cluster_id == cluster.id, Occurrence.state.in_(WAIT_FOR_OWNER))
    )
    areas = sa.select(FocusArea.slug, FocusArea.description).order_by(FocusArea.slug)
    return KeptCluster(
        id=cluster.id,
        slug=cluster.slug,
        name=cluster.short_name,
        country=cluster.country,
        region=cluster.region,
        zone=zone,
        today=today,
        facts=stated_facts(cluster),
        focus_areas=[(slug, text) for slug, text in db.session.execute(areas)],
        holidays=[
            (day, name) for day, name in holidays_of(cluster, now).items() if today <= day < coming
        ],
        waiting=db.session.scalar(waiting) or 0,
        version=_version(cluster.id),
    )


@retried
def change_cluster_facts(
    account: Account, slug: str, facts: Mapping[str, Any], *, version: str
) -> list[str]:
    """Save what a cluster says of itself; return the names of what has changed.

    `facts` has all `FACTS`. Days off that are over stay as they are: deadlines that run count
    them. What was sent before keeps its due dates. `version` is that of the form.

    Raises:
        NotFound: there is no such cluster, or the person does not coordinate it.
        Conflict: `changed_meanwhile`: the cluster has another version by now.
        Invalid: `focus_areas` are `unknown`.
    """
    with writing() as now:
        # Answer time and days off are rules of all facilities of the cluster.
        claim_rules()
        cluster = _coordinated(account_now(account).viewer, slug)
        if version != _version(cluster.id):
            raise Conflict("changed_meanwhile")
        areas = db.session.scalars(
            sa.select(FocusArea)
            .where(FocusArea.slug.in_(facts["focus_areas"]))
            .order_by(FocusArea.slug)
        ).all()
        if {area.slug for area in areas} != set(facts["focus_areas"]):
            raise Invalid("focus_areas", "unknown")
        before = stated_facts(cluster)
        after = dict(facts) | {
            "focus_areas": [area.slug for area in areas],
            "days_off": with_past(
                before["days_off"], facts["days_off"], local_day(now, ZoneInfo(cluster.time_zone))
            ),
        }
        changed = changed_facts(before, after)
        for name in changed:
            setattr(cluster, name, areas if name == "focus_areas" else after[name])
        if changed:
            cluster.set_here = sorted({*cluster.set_here, *changed})
            claim_cluster_facts(cluster.id, changed, now, person_id=account.person_id)
            record(
                Event.CLUSTER_CHANGED,
                now=now,
                actor=account.person_id,
                cluster=cluster.id,
                before={name: before[name] for name in changed},
                after={name: after[name] for name in changed},
            )
        return changed


def with_past(
    before: Sequence[Sequence[str]], after: Sequence[Sequence[str]], today: date
) -> list[list[str]]:
    """Return new days off together with those of before that are over."""
    return stored({*kept_past(read_stored(before), today), *read_stored(after)})


def claim_cluster_facts(
    cluster_id: int, names: Sequence[str], now: datetime, *, person_id: int | None
) -> None:
    """Record that these facts of a cluster were changed, under its lock.

    `person_id` None: by the catalogue.
    """
    db.session.add(
        OwnerChange(
            cluster_id=cluster_id,
            facility_id=None,
            part=ChangedPart.CLUSTER,
            names=list(names),
            person_id=person_id,
            changed_at=now,
        )
    )


def facts_changed_since(viewer: Viewer, cluster_id: int, version: str) -> list[FactsChange]:
    """Return what was changed after a version that a form carries; nothing if it never was one."""
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        return []
    coordinators = sa.select(Role.person_id).where(Role.cluster_id == cluster_id, IS_COORDINATOR)
    known = set(db.session.scalars(coordinators))
    rows = db.session.execute(
        sa.select(OwnerChange, Person.name)
        .outerjoin(Person, Person.id == OwnerChange.person_id)
        .where(*_of(cluster_id))
        .order_by(OwnerChange.id)
        .offset(int(version))
    )
    return [
        FactsChange(
            names=tuple(name for name in FACTS if name in row.names),
            at=row.changed_at,
            person=name if row.person_id in known else None,
            is_own=row.person_id is not None and row.person_id == viewer.person_id,
            by_operator=row.person_id is None,
        )
        for row, name in rows
    ]


def _coordinated(viewer: Viewer, slug: str) -> Cluster:
    if "\0" in slug:  # PostgreSQL refuses to look for it
        raise NotFound("cluster")
    cluster = db.session.scalar(
        sa.select(Cluster).where(Cluster.slug == slug).execution_options(populate_existing=True)
    )
    if cluster is None or cluster.id not in viewer.coordinates:
        raise NotFound("cluster")
    return cluster


def _version(cluster_id: int) -> str:
    query = sa.select(sa.func.count()).select_from(OwnerChange).where(*_of(cluster_id))
    return str(db.session.scalar(query))


def _of(cluster_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        OwnerChange.cluster_id == cluster_id,
        OwnerChange.facility_id.is_(None),
        OwnerChange.part == ChangedPart.CLUSTER,
    )


def due_day(found: KeptCluster, facts: Mapping[str, Any], now: datetime) -> date:
    """Return the day by which a request sent now would be due for an answer, by these facts."""
    deadlines = deadlines_of(
        _Answering(
            found.country,
            found.region,
            found.zone.key,
            facts["answer_days"],
            facts["days_off"],
        ),
        now,
    )
    return add_working_days(found.today, deadlines.answer_days, deadlines.holidays)


@dataclass(frozen=True)
class _Answering:
    """A cluster as it would answer."""

    country: str
    region: str | None
    time_zone: str
    answer_days: int
    days_off: Sequence[Sequence[str]]
