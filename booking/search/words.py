"""The words of texts with all that they are found by: other forms, concepts, words written as one.

`flights` and `flight` are one word, and so are `clean room`, `clean-room` and `cleanroom`.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from booking.concepts.normalise import ENGLISH, IGNORED, LANGUAGES, fold, stem, written_out
from booking.concepts.vocabulary import (
    Vocabulary,
    present_vocabulary,
    spellings,
)

#: No more words than these are searched for.
MAX_WORDS = 10
#: Neighbouring words also count as one, but not in texts longer than this.
LONGEST_NAME = 90
_WORD = re.compile(r"[^\W_]+")
# Texts whose words are kept, so that a new index after a change reads only what is new.
_REMEMBERED = 100_000
# Texts in which results show what matches.
_SHOWN = 10_000


class Word(NamedTuple):
    """A word of a text: `start` and `end` are its position, `folded` is how it is written.

    `key` is the form that is compared.
    """

    key: str
    folded: str
    start: int
    end: int


def read_words(text: str) -> tuple[Word, ...]:
    """Return the words of a text in its order; the text has to be in Unicode's composed form."""
    return tuple(
        Word(stem(folded), folded, found.start(), found.end())
        for found in _WORD.finditer(text)
        if (folded := _folded(found.group()))
    )


_folded = lru_cache(maxsize=_REMEMBERED)(fold)
#: `read_words`, remembered: for texts of the catalogue, not for what anybody types.
words_of = lru_cache(maxsize=_REMEMBERED)(read_words)


@lru_cache(maxsize=_REMEMBERED)
def keys_of(text: str, concept_ids: tuple[str, ...], vocabulary: Vocabulary) -> frozenset[str]:
    """Return all that a text in English with these concepts is found by, as it is compared."""
    words = words_of(text)
    keys = {word.key for word in words}
    keys |= {concept_key(one) for one in named_by(text, concept_ids, vocabulary)}
    if not text.isascii():
        keys |= {stem(written_out(text[word.start : word.end])) for word in words}
    if len(text) <= LONGEST_NAME:
        keys |= {key for _, _, key in neighbours(words)}
    return frozenset(keys)


def concept_key(concept_id: str) -> str:
    """Return the form in which concepts are compared; no word is like it."""
    return f"#{concept_id}"


@lru_cache(maxsize=_REMEMBERED)
def broader_keys_of(
    text: str, concept_ids: tuple[str, ...], vocabulary: Vocabulary
) -> frozenset[str]:
    """Return what all these concepts are a kind of, without themselves, as it is compared."""
    named = named_by(text, concept_ids, vocabulary)
    broader = {wide for one in named for wide in vocabulary.with_broader(one)}
    return frozenset(map(concept_key, broader - named))


@lru_cache(maxsize=_REMEMBERED)
def named_by(text: str, concept_ids: tuple[str, ...], vocabulary: Vocabulary) -> frozenset[str]:
    """Return these concepts and those that a text in English names, in composed form."""
    folded = [word.folded for word in words_of(text)]
    named = (one for found in vocabulary.named_in(folded, (ENGLISH,)) for one in found.concepts)
    return frozenset((*concept_ids, *named))


@lru_cache(maxsize=_SHOWN)
def concept_keys_in(
    text: str, vocabulary: Vocabulary
) -> tuple[tuple[int, int, frozenset[str]], ...]:
    """Return which words of a text in English name concepts: the first word, the last, and keys.

    The keys are those of the concepts and of what they are a kind of, as they are compared.
    """
    named = vocabulary.named_in([word.folded for word in words_of(text)], (ENGLISH,))
    return tuple(
        (
            first,
            last,
            frozenset(concept_key(wide) for one in ids for wide in vocabulary.with_broader(one)),
        )
        for first, last, ids in named
    )


@lru_cache(maxsize=8)
def _concepts_by_word(vocabulary: Vocabulary) -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for concept in vocabulary.concepts.values():
        for language in LANGUAGES:
            for name in concept.names[language]:
                for spelled in spellings(name):
                    for folded in spelled:
                        key = language, stem(folded, language)
                        found.setdefault(key, set()).add(concept.id)
    return {key: frozenset(concepts) for key, concepts in found.items()}


_FOREIGN = tuple(one for one in LANGUAGES if one != ENGLISH)


def concepts_with_word(folded: str, *, with_english: bool) -> frozenset[str]:
    """Return the concepts in one of whose names this is a word.

    Texts are in English, so that most English words are found in them.
    """
    languages = LANGUAGES if with_english else _FOREIGN
    keys = [(language, stem(folded, language)) for language in languages]
    by_word = _concepts_by_word(present_vocabulary())
    return frozenset().union(*(by_word.get(key, ()) for key in keys))


def neighbours(words: Sequence[Word]) -> Iterator[tuple[int, int, str]]:
    """Yield each two neighbouring words as one: their positions, and the form to compare."""
    for first, (one, other) in enumerate(pairwise(words)):
        yield first, first + 1, one.folded + other.key


def query_words(text: str) -> tuple[Word, ...]:
    """Return the words to search for; without those that say nothing, where there are others."""
    words = read_words(composed(text))
    telling = tuple(word for word in words if word.folded not in IGNORED)
    return (telling or words)[:MAX_WORDS]


def composed(text: str) -> str:
    """Return the text in Unicode's composed form, in which a letter with its accent is one."""
    return unicodedata.normalize("NFC", text)
