"""Making, renewing and revoking a person's secret feeds."""

import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa

from booking.accounts import throttle
from booking.accounts.membership_service import membership_ended
from booking.accounts.models import Membership
from booking.accounts.queries import account_now
from booking.accounts.throttle import ClientSource
from booking.accounts.tokens import hashed, new_token
from booking.clusters.models import Cluster
from booking.db import clock
from booking.db.side_writes import write_aside
from booking.db.transactions import writing
from booking.errors import Busy, Invalid, NotFound
from booking.extensions import db
from booking.feeds.kinds import OF_MEMBERSHIPS, FeedKind, right_to
from booking.feeds.models import Feed
from booking.rules.visibility import Account

MOST_FEEDS = 20


def init_app() -> None:
    """End the feeds of each membership that ends."""
    membership_ended.connect(_on_membership_ended)


def _on_membership_ended(
    _sender: None, membership: Membership, now: datetime, **_facts: object
) -> None:
    db.session.execute(
        sa.update(Feed)
        .where(
            Feed.person_id == membership.person_id,
            Feed.organisation_id == membership.organisation_id,
            Feed.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


# How exactly "last read" is recorded; calendar programs read every few minutes.
READ_MARK_AFTER = timedelta(hours=1)


def make_feed(
    account: Account, kind: FeedKind, *, with_titles: bool, cluster_slug: str | None = None
) -> str:
    """Make a feed for this person; returns its token, of which only the hash is stored.

    Raises:
        NotFound: the person may not have such a feed.
        Invalid: `kind`, when the person has too many feeds already.
    """
    with writing() as now:
        viewer = account_now(account).viewer
        organisation_id = viewer.organisation_id if kind in OF_MEMBERSHIPS else None
        cluster_id = _cluster_id(cluster_slug) if kind is FeedKind.CLUSTER else None
        if not right_to(kind, viewer, organisation_id, cluster_id):
            raise NotFound("feed")
        count = sa.select(sa.func.count()).where(
            Feed.person_id == account.person_id, Feed.revoked_at.is_(None)
        )
        if (db.session.scalar(count) or 0) >= MOST_FEEDS:
            raise Invalid("kind", "too_many")
        token = new_token()
        db.session.add(
            Feed(
                key=secrets.token_hex(16),
                token_hash=hashed(token),
                kind=kind,
                person_id=account.person_id,
                organisation_id=organisation_id,
                cluster_id=cluster_id,
                with_titles=with_titles,
                created_at=now,
            )
        )
        return token


def renew_feed(account: Account, key: str) -> str:
    """Give a feed a new address; returns its token. The old address stops working.

    Raises:
        NotFound: the person has no such feed.
    """
    with writing():
        feed = _own(account, key)
        token = new_token()
        feed.token_hash = hashed(token)
        feed.fetched_at, feed.fetched_by = None, ""
        return token


def revoke_feed(account: Account, key: str) -> None:
    """Revoke a feed; its address answers 404 from now on.

    Raises:
        NotFound: the person has no such feed.
    """
    with writing() as now:
        _own(account, key).revoked_at = now


def feeds_of(account: Account) -> list[Feed]:
    """Return the feeds of this person that are not revoked, newest first."""
    return list(
        db.session.scalars(
            sa.select(Feed)
            .where(Feed.person_id == account.person_id, Feed.revoked_at.is_(None))
            .order_by(Feed.created_at.desc(), Feed.id.desc())
        )
    )


def has_own_feed(account: Account) -> bool:
    """Return whether this person has a feed with the dates of their own requests."""
    kinds = {feed.kind for feed in feeds_of(account)}
    return not kinds.isdisjoint(OF_MEMBERSHIPS)


def note_reading(feed_id: int, fetched_at: datetime | None, program: str) -> None:
    """Store when a feed was last read and by which program, to the hour.

    Call it after the feed is made: it ends the session's transaction. It waits for nobody, and
    may get lost.
    """
    now = clock.now()
    if fetched_at is not None and now - fetched_at < READ_MARK_AFTER:
        return
    statement = sa.update(Feed).where(Feed.id == feed_id)
    write_aside("the reading of a feed", statement.values(fetched_at=now, fetched_by=program[:200]))


def count_wrong_token(source: ClientSource) -> None:
    """Count an address that leads to no feed, for the network that asked.

    Raises:
        Busy: it asked for too many.
    """
    with writing() as now:
        may_try = throttle.count_first([source.feed_token], now)
    if not may_try:
        raise Busy(wait=source.feed_token.limit.within)


def _own(account: Account, key: str) -> Feed:
    feed = db.session.scalar(
        sa.select(Feed).where(
            Feed.key == key, Feed.person_id == account.person_id, Feed.revoked_at.is_(None)
        )
    )
    if feed is None:
        raise NotFound("feed")
    return feed


def _cluster_id(slug: str | None) -> int | None:
    return db.session.scalar(sa.select(Cluster.id).where(Cluster.slug == slug))
