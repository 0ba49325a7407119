"""Reading the pictures and documents of facilities, each for who may see it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.bookings.readers import of_requester
from booking.db.in_ids import ids_value, in_given_ids, in_ids
from booking.db.rows import read_rows
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.change_models import FacilityDraft
from booking.facilities.deciders import decides_on
from booking.facilities.drafts import knows_draft
from booking.facilities.keepers import keeps
from booking.facilities.terms_cache import cached, cached_by
from booking.facilities.tree import parts_of, trees_of
from booking.files.models import DraftFile, FacilityFile, StoredFile
from booking.rules.lifecycle import FIRM
from booking.rules.uploads import Audience, FileKind
from booking.rules.visibility import Viewer

#: The files of so many facilities are kept in memory.
_MOST_KEPT = 500


@dataclass(frozen=True)
class Size:
    """One size of a picture: its hash, and pixels."""

    sha256: str
    width: int
    height: int


@dataclass(frozen=True)
class ShownPicture:
    """A picture of a facility; `alt` is what is on it."""

    id: int
    alt: str
    credit: str
    large: Size
    small: Size


@dataclass(frozen=True)
class ShownDocument:
    """A document of a facility; `name` is that of its file, `size` in bytes.

    `language` is "" where nobody stated it. `is_draft`: of a facility that is not published.
    """

    id: int
    title: str
    name: str
    size: int
    language: str
    audience: Audience
    is_draft: bool = False


@dataclass(frozen=True)
class FileToSend:
    """What is sent of a file."""

    sha256: str
    size: int
    media_type: str
    name: str
    is_public: bool


def pictures_of(facility_id: int) -> Sequence[ShownPicture]:
    """Return the pictures of a facility in their order. No statement where nothing has changed."""
    return _files_of(facility_id).pictures


def documents_of(
    facility_id: int, audiences: Collection[Audience] = tuple(Audience)
) -> list[ShownDocument]:
    """Return the documents of a facility for these audiences, in their order.

    No statement where nothing has changed.
    """
    return [one for one in _files_of(facility_id).documents if one.audience in audiences]


def draft_pictures(draft_id: int) -> list[ShownPicture]:
    """Return the pictures of a facility that is not published, in their order."""
    return [_picture(row) for row in _draft_files(draft_id, FileKind.PICTURE)]


def draft_documents(draft_id: int) -> list[ShownDocument]:
    """Return the documents of a facility that is not published, in their order."""
    rows = _draft_files(draft_id, FileKind.DOCUMENT)
    return [_document(row, is_draft=True) for row in rows]


@dataclass(frozen=True)
class _Files:
    pictures: Sequence[ShownPicture]
    documents: Sequence[ShownDocument]


def _files_of(facility_id: int) -> _Files:
    def read() -> _Files:
        rows = _files([facility_id])
        return _Files(
            [_picture(row) for row in rows if row.kind == FileKind.PICTURE],
            [_document(row) for row in rows if row.kind == FileKind.DOCUMENT],
        )

    return cached_by("files", facility_id, read, most=_MOST_KEPT)


def documents_for_bookings(
    facility_ids: Collection[int],
) -> dict[int, list[ShownDocument]]:
    """Return what who has a confirmed date there reads, by facility: theirs and those above.

    The nearest first. Two statements, none for no facilities.
    """
    if not facility_ids:
        return {}
    trees = trees_of(facility_ids)
    chains = {one: [one, *trees.above(one)] for one in facility_ids}
    rows = _files({node for chain in chains.values() for node in chain})
    return {
        facility_id: [
            _document(row)
            for node in chain
            for row in rows
            if row.owner_id == node and row.kind == FileKind.DOCUMENT
        ]
        for facility_id, chain in chains.items()
    }


def covers() -> Mapping[int, ShownPicture]:
    """Return the picture that stands for each facility which has one, by its id.

    No statement where nothing has changed.
    """
    return cached("covers", _read_covers)


def _read_covers() -> dict[int, ShownPicture]:
    return {row.owner_id: _picture(row) for row in read_rows(_COVERS)}


def picture_to_send(sha256: str) -> FileToSend:
    """Return a picture by its hash.

    Raises:
        NotFound: no facility has it.
    """
    shown = sa.exists().where(
        FacilityFile.kind == FileKind.PICTURE,
        sa.or_(FacilityFile.file_id == StoredFile.id, FacilityFile.small_id == StoredFile.id),
    )
    found = db.session.scalars(
        sa.select(StoredFile).where(StoredFile.sha256 == sha256, shown).limit(1)
    ).first()
    if found is None:
        raise NotFound("picture")
    return _to_send(found, is_public=True)


def document_to_send(viewer: Viewer, document_id: int, name: str, now: datetime) -> FileToSend:
    """Return a document with the name of its file.

    Raises:
        NotFound: there is none, or it is not for the viewer.
    """
    row = db.session.scalar(
        sa.select(FacilityFile)
        .where(FacilityFile.id == document_id, FacilityFile.kind == FileKind.DOCUMENT)
        .options(joinedload(FacilityFile.file))
    )
    if row is None or row.file.name != name or not _may_read(viewer, row, now):
        raise NotFound("document")
    return _to_send(row.file, is_public=row.audience == Audience.PUBLIC)


def draft_picture_to_send(viewer: Viewer, sha256: str) -> FileToSend:
    """Return a picture of a draft by its hash.

    Raises:
        NotFound: the viewer knows of no draft that has it.
    """
    of_picture = sa.or_(DraftFile.file_id == StoredFile.id, DraftFile.small_id == StoredFile.id)
    rows = db.session.execute(
        sa.select(StoredFile, FacilityDraft)
        .join(DraftFile, of_picture)
        .join(FacilityDraft, FacilityDraft.id == DraftFile.draft_id)
        .where(StoredFile.sha256 == sha256, DraftFile.kind == FileKind.PICTURE)
    ).all()
    for file, draft in rows:
        if knows_draft(viewer, draft):
            return _to_send(file, is_public=False)
    raise NotFound("picture")


def draft_document_to_send(viewer: Viewer, document_id: int, name: str) -> FileToSend:
    """Return a document of a draft with the name of its file.

    Raises:
        NotFound: there is none, or the viewer does not know of the draft.
    """
    found = db.session.execute(
        sa.select(StoredFile, FacilityDraft)
        .join(DraftFile, DraftFile.file_id == StoredFile.id)
        .join(FacilityDraft, FacilityDraft.id == DraftFile.draft_id)
        .where(DraftFile.id == document_id, DraftFile.kind == FileKind.DOCUMENT)
    ).first()
    if found is None or found[0].name != name or not knows_draft(viewer, found[1]):
        raise NotFound("document")
    return _to_send(found[0], is_public=False)


def _may_read(viewer: Viewer, row: FacilityFile, now: datetime) -> bool:
    audience = Audience(row.audience)
    if audience is Audience.PUBLIC:
        return True
    if not viewer.signed_in:
        return False
    if audience is Audience.SIGNED_IN or keeps(viewer, row.facility_id):
        return True
    return decides_on(viewer, row.facility_id) or _has_agreed_date(viewer, row.facility_id, now)


def _has_agreed_date(viewer: Viewer, facility_id: int, now: datetime) -> bool:
    """Return whether the viewer reads a booking with an agreed date to come, here or below."""
    there = (
        sa.select(Occurrence.id)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .where(
            of_requester(viewer),
            in_ids(Occurrence.facility_id, [facility_id, *parts_of(facility_id)]),
            Occurrence.state.in_(FIRM),
            Occurrence.ends_at > now,
        )
        .limit(1)
    )
    return db.session.scalar(there) is not None


_FILE, _SMALL = aliased(StoredFile), aliased(StoredFile)


def _files_with(model: type[FacilityFile | DraftFile], owner: Any) -> sa.Select[*tuple[Any, ...]]:
    """Return the query of what is shown of files, by `owner`, the column of whose they are."""
    return (
        sa.select(
            owner.label("owner_id"),
            *(model.id, model.kind, model.words, model.credit, model.language, model.audience),
            *(_FILE.sha256, _FILE.width, _FILE.height, _FILE.size, _FILE.name),
            _SMALL.sha256.label("small_sha256"),
            _SMALL.width.label("small_width"),
            _SMALL.height.label("small_height"),
        )
        .join(_FILE, _FILE.id == model.file_id)
        .outerjoin(_SMALL, _SMALL.id == model.small_id)
        .order_by(owner, model.position, model.id)
    )


_ROWS = _files_with(FacilityFile, FacilityFile.facility_id)
_EARLIER = aliased(FacilityFile)
_COVERS = _ROWS.where(
    FacilityFile.kind == FileKind.PICTURE,
    sa.not_(
        sa.exists().where(
            _EARLIER.facility_id == FacilityFile.facility_id,
            _EARLIER.kind == FileKind.PICTURE,
            _EARLIER.position < FacilityFile.position,
        )
    ),
)
_OF_DRAFT = _files_with(DraftFile, DraftFile.draft_id).where(
    DraftFile.draft_id == sa.bindparam("draft_id"), DraftFile.kind == sa.bindparam("kind")
)


def _files(facility_ids: Collection[int]) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    query = _rows_of(db.session.get_bind().dialect.name)
    return read_rows(query, {"ids": ids_value(facility_ids)})


@cache
def _rows_of(dialect: str) -> sa.Select[*tuple[Any, ...]]:
    return _ROWS.where(in_given_ids(FacilityFile.facility_id, "ids", dialect))


def _draft_files(draft_id: int, kind: FileKind) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    return read_rows(_OF_DRAFT, {"draft_id": draft_id, "kind": kind})


def _picture(row: sa.Row[*tuple[Any, ...]]) -> ShownPicture:
    large = Size(row.sha256, row.width or 0, row.height or 0)
    small = large
    if row.small_sha256:
        small = Size(row.small_sha256, row.small_width or 0, row.small_height or 0)
    return ShownPicture(row.id, row.words, row.credit, large, small)


def _document(row: sa.Row[*tuple[Any, ...]], *, is_draft: bool = False) -> ShownDocument:
    return ShownDocument(
        id=row.id,
        title=row.words,
        name=row.name,
        size=row.size,
        language=row.language,
        audience=Audience(row.audience),
        is_draft=is_draft,
    )


def _to_send(file: StoredFile, *, is_public: bool) -> FileToSend:
    return FileToSend(file.sha256, file.size, file.media_type, file.name, is_public)
