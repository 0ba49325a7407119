"""Inviting people to work for an organisation, and their answers."""

import logging
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeGuard

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from booking.accounts import passwords, throttle
from booking.accounts.account_mail import AccountMailKind, queue_account_mail
from booking.accounts.invitations import Ending
from booking.accounts.membership_service import begin_membership, current_membership
from booking.accounts.memberships import CURRENT
from booking.accounts.models import Membership, MembershipInvitation, Person
from booking.accounts.organisations import lock_organisations
from booking.accounts.service import locked, normal_email
from booking.accounts.sign_in_service import Proof, begin_sign_in
from booking.accounts.throttle import ClientSource
from booking.accounts.tokens import hashed, new_token, token_for
from booking.audit.recording import record
from booking.db.transactions import retried, writing
from booking.errors import Conflict, Forbidden, Invalid, NotFound
from booking.extensions import db
from booking.rules.audit_events import Event
from booking.rules.passwords import password_problem
from booking.rules.sign_ins import SignInWay
from booking.rules.visibility import Account, MembershipRole

INVITATION_LASTS = timedelta(days=14)

log = logging.getLogger(__name__)


@retried
def invite(account: Account, email: str, source: ClientSource, *, by_mail: bool) -> str:
    """Invite an address to the organisation for which a manager acts; returns the link's token.

    If it is invited already, the invitation is sent again. Whether it has an account is not looked
    up, so that neither answer nor time tells. `by_mail`: the link is mailed there. More than a few
    mails an hour to one address are dropped silently; an earlier link stays then.

    Raises:
        Busy: too many such mails were asked for from one network.
        Forbidden: the person does not manage the organisation.
        Invalid: `email` is of somebody who works there (`member`).
        NotFound: they act for none.
    """
    email = normal_email(email)
    with writing() as now:
        organisation_id = managed(account)
        if works_there(email, organisation_id):
            raise Invalid("email", "member")
        return issue(organisation_id, email, account.person_id, source, now, by_mail=by_mail)


@retried
def send_again(
    account: Account, key: str, source: ClientSource, *, by_mail: bool
) -> tuple[str, str]:
    """Send an invitation with a new link, which lasts as long again.

    Returns the address and the token of the link.

    The earlier link stops working. See `invite`.

    Raises:
        Busy: too many such mails were asked for from one network.
        Conflict: `already_decided`, when it has ended.
        Forbidden: the person does not manage the organisation.
        NotFound: there is no such invitation there.
    """
    with writing() as now:
        invitation = _of_manager(account, key)
        email, organisation_id = invitation.email, invitation.organisation_id
        return email, issue(organisation_id, email, account.person_id, source, now, by_mail=by_mail)


@retried
def withdraw_invitation(account: Account, key: str) -> None:
    """End an invitation, so that its link stops working.

    Raises:
        Conflict: `already_decided`, when it has ended.
        Forbidden: the person does not manage the organisation.
        NotFound: there is no such invitation there.
    """
    with writing() as now:
        invitation = _of_manager(account, key)
        _end(invitation, Ending.WITHDRAWN, now)
        record(
            Event.INVITATION_WITHDRAWN,
            now=now,
            actor=account.person_id,
            organisation=invitation.organisation_id,
        )


def managed(account: Account) -> int:
    """Return the organisation for which a manager acts, locked. Part of the caller's transaction.

    The manager is locked first: somebody who deactivates them withdraws what they have sent, and
    would miss what is on its way.

    Raises:
        Forbidden: the person does not manage it.
        NotFound: they act for none, do not work there any more, or are deactivated.
    """
    if account.organisation_id is None:
        raise NotFound("organisation")
    manager = locked(account.person_id)
    if manager is None or not manager.is_active:
        raise NotFound("person")
    own = current_membership(account.person_id, account.organisation_id)
    if own is None:
        raise NotFound("membership")
    if own.role != MembershipRole.MANAGER:
        raise Forbidden("only managers invite")
    return account.organisation_id


def works_there(email: str, organisation_id: int) -> bool:
    """Return whether the person with this address works for an organisation."""
    found = db.session.scalar(
        sa.select(Membership.id)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id == organisation_id, Person.email == email, CURRENT)
    )
    return found is not None


def issue(
    organisation_id: int,
    email: str,
    person_id: int,
    source: ClientSource,
    now: datetime,
    *,
    by_mail: bool,
    name: str = "",
) -> str:
    """Invite an address, or again with a new link; returns its token, "" if a mail was dropped.

    Part of the caller's transaction, which has locked the organisation.
    """
    source = replace(source, email=email)
    key = new_token()
    token = token_for(source.secret, key)
    is_sent = not by_mail or throttle.count_link_mail(source, now)
    waiting = db.session.scalar(
        sa.select(MembershipInvitation).where(
            MembershipInvitation.organisation_id == organisation_id,
            MembershipInvitation.email == email,
            MembershipInvitation.ended_at.is_(None),
        )
    )
    if waiting is None:
        waiting = MembershipInvitation(
            key=secrets.token_hex(16),
            organisation_id=organisation_id,
            email=email,
            name=name,
            invited_at=now,
        )
        db.session.add(waiting)
    elif not is_sent:
        return ""
    waiting.token_hash = hashed(token)
    waiting.invited_by_id = person_id
    waiting.sent_at = now
    waiting.expires_at = now + INVITATION_LASTS
    if by_mail and is_sent:
        queue_account_mail(AccountMailKind.INVITATION, email, now, key=key)
    record(Event.INVITATION_SENT, now=now, actor=person_id, organisation=organisation_id)
    log.info("invitation to organisation %s sent by person %s", organisation_id, person_id)
    return token


