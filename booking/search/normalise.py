"""Text and words as the search compares them.

Without case, accents and letters that keyboards lack; `drones` finds what is `unmanned`.
"""

import unicodedata
from collections.abc import Iterable

# Letters that Unicode does not take apart.
_PLAIN = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})
# How the same letters are written where the keyboard lacks them.
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})

#: No more words than these are searched for.
MAX_WORDS = 10

# Words that say nothing about a facility; people type whole sentences.
_EMPTY = (
    "a", "an", "and", "at", "for", "i", "in", "my", "need",
    "of", "on", "or", "our", "the", "to", "we", "with",
)  # fmt: skip
# Words for one thing, as they begin. A facility that has one of them is found by each.
_ALIKE = (
    ("drone", "uas", "uav", "rpas", "unmanned"),
    ("fly", "flight"),
    ("lab", "laborator"),
)
_ALIKE_BY_START = {start: starts for starts in _ALIKE for start in starts}
# Endings that are taken off, with what stays of them, the longest first.
_ENDINGS = (
    *(("ings", ""), ("ing", ""), ("ies", ""), ("ed", "")),
    *(("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("xes", "x"), ("ss", "ss"), ("s", "")),
)
# As many letters must stay of a word; longer words that begin with them are found, too.
_SHORTEST, _SHORTEST_SINGULAR = 4, 3  # ring, gas


def fold(text: str) -> str:
    """Return the text in its plainest form: `Pôle Müllerstraße` becomes `pole mullerstrasse`."""
    lowered = unicodedata.normalize("NFKC", text).casefold().translate(_PLAIN)
    apart = unicodedata.normalize("NFKD", lowered)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def searchable(texts: Iterable[str | None]) -> str:
    """Return the text that the text filter searches: each text folded, and once more written out.

    `München` is found as `munchen` and as `muenchen`.
    """
    lines: list[str] = []
    for text in texts:
        if not text:
            continue
        lines.append(fold(text))
        lowered = unicodedata.normalize("NFC", text).casefold()
        if lowered != (written_out := lowered.translate(_WRITTEN_OUT)):
            lines.append(fold(written_out))
    return "\n".join(lines)


def search_words(text: str) -> list[tuple[str, ...]]:
    """Return the words to search for, folded, each with its other forms.

    A facility matches where its text has one form of each word, anywhere. Words without a
    meaning of their own are left out where there are others.
    """
    typed = fold(text).split()
    significant = [word for word in typed if word not in _EMPTY] or typed
    return [_forms(word) for word in significant[:MAX_WORDS]]


def _forms(word: str) -> tuple[str, ...]:
    start = _start(word)
    alike = _ALIKE_BY_START.get(start) or _ALIKE_BY_START.get(word.removesuffix("y"))
    return (start, *(other for other in alike if other != start)) if alike else (start,)


def _start(word: str) -> str:
    if word in ("flying", "flies"):
        return "fly"
    if word.isalpha():
        for ending, rest in _ENDINGS:
            if word.endswith(ending):
                start = word.removesuffix(ending) + rest
                if len(start) >= (_SHORTEST_SINGULAR if ending.endswith("s") else _SHORTEST):
                    return start
    return word
