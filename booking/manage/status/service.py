"""Retiring a facility and moving it in its tree; refused while future dates need it."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from booking.audit.recording import record
from booking.bookings.models import Occupancy, Occurrence
from booking.bookings.set_aside import refuse_set_aside
from booking.db.transactions import retried, writing
from booking.disruptions.pending import DatesInTheWay, pending_dates
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.facilities.deciders import decides_on
from booking.facilities.facts import mark_set_here
from booking.facilities.keepers import NeedsDecider
from booking.facilities.models import Facility
from booking.facilities.tree import chains, parts_of
from booking.manage.queries import ManagedFacility
from booking.manage.terms.service import (
    InvalidTerms,
    facility_id_by_slug,
    faults_in,
    reread_with_account,
)
from booking.manage.version import claim_change, target_facility
from booking.rules.audit_events import Event
from booking.rules.facts import STATUS
from booking.rules.owner_changes import ChangedPart
from booking.rules.terms import status_allows
from booking.rules.visibility import Account, Viewer

#: The statuses that an owner may set; another one from the catalogue may stay as it is.
STATUSES = ("open", "winding-down", "planned", "closed")


@retried
def set_status(account: Account, slug: str, status: str, *, version: str | None = None) -> None:
    """Set the status of a facility; those below it keep theirs.

    `version` is the `facility_version` that the form was filled with; None: there was no form.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: there is no such facility, or it is for others to change.
        NeedsDecider: the person is keeper, and dates or set-aside time prevent it.
        Invalid: `status` is `unknown`; or `set_aside`: time is set aside that could no longer be
            requested.
        DatesInTheWay: it could no longer be requested, and future dates are here, or take
            all of a facility above.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        facility, current = reread_with_account(account, facility_id, ChangedPart.STATUS)
        if status not in (*STATUSES, facility.status):
            raise Invalid("status", "unknown")
        try:
            put_status(
                facility, status, current.viewer, now, person_id=account.person_id, seen=version
            )
        except (DatesInTheWay, Invalid) as found:
            if not decides_on(current.viewer, facility_id):
                raise NeedsDecider from found
            raise


def put_status(
    facility: Facility,
    status: str,
    viewer: Viewer,
    now: datetime,
    *,
    person_id: int | None,
    seen: str | None,
) -> None:
    """Set the status as `set_status` does, inside `writing` and under the facility's lock.

    `person_id` None is the operator; `seen` is as for `claim_change`.

    Raises:
        ChangedMeanwhile, Invalid, DatesInTheWay: as `set_status`.
    """
    if facility.status == status:
        return
    claim_change(target_facility(facility), ChangedPart.STATUS, now, person_id=person_id, seen=seen)
    in_the_way = prevents_status(facility, status)
    if in_the_way is not None:
        if dates := pending_dates(in_the_way, viewer, now):
            raise DatesInTheWay(dates)
        refuse_set_aside([facility.id], now, "status")
    record(
        Event.STATUS_CHANGED,
        now=now,
        actor=person_id,
        facility=facility.id,
        before={"status": facility.status},
        after={"status": status},
    )
    facility.status = status
    mark_set_here(facility, [STATUS])
    facility.revision += 1


def prevents_status(facility: Facility, status: str) -> sa.ColumnElement[bool] | None:
    """Return the condition on `Occurrence` of the dates that prevent a status if still to come.

    None if none can: it can be requested then, or cannot be requested now.
    """
    if not status_allows(facility.status) or status_allows(status):
        return None
    above = [one.id for one in chains([facility.id])[facility.id][1:]]
    taking = sa.select(Occupancy.id).where(Occupancy.occurrence_id == Occurrence.id)
    return sa.or_(
        Occurrence.facility_id == facility.id,
        sa.and_(Occurrence.facility_id.in_(above), Occurrence.whole, taking.exists()),
    )


