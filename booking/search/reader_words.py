"""The words by which readers find kinds, hazards, focus areas and countries."""

from booking.search.facts import CodeWords
from booking.wording.concepts import concept_word
from booking.wording.translator import language
from booking.wording.words import country_name, focus_area_word, hazard_word, kind_word


def reader_words() -> CodeWords:
    """Return what codes are called in the reader's language."""
    return CodeWords(
        language=str(language()),
        kind=kind_word,
        hazard=hazard_word,
        focus_area=focus_area_word,
        country=country_name,
        concept=concept_word,
    )
