"""What an administrator does with somebody's account, on their page or on the command line.

Each step that a page takes needs the person who takes it to be an administrator still, once it
holds its locks. The administrators are locked first, in the order of their ids, so that two of them
cannot remove each other at once, and there is always one left.
"""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.account_log import AccountEvent, log_account_change
from booking.accounts.account_mail import AccountMailKind, queue_account_mail
from booking.accounts.factors import remove_factors
from booking.accounts.invitations import withdraw_invitations_by
from booking.accounts.membership_service import (
    hand_over_work,
    membership_with,
    set_membership_role,
)
from booking.accounts.models import Person, SignIn
from booking.accounts.reset_service import RESET_LASTS
from booking.accounts.role_service import check_coordinators_stay
from booking.accounts.second_factor_duty import acts_as_admin
from booking.accounts.service import delete_links, make_link, normal_email
from booking.accounts.sign_in_service import end_sign_ins
from booking.audit.recording import record
from booking.db.transactions import retried, writing
from booking.errors import Conflict, Forbidden, Invalid, NotFound
from booking.extensions import db
from booking.rules.audit_events import Event
from booking.rules.erasure import is_erased
from booking.rules.visibility import Account, MembershipRole


@retried
def change_active(account: Account, key: str, active: bool, why: str) -> str:
    """Activate an account or deactivate it, as an administrator; returns the person's name.

    Deactivating ends their sign-ins, unused links and invitations to others; their open requests go
    to a colleague.

    Raises:
        NotFound: nobody has this key.
        Forbidden: the person who acts is no administrator any more.
        Conflict: `already`, when somebody was faster; `yourself`; `last_admin`;
            `last_coordinator` of a cluster.
    """
    with writing() as now:
        admins = _acting_admins(account)
        person = _person(key)
        if person.is_active == active:
            raise Conflict("already")
        if person.id == account.person_id:
            raise Conflict("yourself")
        apply_active(person, active, now, admins, actor_id=account.person_id, why=why)
        return person.name


@retried
def change_admin(account: Account, key: str, is_admin: bool, why: str) -> str:
    """Give somebody the role of administrator or take it away; returns their name.

    Raises:
        NotFound: nobody has this key.
        Forbidden: the person who acts is no administrator any more.
        Conflict: `already`, when somebody was faster; `deactivated`; `last_admin`.
    """
    with writing() as now:
        admins = _acting_admins(account)
        person = _person(key)
        if person.is_admin == is_admin:
            raise Conflict("already")
        if is_admin and not person.is_active:
            raise Conflict("deactivated")
        apply_admin(person, is_admin, now, admins, actor_id=account.person_id, why=why)
        return person.name


@retried
def sign_out_everywhere(account: Account, key: str, why: str) -> str:
    """End all sign-ins of a person, as an administrator; returns their name.

    Raises:
        NotFound: nobody has this key.
        Forbidden: the person who acts is no administrator any more.
        Conflict: `already`, when they are signed in nowhere.
    """
    with writing() as now:
        _acting_admins(account)
        person = _person(key)
        if not db.session.scalar(sa.select(SignIn.person_id).where(SignIn.person_id == person.id)):
            raise Conflict("already")
        end_sign_ins(person.id)
        record(Event.SIGN_INS_ENDED, now=now, actor=account.person_id, person=person.id, why=why)
        return person.name


@retried
def remove_second_factors(account: Account, key: str, why: str) -> str:
    """Remove all second factors of somebody who has lost them; returns their name.

    They are signed out and told by mail, and sign in with their password alone until they add one.

    Raises:
        NotFound: nobody has this key.
        Forbidden: the person who acts is no administrator any more.
        Conflict: `already`, when they have none; `yourself`.
    """
    with writing() as now:
        _acting_admins(account)
        person = _person(key)
        if person.id == account.person_id:
            raise Conflict("yourself")
        try:
            remove_factors(person, now, actor_id=account.person_id, why=why)
        except NotFound as error:
            raise Conflict("already") from error
        return person.name


@retried
def renew_link(account: Account, key: str, why: str, *, by_mail: bool) -> tuple[str, str | None]:
    """Let somebody choose a password by a new one-time link, as an administrator.

    Who has a password gets a link of half an hour by mail, as if they had asked for it themselves;
    who has none, one of seven days, which replaces the earlier one. Returns the person's name, and
    the token of the link where the site sends no mail, else None.

    Raises:
        NotFound: nobody has this key.
        Forbidden: the person who acts is no administrator any more.
        Conflict: `deactivated`; `no_mail`, when they have a password and the site sends no mail.
    """
    with writing() as now:
        _acting_admins(account)
        person = _person(key)
        if not person.is_active:
            raise Conflict("deactivated")
        if person.password_hash is not None and not by_mail:
            raise Conflict("no_mail")
        record(
            Event.PASSWORD_LINK_MADE, now=now, actor=account.person_id, person=person.id, why=why
        )
        if person.password_hash is not None:
            queue_account_mail(AccountMailKind.RESET, person.email, now, fresh_for=RESET_LASTS)
            return person.name, None
        if not by_mail:
            return person.name, make_link(person, now)
        delete_links(person.id)
        queue_account_mail(AccountMailKind.WELCOME, person.email, now, person_id=person.id)
        return person.name, None


