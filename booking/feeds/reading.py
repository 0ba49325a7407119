"""Reading secret feeds: the dates of each, as far as its person may see them now."""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache, cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.accounts.queries import ACCOUNT_COLUMNS, account_from
from booking.accounts.tokens import hashed
from booking.bookings.changes_to_come import changes_to_come
from booking.bookings.decision_scope import decided_by, decision_scope
from booking.bookings.models import LOOKED_AFTER_BY, Booking, BookingRequest, Occurrence
from booking.bookings.readers import readable_by
from booking.clusters.models import Cluster
from booking.db.rules_number import RULES_NUMBER, note_rules_number
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.calendar_cache import Drawn, drawn_once, text_bytes
from booking.facilities.models import Facility
from booking.facilities.tree import all_trees
from booking.feeds.kinds import FeedKind, right_to
from booking.feeds.models import Feed
from booking.requests.queries import visible_requests
from booking.rules.lifecycle import IN_FEEDS, REPLACEMENTS_IN_FEEDS, State
from booking.rules.slots import OPEN_END
from booking.rules.visibility import Account

Scope = sa.ColumnElement[bool]
Builder = Callable[[Scope], sa.Select[Any]]

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
#: UID of a date in feeds, without the host.
FEED_UID = sa.func.coalesce(Occurrence.feed_uid, Occurrence.uid)
# What is read of each date, in the order of `FeedDate`, up to its title.
SHOWN: tuple[Any, ...] = (
    *VERSION,
    FEED_UID,
    Occurrence.starts_at,
    Occurrence.ends_at,
    Occurrence.state,
    Occurrence.changed_at,
    Facility.name,
    Facility.city,
    Cluster.time_zone,
    BookingRequest.reference,
)


# Statements are built once: that takes as long as to run one. What differs is bound.
_OPENING = (
    sa.select(Feed, Person, *ACCOUNT_COLUMNS, RULES_NUMBER.label("rules_number"))
    .join(Person, Person.id == Feed.person_id)
    .where(
        Feed.token_hash == sa.bindparam("token_hash"), Feed.revoked_at.is_(None), Person.is_active
    )
)
_OF_ORGANISATION = sa.and_(
    BookingRequest.organisation_id == sa.bindparam("organisation_id"),
    readable_by(sa.bindparam("person_id")),
)
_SCOPES = {
    FeedKind.OWN: sa.and_(_OF_ORGANISATION, sa.bindparam("person_id") == LOOKED_AFTER_BY),
    FeedKind.ORGANISATION: _OF_ORGANISATION,
}


def open_feed(token: str) -> OpenFeed:
    """Return the feed of a secret address. One statement, which also reads the rules' number.

    Raises:
        NotFound: there is none, it was revoked, or its person may no longer have it.
    """
    row = db.session.execute(_OPENING, {"token_hash": hashed(token)}).first()
    if row is None:
        raise NotFound("feed")
    note_rules_number(row.rules_number)
    feed, account = row.Feed, account_from(row.Person, row, row.Feed.organisation_id)
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
        self._now = now
        self._secret = secret
        self._today = now.astimezone(UTC).date()
        today = datetime.combine(self._today, time.min, UTC)
        self._bound = {
            "organisation_id": feed.organisation_id,
            "person_id": feed.account.person_id,
            "since": today - timedelta(days=DAYS_BACK),
            "until": today + timedelta(days=DAYS_AHEAD),
        }

    def mark(self) -> str:
        """Return a strong ETag of the feed, without quotes: it changes whenever the text does.

        It is made from the ids and revisions of the rows that the person may see, and from the
        day, with which the window moves. It is signed: from a plain hash one could guess row
        numbers, which count the dates of all organisations.

        What somebody decides on lies in a few trees, so its mark is kept in memory until
        something changes there. Otherwise it takes one statement with one row, however many dates
        there are.
        """
        feed = self._feed
        if feed.kind in _SCOPES:
            return self._read_mark()
        viewer = feed.account.viewer
        around = decision_scope(viewer).around

        def draw() -> Drawn[str]:
            mark = self._read_mark()
            # Who decides beside a rival depends on which dates are over.
            changes = changes_to_come(around, self._now, with_ends=True)
            return Drawn(mark, min(changes.values(), default=OPEN_END), text_bytes(mark))

        what = feed.id, feed.kind, feed.cluster_id, feed.with_titles
        key = ("feed mark", *what, viewer, self._today, self._secret)
        return drawn_once(key, around, self._now, draw)

    def _read_mark(self) -> str:
        joined = db.session.scalar(self._statement(_versions), self._bound)
        return self._mark_of(joined.split(",") if joined else [])

    def mark_of(self, dates: Iterable[FeedDate]) -> str:
        """Return the same mark for dates that were read."""
        return self._mark_of(
            [f"{date.id}:{date.revision}:{date.facility_revision}" for date in dates]
        )

    def dates(self) -> list[FeedDate]:
        """Return the dates of the feed by time, those that have ended included."""
        build = _titled_dates if self._feed.with_titles else _untitled_dates
        rows = db.session.execute(self._statement(build), self._bound)
        return [FeedDate._make(row) for row in rows]

    def _statement(self, build: Builder) -> sa.Select[Any]:
        if self._feed.kind in _SCOPES:
            return _built(build, self._feed.kind)
        return build(self._decided)

    @cached_property
    def _decided(self) -> Scope:
        viewer = self._feed.account.viewer
        if self._feed.kind is FeedKind.DECIDING:
            return decided_by(viewer, None, self._now)
        clusters = all_trees().cluster_of.items()
        here = [one for one, cluster in clusters if cluster == self._feed.cluster_id]
        return decided_by(viewer, here, self._now)

    def _mark_of(self, versions: list[str]) -> str:
        feed = self._feed
        parts = (FORMAT, feed.id, feed.with_titles, self._today, sorted(versions))
        return hmac.digest(self._secret.encode(), repr(parts).encode(), "sha256").hex()[:32]


