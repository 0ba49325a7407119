"""Setting how to arrive at a facility."""

from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.facilities.arrival_models import Arrival
from booking.facilities.arrivals import own_arrival
from booking.manage.terms.service import facility_id_by_slug, reread_with_account
from booking.manage.version import claim_change, target_facility
from booking.rules.owner_changes import ChangedPart
from booking.rules.visibility import Account


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
        NotFound: there is no such facility, or others decide on it.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        facility, _ = reread_with_account(account, facility_id)
        if own_arrival(facility_id) == (text, reminder_days):
            return
        claim_change(
            target_facility(facility),
            ChangedPart.ARRIVAL,
            now,
            person_id=account.person_id,
            seen=version,
        )
        db.session.merge(Arrival(facility_id=facility_id, text=text, reminder_days=reminder_days))