@retried
def move(
    account: Account, slug: str, parent_slug: str | None, *, version: str | None = None
) -> None:
    """Make a facility part of another one of its cluster; None: of none.

    All below it moves along. Coordinators only, as it changes who decides here and below.
    `version` is the `facility_version` that the form was filled with; None: there was no form.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: there is no such facility, or the person does not coordinate its cluster.
        Invalid: `parent` is `unknown`, of another cluster, or `below` the facility itself; or
            `set_aside`: time is set aside on what is moved, or on all of a facility above.
        DatesInTheWay: future dates are on what is moved, or take all of a facility above, old or
            new.
        InvalidTerms: the terms inherited there contradict those stated here.
    """
    facility_id = facility_id_by_slug(slug)
    parent_id = _parent_id(parent_slug)
    with writing(*{facility_id, parent_id or facility_id}) as now:
        facility, current = reread_with_account(account, facility_id)
        if facility.cluster_id not in current.viewer.coordinates:
            raise NotFound("facility")
        put_parent(
            facility, parent_id, current.viewer, now, person_id=account.person_id, seen=version
        )


def put_parent(
    facility: Facility,
    parent_id: int | None,
    viewer: Viewer,
    now: datetime,
    *,
    person_id: int | None,
    seen: str | None,
) -> None:
    """Move a facility as `move` does, inside `writing` and with both trees locked.

    `person_id` None is the operator; `seen` is as for `claim_change`.

    Raises:
        ChangedMeanwhile, Invalid, DatesInTheWay, InvalidTerms: as `move`.
    """
    facility_id = facility.id
    family = [facility_id, *parts_of(facility_id)]
    parent = _checked_parent(parent_id, facility, family)
    if facility.parent_id == parent_id:
        return
    claim_change(target_facility(facility), ChangedPart.PARENT, now, person_id=person_id, seen=seen)
    above = [one.id for one in chains([facility_id])[facility_id][1:]]
    if parent_id is not None:
        above += [one.id for one in chains([parent_id])[parent_id]]
    in_the_way = sa.or_(
        Occurrence.facility_id.in_(family),
        sa.and_(Occurrence.facility_id.in_(above), Occurrence.whole),
    )
    dates = pending_dates(in_the_way, viewer, now)
    if dates:
        raise DatesInTheWay(dates)
    refuse_set_aside(family, now, "parent", wholes=above)
    before = faults_in(family)
    root_id = facility_id if parent is None else parent.root_id
    record(
        Event.PARENT_CHANGED,
        now=now,
        actor=person_id,
        facility=facility_id,
        before={"parent": facility.parent.name if facility.parent else None},
        after={"parent": parent.name if parent else None},
    )
    facility.parent_id = parent_id
    facility.revision += 1
    db.session.flush()
    db.session.execute(sa.update(Facility).where(Facility.id.in_(family)).values(root_id=root_id))
    db.session.expire_all()
    faults = [
        fault
        for one, found in faults_in(family).items()
        for fault in found
        if fault not in before[one]
    ]
    if faults:
        raise InvalidTerms(faults)


def _parent_id(slug: str | None) -> int | None:
    if slug is None:
        return None
    try:
        return facility_id_by_slug(slug)
    except NotFound as missing:
        raise Invalid("parent", "unknown") from missing


def _checked_parent(
    parent_id: int | None, facility: Facility, family: Sequence[int]
) -> Facility | None:
    if parent_id is None:
        return None
    parent = db.session.get_one(Facility, parent_id, populate_existing=True)
    if parent.cluster_id != facility.cluster_id:
        raise Invalid("parent", "unknown")
    if parent_id in family:
        raise Invalid("parent", "below")
    return parent


def possible_parents(managed: ManagedFacility) -> list[tuple[str, str]]:
    """Return slug and name of each facility that it could be part of, by name."""
    family = {managed.facility.id, *parts_of(managed.facility.id)}
    rows = db.session.execute(
        sa.select(Facility.id, Facility.slug, Facility.name)
        .where(Facility.cluster_id == managed.cluster.id)
        .order_by(Facility.name)
    )
    return [(slug, name) for facility_id, slug, name in rows if facility_id not in family]
