"""Requesting an account, and the answer of a coordinator."""

import logging
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from booking.accounts import throttle
from booking.accounts.account_log import AccountEvent, log_account_change
from booking.accounts.account_mail import AccountMailKind, queue_account_mail
from booking.accounts.invitation_service import issue, managed, works_there
from booking.accounts.membership_service import begin_membership
from booking.accounts.memberships import CURRENT, managers_of
from booking.accounts.models import (
    AccountRequest,
    Membership,
    Organisation,
    Person,
    Role,
)
from booking.accounts.objections import announce, who_may_object
from booking.accounts.organisations import make_organisation
from booking.accounts.roles import IS_COORDINATOR
from booking.accounts.service import delete_links, make_link, normal_email
from booking.accounts.throttle import ClientSource
from booking.audit.recording import record
from booking.clusters.models import Cluster
from booking.db.transactions import retried, writing
from booking.errors import Busy, Conflict, Invalid, NotFound
from booking.extensions import db
from booking.rules.audit_events import Event
from booking.rules.visibility import Account, MembershipRole

ORGANISATION_KINDS = ("sme", "large", "university", "public_body", "practitioner")
LET_IN = "let_in"
DECLINED = "declined"

# Bookings are above accounts, so their table is only named here.
_REQUEST = sa.table("booking_request", sa.column("organisation_id", sa.Integer))

log = logging.getLogger(__name__)


class TooManyTries(Busy):
    """Too many requests came from one network address; the next has to wait."""


@dataclass(frozen=True)
class NewAccountRequest:
    """A request for an account as typed."""

    email: str
    name: str
    organisation_name: str
    organisation_kind: str
    country: str
    home_cluster_slug: str | None
    message: str
    website: str = ""


@dataclass(frozen=True)
class NewOrganisation:
    """A new organisation, whose home cluster the coordinator runs."""

    name: str
    kind: str
    country: str
    home_cluster_slug: str


@dataclass(frozen=True)
class NewAccount:
    """The account that was created; `token` is that of its one-time link, None if it is mailed."""

    token: str | None


def request_account(new_request: NewAccountRequest, source: ClientSource) -> None:
    """Save a request for an account; it goes to the coordinators of its home cluster, or of all.

    Does not reveal whether the e-mail is known. More than a few requests a day with one e-mail
    are dropped silently.

    Raises:
        Invalid: there is no such cluster or kind of organisation.
        TooManyTries: too many requests from one address.
    """
    if new_request.organisation_kind not in ORGANISATION_KINDS:
        raise Invalid("organisation_kind", "unknown")
    with writing() as now:
        throttle.lock((source.account_request_email, source.account_request_network))
        if throttle.is_over(source.account_request_network, now):
            raise TooManyTries
        home_cluster = None
        if new_request.home_cluster_slug is not None:
            home_cluster = db.session.scalar(
                sa.select(Cluster).where(Cluster.slug == new_request.home_cluster_slug)
            )
            if home_cluster is None:
                raise Invalid("home_cluster", "unknown")
        dropped = throttle.is_over(source.account_request_email, now)
        throttle.count((source.account_request_email, source.account_request_network), now)
        if dropped:
            log.warning(
                "request for an account dropped: too many for %s", source.account_request_email.key
            )
            return
        db.session.add(
            AccountRequest(
                key=secrets.token_urlsafe(12),
                email=normal_email(new_request.email),
                name=new_request.name,
                organisation_name=new_request.organisation_name,
                organisation_kind=new_request.organisation_kind,
                country=new_request.country,
                home_cluster_id=home_cluster.id if home_cluster else None,
                message=new_request.message,
                website=new_request.website,
                asked_at=now,
            )
        )


