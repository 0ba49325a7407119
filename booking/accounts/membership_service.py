"""Beginning and ending to work for an organisation, and switching between several."""

import logging
import secrets
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from blinker import Signal

from booking.accounts.account_log import AccountEvent, log_account_change
from booking.accounts.invitations import Ending, end_invitations, withdraw_invitations_by
from booking.accounts.memberships import CURRENT, organisation_ids_of
from booking.accounts.models import Membership, Person, SignIn
from booking.accounts.organisations import lock_organisations
from booking.accounts.sign_in_service import begin_sign_in, end_sign_ins, proof_of
from booking.accounts.tokens import hashed
from booking.audit.recording import record
from booking.db.transactions import retried, writing
from booking.errors import Conflict, Forbidden, NotFound
from booking.extensions import db
from booking.rules.audit_events import Event
from booking.rules.visibility import Account, MembershipRole

#: Sent with `membership`, `heir_id` (None: nobody is left), `actor_id` and `now`, inside the
#: transaction that ends the membership. Listeners end what belongs to it and hand over what stays.
membership_ended = Signal()

#: Sent with the same, inside the transaction that deactivates somebody's account. The membership
#: goes on; what is open of theirs is handed over as well.
member_deactivated = Signal()

log = logging.getLogger(__name__)


def begin_membership(
    person: Person,
    organisation_id: int,
    role: MembershipRole,
    now: datetime,
    *,
    actor_id: int | None,
) -> Membership:
    """Let a person work for an organisation, log it, and tell everybody else who works there.

    It answers an invitation that waits for them there.
    `actor_id` None is the operator. Call it inside `writing`, with the organisation locked; the
    person must have an id and must not work there yet.
    """
    membership = Membership(
        key=secrets.token_hex(16),
        person_id=person.id,
        organisation_id=organisation_id,
        role=role,
        since=now,
    )
    db.session.add(membership)
    db.session.flush()
    end_invitations(organisation_id, person.email, Ending.ACCEPTED, now)
    log_account_change(
        AccountEvent.JOINED, person, now, actor_id=actor_id, organisation_id=organisation_id
    )
    if role is MembershipRole.MANAGER:
        record(
            Event.MANAGER_NAMED,
            now=now,
            actor=actor_id,
            person=person.id,
            organisation=organisation_id,
        )
    return membership


def current_membership(person_id: int, organisation_id: int) -> Membership | None:
    """Return the membership of a person in an organisation, None if there is none.

    The organisation is locked. Call it inside `writing`.
    """
    lock_organisations([organisation_id])
    return db.session.scalar(
        sa.select(Membership)
        .where(
            Membership.person_id == person_id,
            Membership.organisation_id == organisation_id,
            CURRENT,
        )
        .execution_options(populate_existing=True)
    )


def membership_with(key: str) -> Membership | None:
    """Return the membership with this key, None if there is none that has not ended.

    Its organisation is locked. Call it inside `writing`.
    """
    organisation_id = db.session.scalar(
        sa.select(Membership.organisation_id).where(Membership.key == key, CURRENT)
    )
    if organisation_id is None:
        return None
    lock_organisations([organisation_id])
    return db.session.scalar(
        sa.select(Membership)
        .where(Membership.key == key, Membership.organisation_id == organisation_id, CURRENT)
        .execution_options(populate_existing=True)
    )


