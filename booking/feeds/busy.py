"""The busy calendar of a facility or a cluster: when no place is left, and nothing else."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.bookings.changes_to_come import changes_to_come
from booking.bookings.rooms import rooms
from booking.clusters.models import Cluster
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.calendar_cache import Drawn, drawn_once
from booking.facilities.calendar_visibility import hidden_from, sees_calendar
from booking.facilities.models import Facility
from booking.feeds.models import CalendarKey
from booking.rules.availability import busy_slots
from booking.rules.opening import day_starts_at
from booking.rules.slots import OPEN_END, Slot
from booking.rules.visibility import Viewer, free_for, reading_rights

DAYS_AHEAD = 400
# Far enough back that what is busy today keeps its true start, and so its UID.
DAYS_BACK = 92
# What a busy time takes in memory.
TIME_BYTES = 400
# What is read of each facility.
SHOWN: tuple[Any, ...] = (
    Facility.id,
    Facility.slug,
    Facility.name,
    Facility.allows_shared,
    Facility.cluster_id,
    Facility.sees_public,
    Facility.sees_signed_in,
    Facility.sees_own_cluster,
)


_KEY = sa.select(CalendarKey.key).scalar_subquery().label("uid_key")


@dataclass(frozen=True)
class BusyFeed:
    """A facility or cluster whose busy times the viewer may see.

    `address` is unique to it; `uid_key` signs the UIDs of its times.
    """

    name: str
    address: str
    zone: ZoneInfo
    uid_key: str = field(repr=False)
    facilities: tuple[sa.Row[*tuple[Any, ...]], ...]


class BusyTime(NamedTuple):
    """A time in which a facility has no own place left. The UID reveals nothing else."""

    uid: str
    slot: Slot
    facility: str


@dataclass(frozen=True)
class BusyCalendar:
    """The busy times of one facility or cluster from today on.

    `mark` is its ETag: it changes exactly when the times do, or the day.
    """

    zone: ZoneInfo
    today_at: datetime
    times: tuple[BusyTime, ...]
    mark: str


def facility_feed(slug: str, viewer: Viewer) -> BusyFeed:
    """Return the busy calendar of a facility, to be read.

    Raises:
        NotFound: there is none, or the viewer may not see when it is busy.
    """
    row = db.session.execute(
        sa.select(*SHOWN, Cluster.time_zone, _KEY)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .where(Facility.slug == slug)
    ).first()
    if row is None or not sees_calendar(row, viewer):
        raise NotFound("facility")
    return BusyFeed(row.name, f"facility:{slug}", ZoneInfo(row.time_zone), row.uid_key, (row,))


def cluster_feed(slug: str, viewer: Viewer) -> BusyFeed:
    """Return the busy calendar of all facilities of a cluster that the viewer may see, to be read.

    Raises:
        NotFound: there is no such cluster.
    """
    cluster = db.session.execute(
        sa.select(Cluster.id, Cluster.short_name, Cluster.time_zone, _KEY).where(
            Cluster.slug == slug
        )
    ).first()
    if cluster is None:
        raise NotFound("cluster")
    facilities = db.session.execute(
        sa.select(*SHOWN).where(Facility.cluster_id == cluster.id).order_by(Facility.id)
    )
    seen = tuple(row for row in facilities if sees_calendar(row, viewer))
    zone = ZoneInfo(cluster.time_zone)
    return BusyFeed(cluster.short_name, f"cluster:{slug}", zone, cluster.uid_key, seen)


def busy_calendar(feed: BusyFeed, viewer: Viewer, now: datetime) -> BusyCalendar:
    """Return the busy times of a feed that this viewer has.

    They are kept in memory until something changes in the trees of its facilities.
    """
    today_at = day_starts_at(feed.zone, now.astimezone(feed.zone).date())
    ids = [facility.id for facility in feed.facilities]

    def draw() -> Drawn[BusyCalendar]:
        calendar = _read(feed, today_at, viewer, now)
        until = min(changes_to_come(ids, now).values(), default=OPEN_END)
        return Drawn(calendar, until, TIME_BYTES * len(calendar.times))

    key = ("busy", feed.address, reading_rights(viewer), today_at, feed.uid_key)
    return drawn_once(key, ids, now, draw)


def _read(feed: BusyFeed, today_at: datetime, viewer: Viewer, now: datetime) -> BusyCalendar:
    window = Slot(today_at - timedelta(days=DAYS_BACK), today_at + timedelta(days=DAYS_AHEAD))
    ids = [facility.id for facility in feed.facilities]
    room_of = rooms(
        ids, window, now, hidden=hidden_from(viewer, ids), for_organisation=free_for(viewer)
    )
    times = tuple(
        BusyTime(
            uid=_signed(
                feed.uid_key, f"{feed.address}|{facility.slug}|{slot.starts_at.isoformat()}"
            ),
            slot=slot,
            facility=facility.name,
        )
        for facility in feed.facilities
        for slot in busy_slots(room_of[facility.id], window, only_whole=not facility.allows_shared)
        if slot.ends_at > today_at
    )
    seen = [(time.uid, time.slot.ends_at.isoformat(), time.facility) for time in times]
    content = (feed.address, feed.name, feed.zone.key, today_at.isoformat(), seen)
    return BusyCalendar(feed.zone, today_at, times, _signed(feed.uid_key, repr(content)))


def _signed(key: str, text: str) -> str:
    return hmac.digest(key.encode(), text.encode(), "sha256").hex()[:32]