def let_in(
    key: str, coordinator_id: int, organisation: int | NewOrganisation, *, by_mail: bool = False
) -> NewAccount | None:
    """Create the account that was requested.

    `by_mail`: its one-time link is mailed to the person, and not returned.

    `organisation` is the id of one whose home cluster the coordinator runs, or a new one. Who is
    the first to work there manages it. Otherwise there is no account yet and None comes back: if
    somebody manages it, the request is passed on to its managers; if nobody does, all who work
    there are told, and may object for three working days. Where nobody works any more, or bookings
    are kept, whoever manages it would read what others left: no coordinator decides on that.

    Raises:
        Conflict: `already_decided`, when somebody answered before.
        Invalid: `organisation` is `unknown`, or `nobody_left` works there; `new_name` is `taken`;
            `email` has an account: `member` (of an organisation of these clusters) or `elsewhere`.
            That is not looked up where managers decide.
        LooksAlike: the new one has a name like others, so an administrator has to add it.
        NotFound: this coordinator has no such request.
    """
    try:
        with writing() as now:
            coordinates = coordinated_by(coordinator_id)
            request = waiting_request(key, coordinates)
            if request.joins_id is not None and request.objected_at is None:
                raise Conflict("already_decided")
            if not isinstance(organisation, int):
                _refuse_known_email(request.email, coordinates)
            home = _organisation(organisation, coordinates)
            if not isinstance(organisation, int):
                home.website = request.website
                record(
                    Event.ORGANISATION_MADE,
                    now=now,
                    actor=coordinator_id,
                    organisation=home.id,
                    cluster=home.home_cluster_id,
                )
            managers = managers_of(home.id)
            if managers:
                # They invite the address, so whether it has an account tells nobody anything.
                pass_on(request, home.id, managers, coordinator_id, now)
                return None
            _refuse_known_email(request.email, coordinates)
            members = who_may_object(home.id)
            if members:
                announce(request, home, members, coordinator_id, now)
                return None
            if _has_a_past(home.id):
                raise Invalid("organisation", "nobody_left")
            role = MembershipRole.MANAGER
            return NewAccount(
                make_account(request, home.id, role, coordinator_id, now, by_mail=by_mail)
            )
    except IntegrityError as error:  # another took the e-mail or the name at the same moment
        raise Conflict("already_decided") from error


def _has_a_past(organisation_id: int) -> bool:
    """Return whether people have worked for an organisation, or requests of it are kept."""
    return bool(
        db.session.scalar(
            sa.select(
                sa.or_(
                    sa.exists().where(Membership.organisation_id == organisation_id),
                    sa.exists().where(_REQUEST.c.organisation_id == organisation_id),
                )
            )
        )
    )


def pass_on(
    request: AccountRequest,
    organisation_id: int,
    managers: Sequence[int],
    coordinator_id: int,
    now: datetime,
) -> None:
    """Let the managers of an organisation answer a request. Part of the caller's transaction."""
    request.organisation_id = organisation_id
    log_account_change(
        AccountEvent.JOIN_REQUEST_PASSED_ON,
        db.session.get_one(Person, coordinator_id),
        now,
        actor_id=coordinator_id,
        organisation_id=organisation_id,
        told_ids=[one for one in managers if one != coordinator_id],
    )


def make_account(
    request: AccountRequest,
    organisation_id: int,
    role: MembershipRole,
    actor_id: int,
    now: datetime,
    *,
    by_mail: bool,
) -> str | None:
    """Create the account of a request, in an organisation; returns what `_link_for` does.

    Part of the caller's transaction.
    """
    person = Person(email=request.email, name=request.name, created_at=now)
    db.session.add(person)
    db.session.flush()
    record(
        Event.ACCOUNT_MADE,
        now=now,
        actor=actor_id,
        person=person.id,
        organisation=organisation_id,
    )
    begin_membership(person, organisation_id, role, now, actor_id=actor_id)
    _answer(request, LET_IN, actor_id, now)
    request.person_id = person.id
    log.info("person %s let in by person %s", person.id, actor_id)
    return _link_for(person, now, by_mail=by_mail)


@dataclass(frozen=True)
class JoinRequest:
    """Somebody who wants to join an organisation, as its managers see them."""

    key: str
    name: str
    email: str
    message: str
    asked_at: datetime


