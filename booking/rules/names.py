"""Names of people and organisations: what may not be in them, and which look alike.

Two names look alike if they have the same skeleton, or skeletons that differ in one letter. A
skeleton is what is left of a name without case, accents, blanks, punctuation and legal form, with
letters of other scripts replaced by the Latin ones that they look like.
"""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import cache

from confusable_homoglyphs.confusables import confusables_data

#: So many accents on one letter are written nowhere; more are stacked to deface a page.
MOST_MARKS = 2
# Letters that are drawn as nothing: Hangul fillers and the empty Braille pattern.
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# Variation selectors and the grapheme joiner are marks that are drawn as nothing.
_BLANK_MARKS = frozenset("\u034f\u180b\u180c\u180d") | {chr(one) for one in range(0xFE00, 0xFE10)}
_LATIN_LOOKS = {
    **dict(zip("абвгдеёзийкмнорстухьѕіјһԁԛԝѵӏ", "a6brgee3nnkmhopctyxbsijhdqwvl", strict=True)),
    **dict(zip("αβγδεζηικλμνορτυχωϲϳ", "abydeznikxuvoptuxwcj", strict=True)),
    **dict(zip("ıłøđħŧßæœþðƒ", "ilodhtsaoedf", strict=True)),
    **dict(zip("01358|!$@", "olesbllsa", strict=True)),
}
_LEGAL_FORMS = frozenset(
    """
    ab ag aps as asa bv cic co company corp corporation cv eg eingetragener ev gbr gmbh inc is
    kg kgaa ks llc llp ltd limited mbh nv ohg oy oyj plc sa sarl sas sasu sca se sl spa sprl
    srl ug verein vof
    """.split()  # noqa: SIM905 - a list of forty words reads better like this
)
_SHORTEST_FOR_ONE_EDIT = 6


class NameProblem(StrEnum):
    """Why a text is no name."""

    UNSEEN = "unseen"  # a character that is not drawn, or that changes the direction
    STACKED = "stacked"  # too many marks on one letter


def normalised_name(text: str) -> str:
    """Return the text as names are stored: composed (NFC), with single plain blanks."""
    composed = unicodedata.normalize("NFC", text)
    blanks = (" " if unicodedata.category(one) == "Zs" else one for one in composed)
    return re.sub(" +", " ", "".join(blanks)).strip()


def name_problem(text: str) -> NameProblem | None:
    """Return what is wrong with a name, None if nothing is."""
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        # Controls, format characters (zero width, direction, tags), halves, private, unassigned.
        if category[0] == "C" or category in {"Zl", "Zp"}:
            return NameProblem.UNSEEN
        if character in _BLANK_LETTERS or character in _BLANK_MARKS:
            return NameProblem.UNSEEN
        if "\U000e0100" <= character <= "\U000e01ef":
            return NameProblem.UNSEEN
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks > MOST_MARKS:
            return NameProblem.STACKED
    return None


def can_be_seen(text: str) -> bool:
    """Return whether anything of a text is drawn: a letter, a digit or a sign."""
    return any(
        unicodedata.category(one)[0] not in "CZM" and one not in _BLANK_LETTERS for one in text
    )


def skeleton(name: str) -> str:
    """Return what names that look alike have in common; "" for a name of signs alone."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(c for c in plain if unicodedata.category(c) not in {"Mn", "Me", "Cf"})
    latin = "".join(_look(character) for character in plain)
    # "B.V." and "A/S" are one word.
    words = re.sub(r"[^\w\s]|_", "", latin).split()
    kept = [word for word in words if word not in _LEGAL_FORMS] or words
    return "".join(kept).replace("rn", "m").replace("vv", "w").replace("i", "l")


@cache
def _look(character: str) -> str:
    """Return the Latin letter that one looks like, in small print, or the character itself.

    Ours first: they go by how a name is read; then the confusables of Unicode (UTS 39).
    """
    if character in _LATIN_LOOKS:
        return _LATIN_LOOKS[character]
    if character.isascii() or not character.isalnum():
        return character
    for one in confusables_data.get(character, ()):
        letters: str = one["c"].casefold()
        if letters.isascii() and letters.isalnum():
            return _LATIN_LOOKS.get(letters, letters)
    return character


def looks_like(name: str, other: str) -> bool:
    """Return whether people could take one name for the other."""
    one, two = skeleton(name), skeleton(other)
    if one == two:
        return True
    return min(len(one), len(two)) >= _SHORTEST_FOR_ONE_EDIT and _one_edit_apart(one, two)


def look_alikes(name: str, others: Iterable[str]) -> list[str]:
    """Return those of the other names that look like this one, in their order."""
    return [other for other in others if looks_like(name, other)]


def reads_right_to_left(text: str) -> bool:
    """Return whether a text holds letters that are written from right to left."""
    return any(unicodedata.bidirectional(character) in {"R", "AL"} for character in text)


def isolated(name: str) -> str:
    """Return a name for use in a sentence: if it is written from right to left, set apart.

    The isolates U+2068 and U+2069 keep it from reordering what stands around it.
    """
    return f"\u2068{name}\u2069" if reads_right_to_left(name) else name


def _one_edit_apart(one: str, two: str) -> bool:
    """Return whether one letter more, less or other makes the texts equal."""
    if len(one) > len(two):
        one, two = two, one
    if len(two) - len(one) > 1:
        return False
    start = 0
    while start < len(one) and one[start] == two[start]:
        start += 1
    rest = one[start + 1 :] if len(one) == len(two) else one[start:]
    return rest == two[start + 1 :]
