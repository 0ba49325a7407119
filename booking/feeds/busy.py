"""The busy calendar of a facility or a cluster: when no place is left, and nothing else."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from booking.bookings.rooms import rooms
from booking.clusters.models import Cluster
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.calendar_visibility import hidden_from, sees_calendar
from booking.facilities.models import Facility
from booking.rules.availability import busy_slots
from booking.rules.opening import day_starts_at
from booking.rules.slots import Slot
from booking.rules.visibility import Viewer

DAYS_AHEAD = 400
# Far enough back that what is busy today keeps its true start, and so its UID.
DAYS_BACK = 92


@dataclass(frozen=True)
class BusyTime:
    """A time in which a facility has no own place left. The UID reveals nothing else."""

    uid: str
    slot: Slot
    zone: ZoneInfo
    facility: str


@dataclass(frozen=True)
class BusyCalendar:
    """The busy times of one facility or cluster from today on.

    `mark` is its ETag: it changes exactly when the times do, or the day.
    """

    name: str
    slug: str
    zone: ZoneInfo
    today_at: datetime
    times: tuple[BusyTime, ...]
    mark: str


def facility_busy(slug: str, viewer: Viewer, now: datetime, secret: str) -> BusyCalendar:
    """Return the busy times of a facility.

    Raises:
        NotFound: there is none, or the viewer may not see when it is busy.
    """
    facility = db.session.scalar(
        sa.select(Facility).options(joinedload(Facility.cluster)).where(Facility.slug == slug)
    )
    if facility is None or not sees_calendar(facility, viewer):
        raise NotFound("facility")
    return _busy(facility.name, f"facility:{slug}", slug, [facility], viewer, now, secret)


def cluster_busy(slug: str, viewer: Viewer, now: datetime, secret: str) -> BusyCalendar:
    """Return the busy times of all facilities of a cluster that the viewer may see.

    Raises:
        NotFound: there is no such cluster.
    """
    cluster = db.session.scalar(sa.select(Cluster).where(Cluster.slug == slug))
    if cluster is None:
        raise NotFound("cluster")
    facilities = db.session.scalars(
        sa.select(Facility)
        .options(joinedload(Facility.cluster))
        .where(Facility.cluster_id == cluster.id)
        .order_by(Facility.id)
    ).all()
    seen = [facility for facility in facilities if sees_calendar(facility, viewer)]
    zone = ZoneInfo(cluster.time_zone)
    return _busy(cluster.short_name, f"cluster:{slug}", slug, seen, viewer, now, secret, zone)


def _busy(
    name: str,
    feed: str,
    slug: str,
    facilities: Sequence[Facility],
    viewer: Viewer,
    now: datetime,
    secret: str,
    zone: ZoneInfo | None = None,
) -> BusyCalendar:
    zone = zone or ZoneInfo(facilities[0].cluster.time_zone)
    today_at = day_starts_at(zone, now.astimezone(zone).date())
    window = Slot(today_at - timedelta(days=DAYS_BACK), today_at + timedelta(days=DAYS_AHEAD))
    ids = [facility.id for facility in facilities]
    room_of = rooms(ids, window, now, hidden=hidden_from(viewer, ids))
    times = tuple(
        BusyTime(
            uid=_signed(secret, f"{feed}|{facility.slug}|{slot.starts_at.isoformat()}"),
            slot=slot,
            zone=zone,
            facility=facility.name,
        )
        for facility in facilities
        for slot in busy_slots(room_of[facility.id], window, only_whole=not facility.allows_shared)
        if slot.ends_at > today_at
    )
    seen = [(time.uid, time.slot.ends_at.isoformat(), time.facility) for time in times]
    mark = _signed(secret, repr((feed, name, today_at.isoformat(), seen)))
    return BusyCalendar(name, slug, zone, today_at, times, mark)


def _signed(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]
