"""Words that the search takes for one another or ignores, read once from `synonyms.toml`."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from booking.search.normalise import fold, stem

SOURCE = Path(__file__).with_name("synonyms.toml")


def term_key(term: str) -> str:
    """Return a word or phrase in the form that is compared, the words of a phrase apart."""
    return " ".join(stem(word) for word in re.findall(r"[^\W_]+", fold(term)))


def _read(stated: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Return for each word and phrase what it finds besides itself."""
    lines = [[term_key(term) for term in line] for line in stated["same"]]
    line_of = {term: line for line in lines for term in line}
    found = {term: set(line) for term, line in line_of.items()}
    for term, others in stated["finds"].items():
        for other in map(term_key, others):
            for one in line_of.get(term_key(term), [term_key(term)]):
                found.setdefault(one, set()).update(line_of.get(other, [other]))
    return {term: frozenset(others - {term}) for term, others in found.items()}


_STATED = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
#: Words that say nothing about what is looked for, folded.
IGNORED = frozenset(_STATED["ignored"].split())
#: What each word or phrase finds besides itself, all in the form that is compared.
ALIKE = _read(_STATED)
#: All phrases of several words that texts have to be searched for, by their first word.
PHRASES: dict[str, list[tuple[str, ...]]] = {}
for _term in sorted({term for terms in (ALIKE, *ALIKE.values()) for term in terms}):
    if " " in _term:
        PHRASES.setdefault(_term.partition(" ")[0], []).append(tuple(_term.split()))
