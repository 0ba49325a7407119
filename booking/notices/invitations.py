"""The queue of invitations to mail: one mail for each date, for the requesters who chose them.

A step of a date only says that there may be something to mail. What it is follows from the date
when the mail is taken: so nobody is invited to what was undone or cancelled meanwhile, and nobody
gets the cancellation of what they were never invited to.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.accounts.queries import account_of
from booking.bookings.models import Booking, BookingRequest, LogEntry, Occurrence
from booking.db.in_ids import in_ids
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.feeds.ical import Method
from booking.feeds.reading import FEED_UID, FeedDate, own_date
from booking.notices.choices import choice_of
from booking.notices.models import Invitation
from booking.notices.outbox import MAX_TRIES, PAUSES
from booking.rules.lifecycle import FIRM, Event, FeedStatus
from booking.rules.undoing import undoable_for
from booking.rules.updates import DEFAULT_CHOICE, FRESH_FOR, MOST_INVITATIONS, Choice
from booking.rules.visibility import Account

log = logging.getLogger(__name__)

Line = tuple[LogEntry, Booking]
#: The id of a person and the UID of an event.
Key = tuple[int, str]


@dataclass(frozen=True)
class OutgoingInvitation:
    """A mail about one date that this worker, and no other, is to send now.

    `is_change`: the reader has been invited to the date before it changed. `retry_at` is when it is
    due again unless it is sent; the row has another instant once more has happened.
    """

    id: int
    account: Account
    method: Method
    date: FeedDate
    is_change: bool
    retry_at: datetime


@dataclass(frozen=True)
class _Taken:
    id: int
    person_id: int
    event_uid: str
    in_calendar: bool
    sent_sequence: int | None
    now: datetime
    retry_at: datetime


def queue_invitations(
    lines: Sequence[Line], choices: Mapping[int, Choice], now: datetime
) -> set[tuple[int, int]]:
    """Queue what invitations are due by these lines of logs. Call it in their transaction.

    `choices` are those of the requesters. Returns which lines, as pairs (id of the line, id of the
    person), say nothing but what a person is now invited to. At most two statements more for all
    lines, none while nobody concerned chose invitations.
    """
    concerned = [
        (entry, booking.request.looked_after_by)
        for entry, booking in lines
        if entry.event == Event.STEP
        and (entry.after in FIRM or entry.before in FIRM)
        and booking.request.organisation_id is not None
        and choices.get(booking.request.looked_after_by, DEFAULT_CHOICE).invitations
    ]
    if not concerned:
        return set()
    uid_of = _event_uids([key for entry, _ in concerned for key in entry.occurrence_ids])
    rows = _rows_of({person_id for _, person_id in concerned}, uid_of.values())
    told = set()
    for entry, person_id in concerned:
        keys = [(person_id, uid_of[key]) for key in entry.occurrence_ids]
        known = [rows[key] for key in keys if key in rows]
        new = [key for key in keys if key not in rows] if entry.after in FIRM else []
        if len(new) > MOST_INVITATIONS:
            new = []
        for key in new:
            rows[key] = Invitation(person_id=key[0], event_uid=key[1])
            db.session.add(rows[key])
            known.append(rows[key])
        for row in known:
            row.mail_due_at = now + undoable_for(entry.event, entry.before, entry.after)
            row.mail_expires_at = now + FRESH_FOR
            row.mail_tries, row.mail_failed_at = 0, None
        if entry.after in FIRM and len(known) == len(keys):
            told.add((entry.id, person_id))
    return told


def _event_uids(occurrence_ids: Collection[int]) -> dict[int, str]:
    rows = db.session.execute(
        sa.select(Occurrence.id, FEED_UID.label("uid")).where(in_ids(Occurrence.id, occurrence_ids))
    )
    return {row.id: row.uid for row in rows}


def _rows_of(person_ids: Collection[int], uids: Collection[str]) -> dict[Key, Invitation]:
    rows = db.session.scalars(
        sa.select(Invitation)
        .where(Invitation.person_id.in_(person_ids), Invitation.event_uid.in_(uids))
        .order_by(Invitation.id)
        .with_for_update()  # a worker that looks for mail skips them
        .execution_options(populate_existing=True)
    )
    return {(row.person_id, row.event_uid): row for row in rows}


@retried
def drop_stale_invitations() -> int:
    """Take invitations that are too old to be mailed off the queue; returns how many.

    Those whose worker died at the last try count as failed from then on.
    """
    with writing() as now:
        over = sa.and_(Invitation.mail_due_at <= now, Invitation.mail_tries >= MAX_TRIES)
        db.session.execute(
            sa.update(Invitation).where(over).values(mail_due_at=None, mail_failed_at=now)
        )
        dropped = db.session.execute(
            sa.update(Invitation)
            .where(Invitation.mail_due_at.is_not(None), Invitation.mail_expires_at <= now)
            .values(mail_due_at=None)
        )
        return int(dropped.rowcount)  # type: ignore[attr-defined]  # a CursorResult


def take_next_invitation() -> OutgoingInvitation | None:
    """Return the next invitation to send, or None when none is due.

    This counts as a try: it is due again after the pause unless `mark_sent` is called. People who
    have lost their account or the right to know in the meantime get no mail.
    """
    while True:
        taken = _take()
        if taken is None:
            return None
        try:
            mail = _written(taken)
        except Exception:  # one that cannot be read must not hold up the others
            db.session.rollback()
            log.exception("invitation %d cannot be read for its mail", taken.id)
            keep_or_fail(taken.id, taken.retry_at)
            continue
        if mail is not None:
            return mail
        _take_off(taken)


@retried
def _take() -> _Taken | None:
    with writing() as now:
        row = db.session.scalar(
            sa.select(Invitation)
            .where(Invitation.mail_due_at <= now, Invitation.mail_tries < MAX_TRIES)
            .order_by(Invitation.mail_due_at, Invitation.id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        if row is None:
            return None
        retry_at = now + PAUSES[row.mail_tries]
        row.mail_due_at = retry_at
        row.mail_tries += 1
        return _Taken(
            id=row.id,
            person_id=row.person_id,
            event_uid=row.event_uid,
            in_calendar=row.in_calendar,
            sent_sequence=row.sent_sequence,
            now=now,
            retry_at=retry_at,
        )


def _written(taken: _Taken) -> OutgoingInvitation | None:
    account = account_of(taken.person_id)
    if account is None:
        return None
    with_title = choice_of(account.person_id).details
    date = own_date(account, taken.event_uid, taken.now, with_title=with_title)
    method = _method(taken, date) if date else None
    if date is None or method is None:
        return None
    if method is Method.REQUEST and not taken.in_calendar:
        _note_try(taken.id)
    is_change = taken.in_calendar and taken.sent_sequence is not None
    return OutgoingInvitation(taken.id, account, method, date, is_change, taken.retry_at)


def _method(taken: _Taken, date: FeedDate) -> Method | None:
    """Return what is to be mailed about a date, None if that was mailed, or there is nothing."""
    if taken.sent_sequence is not None and date.revision <= taken.sent_sequence:
        return None
    if date.state in FIRM:
        return Method.REQUEST
    takes_place = date.state.rules.feed is FeedStatus.CONFIRMED  # over, and nobody came
    return Method.CANCEL if taken.in_calendar and not takes_place else None


@retried
def _note_try(invitation_id: int) -> None:
    """Keep that the reader may have the invitation, also if this worker dies while sending it."""
    with writing():
        db.session.execute(
            sa.update(Invitation).where(Invitation.id == invitation_id).values(in_calendar=True)
        )


@retried
def mark_sent(mail: OutgoingInvitation) -> None:
    """Keep what was sent; it is due again only if something has happened meanwhile."""
    with writing():
        db.session.execute(
            sa.update(Invitation)
            .where(Invitation.id == mail.id)
            .values(
                in_calendar=mail.method is Method.REQUEST,
                sent_sequence=mail.date.revision,
                mail_failed_at=None,
                mail_due_at=sa.case(
                    (Invitation.mail_due_at == mail.retry_at, sa.null()),
                    else_=Invitation.mail_due_at,
                ),
            )
        )


@retried
def _take_off(taken: _Taken) -> None:
    with writing():
        db.session.execute(
            sa.update(Invitation)
            .where(Invitation.id == taken.id, Invitation.mail_due_at == taken.retry_at)
            .values(mail_due_at=None)
        )


@retried
def keep_or_fail(invitation_id: int, retry_at: datetime) -> bool:
    """Leave an invitation for the next try, or take it off the queue after the last.

    Returns whether it was taken off; then it is among the failed mails.
    """
    with writing() as now:
        dropped = db.session.execute(
            sa.update(Invitation)
            .where(
                Invitation.id == invitation_id,
                Invitation.mail_due_at == retry_at,
                Invitation.mail_tries >= MAX_TRIES,
            )
            .values(mail_due_at=None, mail_failed_at=now)
        )
        return bool(dropped.rowcount)  # type: ignore[attr-defined]  # a CursorResult


@dataclass(frozen=True)
class FailedInvitation:
    """An invitation whose mail failed at the last try."""

    invitation_id: int
    email: str
    reference: str
    failed_at: datetime


def failed_invitations() -> list[FailedInvitation]:
    """Return the invitations whose mail was given up, the oldest first. One statement."""
    rows = db.session.execute(
        sa.select(Invitation.id, Person.email, BookingRequest.reference, Invitation.mail_failed_at)
        .join(Person, Person.id == Invitation.person_id)
        .join(Occurrence, Occurrence.uid == Invitation.event_uid)  # the first date of the event
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .where(Invitation.mail_failed_at.is_not(None))
        .order_by(Invitation.mail_failed_at, Invitation.id)
    )
    return [
        FailedInvitation(row.id, row.email, row.reference, cast("datetime", row.mail_failed_at))
        for row in rows
    ]
