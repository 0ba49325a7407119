"""What is read of all facilities, cached in memory until something changes that it depends on.

A search needs the terms and words of thousands of facilities, and they change a few times a week.
Triggers count such changes in one row, and a process caches its result under the number that it
read first.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from booking.db import clock
from booking.extensions import db
from booking.facilities.revision_models import RulesRevision

T = TypeVar("T")

# Where a session keeps the number that it has read, with the transaction in which it did.
_NUMBER = "rules_revision"


@dataclass(frozen=True)
class _Cache:
    """What is known at one revision and in one year: holidays are worked out by year."""

    key: tuple[int | None, int]
    rules: dict[int, object] = field(default_factory=dict)
    others: dict[Hashable, object] = field(default_factory=dict)


_caches: "WeakKeyDictionary[Engine, _Cache]" = WeakKeyDictionary()


def cached_terms(
    facility_ids: Iterable[int], read: Callable[[set[int]], dict[int, T]]
) -> dict[int, T]:
    """Return what `read` returns for these facilities, from memory where it is still valid.

    A writing transaction always reads: it needs what holds under its lock, and its own changes may
    still be rolled back.
    """
    wanted = set(facility_ids)
    cache = _current_cache()
    if cache is None:
        return read(wanted)
    missing = wanted - cache.rules.keys()
    if missing:
        cache.rules.update(read(missing))
    known: dict[int, T] = cache.rules  # type: ignore[assignment]  # one engine, one `read`
    return {facility_id: known[facility_id] for facility_id in wanted if facility_id in known}


def cached(name: Hashable, read: Callable[[], T]) -> T:
    """Return what `read` returns, from memory where it is still valid; `name` says what it is."""
    cache = _current_cache()
    if cache is None:
        return read()
    if name not in cache.others:
        cache.others[name] = read()
    known: T = cache.others[name]  # type: ignore[assignment]  # one name, one `read`
    return known


def rules_revision() -> int | None:
    """Return the number of the snapshot that this transaction reads; None in one that writes.

    At most one statement in each transaction.
    """
    session = db.session()
    if session.connection().get_execution_options().get("writes", False):
        return None
    transaction = session.get_transaction()
    read_in, number = session.info.get(_NUMBER, (None, None))
    if number is None or read_in is not transaction:
        number = session.scalar(sa.select(RulesRevision.number))
        session.info[_NUMBER] = transaction, number
    return number


def _current_cache() -> _Cache | None:
    """Return the cache at the current number; None in a transaction that writes."""
    number = rules_revision()
    if number is None:
        return None
    key = number, clock.now().year
    engine = db.session.connection().engine
    cache = _caches.get(engine)
    if cache is None or cache.key != key:
        _caches[engine] = cache = _Cache(key)
    return cache


def clear() -> None:
    """Forget everything."""
    _caches.clear()
