"""What a transaction has read that cannot change before it ends."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from booking.extensions import db

T = TypeVar("T")
_KNOWN = "known_in_transaction"


def is_writing() -> bool:
    """Return whether the present transaction writes, so that what it has read may change."""
    return bool(db.session.connection().get_execution_options().get("writes", False))


def once(name: Hashable, read: Callable[[], T]) -> T:
    """Return what `read` returns; a reading transaction calls it once for each name.

    It reads one snapshot. A writing one always reads, as it may have changed what `read` finds.
    """
    if is_writing():
        return read()
    known = known_in_transaction()
    if name not in known:
        known[name] = read()
    found: T = known[name]
    return found


def known_in_transaction() -> dict[Hashable, Any]:
    """Return what the present transaction knows, by name; empty when it has just begun."""
    session = db.session()
    transaction, info = session.get_transaction(), session.info
    found: tuple[Any, dict[Hashable, Any]] | None = info.get(_KNOWN)
    if found is None or found[0] is not transaction:
        info[_KNOWN] = found = transaction, {}
    return found[1]


def looked_up(name: Hashable) -> Any | None:
    """Return what the present transaction knows by this name; None also where none has begun.

    It begins no transaction, so it is cheap enough for what a page asks hundreds of times.
    """
    session = db.session()
    transaction, found = session.get_transaction(), session.info.get(_KNOWN)
    if transaction is None or found is None or found[0] is not transaction:
        return None
    return found[1].get(name)