@retried
def make_manager(account: Account, key: str, why: str) -> tuple[str, str]:
    """Make somebody a manager of an organisation for which they work, as an administrator.

    `key` is that of the membership. Returns the names of the person and of the organisation.

    Raises:
        NotFound: no membership that has not ended has this key.
        Forbidden: the person who acts is no administrator any more.
        Conflict: `already`, when they manage it; `deactivated`.
    """
    with writing() as now:
        _acting_admins(account)
        membership = membership_with(key)
        if membership is None:
            raise NotFound("membership")
        if membership.role == MembershipRole.MANAGER:
            raise Conflict("already")
        if not membership.person.is_active:
            raise Conflict("deactivated")
        set_membership_role(
            membership, MembershipRole.MANAGER, now, actor_id=account.person_id, why=why
        )
        return membership.person.name, membership.organisation.name


@retried
def make_first_admin(email: str, name: str, *, by_mail: bool) -> str | None:
    """Make the first administrator of a site, and return the token of their one-time link.

    `by_mail`: the link is mailed, and None comes back.

    Raises:
        Conflict: `admin_exists`, when there is an active administrator.
        Invalid: `email` is `taken`.
    """
    email = normal_email(email)
    with writing() as now:
        if db.session.get_bind().dialect.name == "postgresql":
            # There may be no row yet that a second one could wait for.
            db.session.execute(sa.text("LOCK TABLE person IN SHARE ROW EXCLUSIVE MODE"))
        if locked_admins():
            raise Conflict("admin_exists")
        if db.session.scalar(sa.select(Person.id).where(Person.email == email)):
            raise Invalid("email", "taken")
        person = Person(email=email, name=name, is_admin=True, created_at=now)
        db.session.add(person)
        db.session.flush()
        log_account_change(AccountEvent.JOINED, person, now, actor_id=None)
        record(Event.ADMIN_NAMED, now=now, actor=None, person=person.id)
        if not by_mail:
            return make_link(person, now)
        queue_account_mail(AccountMailKind.WELCOME, email, now, person_id=person.id)
        return None


def locked_admins(acting_id: int | None = None) -> list[int]:
    """Return the ids of the active administrators, locked. Call it inside `writing`, first.

    `acting_id` must be one of them, and not without a second factor where they need one.

    Raises:
        Forbidden: it is not.
    """
    admins = list(
        db.session.scalars(
            sa.select(Person.id)
            .where(Person.is_admin, Person.is_active)
            .order_by(Person.id)
            .with_for_update(key_share=True)
        )
    )
    if acting_id is not None and not (acting_id in admins and acts_as_admin(acting_id)):
        raise Forbidden("only administrators do this")
    return admins


def apply_active(
    person: Person,
    active: bool,
    now: datetime,
    admins: Collection[int],
    *,
    actor_id: int | None,
    why: str = "",
) -> None:
    """Activate or deactivate the account of a locked person. Call it inside `writing`.

    `admins` are the `locked_admins`; `actor_id` None is the operator.

    Raises:
        Conflict: `last_admin`, when the person is the only administrator; `last_coordinator` of a
            cluster.
    """
    if not active:
        _refuse_last_admin(person, admins)
        if person.is_active:
            check_coordinators_stay(person)
        delete_links(person.id)
    person.is_active = active
    end_sign_ins(person.id)
    db.session.flush()
    record(
        Event.ACCOUNT_ACTIVATED if active else Event.ACCOUNT_DEACTIVATED,
        now=now,
        actor=actor_id,
        person=person.id,
        why=why,
    )
    if not active:
        hand_over_work(person, now, actor_id=actor_id)
        withdraw_invitations_by(person.id, now)


def apply_admin(
    person: Person,
    is_admin: bool,
    now: datetime,
    admins: Collection[int],
    *,
    actor_id: int | None,
    why: str = "",
) -> None:
    """Give or take away the role of administrator of a locked person. Call it inside `writing`.

    `admins` are the `locked_admins`; `actor_id` None is the operator.

    Raises:
        Conflict: `last_admin`, when the person is the only administrator.
    """
    if not is_admin:
        _refuse_last_admin(person, admins)
    person.is_admin = is_admin
    end_sign_ins(person.id)
    record(
        Event.ADMIN_NAMED if is_admin else Event.ADMIN_REMOVED,
        now=now,
        actor=actor_id,
        person=person.id,
        why=why,
    )


def _refuse_last_admin(person: Person, admins: Collection[int]) -> None:
    if person.id in admins and len(admins) == 1:
        raise Conflict("last_admin")


def check_still_admin(account: Account) -> None:
    """Check that the person who acts is an administrator still. Call it first inside `writing`.

    Raises:
        Forbidden: they are none any more.
    """
    _acting_admins(account)


def _acting_admins(account: Account) -> list[int]:
    """Return the `locked_admins`, among whom the person who acts must be."""
    return locked_admins(account.person_id)


def acting_admin_id(actor: Account | None) -> int | None:
    """Return the id of the administrator who acts, None for the operator; see `_acting_admins`."""
    if actor is None:
        return None
    _acting_admins(actor)
    return actor.person_id


def _person(key: str) -> Person:
    person = db.session.scalar(
        sa.select(Person)
        .where(Person.key == key)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if person is None or not key or is_erased(person.email):
        raise NotFound("person")
    return person
