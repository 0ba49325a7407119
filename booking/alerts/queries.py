"""Reading free time alerts: a person's own, and those whose time is free now."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.alerts.models import FreeTimeAlert
from booking.availability.checks import check_context, refusals_for_requester
from booking.bookings.rooms import rooms
from booking.clusters.models import Cluster
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.calendar_visibility import hidden_from, sees_calendar
from booking.facilities.effective_terms import effective_terms
from booking.facilities.models import Facility
from booking.rules.availability import assign
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms, RequestedDate
from booking.rules.visibility import ANONYMOUS, ANYBODY


@dataclass(frozen=True)
class AlertLine:
    """One time that a person waits to hear about, or was told of at `told_at`."""

    key: str
    facility_slug: str
    facility_name: str
    cluster_name: str
    country: str
    zone: ZoneInfo
    rules: BookingTerms
    slot: Slot
    whole: bool
    places: int
    told_at: datetime | None


def alerts_of(person_id: int, now: datetime) -> Sequence[AlertLine]:
    """Return the times of a person that are to come, earliest first."""
    rows = db.session.execute(
        _lines()
        .where(FreeTimeAlert.person_id == person_id, FreeTimeAlert.starts_at > now)
        .order_by(FreeTimeAlert.starts_at, FreeTimeAlert.id)
    ).all()
    return _with_terms(rows)


def alert_of(person_id: int, key: str) -> AlertLine:
    """Return one time of a person.

    Raises:
        NotFound: there is none of this key, or it is another person's.
    """
    rows = db.session.execute(
        _lines().where(FreeTimeAlert.person_id == person_id, FreeTimeAlert.key == key)
    ).all()
    for line in _with_terms(rows):
        return line
    raise NotFound("alert")


def _lines() -> sa.Select[FreeTimeAlert, Facility, Cluster]:
    return (
        sa.select(FreeTimeAlert, Facility, Cluster)
        .join(Facility, Facility.id == FreeTimeAlert.facility_id)
        .join(Cluster, Cluster.id == Facility.cluster_id)
    )


def _with_terms(rows: Sequence[sa.Row[FreeTimeAlert, Facility, Cluster]]) -> list[AlertLine]:
    terms = effective_terms({facility.id for _, facility, _ in rows})
    return [
        AlertLine(
            key=alert.key,
            facility_slug=facility.slug,
            facility_name=facility.name,
            cluster_name=cluster.short_name,
            country=cluster.country,
            zone=ZoneInfo(cluster.time_zone),
            rules=terms[facility.id].rules,
            slot=Slot(alert.starts_at, alert.ends_at),
            whole=alert.whole,
            places=alert.places,
            told_at=alert.told_at,
        )
        for alert, facility, cluster in rows
    ]


def free_alerts(now: datetime) -> list[FreeTimeAlert]:
    """Return the alerts of which nobody was told and whose time is free now, oldest first.

    Two statements, and a constant number for each time that has room.
    """
    waiting = db.session.scalars(
        sa.select(FreeTimeAlert)
        .where(FreeTimeAlert.told_at.is_(None), FreeTimeAlert.starts_at > now)
        .order_by(FreeTimeAlert.id)
    ).all()
    by_facility: dict[int, list[FreeTimeAlert]] = defaultdict(list)
    for alert in waiting:
        by_facility[alert.facility_id].append(alert)
    return [
        alert
        for facility_id, alerts in by_facility.items()
        for alert in _with_room(facility_id, alerts, now)
        if is_free(alert, now)
    ]


def _with_room(
    facility_id: int, alerts: Sequence[FreeTimeAlert], now: datetime
) -> list[FreeTimeAlert]:
    rules = effective_terms([facility_id])[facility_id].rules
    slots = [_slot(one).widened(rules.setup_minutes, rules.cleanup_minutes) for one in alerts]
    hull = Slot(min(one.starts_at for one in slots), max(one.ends_at for one in slots))
    # What some of them cannot see counts as free here: it must not delay what they are told.
    hidden = hidden_from(ANONYMOUS, [facility_id])
    room = rooms([facility_id], hull, now, hidden=hidden, for_organisation=ANYBODY)[facility_id]
    return [
        alert
        for alert, slot in zip(alerts, slots, strict=True)
        if assign(room, slot, max(alert.places, 1), alert.whole) is not None
    ]


def is_free(alert: FreeTimeAlert, now: datetime) -> bool:
    """Return whether the person of an alert could request its time now, and may see that."""
    account = account_of(alert.person_id, organisation_id=alert.organisation_id)
    if account is None or account.organisation_id is None:
        return False
    slot = _slot(alert)
    facts = check_context(
        alert.facility_id,
        [slot],
        now,
        whole=alert.whole,
        organisation_id=account.organisation_id,
        viewer=account.viewer,
    )
    date = RequestedDate(slot, alert.places, alert.whole, None)
    sees = sees_calendar(facts.facility, account.viewer)
    return sees and not refusals_for_requester(facts, [date], now, account.viewer)


def _slot(alert: FreeTimeAlert) -> Slot:
    return Slot(alert.starts_at, alert.ends_at)
