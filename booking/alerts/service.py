"""Asking to be told when a taken time becomes free, and taking that back."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.queries import account_now
from booking.accounts.service import locked
from booking.alerts.models import FreeTimeAlert
from booking.availability.checks import check_context, refusals_for_requester
from booking.db.rules_number import hold_rules
from booking.db.transactions import retried, writing
from booking.errors import Busy, Conflict, Forbidden, NotFound
from booking.extensions import db
from booking.rules.slots import Slot
from booking.rules.terms import RequestedDate
from booking.rules.visibility import Account
from booking.rules.waiting_list import taken_dates

#: So many times at most can one person wait to hear about.
MOST_ALERTS = 20


class TooManyAlerts(Busy):
    """The person waits to hear about as many times as they can."""


@dataclass(frozen=True)
class NewAlert:
    """Times of a facility of which somebody wants to be told.

    Each takes the whole facility (`whole`), or `places` own places.
    """

    facility_id: int
    slots: tuple[Slot, ...]
    whole: bool
    places: int


@retried
def ask_to_be_told(account: Account, alert: NewAlert) -> Sequence[Slot]:
    """Note that a person wants to be told when taken times become free; returns these times.

    What is free is left out, and what the person has asked for before is not noted again.

    Raises:
        Forbidden: the person works for no organisation, so could not request them.
        NotFound: there is no such facility.
        Conflict: `not_taken`, when none of them is taken by others, or something else is wrong.
        TooManyAlerts: the person waits to hear about `MOST_ALERTS` times with these.
    """
    with writing(alert.facility_id) as now:
        # The limit holds across trees. Who leaves locks the person before the rules, too.
        locked(account.person_id)
        hold_rules()
        viewer = account_now(account).viewer
        if viewer.organisation_id is None:
            raise Forbidden("alert")
        facts = check_context(
            alert.facility_id,
            alert.slots,
            now,
            whole=alert.whole,
            organisation_id=viewer.organisation_id,
            viewer=viewer,
        )
        dates = [RequestedDate(slot, alert.places, alert.whole, None) for slot in alert.slots]
        refusals = refusals_for_requester(facts, dates, now, viewer)
        taken = [alert.slots[index] for index in sorted(taken_dates(refusals))]
        if not taken:
            raise Conflict("not_taken")
        known = _known(account.person_id, now)
        new = [
            slot
            for slot in dict.fromkeys(taken)
            if (alert.facility_id, slot, alert.whole, alert.places) not in known
        ]
        if len(known) + len(new) > MOST_ALERTS:
            raise TooManyAlerts
        db.session.add_all(
            FreeTimeAlert(
                key=secrets.token_hex(16),
                person_id=account.person_id,
                organisation_id=viewer.organisation_id,
                facility_id=alert.facility_id,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                whole=alert.whole,
                places=alert.places,
                asked_at=now,
            )
            for slot in new
        )
        return taken


def _known(person_id: int, now: datetime) -> set[tuple[int, Slot, bool, int]]:
    """Return what a person waits to hear about, each facility, time and extent once."""
    rows = db.session.scalars(
        sa.select(FreeTimeAlert).where(
            FreeTimeAlert.person_id == person_id,
            FreeTimeAlert.told_at.is_(None),
            FreeTimeAlert.starts_at > now,
        )
    )
    return {
        (row.facility_id, Slot(row.starts_at, row.ends_at), row.whole, row.places) for row in rows
    }


@retried
def remove_alert(account: Account, key: str) -> None:
    """Forget a time of which the person has not been told yet.

    Raises:
        NotFound: there is none of this key, it is another person's, or they were told.
    """
    with writing():
        removed = db.session.execute(
            sa.delete(FreeTimeAlert).where(
                FreeTimeAlert.key == key,
                FreeTimeAlert.person_id == account.person_id,
                FreeTimeAlert.told_at.is_(None),
            )
        )
        if not removed.rowcount:  # type: ignore[attr-defined]  # a CursorResult
            raise NotFound("alert")
