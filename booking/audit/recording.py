"""Appending to the log, in the transaction of what happened.

Entries are collected while the transaction runs and written as its last step: the lock on the end
of the log, which everybody wants, is taken after all others and held only for that moment.
"""

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from booking.audit.models import AuditEntry, AuditHead
from booking.db.in_ids import in_ids
from booking.db.origin import Origin, present_origin
from booking.db.transactions import before_commit
from booking.extensions import db
from booking.rules.audit_chain import Sealed, content_text, digest
from booking.rules.audit_events import Actor, Event, Subject, changed_only, subject_fault

_COLLECTED = "audit_entries"
# The columns of facilities that the log needs; the table belongs to a package above.
_FACILITY = sa.table("facility", sa.column("id", sa.Integer), sa.column("cluster_id", sa.Integer))


@dataclass
class _Pending:
    """An entry that waits for its position; `then` gets that once it has one."""

    event: Event
    at: datetime
    actor_id: int | None
    actor: Actor
    person_id: int | None
    organisation_id: int | None
    cluster_id: int | None
    facility_id: int | None
    reference: str | None
    content: str | None
    address: str | None
    then: Callable[[int], None] | None = None


@dataclass
class _Collected:
    """The entries of one transaction."""

    transaction: object
    entries: list[_Pending] = field(default_factory=list)


def record(
    event: Event,
    *,
    now: datetime,
    actor: int | None,
    person: int | None = None,
    organisation: int | None = None,
    cluster: int | None = None,
    facility: int | None = None,
    reference: str | None = None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    why: str = "",
    by: Actor | None = None,
    then: Callable[[int], None] | None = None,
) -> None:
    """Append one entry to the log when the present transaction ends; call it inside `writing`.

    `actor` is the id of the person who did it, None for nobody with an account; `by` says who it
    was then, if not whoever the transaction comes from (`db.origin`). The others are ids of what
    it is about, `reference` that of a request; the cluster of a facility is found by itself.
    `before` and `after` name small values; what is equal in both is left out, and if all is,
    nothing happened and nothing is appended. They and `why` hold no names of people: erasing a
    person erases them only in entries about that person.

    `then` is called with the position of the entry, in the same transaction.

    Raises:
        RuntimeError: no writing transaction is open.
        TypeError: a value is nothing that the log takes (`content_text`).
        ValueError: the event needs another subject, or is not about one that was named.
    """
    subjects = {
        Subject.PERSON: person,
        Subject.ORGANISATION: organisation,
        Subject.CLUSTER: cluster if cluster is not None else facility,
        Subject.FACILITY: facility,
        Subject.BOOKING: reference,
    }
    given = frozenset(subject for subject, value in subjects.items() if value is not None)
    if fault := subject_fault(event, given):
        raise ValueError(fault)
    old, new = changed_only(before or {}, after or {})
    if (before or after) and not old and not new:
        return
    origin = present_origin()
    _append(
        _Pending(
            event=event,
            at=now,
            actor_id=actor,
            actor=Actor.PERSON if actor is not None else by or origin.actor,
            person_id=person,
            organisation_id=organisation,
            cluster_id=cluster,
            facility_id=facility,
            reference=reference,
            content=content_text(old, new, why),
            address=_address(origin, actor, by),
            then=then,
        )
    )


def _address(origin: Origin, actor: int | None, by: Actor | None) -> str | None:
    """Return from where it comes; nothing of what nobody does, while somebody asks for a page."""
    if actor is None and by is not None and by is not origin.actor:
        return None
    return origin.address or None


def _append(entry: _Pending) -> None:
    before_commit(_write)
    _collected().entries.append(entry)


def _collected() -> _Collected:
    """Return what the present transaction has collected; empty when it has just begun."""
    session = db.session()
    transaction = session.get_transaction()
    found = session.info.get(_COLLECTED)
    if not isinstance(found, _Collected) or found.transaction is not transaction:
        found = session.info[_COLLECTED] = _Collected(transaction)
    return found


def _write() -> None:
    """Write what was collected, behind the last entry, whose row is locked."""
    entries = _collected().entries
    del db.session().info[_COLLECTED]
    position, last_hash, clusters = _lock_end(
        {
            one.facility_id
            for one in entries
            if one.facility_id is not None and one.cluster_id is None
        }
    )
    rows: list[dict[str, Any]] = []
    for entry in entries:
        position += 1
        row = _row(entry, position, last_hash, clusters)
        last_hash = row["hash"]
        rows.append(row)
    db.session.execute(sa.insert(AuditEntry), rows)
    for entry, row in zip(entries, rows, strict=True):
        if entry.then is not None:
            entry.then(row["position"])


def _lock_end(facility_ids: Collection[int]) -> tuple[int, str, dict[int, int]]:
    """Return position and hash of the last entry, locked, and the clusters of these facilities."""
    query = sa.select(AuditHead.position, AuditHead.hash)
    if not facility_ids:
        row = db.session.execute(query.with_for_update()).one()
        return row.position, row.hash, {}
    rows = db.session.execute(
        query.add_columns(_FACILITY.c.id, _FACILITY.c.cluster_id)
        .select_from(AuditHead)
        .outerjoin(_FACILITY, in_ids(_FACILITY.c.id, facility_ids))
        .with_for_update(of=AuditHead)
    ).all()
    clusters = {row.id: row.cluster_id for row in rows if row.id is not None}
    return rows[0].position, rows[0].hash, clusters


def _row(
    entry: _Pending, position: int, previous_hash: str, clusters: Mapping[int, int]
) -> dict[str, Any]:
    content_salt, content_digest = _salted(entry.content)
    address_salt, address_digest = _salted(entry.address)
    cluster_id = entry.cluster_id
    if cluster_id is None and entry.facility_id is not None:
        cluster_id = clusters[entry.facility_id]
    sealed = Sealed(
        position=position,
        at=entry.at.astimezone(UTC),
        event=entry.event,
        actor_kind=entry.actor,
        actor_id=entry.actor_id,
        person_id=entry.person_id,
        organisation_id=entry.organisation_id,
        cluster_id=cluster_id,
        facility_id=entry.facility_id,
        reference=entry.reference,
        content_digest=content_digest,
        address_digest=address_digest,
        previous_hash=previous_hash,
    )
    return {
        **sealed._asdict(),
        "content": entry.content,
        "content_salt": content_salt,
        "address": entry.address,
        "address_salt": address_salt,
        "hash": sealed.hash,
    }


def _salted(text: str | None) -> tuple[str | None, str | None]:
    if text is None:
        return None, None
    salt = secrets.token_hex(16)
    return salt, digest(salt, text)
