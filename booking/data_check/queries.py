"""Reading all rows that can contradict each other, piece by piece, and naming what is wrong."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from booking.bookings.disruption_models import Affected, GrantedException
from booking.bookings.models import Booking, BookingRequest, LogEntry, Occupancy, Occurrence
from booking.db import clock
from booking.db.in_ids import in_ids
from booking.db.transactions import OVERLAP_GUARD
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
from booking.facilities.hours_models import TimetableRow
from booking.facilities.models import Facility, Place
from booking.facilities.tree import Trees
from booking.files.models import StoredFile
from booking.files.storage import is_there
from booking.messages.models import Message
from booking.notices.models import Notice
from booking.rules.availability import PlaceAssignment
from booking.rules.data_faults import (
    FaultCode,
    LoggedStep,
    TreeNode,
    log_faults,
    place_faults,
    tree_faults,
)
from booking.rules.lifecycle import ENDED, FIRM, OPEN
from booking.rules.refusals import RefusalCode
from booking.rules.slots import Slot
from booking.rules.timetables import Timetable

#: How many rows or bookings are in memory at a time.
BATCH = 1000


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, and the row it is about: a reference or slug, and ids."""

    code: FaultCode
    where: str


def find_faults() -> Iterator[Fault]:
    """Yield everything that is wrong with the data, as of one instant.

    Only reads. On PostgreSQL all statements see the same snapshot.
    """
    db.session.rollback()
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    now = clock.now()
    try:
        yield from _missing_rows()
        yield from _guard()
        nodes = _nodes()
        names = dict(db.session.execute(sa.select(Facility.id, Facility.slug)).all())
        wrong = list(tree_faults(nodes))
        yield from (Fault(code, f"facility {names[key]}") for key, code in wrong)
        yield from _timetables(names)
        if not wrong:  # what is below a facility is not known otherwise
            yield from _dates_to_come(nodes, names, now)
        yield from _ended_dates(now)
        yield from _replacements()
        yield from _overlaps()
        yield from _logs()
        yield from _requests()
        yield from _notices()
        yield from _messages()
        yield from _files()
    finally:
        db.session.rollback()


def _guard() -> Iterator[Fault]:
    """Look for what makes the database refuse overlaps: a constraint, or two triggers."""
    if db.session.get_bind().dialect.name == "postgresql":
        there = sa.text("SELECT count(*) FROM pg_constraint WHERE conname = :name")
        needed, name = 1, OVERLAP_GUARD
    else:
        there = sa.text(
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' "
            "AND tbl_name = 'occupancy' AND sql LIKE :name"
        )
        needed, name = 2, f"%{OVERLAP_GUARD}%"
    if (db.session.scalar(there, {"name": name}) or 0) < needed:
        yield Fault(FaultCode.NO_OVERLAP_GUARD, "table occupancy")


def _missing_rows() -> Iterator[Fault]:
    """Follow every foreign key; SQLite may have been filled without checking them."""
    for table in db.metadatas[None].sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda one: one.parent.name):
            target = key.column.table.alias("target")
            query = (
                sa.select(*table.primary_key, key.parent.label("missing"))
                .outerjoin(target, target.c[key.column.name] == key.parent)
                .where(key.parent.is_not(None), target.c[key.column.name].is_(None))
            )
            for row in _stream(query):
                ids = " ".join(str(value) for value in row[:-1])
                where = f"{table.name} {ids}: {key.parent.name} {row.missing}"
                yield Fault(FaultCode.MISSING_ROW, where)


def _files() -> Iterator[Fault]:
    """Look for the bytes of every file, as many as there were."""
    for row in _stream(sa.select(StoredFile.id, StoredFile.sha256, StoredFile.size)):
        if not is_there(row.sha256, row.size):
            yield Fault(FaultCode.MISSING_FILE, f"stored_file {row.id}: {row.sha256}")


def _nodes() -> dict[int, TreeNode]:
    rows = db.session.execute(
        sa.select(Facility.id, Facility.parent_id, Facility.root_id, Facility.cluster_id)
    )
    return {row.id: TreeNode(*row) for row in rows}


