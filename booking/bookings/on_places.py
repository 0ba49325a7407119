"""What is on a place in a window, as a text: one row for each place, whatever is on it.

To fetch each date by itself takes three times as long.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from booking.bookings.models import Occupancy
from booking.bookings.set_aside_models import SetAside, SetAsidePlace
from booking.db.times import UTCDateTime
from booking.facilities.models import Place
from booking.rules.slots import OPEN_END, Slot

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Other = aliased(Occupancy)


def instant(name: str) -> sa.BindParameter[datetime]:
    """Return the parameter `name` for an instant: `after` and `before` are ends of the window."""
    return sa.bindparam(name, type_=UTCDateTime)


def taken_there(dialect: str, *conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    """Return the column of what dates take on a `Place` of the query, holds past `now` left out.

    A text that `OnPlace` reads, None where nothing is taken. `conditions` are on `Occupancy`.
    """
    after, before = instant("after"), instant("before")
    # No two on a place overlap, so only the first to end after the window can have begun in it.
    # Without that, the index would be read to the last date of the place.
    last_end = (
        sa.select(sa.func.min(_Other.ends_at))
        .where(_Other.place_id == Place.id, _Other.ends_at >= before)
        .correlate(Place)
        .scalar_subquery()
    )
    return (
        sa.select(_pairs(Occupancy.starts_at, Occupancy.ends_at, dialect))
        .where(
            Occupancy.place_id == Place.id,
            Occupancy.ends_at > after,
            Occupancy.ends_at <= sa.func.coalesce(last_end, sa.literal(OPEN_END, UTCDateTime)),
            Occupancy.starts_at < before,
            sa.or_(Occupancy.held_until.is_(None), Occupancy.held_until > instant("now")),
            *conditions,
        )
        .correlate(Place)
        .scalar_subquery()
    )


def set_aside_there(dialect: str, condition: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    """Return the column of the time set aside on a `Place` of the query, as `taken_there` does.

    `condition` is on `SetAside`.
    """
    return (
        sa.select(_pairs(SetAside.starts_at, SetAside.ends_at, dialect))
        .join(SetAsidePlace, SetAsidePlace.set_aside_id == SetAside.id)
        .where(
            SetAsidePlace.place_id == Place.id,
            SetAside.ends_at > instant("after"),
            SetAside.starts_at < instant("before"),
            condition,
        )
        .correlate(Place)
        .scalar_subquery()
    )


class OnPlace(dict[str, T]):
    """What `make` makes of each start and end, by their text: many dates have the same.

    Both are in microseconds since 1970.
    """

    def __init__(self, make: Callable[[int, int], T]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, text: str) -> T:
        start, _, end = text.partition(" ")
        made = self[text] = self._make(int(start), int(end))
        return made

    def of(self, column: str | None) -> list[T]:
        """Return what is in a column of `taken_there` or `set_aside_there`, in no order."""
        return [self[one] for one in column.split(",")] if column else []


def slot_between(start: int, end: int) -> Slot:
    """Return the slot from and to these microseconds since 1970."""
    return Slot(_EPOCH + timedelta(microseconds=start), _EPOCH + timedelta(microseconds=end))


def _pairs(starts_at: Any, ends_at: Any, dialect: str) -> sa.Function[str]:
    pair = _microseconds(starts_at, dialect) + " " + _microseconds(ends_at, dialect)
    return sa.func.aggregate_strings(pair, ",")


def _microseconds(column: Any, dialect: str) -> sa.ColumnElement[str]:
    if dialect == "postgresql":
        # date_part is a double, exact enough for two centuries; extract is a numeric and slow.
        whole = sa.cast(sa.func.date_part("epoch", column) * 1_000_000, sa.BigInteger)
        return sa.cast(whole, sa.Text)
    # Instants are kept as texts with six digits after the point.
    return sa.func.strftime("%s", column, type_=sa.Text) + sa.func.substr(column, -6, type_=sa.Text)