def end_membership(membership: Membership, now: datetime, *, actor_id: int | None) -> None:
    """End that a person works for an organisation: with it their sign-ins, feeds and rights there.

    Invitations that they sent for it are withdrawn. The organisation's bookings stay. What is open
    of the person's goes to the manager, else to who has worked there longest, who is told. Call it
    inside `writing`, with the organisation locked.

    Raises:
        Conflict: `last_manager`, when others work there and nobody else manages it.
    """
    others, managers = _others(membership)
    person = db.session.get_one(Person, membership.person_id)
    end_invitations(membership.organisation_id, person.email, Ending.WITHDRAWN, now)
    withdraw_invitations_by(person.id, now, organisation_id=membership.organisation_id)
    heir_id = _heir_id(others, managers)
    membership.until = now
    membership.chosen = False
    db.session.flush()
    end_sign_ins(membership.person_id)
    membership_ended.send(None, membership=membership, heir_id=heir_id, actor_id=actor_id, now=now)
    log_account_change(
        AccountEvent.LEFT,
        person,
        now,
        actor_id=actor_id,
        organisation_id=membership.organisation_id,
        told_ids=[
            one for one in (membership.person_id, heir_id) if one is not None and one != actor_id
        ],
    )
    log.info(
        "person %s works for organisation %s no more, ended by person %s",
        membership.person_id,
        membership.organisation_id,
        actor_id,
    )


def memberships_to_end(person_id: int) -> Sequence[Membership]:
    """Return the memberships of a locked person; their organisations are locked.

    Call it inside `writing`.
    """
    lock_organisations(organisation_ids_of(person_id))
    return db.session.scalars(
        sa.select(Membership)
        .where(Membership.person_id == person_id, CURRENT)
        .order_by(Membership.id)
        .execution_options(populate_existing=True)
    ).all()


def hand_over_work(person: Person, now: datetime, *, actor_id: int | None) -> None:
    """Hand over what is open of somebody whose account is deactivated, in each organisation.

    It goes to the same colleagues as when they leave, who are told; the memberships go on. Call it
    inside `writing`.
    """
    for membership in memberships_to_end(person.id):
        heir_id = _heir_id(*_colleagues(membership))
        if heir_id is None:
            continue
        answers = member_deactivated.send(
            None, membership=membership, heir_id=heir_id, actor_id=actor_id, now=now
        )
        if any(handed_over for _, handed_over in answers):
            log_account_change(
                AccountEvent.DEACTIVATED,
                person,
                now,
                actor_id=actor_id,
                organisation_id=membership.organisation_id,
                told_ids=[heir_id],
            )


@retried
def remove_member(account: Account, key: str) -> str:
    """End that somebody works for the organisation for which a manager acts; returns their name.

    Raises:
        NotFound: `key` is of nobody else who works there.
        Forbidden: the person does not manage it.
    """
    with writing() as now:
        membership = _of_colleague(account, key)
        if membership.person_id == account.person_id:
            raise NotFound("membership")  # they leave, on their own page
        end_membership(membership, now, actor_id=account.person_id)
        return membership.person.name


@retried
def change_role(account: Account, key: str, role: MembershipRole) -> str:
    """Make somebody a manager of the organisation for which a manager acts, or a member again.

    Returns their name.

    Raises:
        NotFound: `key` is of nobody who works there.
        Forbidden: the person does not manage it.
        Conflict: `last_manager`, when they are the only one while others work there.
    """
    with writing() as now:
        membership = _of_colleague(account, key)
        if membership.role != role:
            set_membership_role(membership, role, now, actor_id=account.person_id)
        return membership.person.name


def _of_colleague(account: Account, key: str) -> Membership:
    """Return a membership in the organisation for which a manager acts, which is locked."""
    if account.organisation_id is None:
        raise NotFound("organisation")
    lock_organisations([account.organisation_id])
    found = db.session.scalars(
        sa.select(Membership)
        .where(
            Membership.organisation_id == account.organisation_id,
            sa.or_(Membership.key == key, Membership.person_id == account.person_id),
            CURRENT,
        )
        .order_by(Membership.id)
        .execution_options(populate_existing=True)
    ).all()
    own = next((one for one in found if one.person_id == account.person_id), None)
    wanted = next((one for one in found if one.key == key), None)
    if own is None or wanted is None:
        raise NotFound("membership")
    if own.role != MembershipRole.MANAGER:
        raise Forbidden("only managers change who works there")
    return wanted


