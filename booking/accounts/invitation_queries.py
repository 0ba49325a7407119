"""Reading invitations to work for an organisation: its managers' list, and what a link opens."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from booking.accounts.invitations import Ending
from booking.accounts.models import MembershipInvitation, Organisation, Person
from booking.accounts.tokens import hashed
from booking.db import clock
from booking.extensions import db

#: How long an invitation that was declined stays in the list.
DECLINED_SHOWN = timedelta(days=30)


@dataclass(frozen=True)
class InvitationLine:
    """One invitation, as the organisation's managers see it."""

    key: str
    email: str
    invited_by: str
    sent_at: datetime
    expires_at: datetime
    is_expired: bool
    is_declined: bool


def invitations_of(organisation_id: int, now: datetime) -> list[InvitationLine]:
    """Return the invitations that wait for an answer or were declined of late, newest first."""
    rows = db.session.execute(
        sa.select(MembershipInvitation, Person.name)
        .join(Person, Person.id == MembershipInvitation.invited_by_id)
        .where(
            MembershipInvitation.organisation_id == organisation_id,
            sa.or_(
                MembershipInvitation.ended_at.is_(None),
                sa.and_(
                    MembershipInvitation.ending == Ending.DECLINED,
                    MembershipInvitation.ended_at > now - DECLINED_SHOWN,
                ),
            ),
        )
        .order_by(MembershipInvitation.sent_at.desc(), MembershipInvitation.id.desc())
    )
    return [
        InvitationLine(
            key=one.key,
            email=one.email,
            invited_by=name,
            sent_at=one.sent_at,
            expires_at=one.expires_at,
            is_expired=one.ended_at is None and one.expires_at <= now,
            is_declined=one.ended_at is not None,
        )
        for one, name in rows
    ]


@dataclass(frozen=True)
class OpenInvitation:
    """What a link invites to; `person_id` is whose account has its address, None if none has."""

    organisation: str
    invited_by: str
    email: str
    name: str
    expires_at: datetime
    person_id: int | None
    is_active: bool


def find_invitation(token: str) -> OpenInvitation | None:
    """Return what a link invites to, or None if it was used, withdrawn, replaced or is too old.

    Opening a link does not use it up, as mail scanners follow links too.
    """
    inviter = sa.orm.aliased(Person)
    row = db.session.execute(
        sa.select(
            MembershipInvitation,
            Organisation.name.label("organisation"),
            inviter.name.label("inviter"),
            Person.id.label("person_id"),
            Person.is_active,
        )
        .join(Organisation, Organisation.id == MembershipInvitation.organisation_id)
        .join(inviter, inviter.id == MembershipInvitation.invited_by_id)
        .outerjoin(Person, Person.email == MembershipInvitation.email)
        .where(
            MembershipInvitation.token_hash == hashed(token),
            MembershipInvitation.ended_at.is_(None),
            MembershipInvitation.expires_at > clock.now(),
        )
    ).first()
    if row is None:
        return None
    found: MembershipInvitation = row[0]
    return OpenInvitation(
        organisation=row.organisation,
        invited_by=row.inviter,
        email=found.email,
        name=found.name,
        expires_at=found.expires_at,
        person_id=row.person_id,
        is_active=bool(row.is_active),
    )
