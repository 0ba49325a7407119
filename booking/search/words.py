"""The words of texts with all that they are found by: other forms, phrases, words written as one.

`flights` and `flight` are one word, and so are `clean room`, `clean-room` and `cleanroom`.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from booking.search.normalise import fold, stem, written_out
from booking.search.synonyms import IGNORED, PHRASES

#: No more words than these are searched for.
MAX_WORDS = 10
#: Neighbouring words also count as one, but not in texts longer than this.
LONGEST_NAME = 90
_WORD = re.compile(r"[^\W_]+")
# Texts whose words are kept, so that a new index after a change reads only what is new.
_REMEMBERED = 100_000


class Word(NamedTuple):
    """A word of a text: `start` and `end` are its position, `folded` is how it is written.

    `key` is the form that is compared.
    """

    key: str
    folded: str
    start: int
    end: int


@lru_cache(maxsize=_REMEMBERED)
def words_of(text: str) -> tuple[Word, ...]:
    """Return the words of a text in its order; the text has to be in Unicode's composed form."""
    return tuple(
        Word(stem(folded), folded, found.start(), found.end())
        for found in _WORD.finditer(text)
        if (folded := _folded(found.group()))
    )


_folded = lru_cache(maxsize=_REMEMBERED)(fold)


@lru_cache(maxsize=_REMEMBERED)
def keys_of(text: str) -> frozenset[str]:
    """Return all that a text is found by, each in the form that is compared."""
    words = words_of(text)
    keys = {word.key for word in words}
    keys |= {phrase for _, _, phrase in phrases_in(words)}
    if not text.isascii():
        keys |= {stem(written_out(text[word.start : word.end])) for word in words}
    if len(text) <= LONGEST_NAME:
        keys |= {key for _, _, key in neighbours(words)}
    return frozenset(keys)


def neighbours(words: Sequence[Word]) -> Iterator[tuple[int, int, str]]:
    """Yield each two neighbouring words as one: their positions, and the form to compare."""
    for first, (one, other) in enumerate(pairwise(words)):
        yield first, first + 1, one.folded + other.key


def phrases_in(words: Sequence[Word]) -> Iterator[tuple[int, int, str]]:
    """Yield the phrases that synonyms name: positions of first and last word, and the form."""
    for first, word in enumerate(words):
        for phrase in PHRASES.get(word.key, ()):
            end = first + len(phrase)
            if tuple(one.key for one in words[first:end]) == phrase:
                yield first, end - 1, " ".join(phrase)


def query_words(text: str) -> tuple[Word, ...]:
    """Return the words to search for; without those that say nothing, where there are others."""
    words = words_of(composed(text))
    telling = tuple(word for word in words if word.folded not in IGNORED)
    return (telling or words)[:MAX_WORDS]


def composed(text: str) -> str:
    """Return the text in Unicode's composed form, in which a letter with its accent is one."""
    return unicodedata.normalize("NFC", text)
