"""Deletes what has stayed as long as `rules.retention` says, in small transactions.

What is due and what is deleted come from the same conditions. A row to which another one still
refers stays until that is gone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from booking.audit.erasing import erase_addresses
from booking.audit.models import AuditEntry
from booking.db import clock
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.rules.retention import (
    TABLES,
    TOOK_PLACE,
    AddressesErased,
    Blank,
    Deleted,
    Periods,
    TextsDeleted,
    With,
)

#: Rows, or requests whose texts go, of one transaction.
BATCH = 500
#: Transactions of one run; what is left waits for the next.
MOST_BATCHES = 200
REQUESTS = "booking_request"
LOG = "audit_entry"


class Part(StrEnum):
    """What goes of rows."""

    ALL = ""
    TEXTS = "texts"
    ADDRESSES = "addresses"


@dataclass(frozen=True)
class Due:
    """How many rows of a table go, and the oldest of them; or how many lose a `part`.

    `oldest` is the instant, or day, from which the period counts; of texts, when the oldest
    request was sent.
    """

    table: str
    part: Part
    number: int
    oldest: datetime | date | None = None


def what_is_due(periods: Periods) -> list[Due]:
    """Return what the next run deletes, without the tables of which nothing goes."""
    now = clock.now()
    found = []
    for table, rules in _deletions():
        dates = [
            sa.func.min(sa.case((_is_old(table, rule, now, periods), table.c[rule.column])))
            for rule in rules
        ]
        number, *oldest = db.session.execute(
            sa.select(sa.func.count(), *dates)
            .select_from(table)
            .where(_goes(table, table, now, periods, in_one_run=True))
        ).one()
        instants = [one for one in oldest if one is not None]
        found.append(Due(table.name, Part.ALL, number, min(instants, default=None)))
    number, since = db.session.execute(
        sa.select(sa.func.count(), sa.func.min(_requests().c.sent_at)).where(
            _texts_go(now, periods)
        )
    ).one()
    found.append(Due(REQUESTS, Part.TEXTS, number, since))
    number, since = db.session.execute(
        sa.select(sa.func.count(), sa.func.min(AuditEntry.at)).where(
            AuditEntry.at < _addresses_until(now, periods), AuditEntry.address.is_not(None)
        )
    ).one()
    found.append(Due(LOG, Part.ADDRESSES, number, since))
    return [due for due in found if due.number]


def delete_due(periods: Periods, stopped: Callable[[], bool] = lambda: False) -> list[Due]:
    """Delete what is due, and return it without the oldest instants.

    A run ends early when it is `stopped`, or after `MOST_BATCHES`; the next one goes on.
    """
    done: dict[tuple[str, Part], int] = {}
    work: list[tuple[str, Part, Callable[[], int]]] = [
        (table.name, Part.ALL, lambda table=table: _delete_batch(table, periods))  # type: ignore[misc]
        for table, _ in _deletions()
    ]
    work.append((REQUESTS, Part.TEXTS, lambda: _delete_texts(periods)))
    work.append((LOG, Part.ADDRESSES, lambda: _erase_addresses(periods)))
    batches = 0
    for name, part, delete in work:
        full = True
        while full:
            if stopped() or batches == MOST_BATCHES:
                return _listed(done)
            batches += 1
            number = delete()
            done[name, part] = done.get((name, part), 0) + number
            full = number == BATCH
    return _listed(done)


def _listed(done: dict[tuple[str, Part], int]) -> list[Due]:
    return [Due(name, part, number) for (name, part), number in done.items() if number]


def _deletions() -> Iterator[tuple[sa.Table, list[Deleted]]]:
    """Yield the tables of which rows go, those that refer to others first."""
    for table in reversed(db.metadata.sorted_tables):
        if deleted := _deleted(table):
            yield table, deleted


def _deleted(table: sa.Table) -> list[Deleted]:
    rule = TABLES.get(table.name)
    return [one for one in rule.kept if isinstance(one, Deleted)] if rule else []


def _goes_with(other: sa.Table, table: sa.Table) -> bool:
    rule = TABLES.get(other.name)
    return rule is not None and With(table.name) in rule.kept


def _is_old(
    shape: sa.FromClause, rule: Deleted, now: datetime, periods: Periods
) -> sa.ColumnElement[bool]:
    """Return the condition that a row has stayed long enough by one rule."""
    column = shape.c[rule.column]
    since = now - periods.length(rule.after)
    is_day = isinstance(column.type, sa.Date)
    conditions = [column.is_not(None), column < since.date() if is_day else column <= since]
    if rule.unless:
        conditions.append(shape.c[rule.unless].is_(None))
    return sa.and_(*conditions)


def _goes(
    table: sa.Table, shape: sa.FromClause, now: datetime, periods: Periods, *, in_one_run: bool
) -> sa.ColumnElement[bool]:
    """Return the condition that a row goes: it is old, and nothing that stays refers to it.

    `shape` is the table or an alias of it. `in_one_run`: what the same run deletes before does
    not count; else it has to be gone.
    """
    old = sa.or_(*(_is_old(shape, rule, now, periods) for rule in _deleted(table)))
    needed = _needed(table, shape, now, periods, in_one_run=in_one_run)
    return sa.and_(old, *(sa.not_(one) for one in needed))


def _needed(
    table: sa.Table, shape: sa.FromClause, now: datetime, periods: Periods, *, in_one_run: bool
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions under which something that stays refers to a row."""
    conditions: list[sa.ColumnElement[bool]] = []
    for other, column, ours in _referring(table):
        there = other.alias()
        stays: list[sa.ColumnElement[bool]] = []
        if _goes_with(other, table):
            inner = _needed(other, there, now, periods, in_one_run=in_one_run)
            if not inner:
                continue
            stays = [sa.or_(*inner)]
        elif in_one_run and _deleted(other):
            stays = [sa.not_(_goes(other, there, now, periods, in_one_run=True))]
        conditions.append(
            sa.exists(
                sa.select(sa.literal(1))
                .select_from(there)
                .where(there.c[column] == shape.c[ours], *stays)
                .correlate(shape)
            )
        )
    return conditions


