"""Setting quotas and the fair share of a facility."""

from collections.abc import Mapping

import sqlalchemy as sa

from booking.audit.recording import record
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.facilities.quota_models import Quota
from booking.manage.terms.service import facility_id_by_slug, reread_with_account
from booking.manage.version import claim_change, target_facility
from booking.rules.audit_events import Event
from booking.rules.owner_changes import ChangedPart
from booking.rules.quotas import Measure, Period
from booking.rules.visibility import Account


def own_quotas(facility_id: int) -> dict[tuple[Measure, Period], int]:
    """Return the quotas that this facility sets itself."""
    rows = db.session.scalars(sa.select(Quota).where(Quota.facility_id == facility_id))
    return {(Measure(row.measure), Period(row.period)): row.most for row in rows}


@retried
def set_quotas(
    account: Account,
    slug: str,
    quotas: Mapping[tuple[Measure, Period], int],
    fair_share_percent: int | None,
    *,
    version: str | None = None,
) -> None:
    """Set all quotas of a facility at once, and its fair share (None: as above).

    They apply to requests sent from now on; what has been sent stays and counts towards them.
    `version` is the `facility_version` that the form was filled with; None: there was no form.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: there is no such facility, or others decide on it.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        facility, _ = reread_with_account(account, facility_id)
        stated = own_quotas(facility_id), facility.fair_share_percent
        if stated == (dict(quotas), fair_share_percent):
            return
        claim_change(
            target_facility(facility),
            ChangedPart.QUOTAS,
            now,
            person_id=account.person_id,
            seen=version,
        )
        record(
            Event.QUOTAS_CHANGED,
            now=now,
            actor=account.person_id,
            facility=facility_id,
            before=_logged(*stated),
            after=_logged(quotas, fair_share_percent),
        )
        facility.fair_share_percent = fair_share_percent
        db.session.execute(sa.delete(Quota).where(Quota.facility_id == facility_id))
        db.session.add_all(
            Quota(facility_id=facility_id, measure=measure.value, period=period.value, most=most)
            for (measure, period), most in quotas.items()
        )


def _logged(
    quotas: Mapping[tuple[Measure, Period], int], fair_share_percent: int | None
) -> dict[str, object]:
    """Return for the log the most of each measure and period, and the fair share."""
    most = {f"{measure}_{period}": number for (measure, period), number in sorted(quotas.items())}
    return {**most, "fair_share_percent": fair_share_percent}
