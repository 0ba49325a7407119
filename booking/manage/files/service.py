"""Adding, ordering, describing and removing pictures and documents of a facility."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from booking.audit.recording import record
from booking.db.transactions import retried, writing
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.files import storage
from booking.files.models import FacilityFile, StoredFile
from booking.files.pictures import ENDING, MEDIA_TYPE, Written, read_picture
from booking.manage.terms.service import facility_id_by_slug, reread_with_account
from booking.manage.version import claim_change, target_facility
from booking.rules.audit_events import Event
from booking.rules.owner_changes import ChangedPart
from booking.rules.uploads import (
    MOST_DOCUMENTS,
    MOST_PICTURES,
    FileKind,
    clean_name,
    document_fault,
)
from booking.rules.visibility import Account


@dataclass(frozen=True)
class _Kind:
    """What differs between pictures and documents."""

    part: ChangedPart
    most: int
    added: Event
    changed: Event
    removed: Event
    ordered: Event


_KINDS = {
    FileKind.PICTURE: _Kind(
        ChangedPart.PICTURES,
        MOST_PICTURES,
        Event.PICTURE_ADDED,
        Event.PICTURE_CHANGED,
        Event.PICTURE_REMOVED,
        Event.PICTURES_ORDERED,
    ),
    FileKind.DOCUMENT: _Kind(
        ChangedPart.DOCUMENTS,
        MOST_DOCUMENTS,
        Event.DOCUMENT_ADDED,
        Event.DOCUMENT_CHANGED,
        Event.DOCUMENT_REMOVED,
        Event.DOCUMENTS_ORDERED,
    ),
}
# The columns that say something of a file, as the log calls them.
_SAID = {
    FileKind.PICTURE: {"words": "alt", "credit": "credit"},
    FileKind.DOCUMENT: {"words": "title", "language": "language", "audience": "audience"},
}


@dataclass(frozen=True)
class SentFile:
    """A file as it was sent: what was kept of it, how many bytes came, and under which name."""

    data: bytes
    size: int
    name: str


@dataclass(frozen=True)
class _Kept:
    """What became of a file in the folder, to be named by a row."""

    sha256: str
    size: int
    media_type: str
    name: str
    width: int | None = None
    height: int | None = None


def add_file(
    account: Account,
    slug: str,
    kind: FileKind,
    sent: SentFile,
    words: Mapping[str, Any],
) -> None:
    """Add a picture or a document behind those that are there. Pages show it at once.

    It overwrites nothing, whatever others do meanwhile. `words` are columns of `FacilityFile`.

    Raises:
        BadFile: it is refused.
        NotFound: there is no such facility, or it is for others to change.
        Invalid: `file`, `too_many`.
    """
    # Before any lock is taken: it takes seconds. What no row names is swept.
    kept = _kept_picture(sent) if kind is FileKind.PICTURE else [_kept_document(sent)]
    _add(account, slug, kind, kept, words)


@retried
def _add(
    account: Account,
    slug: str,
    kind: FileKind,
    kept: Sequence[_Kept],
    words: Mapping[str, Any],
) -> None:
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        _claim(account, facility_id, kind, now, None)
        there = _rows(facility_id, kind)
        if len(there) >= _KINDS[kind].most:
            raise Invalid("file", "too_many")
        stored = [StoredFile(**vars(one), put_by_id=account.person_id, put_at=now) for one in kept]
        db.session.add_all(stored)
        db.session.flush()
        row = FacilityFile(
            facility_id=facility_id,
            kind=kind,
            position=max((one.position for one in there), default=0) + 1,
            file_id=stored[0].id,
            small_id=stored[1].id if len(stored) > 1 else None,
            **words,
        )
        db.session.add(row)
        db.session.flush()
        record(
            _KINDS[kind].added,
            now=now,
            actor=account.person_id,
            facility=facility_id,
            after={**_said(row), "sha256": kept[0].sha256},
        )


@retried
def describe_file(
    account: Account,
    slug: str,
    kind: FileKind,
    number: int,
    words: Mapping[str, Any],
    *,
    version: str | None = None,
) -> None:
    """Change what is said of a picture or a document, and who may read it.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: there is no such file, or the facility is for others to change.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        _claim(account, facility_id, kind, now, version)
        row = _row(facility_id, kind, number)
        before = _said(row)
        for name, value in words.items():
            setattr(row, name, value)
        record(
            _KINDS[kind].changed,
            now=now,
            actor=account.person_id,
            facility=facility_id,
            before=before,
            after=_said(row),
        )


