"""How people chose to get their updates: reading and changing it."""

from collections.abc import Collection, Mapping
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from booking.accounts.memberships import CURRENT
from booking.accounts.models import Membership, Organisation, Person, Role
from booking.accounts.roles import HELD
from booking.clusters.models import Cluster
from booking.db.in_ids import in_ids
from booking.db.times import CENTRAL_EUROPEAN, zone_or_none
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.notices.models import UpdateSettings
from booking.rules.roles import RoleKind
from booking.rules.updates import DEFAULT_CHOICE, Choice, Delivery, UpdateKind


def choice_of(person_id: int) -> Choice:
    """Return how this person gets updates."""
    return choices_of([person_id]).get(person_id, DEFAULT_CHOICE)


def choices_of(person_ids: Collection[int]) -> Mapping[int, Choice]:
    """Return how these people get updates; who never chose is missing. One statement."""
    rows = db.session.scalars(
        sa.select(UpdateSettings).where(in_ids(UpdateSettings.person_id, person_ids))
    )
    return {row.person_id: _choice(row) for row in rows}


def _choice(row: UpdateSettings) -> Choice:
    deliveries = {kind: Delivery(getattr(row, kind)) for kind in UpdateKind}
    return Choice(
        deliveries, every_step=row.every_step, details=row.details, invitations=row.invitations
    )


@retried
def choose(person_id: int, choice: Choice) -> None:
    """Keep how a person gets updates from now on; what waits for a digest stays in it.

    What is of a kind that they no longer want is left out when the digest is written.
    """
    with writing():
        # Who saves twice at once waits here.
        db.session.execute(
            sa.select(Person.id).where(Person.id == person_id).with_for_update(key_share=True)
        )
        db.session.merge(
            UpdateSettings(
                person_id=person_id,
                every_step=choice.every_step,
                details=choice.details,
                invitations=choice.invitations,
                **{kind.value: choice.delivery(kind) for kind in UpdateKind},
            )
        )


def digest_zones(person_ids: Collection[int]) -> dict[int, ZoneInfo]:
    """Return the zone by whose clock each of these people gets the digest. One statement.

    It is the person's own; else that of the home cluster of the organisation for which they sign
    in, else of the first cluster that they coordinate or in which they decide; else Central
    European.
    """
    home, coordinated, decided = aliased(Cluster), aliased(Cluster), aliased(Cluster)
    coordinates = (
        sa.select(sa.func.min(Role.cluster_id))
        .where(Role.person_id == Person.id, Role.kind == RoleKind.COORDINATOR, HELD)
        .scalar_subquery()
    )
    decides = (
        sa.select(sa.func.min(Role.cluster_id))
        .where(Role.person_id == Person.id, Role.kind == RoleKind.APPROVER, HELD)
        .scalar_subquery()
    )
    at_home = (
        sa.select(Organisation.home_cluster_id)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == Person.id, CURRENT)
        .order_by(sa.case((Membership.chosen, 0), else_=1), Membership.id)
        .limit(1)
        .scalar_subquery()
    )
    rows = db.session.execute(
        sa.select(
            Person.id,
            Person.time_zone,
            sa.func.coalesce(home.time_zone, coordinated.time_zone, decided.time_zone),
        )
        .outerjoin(home, home.id == at_home)
        .outerjoin(coordinated, coordinated.id == coordinates)
        .outerjoin(decided, decided.id == decides)
        .where(in_ids(Person.id, person_ids))
    )
    return {
        person_id: zone_or_none(own) or zone_or_none(of_cluster) or CENTRAL_EUROPEAN
        for person_id, own, of_cluster in rows
    }
