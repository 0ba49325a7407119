"""The queue of notices to mail, taken one mail at a time so that no two workers send the same."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.accounts.queries import account_of
from booking.bookings.models import Booking, BookingRequest
from booking.db.in_ids import in_ids
from booking.db.transactions import retried, writing
from booking.enquiries.models import Enquiry, EnquiryMessage
from booking.extensions import db
from booking.notices.choices import choice_of
from booking.notices.models import Notice
from booking.notices.queries import (
    EnquiryContent,
    NewsContent,
    NoticeContent,
    ShownNotice,
    notice_for,
)
from booking.rules.lifecycle import Event
from booking.rules.news import KINDS
from booking.rules.updates import FRESH_FOR, Choice, Delivery, kind_of
from booking.rules.visibility import Account

#: How long to wait after each try, also when the worker died while sending.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 180, 0))
MAX_TRIES = len(PAUSES)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OutgoingMail:
    """A mail that this worker, and no other, is to send now: of one notice, or a digest.

    `notice_ids` has all that it was made from, also what its reader may no longer know or has
    read; `notices` what it says, oldest first. `details`: with the titles of requests.
    `invitations`: its reader chose to get confirmed dates as invitations.
    """

    notice_ids: tuple[int, ...]
    account: Account
    created_at: datetime
    notices: tuple[ShownNotice, ...]
    is_digest: bool = False
    details: bool = False
    invitations: bool = False


@dataclass(frozen=True)
class _Taken:
    """The notices of one mail, and the newest of their instants."""

    ids: tuple[int, ...]
    person_id: int
    created_at: datetime
    is_digest: bool = False


@retried
def drop_stale() -> int:
    """Take notices that are too old to be mailed off the queue; returns how many.

    Those whose worker died at the last try are among `failed_mails` from then on.
    """
    with writing() as now:
        over = sa.and_(Notice.mail_due_at <= now, Notice.mail_tries >= MAX_TRIES)
        db.session.execute(
            sa.update(Notice).where(over).values(mail_due_at=None, mail_failed_at=now)
        )
        stale = sa.update(Notice).where(
            Notice.mail_due_at.is_not(None),
            sa.or_(
                Notice.mail_expires_at <= now,
                sa.and_(Notice.mail_expires_at.is_(None), Notice.created_at <= now - FRESH_FOR),
            ),
        )
        dropped = db.session.execute(stale.values(mail_due_at=None))
        return int(dropped.rowcount)  # type: ignore[attr-defined]  # a CursorResult


def take_next() -> OutgoingMail | None:
    """Return the next mail to send, or None when nothing is due; digests come last.

    This counts as a try: its notices are due again after the pause unless `take_off` is called.
    People who have lost their account or the right to know in the meantime get no mail.
    """
    while True:
        taken = _take() or _take_digest()
        if taken is None:
            return None
        account = account_of(taken.person_id)
        if account:
            choice = choice_of(account.person_id)
            notices, failed = _readable(account, taken, choice)
            if notices:
                return OutgoingMail(
                    taken.ids,
                    account,
                    taken.created_at,
                    notices,
                    taken.is_digest,
                    details=choice.details,
                    invitations=choice.invitations,
                )
            if failed:
                drop_or_retry(taken.ids)
                continue
        take_off(taken.ids)


def _readable(
    account: Account, taken: _Taken, choice: Choice
) -> tuple[tuple[ShownNotice, ...], bool]:
    """Return the notices that go into the mail, and whether one of them cannot be read."""
    found, failed = [], False
    for notice_id in taken.ids:
        try:
            notice = notice_for(account.viewer, notice_id)
        except Exception:  # one that cannot be read must not hold up the others
            db.session.rollback()
            log.exception("notice %d cannot be read for its mail", notice_id)
            failed = True
            continue
        if notice is None or notice.content is None:
            continue
        outdated = notice.about_booking is not None and notice.about_booking.outdated
        if not outdated and not (taken.is_digest and _unwanted(notice, choice)):
            found.append(notice)
    return tuple(found), failed


def _unwanted(notice: ShownNotice, choice: Choice) -> bool:
    content = notice.content
    if isinstance(content, NewsContent):
        return choice.delivery(KINDS[content.kind]) is Delivery.NEVER
    event = content.event if isinstance(content, NoticeContent) else None
    if isinstance(content, EnquiryContent):
        event = Event.MESSAGE
    return choice.delivery(kind_of(notice.audience, event)) is Delivery.NEVER


@retried
def _take() -> _Taken | None:
    with writing() as now:
        notice = db.session.scalar(
            sa.select(Notice)
            .where(*_due(now), sa.not_(Notice.in_digest))
            .order_by(Notice.mail_due_at, Notice.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if notice is None:
            return None
        notice.mail_due_at = now + PAUSES[notice.mail_tries]
        notice.mail_tries += 1
        return _Taken((notice.id,), notice.person_id, notice.created_at)


@retried
def _take_digest() -> _Taken | None:
    """Take the notices of one person's digest: all that are due, or at a further try the same.

    So a digest that is sent twice says the same each time. What its person has read meanwhile
    is left out of it.
    """
    with writing() as now:
        while True:
            next_one = db.session.execute(
                sa.select(Notice.person_id)
                .where(*_due(now), Notice.in_digest)
                .order_by(Notice.mail_due_at, Notice.id)
                .limit(1)
            ).first()
            if next_one is None:
                return None
            person_id = next_one.person_id
            # Other workers who want the same digest wait here.
            db.session.execute(
                sa.select(Person.id).where(Person.id == person_id).with_for_update(key_share=True)
            )
            due = db.session.scalars(
                sa.select(Notice)
                .where(*_due(now), Notice.in_digest, Notice.person_id == person_id)
                .order_by(Notice.mail_due_at, Notice.id)
                .execution_options(populate_existing=True)
            ).all()
            if due:
                break
        first = due[0]
        group = [
            notice
            for notice in due
            if notice.mail_tries == first.mail_tries
            and (first.mail_tries == 0 or notice.mail_due_at == first.mail_due_at)
        ]
        for notice in group:
            notice.mail_due_at = now + PAUSES[first.mail_tries]
            notice.mail_tries += 1
        if first.mail_tries == 1:
            read = [notice for notice in group if notice.read_at is not None]
            for notice in read:
                notice.mail_due_at = None
            group = [notice for notice in group if notice.read_at is None]
        return _Taken(
            tuple(notice.id for notice in group),
            person_id,
            max((notice.created_at for notice in group), default=now),
            is_digest=True,
        )


def _due(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return Notice.mail_due_at <= now, Notice.mail_tries < MAX_TRIES


@retried
def take_off(notice_ids: Iterable[int]) -> None:
    """Take the notices of a mail off the queue: it is sent, or will not be."""
    with writing():
        db.session.execute(
            sa.update(Notice).where(in_ids(Notice.id, notice_ids)).values(mail_due_at=None)
        )


@retried
def drop_or_retry(notice_ids: Iterable[int]) -> bool:
    """Leave the notices of a mail for the next try, or take them off the queue after the last.

    Returns whether they were taken off; then they are among `failed_mails`.
    """
    with writing() as now:
        dropped = db.session.execute(
            sa.update(Notice)
            .where(in_ids(Notice.id, notice_ids), Notice.mail_tries >= MAX_TRIES)
            .values(mail_due_at=None, mail_failed_at=now)
        )
        return bool(dropped.rowcount)  # type: ignore[attr-defined]  # a CursorResult


@dataclass(frozen=True)
class FailedMail:
    """A notice whose mail failed at the last try; `reference` None: it is about an account."""

    notice_id: int
    email: str
    reference: str | None
    failed_at: datetime


def failed_mails() -> list[FailedMail]:
    """Return the notices whose mail was given up, the oldest first. One statement."""
    rows = db.session.execute(
        sa.select(
            Notice.id,
            Person.email,
            sa.func.coalesce(BookingRequest.reference, Enquiry.reference).label("reference"),
            Notice.mail_failed_at,
        )
        .join(Person, Person.id == Notice.person_id)
        .outerjoin(Booking, Booking.id == Notice.booking_id)
        .outerjoin(BookingRequest, BookingRequest.id == Booking.request_id)
        .outerjoin(EnquiryMessage, EnquiryMessage.id == Notice.enquiry_message_id)
        .outerjoin(Enquiry, Enquiry.id == EnquiryMessage.enquiry_id)
        .where(Notice.mail_failed_at.is_not(None))
        .order_by(Notice.mail_failed_at, Notice.id)
    )
    return [
        FailedMail(row.id, row.email, row.reference, cast("datetime", row.mail_failed_at))
        for row in rows
    ]
