"""What was drawn of calendars, kept in memory until something changes that is drawn in them.

Triggers raise one number for each tree of facilities with all that its calendars show: dates,
what they take, closures, places, quotas; and one for the rules of all. Whatever is drawn is kept
under both numbers, as read in the transaction that drew it, and until the instant at which the
clock alone would change it. A transaction that writes neither reads nor keeps anything.

The key must hold all that the text depends on: facility, days, zone, language, and what the
reader may see (`rules.visibility.reading_rights`).
"""

import sys
import threading
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from cachetools import LRUCache
from sqlalchemy.engine import Engine

from booking.db.in_ids import ids_value, in_given_ids
from booking.db.revision_models import CalendarVersion
from booking.db.rows import read_rows
from booking.extensions import db
from booking.facilities.terms_cache import cached, rules_revision
from booking.facilities.tree import all_trees
from booking.rules.slots import OPEN_END

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

#: The version of some calendars: that of the rules (`rules_revision`), then those of their trees.
Version = tuple[int, ...]
#: What an entry takes beside its texts, in bytes: key, object, place in the cache.
ENTRY_BYTES = 1000
#: What the id of a facility takes in a set, in bytes.
ID_BYTES = 90
#: The end of what only a change of the rules ends.
FOREVER = datetime.max.replace(tzinfo=UTC)
_MEGABYTE = 2**20
_BEGINNING = datetime.min.replace(tzinfo=UTC)
# Where a session keeps the versions that it has read, with the transaction in which it did.
_VERSIONS = "calendar_versions"


@dataclass(frozen=True)
class Drawn(Generic[T]):
    """Something drawn: it holds up to `until` (exclusive), unless something is written.

    `size` is about how many bytes it takes. With `until` None it is not kept.
    """

    value: T
    until: datetime | None
    size: int


@dataclass(frozen=True)
class _Entry:
    version: Version
    drawn_at: datetime
    until: datetime
    value: Any
    size: int

    def holds(self, version: Version | None, now: datetime) -> bool:
        return self.version == version and self.drawn_at <= now < self.until


class _Cache:
    """Entries by key, those not used for longest dropped first. Safe for threads."""

    def __init__(self, megabytes: int) -> None:
        self._entries: LRUCache[Hashable, _Entry] = LRUCache(
            megabytes * _MEGABYTE, getsizeof=lambda entry: entry.size
        )
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> _Entry | None:
        with self._lock:
            return self._entries.get(key)

    def put(self, key: Hashable, entry: _Entry) -> None:
        with self._lock:
            if entry.size <= self._entries.maxsize:
                self._entries[key] = entry

    def get_all(self, keys: Sequence[Hashable]) -> list[_Entry | None]:
        with self._lock:
            return [self._entries.get(key) for key in keys]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    @property
    def bytes(self) -> int:
        with self._lock:
            return int(self._entries.currsize)


_caches: "WeakKeyDictionary[Engine, _Cache]" = WeakKeyDictionary()


def prepare(engine: Engine, megabytes: int) -> None:
    """Give this database's calendars a cache of at most so many megabytes; 0: nothing is kept."""
    _caches[engine] = _Cache(megabytes)


def calendar_versions(facility_ids: Collection[int]) -> dict[int, Version] | None:
    """Return the version of each facility's calendar; None in a transaction that writes.

    Facilities that do not exist are left out. At most one statement, beside one for the rules.
    """
    rules = rules_revision()
    if rules is None:
        return None
    root_of = _roots(facility_ids)
    numbers = _numbers(set(root_of.values()))
    return {facility_id: (*rules, numbers[root]) for facility_id, root in root_of.items()}


def version_of_all(facility_ids: Collection[int]) -> Version | None:
    """Return the version of all these calendars together; None in a transaction that writes.

    Of no facilities it is that of the rules. At most one statement, beside one for the rules.
    """
    rules = rules_revision()
    if rules is None:
        return None
    numbers = _numbers(roots := set(_roots(facility_ids).values()))
    return *rules, *(part for root in sorted(roots) for part in (root, numbers[root]))


def _roots(facility_ids: Collection[int]) -> dict[int, int]:
    if not facility_ids:
        return {}
    root_of = cached("roots", _find_roots)
    return {one: root_of[one] for one in facility_ids if one in root_of}


def _find_roots() -> dict[int, int]:
    trees = all_trees()
    return {one: trees.root(one) for one in trees.parent_of}


