"""Tables: files that were put here, and what each is to a facility."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from booking.db.times import UTCDateTime
from booking.extensions import Model


class StoredFile(Model):
    """A file as it is stored: pictures are not the bytes that somebody sent.

    The bytes lie in the folder of files, named by their hash; two rows may share them.
    """

    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True, comment="in lower-case hex")
    size: Mapped[int] = mapped_column(comment="in bytes")
    media_type: Mapped[str] = mapped_column(sa.String(40), comment="by its content")
    width: Mapped[int | None] = mapped_column(comment="of a picture, in pixels")
    height: Mapped[int | None] = mapped_column(comment="of a picture, in pixels")
    name: Mapped[str] = mapped_column(sa.String(100), comment="cleaned; as which it is sent")
    put_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    put_at: Mapped[datetime] = mapped_column(UTCDateTime)


class FileColumns:
    """What is stored of a picture or a document of a facility, wherever it is shown.

    The first picture by `position` stands for the facility in lists. `small_id` is the same
    picture for lists.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(10), comment="picture, document")
    position: Mapped[int]
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    small_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    words: Mapped[str] = mapped_column(
        sa.String(250), comment="what is on a picture, for who cannot see it; title of a document"
    )
    credit: Mapped[str] = mapped_column(
        sa.String(120), default="", server_default=sa.text("''"), comment="whose picture it is"
    )
    language: Mapped[str] = mapped_column(
        sa.String(2), default="", server_default=sa.text("''"), comment="of a document"
    )
    audience: Mapped[str] = mapped_column(
        sa.String(10),
        default="public",
        server_default=sa.text("'public'"),
        comment="public, signed_in, confirmed",
    )

    @declared_attr
    def file(cls: Any) -> Mapped[StoredFile]:  # noqa: N805
        """Return the file itself."""
        return relationship(foreign_keys=[cls.file_id])

    @declared_attr
    def small(cls: Any) -> Mapped[StoredFile | None]:  # noqa: N805
        """Return the picture for lists."""
        return relationship(foreign_keys=[cls.small_id])


class FacilityFile(FileColumns, Model):
    """A picture or a document of a facility. Pictures are public."""

    __tablename__ = "facility_file"
    __table_args__ = (sa.Index("ix_facility_file_facility_id", "facility_id", "kind", "position"),)

    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"))


class DraftFile(FileColumns, Model):
    """A picture or a document of a facility that is not published: nothing public reads it."""

    __tablename__ = "draft_file"
    __table_args__ = (sa.Index("ix_draft_file_draft_id", "draft_id", "kind", "position"),)

    draft_id: Mapped[int] = mapped_column(sa.ForeignKey("facility_draft.id"))
