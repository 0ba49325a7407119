"""Reading requests for accounts, as coordinators see them, and one-time links."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from booking.accounts.account_request_service import LET_IN, answered_by_coordinators
from booking.accounts.memberships import works_in
from booking.accounts.models import AccountRequest, NameCheck, OneTimeLink, Organisation, Person
from booking.accounts.tokens import hashed
from booking.clusters.models import Cluster
from booking.db import clock
from booking.extensions import db

# How long an answered request stays in the list.
ANSWERED_SHOWN = timedelta(days=30)


@dataclass(frozen=True)
class AccountRequestLine:
    """One request for an account; `answer` is None until it is answered.

    `joins` is the organisation whose members may object `until`; `objection` has the words of
    `objected_by`. `name_check` is the state of a question to the administrators about
    `checked_name`: waiting, allowed, refused; None: they were not asked.
    """

    key: str
    email: str
    name: str
    organisation_name: str
    organisation_kind: str
    country: str
    home_cluster_name: str | None
    home_cluster_slug: str | None
    message: str
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None
    answered_by: str | None
    has_password: bool
    can_renew: bool
    website: str = ""
    joins: str | None = None
    announced_by: str | None = None
    objections_until: datetime | None = None
    objection: str = ""
    objected_by: str | None = None
    name_check: str | None = None
    checked_name: str = ""

    @property
    def waits_for_members(self) -> bool:
        """Return whether the members of an organisation may still object, and nobody has."""
        return self.joins is not None and not self.objection and self.answer is None


@dataclass(frozen=True)
class NamedChoice:
    """One option of a form: the value it sends, and its name."""

    value: str
    name: str


def waiting_account_requests(coordinates: Collection[int]) -> list[AccountRequestLine]:
    """Return the requests that coordinators of these clusters answer.

    Unanswered ones, oldest first; then those answered in the last 30 days, newest first.
    """
    since = clock.now() - ANSWERED_SHOWN
    statement = _lines(coordinates).where(
        sa.or_(AccountRequest.answer.is_(None), AccountRequest.answered_at > since)
    )
    lines = [_line(row, coordinates) for row in db.session.execute(statement)]
    waiting = sorted((one for one in lines if one.answer is None), key=lambda one: one.asked_at)
    answered = (one for one in lines if one.answered_at is not None)
    return waiting + sorted(answered, key=lambda one: one.answered_at or since, reverse=True)


def counting_waiting_account_requests(coordinates: Collection[int]) -> sa.Select[int]:
    """Return the query for how many unanswered requests coordinators of these clusters have."""
    return sa.select(sa.func.count(AccountRequest.id)).where(
        answered_by_coordinators(coordinates),
        AccountRequest.answer.is_(None),
        sa.or_(AccountRequest.joins_id.is_(None), AccountRequest.objected_at.is_not(None)),
    )


def find_account_request(key: str, coordinates: Collection[int]) -> AccountRequestLine | None:
    """Return one request that coordinators of these clusters answer, or None."""
    row = db.session.execute(_lines(coordinates).where(AccountRequest.key == key)).first()
    return _line(row, coordinates) if row else None


def organisation_choices(coordinates: Collection[int]) -> list[NamedChoice]:
    """Return the organisations whose home cluster is one of these, by name; the value is the id."""
    rows = db.session.execute(
        sa.select(Organisation.id, Organisation.name)
        .where(Organisation.home_cluster_id.in_(coordinates))
        .order_by(Organisation.name)
    )
    return [NamedChoice(str(organisation_id), name) for organisation_id, name in rows]


def cluster_choices(ids: Collection[int] | None = None) -> list[NamedChoice]:
    """Return these clusters, or all, by name; the value is the slug."""
    statement = sa.select(Cluster.slug, Cluster.name).order_by(Cluster.name)
    if ids is not None:
        statement = statement.where(Cluster.id.in_(ids))
    return [NamedChoice(slug, name) for slug, name in db.session.execute(statement)]


@dataclass(frozen=True)
class LinkHolder:
    """The person a one-time link is for."""

    name: str
    email: str
    has_password: bool


def find_link_holder(token: str) -> LinkHolder | None:
    """Return the person a one-time link is for, or None if it is not or no longer valid.

    Opening the link does not use it up, as mail scanners follow links too.
    """
    row = db.session.execute(
        sa.select(Person.name, Person.email, Person.password_hash.is_not(None))
        .join(OneTimeLink, OneTimeLink.person_id == Person.id)
        .where(
            OneTimeLink.token_hash == hashed(token),
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > clock.now(),
            Person.is_active,
        )
    ).first()
    return LinkHolder(row.name, row.email, bool(row[2])) if row else None


def _lines(coordinates: Collection[int]) -> sa.Select[*tuple[Any, ...]]:
    answerer, newcomer = aliased(Person), aliased(Person)
    announcer, objector = aliased(Person), aliased(Person)
    return (
        sa.select(
            AccountRequest,
            Cluster.name.label("cluster_name"),
            Cluster.slug.label("cluster_slug"),
            answerer.name.label("answered_by"),
            newcomer.password_hash.is_not(None).label("has_password"),
            works_in(newcomer.id, coordinates).label("is_here"),
            Organisation.name.label("joins"),
            announcer.name.label("announced_by"),
            objector.name.label("objected_by"),
            NameCheck.name.label("checked_name"),
            sa.case(
                (NameCheck.id.is_(None), None), else_=sa.func.coalesce(NameCheck.answer, "waiting")
            ).label("name_check"),
        )
        .outerjoin(Cluster, Cluster.id == AccountRequest.home_cluster_id)
        .outerjoin(answerer, answerer.id == AccountRequest.answered_by_id)
        .outerjoin(newcomer, newcomer.id == AccountRequest.person_id)
        .outerjoin(Organisation, Organisation.id == AccountRequest.joins_id)
        .outerjoin(announcer, announcer.id == AccountRequest.announced_by_id)
        .outerjoin(objector, objector.id == AccountRequest.objected_by_id)
        .outerjoin(NameCheck, NameCheck.account_request_id == AccountRequest.id)
        .where(answered_by_coordinators(coordinates))
    )


def _line(row: sa.Row[*tuple[Any, ...]], coordinates: Collection[int]) -> AccountRequestLine:
    request: AccountRequest = row[0]
    has_password = bool(row.has_password)
    return AccountRequestLine(
        key=request.key,
        email=request.email,
        name=request.name,
        organisation_name=request.organisation_name,
        organisation_kind=request.organisation_kind,
        country=request.country,
        home_cluster_name=row.cluster_name,
        home_cluster_slug=row.cluster_slug,
        message=request.message,
        asked_at=request.asked_at,
        answer=request.answer,
        answered_at=request.answered_at,
        answered_by=row.answered_by,
        has_password=has_password,
        website=request.website,
        joins=row.joins,
        announced_by=row.announced_by,
        objections_until=request.objections_until,
        objection=request.objection,
        objected_by=row.objected_by,
        name_check=row.name_check,
        checked_name=row.checked_name or "",
        can_renew=request.answer == LET_IN and not has_password and bool(row.is_here),
    )
