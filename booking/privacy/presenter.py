"""What the privacy pages and the records of processing show, made from the rules of retention."""

from collections.abc import Sequence
from dataclasses import dataclass

from booking.rules.retention import Periods, Subject
from booking.wording.formats import listed
from booking.wording.personal_data import (
    BASIS_WORDS,
    SUBJECT_WORDS,
    SubjectWords,
    retention_lines,
)


@dataclass(frozen=True)
class ShownSubject:
    """One kind of data: its words, on what keeping it rests, and how long what is kept."""

    subject: Subject
    words: SubjectWords
    basis: str
    lines: Sequence[tuple[str, str]]


def shown_bases() -> list[tuple[str, str]]:
    """Return each legal basis in words, and for what it is."""
    return [
        (
            str(text),
            listed(str(words.title) for words in SUBJECT_WORDS.values() if words.basis is basis),
        )
        for basis, text in BASIS_WORDS.items()
    ]


def shown_subjects(periods: Periods) -> list[ShownSubject]:
    """Return all kinds of data that concern people."""
    return [
        ShownSubject(
            subject, words, str(BASIS_WORDS[words.basis]), retention_lines(subject, periods)
        )
        for subject, words in SUBJECT_WORDS.items()
    ]
