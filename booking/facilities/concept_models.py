"""The tables of concepts that owners proposed for the vocabulary, and of merged concepts."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.db.times import UTCDateTime
from booking.extensions import Model


class ConceptProposal(Model):
    """A concept that an owner proposed; once it is accepted, one of the vocabulary.

    A trigger raises the number of the rules with each change, as the vocabulary is kept in memory.
    """

    __tablename__ = "concept_proposal"
    __table_args__ = (sa.Index("ix_concept_proposal_state", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), unique=True, comment="random; in addresses")
    concept_id: Mapped[str] = mapped_column(
        sa.String(80), unique=True, comment="as facilities have it once it is accepted"
    )
    facet: Mapped[str] = mapped_column(sa.String(20))
    names: Mapped[dict[str, list[str]]] = mapped_column(
        sa.JSON, comment="by language, the preferred one first"
    )
    broader: Mapped[str | None] = mapped_column(sa.String(80), comment="what it is a kind of")
    source: Mapped[str] = mapped_column(sa.String(200), comment="where its names are from")
    facility_id: Mapped[int] = mapped_column(
        sa.ForeignKey("facility.id"), index=True, comment="for which it is wanted"
    )
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    proposed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(sa.String(10))
    merged_into: Mapped[str | None] = mapped_column(sa.String(80), comment="id of the other one")
    answer: Mapped[str] = mapped_column(
        sa.Text, default="", server_default=sa.text("''"), comment="why it was declined"
    )
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ConceptMerge(Model):
    """A concept of the vocabulary whose place another one took; without the row it is back.

    What has its id keeps it, and is read as if it had the other one. A trigger raises the number of
    the rules with each change.
    """

    __tablename__ = "concept_merge"

    concept_id: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    into_id: Mapped[str] = mapped_column(sa.String(80), comment="may have been merged itself since")
    merged_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    merged_at: Mapped[datetime] = mapped_column(UTCDateTime)