def set_membership_role(
    membership: Membership,
    role: MembershipRole,
    now: datetime,
    *,
    actor_id: int | None,
    why: str = "",
) -> None:
    """Make somebody a manager, or a member again; log it and tell them.

    Call it inside `writing`, with the organisation locked.

    Who is a member again has no invitations out any more.

    Raises:
        Conflict: `last_manager`, when nobody else manages it.
    """
    if role is not MembershipRole.MANAGER and not _others(membership)[1]:
        raise Conflict("last_manager")
    membership.role = role
    is_manager = role is MembershipRole.MANAGER
    if not is_manager:
        withdraw_invitations_by(
            membership.person_id, now, organisation_id=membership.organisation_id
        )
    log_account_change(
        AccountEvent.MANAGER_NAMED if is_manager else AccountEvent.MANAGER_REMOVED,
        membership.person,
        now,
        actor_id=actor_id,
        organisation_id=membership.organisation_id,
        told_ids=[] if actor_id == membership.person_id else [membership.person_id],
        why=why,
    )


def _heir_id(others: list[Membership], managers: list[Membership]) -> int | None:
    """Return who looks after what somebody leaves: a manager, else who has worked there longest."""
    heirs = managers or others
    return heirs[0].person_id if heirs else None


def _others(membership: Membership) -> tuple[list[Membership], list[Membership]]:
    """Return what `_colleagues` does.

    Raises:
        Conflict: `last_manager`, when this one is the only manager of others.
    """
    others, managers = _colleagues(membership)
    if others and not managers and membership.role == MembershipRole.MANAGER:
        raise Conflict("last_manager")
    return others, managers


def _colleagues(membership: Membership) -> tuple[list[Membership], list[Membership]]:
    """Return the other memberships of active people and those of managers, the longest first.

    They change only under the lock of the organisation, which the caller holds.
    """
    others = list(
        db.session.scalars(
            sa.select(Membership)
            .join(Person, Person.id == Membership.person_id)
            .where(
                Membership.organisation_id == membership.organisation_id,
                Membership.id != membership.id,
                CURRENT,
                Person.is_active,
            )
            .order_by(Membership.id)
            .execution_options(populate_existing=True)
        )
    )
    return others, [one for one in others if one.role == MembershipRole.MANAGER]


@retried
def switch_organisation(person_id: int, sign_in_token: str, key: str) -> str:
    """Let a person act for another organisation for which they work; returns its name.

    It holds for this browser, and for where they sign in from now on.

    Raises:
        NotFound: `key` is of no membership of theirs, or the sign-in has ended.
    """
    with writing():
        memberships = db.session.scalars(
            sa.select(Membership)
            .where(Membership.person_id == person_id, CURRENT)
            .order_by(Membership.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()
        sign_in = db.session.get(SignIn, hashed(sign_in_token))
        wanted = next((one for one in memberships if one.key == key), None)
        if wanted is None or sign_in is None or sign_in.person_id != person_id:
            raise NotFound("membership")
        for one in memberships:
            one.chosen = one is wanted
        sign_in.organisation_id = wanted.organisation_id
        return wanted.organisation.name


@retried
def leave(person_id: int, key: str, browser: str, token: str = "") -> str:
    """End that a person works for an organisation, by their own wish.

    All of their sign-ins end. Returns the token of a new one, which is as good a proof of who they
    are as that of `token`, the present one.

    Raises:
        NotFound: `key` is of no membership of theirs.
        Conflict: `last_manager`, when others work there and nobody else manages it.
    """
    with writing() as now:
        person = db.session.get_one(
            Person, person_id, with_for_update={"key_share": True}, populate_existing=True
        )
        membership = membership_with(key)
        if membership is None or membership.person_id != person_id or not person.is_active:
            raise NotFound("membership")
        proof = proof_of(person_id, token)
        end_membership(membership, now, actor_id=person_id)
        return begin_sign_in(person, browser, now, proof)
