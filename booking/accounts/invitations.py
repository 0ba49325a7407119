"""How invitations to work for an organisation end."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from booking.accounts.models import MembershipInvitation
from booking.extensions import db


class Ending(StrEnum):
    """How an invitation ended."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


def end_invitations(organisation_id: int, email: str, ending: Ending, now: datetime) -> None:
    """End what still waits for this address in an organisation. Part of the caller's transaction.

    So nobody who was removed comes back by a link that they had not used.
    """
    db.session.execute(
        sa.update(MembershipInvitation)
        .where(
            MembershipInvitation.organisation_id == organisation_id,
            MembershipInvitation.email == email,
            MembershipInvitation.ended_at.is_(None),
        )
        .values(ended_at=now, ending=ending)
    )


def withdraw_invitations_by(
    person_id: int, now: datetime, *, organisation_id: int | None = None
) -> None:
    """Withdraw what somebody has sent and what still waits; `organisation_id` None: everywhere.

    So nobody who does not manage an organisation any more comes back by an invitation of their own,
    or brings others in. Part of the caller's transaction.
    """
    wanted = sa.update(MembershipInvitation).where(
        MembershipInvitation.invited_by_id == person_id, MembershipInvitation.ended_at.is_(None)
    )
    if organisation_id is not None:
        wanted = wanted.where(MembershipInvitation.organisation_id == organisation_id)
    db.session.execute(wanted.values(ended_at=now, ending=Ending.WITHDRAWN))
