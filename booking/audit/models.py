"""Tables: the log of who changed what, and its end.

Triggers (migration 0032) refuse what does not continue the chain, and to change or delete an entry,
but for erasing its content and its address.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.db.times import UTCDateTime
from booking.extensions import Model

HASH = sa.String(64)


class AuditHead(Model):
    """The one row that names the last entry. Who appends locks it, as the last of their locks."""

    __tablename__ = "audit_head"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(comment="of the last entry; 0: there is none")
    hash: Mapped[str] = mapped_column(HASH, comment="of the last entry")


class AuditEntry(Model):
    """One thing that happened: who, when, to whom or what. It names ids and nobody's name.

    No foreign keys: an entry outlives what it is about, and appending locks no other row.
    """

    __tablename__ = "audit_entry"
    __table_args__ = tuple(
        sa.Index(
            f"ix_audit_entry_{column}_at",
            column,
            "at",
            "position",
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
            sqlite_where=sa.text(f"{column} IS NOT NULL"),
        )
        for column in ("actor_id", "person_id", "organisation_id", "cluster_id", "facility_id")
    )

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    event: Mapped[str] = mapped_column(sa.String(40))
    actor_kind: Mapped[str] = mapped_column(
        sa.String(10), comment="person, operator, worker, visitor, product"
    )
    actor_id: Mapped[int | None] = mapped_column(comment="the person who did it")
    person_id: Mapped[int | None] = mapped_column(comment="whom it is about")
    organisation_id: Mapped[int | None]
    cluster_id: Mapped[int | None]
    facility_id: Mapped[int | None]
    reference: Mapped[str | None] = mapped_column(sa.String(7), comment="of the request: K7M-4QX")
    content: Mapped[str | None] = mapped_column(
        sa.Text, comment="JSON: before, after, why; None: nothing, or erased"
    )
    content_salt: Mapped[str | None] = mapped_column(sa.String(32), comment="erased with it")
    content_digest: Mapped[str | None] = mapped_column(HASH, comment="of salt and content")
    address: Mapped[str | None] = mapped_column(
        sa.String(50), comment="network of the browser; None: no browser, or erased"
    )
    address_salt: Mapped[str | None] = mapped_column(sa.String(32), comment="erased with it")
    address_digest: Mapped[str | None] = mapped_column(HASH, comment="of salt and address")
    previous_hash: Mapped[str] = mapped_column(HASH, comment="of the entry before")
    hash: Mapped[str] = mapped_column(HASH, comment="of all but content, address and their salts")
    erased_by: Mapped[int | None] = mapped_column(
        comment="position of the entry that says why content or address are gone"
    )
