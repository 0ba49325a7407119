"""What the directory offers to choose from."""

from collections.abc import Collection

from booking.concepts.subjects import SUBJECTS
from booking.wording.words import focus_area_word, language_name

#: Languages in which somebody may answer: those of the clusters' countries and their neighbours.
LANGUAGE_CODES = ("en", "da", "de", "es", "fi", "fr", "it", "nb", "nl", "pl", "pt", "sv")

Options = list[tuple[str, str]]


def language_options(among: Collection[str] = LANGUAGE_CODES) -> Options:
    """Return pairs of a language and its name, by name."""
    found = [(one, language_name(one)) for one in LANGUAGE_CODES if one in among]
    return sorted(found, key=lambda one: one[1].casefold())


def subject_options(among: Collection[str] = SUBJECTS) -> Options:
    """Return pairs of a subject and its name, by name."""
    found = [(one, focus_area_word(one)) for one in SUBJECTS if one in among]
    return sorted(found, key=lambda one: one[1].casefold())
