"""Reading an organisation, for the people who work for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.memberships import CURRENT
from booking.accounts.models import Membership, Organisation, Person
from booking.bookings.conditions import is_open
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.bookings.readers import of_requester
from booking.clusters.models import Cluster
from booking.errors import NotFound
from booking.extensions import db
from booking.feeds.kinds import OF_MEMBERSHIPS
from booking.feeds.models import Feed
from booking.rules.visibility import Account, MembershipRole


@dataclass(frozen=True)
class Colleague:
    """Somebody who works for the organisation; `key` names the membership in forms.

    `links` counts their calendar links there, `last_read` is when one of them was read last.
    """

    key: str
    person_id: int
    name: str
    email: str
    is_active: bool
    role: MembershipRole
    since: datetime
    links: int
    last_read: datetime | None

    @property
    def is_manager(self) -> bool:
        """Return whether they decide who works there."""
        return self.role is MembershipRole.MANAGER


@dataclass(frozen=True)
class OrganisationPage:
    """An organisation as its people see it: who works there, and how many requests are open."""

    id: int
    name: str
    kind: str
    country: str
    home_cluster: str | None
    people: Sequence[Colleague]
    open_requests: int

    @property
    def managers(self) -> Sequence[Colleague]:
        """Return those who decide who works there and can sign in."""
        return [one for one in self.people if one.is_manager and one.is_active]


def organisation_page(account: Account, now: datetime) -> OrganisationPage:
    """Return the organisation for which the person acts. Three statements.

    Raises:
        NotFound: they act for none.
    """
    organisation_id = account.viewer.organisation_id
    if organisation_id is None:
        raise NotFound("organisation")
    organisation, home = db.session.execute(
        sa.select(Organisation, Cluster.short_name)
        .outerjoin(Cluster, Cluster.id == Organisation.home_cluster_id)
        .where(Organisation.id == organisation_id)
    ).one()
    waiting = (
        sa.select(sa.func.count(BookingRequest.id.distinct()))
        .join(Booking, Booking.request_id == BookingRequest.id)
        .join(Occurrence, Occurrence.booking_id == Booking.id)
        .where(of_requester(account.viewer), is_open(now))
    )
    return OrganisationPage(
        id=organisation_id,
        name=organisation.name,
        kind=organisation.kind,
        country=organisation.country,
        home_cluster=home,
        people=_people(organisation_id),
        open_requests=db.session.scalar(waiting) or 0,
    )


def _people(organisation_id: int) -> list[Colleague]:
    """Return who works there: managers first, then the longest membership."""
    of_membership = sa.and_(
        Feed.person_id == Membership.person_id,
        Feed.organisation_id == organisation_id,
        Feed.kind.in_(sorted(OF_MEMBERSHIPS)),
        Feed.revoked_at.is_(None),
    )
    rows = db.session.execute(
        sa.select(
            Membership,
            Person,
            sa.func.count(Feed.id).label("links"),
            sa.func.max(Feed.fetched_at).label("last_read"),
        )
        .join(Person, Person.id == Membership.person_id)
        .outerjoin(Feed, of_membership)
        .where(Membership.organisation_id == organisation_id, CURRENT)
        .group_by(Membership.id, Person.id)
        .order_by(sa.case((Membership.role == MembershipRole.MANAGER, 0), else_=1), Membership.id)
    )
    return [
        Colleague(
            key=row.Membership.key,
            person_id=row.Person.id,
            name=row.Person.name,
            email=row.Person.email,
            is_active=row.Person.is_active,
            role=MembershipRole(row.Membership.role),
            since=row.Membership.since,
            links=row.links,
            last_read=row.last_read,
        )
        for row in rows
    ]
