"""Reading the log: the entries that somebody may read, newest first, by page."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from booking.audit.models import AuditEntry
from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.rules.audit_events import EVENTS, Area, Event
from booking.rules.audit_reading import (
    ABOUT_BOOKINGS,
    ADMINS_AREAS,
    DECIDERS_AREAS,
    MANAGERS_AREAS,
    MEMBERS_AREAS,
    LogReader,
)

PAGE = 50


@dataclass(frozen=True)
class LogFilter:
    """What somebody looks for: kinds of events (none: all), people, an instant range (aware).

    `people` are ids of who did it or whom it is about; None: anybody.
    """

    events: frozenset[Event] = frozenset()
    people: frozenset[int] | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class LogPage:
    """Entries, newest first; `older` is the position to go on `before`, None: these are all."""

    entries: Sequence[AuditEntry]
    older: int | None


def entries_read_by(reader: LogReader) -> sa.ColumnElement[bool]:
    """Return the condition on `AuditEntry` that somebody reads all of it, as `may_read_entry`."""
    mine = [AuditEntry.person_id == reader.person_id]
    if reader.organisation_id is not None:
        areas = MANAGERS_AREAS if reader.is_manager else MEMBERS_AREAS
        mine.append(sa.and_(AuditEntry.organisation_id == reader.organisation_id, _of_areas(areas)))
    if reader.clusters:
        run = in_ids(AuditEntry.cluster_id, reader.clusters)
        if reader.works_for_others:
            run = sa.and_(run, sa.not_(_of_areas(ABOUT_BOOKINGS)))
        mine.append(run)
    if reader.facilities:
        mine.append(
            sa.and_(in_ids(AuditEntry.facility_id, reader.facilities), _of_areas(DECIDERS_AREAS))
        )
    if reader.is_admin:
        mine.append(_of_areas(ADMINS_AREAS))
    return sa.or_(*mine)


def seen_by(reader: LogReader) -> sa.ColumnElement[bool]:
    """Return the condition that somebody reads at least that it happened, as `reads_entry`."""
    all_of_it = entries_read_by(reader)
    return sa.or_(all_of_it, _of_areas([Area.BOOKINGS])) if reader.is_admin else all_of_it


def _of_areas(areas: Iterable[Area]) -> sa.ColumnElement[bool]:
    wanted = frozenset(areas)
    events = sorted(event for event, rules in EVENTS.items() if rules.area in wanted)
    return AuditEntry.event.in_(events)


def log_page(
    reader: LogReader,
    *about: sa.ColumnElement[bool],
    wanted: LogFilter | None = None,
    before: int | None = None,
) -> LogPage:
    """Return a page of what somebody may read, about something; `before` a position."""
    found: Sequence[AuditEntry] = db.session.scalars(
        _query(reader, about, wanted, before).limit(PAGE + 1)
    ).all()
    page = found[:PAGE]
    return LogPage(page, page[-1].position if len(found) > PAGE else None)


def log_entries(
    reader: LogReader, *about: sa.ColumnElement[bool], wanted: LogFilter, most: int
) -> Iterator[AuditEntry]:
    """Yield what somebody may read, newest first, at most so many entries."""
    yield from db.session.scalars(_query(reader, about, wanted, None).limit(most))


def _query(
    reader: LogReader,
    about: Sequence[sa.ColumnElement[bool]],
    wanted: LogFilter | None,
    before: int | None,
) -> sa.Select[Any]:
    query = sa.select(AuditEntry).where(seen_by(reader), *about)
    # What is about one thing is found by its index; all of the log by its positions.
    order = (AuditEntry.at.desc(), AuditEntry.position.desc())
    query = query.order_by(*(order if about else order[1:]))
    if before is not None:
        last = sa.select(AuditEntry.at).where(AuditEntry.position == before).scalar_subquery()
        older = sa.or_(
            AuditEntry.at < last, sa.and_(AuditEntry.at == last, AuditEntry.position < before)
        )
        query = query.where(older if about else AuditEntry.position < before)
    if wanted is None:
        return query
    if wanted.events:
        query = query.where(AuditEntry.event.in_(sorted(wanted.events)))
    if wanted.people is not None:
        # Of what one reads only that it happened, one does not read who did it.
        query = query.where(
            entries_read_by(reader),
            sa.or_(
                in_ids(AuditEntry.person_id, wanted.people),
                in_ids(AuditEntry.actor_id, wanted.people),
            ),
        )
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    return query
