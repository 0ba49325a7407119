"""What an organisation wants on its invoices: its reference, and who gets them."""

import hashlib
import json
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from booking.accounts.invitation_service import managed
from booking.accounts.models import Organisation
from booking.audit.recording import record
from booking.db.transactions import retried, writing
from booking.errors import Conflict
from booking.extensions import db
from booking.rules.audit_events import Event
from booking.rules.visibility import Account


@dataclass(frozen=True)
class Billing:
    """What stands on invoices unless a request says otherwise; each is empty if not stated.

    New requests begin with `reference`. `name` and `email` say who gets invoices.
    """

    reference: str = ""
    name: str = ""
    email: str = ""

    @property
    def version(self) -> str:
        """Return what differs as soon as any of it does."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:16]

    @property
    def contact(self) -> str:
        """Return name and address of who gets invoices, or the one that is stated."""
        return ", ".join(part for part in (self.name, self.email) if part)


def billing_of(organisation_id: int | None) -> Billing:
    """Return what an organisation wants on its invoices; nothing if there is none."""
    if organisation_id is None:
        return Billing()
    row = db.session.execute(
        sa.select(
            Organisation.billing_reference, Organisation.billing_name, Organisation.billing_email
        ).where(Organisation.id == organisation_id)
    ).first()
    return Billing(*row) if row is not None else Billing()


@retried
def change_billing(account: Account, new: Billing, expected: str) -> None:
    """Change what the organisation for which a manager acts wants on its invoices.

    The log has the reference before and after, and of the contact, who may be a person, only that
    it changed. `expected` is the version that the manager has seen.

    Raises:
        Conflict: `changed`, when somebody else has changed it since.
        Forbidden: the person does not manage it.
        NotFound: they act for none, or do not work there any more.
    """
    with writing() as now:
        organisation_id = managed(account)
        old = billing_of(organisation_id)
        if old == new:
            return
        if old.version != expected:
            raise Conflict("changed")
        db.session.execute(
            sa.update(Organisation)
            .where(Organisation.id == organisation_id)
            .values(billing_reference=new.reference, billing_name=new.name, billing_email=new.email)
        )
        is_reference = old.reference != new.reference
        record(
            Event.BILLING_CHANGED,
            now=now,
            actor=account.person_id,
            organisation=organisation_id,
            before={"billing_reference": old.reference} if is_reference else None,
            after={"billing_reference": new.reference} if is_reference else None,
        )
