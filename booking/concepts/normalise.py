"""Text and words in the form in which they are compared."""

import tomllib
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

# Letters that Unicode does not take apart.
_PLAIN = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})
# How the same letters are written where the keyboard lacks them.
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})

_LANGUAGES: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("languages.toml").read_text(encoding="utf-8")
)
#: The languages in which concepts have words, as ISO 639-1 codes.
LANGUAGES = tuple(_LANGUAGES)
#: Words that say nothing about what is looked for, folded, of all languages.
IGNORED = frozenset(word for one in _LANGUAGES.values() for word in one["ignored"].split())
ENGLISH = "en"


def fold(text: str) -> str:
    """Return the text in its plainest form: `Pôle Müllerstraße` becomes `pole mullerstrasse`."""
    lowered = unicodedata.normalize("NFKC", text).casefold().translate(_PLAIN)
    apart = unicodedata.normalize("NFKD", lowered)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def written_out(text: str) -> str:
    """Return the text folded as people write it who lack its letters: `München` as `muenchen`."""
    lowered = unicodedata.normalize("NFC", text).casefold()
    return fold(lowered.translate(_WRITTEN_OUT))


@lru_cache(maxsize=100_000)
def stem(word: str, language: str = ENGLISH) -> str:
    """Return what the forms of a folded word have in common: `dron` for `drone` and `drones`.

    Words with digits, and short ones such as `gas`, `bus` and `uas`, have one form.
    """
    known = _LANGUAGES[language]
    irregular: dict[str, str] = known.get("irregular", {})
    if word in irregular:
        return irregular[word]
    if not word.isalpha():
        return word
    undoubled = known.get("undoubled", {"endings": (), "not": ""})
    for ending, instead, at_least in known["endings"]:
        before = word.removesuffix(ending)
        if before != word and len(before) >= at_least:
            word = before + instead
            if ending in undoubled["endings"]:
                word = _without_doubled_letter(before, undoubled["not"])
            break
    word = _without_last_letters(word, known["last"]) if "last" in known else word
    is_doubled = word[-1] in known.get("single", "") and word[-2:-1] == word[-1]
    return word[:-1] if is_doubled else word


def _without_last_letters(word: str, last: Mapping[str, Any]) -> str:
    while word[-1] in last["letters"] and len(word) > last["longest"]:
        if word.endswith(tuple(last["not"])):
            break
        word = word[:-1]
        if not last.get("all", False):
            break
    return word


def _without_doubled_letter(before: str, kept: str) -> str:
    """Return `jam` for the `jamm` of `jamming`; `drill` and `press` stay."""
    is_doubled = before[-1] == before[-2] and before[-1] not in kept
    return before[:-1] if is_doubled else before
