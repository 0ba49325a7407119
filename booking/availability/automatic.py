"""Whether a facility confirms a request by itself, and the organisations that it names for that."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.models import Organisation
from booking.availability.checks import CheckContext, hold_reveals_hidden
from booking.bookings.new_request import NewRequest
from booking.extensions import db
from booking.facilities.automatic_models import AutomaticOrganisation
from booking.facilities.calendar_visibility import sees_calendar
from booking.facilities.condition_lists import listed_conditions
from booking.facilities.listed import ListedFacility
from booking.facilities.tree import trees_of
from booking.rules.automatic_confirmation import Applicant, AutomaticRule, automatic_rule
from booking.rules.terms import AutomaticFor
from booking.rules.visibility import Viewer


def rule_that_confirms(
    context: CheckContext, new_request: NewRequest, viewer: Viewer, now: datetime
) -> AutomaticRule | None:
    """Return the rule by which this request is confirmed at once if nobody waits for its time.

    None: the approvers decide. So it is for those who may not see all that the request takes: the
    answer would tell them what is free, and so it is where the facility asks for conditions.
    `context` is that of the viewer's organisation. No statement where the facility confirms nothing
    by itself, else at most three.
    """
    rules, organisation_id = context.effective.rules, context.organisation_id
    if rules.automatic_for is AutomaticFor.NOBODY or organisation_id is None:
        return None
    if not sees_calendar(context.facility, viewer):
        return None
    if hold_reveals_hidden(context, viewer, whole=new_request.whole):
        return None
    if listed_conditions([context.facility.id]):
        return None
    return automatic_rule(
        rules,
        _applicant(context.facility, organisation_id, rules.automatic_for),
        new_request.slots,
        now,
        has_hazards=new_request.details.hazards,
    )


def _applicant(facility: ListedFacility, organisation_id: int, for_whom: AutomaticFor) -> Applicant:
    if for_whom is AutomaticFor.OWN_CLUSTER:
        home_id = db.session.scalar(
            sa.select(Organisation.home_cluster_id).where(Organisation.id == organisation_id)
        )
        return Applicant(of_own_cluster=home_id == facility.cluster_id)
    if for_whom is AutomaticFor.NAMED:
        return Applicant(is_named=organisation_id in named_for(facility.id)[1])
    return Applicant()


def named_for(facility_id: int) -> tuple[int | None, Collection[int]]:
    """Return the organisations named for a facility, and the facility at which they are.

    It is the nearest that names any, of itself and those above; None: none of them does.
    """
    ids = [facility_id, *trees_of([facility_id]).above(facility_id)]
    found: dict[int, set[int]] = {}
    for at, organisation_id in db.session.execute(
        sa.select(AutomaticOrganisation.facility_id, AutomaticOrganisation.organisation_id).where(
            AutomaticOrganisation.facility_id.in_(ids)
        )
    ):
        found.setdefault(at, set()).add(organisation_id)
    nearest = next((one for one in ids if one in found), None)
    return (None, ()) if nearest is None else (nearest, found[nearest])
