"""Reading absences: a person's own, those of a cluster, and who stands in for whom now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from booking.accounts.models import Absence, Person, Role
from booking.accounts.roles import DECIDES
from booking.clusters.models import Cluster
from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.facilities.terms_cache import absences
from booking.rules.absences import AbsentDays
from booking.rules.opening import local_day
from booking.rules.visibility import Viewer


@dataclass(frozen=True)
class AbsenceLine:
    """One absence, `first` and `last` day included; `stand_in` None: nobody in their place."""

    person_id: int
    person: str
    first: date
    last: date
    stand_in: str | None


@dataclass(frozen=True)
class StandInChoice:
    """Somebody who decides in the same cluster and could stand in."""

    email: str
    name: str


@dataclass(frozen=True)
class AwayNow:
    """What absences mean for somebody today: until when they are away, and for whom they decide.

    `decides_for` has names, each with the last day. `is_replaced`: somebody stands in for them.
    """

    away_until: date | None = None
    stand_in: str | None = None
    decides_for: tuple[tuple[str, date], ...] = ()


def zones_of(viewer: Viewer) -> dict[int, ZoneInfo]:
    """Return the zones of the clusters in which the viewer decides, by id. One statement."""
    rows = db.session.execute(
        sa.select(Cluster.id, Cluster.time_zone).where(
            in_ids(Cluster.id, viewer.coordinates | viewer.approver_clusters)
        )
    )
    return {cluster_id: ZoneInfo(zone) for cluster_id, zone in rows}


def own_absences(person_id: int, today: date) -> list[AbsenceLine]:
    """Return the absences of a person that are not over, earliest first."""
    return _lines(Absence.person_id == person_id, today)


def stood_in_absences(person_id: int, today: date) -> list[AbsenceLine]:
    """Return the absences that are not over in which this person stands in, earliest first."""
    return _lines(Absence.stand_in_id == person_id, today)


def absences_of(person_ids: Collection[int], today: date) -> list[AbsenceLine]:
    """Return the absences of these people that are not over, earliest first."""
    return _lines(in_ids(Absence.person_id, person_ids), today)


def _lines(condition: sa.ColumnElement[bool], today: date) -> list[AbsenceLine]:
    other = aliased(Person)
    rows = db.session.execute(
        sa.select(
            Absence.person_id,
            Person.name,
            Absence.first_day,
            Absence.last_day,
            other.name.label("stand_in"),
        )
        .join(Person, Person.id == Absence.person_id)
        .outerjoin(other, other.id == Absence.stand_in_id)
        .where(condition, Absence.last_day >= today)
        .order_by(Absence.first_day, Person.name, Absence.id)
    )
    return [AbsenceLine(*row) for row in rows]


def days_taken(person_id: int, today: date) -> list[AbsentDays]:
    """Return the days of a person's absences that are not over."""
    return [AbsentDays(one.first, one.last) for one in own_absences(person_id, today)]


def stand_in_choices(viewer: Viewer) -> Sequence[StandInChoice]:
    """Return who could stand in for the viewer, by name: others who decide in the same clusters."""
    rows = db.session.execute(
        sa.select(Person.email, Person.name)
        .where(
            Person.is_active,
            Person.id != viewer.person_id,
            Person.id.in_(deciding_in(viewer.coordinates | viewer.approver_clusters)),
        )
        .order_by(Person.name, Person.email)
    )
    return [StandInChoice(*row) for row in rows]


def deciding_in(cluster_ids: Collection[int]) -> sa.Select[int]:
    """Return the query of the ids of people who are named in these clusters."""
    return sa.select(Role.person_id).where(in_ids(Role.cluster_id, cluster_ids), DECIDES)


def away_now(viewer: Viewer, now: datetime) -> AwayNow:
    """Return what absences mean for the viewer today; no statement where there are none."""
    if viewer.person_id is None or not (viewer.approves or viewer.coordinates):
        return AwayNow()
    me, known = viewer.person_id, absences()
    days = {local_day(now, zone) for zone in known.zones}
    if not any(known.on(me, day) or known.stood_in_by(me, day) for day in days):
        return AwayNow()
    found = {
        one
        for cluster_id, zone in zones_of(viewer).items()
        for one in known.stood_in_by(me, local_day(now, zone))
        if one.stand_in is not None and cluster_id in one.stand_in.clusters
    }
    days = {local_day(now, zone) for zone in zones_of(viewer).values()}
    own = [one for day in days if (one := known.on(me, day)) is not None]
    stand_ins = {one.stand_in.person_id for one in own if one.stand_in is not None}
    names = dict(
        db.session.execute(
            sa.select(Person.id, Person.name).where(
                in_ids(Person.id, {one.person_id for one in found} | stand_ins)
            )
        ).all()
    )
    return AwayNow(
        away_until=own[0].days.last if own else None,
        stand_in=next((names[one] for one in stand_ins), None),
        decides_for=tuple(
            sorted((names[one.person_id], one.days.last) for one in found if not own)
        ),
    )
