"""What concepts of the vocabulary are called in the reader's language."""

from collections.abc import Iterable

from flask_babel import get_locale

from booking.concepts import vocabulary


def concept_word(concept_id: str) -> str:
    """Return what a concept is called; what is none, such as a capability, unchanged."""
    return vocabulary.concept_word(concept_id, str(get_locale()))


def concept_words(concept_ids: Iterable[str]) -> list[str]:
    """Return what these concepts are called, in their order."""
    return [concept_word(one) for one in concept_ids]
