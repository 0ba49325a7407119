"""Writing notices and marking them read."""

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from booking.accounts.account_log import account_change_logged
from booking.accounts.memberships import is_member, working_for
from booking.accounts.models import AccountLogEntry, Person
from booking.bookings.log import announced, asked_if_known, taken_back
from booking.bookings.models import Booking, BookingRequest, LogEntry, Occurrence
from booking.bookings.readers import readers_by_request
from booking.db import clock
from booking.db.in_ids import in_ids
from booking.db.side_writes import first_line, write_aside
from booking.db.transactions import writing
from booking.enquiries.models import Enquiry, EnquiryMessage
from booking.enquiries.service import enquiry_written
from booking.errors import Conflict
from booking.extensions import db
from booking.news.models import News
from booking.news.service import news_told
from booking.notices.choices import choices_of
from booking.notices.delivery import NewNotice, add_notices
from booking.notices.invitations import queue_invitations
from booking.notices.models import Notice
from booking.notices.queries import unread_about
from booking.rules.lifecycle import REMINDING, Audience, Event, State
from booking.rules.news import KINDS, NewsKind
from booking.rules.routing import Deciders
from booking.rules.undoing import is_undoing, undoable_for
from booking.rules.updates import (
    ABOUT_NEAR_DATES,
    TO_REQUESTER_ONLY,
    always_at_once,
    audiences_of,
    owners_to_tell,
)

_log = logging.getLogger(__name__)


def init_app() -> None:
    """Write notices for lines of the logs of bookings and accounts, for enquiries and news."""
    announced.connect(_on_announced)
    account_change_logged.connect(_on_account_change)
    asked_if_known.connect(_on_asked_if_known)
    taken_back.connect(_on_taken_back)
    enquiry_written.connect(_on_enquiry_written)
    news_told.connect(_on_news_told)


def _on_announced(
    _sender: None, lines: Sequence[tuple[LogEntry, Booking, Deciders]], now: datetime
) -> None:
    write_notices(lines, now)


def _on_account_change(_sender: None, entry: AccountLogEntry, now: datetime) -> None:
    add_notices(
        [
            NewNotice(person_id, Audience.MEMBER, account_log_id=entry.id)
            for person_id in entry.told_ids
        ],
        choices_of(entry.told_ids),
        now,
    )


def _on_asked_if_known(_sender: None, entry_id: int) -> bool:
    known = sa.exists().where(
        Notice.log_id == entry_id,
        Notice.side == Audience.REQUESTER,
        sa.or_(Notice.read_at.is_not(None), Notice.mail_tries > 0),
    )
    return bool(db.session.scalar(sa.select(known)))


def _on_taken_back(_sender: None, entry_id: int) -> None:
    notices = db.session.scalars(
        sa.select(Notice)
        .where(Notice.log_id == entry_id, Notice.side == Audience.REQUESTER)
        .with_for_update()  # a worker that looks for mail skips them
        .execution_options(populate_existing=True)
    ).all()
    if any(one.read_at is not None or one.mail_tries for one in notices):
        raise Conflict("too_late")
    for one in notices:
        db.session.delete(one)


def _on_enquiry_written(
    _sender: None, message: EnquiryMessage, enquiry: Enquiry, deciders: Deciders, now: datetime
) -> None:
    """Tell those who answer; of an answer those who asked and still work there."""
    if message.side == Audience.REQUESTER:
        audience = Audience.OWNER
        choices = choices_of(deciders.all)
        wanting = {person_id for person_id, choice in choices.items() if choice.every_step}
        told = owners_to_tell(deciders, wanting, before=None, due_at=None, now=now)
    else:
        audience = Audience.REQUESTER
        told = frozenset(_askers(enquiry))
        choices = choices_of(told)
    add_notices(
        [
            NewNotice(person_id, audience, Event.MESSAGE, enquiry_message_id=message.id)
            for person_id in sorted(told - {message.author_id})
        ],
        choices,
        now,
    )


def _on_news_told(_sender: None, news: News, told_ids: Collection[int], now: datetime) -> None:
    kind = KINDS[NewsKind(news.kind)]
    add_notices(
        [
            NewNotice(person_id, Audience.REQUESTER, news_id=news.id, kind=kind)
            for person_id in told_ids
        ],
        choices_of(told_ids),
        now,
    )


def _askers(enquiry: Enquiry) -> Collection[int]:
    """Return who wrote in an enquiry for the organisation that asked, and still works for it."""
    return db.session.scalars(
        sa.select(Person.id)
        .join(EnquiryMessage, EnquiryMessage.author_id == Person.id)
        .where(
            EnquiryMessage.enquiry_id == enquiry.id,
            EnquiryMessage.side == Audience.REQUESTER,
            is_member(Person.id, enquiry.organisation_id),
            Person.is_active,
        )
        .distinct()
    ).all()


