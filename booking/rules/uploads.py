"""What may be put here as a picture or a document, judged by its content and never by its name."""

import unicodedata
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import PurePosixPath

MEGABYTE = 2**20
#: Pictures of one facility, and bytes of each as it is sent.
MOST_PICTURES = 12
MOST_PICTURE_BYTES = 10 * MEGABYTE
#: Documents of one facility, and bytes of each.
MOST_DOCUMENTS = 20
MOST_DOCUMENT_BYTES = 20 * MEGABYTE
#: A form with a file is read up to here, so that a page can say at its field that it is too large.
LONGEST_UPLOAD = 100 * MEGABYTE
#: Decoding takes three or four bytes of memory for each.
MOST_PIXELS = 50_000_000
#: Smaller ones look coarse even on a telephone.
FEWEST_PIXELS_A_SIDE = 300
#: What is stored is at most so wide and high: the whole picture, and the one for lists.
LARGE_SIDE = 1600
SMALL_SIDE = 640
#: Of the name of a file, without its ending.
LONGEST_NAME = 80

_TAIL = 2048


class FileKind(StrEnum):
    """What a file of a facility is."""

    PICTURE = "picture"
    DOCUMENT = "document"


class Audience(StrEnum):
    """Who may read a document."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    CONFIRMED = "confirmed"
    """Organisations with a confirmed date to come, beside those who decide there and keepers."""


class Content(StrEnum):
    """What the first bytes of a file say that it is."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"
    HEIC = "heic"
    SVG = "svg"
    PDF = "pdf"
    ZIP = "zip"
    OTHER = "other"


class UploadFault(StrEnum):
    """Why a file is refused."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"  # most: megabytes
    NOT_A_PICTURE = "not_a_picture"
    PICTURE_IS_PDF = "picture_is_pdf"
    GIF = "gif"
    HEIC = "heic"
    SVG = "svg"
    ZIP = "zip"
    ANIMATED = "animated"
    TOO_MANY_PIXELS = "too_many_pixels"  # most, has: megapixels
    TOO_SMALL = "too_small"  # fewest: pixels
    DAMAGED = "damaged"
    TWO_THINGS = "two_things"
    NOT_A_PDF = "not_a_pdf"
    UNFINISHED_PDF = "unfinished_pdf"
    LOCKED_PDF = "locked_pdf"
    NO_ROOM = "no_room"


@dataclass(frozen=True)
class Refusal:
    """Why a file is refused, with the numbers of its sentence."""

    fault: UploadFault
    most: int = 0
    has: int = 0


_PICTURES = frozenset({Content.JPEG, Content.PNG, Content.WEBP})
_NO_PICTURE = {
    Content.PDF: UploadFault.PICTURE_IS_PDF,
    Content.GIF: UploadFault.GIF,
    Content.HEIC: UploadFault.HEIC,
    Content.SVG: UploadFault.SVG,
    Content.ZIP: UploadFault.ZIP,
    Content.OTHER: UploadFault.NOT_A_PICTURE,
}
# https://www.iana.org/assignments/media-types/image/heic, and the brands of AVIF.
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1", b"avif", b"avis")
#: What a browser or a server might run, if something took the file for text.
_RUNS = (b"<script", b"<?php", b"<!doctype html", b"<html")


def content_of(data: bytes) -> Content:
    """Return what a file is by its first bytes."""
    if data.startswith(b"\xff\xd8\xff"):
        return Content.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Content.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Content.WEBP
    if data.startswith((b"GIF87a", b"GIF89a")):
        return Content.GIF
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        return Content.HEIC
    if data.startswith(b"%PDF-"):
        return Content.PDF
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Content.ZIP
    head = data[:_TAIL].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")) and b"<svg" in head:
        return Content.SVG
    return Content.OTHER


def picture_fault(data: bytes, size: int) -> Refusal | None:
    """Return why this is no picture to decode, or None; `size` is what was sent of it."""
    if fault := _size_fault(size, MOST_PICTURE_BYTES):
        return fault
    content = content_of(data)
    if content not in _PICTURES:
        return Refusal(_NO_PICTURE[content])
    small = data.lower()
    if zipfile.is_zipfile(BytesIO(data)) or any(one in small for one in _RUNS):
        return Refusal(UploadFault.TWO_THINGS)
    return None


def pixels_fault(width: int, height: int) -> Refusal | None:
    """Return why a picture of this size is not decoded, or None."""
    if width * height > MOST_PIXELS:
        # Rounded up, so that it never says that 50 is more than 50.
        return Refusal(
            UploadFault.TOO_MANY_PIXELS, MOST_PIXELS // 10**6, -(-width * height // 10**6)
        )
    if min(width, height) < FEWEST_PIXELS_A_SIDE:
        return Refusal(UploadFault.TOO_SMALL, FEWEST_PIXELS_A_SIDE)
    return None


def document_fault(data: bytes, size: int) -> Refusal | None:
    """Return why this is no PDF to be stored, or None; `size` is what was sent of it.

    It begins and ends as a PDF does, so that nothing else stands before it or behind it.
    """
    if fault := _size_fault(size, MOST_DOCUMENT_BYTES):
        return fault
    if content_of(data) is not Content.PDF:
        return Refusal(UploadFault.NOT_A_PDF)
    end = data[-_TAIL:].rstrip(b"\0 \t\r\n")
    if not end.endswith(b"%%EOF") or b"startxref" not in end:
        return Refusal(UploadFault.UNFINISHED_PDF)
    if zipfile.is_zipfile(BytesIO(data)):
        return Refusal(UploadFault.TWO_THINGS)
    if b"/Encrypt" in data:
        return Refusal(UploadFault.LOCKED_PDF)
    return None


def _size_fault(size: int, most: int) -> Refusal | None:
    if not size:
        return Refusal(UploadFault.EMPTY)
    if size > most:
        return Refusal(UploadFault.TOO_LARGE, most // MEGABYTE, -(-size // MEGABYTE))
    return None


def clean_name(typed: str, ending: str) -> str:
    """Return a name of a file that can be shown and sent: without folders, with this ending.

    `ending` is such as "pdf". Names of which nothing is left become "file".
    """
    last = PurePosixPath(typed.replace("\\", "/").replace("\0", "")).name
    stem = unicodedata.normalize("NFC", last)
    if stem.lower().endswith(f".{ending}"):
        stem = stem[: -len(ending) - 1]
    shown = "".join(
        one if unicodedata.category(one)[0] in "LNPZ" and one not in '"<>|:*?/\\%' else " "
        for one in stem
    )
    short = " ".join(shown.split()).strip(". ")[:LONGEST_NAME].strip(". ")
    return f"{short or 'file'}.{ending}"
