"""Asking everybody with a role in a cluster for a second factor, from a day on, and no longer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.queries import account_now
from booking.accounts.second_factor_duty import HolderLine, role_holders, tell_of_duty
from booking.accounts.sign_in_service import has_second_factor
from booking.audit.recording import record
from booking.clusters.models import Cluster
from booking.db import clock
from booking.db.rules_number import claim_rules
from booking.db.transactions import retried, writing
from booking.errors import Conflict, Forbidden, Invalid, NotFound
from booking.extensions import db
from booking.rules.audit_events import Event
from booking.rules.opening import day_starts_at, local_day
from booking.rules.second_factors import day_fault, earliest_day
from booking.rules.visibility import ANONYMOUS, Account, Viewer


@dataclass(frozen=True)
class SecondFactorPage:
    """What a cluster asks for, of whom, and who of them has none yet.

    `first_day` None: it asks for none. `earliest` is the first day that can be set now.
    `reader_has_one`: so they may ask others. `version` changes with what is asked for, and with
    who has none.
    """

    slug: str
    name: str
    zone: ZoneInfo
    first_day: date | None
    holds: bool
    earliest: date
    holders: Sequence[HolderLine]
    reader_has_one: bool
    version: str

    @property
    def late(self) -> Sequence[HolderLine]:
        """Return the people who have none yet, and can sign in."""
        return [one for one in self.holders if one.is_late]


def second_factor_page(viewer: Viewer, slug: str) -> SecondFactorPage:
    """Return what coordinators of a cluster read about second factors.

    Raises:
        NotFound: there is no such cluster, or the viewer does not coordinate it.
    """
    return _page(_coordinated(viewer, slug), viewer, clock.now())


@retried
def ask_for_second_factor(
    account: Account, slug: str, day: date, reason: str, *, version: str
) -> None:
    """Ask everybody with a role in a cluster for a second factor, from the start of this day on.

    Who has none is told by mail. `version` is that of the page that the person has seen.

    Raises:
        NotFound: there is no such cluster, or the person does not coordinate it.
        Forbidden: the person has no second factor.
        Conflict: `changed_meanwhile`: the page has another version by now.
        Invalid: `day` is `past`, `too_soon`, `too_far`, or `already` set.
    """
    with writing() as now:
        cluster, page = _locked(account, slug, now, version)
        if not page.reader_has_one:
            raise Forbidden("whoever asks for a second factor has one")
        fault = day_fault(day, local_day(now, page.zone), page.earliest)
        if day == page.first_day:
            fault = "already"
        if fault is not None:
            raise Invalid("day", fault)
        cluster.second_factor_from = day_starts_at(page.zone, day)
        cluster.second_factor_reminded_at = None
        db.session.flush()
        record(
            Event.SECOND_FACTOR_ASKED,
            now=now,
            actor=account.person_id,
            cluster=cluster.id,
            before={"asked_from": page.first_day},
            after={"asked_from": day},
            why=reason,
        )
        tell_of_duty(cluster.id, now)


@retried
def stop_asking(account: Account, slug: str, reason: str, *, version: str) -> None:
    """Ask nobody in a cluster for a second factor any more.

    Raises:
        NotFound: there is no such cluster, or the person does not coordinate it.
        Conflict: `changed_meanwhile`, as for `ask_for_second_factor`; `not_asked`: it asks for
            none.
    """
    with writing() as now:
        cluster, _ = _locked(account, slug, now, version)
        _stop(cluster, now, account.person_id, reason)


@retried
def operator_stops_asking(slug: str, reason: str) -> None:
    """Ask nobody in a cluster for a second factor any more, as the operator.

    Raises:
        Invalid: `cluster` is `unknown`.
        Conflict: `not_asked`: it asks for none.
    """
    with writing() as now:
        claim_rules()
        cluster = db.session.scalar(sa.select(Cluster).where(Cluster.slug == slug))
        if cluster is None:
            raise Invalid("cluster", "unknown")
        _stop(cluster, now, None, reason)


def asking_clusters() -> list[SecondFactorPage]:
    """Return what the clusters ask for that ask for a second factor, by slug."""
    clusters = db.session.scalars(
        sa.select(Cluster).where(Cluster.second_factor_from.is_not(None)).order_by(Cluster.slug)
    )
    return [_page(one, ANONYMOUS, clock.now()) for one in clusters.all()]


def _stop(cluster: Cluster, now: datetime, actor_id: int | None, reason: str) -> None:
    if cluster.second_factor_from is None:
        raise Conflict("not_asked")
    record(
        Event.SECOND_FACTOR_NOT_ASKED,
        now=now,
        actor=actor_id,
        cluster=cluster.id,
        before={"asked_from": local_day(cluster.second_factor_from, ZoneInfo(cluster.time_zone))},
        why=reason,
    )
    cluster.second_factor_from = cluster.second_factor_reminded_at = None


def _locked(
    account: Account, slug: str, now: datetime, version: str
) -> tuple[Cluster, SecondFactorPage]:
    """Return the cluster, with nobody changing roles or second factors until this is done."""
    claim_rules()
    viewer = account_now(account).viewer
    cluster = _coordinated(viewer, slug)
    page = _page(cluster, viewer, now)
    if version != page.version:
        raise Conflict("changed_meanwhile")
    return cluster, page


def _coordinated(viewer: Viewer, slug: str) -> Cluster:
    cluster = db.session.scalar(
        sa.select(Cluster).where(Cluster.slug == slug).execution_options(populate_existing=True)
    )
    if cluster is None or cluster.id not in viewer.coordinates:
        raise NotFound("cluster")
    return cluster


def _page(cluster: Cluster, viewer: Viewer, now: datetime) -> SecondFactorPage:
    zone, since = ZoneInfo(cluster.time_zone), cluster.second_factor_from
    holders = role_holders(cluster.id)
    first_day = None if since is None else local_day(since, zone)
    seen = (first_day, sorted(one.person_id for one in holders if one.is_late))
    return SecondFactorPage(
        slug=cluster.slug,
        name=cluster.short_name,
        zone=zone,
        first_day=first_day,
        holds=since is not None and since <= now,
        earliest=earliest_day(local_day(now, zone), holders, first_day),
        holders=holders,
        reader_has_one=viewer.person_id is not None and has_second_factor(viewer.person_id),
        version=sha256(repr(seen).encode()).hexdigest()[:32],
    )
