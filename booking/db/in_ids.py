"""A condition on many ids that needs only one parameter."""

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from booking.extensions import db


def in_ids(column: Any, ids: Iterable[int]) -> sa.ColumnElement[bool]:
    """Return the condition that an integer column has one of these values.

    `IN` takes a parameter for each value: with thousands that takes longer than the query, and
    SQLite refuses more than 32,766.
    """
    wanted = sorted(set(ids))
    if db.session.get_bind().dialect.name == "postgresql":
        same: sa.ColumnElement[bool] = column == sa.any_(sa.literal(wanted, ARRAY(sa.Integer)))
        return same
    values = sa.func.json_each(json.dumps(wanted)).table_valued("value")
    within: sa.ColumnElement[bool] = column.in_(sa.select(values.c.value))
    return within
