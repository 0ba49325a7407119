"""Text and words in the form in which the search compares them."""

import unicodedata
from functools import lru_cache

# Letters that Unicode does not take apart.
_PLAIN = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})
# How the same letters are written where the keyboard lacks them.
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
# Endings that are taken off: the ending, what takes its place, how many letters must stay before
# it. The longest first.
_ENDINGS = (
    *(("ations", "at", 3), ("ation", "at", 3), ("ating", "at", 3), ("ators", "at", 3)),
    *(("ator", "at", 3), ("ated", "at", 3), ("ates", "at", 3), ("ments", "", 6), ("ment", "", 6)),
    *(("ions", "", 5), ("ives", "", 5), ("ings", "", 4), ("ion", "", 5), ("ive", "", 5)),
    *(("ing", "", 4), ("ers", "", 6), ("ors", "", 6), ("ies", "y", 3), ("ied", "y", 3)),
    *(("ches", "ch", 1), ("shes", "sh", 1), ("sses", "ss", 1), ("xes", "x", 1)),
    *(("er", "", 6), ("or", "", 6), ("ed", "", 4), ("ss", "ss", 1), ("us", "us", 1)),
    *(("is", "is", 1), ("s", "", 3)),
)
_LONGEST_WITH_E = 4  # fire
_IRREGULAR = {
    "analysis": "analys",
    "buses": "bus",
    "diver": "dive",
    "divers": "dive",
    "diving": "dive",
    "flies": "fly",
    "flying": "fly",
    "gases": "gas",
}


def fold(text: str) -> str:
    """Return the text in its plainest form: `Pôle Müllerstraße` becomes `pole mullerstrasse`."""
    lowered = unicodedata.normalize("NFKC", text).casefold().translate(_PLAIN)
    apart = unicodedata.normalize("NFKD", lowered)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def written_out(text: str) -> str:
    """Return the text folded as people write it who lack its letters: `München` as `muenchen`."""
    lowered = unicodedata.normalize("NFC", text).casefold()
    return fold(lowered.translate(_WRITTEN_OUT))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return what the forms of a folded word have in common: `dron` for `drone` and `drones`.

    Words with digits, and short ones such as `gas`, `bus` and `uas`, have one form.
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if not word.isalpha():
        return word
    for ending, instead, at_least in _ENDINGS:
        before = word.removesuffix(ending)
        if before != word and len(before) >= at_least:
            word = _without_doubled_letter(before) if ending in ("ing", "ed") else before + instead
            break
    has_e = word.endswith("e") and not word.endswith("ere")  # Tampere is no tamper
    return word[:-1] if has_e and len(word) > _LONGEST_WITH_E else word


def _without_doubled_letter(before: str) -> str:
    """Return `jam` for the `jamm` of `jamming`; `drill` and `press` stay."""
    is_doubled = before[-1] == before[-2] and before[-1] not in "lsz"
    return before[:-1] if is_doubled else before
