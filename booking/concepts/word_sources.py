"""The sources of the words of the vocabulary, and which of them has which word."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

#: What stands for a language where a word is the same in all of them.
ABBREVIATIONS = "abbreviations"
#: What is said in place of the key of a source of words that are the team's own usage.
OWN = "own"


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Source:
    """Something that has words for things in several languages.

    `read_on` is the day of the copy that was read. `entry` is the address of one entry, with {} in
    its place; "" where entries have none.
    """

    key: str
    name: str
    title: str
    publisher: str
    licence: str
    licence_url: str
    address: str
    read_on: date
    entry: str = ""


@dataclass(frozen=True)
class WordSource:
    """One entry of a source."""

    source: Source
    entry: str

    @property
    def address(self) -> str:
        """Return where the entry can be read, or the source if entries have no address."""
        return self.source.entry.format(self.entry) if self.source.entry else self.source.address


_FIELDS = {"date": "read_on"}


def _source(key: str, stated: Mapping[str, Any]) -> Source:
    return Source(key, **{_FIELDS.get(name, name): value for name, value in stated.items()})


#: All sources by key; those that authorities keep come first.
SOURCES: Mapping[str, Source] = {
    key: _source(key, stated) for key, stated in _read("sources.toml").items()
}
_ATTESTED = _read("attested.toml")


def attested_words(concept_id: str) -> dict[tuple[str, str], WordSource]:
    """Return which source has which word of a concept, by language and word.

    The language is `ABBREVIATIONS` for words that are the same in all.
    """
    found: dict[tuple[str, str], WordSource] = {}
    for stated, by_language in _ATTESTED.get(concept_id, {}).items():
        key, _, entry = stated.partition(" ")
        for language, words in by_language.items():
            for word in words:
                found.setdefault((language, word), WordSource(SOURCES[key], entry))
    return found


#: The concepts of which a source has words.
ATTESTED_CONCEPTS = tuple(_ATTESTED)
