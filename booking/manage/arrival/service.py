"""Setting how to arrive at a facility."""

from booking.audit.recording import record
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.facilities.arrival_models import Arrival
from booking.facilities.arrivals import own_arrival
from booking.manage.terms.service import facility_id_by_slug, reread_with_account
from booking.manage.version import claim_change, target_facility
from booking.rules.audit_events import Event
from booking.rules.owner_changes import ChangedPart
from booking.rules.visibility import Account

_FIELDS = ("text", "reminder_days")


@retried
def set_arrival(
    account: Account,
    slug: str,
    text: str,
    reminder_days: int | None,
    *,
    version: str | None = None,
) -> None:
    """Set how to arrive and when partners are reminded; an empty text and None are as above.

    `version` is the `facility_version` that the form was filled with; None: there was no form.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: there is no such facility, or it is for others to change.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        facility, _ = reread_with_account(account, facility_id, ChangedPart.ARRIVAL)
        before = own_arrival(facility_id)
        if before == (text, reminder_days):
            return
        claim_change(
            target_facility(facility),
            ChangedPart.ARRIVAL,
            now,
            person_id=account.person_id,
            seen=version,
        )
        record(
            Event.ARRIVAL_CHANGED,
            now=now,
            actor=account.person_id,
            facility=facility_id,
            before=dict(zip(_FIELDS, before, strict=True)),
            after=dict(zip(_FIELDS, (text, reminder_days), strict=True)),
        )
        db.session.merge(Arrival(facility_id=facility_id, text=text, reminder_days=reminder_days))