def _of_manager(account: Account, key: str) -> MembershipInvitation:
    organisation_id = managed(account)
    invitation = db.session.scalar(
        sa.select(MembershipInvitation)
        .where(
            MembershipInvitation.key == key,
            MembershipInvitation.organisation_id == organisation_id,
        )
        .with_for_update()
    )
    if invitation is None:
        raise NotFound("invitation")
    if invitation.ended_at is not None:
        raise Conflict("already_decided")
    return invitation


@retried
def accept_invitation(token: str, person_id: int) -> str:
    """Let somebody with an account work for the organisation that invites their address.

    Returns its name.

    Raises:
        Forbidden: the invitation is for another address.
        NotFound: the link was used, withdrawn, replaced, is too old, or never was.
    """
    with writing() as now:
        person = locked(person_id)
        invitation = _answered(token, now)
        if not _may_answer(person, invitation):
            raise Forbidden("the invitation is for another address")
        if current_membership(person.id, invitation.organisation_id) is None:
            _begin(person, invitation, now)
        _end(invitation, Ending.ACCEPTED, now)
        return invitation.organisation.name


@retried
def decline_invitation(token: str, person_id: int | None) -> None:
    """Decline an invitation. Who has an account has to be signed in to it.

    Raises:
        Forbidden: the invitation is for another address than that of `person_id`.
        NotFound: the link was used, withdrawn, replaced, is too old, or never was.
    """
    with writing() as now:
        person = locked(person_id) if person_id is not None else None
        invitation = _answered(token, now)
        has_account = person_id is not None or _account_of(invitation.email) is not None
        if has_account and not _may_answer(person, invitation):
            raise Forbidden("the invitation is for another address")
        _end(invitation, Ending.DECLINED, now)
        record(
            Event.INVITATION_DECLINED,
            now=now,
            actor=person_id,
            organisation=invitation.organisation_id,
        )


def join_with_new_account(token: str, name: str, password: str, browser: str) -> str:
    """Make the account of somebody who was invited, let them join, and sign them in.

    The link was mailed to their address, which is verified by that. Returns the token of the new
    sign-in.

    Raises:
        Conflict: `already_decided`: the address has an account, which is not touched.
        Invalid: `password` is not good enough; the link can be used again.
        NotFound: the link was used, withdrawn, replaced, is too old, or never was.
    """
    password_hash = passwords.hash_password(password)
    try:
        with writing() as now:
            invitation = _answered(token, now)
            if _account_of(invitation.email) is not None:
                raise Conflict("already_decided")
            problem = password_problem(password, email=invitation.email, name=name)
            if problem:
                raise Invalid("password", problem)
            person = Person(
                email=invitation.email, name=name, password_hash=password_hash, created_at=now
            )
            db.session.add(person)
            db.session.flush()
            record(
                Event.ACCOUNT_MADE,
                now=now,
                actor=person.id,
                person=person.id,
                organisation=invitation.organisation_id,
            )
            _begin(person, invitation, now)
            _end(invitation, Ending.ACCEPTED, now)
            return begin_sign_in(person, browser, now, Proof(SignInWay.LINK, None, now))
    except IntegrityError as error:  # the address got an account at the same moment
        raise Conflict("already_decided") from error


def _begin(person: Person, invitation: MembershipInvitation, now: datetime) -> None:
    begin_membership(
        person,
        invitation.organisation_id,
        MembershipRole.MEMBER,
        now,
        actor_id=invitation.invited_by_id,
    )


def _answered(token: str, now: datetime) -> MembershipInvitation:
    """Return the invitation of a link, locked after its organisation."""
    is_of_link = MembershipInvitation.token_hash == hashed(token)
    organisation_id = db.session.scalar(
        sa.select(MembershipInvitation.organisation_id).where(is_of_link)
    )
    if organisation_id is None:
        raise NotFound("invitation")
    lock_organisations([organisation_id])
    invitation = db.session.scalar(
        sa.select(MembershipInvitation)
        .where(is_of_link, MembershipInvitation.organisation_id == organisation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if invitation is None or invitation.ended_at is not None or invitation.expires_at <= now:
        raise NotFound("invitation")
    return invitation


def _may_answer(person: Person | None, invitation: MembershipInvitation) -> TypeGuard[Person]:
    """Return whether this locked person may answer an invitation."""
    return person is not None and person.is_active and person.email == invitation.email


def _account_of(email: str) -> int | None:
    return db.session.scalar(sa.select(Person.id).where(Person.email == email))


def _end(invitation: MembershipInvitation, ending: Ending, now: datetime) -> None:
    invitation.ended_at = now
    invitation.ending = ending
