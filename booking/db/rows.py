"""Reading columns without what a session does for objects: half the time of a small statement."""

from collections.abc import Mapping, Sequence
from typing import TypeVarTuple

import sqlalchemy as sa
from sqlalchemy.sql.selectable import TypedReturnsRows

from booking.extensions import db

Ts = TypeVarTuple("Ts")


def read_rows(
    query: TypedReturnsRows[*Ts], given: Mapping[str, object] | None = None
) -> Sequence[sa.Row[*Ts]]:
    """Return the rows of a query for columns, not for whole objects, in the present transaction.

    All at once, as to fetch each by itself takes longer. What is pending in the session is written
    first, as the session itself does.
    """
    session = db.session()
    if session.autoflush:
        session.flush()  # does nothing where nothing is pending
    return session.connection().execute(query, given).all()