def join_requests(organisation_id: int) -> list[JoinRequest]:
    """Return who waits for an answer of the organisation's managers, the longest first."""
    rows = db.session.scalars(
        sa.select(AccountRequest)
        .where(AccountRequest.organisation_id == organisation_id, AccountRequest.answer.is_(None))
        .order_by(AccountRequest.asked_at, AccountRequest.id)
    )
    return [_join_request(one) for one in rows]


def _join_request(row: AccountRequest) -> JoinRequest:
    return JoinRequest(row.key, row.name, row.email, row.message, row.asked_at)


@retried
def accept_join_request(
    account: Account, key: str, source: ClientSource, *, by_mail: bool
) -> tuple[JoinRequest, str]:
    """Invite somebody who asked to join the organisation for which a manager acts.

    They join once they answer. So nobody who asked in the name of an address gets in by it, and the
    manager does not learn whether it has an account. Returns who it is, and the token of the
    invitation, see `invite`.

    Raises:
        Busy: too many such mails were asked for from one network.
        Conflict: `already_decided`, when somebody answered before.
        Forbidden: the person does not manage it.
        Invalid: `email` is of somebody who works there (`member`).
        NotFound: there is no such request to join it.
    """
    with writing() as now:
        request = _asking_to_join(account, key)
        who = _join_request(request)
        _answer(request, LET_IN, account.person_id, now)
        organisation_id = managed(account)
        if works_there(request.email, organisation_id):
            raise Invalid("email", "member")
        token = issue(
            organisation_id,
            request.email,
            account.person_id,
            source,
            now,
            by_mail=by_mail,
            name=request.name,
        )
        return who, token


def decline_join_request(account: Account, key: str) -> None:
    """Refuse that somebody joins the organisation for which a manager acts.

    Raises:
        Conflict: `already_decided`, when somebody answered before.
        Forbidden: the person does not manage it.
        NotFound: there is no such request to join it.
    """
    with writing() as now:
        _answer(_asking_to_join(account, key), DECLINED, account.person_id, now)


def _answer(request: AccountRequest, answer: str, person_id: int, now: datetime) -> None:
    if answer == DECLINED:
        passed_on = request.organisation_id is not None
        record(
            Event.ACCOUNT_REQUEST_DECLINED,
            now=now,
            actor=person_id,
            organisation=request.organisation_id,
            cluster=None if passed_on else request.home_cluster_id,
        )
    request.answer = answer
    request.answered_at = now
    request.answered_by_id = person_id


def _asking_to_join(account: Account, key: str) -> AccountRequest:
    if account.organisation_id is None:
        raise NotFound("organisation")
    request = db.session.scalar(
        sa.select(AccountRequest)
        .where(AccountRequest.key == key, AccountRequest.organisation_id == account.organisation_id)
        .with_for_update()
    )
    if request is None:
        raise NotFound("account request")
    managed(account)
    if request.answer is not None:
        raise Conflict("already_decided")
    return request


def decline_account(key: str, coordinator_id: int) -> None:
    """Decline a request for an account.

    Raises:
        Conflict: `already_decided`, when somebody answered before.
        NotFound: this coordinator has no such request.
    """
    with writing() as now:
        _answer(waiting_request(key, coordinated_by(coordinator_id)), DECLINED, coordinator_id, now)


def renew_link(key: str, coordinator_id: int, *, by_mail: bool = False) -> str | None:
    """Return the token of a new one-time link for somebody who has set no password yet.

    The earlier link stops working, also if its mail still waits. `by_mail`: the new one is mailed
    to the person, and None comes back.

    Raises:
        Conflict: `already_decided`, when the person has set a password or may not come in.
        NotFound: this coordinator has no such request, or it was not let in.
    """
    with writing() as now:
        coordinates = coordinated_by(coordinator_id)
        request = _before(key, coordinates)
        if request.answer != LET_IN or request.person_id is None:
            raise NotFound("account request")
        person = db.session.get_one(
            Person, request.person_id, with_for_update={"key_share": True}, populate_existing=True
        )
        if person.password_hash is not None or not person.is_active:
            raise Conflict("already_decided")
        if not _home_clusters(person.id) & coordinates:
            raise NotFound("account request")
        record(Event.PASSWORD_LINK_MADE, now=now, actor=coordinator_id, person=person.id)
        return _link_for(person, now, by_mail=by_mail)


