"""Adding a plan to the catalogue, as a facility that is planned and cannot be requested."""

import sqlalchemy as sa

from booking.audit.recording import record
from booking.availability.place_changes import add_places
from booking.clusters.models import FocusArea
from booking.concepts.subjects import subjects_of
from booking.concepts.vocabulary import present_ids
from booking.db.transactions import retried, writing
from booking.errors import Conflict
from booking.extensions import db
from booking.facilities.change_models import FacilityDraft
from booking.facilities.facts import mark_set_here
from booking.facilities.models import Facility
from booking.plans.service import kept_plan
from booking.rules.audit_events import Event
from booking.rules.facts import FACT_NAMES, STATUS
from booking.rules.new_facilities import slug_of
from booking.rules.plans import PlanStatus
from booking.rules.visibility import Account

# Room for a number behind it.
_LONGEST_SLUG = 60


@retried
def put_in_catalogue(account: Account, key: str) -> str:
    """Add a planned facility for a plan that the person's cluster leads; returns its slug.

    Raises:
        NotFound: the person may not know of it. Forbidden: another cluster leads it.
        Conflict: `not_planned`, or a facility stands for it already.
    """
    with writing() as now:
        plan = kept_plan(account, key)
        if plan.status != PlanStatus.PLANNED or plan.facility_id is not None:
            raise Conflict("not_planned")
        wanted = subjects_of(plan.concepts)
        facility = Facility(
            slug=_free_slug(plan.title),
            cluster_id=plan.cluster_id,
            name=plan.title,
            kind=plan.kind,
            description=plan.description,
            concepts=present_ids(plan.concepts),
            status="planned",
            revision=1,
            focus_areas=list(
                db.session.scalars(sa.select(FocusArea).where(FocusArea.slug.in_(wanted)))
            ),
        )
        db.session.add(facility)
        db.session.flush()
        facility.root_id = facility.id
        db.session.flush()
        add_places(facility, 1)
        mark_set_here(facility, [*FACT_NAMES, STATUS])
        plan.facility_id = facility.id
        plan.revision += 1
        record(
            Event.FACILITY_ADDED,
            now=now,
            actor=account.person_id,
            facility=facility.id,
            cluster=plan.cluster_id,
            after={"name": plan.title, "status": "planned"},
        )
        return facility.slug


def _free_slug(title: str) -> str:
    """Return the title as an address has it, with a number behind it if others have it."""
    plain = slug_of(title)[:_LONGEST_SLUG].rstrip("-") or "plan"
    taken = {
        slug
        for column in (Facility.slug, FacilityDraft.slug)
        for slug in db.session.scalars(sa.select(column).where(column.startswith(plain)))
    }
    found, number = plain, 1
    while found in taken:
        number += 1
        found = f"{plain}-{number}"
    return found
