"""Text as the search compares it: without case, accents and letters that keyboards lack."""

import unicodedata
from collections.abc import Iterable

# Letters that Unicode does not take apart.
_PLAIN = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})
# How the same letters are written where the keyboard lacks them.
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


def fold(text: str) -> str:
    """Return the text in its plainest form: `Pôle Müllerstraße` becomes `pole mullerstrasse`."""
    lowered = unicodedata.normalize("NFKC", text).casefold().translate(_PLAIN)
    apart = unicodedata.normalize("NFKD", lowered)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def searchable(texts: Iterable[str | None]) -> str:
    """Return what the text filter looks in: each text folded, and once more as written out.

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
