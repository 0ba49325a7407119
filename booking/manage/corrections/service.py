"""Settling mistakes that people reported."""

from booking.accounts.account_log import AccountEvent, log_account_change
from booking.accounts.models import Person
from booking.corrections.models import Correction
from booking.db.transactions import retried, writing
from booking.errors import Conflict, NotFound
from booking.extensions import db
from booking.manage.terms.service import facility_id_by_slug, reread_with_account
from booking.rules.corrections import Outcome
from booking.rules.owner_changes import ChangedPart
from booking.rules.visibility import Account


@retried
def settle(account: Account, slug: str, number: int, outcome: Outcome) -> None:
    """Settle a reported mistake, and tell who reported it. It changes nothing of the facility.

    Raises:
        NotFound: there is no such report, or the facility is for others to keep.
        Conflict: `already_decided`: somebody has settled it.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        facility, _ = reread_with_account(account, facility_id, ChangedPart.FACTS)
        row = db.session.get(Correction, number, populate_existing=True)
        if row is None or row.facility_id != facility_id:
            raise NotFound("report")
        if row.settled_at is not None:
            raise Conflict("already_decided")
        row.settled_at, row.settled_by_id, row.outcome = now, account.person_id, outcome
        event = {
            Outcome.CORRECTED: AccountEvent.MISTAKE_CORRECTED,
            Outcome.KEPT: AccountEvent.MISTAKE_KEPT,
        }[outcome]
        log_account_change(
            event,
            db.session.get_one(Person, row.reported_by_id),
            now,
            actor_id=account.person_id,
            facility_id=facility_id,
            cluster_id=facility.cluster_id,
            told_ids=[row.reported_by_id] if row.reported_by_id != account.person_id else [],
        )