# Until a replacement is confirmed, feeds have the date in whose place it would be. What was sent to
# the waiting list is in no feed either before it is confirmed.
_CARRIED = sa.or_(
    sa.and_(Occurrence.replaces_id.is_(None), sa.not_(Occurrence.began_waiting)),
    Occurrence.state.in_(sorted(REPLACEMENTS_IN_FEEDS)),
)


def _selected(scope: Scope, *columns: Any) -> sa.Select[Any]:
    return (
        sa.select(*columns)
        .select_from(Occurrence)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .join(Facility, Facility.id == Occurrence.facility_id)
        .where(
            Occurrence.ends_at > sa.bindparam("since"),
            Occurrence.starts_at < sa.bindparam("until"),
            _CARRIED,
            scope,
        )
    )


def _versions(scope: Scope) -> sa.Select[Any]:
    id_, revision, facility_revision = (sa.cast(one, sa.String) for one in VERSION)
    version = id_ + ":" + revision + ":" + facility_revision
    return _selected(scope, sa.func.aggregate_strings(version, ","))


def _titled_dates(scope: Scope) -> sa.Select[Any]:
    return _dates(scope, BookingRequest.title)


def _untitled_dates(scope: Scope) -> sa.Select[Any]:
    return _dates(scope, sa.literal(""))


def _dates(scope: Scope, title: Any) -> sa.Select[Any]:
    return (
        _selected(scope, *SHOWN, title)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .order_by(Occurrence.starts_at, Occurrence.id)
    )


@cache
def _built(build: Builder, kind: FeedKind) -> sa.Select[Any]:
    return build(_SCOPES[kind])


def own_date(account: Account, uid: str, now: datetime, *, with_title: bool) -> FeedDate | None:
    """Return the date with this UID as one of the person's own feeds has it, None if none has.

    The UID is without the host. A date that is over is left out.
    """
    build = _titled_dates if with_title else _untitled_dates
    own = [one.organisation_id for one in account.organisations]
    row = db.session.execute(
        build(
            sa.and_(
                BookingRequest.organisation_id.in_(own),
                readable_by(sa.bindparam("person_id")),
                sa.bindparam("person_id") == LOOKED_AFTER_BY,
            )
        ).where(sa.literal(uid) == FEED_UID, Occurrence.state.in_(sorted(IN_FEEDS))),
        {
            "person_id": account.person_id,
            "since": now,
            "until": OPEN_END,
        },
    ).first()
    return FeedDate._make(row) if row else None


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
        .where(
            BookingRequest.reference == reference,
            BookingRequest.id.in_(sa.select(mine.c.id)),
            _CARRIED,
        )
        .order_by(Occurrence.starts_at, Occurrence.id)
    )
    dates = [FeedDate._make(row) for row in rows]
    if not dates:
        raise NotFound("request")
    return dates