def _timetables(names: Mapping[int, str]) -> Iterator[Fault]:
    query = sa.select(
        TimetableRow.facility_id, TimetableRow.valid_from, TimetableRow.valid_to
    ).order_by(TimetableRow.facility_id, sa.nulls_first(TimetableRow.valid_from))
    for facility_id, rows in groupby(_stream(query), key=lambda row: row.facility_id):
        timetables = [Timetable((), row.valid_from, row.valid_to) for row in rows]
        for one, later in pairwise(timetables):
            if one.valid_to is None or later.valid_from is None or later.valid_from <= one.valid_to:
                yield Fault(FaultCode.TIMETABLES_OVERLAP, f"facility {names[facility_id]}")


class _Ground:
    """The places and closures of all facilities, and which facilities are below which."""

    def __init__(self, nodes: Mapping[int, TreeNode], now: datetime) -> None:
        self._nodes = nodes
        self._trees = Trees({key: node.parent_id for key, node in nodes.items()})
        self._places: dict[int, set[int]] = defaultdict(set)
        for place_id, facility_id in db.session.execute(sa.select(Place.id, Place.facility_id)):
            self._places[facility_id].add(place_id)
        self._closed: dict[int, list[Any]] = defaultdict(list)
        self._closed_clusters: dict[int, list[Any]] = defaultdict(list)
        query = (
            sa.select(
                Closure.facility_id, Closure.cluster_id, ClosureSlot.starts_at, ClosureSlot.ends_at
            )
            .join(ClosureSlot.closure)
            .where(sa.or_(ClosureSlot.ends_at.is_(None), ClosureSlot.ends_at > now))
        )
        for row in db.session.execute(query):
            if row.facility_id is None:
                self._closed_clusters[row.cluster_id].append(row)
            else:
                self._closed[row.facility_id].append(row)

    def own(self, facility_id: int) -> set[int]:
        """Return the places of a facility itself."""
        return self._places[facility_id]

    def all_of(self, facility_id: int) -> set[int]:
        """Return the places of a facility and of all below it."""
        below = self._trees.below(facility_id)
        return self._places[facility_id].union(*(self._places[key] for key in below))

    def is_closed(self, facility_id: int, slot: Slot, *, whole: bool) -> bool:
        """Return whether a closure that is not over overlaps the time of a date."""
        keys = [facility_id, *self._trees.above(facility_id)]
        if whole:
            keys += self._trees.below(facility_id)
        found = [row for key in keys for row in self._closed.get(key, ())]
        found += self._closed_clusters.get(self._nodes[facility_id].cluster_id, ())
        return any(
            row.starts_at < slot.ends_at and (row.ends_at is None or slot.starts_at < row.ends_at)
            for row in found
        )


def _dates_to_come(
    nodes: Mapping[int, TreeNode], names: Mapping[int, str], now: datetime
) -> Iterator[Fault]:
    """Check the dates that are not over and may take place."""
    ground = _Ground(nodes, now)
    query = (
        sa.select(
            Occurrence.id,
            Occurrence.facility_id,
            Occurrence.starts_at,
            Occurrence.ends_at,
            Occurrence.whole,
            Occurrence.places,
            Occurrence.state,
            Occurrence.lapses_at,
            Occurrence.replaces_id,
            Booking.facility_id.label("of_booking"),
            BookingRequest.reference,
            _has_mark().label("has_mark"),
            Occupancy.place_id,
            Occupancy.starts_at.label("taken_from"),
            Occupancy.ends_at.label("taken_to"),
            Occupancy.held_until,
        )
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .outerjoin(Occupancy, Occupancy.occurrence_id == Occurrence.id)
        .where(Occurrence.ends_at > now, Occurrence.state.in_(sorted(OPEN | FIRM)))
        .order_by(Occurrence.id)
    )
    for _, group in groupby(_stream(query), key=lambda row: row.id):
        rows = list(group)
        date = rows[0]
        where = _where(date.reference, date.id, names.get(date.facility_id))
        for code in _date_faults(date, rows if date.place_id else [], ground, now):
            yield Fault(code, where)


