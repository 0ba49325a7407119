"""What a file is goes by its content, and its name is made harmless."""

import pytest

from booking.rules.uploads import (
    MOST_DOCUMENT_BYTES,
    MOST_PICTURE_BYTES,
    UploadFault,
    clean_name,
    document_fault,
    picture_fault,
)
from tests.uploads import PDF, SVG, archive, picture


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (picture(), None),
        (b"", UploadFault.EMPTY),
        (archive(), UploadFault.ZIP),
        (SVG, UploadFault.SVG),
        (b"\xef\xbb\xbf \n<?xml version='1.0'?>" + SVG, UploadFault.SVG),
        (b"GIF89a....", UploadFault.GIF),
        (b"\0\0\0\x18ftypheic\0\0\0\0", UploadFault.HEIC),
        (PDF, UploadFault.PICTURE_IS_PDF),
        (b"MZ\x90\0", UploadFault.NOT_A_PICTURE),
        (picture() + b"<SCRIPT>alert(1)</SCRIPT>", UploadFault.TWO_THINGS),
        (picture() + archive(), UploadFault.TWO_THINGS),
    ],
)
def test_a_picture_is_told_by_its_content(data, fault):
    found = picture_fault(data, len(data))

    assert (found and found.fault) == fault


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (PDF, None),
        (b"", UploadFault.EMPTY),
        (picture(), UploadFault.NOT_A_PDF),
        (b"<html>" + PDF, UploadFault.NOT_A_PDF),
        (PDF[:-8], UploadFault.UNFINISHED_PDF),
        (PDF + b"<script>alert(1)</script>", UploadFault.UNFINISHED_PDF),
        (PDF + archive(), UploadFault.UNFINISHED_PDF),
        (PDF.replace(b"/Root", b"/Encrypt 3 0 R/Root"), UploadFault.LOCKED_PDF),
    ],
)
def test_a_document_begins_and_ends_as_a_pdf(data, fault):
    found = document_fault(data, len(data))

    assert (found and found.fault) == fault


@pytest.mark.parametrize(
    ("judge", "most"), [(picture_fault, MOST_PICTURE_BYTES), (document_fault, MOST_DOCUMENT_BYTES)]
)
def test_what_was_sent_counts_and_not_what_was_kept_of_it(judge, most):
    data = picture() if judge is picture_fault else PDF

    assert judge(data, most) is None
    assert judge(data, most + 1).fault is UploadFault.TOO_LARGE


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Site rules.pdf", "Site rules.pdf"),
        ("Règles.PDF", "Règles.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\me\\map.pdf", "map.pdf"),
        ('a"b\r\nSet-Cookie: x.pdf', "a b Set-Cookie x.pdf"),
        ("\u202efdp.exe", "fdp.exe.pdf"),
        ("...", "file.pdf"),
        ("", "file.pdf"),
        ("x" * 300 + ".pdf", "x" * 80 + ".pdf"),
    ],
)
def test_a_name_has_no_folders_and_no_odd_characters_and_its_own_ending(typed, name):
    assert clean_name(typed, "pdf") == name