def _numbers(roots: set[int]) -> dict[int, int]:
    """Return the numbers of these trees, remembered to the end of the transaction."""
    session = db.session()
    transaction = session.get_transaction()
    read_in, known = session.info.get(_VERSIONS, (None, None))
    if known is None or read_in is not transaction:
        known = {}
        session.info[_VERSIONS] = transaction, known
    missing = roots - known.keys()
    if missing:
        known.update(dict.fromkeys(missing, 0))
        query = _numbers_query(session.get_bind().dialect.name)
        known.update(read_rows(query, {"roots": ids_value(missing)}))
    return known


@cache
def _numbers_query(dialect: str) -> sa.Select[int, int]:
    return sa.select(CalendarVersion.root_id, CalendarVersion.number).where(
        in_given_ids(CalendarVersion.root_id, "roots", dialect)
    )


def kept(key: Hashable, version: Version, now: datetime) -> Any | None:
    """Return what is kept under `key` if it still holds at `now`, else None."""
    entry = _cache().get(key)
    return entry.value if entry is not None and entry.holds(version, now) else None


def keep(key: Hashable, version: Version, now: datetime, drawn: Drawn[Any]) -> None:
    """Keep what was drawn at `now` under this version, in place of what was there."""
    _keep(_cache(), key, version, now, drawn, _texts_in(key))


def _keep(
    cache: _Cache, key: Hashable, version: Version, now: datetime, drawn: Drawn[Any], key_bytes: int
) -> None:
    if drawn.until is not None and now < drawn.until:
        size = drawn.size + ENTRY_BYTES + key_bytes
        cache.put(key, _Entry(version, now, drawn.until, drawn.value, size))


def drawn_once(
    key: Hashable,
    facility_ids: Collection[int],
    now: datetime,
    draw: Callable[[], Drawn[T]],
) -> T:
    """Return what `draw` draws at `now`, from memory where it still holds.

    `facility_ids` are all those whose trees it reads.
    """
    version = version_of_all(facility_ids)
    if version is None:
        return draw().value
    found: T | None = kept(key, version, now)
    if found is not None:
        return found
    drawn = draw()
    keep(key, version, now, drawn)
    return drawn.value


def drawn_each(
    keys: Mapping[int, Hashable],
    now: datetime,
    draw: Callable[[Sequence[int]], dict[int, Drawn[T]]],
) -> dict[int, Drawn[T]]:
    """Return what `draw` draws at `now` of each of these facilities, all of them at once.

    It gets those that are not kept in memory; `keys` name what is kept, by facility, and differ in
    nothing else.
    """
    versions = calendar_versions(keys)
    if versions is None:
        return draw(list(keys))
    cache = _cache()
    found: dict[int, Drawn[T]] = {}
    for (facility_id, _key), entry in zip(
        keys.items(), cache.get_all(list(keys.values())), strict=True
    ):
        if entry is not None and entry.holds(versions.get(facility_id), now):
            found[facility_id] = Drawn(entry.value, entry.until, entry.size)
    missing = [one for one in keys if one not in found]
    if missing:
        key_bytes = _texts_in(keys[missing[0]])
        for facility_id, drawn in draw(missing).items():
            version = versions[facility_id]
            _keep(cache, keys[facility_id], version, now, drawn, key_bytes)
            found[facility_id] = drawn
    return found


def written_once(
    keys: Sequence[K], write: Callable[[K], T], size_of: Callable[[T], int]
) -> list[T]:
    """Return what `write` makes of each key, from memory where it was made before.

    It must depend on the key alone: what is kept holds at all times and under every version.
    """
    cache = _cache()
    made: list[T] = []
    for key, entry in zip(keys, cache.get_all(keys), strict=True):
        if entry is None:
            value = write(key)
            size = size_of(value) + ENTRY_BYTES
            cache.put(key, _Entry((), _BEGINNING, OPEN_END, value, size))
        else:
            value = entry.value
        made.append(value)
    return made


def text_bytes(*texts: str | bytes) -> int:
    """Return how many bytes these texts take in memory: one to four for each letter."""
    return sum(map(sys.getsizeof, texts))


def _texts_in(key: Hashable) -> int:
    """Return how many bytes the texts of a key take, which may come from a long address."""
    if isinstance(key, str | bytes):
        return text_bytes(key)
    return sum(map(_texts_in, key)) if isinstance(key, tuple) else 0


def kept_bytes() -> int:
    """Return about how many bytes are kept for the database of this application."""
    return _cache().bytes


def clear() -> None:
    """Forget everything."""
    for one in _caches.values():
        one.clear()


def _cache() -> _Cache:
    engine = db.engine
    cache = _caches.get(engine)
    if cache is None:
        _caches[engine] = cache = _Cache(0)
    return cache