def _link_for(person: Person, now: datetime, *, by_mail: bool) -> str | None:
    """Replace the person's one-time links; returns the new one's token, None: it is mailed."""
    if not by_mail:
        return make_link(person, now)
    delete_links(person.id)
    queue_account_mail(AccountMailKind.WELCOME, person.email, now, person_id=person.id)
    return None


def answered_by_coordinators(coordinates: Collection[int]) -> sa.ColumnElement[bool]:
    """Return the condition that coordinators of these clusters may answer a request.

    A request without a home cluster goes to the coordinators of all. What was passed on to the
    managers of an organisation is theirs to answer.
    """
    if not coordinates:
        return sa.false()
    here = sa.or_(
        AccountRequest.home_cluster_id.in_(coordinates), AccountRequest.home_cluster_id.is_(None)
    )
    return sa.and_(here, AccountRequest.organisation_id.is_(None))


def coordinated_by(person_id: int) -> set[int]:
    """Return the ids of the clusters that a person runs. Part of the caller's transaction."""
    # Read again under the lock: the role may have been taken away since the page was opened.
    return set(
        db.session.scalars(
            sa.select(Role.cluster_id)
            .join(Person, Person.id == Role.person_id)
            .where(Role.person_id == person_id, Person.is_active, IS_COORDINATOR)
        )
    )


def _before(key: str, coordinates: Collection[int]) -> AccountRequest:
    request = db.session.scalar(
        sa.select(AccountRequest)
        .where(AccountRequest.key == key, answered_by_coordinators(coordinates))
        .with_for_update()
    )
    if request is None:
        raise NotFound("account request")
    return request


def waiting_request(key: str, coordinates: Collection[int]) -> AccountRequest:
    """Return a request that waits for coordinators of these clusters, locked.

    Raises:
        Conflict: `already_decided`, when somebody answered before.
        NotFound: they have no such request.
    """
    request = _before(key, coordinates)
    if request.answer is not None:
        raise Conflict("already_decided")
    return request


def _refuse_known_email(email: str, coordinates: Collection[int]) -> None:
    known = db.session.scalar(sa.select(Person.id).where(Person.email == email))
    if known is not None:
        is_here = _home_clusters(known) & set(coordinates)
        raise Invalid("email", "member" if is_here else "elsewhere")


def _home_clusters(person_id: int) -> set[int | None]:
    """Return the home clusters of the organisations for which a person works."""
    return set(
        db.session.scalars(
            sa.select(Organisation.home_cluster_id)
            .join(Membership, Membership.organisation_id == Organisation.id)
            .where(Membership.person_id == person_id, CURRENT)
        )
    )


def _organisation(
    organisation: int | NewOrganisation, coordinates: Collection[int]
) -> Organisation:
    """Return the organisation, locked, so that of two newcomers the second sees the first."""
    if isinstance(organisation, int):
        found = db.session.scalar(
            sa.select(Organisation)
            .where(Organisation.id == organisation, Organisation.home_cluster_id.in_(coordinates))
            .with_for_update(key_share=True)
        )
        if found is None:
            raise Invalid("organisation", "unknown")
        return found
    home_cluster = db.session.scalar(
        sa.select(Cluster).where(
            Cluster.slug == organisation.home_cluster_slug, Cluster.id.in_(coordinates)
        )
    )
    if home_cluster is None:
        raise Invalid("new_home_cluster", "unknown")
    if organisation.kind not in ORGANISATION_KINDS:
        raise Invalid("new_kind", "unknown")
    try:
        return make_organisation(
            organisation.name,
            organisation.kind,
            organisation.country,
            home_cluster.id,
            is_different=False,
        )
    except Invalid as wrong:
        raise Invalid(f"new_{wrong.field}", wrong.code) from wrong
