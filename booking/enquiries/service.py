"""Asking about a facility before any dates are requested, and answering."""

from datetime import datetime, timedelta
from random import SystemRandom

import sqlalchemy as sa
from blinker import Signal

from booking.accounts.organisations import lock_organisations
from booking.accounts.queries import account_now
from booking.db.rules_number import hold_rules
from booking.db.transactions import retried, writing, writing_by_rules
from booking.enquiries.deciding import EnquiryDeciders
from booking.enquiries.models import Enquiry, EnquiryMessage
from booking.enquiries.queries import find_enquiry
from booking.errors import Busy, Forbidden, Invalid, NotFound
from booking.extensions import db
from booking.messages.service import HOUR, MOST_AN_HOUR, TooManyMessages
from booking.rules.lifecycle import Side
from booking.rules.references import new_reference
from booking.rules.routing import Deciders
from booking.rules.visibility import Account, may_write_as

#: About so many facilities can one organisation begin to ask within a day.
MOST_A_DAY = 10
DAY = timedelta(days=1)
_RANDOM = SystemRandom()

#: Sent with `message`, `enquiry`, `deciders` and `now` inside the transaction of the message.
#: Listeners write the notices; an error in one of them undoes it.
enquiry_written = Signal()


class TooManyEnquiries(Busy):
    """The organisation has begun to ask about as many facilities as it can in a day."""


@retried
def ask(account: Account, facility_id: int, text: str) -> str:
    """Ask about a facility on behalf of one's organisation; returns the reference.

    If the organisation has asked about this facility before, the message goes on with that.

    Raises:
        NotFound: there is no such facility.
        Forbidden: the person works for no organisation.
        Invalid: `text` `missing`, or `nobody_answers`: nobody decides on the facility.
        TooManyEnquiries, TooManyMessages: a limit is reached.
    """
    if not text.strip():
        raise Invalid("text", "missing")
    with writing(facility_id) as now:
        if account.organisation_id is None:
            raise Forbidden("enquiry")
        # The limit holds across trees, so colleagues who ask elsewhere wait here. Who changes who
        # works there locks the organisation and then the rules, so it is locked before them.
        lock_organisations([account.organisation_id])
        hold_rules()
        organisation_id = account_now(account).viewer.organisation_id
        if organisation_id is None:
            raise Forbidden("enquiry")
        enquiry = db.session.scalar(
            sa.select(Enquiry)
            .where(Enquiry.organisation_id == organisation_id, Enquiry.facility_id == facility_id)
            .execution_options(populate_existing=True)
        )
        asked_by_id = account.person_id if enquiry is None else enquiry.asked_by_id
        deciders = EnquiryDeciders([facility_id], now).of(facility_id, organisation_id, asked_by_id)
        if not deciders.all:
            raise Invalid("text", "nobody_answers")
        if enquiry is None:
            if _begun_since(organisation_id, now - DAY) >= MOST_A_DAY:
                raise TooManyEnquiries
            enquiry = Enquiry(
                reference=_unused_reference(),
                facility_id=facility_id,
                organisation_id=organisation_id,
                asked_by_id=account.person_id,
                asked_at=now,
                last_message_at=now,
                is_answered=False,
            )
            db.session.add(enquiry)
            db.session.flush()
        _write(account, Side.REQUESTER, enquiry, text, deciders, now)
        return enquiry.reference


@retried
def write_on(account: Account, side: Side, reference: str, text: str) -> None:
    """Write a further message of this side in an enquiry.

    Raises:
        NotFound: the person may not write on this side, or there is no such enquiry.
        Invalid: `text` `missing`.
        TooManyMessages: this side has written `MOST_AN_HOUR` within the hour.
    """
    if not text.strip():
        raise Invalid("text", "missing")
    facility_id = find_enquiry(reference).facility_id
    with writing_by_rules(facility_id) as now:
        enquiry = find_enquiry(reference)
        deciders = EnquiryDeciders([facility_id], now).of(
            facility_id, enquiry.organisation_id, enquiry.asked_by_id
        )
        viewer = account_now(account).viewer
        if not may_write_as(side, viewer, enquiry.organisation_id, None, deciders):
            raise NotFound("enquiry")
        _write(account, side, enquiry, text, deciders, now)


def _write(
    account: Account, side: Side, enquiry: Enquiry, text: str, deciders: Deciders, now: datetime
) -> None:
    """Add a message and tell the other side; sent a second time, it is written once."""
    latest = db.session.execute(
        sa.select(EnquiryMessage.text, EnquiryMessage.author_id, EnquiryMessage.side)
        .where(EnquiryMessage.enquiry_id == enquiry.id)
        .order_by(EnquiryMessage.id.desc())
        .limit(1)
    ).first()
    if latest is not None and tuple(latest) == (text, account.person_id, side):
        return
    if _written_since(enquiry.id, side, now - HOUR) >= MOST_AN_HOUR:
        raise TooManyMessages
    message = EnquiryMessage(
        enquiry_id=enquiry.id, at=now, author_id=account.person_id, side=side, text=text
    )
    db.session.add(message)
    enquiry.last_message_at = now
    enquiry.is_answered = side is Side.OWNER
    db.session.flush()
    enquiry_written.send(None, message=message, enquiry=enquiry, deciders=deciders, now=now)


def _begun_since(organisation_id: int, since: datetime) -> int:
    query = sa.select(sa.func.count()).where(
        Enquiry.organisation_id == organisation_id, Enquiry.asked_at > since
    )
    return db.session.scalar(query) or 0


def _written_since(enquiry_id: int, side: Side, since: datetime) -> int:
    query = sa.select(sa.func.count()).where(
        EnquiryMessage.enquiry_id == enquiry_id,
        EnquiryMessage.side == side,
        EnquiryMessage.at > since,
    )
    return db.session.scalar(query) or 0


def _unused_reference() -> str:
    while True:
        reference = new_reference(_RANDOM)
        if not db.session.scalar(sa.select(Enquiry.id).where(Enquiry.reference == reference)):
            return reference
