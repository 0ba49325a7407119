"""Adding, ordering, describing and removing pictures and documents of a facility."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from booking.audit.recording import record
from booking.db.transactions import retried, writing
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.facilities.change_models import FacilityDraft
from booking.facilities.models import Facility
from booking.files import storage
from booking.files.models import DraftFile, FacilityFile, StoredFile
from booking.files.pictures import ENDING, MEDIA_TYPE, Written, read_picture
from booking.manage.files.logged import KindWords, said_of_file, words_of_kind
from booking.manage.new_facilities.service import changed_files, save_content
from booking.manage.queries import DraftKey
from booking.manage.terms.service import facility_id_by_slug, reread_with_account
from booking.manage.version import check_version, claim_change, target_facility
from booking.rules.audit_events import Event
from booking.rules.uploads import FileKind, clean_name, document_fault
from booking.rules.visibility import Account


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


#: The slug of a facility, or a draft of one.
Of = str | DraftKey


@dataclass(frozen=True)
class _Files:
    """The files of one kind of a facility or a draft, while it is locked.

    `facility` is None for a draft, whose changes are not in the log before it is published.
    """

    model: type[FacilityFile] | type[DraftFile]
    owner: InstrumentedAttribute[int]
    owner_id: int
    words: KindWords
    kind: FileKind
    now: datetime
    person_id: int
    facility: Facility | None
    draft: FacilityDraft | None

    def rows(self) -> Sequence[FacilityFile | DraftFile]:
        """Return them in their order."""
        query: sa.Select[Any] = (
            sa.select(self.model)
            .where(self.owner == self.owner_id, self.model.kind == self.kind)
            .order_by(self.model.position, self.model.id)
            .execution_options(populate_existing=True)
        )
        return db.session.scalars(query).all()

    def row(self, number: int) -> FacilityFile | DraftFile:
        """Return one of them.

        Raises:
            NotFound: it is not among them.
        """
        for one in self.rows():
            if one.id == number:
                return one
        raise NotFound("file")

    def new(self, **columns: Any) -> FacilityFile | DraftFile:
        """Return a further one."""
        return self.model(**{self.owner.key: self.owner_id, "kind": self.kind, **columns})

    def changed(
        self, event: Event, *, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
    ) -> None:
        """Raise the version of what they belong to, and record the change."""
        if self.draft is not None:
            save_content(self.draft, self.draft.content, self.person_id, self.now)
        if self.facility is not None:
            claim_change(
                target_facility(self.facility),
                self.words.part,
                self.now,
                person_id=self.person_id,
                seen=None,
            )
            record(
                event,
                now=self.now,
                actor=self.person_id,
                facility=self.facility.id,
                before=before,
                after=after,
            )


def add_file(
    account: Account,
    of: Of,
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
    _add(account, of, kind, kept, words)


@retried
def _add(
    account: Account,
    of: Of,
    kind: FileKind,
    kept: Sequence[_Kept],
    words: Mapping[str, Any],
) -> None:
    with _changing(account, of, kind, None) as files:
        there = files.rows()
        if len(there) >= files.words.most:
            raise Invalid("file", "too_many")
        stored = [
            StoredFile(**vars(one), put_by_id=account.person_id, put_at=files.now) for one in kept
        ]
        db.session.add_all(stored)
        db.session.flush()
        row = files.new(
            position=max((one.position for one in there), default=0) + 1,
            file_id=stored[0].id,
            small_id=stored[1].id if len(stored) > 1 else None,
            **words,
        )
        db.session.add(row)
        db.session.flush()
        files.changed(
            files.words.added,
            before=None,
            after={**said_of_file(row), "sha256": kept[0].sha256},
        )


@retried
def describe_file(
    account: Account,
    of: Of,
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
    with _changing(account, of, kind, version) as files:
        row = files.row(number)
        before = said_of_file(row)
        for name, value in words.items():
            setattr(row, name, value)
        after = said_of_file(row)
        if after != before:
            files.changed(files.words.changed, before=before, after=after)


@retried
def move_file(
    account: Account,
    of: Of,
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
    with _changing(account, of, kind, version) as files:
        rows, row = list(files.rows()), files.row(number)
        before, place = [one.words for one in rows], rows.index(row)
        other = place - 1 if earlier else place + 1
        if not 0 <= other < len(rows):
            return
        rows[place], rows[other] = rows[other], rows[place]
        for position, one in enumerate(rows, start=1):
            one.position = position
        after = [one.words for one in rows]
        files.changed(files.words.ordered, before={"order": before}, after={"order": after})


@retried
def remove_file(
    account: Account, of: Of, kind: FileKind, number: int, *, version: str | None = None
) -> None:
    """Remove a picture or a document: nobody gets it any more; its bytes are swept.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: there is no such file, or the facility is for others to change.
    """
    with _changing(account, of, kind, version) as files:
        row = files.row(number)
        stored = [one for one in (row.file, row.small) if one is not None]
        files.changed(
            files.words.removed,
            before={**said_of_file(row), "sha256": row.file.sha256},
            after=None,
        )
        db.session.delete(row)
        db.session.flush()
        for one in stored:
            db.session.delete(one)


@contextmanager
def _changing(account: Account, of: Of, kind: FileKind, version: str | None) -> Iterator[_Files]:
    """Lock what the files belong to, and check that the person may change them and has seen all."""
    words = words_of_kind(kind)
    if isinstance(of, DraftKey):
        with changed_files(account, of.slug, seen=version) as (draft, now):
            yield _Files(
                DraftFile,
                DraftFile.draft_id,
                draft.id,
                words,
                kind,
                now,
                account.person_id,
                facility=None,
                draft=draft,
            )
        return
    facility_id = facility_id_by_slug(of)
    with writing(facility_id) as now:
        facility, _ = reread_with_account(account, facility_id, words.part)
        check_version(target_facility(facility), version)
        yield _Files(
            FacilityFile,
            FacilityFile.facility_id,
            facility_id,
            words,
            kind,
            now,
            account.person_id,
            facility=facility,
            draft=None,
        )


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
