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
    CONCEPT_PROPOSED = "concept_proposed"
    """An owner proposed a concept for the vocabulary; administrators decide."""
    CONCEPT_ACCEPTED = "concept_accepted"
    CONCEPT_MERGED = "concept_merged"
    CONCEPT_DECLINED = "concept_declined"


#: What is about a proposed concept, told to who proposed it.
OF_PROPOSALS = frozenset(
    {
        CatalogueEventKind.CONCEPT_ACCEPTED,
        CatalogueEventKind.CONCEPT_MERGED,
        CatalogueEventKind.CONCEPT_DECLINED,
    }
)
#: What owners are asked.
OF_OWNERS = frozenset({CatalogueEventKind.STILL_TRUE, CatalogueEventKind.STILL_TRUE_REMINDER})
