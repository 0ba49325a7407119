"""Reading secret feeds: the dates of each, as far as its person may see them now."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

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
from booking.rules.visibility import Account

DAYS_BACK = 30
DAYS_AHEAD = 400
# Raise it when the same rows give another text.
FORMAT = "2"


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


class FeedDate(NamedTuple):
    """One date of a feed, as its row has it; `title` is empty unless the reader chose titles.

    `time_zone` is the name of the facility's. `facility_revision` rises when its name or city
    changes.
    """

    id: int
    revision: int
    facility_revision: int
    uid: str
    starts_at: datetime
    ends_at: datetime
    state: State
    changed_at: datetime
    facility: str
    city: str | None
    time_zone: str
    reference: str
    title: str


# What changes whenever the text of a date does.
VERSION: tuple[Any, ...] = (Occurrence.id, Occurrence.revision, Facility.revision)
# What is read of each date, in the order of `FeedDate`, up to its title.
SHOWN: tuple[Any, ...] = (
    *VERSION,
    Occurrence.uid,
    Occurrence.starts_at,
    Occurrence.ends_at,
    Occurrence.state,
    Occurrence.changed_at,
    Facility.name,
    Facility.city,
    Cluster.time_zone,
    BookingRequest.reference,
)


def open_feed(token: str) -> OpenFeed:
    """Return the feed of a secret address.

    Raises:
        NotFound: there is none, it was revoked, or its person may no longer have it.
    """
    feed = db.session.execute(
        sa.select(
            Feed.id,
            Feed.kind,
            Feed.person_id,
            Feed.organisation_id,
            Feed.cluster_id,
            Feed.with_titles,
            Feed.fetched_at,
        ).where(Feed.token_hash == hashed(token), Feed.revoked_at.is_(None))
    ).first()
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


class FeedReader:
    """Reads the dates of one feed, as they are now, and the mark of their text.

    A feed of what somebody decides on first reads who decides, once.
    """

    def __init__(self, feed: OpenFeed, now: datetime, secret: str) -> None:
        self._feed = feed
        self._secret = secret
        self._today = now.astimezone(UTC).date()
        self._scope = _scope(feed, now)

    def mark(self) -> str:
        """Return a strong ETag of the feed, without quotes: it changes whenever the text does.

        It is made from the ids and revisions of the rows that the person may see, and from the
        day, with which the window moves. It takes one statement with one row, however many dates
        there are. It is signed: from a plain hash one could guess row numbers, which count the
        dates of all organisations.
        """
        id_, revision, facility_revision = (sa.cast(one, sa.String) for one in VERSION)
        versions = id_ + ":" + revision + ":" + facility_revision
        joined = db.session.scalar(self._selected(sa.func.aggregate_strings(versions, ",")))
        return self._mark_of(joined.split(",") if joined else [])

    def mark_of(self, dates: Iterable[FeedDate]) -> str:
        """Return the same mark for dates that were read."""
        return self._mark_of(
            [f"{date.id}:{date.revision}:{date.facility_revision}" for date in dates]
        )

    def dates(self) -> list[FeedDate]:
        """Return the dates of the feed by time, those that have ended included."""
        title = BookingRequest.title if self._feed.with_titles else sa.literal("")
        rows = db.session.execute(
            self._selected(*SHOWN, title)
            .join(Cluster, Cluster.id == Facility.cluster_id)
            .order_by(Occurrence.starts_at, Occurrence.id)
        )
        return [FeedDate._make(row) for row in rows]

    def _mark_of(self, versions: list[str]) -> str:
        feed = self._feed
        parts = (FORMAT, feed.id, feed.with_titles, self._today, sorted(versions))
        return hmac.digest(self._secret.encode(), repr(parts).encode(), "sha256").hex()[:32]

    def _selected(self, *columns: Any) -> sa.Select[Any]:
        today = datetime.combine(self._today, time.min, UTC)
        return (
            sa.select(*columns)
            .select_from(Occurrence)
            .join(Booking, Booking.id == Occurrence.booking_id)
            .join(BookingRequest, BookingRequest.id == Booking.request_id)
            .join(Facility, Facility.id == Occurrence.facility_id)
            .where(
                Occurrence.ends_at > today - timedelta(days=DAYS_BACK),
                Occurrence.starts_at < today + timedelta(days=DAYS_AHEAD),
                self._scope,
            )
        )


def dates_of_request(account: Account, reference: str) -> list[FeedDate]:
    """Return all dates of one request of the viewer's organisation.

    Raises:
        NotFound: there is none, or it is another organisation's.
    """
    mine = visible_requests(account.viewer).subquery()
    rows = db.session.execute(
        sa.select(*SHOWN, BookingRequest.title)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .join(Facility, Facility.id == Occurrence.facility_id)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .where(BookingRequest.reference == reference, BookingRequest.id.in_(sa.select(mine.c.id)))
        .order_by(Occurrence.starts_at, Occurrence.id)
    )
    dates = [FeedDate._make(row) for row in rows]
    if not dates:
        raise NotFound("request")
    return dates


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
