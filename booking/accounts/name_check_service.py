"""New organisations whose name looks like that of another: an administrator decides on them."""

import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.account_request_service import (
    ORGANISATION_KINDS,
    NewOrganisation,
    coordinated_by,
    waiting_request,
)
from booking.accounts.models import AccountRequest, NameCheck, Organisation, Person
from booking.accounts.organisations import looking_alike, make_organisation
from booking.accounts.people_service import locked_admins
from booking.audit.recording import record
from booking.clusters.models import Cluster
from booking.db.transactions import retried, writing
from booking.errors import Conflict, Invalid, NotFound
from booking.extensions import db
from booking.rules.audit_events import Event

ALLOWED = "allowed"
REFUSED = "refused"


@dataclass(frozen=True)
class NameCheckLine:
    """A name that waits for an administrator, with those that it looks like."""

    key: str
    name: str
    kind: str
    country: str
    home_cluster: str
    asked_by: str
    asked_at: datetime
    looks_like: tuple[str, ...]


@retried
def ask_for_name(key: str, coordinator_id: int, wanted: NewOrganisation) -> None:
    """Ask the administrators for a new organisation that looks like another.

    It replaces what was asked for this request before, which can no longer be answered.

    Raises:
        Conflict: `already_decided`, when the account request was answered before.
        Invalid: `new_name` is empty, or there is no such cluster or kind.
        NotFound: this coordinator has no such request.
    """
    with writing() as now:
        coordinates = coordinated_by(coordinator_id)
        request = waiting_request(key, coordinates)
        cluster_id = db.session.scalar(
            sa.select(Cluster.id).where(
                Cluster.slug == wanted.home_cluster_slug, Cluster.id.in_(coordinates)
            )
        )
        if cluster_id is None:
            raise Invalid("new_home_cluster", "unknown")
        if wanted.kind not in ORGANISATION_KINDS:
            raise Invalid("new_kind", "unknown")
        if not wanted.name:
            raise Invalid("new_name", "missing")
        check = db.session.scalar(
            sa.select(NameCheck).where(NameCheck.account_request_id == request.id).with_for_update()
        )
        if check is None:
            check = NameCheck(account_request_id=request.id)
            db.session.add(check)
        # A new one each time, so that nobody answers another name than the one that they have read.
        check.key = secrets.token_hex(16)
        check.name, check.kind, check.country = wanted.name, wanted.kind, wanted.country
        check.home_cluster_id = cluster_id
        check.asked_by_id, check.asked_at = coordinator_id, now
        check.answer = check.answered_at = check.answered_by_id = None


def waiting_name_checks() -> list[NameCheckLine]:
    """Return the names that wait for an administrator, the oldest first."""
    rows = db.session.execute(
        sa.select(NameCheck, Cluster.short_name, Person.name)
        .join(Cluster, Cluster.id == NameCheck.home_cluster_id)
        .join(Person, Person.id == NameCheck.asked_by_id)
        .where(NameCheck.answer.is_(None))
        .order_by(NameCheck.asked_at, NameCheck.id)
    ).all()
    names = db.session.scalars(sa.select(Organisation.name).order_by(Organisation.name)).all()
    return [
        NameCheckLine(
            key=one.key,
            name=one.name,
            kind=one.kind,
            country=one.country,
            home_cluster=cluster,
            asked_by=asked_by,
            asked_at=one.asked_at,
            looks_like=tuple(looking_alike(one.name, names)),
        )
        for one, cluster, asked_by in rows
    ]


@retried
def answer_name_check(key: str, *, allowed: bool, actor_id: int | None) -> str:
    """Add the organisation, although it looks like another, or refuse its name; returns the name.

    The coordinator who asked then chooses it. `actor_id` None is the operator.

    Raises:
        Conflict: `already_decided`, when somebody answered before.
        Forbidden: the actor is no administrator any more.
        Invalid: `name` is `taken`.
        NotFound: there is no such check.
    """
    with writing() as now:
        locked_admins(actor_id)
        check = db.session.scalar(
            sa.select(NameCheck).where(NameCheck.key == key).with_for_update()
        )
        if check is None:
            raise NotFound("name check")
        if check.answer is not None:
            raise Conflict("already_decided")
        if allowed:
            made = make_organisation(
                check.name, check.kind, check.country, check.home_cluster_id, is_different=True
            )
            request = db.session.get_one(AccountRequest, check.account_request_id)
            made.website = request.website
            record(
                Event.ORGANISATION_MADE,
                now=now,
                actor=actor_id,
                organisation=made.id,
                cluster=made.home_cluster_id,
            )
        check.answer = ALLOWED if allowed else REFUSED
        check.answered_at, check.answered_by_id = now, actor_id
        return check.name
