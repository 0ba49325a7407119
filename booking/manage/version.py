"""The version of what a facility states, so that nobody overwrites a change they have not seen."""

import hashlib

import sqlalchemy as sa

from booking.errors import Conflict
from booking.extensions import db
from booking.facilities.models import Facility, Place
from booking.facilities.quota_models import Quota
from booking.rules.term_declarations import TermPage
from booking.rules.terms import TERMS

# What is set on pages that check the version; the page of hours has its own preview.
_COLUMNS = [getattr(Facility, term.name) for term in TERMS if term.page is not TermPage.HOURS]


def facility_version(facility_id: int) -> str:
    """Return the version of a facility's own terms, places and quotas: it changes with each.

    What it inherits does not count. Three statements.
    """
    own = db.session.execute(sa.select(*_COLUMNS).where(Facility.id == facility_id)).one()
    places = db.session.scalar(sa.select(sa.func.count()).where(Place.facility_id == facility_id))
    quotas = db.session.execute(
        sa.select(Quota.measure, Quota.period, Quota.most)
        .where(Quota.facility_id == facility_id)
        .order_by(Quota.measure, Quota.period)
    ).all()
    stated = repr((tuple(own), places, [tuple(quota) for quota in quotas]))
    return hashlib.sha256(stated.encode()).hexdigest()[:32]


def check_version(facility_id: int, version: str) -> None:
    """Check that the facility still states what a person saw before changing it.

    Call it under the facility's lock.

    Raises:
        Conflict: `changed_meanwhile`.
    """
    if facility_version(facility_id) != version:
        raise Conflict("changed_meanwhile")
