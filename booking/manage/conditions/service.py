"""Adding, changing and removing conditions of a facility, for deciders and keepers."""

from datetime import datetime

import sqlalchemy as sa

from booking.audit.recording import record
from booking.db.transactions import retried, writing
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.facilities.condition_models import FacilityCondition
from booking.facilities.models import Facility
from booking.manage.terms.service import facility_id_by_slug, reread_with_account
from booking.manage.version import claim_change, target_facility
from booking.rules.audit_events import Event
from booking.rules.conditions import NewCondition
from booking.rules.owner_changes import ChangedPart
from booking.rules.visibility import Account

#: A facility has at most so many conditions.
MOST_CONDITIONS = 20


@retried
def add_condition(
    account: Account, slug: str, condition: NewCondition, *, version: str | None = None
) -> None:
    """Add a condition to a facility. It counts for what is confirmed from now on.

    `version` is the `facility_version` that the form was filled with; None: there was no form.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: there is no such facility, or it is for others to change.
        Invalid: `text`, `too_many`.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        facility = _claimed(account, facility_id, now, version)
        count = sa.select(sa.func.count()).where(
            FacilityCondition.facility_id == facility.id, FacilityCondition.removed_at.is_(None)
        )
        if (db.session.scalar(count) or 0) >= MOST_CONDITIONS:
            raise Invalid("text", "too_many")
        db.session.add(FacilityCondition(facility_id=facility.id, **_columns(condition)))
        record(
            Event.CONDITION_ADDED,
            now=now,
            actor=account.person_id,
            facility=facility_id,
            after=_columns(condition),
        )


@retried
def change_condition(
    account: Account,
    slug: str,
    condition_id: int,
    condition: NewCondition,
    *,
    version: str | None = None,
) -> None:
    """Change a condition of a facility. Bookings keep it as it was.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: there is no such condition, or the facility is for others to change.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        facility = _claimed(account, facility_id, now, version)
        row = _row(facility.id, condition_id)
        columns = _columns(condition)
        record(
            Event.CONDITION_CHANGED,
            now=now,
            actor=account.person_id,
            facility=facility_id,
            before={name: getattr(row, name) for name in columns},
            after=columns,
        )
        for name, value in columns.items():
            setattr(row, name, value)


@retried
def remove_condition(
    account: Account, slug: str, condition_id: int, *, version: str | None = None
) -> None:
    """Take a condition off the list of a facility. Bookings that have it keep it.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: there is no such condition, or the facility is for others to change.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        facility = _claimed(account, facility_id, now, version)
        row = _row(facility.id, condition_id)
        row.removed_at = now
        record(
            Event.CONDITION_REMOVED,
            now=now,
            actor=account.person_id,
            facility=facility_id,
            before={"kind": row.kind, "text": row.text},
        )


def _claimed(account: Account, facility_id: int, now: datetime, version: str | None) -> Facility:
    facility, _ = reread_with_account(account, facility_id, ChangedPart.CONDITIONS)
    claim_change(
        target_facility(facility),
        ChangedPart.CONDITIONS,
        now,
        person_id=account.person_id,
        seen=version,
    )
    return facility


def _row(facility_id: int, condition_id: int) -> FacilityCondition:
    row = db.session.scalar(
        sa.select(FacilityCondition)
        .where(
            FacilityCondition.id == condition_id,
            FacilityCondition.facility_id == facility_id,
            FacilityCondition.removed_at.is_(None),
        )
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound("condition")
    return row


def _columns(condition: NewCondition) -> dict[str, str | int]:
    return {
        "kind": condition.kind,
        "text": condition.text,
        "stage": condition.stage,
        "days_before": condition.days_before,
    }
