"""What is read of all facilities, cached in memory until something changes that it depends on.

A search needs the terms and words of thousands of facilities, and they change a few times a week.
Triggers count such changes in one row, and a process caches its result under the number that it
read first. Absences begin and end by themselves, at midnight, and roles end: what is cached holds
from one such instant to the next.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.engine import Engine

from booking.accounts.absences import read_absences, read_people_by_clock
from booking.db import clock
from booking.db.rules_number import rules_number
from booking.db.snapshot import is_writing, known_in_transaction, looked_up
from booking.extensions import db
from booking.rules.absences import Absences

T = TypeVar("T")


@dataclass(frozen=True)
class _Cache:
    """What is known at one revision, in one year, and while nobody leaves or returns.

    Nor loses a role by its last day. Holidays are worked out by year.
    """

    number: int
    year: int
    begins_at: datetime
    ends_at: datetime
    absences: Absences
    rules: dict[int, object] = field(default_factory=dict)
    others: dict[Hashable, object] = field(default_factory=dict)

    def holds(self, now: datetime) -> bool:
        """Return whether it is valid at `now`, as long as its number is."""
        return self.year == now.year and self.begins_at <= now < self.ends_at


_caches: "WeakKeyDictionary[Engine, _Cache]" = WeakKeyDictionary()
_times_cleared = 0


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


def already_cached(name: Hashable) -> Any | None:
    """Return what `cached` would return of this name without reading; None: it would read."""
    cache = _current_cache()
    return None if cache is None else cache.others.get(name)


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


def absences() -> Absences:
    """Return who is away, now or later; from memory where that is still valid."""
    cache = _current_cache()
    return read_absences(clock.now()) if cache is None else cache.absences


def rules_revision() -> tuple[int, int] | None:
    """Return what the rules of this transaction's snapshot hold under; None in one that writes.

    It is their number, and since when nobody has left, returned or lost a role, as seconds. At most
    one statement in each transaction, and two more where nothing is cached yet.
    """
    if is_writing():
        return None
    cache = _current_cache()
    return None if cache is None else (cache.number, int(cache.begins_at.timestamp()))


def _current_cache() -> _Cache | None:
    """Return the cache at the current number; None in a transaction that may change rules."""
    now = clock.now()
    # A page asks some dozens of times: the transaction, whose number stays, remembers what it got.
    name = "terms cache", _times_cleared
    remembered: _Cache | None = looked_up(name)
    if remembered is not None and remembered.holds(now):
        return remembered
    # First the number, then the rows: the cache may be newer than its number, never older.
    number = rules_number()
    if number is None:
        return None
    engine = db.session.connection().engine
    cache = _caches.get(engine)
    if cache is None or cache.number != number or not cache.holds(now):
        known, last, following = read_people_by_clock(now)
        begins_at, ends_at = known.unchanged(now)
        begins_at = max(begins_at, last or begins_at)
        ends_at = min(ends_at, following or ends_at)
        _caches[engine] = cache = _Cache(number, now.year, begins_at, ends_at, known)
    known_in_transaction()[name] = cache
    return cache


def clear() -> None:
    """Forget everything."""
    global _times_cleared
    _times_cleared += 1
    _caches.clear()
