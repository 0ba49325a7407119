"""What of the catalogue people are told."""

from enum import StrEnum


class CatalogueEventKind(StrEnum):
    """What a person is told."""

    NEW_FACILITIES = "new_facilities"
    """A saved search of theirs finds facilities that it did not find before."""
    STILL_TRUE = "still_true"
    """Facts of facilities that they keep have not been confirmed for a year."""
    STILL_TRUE_REMINDER = "still_true_reminder"
    """They were asked about these a while ago. Nothing more comes until a year has passed."""


#: What owners are asked.
OF_OWNERS = frozenset({CatalogueEventKind.STILL_TRUE, CatalogueEventKind.STILL_TRUE_REMINDER})
