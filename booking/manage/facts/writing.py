"""Writing facts of a facility: for who publishes them on a page, and for who imports a file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from booking.audit.recording import record
from booking.bookings.models import Occurrence
from booking.clusters.models import FocusArea
from booking.db.in_ids import in_ids
from booking.disruptions.detection import disrupted_dates
from booking.disruptions.pending import DatesInTheWay, pending_dates
from booking.extensions import db
from booking.facilities.facts import fact_values, mark_set_here, write_facts
from booking.facilities.models import Facility
from booking.manage.terms.service import InvalidTerms, faults_in
from booking.manage.version import claim_change, target_facility
from booking.rules.audit_events import Event
from booking.rules.owner_changes import ChangedPart
from booking.rules.visibility import Viewer


def put_facts(
    facility: Facility,
    facts: Mapping[str, Any],
    areas: Mapping[str, FocusArea],
    viewer: Viewer,
    now: datetime,
    *,
    person_id: int | None,
    seen: str | None,
) -> None:
    """Write facts that differ and were checked, with their line in the log; no file undoes them.

    Call it inside `writing`, under the facility's lock. `areas` are the focus areas by their slugs;
    `person_id` and `seen` are as for `claim_change`. Demo values, and so hours and terms, go by
    the kind.

    Raises:
        ChangedMeanwhile: the facility has another version than `seen`.
        DatesInTheWay: the hours of another kind would hit these dates, as the viewer sees them.
        InvalidTerms: the terms of another kind contradict those that are stated.
    """
    before = fact_values(facility)
    checked = [facility.id] if "kind" in facts else []
    dates, faults = disrupted_dates(checked, now) if checked else {}, faults_in(checked)
    claim_change(
        target_facility(facility),
        ChangedPart.FACTS,
        now,
        person_id=person_id,
        seen=seen,
        names=list(facts),
    )
    record(
        Event.FACTS_CHANGED,
        now=now,
        actor=person_id,
        facility=facility.id,
        before={name: before[name] for name in facts},
        after=facts,
    )
    write_facts(facility, facts, areas)
    mark_set_here(facility, facts)
    facility.revision += 1
    db.session.flush()
    if not checked:
        return
    hit = disrupted_dates(checked, now).keys() - dates.keys()
    if hit:
        raise DatesInTheWay(pending_dates(in_ids(Occurrence.id, hit), viewer, now))
    new = [one for one in faults_in(checked)[facility.id] if one not in faults[facility.id]]
    if new:
        raise InvalidTerms(new)
