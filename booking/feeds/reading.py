"""Reading secret feeds: the dates of each, as far as its person may see them now."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.accounts.tokens import hashed
from booking.bookings.decision_scope import decided_by
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.clusters.models import Cluster
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.deciders import facilities_decided_by
from booking.facilities.models import Facility
from booking.feeds.kinds import FeedKind, right_to
from booking.feeds.models import Feed
from booking.requests.queries import visible_requests
from booking.rules.lifecycle import State
from booking.rules.slots import Slot
from booking.rules.visibility import Account

DAYS_BACK = 30
DAYS_AHEAD = 400
# Raise it when the same rows give another text.
FORMAT = "1"
# What is read of each date, in the order of `_feed_date`.
SHOWN: tuple[Any, ...] = (
    Occurrence,
    Facility.name,
    Facility.city,
    Cluster.time_zone,
    BookingRequest.reference,
    BookingRequest.title,
)


@dataclass(frozen=True)
class OpenFeed:
    """A feed that may be read now, with the account of its person."""

    id: int
    kind: FeedKind
    organisation_id: int | None
    cluster_id: int | None
    with_titles: bool
    fetched_at: datetime | None
    account: Account


@dataclass(frozen=True)
class FeedDate:
    """One date of a feed; `title` is empty unless the reader chose titles."""

    uid: str
    slot: Slot
    zone: ZoneInfo
    state: State
    revision: int
    changed_at: datetime
    facility: str
    city: str | None
    reference: str
    title: str


def open_feed(token: str) -> OpenFeed:
    """Return the feed of a secret address.

    Raises:
        NotFound: there is none, it was revoked, or its person may no longer have it.
    """
    feed = db.session.scalar(
        sa.select(Feed).where(Feed.token_hash == hashed(token), Feed.revoked_at.is_(None))
    )
    account = account_of(feed.person_id) if feed else None
    if feed is None or account is None:
        raise NotFound("feed")
    kind = FeedKind(feed.kind)
    if not right_to(kind, account.viewer, feed.organisation_id, feed.cluster_id):
        raise NotFound("feed")
    return OpenFeed(
        id=feed.id,
        kind=kind,
        organisation_id=feed.organisation_id,
        cluster_id=feed.cluster_id,
        with_titles=feed.with_titles,
        fetched_at=feed.fetched_at,
        account=account,
    )


def mark_of(feed: OpenFeed, now: datetime, secret: str) -> str:
    """Return a strong ETag of the feed, without quotes: it changes whenever the text does.

    It is made from the ids and revisions of the rows that the person may see, and from the day,
    with which the window moves. It takes one statement that reads no text, however many dates
    there are (a deciding feed first reads who decides). It is signed with `secret`: from a plain
    hash one could guess row numbers, which count the dates of all organisations.
    """
    rows = db.session.execute(
        _selected(feed, now, Occurrence.id, Occurrence.revision, Facility.revision).order_by(
            Occurrence.id
        )
    ).all()
    parts = (FORMAT, feed.id, feed.with_titles, now.date(), [tuple(row) for row in rows])
    return hmac.digest(secret.encode(), repr(parts).encode(), "sha256").hex()[:32]


def dates_of(feed: OpenFeed, now: datetime) -> list[FeedDate]:
    """Return the dates of the feed by time, those that have ended included."""
    rows = db.session.execute(
        _selected(feed, now, *SHOWN)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .order_by(Occurrence.starts_at, Occurrence.id)
    ).all()
    return [_feed_date(row, with_titles=feed.with_titles) for row in rows]


def dates_of_request(account: Account, reference: str) -> list[FeedDate]:
    """Return all dates of one request of the viewer's organisation.

    Raises:
        NotFound: there is none, or it is another organisation's.
    """
    mine = visible_requests(account.viewer).subquery()
    rows = db.session.execute(
        sa.select(*SHOWN)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .join(Facility, Facility.id == Occurrence.facility_id)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .where(BookingRequest.reference == reference, BookingRequest.id.in_(sa.select(mine.c.id)))
        .order_by(Occurrence.starts_at, Occurrence.id)
    ).all()
    if not rows:
        raise NotFound("request")
    return [_feed_date(row, with_titles=True) for row in rows]


def _selected(feed: OpenFeed, now: datetime, *columns: Any) -> sa.Select[Any]:
    today = datetime.combine(now.astimezone(UTC).date(), datetime.min.time(), UTC)
    return (
        sa.select(*columns)
        .select_from(Occurrence)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .join(Facility, Facility.id == Occurrence.facility_id)
        .where(
            Occurrence.ends_at > today - timedelta(days=DAYS_BACK),
            Occurrence.starts_at < today + timedelta(days=DAYS_AHEAD),
            _scope(feed, now),
        )
    )


def _scope(feed: OpenFeed, now: datetime) -> sa.ColumnElement[bool]:
    viewer = feed.account.viewer
    if feed.kind is FeedKind.OWN:
        return sa.and_(
            BookingRequest.organisation_id == viewer.organisation_id,
            BookingRequest.requester_id == viewer.person_id,
        )
    if feed.kind is FeedKind.ORGANISATION:
        return BookingRequest.organisation_id == feed.organisation_id
    facilities = facilities_decided_by(viewer.approves, viewer.coordinates)
    if feed.kind is FeedKind.CLUSTER:
        facilities = [f for f in facilities if f.cluster_id == feed.cluster_id]
    return decided_by(viewer, [facility.id for facility in facilities], now)


def _feed_date(row: Sequence[Any], *, with_titles: bool) -> FeedDate:
    occurrence, name, city, time_zone, reference, title = row
    return FeedDate(
        uid=occurrence.uid,
        slot=Slot(occurrence.starts_at, occurrence.ends_at),
        zone=ZoneInfo(time_zone),
        state=occurrence.state,
        revision=occurrence.revision,
        changed_at=occurrence.changed_at,
        facility=name,
        city=city,
        reference=reference,
        title=title if with_titles else "",
    )
