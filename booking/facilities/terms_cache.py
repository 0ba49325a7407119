"""What is read of all facilities, cached in memory until something changes that it depends on.

A search needs the terms and words of thousands of facilities, and they change a few times a week.
Triggers count such changes in one row, and a process caches its result under the number that it
read first.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.engine import Engine

from booking.db import clock
from booking.db.rules_number import rules_number
from booking.db.snapshot import is_writing
from booking.extensions import db

T = TypeVar("T")


@dataclass(frozen=True)
class _Cache:
    """What is known at one revision and in one year: holidays are worked out by year."""

    key: tuple[int, int]
    rules: dict[int, object] = field(default_factory=dict)
    others: dict[Hashable, object] = field(default_factory=dict)


_caches: "WeakKeyDictionary[Engine, _Cache]" = WeakKeyDictionary()


def cached_terms(
    facility_ids: Iterable[int], read: Callable[[set[int]], dict[int, T]]
) -> dict[int, T]:
    """Return what `read` returns for these facilities, from memory where it is still valid.

    A writing transaction always reads, as its own changes may still be rolled back; unless it
    keeps the rules from changing (`db.transactions.writing_by_rules`) and so changes none itself.
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


def cached(
    name: Hashable, read: Callable[[], T], *, while_writing: Callable[[], T] | None = None
) -> T:
    """Return what `read` returns, from memory where it is still valid; `name` says what it is.

    A writing transaction reads what it needs, with `while_writing` where that is less.
    """
    cache = _current_cache()
    if cache is None:
        return (while_writing or read)()
    if name not in cache.others:
        cache.others[name] = read()
    known: T = cache.others[name]  # type: ignore[assignment]  # one name, one `read`
    return known


def cached_by(name: str, key: Hashable, read: Callable[[], T], *, most: int) -> T:
    """Return what `read` returns, from memory where it is still valid, for each of many keys.

    Of one name at most `most` are kept. What only some may know has who they are in its key.
    """
    cache = _current_cache()
    if cache is None:
        return read()
    kept: dict[Hashable, T] = cache.others.setdefault(name, {})  # type: ignore[assignment]
    if (known := kept.get(key)) is not None:
        return known
    found = read()
    if len(kept) >= most:
        kept.clear()
    kept[key] = found
    return found


def rules_revision() -> int | None:
    """Return the number of the snapshot that this transaction reads; None in one that writes.

    At most one statement in each transaction.
    """
    return None if is_writing() else rules_number()


def _current_cache() -> _Cache | None:
    """Return the cache at the current number; None in a transaction that may change rules."""
    # First the number, then the rows: the cache may be newer than its number, never older.
    number = rules_number()
    if number is None:
        return None
    engine = db.session.connection().engine
    key = number, clock.now().year
    cache = _caches.get(engine)
    if cache is None or cache.key != key:
        _caches[engine] = cache = _Cache(key)
    return cache


def clear() -> None:
    """Forget everything."""
    _caches.clear()
