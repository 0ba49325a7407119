"""Effective terms cached in memory until something changes that they depend on.

A search needs the terms of thousands of facilities, and they change a few times a week. Triggers
count such changes in one row, and a process caches its result under the number that it read
first.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from booking.db import clock
from booking.extensions import db
from booking.facilities.revision_models import RulesRevision

T = TypeVar("T")


@dataclass(frozen=True)
class _Kept:
    """What is known at one revision and in one year: holidays are worked out by year."""

    key: tuple[int | None, int]
    rules: dict[int, object] = field(default_factory=dict)


_kept: "WeakKeyDictionary[Engine, _Kept]" = WeakKeyDictionary()


def cached_terms(
    facility_ids: Iterable[int], read: Callable[[set[int]], dict[int, T]]
) -> dict[int, T]:
    """Return what `read` returns for these facilities, from memory where it is still valid.

    A writing transaction always reads: it needs what holds under its lock, and its own changes may
    still be rolled back.
    """
    wanted = set(facility_ids)
    connection = db.session.connection()
    if connection.get_execution_options().get("writes", False):
        return read(wanted)
    # First the number, then the rows: the cache may be newer than its number, never older.
    key = db.session.scalar(sa.select(RulesRevision.number)), clock.now().year
    kept = _kept.get(connection.engine)
    if kept is None or kept.key != key:
        _kept[connection.engine] = kept = _Kept(key)
    missing = wanted - kept.rules.keys()
    if missing:
        kept.rules.update(read(missing))
    known: dict[int, T] = kept.rules  # type: ignore[assignment]  # one engine, one `read`
    return {facility_id: known[facility_id] for facility_id in wanted if facility_id in known}


def clear() -> None:
    """Forget everything."""
    _kept.clear()
