"""A condition on many ids that needs only one parameter."""

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from booking.extensions import db


def in_ids(column: Any, ids: Iterable[int]) -> sa.ColumnElement[bool]:
    """Return the condition that an integer column has one of these values.

    `IN` takes a parameter for each value: with thousands that takes longer than the query, and
    SQLite refuses more than 32,766.
    """
    dialect = db.session.get_bind().dialect.name
    return _within(column, sa.literal(ids_value(ids), _type(dialect)), dialect)


def in_given_ids(column: Any, name: str, dialect: str) -> sa.ColumnElement[bool]:
    """Return `in_ids` for a query that is kept: the parameter `name` takes `ids_value`."""
    return _within(column, sa.bindparam(name, type_=_type(dialect)), dialect)


def ids_value(ids: Iterable[int]) -> str:
    """Return these ids as the value of a parameter, in the dialect of the session."""
    text = json.dumps(sorted(set(ids)))
    return f"{{{text[1:-1]}}}" if db.session.get_bind().dialect.name == "postgresql" else text


class _ArrayText(sa.types.UserDefinedType[str]):
    """An array of PostgreSQL, given as its text: psycopg takes long to write out a list."""

    cache_ok = True
    render_bind_cast = True

    def get_col_spec(self, **_kw: object) -> str:
        return "INTEGER[]"


def _type(dialect: str) -> sa.types.TypeEngine[Any]:
    return _ArrayText() if dialect == "postgresql" else sa.String()


def _within(column: Any, values: sa.BindParameter[Any], dialect: str) -> sa.ColumnElement[bool]:
    if dialect == "postgresql":
        same: sa.ColumnElement[bool] = column == sa.any_(values)
        return same
    rows = sa.func.json_each(values).table_valued("value")
    within: sa.ColumnElement[bool] = column.in_(sa.select(rows.c.value))
    return within