def _date_faults(
    date: Any, taken: Sequence[Any], ground: _Ground, now: datetime
) -> Iterator[FaultCode]:
    """Yield what is wrong with a date that is to come; `taken` are the rows of its places."""
    slot = Slot(date.starts_at, date.ends_at)
    if date.facility_id != date.of_booking:
        yield FaultCode.OTHER_FACILITY_THAN_BOOKING
    if date.state in OPEN and date.lapses_at is None:
        yield FaultCode.NEVER_EXPIRES
    seats = [PlaceAssignment(row.place_id, Slot(row.taken_from, row.taken_to)) for row in taken]
    own = ground.own(date.facility_id)
    whole = ground.all_of(date.facility_id) if date.whole else None
    if date.state in FIRM:
        yield from place_faults(slot, seats, date.places, own, whole)
        if any(row.held_until is not None for row in taken):
            yield FaultCode.CONFIRMED_BUT_HELD
        if not date.has_mark and ground.is_closed(date.facility_id, slot, whole=date.whole):
            yield FaultCode.CLOSED_BUT_NOT_AFFECTED
    elif taken:
        if any(row.held_until is None or row.held_until != date.lapses_at for row in taken):
            yield FaultCode.HOLD_ENDS_AT_ANOTHER_TIME
        # An expired hold may have lost some of its places; what would replace another date holds
        # only what that one does not have.
        elif date.lapses_at > now and date.replaces_id is None:
            yield from place_faults(slot, seats, date.places, own, whole)


def _has_mark() -> sa.ColumnElement[bool]:
    """Return whether a date was marked as affected, or has an exception for a closure."""
    marked = sa.exists().where(Affected.occurrence_id == Occurrence.id)
    codes = sa.cast(GrantedException.codes, sa.Text)
    excepted = sa.exists().where(
        GrantedException.occurrence_id == Occurrence.id,
        codes.contains(f'"{RefusalCode.CLOSURE.value}"'),
    )
    return sa.or_(marked, excepted)


def _replacements() -> Iterator[Fault]:
    """Check that a date replaces one of its own request, of whatever booking."""
    replaced, its_booking = aliased(Occurrence), aliased(Booking)
    query = (
        sa.select(Occurrence.id, BookingRequest.reference, Facility.slug)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .join(Facility, Facility.id == Occurrence.facility_id)
        .join(replaced, replaced.id == Occurrence.replaces_id)
        .join(its_booking, its_booking.id == replaced.booking_id)
        .where(its_booking.request_id != Booking.request_id)
        .order_by(Occurrence.id)
    )
    for row in _stream(query):
        where = _where(row.reference, row.id, row.slug)
        yield Fault(FaultCode.REPLACES_DATE_OF_OTHER_REQUEST, where)


def _ended_dates(now: datetime) -> Iterator[Fault]:
    """Check that dates which have ended take nothing and wait for nobody."""
    ended = (
        sa.select(Occurrence.id, BookingRequest.reference, Facility.slug)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .join(Facility, Facility.id == Occurrence.facility_id)
        .where(Occurrence.state.in_(sorted(ENDED)))
        .order_by(Occurrence.id)
    )
    takes = sa.exists().where(Occupancy.occurrence_id == Occurrence.id, Occupancy.ends_at > now)
    marked = sa.exists().where(
        Affected.occurrence_id == Occurrence.id, Affected.resolved_at.is_(None)
    )
    for condition, code in (
        (takes, FaultCode.ENDED_BUT_TAKES),
        (marked, FaultCode.ENDED_BUT_AFFECTED),
    ):
        for row in _stream(ended.where(condition)):
            yield Fault(code, _where(row.reference, row.id, row.slug))


