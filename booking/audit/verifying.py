"""Walking the whole log and checking the chain, in batches of plain rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from booking.audit.models import AuditEntry, AuditHead
from booking.extensions import db
from booking.rules.audit_chain import BEGINNING, ChainFault, Sealed, digest
from booking.rules.audit_events import Event

BATCH = 10_000
_ERASURES = frozenset({Event.PERSON_ERASED, Event.ADDRESSES_ERASED})


@dataclass(frozen=True)
class Verified:
    """What a walk found: the end of the log, and the first fault with its position, if any."""

    position: int
    hash: str
    erased: int = 0
    fault: ChainFault | None = None


class _Entry(NamedTuple):
    """What is read of an entry: what its hash covers in one piece, as millions are checked."""

    sealed: Sealed
    hash: str
    content: str | None
    content_salt: str | None
    address: str | None
    address_salt: str | None
    erased_by: int | None


_SEALED = len(Sealed._fields)
_COLUMNS = tuple(AuditEntry.__table__.c[name] for name in (*Sealed._fields, *_Entry._fields[1:]))


def verify(
    *, expected: tuple[int, str] | None = None, progress: Callable[[int], None] | None = None
) -> Verified:
    """Return whether the log is whole, from its beginning to its end; only reads.

    `expected` are position and hash of an entry as somebody noted them once: so also a log is
    found out that was written anew. `progress` is told the position after each batch.
    """
    position, last_hash, erased = 0, BEGINNING, 0
    erasures: set[int] = set()
    named: dict[int, int] = {}
    for entry in _entries(progress):
        position += 1
        fault = _fault(entry, position, last_hash)
        if fault is None and expected == (position, entry.hash):
            expected = None
        elif fault is None and expected is not None and expected[0] == position:
            fault = ChainFault.CHANGED
        if fault is not None:
            return Verified(position, last_hash, erased, fault)
        last_hash = entry.hash
        if entry.sealed.event in _ERASURES:
            erasures.add(position)
        if entry.erased_by is not None:
            erased += 1
            named.setdefault(entry.erased_by, position)
    unnamed = [first for erasure, first in named.items() if erasure not in erasures]
    if unnamed:
        return Verified(min(unnamed), last_hash, erased, ChainFault.ERASED_BY_NOTHING)
    end = db.session.execute(sa.select(AuditHead.position, AuditHead.hash)).one()
    if tuple(end) != (position, last_hash) or expected is not None:
        return Verified(position + 1, last_hash, erased, ChainFault.END_MISSING)
    return Verified(position, last_hash, erased)


def _entries(progress: Callable[[int], None] | None) -> Iterator[_Entry]:
    after = 0
    while True:
        rows = db.session.execute(
            sa.select(*_COLUMNS)
            .where(AuditEntry.position > after)
            .order_by(AuditEntry.position)
            .limit(BATCH)
        ).all()
        for row in rows:
            yield _Entry(Sealed(*row[:_SEALED]), *row[_SEALED:])
        if len(rows) < BATCH:
            return
        after = rows[-1].position
        if progress is not None:
            progress(after)


def _fault(entry: _Entry, position: int, last_hash: str) -> ChainFault | None:
    sealed = entry.sealed
    if sealed.position != position:
        return ChainFault.MISSING
    if sealed.previous_hash != last_hash:
        return ChainFault.DOES_NOT_FOLLOW
    if sealed.hash != entry.hash:
        return ChainFault.CHANGED
    for text, salt, known in (
        (entry.content, entry.content_salt, sealed.content_digest),
        (entry.address, entry.address_salt, sealed.address_digest),
    ):
        if text is None and known is not None:
            if entry.erased_by is None:
                return ChainFault.ERASED_BY_NOTHING
        elif text is not None and (known is None or digest(salt or "", text) != known):
            return ChainFault.CONTENT_CHANGED
    return None