@retried
def move_file(
    account: Account,
    slug: str,
    kind: FileKind,
    number: int,
    *,
    earlier: bool,
    version: str | None = None,
) -> None:
    """Put a file one place earlier or later; where there is none, nothing changes.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: there is no such file, or the facility is for others to change.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        rows = list(_rows(facility_id, kind))
        row = _row(facility_id, kind, number)
        _claim(account, facility_id, kind, now, version)
        before, place = [one.words for one in rows], rows.index(row)
        other = place - 1 if earlier else place + 1
        if not 0 <= other < len(rows):
            return
        rows[place], rows[other] = rows[other], rows[place]
        for position, one in enumerate(rows, start=1):
            one.position = position
        record(
            _KINDS[kind].ordered,
            now=now,
            actor=account.person_id,
            facility=facility_id,
            before={"order": before},
            after={"order": [one.words for one in rows]},
        )


@retried
def remove_file(
    account: Account, slug: str, kind: FileKind, number: int, *, version: str | None = None
) -> None:
    """Remove a picture or a document: nobody gets it any more; its bytes are swept.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: there is no such file, or the facility is for others to change.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        _claim(account, facility_id, kind, now, version)
        row = _row(facility_id, kind, number)
        stored = [one for one in (row.file, row.small) if one is not None]
        record(
            _KINDS[kind].removed,
            now=now,
            actor=account.person_id,
            facility=facility_id,
            before={**_said(row), "sha256": row.file.sha256},
        )
        db.session.delete(row)
        db.session.flush()
        for one in stored:
            db.session.delete(one)


def _kept_picture(sent: SentFile) -> list[_Kept]:
    picture = read_picture(sent.data, sent.size)
    name = clean_name(sent.name.rpartition(".")[0] or sent.name, ENDING)
    return [_kept_size(one, name) for one in (picture.large, picture.small)]


def _kept_size(written: Written, name: str) -> _Kept:
    return _Kept(
        sha256=storage.keep(written.data),
        size=len(written.data),
        media_type=MEDIA_TYPE,
        name=name,
        width=written.width,
        height=written.height,
    )


def _kept_document(sent: SentFile) -> _Kept:
    if refusal := document_fault(sent.data, sent.size):
        raise storage.BadFile(refusal)
    name = clean_name(sent.name, "pdf")
    return _Kept(storage.keep(sent.data), len(sent.data), "application/pdf", name)


def _claim(
    account: Account, facility_id: int, kind: FileKind, now: datetime, version: str | None
) -> None:
    part = _KINDS[kind].part
    facility, _ = reread_with_account(account, facility_id, part)
    claim_change(target_facility(facility), part, now, person_id=account.person_id, seen=version)


def _rows(facility_id: int, kind: FileKind) -> Sequence[FacilityFile]:
    return db.session.scalars(
        sa.select(FacilityFile)
        .where(FacilityFile.facility_id == facility_id, FacilityFile.kind == kind)
        .order_by(FacilityFile.position, FacilityFile.id)
        .execution_options(populate_existing=True)
    ).all()


def _row(facility_id: int, kind: FileKind, number: int) -> FacilityFile:
    for one in _rows(facility_id, kind):
        if one.id == number:
            return one
    raise NotFound("file")


def _said(row: FacilityFile) -> dict[str, Any]:
    return {name: getattr(row, column) for column, name in _SAID[FileKind(row.kind)].items()}
