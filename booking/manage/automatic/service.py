"""Naming the organisations whose requests are confirmed at once."""

from booking.accounts.organisations import locked_organisations_named
from booking.audit.recording import record
from booking.db.transactions import retried, writing
from booking.errors import Invalid
from booking.extensions import db
from booking.facilities.automatic_models import AutomaticOrganisation
from booking.manage.terms.service import facility_id_by_slug, reread_with_account
from booking.manage.version import claim_change, target_facility
from booking.rules.audit_events import Event
from booking.rules.owner_changes import ChangedPart
from booking.rules.visibility import Account


@retried
def name_organisation(
    account: Account, slug: str, name: str, *, version: str | None = None
) -> None:
    """Name one more organisation at a facility; for one that is named, nothing changes.

    `version` is the `facility_version` that the form was filled with; None: there was no form.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: there is no such facility, or others decide on it.
        Invalid: `organisation` is `unknown`.
    """
    _change(account, slug, name, is_named=True, version=version)


@retried
def remove_organisation(
    account: Account, slug: str, name: str, *, version: str | None = None
) -> None:
    """Take back that an organisation is named at a facility; else nothing changes.

    Bookings that were confirmed stay. `version` is as in `name_organisation`.

    Raises:
        ChangedMeanwhile, NotFound, Invalid: as `name_organisation`.
    """
    _change(account, slug, name, is_named=False, version=version)


def _change(account: Account, slug: str, name: str, *, is_named: bool, version: str | None) -> None:
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        facility, _ = reread_with_account(account, facility_id)
        named = locked_organisations_named([name])
        if named is None:
            raise Invalid("organisation", "unknown")
        (organisation_id,) = named
        there = db.session.get(AutomaticOrganisation, (facility_id, organisation_id))
        if (there is not None) is is_named:
            return
        claim_change(
            target_facility(facility),
            ChangedPart.AUTOMATIC,
            now,
            person_id=account.person_id,
            seen=version,
        )
        record(
            Event.AUTOMATIC_NAMED if is_named else Event.AUTOMATIC_REMOVED,
            now=now,
            actor=account.person_id,
            facility=facility_id,
            organisation=organisation_id,
        )
        if there is not None:
            db.session.delete(there)
        else:
            db.session.add(
                AutomaticOrganisation(facility_id=facility_id, organisation_id=organisation_id)
            )
