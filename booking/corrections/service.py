"""Reporting a mistake on the page of a facility."""

from datetime import datetime

import sqlalchemy as sa

from booking.accounts.account_log import AccountEvent, log_account_change
from booking.accounts.models import Person, Role
from booking.accounts.queries import account_now
from booking.accounts.roles import IS_COORDINATOR
from booking.corrections.models import Correction
from booking.db.transactions import retried, writing
from booking.errors import Busy, Invalid
from booking.extensions import db
from booking.facilities.keepers import keepers_of
from booking.facilities.models import Facility
from booking.rules.corrections import DAY, MOST_A_DAY, MOST_OPEN
from booking.rules.visibility import Account


class TooManyReports(Busy):
    """The person has reported as many mistakes as they can in a day."""

    wait = DAY


@retried
def report_mistake(account: Account, facility_id: int, text: str) -> None:
    """Report a mistake, and tell the keepers and coordinators. Sent twice, it is stored once.

    Raises:
        NotFound: there is no such facility.
        Invalid: `text` `missing`, or `many_open`: as many wait there as can.
        TooManyReports: the person has reported `MOST_A_DAY` in a day.
    """
    if not text.strip():
        raise Invalid("text", "missing")
    with writing(facility_id) as now:
        account_now(account)
        person = db.session.get_one(Person, account.person_id, with_for_update=True)
        waiting = _open_texts(facility_id, person.id)
        if text in waiting:
            return
        if _reported_since(person.id, now - DAY) >= MOST_A_DAY:
            raise TooManyReports
        if _count_open(facility_id) >= MOST_OPEN:
            raise Invalid("text", "many_open")
        db.session.add(
            Correction(
                facility_id=facility_id, reported_by_id=person.id, reported_at=now, text=text
            )
        )
        facility = db.session.get_one(Facility, facility_id)
        log_account_change(
            AccountEvent.MISTAKE_REPORTED,
            person,
            now,
            actor_id=person.id,
            facility_id=facility_id,
            cluster_id=facility.cluster_id,
            told_ids=sorted(_caring_for(facility) - {person.id}),
        )


def _caring_for(facility: Facility) -> frozenset[int]:
    """Return the keepers of a facility and the coordinators of its cluster."""
    coordinators = sa.select(Role.person_id).where(
        Role.cluster_id == facility.cluster_id, IS_COORDINATOR
    )
    return keepers_of(facility.id) | frozenset(db.session.scalars(coordinators))


def _open_texts(facility_id: int, person_id: int) -> frozenset[str]:
    return frozenset(
        db.session.scalars(
            sa.select(Correction.text).where(
                Correction.facility_id == facility_id,
                Correction.reported_by_id == person_id,
                Correction.settled_at.is_(None),
            )
        )
    )


def _reported_since(person_id: int, since: datetime) -> int:
    query = sa.select(sa.func.count()).where(
        Correction.reported_by_id == person_id, Correction.reported_at > since
    )
    return db.session.scalar(query) or 0


def _count_open(facility_id: int) -> int:
    query = sa.select(sa.func.count()).where(
        Correction.facility_id == facility_id, Correction.settled_at.is_(None)
    )
    return db.session.scalar(query) or 0