def _overlaps() -> Iterator[Fault]:
    """Check that no two occupancies of a place share an instant."""
    before = (
        sa.func.max(Occupancy.ends_at)
        .over(
            partition_by=Occupancy.place_id,
            order_by=(Occupancy.starts_at, Occupancy.id),
            rows=(None, -1),
        )
        .label("before")
    )
    rows = sa.select(
        Occupancy.place_id, Occupancy.occurrence_id, Occupancy.starts_at, before
    ).subquery()
    for row in _stream(sa.select(rows).where(rows.c.before > rows.c.starts_at)):
        yield Fault(FaultCode.OVERLAP, f"place {row.place_id}, date {row.occurrence_id}")


def _logs() -> Iterator[Fault]:
    """Check that each date has the state to which the log of its booking leads."""
    after = 0
    while True:
        bookings = db.session.execute(
            sa.select(Booking.id, BookingRequest.reference, Facility.slug)
            .join(BookingRequest, BookingRequest.id == Booking.request_id)
            .join(Facility, Facility.id == Booking.facility_id)
            .where(Booking.id > after)
            .order_by(Booking.id)
            .limit(BATCH)
        ).all()
        if not bookings:
            return
        after = bookings[-1].id
        ids = [booking.id for booking in bookings]
        dates: dict[int, dict[int, Any]] = defaultdict(dict)
        for booking_id, key, state in db.session.execute(
            sa.select(Occurrence.booking_id, Occurrence.id, Occurrence.state).where(
                in_ids(Occurrence.booking_id, ids)
            )
        ):
            dates[booking_id][key] = state
        logs: dict[int, list[LoggedStep]] = defaultdict(list)
        for row in db.session.execute(
            sa.select(
                LogEntry.booking_id,
                LogEntry.event,
                LogEntry.before,
                LogEntry.after,
                LogEntry.occurrence_ids,
            )
            .where(in_ids(LogEntry.booking_id, ids))
            .order_by(LogEntry.id)
        ):
            step = LoggedStep(row.event, row.before, row.after, tuple(row.occurrence_ids))
            logs[row.booking_id].append(step)
        for booking in bookings:
            for key, code in log_faults(dates[booking.id], logs[booking.id]):
                yield Fault(code, _where(booking.reference, key, booking.slug))
            if not dates[booking.id]:
                yield Fault(FaultCode.NO_DATES, f"{booking.reference}, facility {booking.slug}")


def _requests() -> Iterator[Fault]:
    """Check that requests of partners have an organisation, and all of them a booking."""
    query = sa.select(BookingRequest.reference).order_by(BookingRequest.id)
    without = sa.and_(BookingRequest.organisation_id.is_(None), sa.not_(BookingRequest.entered))
    for row in _stream(query.where(without)):
        yield Fault(FaultCode.NO_ORGANISATION, row.reference)
    booked = sa.exists().where(Booking.request_id == BookingRequest.id)
    for row in _stream(query.where(sa.not_(booked))):
        yield Fault(FaultCode.NO_DATES, row.reference)


def _notices() -> Iterator[Fault]:
    """Check that each update is about the booking whose log it is from."""
    query = (
        sa.select(Notice.id)
        .join(LogEntry, LogEntry.id == Notice.log_id)
        .where(LogEntry.booking_id != Notice.booking_id)
        .order_by(Notice.id)
    )
    for row in _stream(query):
        yield Fault(FaultCode.NOTICE_OF_OTHER_BOOKING, f"notice {row.id}")


def _messages() -> Iterator[Fault]:
    """Check that each message is about the booking whose log it is from."""
    query = (
        sa.select(Message.id)
        .join(LogEntry, LogEntry.id == Message.log_id)
        .where(LogEntry.booking_id != Message.booking_id)
        .order_by(Message.id)
    )
    for row in _stream(query):
        yield Fault(FaultCode.MESSAGE_OF_OTHER_BOOKING, f"message {row.id}")


def _stream(query: sa.Select[*tuple[Any, ...]]) -> Iterator[Any]:
    """Yield the rows of a query without having all of them in memory."""
    yield from db.session.execute(query.execution_options(yield_per=BATCH))


def _where(reference: str, occurrence_id: int, slug: str | None) -> str:
    return f"{reference}, date {occurrence_id}, facility {slug}"
