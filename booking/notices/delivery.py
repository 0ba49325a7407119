"""Adding notices, each with the mail that its person chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from booking.extensions import db
from booking.notices.choices import digest_zones
from booking.notices.models import Notice
from booking.rules.lifecycle import Audience, Event
from booking.rules.updates import (
    DEFAULT_CHOICE,
    DIGEST_FRESH_FOR,
    FRESH_FOR,
    Choice,
    Delivery,
    UpdateKind,
    kind_of,
    next_digest,
)


@dataclass(frozen=True)
class NewNotice:
    """A notice to add, about a line of a log, a message, a free time, the catalogue or news.

    The log is a booking's or that of accounts; `event` is None for the latter. `kind` is given for
    news alone; of all else it follows from side and event. `urgent`: it is
    mailed at once whatever its person chose. `delay`: how long a mail that goes out at once waits.
    `invited`: the person gets invitations that say the same, so no other mail goes out at once.
    """

    person_id: int
    side: Audience
    event: Event | None = None
    booking_id: int | None = None
    log_id: int | None = None
    account_log_id: int | None = None
    enquiry_message_id: int | None = None
    free_time_alert_id: int | None = None
    catalogue_event_id: int | None = None
    news_id: int | None = None
    kind: UpdateKind | None = None
    after: str | None = None
    urgent: bool = False
    delay: timedelta = timedelta()
    invited: bool = False


def add_notices(found: Sequence[NewNotice], choices: Mapping[int, Choice], now: datetime) -> None:
    """Add notices and set when they are mailed. Call it in the transaction of the change.

    `choices` are those of the people who made one. One statement, two where there is a digest.
    """
    deliveries = {
        new: Delivery.AT_ONCE
        if new.urgent
        else choices.get(new.person_id, DEFAULT_CHOICE).delivery(
            new.kind or kind_of(new.side, new.event)
        )
        for new in found
    }
    for_digest = {one.person_id for one, how in deliveries.items() if how is Delivery.DIGEST}
    zones = digest_zones(for_digest) if for_digest else {}
    rows = []
    for new, delivery in deliveries.items():
        due_at = expires_at = None
        if delivery is Delivery.AT_ONCE and not new.invited:
            due_at, expires_at = now + new.delay, now + FRESH_FOR
        elif delivery is Delivery.DIGEST:
            due_at = next_digest(now, zones[new.person_id])
            expires_at = due_at + DIGEST_FRESH_FOR
        rows.append(
            {
                "person_id": new.person_id,
                "booking_id": new.booking_id,
                "log_id": new.log_id,
                "account_log_id": new.account_log_id,
                "enquiry_message_id": new.enquiry_message_id,
                "free_time_alert_id": new.free_time_alert_id,
                "catalogue_event_id": new.catalogue_event_id,
                "news_id": new.news_id,
                "side": new.side,
                "after": new.after,
                "created_at": now,
                "mail_due_at": due_at,
                "mail_expires_at": expires_at,
                "in_digest": delivery is Delivery.DIGEST,
            }
        )
    if rows:
        # RETURNING: else a driver may send the rows one by one.
        db.session.execute(sa.insert(Notice).returning(Notice.id), rows).all()
