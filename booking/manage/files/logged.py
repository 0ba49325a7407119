"""What the log calls changes of pictures and documents."""

from dataclasses import dataclass
from typing import Any

from booking.files.models import FileColumns
from booking.rules.audit_events import Event
from booking.rules.owner_changes import ChangedPart
from booking.rules.uploads import MOST_DOCUMENTS, MOST_PICTURES, FileKind


@dataclass(frozen=True)
class KindWords:
    """What differs between pictures and documents."""

    part: ChangedPart
    most: int
    added: Event
    changed: Event
    removed: Event
    ordered: Event


_KINDS = {
    FileKind.PICTURE: KindWords(
        ChangedPart.PICTURES,
        MOST_PICTURES,
        Event.PICTURE_ADDED,
        Event.PICTURE_CHANGED,
        Event.PICTURE_REMOVED,
        Event.PICTURES_ORDERED,
    ),
    FileKind.DOCUMENT: KindWords(
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


def words_of_kind(kind: str) -> KindWords:
    """Return how pictures or documents are called."""
    return _KINDS[FileKind(kind)]


def said_of_file(row: FileColumns) -> dict[str, Any]:
    """Return what is said of a file, for the log."""
    return {name: getattr(row, column) for column, name in _SAID[FileKind(row.kind)].items()}
