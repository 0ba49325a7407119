"""A copy of what is stored about a person, and about nobody else.

Of what they did in bookings it says that they did and when. What they wrote there belongs to the
organisation for which they wrote it: the copy has it as long as they work for it and may read it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa

from booking.accounts.memberships import organisation_ids_of
from booking.accounts.models import Person
from booking.audit.models import AuditEntry
from booking.extensions import db
from booking.rules.lifecycle import Side
from booking.rules.retention import TABLES, TableRule

#: What is public, or the person's own, by the column that refers to it: table, name, in the copy.
_NAMES = {
    "organisation_id": ("organisation", "name", "organisation"),
    "facility_id": ("facility", "name", "facility"),
    "cluster_id": ("cluster", "name", "cluster"),
}
_PERSON = ("name", "email", "time_zone", "language", "created_at", "is_admin")


@dataclass(frozen=True)
class CopiedRows:
    """The rows of a table in which one column names the person, as plain values.

    `column` is "id" for the account itself.
    """

    table: str
    column: str
    rows: Sequence[Mapping[str, Any]]


def copy_of(person_id: int) -> list[CopiedRows]:
    """Return what is stored about a person, tables without such rows left out."""
    person = db.session.get_one(Person, person_id)
    account = {name: _plain(getattr(person, name)) for name in _PERSON}
    found = [CopiedRows("person", "id", [account])]
    works_for = organisation_ids_of(person_id)
    for name, rule in TABLES.items():
        for column, naming in rule.people.items():
            table = db.metadata.tables[name]
            query = _rows(table, naming.shows)
            wrote = _wrote(table, naming.wrote, person_id, works_for)
            rows = db.session.execute(
                query.add_columns(*wrote)
                .where(table.c[column] == person_id)
                .order_by(*table.primary_key.columns)
            ).mappings()
            texts = {text.name for text in wrote}
            plain = [
                {
                    key: _plain(value)
                    for key, value in row.items()
                    if value is not None or key not in texts
                }
                for row in rows
            ]
            if plain:
                found.append(CopiedRows(name, column, plain))
        found += _by_address(db.metadata.tables[name], rule, person)
    entries = (_audited(person_id, column) for column in ("person_id", "actor_id"))
    return found + [one for one in entries if one.rows]


def _by_address(table: sa.Table, rule: TableRule, person: Person) -> list[CopiedRows]:
    """Return rows that have the person's address and do not name the person otherwise."""
    found = []
    for column, shows in rule.addresses.items():
        if shows:
            rows = db.session.execute(
                _rows(table, shows)
                .where(sa.func.lower(table.c[column]) == person.email)
                .where(*(table.c[one].is_distinct_from(person.id) for one in rule.people))
                .order_by(*table.primary_key.columns)
            ).mappings()
            plain = [{key: _plain(value) for key, value in row.items()} for row in rows]
            if plain:
                found.append(CopiedRows(table.name, column, plain))
    return found


def _audited(person_id: int, column: str) -> CopiedRows:
    """Return the entries of the log that name the person; they have no foreign keys."""
    entries = AuditEntry.__table__
    rows = db.session.execute(
        sa.select(entries.c.at, entries.c.event, entries.c.address)
        .where(entries.c[column] == person_id)
        .order_by(entries.c.position)
    ).mappings()
    hidden = () if column == "actor_id" else ("address",)
    return CopiedRows(
        "audit_entry",
        column,
        [{key: _plain(value) for key, value in row.items() if key not in hidden} for row in rows],
    )


def _rows(table: sa.Table, shows: Sequence[str]) -> sa.Select[Any]:
    """Return the query for columns of a table; those that refer to others as names."""
    columns: list[sa.ColumnElement[Any]] = []
    joined: sa.FromClause = table
    for name in shows:
        if name == "booking_id":
            booking = db.metadata.tables["booking"].alias()
            requests = db.metadata.tables["booking_request"].alias()
            joined = joined.outerjoin(booking, booking.c.id == table.c.booking_id)
            joined = joined.outerjoin(requests, requests.c.id == booking.c.request_id)
            columns.append(requests.c.reference.label("reference"))
        elif name in _NAMES:
            other_name, column, label = _NAMES[name]
            other = db.metadata.tables[other_name].alias()
            joined = joined.outerjoin(other, other.c.id == table.c[name])
            columns.append(other.c[column].label(label))
        else:
            columns.append(table.c[name])
    return sa.select(*columns).select_from(joined)


def _wrote(
    table: sa.Table, names: Sequence[str], person_id: int, works_for: frozenset[int]
) -> list[sa.Label[Any]]:
    """Return the texts that the person wrote.

    NULL where they do not work for that organisation, or are not named on a confidential request.
    """
    if not names:
        return []
    tables = db.metadata.tables
    requests, booking, enquiry = tables["booking_request"], tables["booking"], tables["enquiry"]
    if table.name == "booking_request":
        own = sa.and_(
            table.c.organisation_id.in_(works_for),
            sa.not_(table.c.entered),
            _reads(table, person_id),
        )
    elif table.name == "booking_log":
        own = sa.and_(
            table.c.side == Side.REQUESTER,
            sa.exists(
                sa.select(booking.c.id)
                .join(requests, requests.c.id == booking.c.request_id)
                .where(
                    booking.c.id == table.c.booking_id,
                    requests.c.organisation_id.in_(works_for),
                    _reads(requests, person_id),
                )
            ),
        )
    else:
        own = sa.and_(
            table.c.side == Side.REQUESTER,
            sa.exists(
                sa.select(enquiry.c.id).where(
                    enquiry.c.id == table.c.enquiry_id, enquiry.c.organisation_id.in_(works_for)
                )
            ),
        )
    found = [sa.case((own, table.c[name])).label(name) for name in names]
    if table.name == "booking_log":
        message = tables["message"]
        text = sa.select(message.c.text).where(message.c.log_id == table.c.id).scalar_subquery()
        found.append(sa.case((own, text)).label("message"))
    return found


def _reads(requests: sa.FromClause, person_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that a request is not confidential or names the person."""
    reader = db.metadata.tables["request_reader"]
    return sa.or_(
        sa.not_(requests.c.is_confidential),
        sa.exists().where(reader.c.request_id == requests.c.id, reader.c.person_id == person_id),
    )


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; instants in UTC."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value