def write_notices(lines: Sequence[tuple[LogEntry, Booking, Deciders]], now: datetime) -> None:
    """Write one notice of each line to everybody concerned, except the person who acted.

    Some things only one side is told, see `audiences_of`; of reminders, and of a confirmation that
    was undone, only the owner.

    Concerned are those who may decide, as `owners_to_tell` says, and the requester while they work
    for the organisation that asked, else who looks after the request since; for a booking entered
    on its behalf, everybody who works there. Call it in the transaction of the steps, whose rows
    have their ids. The number of statements does not grow with the lines.
    """
    # Whoever acted is not told, so it does not matter where they work.
    at_work = _at_work(
        {
            booking.request.organisation_id
            for entry, booking, _ in lines
            if booking.request.entered or booking.request.looked_after_by != entry.actor_id
        }
    )
    named = readers_by_request(
        (booking.request_id, booking.request.is_confidential) for _, booking, _ in lines
    )
    requesters = [_requesters(booking.request, at_work, named) for _, booking, _ in lines]
    able = {person_id for _, _, deciders in lines for person_id in deciders.all}
    senders = {booking.request.looked_after_by for _, booking, _ in lines}
    choices = choices_of(able.union(senders, *requesters))
    invited = queue_invitations([(entry, booking) for entry, booking, _ in lines], choices, now)
    wanting = {person_id for person_id, choice in choices.items() if choice.every_step}
    starts = _first_starts([entry for entry, _, _ in lines if entry.event in ABOUT_NEAR_DATES])
    found = []
    for (entry, booking, deciders), asking in zip(lines, requesters, strict=True):
        event, after = Event(entry.event), State(entry.after)
        owners = owners_to_tell(
            deciders, wanting, before=entry.before, due_at=booking.due_at, now=now, event=event
        )
        sides = dict.fromkeys(() if event in TO_REQUESTER_ONLY else owners, Audience.OWNER)
        undone = is_undoing(entry.side, entry.before, entry.after)
        if event not in REMINDING and not undone:
            sides.update(dict.fromkeys(asking, Audience.REQUESTER))
        sides.pop(entry.actor_id or 0, None)
        told = audiences_of(event, entry.side)
        sides = {person: side for person, side in sides.items() if side in told}
        urgent = always_at_once(event, after, starts.get(entry.id, now), now)
        delay = undoable_for(event, entry.before, after)
        found += [
            NewNotice(
                person_id,
                side,
                event,
                booking_id=booking.id,
                log_id=entry.id,
                after=after,
                urgent=urgent,
                delay=delay if side is Audience.REQUESTER else timedelta(),
                invited=side is Audience.REQUESTER and (entry.id, person_id) in invited,
            )
            for person_id, side in sorted(sides.items())
        ]
    add_notices(found, choices, now)


def _first_starts(entries: Sequence[LogEntry]) -> dict[int, datetime]:
    """Return by id of the line when the first of its dates starts."""
    ids = {key for entry in entries for key in entry.occurrence_ids}
    if not ids:
        return {}
    starts = dict(
        db.session.execute(
            sa.select(Occurrence.id, Occurrence.starts_at).where(in_ids(Occurrence.id, ids))
        ).all()
    )
    return {entry.id: min(starts[key] for key in entry.occurrence_ids) for entry in entries}


def _at_work(organisation_ids: Collection[int | None]) -> Mapping[int, set[int]]:
    """Return the ids of the people who work for each of these organisations."""
    found: dict[int, set[int]] = defaultdict(set)
    if not any(organisation_ids):
        return found
    ids = [one for one in organisation_ids if one is not None]
    for organisation_id, person_id in db.session.execute(working_for(ids)):
        found[organisation_id].add(person_id)
    return found


def _requesters(
    request: BookingRequest,
    at_work: Mapping[int, set[int]],
    named: Mapping[int, frozenset[int]],
) -> Collection[int]:
    if request.organisation_id is None:
        return ()
    people = at_work.get(request.organisation_id, set())
    if request.id in named:
        people = people & named[request.id]
    return people if request.entered else people & {request.looked_after_by}


def mark_read(person_id: int, until: datetime | None = None) -> None:
    """Mark all notices of this person as read; with `until` only those written by then."""
    with writing() as now:
        db.session.execute(
            sa.update(Notice)
            .where(
                Notice.person_id == person_id,
                Notice.read_at.is_(None),
                Notice.created_at <= (until or now),
            )
            .values(read_at=now)
        )


def mark_opened(person_id: int, reference: str) -> None:
    """Mark this person's notices about a request as read, after its page was read.

    Call it in the transaction that read the page: what was written since then stays unread. It
    waits for nobody, and a failure is only logged.
    """
    try:
        opened = db.session.scalars(sa.select(Notice.id).where(*unread_about(person_id, reference)))
        ids = opened.all()
    except SQLAlchemyError as error:
        _log.warning("that updates were read was not stored: %s", first_line(error))
        return
    mark_shown(ids)


def mark_shown(notice_ids: Collection[int]) -> None:
    """Mark these notices as read, after a page has shown all that they say.

    It waits for nobody, and a failure is only logged.
    """
    if notice_ids:
        still_unread = sa.and_(in_ids(Notice.id, notice_ids), Notice.read_at.is_(None))
        write_aside(
            "that updates were read",
            sa.update(Notice).where(still_unread).values(read_at=clock.now()),
        )
