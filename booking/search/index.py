"""An index of the words of all facilities: which of them a text finds, how well, and why."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from booking.search.synonyms import ALIKE
from booking.search.words import (
    LONGEST_NAME,
    Word,
    composed,
    keys_of,
    neighbours,
    phrases_in,
    query_words,
    words_of,
)

#: Words that begin with a typed one are found if it has at least so many letters; a shorter one
#: finds them where it is not a word by itself: `gas` finds no `gasoline` as long as there is gas.
SHORTEST_BEGINNING = 4
_SHORTEST_OF_ALL = 3
_WHOLE = 100  # a whole word in the least telling text counts more than any beginning
_ITSELF = 2  # a typed word counts more than its synonyms, where both are as telling
_TEXTS_SHOWN = 2
_SNIPPET_BEFORE, _SNIPPET = 40, 110
# Spelling is compared with thousands of words.
_CORRECTED, _SUGGESTED, _SIMILARITY, _LENGTH_DIFFERENCE = 3, 3, 0.8, 3


@dataclass(frozen=True)
class Fact:
    """Something that is known of a facility: what is shown of it, and what it is found by.

    `text` None: by what is shown. The higher its `weight`, the more telling is a word of it.
    `is_where`: it only says where the facility is or whose. All texts are in Unicode's composed
    form.
    """

    shown: str
    weight: int
    text: str | None = None
    is_name: bool = False
    is_where: bool = False

    @property
    def searched(self) -> str:
        """Return the text that it is found by."""
        return self.shown if self.text is None else self.text


class WordRank(NamedTuple):
    """How well a facility matches the words, the least is the best: a value to sort by.

    `missing` is how many words it lacks, `beginnings` how many it has only as a beginning.
    """

    missing: int
    beginnings: int
    against: int


#: A text in pieces: each with whether it is what matches.
Marked = Sequence[tuple[str, bool]]


@dataclass(frozen=True)
class WordMatch:
    """Why a facility matches: facts about it with the words marked, and what it lacks.

    `texts` is empty where only its name matches; `missing` are words as they were typed.
    `says_what`: a text is about what can be done there, not only about where it is.
    """

    texts: Sequence[Marked]
    missing: Sequence[str]
    says_what: bool


@dataclass(frozen=True)
class _Term:
    """A word or phrase that was typed: which of the words it stands for, and what it finds.

    `alike` are its synonyms, `starts` what begins with it; all in the form that is compared.
    """

    positions: tuple[int, ...]
    key: str
    alike: frozenset[str] = frozenset()
    starts: frozenset[str] = frozenset()

    @cached_property
    def keys(self) -> frozenset[str]:
        """Return all that it finds."""
        return frozenset({self.key}) | self.alike | self.starts


@dataclass(frozen=True)
class _Query:
    words: Sequence[Word]
    terms: Sequence[_Term]


class SearchIndex:
    """All facts of all facilities, by id, ready to be searched."""

    def __init__(self, facts: Mapping[int, Sequence[Fact]]) -> None:
        self._facts = facts
        #: By key: the ids of facilities, each with the weight of its most telling fact.
        self._weights: dict[str, dict[int, int]] = {}
        for facility_id, known in facts.items():
            for fact in sorted(known, key=lambda one: one.weight):
                for key in keys_of(fact.searched):
                    self._weights.setdefault(key, {})[facility_id] = fact.weight

    def find(self, text: str) -> dict[int, WordRank]:
        """Return the facilities that have at least half as many of the words as the best have."""
        query = self._query(composed(text))
        scores: list[dict[int, int]] = [{} for _ in query.words]
        bonus: dict[int, int] = {}
        for term in query.terms:
            for facility_id, score in self._scores(term).items():
                for position in term.positions:
                    of_word = scores[position]
                    of_word[facility_id] = max(of_word.get(facility_id, 0), score)
                if len(term.positions) > 1:
                    bonus[facility_id] = bonus.get(facility_id, 0) + score
        found = {}
        for facility_id in {one for of_word in scores for one in of_word}:
            has = [of_word[facility_id] for of_word in scores if facility_id in of_word]
            found[facility_id] = WordRank(
                missing=len(scores) - len(has),
                beginnings=sum(score < _WHOLE for score in has),
                against=-sum(has) - bonus.get(facility_id, 0),
            )
        fewest = min((rank.missing for rank in found.values()), default=0)
        enough = (len(scores) - fewest) / 2
        return {i: rank for i, rank in found.items() if len(scores) - rank.missing >= enough}

    def _scores(self, term: _Term) -> dict[int, int]:
        """Return how well each facility that has the term has it: whole, alike, as a beginning."""
        scores: dict[int, int] = {}
        for keys, base, times in (
            (term.starts, 0, 1),
            (term.alike, _WHOLE, 1),
            ({term.key}, _WHOLE, _ITSELF),
        ):
            for key in keys:
                for facility_id, weight in self._weights.get(key, {}).items():
                    score = base + times * weight
                    scores[facility_id] = max(scores.get(facility_id, 0), score)
        return scores

    def explain(self, facility_id: int, text: str) -> WordMatch:
        """Return why the facility matches this text."""
        text = composed(text)
        query = self._query(text)
        facts = sorted(self._facts.get(facility_id, ()), key=lambda one: -one.weight)
        has = [(fact, _positions(fact, query)) for fact in facts]
        lacking = set(range(len(query.words))) - {at for _, found in has for at in found}
        said: set[int] = set()
        says_what = False
        texts = []
        left = [(fact, found) for fact, found in has if not fact.is_name]
        for _ in range(_TEXTS_SHOWN):
            fact, found = max(left, key=lambda one: len(one[1] - said), default=(None, set()))
            if fact is None or not found - said:
                break
            texts.append(_marked(fact, query))
            says_what |= not fact.is_where
            said |= found
        missing = [text_of(query.words[position], text) for position in sorted(lacking)]
        return WordMatch(texts, missing, says_what=says_what)

    def nearest(self, text: str) -> list[str]:
        """Return similar texts whose words are known, the most similar first.

        Empty where all words are known, or where nothing is spelled like those that are not.
        """
        text = composed(text)
        query = self._query(text)
        unknown = [
            position
            for position, word in enumerate(query.words)
            if not any(position in one.positions and self._scores(one) for one in query.terms)
        ]
        close = {
            position: self._spelled_like(query.words[position].folded)
            for position in unknown[:_CORRECTED]
        }
        close = {position: words for position, words in close.items() if words}
        texts = [
            " ".join(
                self._spellings[close[position][min(number, len(close[position]) - 1)]]
                if position in close
                else text_of(word, text)
                for position, word in enumerate(query.words)
                if position in close or position not in unknown
            )
            for number in range(max(map(len, close.values()), default=0))
        ]
        return list(dict.fromkeys(texts))

    def _spelled_like(self, folded: str) -> list[str]:
        """Return the most similar words; the first letter is almost always right."""
        known = self._spellings_by_letter.get(folded[0], ())
        length = len(folded)
        near = [one for one in known if abs(len(one) - length) <= _LENGTH_DIFFERENCE]
        return get_close_matches(folded, near, _SUGGESTED, _SIMILARITY)

    @cached_property
    def _spellings_by_letter(self) -> dict[str, list[str]]:
        by_letter: dict[str, list[str]] = {}
        for folded in self._spellings:
            by_letter.setdefault(folded[0], []).append(folded)
        return by_letter

    @cached_property
    def _starts(self) -> list[tuple[str, str]]:
        """All words as they are written and as they are compared, sorted."""
        texts = {fact.searched for known in self._facts.values() for fact in known}
        return sorted({(word.folded, word.key) for text in texts for word in words_of(text)})

    @cached_property
    def _spellings(self) -> dict[str, str]:
        """All words as they are folded and as they are written; also those that are neighbours."""
        texts = sorted({fact.searched for known in self._facts.values() for fact in known})
        spellings: dict[str, str] = {}
        for text in texts:
            words = words_of(text)
            for word in words:
                spellings.setdefault(word.folded, text_of(word, text))
            if len(text) <= LONGEST_NAME:
                for first, last, _ in neighbours(words):
                    pair = words[first], words[last]
                    if min(len(word.folded) for word in pair) >= _SHORTEST_OF_ALL:
                        written = " ".join(text_of(word, text) for word in pair)
                        spellings.setdefault("".join(word.folded for word in pair), written)
        return spellings

    def _query(self, text: str) -> _Query:
        words = words_of(text)
        telling = query_words(text)
        position_of = {word.start: number for number, word in enumerate(telling)}

        def positions(first: int, last: int) -> tuple[int, ...]:
            spanned = (position_of.get(word.start) for word in words[first : last + 1])
            return tuple(position for position in spanned if position is not None)

        terms = [
            _Term(
                (number,),
                word.key,
                ALIKE.get(word.key, frozenset()),
                frozenset(self._beginning_with(word)),
            )
            for number, word in enumerate(telling)
        ]
        terms += [
            _Term(at, key, ALIKE.get(key, frozenset()))
            for first, last, key in (*phrases_in(words), *neighbours(words))
            if (at := positions(first, last))
        ]
        return _Query(telling, terms)

    def _beginning_with(self, word: Word) -> Iterator[str]:
        """Yield the words, as they are compared, that begin with this one."""
        known = word.key in self._weights or word.key in ALIKE
        if len(word.folded) < (SHORTEST_BEGINNING if known else _SHORTEST_OF_ALL):
            return
        first = bisect_left(self._starts, (word.folded, ""))
        for folded, key in islice(self._starts, first, None):
            if not folded.startswith(word.folded):
                return
            if key != word.key:
                yield key


def text_of(word: Word, text: str) -> str:
    """Return the word as it stands in its text."""
    return text[word.start : word.end]


def _positions(fact: Fact, query: _Query) -> set[int]:
    keys = keys_of(fact.searched)
    return {at for term in query.terms if term.keys & keys for at in term.positions}


def _marked(fact: Fact, query: _Query) -> Marked:
    """Return what is shown of the fact with all that matches marked, cut to a readable length."""
    text, words = fact.shown, words_of(fact.shown)
    keys = {key for term in query.terms for key in term.keys}
    spans = [(one.start, one.end) for one in words if one.key in keys]
    spans += [
        (words[first].start, words[last].end)
        for first, last, key in (*phrases_in(words), *neighbours(words))
        if key in keys
    ]
    spans = _merged(spans) or [(0, len(text))]
    start, end = 0, len(text)
    if end > _SNIPPET:
        begin = spans[0][0] - _SNIPPET_BEFORE
        start = max((one.start for one in words if one.start <= begin), default=0)
        fitting = [one.end for one in words if one.end <= start + _SNIPPET]
        end = max(fitting) if len(text) - start > _SNIPPET else end
    pieces = [("…", False)] if start else []
    at = start
    for first, last in spans:
        if last <= end:
            pieces += [(text[at:first], False), (text[first:last], True)]
            at = last
    pieces += [(text[at:end], False), ("…" if end < len(text) else "", False)]
    return [piece for piece in pieces if piece[0]]


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the stretches sorted, those that overlap or have one sign between them as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