def _referring(table: sa.Table) -> Iterator[tuple[sa.Table, str, str]]:
    """Yield the foreign keys to this table: the other table, its column, and ours."""
    for other in db.metadata.sorted_tables:
        for key in other.foreign_keys:
            if key.column.table is table and other is not table:
                yield other, key.parent.name, key.column.name


@retried
def _delete_batch(table: sa.Table, periods: Periods) -> int:
    """Delete at most `BATCH` rows that are due, with what belongs to them; returns how many."""
    (key,) = table.primary_key.columns
    with writing() as now:
        keys = db.session.scalars(
            sa.select(key)
            .where(_goes(table, table, now, periods, in_one_run=False))
            .order_by(key)
            .limit(BATCH)
        ).all()
        if keys:
            _delete_with(table, key.in_(keys))
        return len(keys)


def _delete_with(table: sa.Table, condition: sa.ColumnElement[bool]) -> None:
    """Delete rows and, before them, those that stay only as long as they do."""
    for other, column, ours in _referring(table):
        if _goes_with(other, table):
            _delete_with(other, other.c[column].in_(sa.select(table.c[ours]).where(condition)))
    db.session.execute(sa.delete(table).where(condition))


def _requests() -> sa.Table:
    return db.metadata.tables[REQUESTS]


def _texts_go(now: datetime, periods: Periods) -> sa.ColumnElement[bool]:
    """Return the condition that the texts of a request go, and have not gone yet."""
    requests = _requests()
    booking, date_of = db.metadata.tables["booking"], db.metadata.tables["occurrence"]

    def has_date(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        return sa.exists(
            sa.select(date_of.c.id)
            .join(booking, booking.c.id == date_of.c.booking_id)
            .where(booking.c.request_id == requests.c.id, condition)
            .correlate(requests)
        )

    took_place = has_date(date_of.c.state.in_(TOOK_PLACE))
    cases = []
    for rule in TABLES[REQUESTS].kept:
        if isinstance(rule, TextsDeleted):
            since = now - periods.length(rule.after)
            cases.append(
                sa.and_(
                    requests.c.sent_at <= since,
                    took_place if rule.took_place else sa.not_(took_place),
                    sa.not_(has_date(date_of.c.ends_at > since)),
                )
            )
    return sa.and_(requests.c.title != requests.c.reference, sa.or_(*cases))


@retried
def _delete_texts(periods: Periods) -> int:
    """Delete the texts of at most `BATCH` requests; returns how many requests."""
    requests = _requests()
    with writing() as now:
        ids = db.session.scalars(
            sa.select(requests.c.id)
            .where(_texts_go(now, periods))
            .order_by(requests.c.id)
            .limit(BATCH)
        ).all()
        if ids:
            _blank(requests, requests.c.id.in_(ids))
        return len(ids)


def _addresses_until(now: datetime, periods: Periods) -> datetime:
    (rule,) = (one for one in TABLES[LOG].kept if isinstance(one, AddressesErased))
    return now - periods.length(rule.after)


@retried
def _erase_addresses(periods: Periods) -> int:
    """Erase from where old entries of the log came; returns of how many. All in one go."""
    with writing() as now:
        until = _addresses_until(now, periods)
        there = sa.and_(AuditEntry.at < until, AuditEntry.address.is_not(None))
        number = db.session.scalar(sa.select(sa.func.count()).where(there)) or 0
        erase_addresses(until, now)
        return number


def _blank(table: sa.Table, condition: sa.ColumnElement[bool]) -> None:
    """Delete the texts of rows and of all that belongs to them."""
    for other, column, ours in _referring(table):
        if _goes_with(other, table):
            _blank(other, other.c[column].in_(sa.select(table.c[ours]).where(condition)))
    if texts := TABLES[table.name].texts:
        values = {name: _in_place(table, blank) for name, blank in texts.items()}
        db.session.execute(sa.update(table).where(condition).values(values))


def _in_place(table: sa.Table, blank: Blank) -> Any:
    match blank:
        case Blank.EMPTY:
            return ""
        case Blank.NOTHING:
            return sa.null()
        case Blank.REFERENCE:
            return table.c.reference
