"""Waiting for a planned facility: asking to be told when it opens, and being told once."""

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.accounts.queries import account_now
from booking.accounts.service import locked
from booking.db.in_ids import in_ids
from booking.db.transactions import retried, writing
from booking.errors import Busy, Conflict, NotFound
from booking.extensions import db
from booking.facilities.models import Facility
from booking.news.service import tell
from booking.plans.models import FacilityFollower
from booking.plans.queries import waiting_for
from booking.rules.news import NewsKind
from booking.rules.terms import status_allows
from booking.rules.visibility import Account

#: One person follows at most so many facilities.
MOST_FOLLOWED = 50


class TooManyFollowed(Busy):
    """The person follows as many facilities as they can."""


def is_followed(person_id: int, facility_id: int) -> bool:
    """Return whether a person waits for a facility and was not told yet. One statement."""
    found = sa.select(FacilityFollower.id).where(
        FacilityFollower.person_id == person_id,
        FacilityFollower.facility_id == facility_id,
        FacilityFollower.told_at.is_(None),
    )
    return db.session.scalar(found) is not None


@retried
def follow(account: Account, slug: str) -> None:
    """Note that a person wants to be told when a planned facility can be requested.

    Raises:
        NotFound: there is no such facility.
        Conflict: `not_planned`: it is open already, or closed.
        TooManyFollowed: the limit is reached.
    """
    with writing() as now:
        locked(account.person_id)
        account_now(account)
        facility = _facility(slug)
        if not facility.status.startswith("planned"):
            raise Conflict("not_planned")
        if is_followed(account.person_id, facility.id):
            return
        waiting = sa.select(sa.func.count(FacilityFollower.id)).where(
            FacilityFollower.person_id == account.person_id, FacilityFollower.told_at.is_(None)
        )
        if (db.session.scalar(waiting) or 0) >= MOST_FOLLOWED:
            raise TooManyFollowed
        # Who was told before, of an opening that was taken back, waits anew.
        db.session.execute(_rows(account.person_id, facility.id))
        db.session.add(
            FacilityFollower(facility_id=facility.id, person_id=account.person_id, asked_at=now)
        )


@retried
def unfollow(account: Account, slug: str) -> None:
    """Forget that a person wants to be told; nothing if they do not.

    Raises:
        NotFound: there is no such facility.
    """
    with writing():
        db.session.execute(_rows(account.person_id, _facility(slug).id))


def tell_followers() -> int:
    """Tell everybody once whose facility can be requested now; returns of how many facilities.

    However it came to be open: by a page, a file of the catalogue, or the operator.
    """
    rows = db.session.execute(
        sa.select(Facility.id, Facility.status).where(
            Facility.id.in_(
                sa.select(FacilityFollower.facility_id).where(FacilityFollower.told_at.is_(None))
            )
        )
    ).all()
    opened = sorted(row.id for row in rows if status_allows(row.status))
    db.session.rollback()
    return sum(_tell(facility_id) for facility_id in opened)


@retried
def _tell(facility_id: int) -> bool:
    with writing(facility_id) as now:
        facility = db.session.get_one(Facility, facility_id, populate_existing=True)
        if not status_allows(facility.status):
            return False
        waiting = waiting_for([facility_id])[facility_id]
        if not waiting:
            return False
        active = db.session.scalars(
            sa.select(Person.id).where(in_ids(Person.id, waiting), Person.is_active)
        ).all()
        db.session.execute(
            sa.update(FacilityFollower)
            .where(FacilityFollower.facility_id == facility_id, FacilityFollower.told_at.is_(None))
            .values(told_at=now)
        )
        tell(
            NewsKind.FACILITY_OPENS,
            active,
            now,
            name=facility.name,
            key=facility.slug,
            cluster_id=facility.cluster_id,
        )
        return True


def _facility(slug: str) -> Facility:
    found = None
    if "\0" not in slug:  # PostgreSQL refuses to look for it
        found = db.session.scalar(sa.select(Facility).where(Facility.slug == slug))
    if found is None:
        raise NotFound("facility")
    return found


def _rows(person_id: int, facility_id: int) -> sa.Delete:
    return sa.delete(FacilityFollower).where(
        FacilityFollower.person_id == person_id, FacilityFollower.facility_id == facility_id
    )
