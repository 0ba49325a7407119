"""Texts of the catalogue made alike, so that words can be looked for in them."""

import re
from collections.abc import Iterable

_NO_WORD = re.compile(r"[^\w]+")


def words_in(texts: Iterable[str]) -> str:
    """Return the words of all texts in lower case, each with one blank before it."""
    return " " + _NO_WORD.sub(" ", " ; ".join(texts).casefold()).strip()
