"""Adding, changing and removing saved replies, for coordinators."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from booking.accounts.queries import account_now
from booking.audit.recording import record
from booking.clusters.models import Cluster
from booking.db.transactions import retried, writing
from booking.decisions.reply_models import SavedReply
from booking.errors import Conflict, Invalid, NotFound
from booking.extensions import db
from booking.rules.audit_events import Event
from booking.rules.visibility import Account, Viewer

#: A cluster keeps at most so many replies.
MOST_REPLIES = 50


@dataclass(frozen=True)
class ClusterReplies:
    """A cluster and its saved replies, by title."""

    slug: str
    name: str
    replies: Sequence[SavedReply]


def replies_of(viewer: Viewer, slug: str) -> ClusterReplies:
    """Return the saved replies of a cluster that the viewer coordinates.

    Raises:
        NotFound: there is no such cluster, or others coordinate it.
    """
    cluster = _coordinated(viewer, slug)
    replies = db.session.scalars(
        sa.select(SavedReply)
        .where(SavedReply.cluster_id == cluster.id)
        .order_by(SavedReply.title, SavedReply.id)
    ).all()
    return ClusterReplies(cluster.slug, cluster.short_name, replies)


def reply_of(viewer: Viewer, slug: str, reply_id: int) -> SavedReply:
    """Return one saved reply of a cluster that the viewer coordinates.

    Raises:
        NotFound: there is none, or others coordinate it.
    """
    cluster = _coordinated(viewer, slug)
    reply = db.session.scalar(
        sa.select(SavedReply)
        .where(SavedReply.id == reply_id, SavedReply.cluster_id == cluster.id)
        .execution_options(populate_existing=True)
    )
    if reply is None:
        raise NotFound("reply")
    return reply


@retried
def add_reply(account: Account, slug: str, title: str, text: str) -> None:
    """Add a reply to a cluster that the person coordinates.

    Raises:
        NotFound: there is no such cluster, or others coordinate it.
        Invalid: `title`, when it is in use (`taken`) or there are too many (`too_many`).
    """
    with writing() as now:
        cluster = _coordinated(account_now(account).viewer, slug)
        # One at a time, so that they can be counted and titles compared.
        db.session.execute(
            sa.select(Cluster.id).where(Cluster.id == cluster.id).with_for_update(key_share=True)
        )
        titles = db.session.scalars(
            sa.select(SavedReply.title).where(SavedReply.cluster_id == cluster.id)
        ).all()
        if title in titles:
            raise Invalid("title", "taken")
        if len(titles) >= MOST_REPLIES:
            raise Invalid("title", "too_many")
        db.session.add(
            SavedReply(
                cluster_id=cluster.id,
                title=title,
                text=text,
                changed_at=now,
                changed_by_id=account.person_id,
            )
        )
        record(
            Event.REPLY_SAVED,
            now=now,
            actor=account.person_id,
            cluster=cluster.id,
            after={"title": title, "text": text},
        )


@retried
def change_reply(
    account: Account, slug: str, reply_id: int, title: str, text: str, *, revision: str
) -> None:
    """Change a reply; `revision` is the one that the person has seen.

    Raises:
        NotFound: there is none, or others coordinate the cluster.
        Conflict: `changed_meanwhile`, when it has another revision by now.
        Invalid: `title`, `taken`: another reply has it.
    """
    with writing() as now:
        reply = _locked(account, slug, reply_id)
        if revision != str(reply.revision):
            raise Conflict("changed_meanwhile")
        used = sa.exists().where(
            SavedReply.cluster_id == reply.cluster_id,
            SavedReply.title == title,
            SavedReply.id != reply.id,
        )
        if db.session.scalar(sa.select(used)):
            raise Invalid("title", "taken")
        record(
            Event.REPLY_SAVED,
            now=now,
            actor=account.person_id,
            cluster=reply.cluster_id,
            before={"title": reply.title, "text": reply.text},
            after={"title": title, "text": text},
        )
        reply.title, reply.text = title, text
        reply.revision += 1
        reply.changed_at, reply.changed_by_id = now, account.person_id


@retried
def remove_reply(account: Account, slug: str, reply_id: int) -> None:
    """Remove a reply. What was answered with it stays as it is.

    Raises:
        NotFound: there is none, or others coordinate the cluster.
    """
    with writing() as now:
        reply = _locked(account, slug, reply_id)
        record(
            Event.REPLY_REMOVED,
            now=now,
            actor=account.person_id,
            cluster=reply.cluster_id,
            before={"title": reply.title, "text": reply.text},
        )
        db.session.delete(reply)


def _locked(account: Account, slug: str, reply_id: int) -> SavedReply:
    viewer = account_now(account).viewer
    cluster = _coordinated(viewer, slug)
    db.session.execute(
        sa.select(Cluster.id).where(Cluster.id == cluster.id).with_for_update(key_share=True)
    )
    return reply_of(viewer, slug, reply_id)


def _coordinated(viewer: Viewer, slug: str) -> Cluster:
    cluster = db.session.scalar(sa.select(Cluster).where(Cluster.slug == slug))
    if cluster is None or cluster.id not in viewer.coordinates:
        raise NotFound("cluster")
    return cluster
