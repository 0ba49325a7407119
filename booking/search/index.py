"""An index of the words of all facilities: which of them a text finds, how well, and why."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

from booking.concepts.normalise import IGNORED, stem
from booking.concepts.vocabulary import (
    CONCEPTS,
    Vocabulary,
    named_in,
    present_vocabulary,
    spellings,
)
from booking.search.masks import Found, WordRank, mask_of
from booking.search.spelling import typing_errors
from booking.search.words import (
    LONGEST_NAME,
    Word,
    broader_keys_of,
    composed,
    concept_key,
    concept_keys_in,
    concepts_with_word,
    keys_of,
    neighbours,
    query_words,
    read_words,
    words_of,
)

#: Words that begin with a typed one are found if it has at least so many letters; a shorter one
#: finds them where it is not a word by itself: `gas` finds no `gasoline` as long as there is gas.
SHORTEST_BEGINNING = 4
_SHORTEST_OF_ALL = 3
_WHOLE = 1000  # a whole word in the least telling text counts more than any beginning
_ITSELF = 2  # a typed word counts more than its synonyms, where both are as telling
# Where facts are as telling, more of them count more.
_TIMES_WEIGHT, _MOST_FACTS = 10, 9
_TEXTS_SHOWN = 2
_QUERIES_KEPT = 100
# A page asks several times for the same; each may be of all facilities.
_RESULTS_KEPT = 8
# How a rank is added up: how many words, how many of them beginnings, and all scores.
_BEGINNING_BITS, _SCORE_BITS = 8, 40
_ONE = 1 << (_SCORE_BITS + _BEGINNING_BITS)
_ONE_BEGINNING = _ONE + (1 << _SCORE_BITS)
_SNIPPET_BEFORE, _SNIPPET = 40, 110
# Spelling is compared with thousands of words: of so many typed words, with so many answers.
_CORRECTED, _SUGGESTED = 3, 3
# Shorter words are as likely others as misspelled; long ones may have two errors, but `tunnel` is
# no `tunge`.
_SHORTEST_CORRECTED, _SHORTEST_WITH_TWO_ERRORS = 5, 7
# A word that is not known may begin with one that is: `brandblussers` with `brand`.
_SHORTEST_FIRST_HALF, _SHORTEST_SECOND_HALF = 4, 3


@dataclass(frozen=True)
class Fact:
    """Something that is known of a facility: what is shown of it, and what it is found by.

    `text` None: by what is shown. The higher its `weight`, the more telling is a word of it.
    `concepts` are the ids of concepts that it means; it is found by their names in all languages.
    `is_where`: it only says where the facility is or whose. All texts are in English, in Unicode's
    composed form.
    """

    shown: str
    weight: int
    text: str | None = None
    concepts: tuple[str, ...] = ()
    is_name: bool = False
    is_where: bool = False

    @property
    def searched(self) -> str:
        """Return the text that it is found by."""
        return self.shown if self.text is None else self.text

    def keys(self, vocabulary: Vocabulary) -> frozenset[str]:
        """Return all that it is found by, in the form that is compared."""
        return keys_of(self.searched, self.concepts, vocabulary)

    def broader_keys(self, vocabulary: Vocabulary) -> frozenset[str]:
        """Return what it is found by too: what its concepts are a kind of."""
        return broader_keys_of(self.searched, self.concepts, vocabulary)


# Scores, each with the mask of the facilities that have it; a facility has one of them.
_Levels = list[tuple[int, int]]
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

    `alike` are the concepts that it names, `parts` those in whose names it is one of the words,
    `starts` what begins with it, is related to it, or is spelled nearly like it; all in the form
    that is compared.
    """

    positions: tuple[int, ...]
    key: str
    alike: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    starts: frozenset[str] = frozenset()

    @cached_property
    def keys(self) -> frozenset[str]:
        """Return all that it finds."""
        return frozenset({self.key}) | self.alike | self.parts | self.starts


@dataclass(frozen=True)
class _Query:
    """Words to search for, and what they find.

    `corrected` are, by position, the words that are spelled most like one that is not known.
    """

    words: Sequence[Word]
    terms: Sequence[_Term]
    corrected: Mapping[int, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def keys(self) -> frozenset[str]:
        """Return all that any of the words finds."""
        return frozenset().union(*(term.keys for term in self.terms))


class SearchIndex:
    """All facts of all facilities, by id, ready to be searched."""

    def __init__(self, facts: Mapping[int, Sequence[Fact]]) -> None:
        #: Of each facility, the most telling first.
        self._facts = {
            one: sorted(known, key=lambda fact: -fact.weight) for one, known in facts.items()
        }
        self._ids = list(self._facts)
        #: By key: how telling the facts of facilities are, and the places of those of which they
        #: are: the most telling one, then how many there are.
        self._weights: dict[str, list[tuple[int, int]]] = self._read_weights()
        self._queries: dict[str, _Query] = {}
        self._found: dict[str, Found] = {}

    def _read_weights(self) -> dict[str, list[tuple[int, int]]]:
        vocabulary = present_vocabulary()
        places: dict[str, dict[int, list[int]]] = {}
        for place, known in enumerate(self._facts.values()):
            for key, weight in _weights_of(known, vocabulary).items():
                places.setdefault(key, {}).setdefault(weight, []).append(place)
        number = len(self._ids)
        return {
            key: [(weight, mask_of(having, number)) for weight, having in of_key.items()]
            for key, of_key in places.items()
        }

    def find(self, text: str) -> Found:
        """Return the facilities that have at least half as many of the words as the best have."""
        text = composed(text)
        found = self._found.get(text)
        if found is None:
            if len(self._found) >= _RESULTS_KEPT:
                self._found.clear()
            found = self._found[text] = self._find(text)
        return found

    def _find(self, text: str) -> Found:
        query = self._query(text)
        words = len(query.words)
        scores: list[_Levels] = [[] for _ in query.words]
        bonus: list[_Levels] = []
        for term in query.terms:
            of_term = self._scores(term)
            for position in term.positions:
                # A term of two words gives each of them scores of its own.
                scores[position] += of_term
            if len(term.positions) > 1:
                bonus.append(of_term)
        # All that a rank follows from, as one number, and all that have it: thousands have a word.
        sums = {0: (1 << len(self._ids)) - 1}
        for of_word in scores:
            levels = [
                (score + (_ONE if score >= _WHOLE else _ONE_BEGINNING), mask)
                for score, mask in _greatest(of_word)
            ]
            sums = _added(sums, levels)
        for levels in bonus:
            sums = _added(sums, levels)
        sums.pop(0, None)
        ranks = {_rank_of(one, words): mask for one, mask in sums.items()}
        fewest = min((rank.missing for rank in ranks), default=0)
        enough = (words - fewest) / 2
        return Found(
            self._ids,
            [(one, ranks[one]) for one in sorted(ranks) if words - one.missing >= enough],
        )

    def _scores(self, term: _Term) -> _Levels:
        """Return how well facilities that have the term have it: whole, alike, as a beginning."""
        return _greatest(
            [
                (base + times * weight, mask)
                for keys, base, times in (
                    (term.starts, 0, 1),
                    (term.parts, _WHOLE, 0),
                    (term.alike, _WHOLE, 1),
                    ({term.key}, _WHOLE, _ITSELF),
                )
                for key in keys
                for weight, mask in self._weights.get(key, ())
            ]
        )

    def explain(self, facility_id: int, text: str) -> WordMatch:
        """Return why the facility matches this text."""
        text = composed(text)
        query = self._query(text)
        vocabulary = present_vocabulary()
        facts = self._facts.get(facility_id, ())
        has = [(fact, _positions(fact, query, vocabulary)) for fact in facts]
        lacking = set(range(len(query.words))) - {at for _, found in has for at in found}
        said: set[int] = set()
        says_what = False
        texts = []
        left = [(fact, found) for fact, found in has if not fact.is_name]
        for _ in range(_TEXTS_SHOWN):
            fact, found = max(left, key=lambda one: len(one[1] - said), default=(None, set()))
            if fact is None or not found - said:
                break
            texts.append(_marked(fact, query, vocabulary))
            says_what |= not fact.is_where
            said |= found
        missing = [text_of(query.words[position], text) for position in sorted(lacking)]
        return WordMatch(texts, missing, says_what=says_what)

    def nearest(self, text: str) -> list[str]:
        """Return the text with its misspelled words put right, the most likely first.

        Empty where all words are known, or where nothing is spelled like those that are not.
        """
        text = composed(text)
        query = self._query(text)
        close = query.corrected
        unknown = self._unknown(query.words, query.terms) - set(close)
        texts = [
            " ".join(
                self._spellings[close[position][min(number, len(close[position]) - 1)]]
                if position in close
                else text_of(word, text)
                for position, word in enumerate(query.words)
                if position not in unknown
            )
            for number in range(max(map(len, close.values()), default=0))
        ]
        return list(dict.fromkeys(texts))

    def _unknown(self, words: Sequence[Word], terms: Sequence[_Term]) -> set[int]:
        """Return the positions of words that find nothing."""
        found = self._weights.keys()
        known = {
            at for one in terms if any(key in found for key in one.keys) for at in one.positions
        }
        return set(range(len(words))) - known

    def _spelled_like(self, folded: str) -> list[str]:
        """Return the most similar words; the first letter is almost always right."""
        if len(folded) < _SHORTEST_CORRECTED or not folded.isalpha():
            return []
        most = 2 if len(folded) >= _SHORTEST_WITH_TWO_ERRORS else 1
        found = [
            (errors, one)
            for one in self._spellings_by_letter.get(folded[0], ())
            if (errors := typing_errors(folded, one, most)) is not None
        ]
        fewest = min(found, default=(0, ""))[0]
        return [one for errors, one in sorted(found) if errors == fewest][:_SUGGESTED]

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
        starts = {(word.folded, word.key) for text in texts for word in words_of(text)}
        return sorted(starts.union(self._words_of_names))

    @cached_property
    def _words_of_names(self) -> list[tuple[str, str]]:
        """The words of all names of concepts that are found here, each with its concept."""
        return [
            (folded, concept_key(concept.id))
            for concept in CONCEPTS.values()
            if concept_key(concept.id) in self._weights
            for names in concept.names.values()
            for name in names
            for spelled in spellings(name)
            for folded in spelled
            if folded not in IGNORED
        ]

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
        for concept in CONCEPTS.values():
            if concept_key(concept.id) not in self._weights:
                continue
            for names in concept.names.values():
                for name in names:
                    for word in words_of(composed(name)):
                        if word.folded not in IGNORED:
                            spellings.setdefault(word.folded, text_of(word, composed(name)))
        return spellings

    def _query(self, text: str) -> _Query:
        """Return what a text finds; it is asked for each result of a page."""
        query = self._queries.get(text)
        if query is None:
            if len(self._queries) >= _QUERIES_KEPT:
                self._queries.clear()
            query = self._queries[text] = self._read_query(text)
        return query

    def _read_query(self, text: str) -> _Query:
        words = read_words(text)
        telling = query_words(text)
        position_of = {word.start: number for number, word in enumerate(telling)}

        def positions(first: int, last: int) -> tuple[int, ...]:
            spanned = (position_of.get(word.start) for word in words[first : last + 1])
            return tuple(position for position in spanned if position is not None)

        alike: dict[tuple[int, ...], set[str]] = {}
        for first, last, concepts in named_in([word.folded for word in words]):
            alike.setdefault(positions(first, last), set()).update(concepts)
        terms = [
            self._term((number,), word.key, alike.pop((number,), set()), word)
            for number, word in enumerate(telling)
        ]
        terms += [
            self._term(at, key, alike.pop(at, set()))
            for first, last, key in neighbours(words)
            if len(at := positions(first, last)) > 1
        ]
        terms += [self._term(at, "", concepts) for at, concepts in alike.items() if at]
        unknown = sorted(self._unknown(telling, terms))[:_CORRECTED]
        close = {one: self._spelled_like(telling[one].folded) for one in unknown}
        close = {position: found for position, found in close.items() if found}
        corrected = [
            replace(terms[one], starts=frozenset(self._keys_of_spelled(close[one])))
            for one in close
        ]
        halves = [
            replace(terms[one], starts=frozenset(self._keys_of_spelled([half])))
            for one in unknown
            if one not in close and (half := self._first_half(telling[one].folded))
        ]
        return _Query(telling, [*terms, *corrected, *halves], close)

    def _first_half(self, folded: str) -> str | None:
        """Return the longest known word with which a compound begins."""
        for end in range(len(folded) - _SHORTEST_SECOND_HALF, _SHORTEST_FIRST_HALF - 1, -1):
            if folded[:end] in self._spellings:
                return folded[:end]
        return None

    def _term(
        self, at: tuple[int, ...], key: str, concepts: Iterable[str], word: Word | None = None
    ) -> _Term:
        """Return what a word finds, or where there is none, a phrase."""
        related = {one for concept in concepts for one in CONCEPTS[concept].related}
        alike = frozenset(map(concept_key, concepts))
        starts = set(map(concept_key, related))
        parts: frozenset[str] = frozenset()
        if word:
            with_english = word.key not in self._weights
            parts = frozenset(
                map(concept_key, concepts_with_word(word.folded, with_english=with_english))
            )
            starts.update(self._beginning_with(word, is_known=bool(alike | parts)))
        return _Term(at, key, alike, parts, frozenset(starts))

    def _keys_of_spelled(self, spelled: Iterable[str]) -> Iterator[str]:
        """Yield what words of texts and of names of concepts find, as they are compared."""
        for folded in spelled:
            words = words_of(self._spellings[folded])
            yield from (key for _, _, key in neighbours(words))
            if len(words) == 1:
                yield words[0].key
            yield from map(concept_key, concepts_with_word(folded, with_english=True))
            for _, _, concepts in named_in([word.folded for word in words]):
                yield from map(concept_key, concepts)

    def _beginning_with(self, word: Word, *, is_known: bool) -> Iterator[str]:
        """Yield the words, as they are compared, that begin with this one.

        `is_known`: it is the name of something, or one of its words.
        """
        known = is_known or word.key in self._weights
        if len(word.folded) < (SHORTEST_BEGINNING if known else _SHORTEST_OF_ALL):
            return
        first = bisect_left(self._starts, (word.folded, ""))
        for folded, key in islice(self._starts, first, None):
            if not folded.startswith(word.folded):
                return
            if stem(folded) != word.key:  # a word of a name in English counts only in texts
                yield key


def _greatest(scores: Iterable[tuple[int, int]]) -> _Levels:
    """Return the greatest score of each facility: all scores, and masks of those that have them."""
    masks: dict[int, int] = {}
    for score, mask in scores:
        masks[score] = masks.get(score, 0) | mask
    levels = []
    seen = 0
    for score in sorted(masks, reverse=True):
        if mask := masks[score] & ~seen:
            levels.append((score, mask))
            seen |= mask
    return levels


def _added(sums: Mapping[int, int], levels: _Levels) -> dict[int, int]:
    """Return the sums, each with its facilities, after the score of each facility was added."""
    added: dict[int, int] = {}
    for known, having in sums.items():
        left = having
        for score, mask in levels:
            if both := left & mask:
                added[known + score] = added.get(known + score, 0) | both
                left ^= both
                if not left:
                    break
        if left:
            added[known] = added.get(known, 0) | left
    return added


def _rank_of(added: int, words: int) -> WordRank:
    """Return the rank that was added up for one facility."""
    has = added >> (_SCORE_BITS + _BEGINNING_BITS)
    beginnings = (added >> _SCORE_BITS) & ((1 << _BEGINNING_BITS) - 1)
    return WordRank(words - has, beginnings, -(added & ((1 << _SCORE_BITS) - 1)))


def _weights_of(facts: Iterable[Fact], vocabulary: Vocabulary) -> dict[str, int]:
    """Return how telling the facts of one facility are for each of their keys.

    The most telling one counts, then how many there are.
    """
    weights: dict[str, int] = {}
    for fact in sorted(facts, key=lambda one: one.weight):
        broader = (fact.weight - 1) * _TIMES_WEIGHT
        for key in fact.broader_keys(vocabulary):
            known = weights.get(key, 0)
            if known < broader:
                weights[key] = broader + known % _TIMES_WEIGHT
        own = fact.weight * _TIMES_WEIGHT
        for key in fact.keys(vocabulary):
            facts_known = weights.get(key, 0) % _TIMES_WEIGHT
            weights[key] = own + min(facts_known + 1, _MOST_FACTS)
    return weights


def text_of(word: Word, text: str) -> str:
    """Return the word as it stands in its text."""
    return text[word.start : word.end]


def _positions(fact: Fact, query: _Query, vocabulary: Vocabulary) -> set[int]:
    keys, broader = fact.keys(vocabulary), fact.broader_keys(vocabulary)
    if keys.isdisjoint(query.keys) and broader.isdisjoint(query.keys):
        return set()
    return {
        at
        for term in query.terms
        if not (term.keys.isdisjoint(keys) and term.keys.isdisjoint(broader))
        for at in term.positions
    }


def _marked(fact: Fact, query: _Query, vocabulary: Vocabulary) -> Marked:
    """Return what is shown of the fact with all that matches marked, cut to a readable length."""
    text, words = fact.shown, words_of(fact.shown)
    keys = query.keys
    spans = [(one.start, one.end) for one in words if one.key in keys]
    spans += [
        (words[first].start, words[last].end)
        for first, last, key in neighbours(words)
        if key in keys
    ]
    spans += [
        (words[first].start, words[last].end)
        for first, last, named in concept_keys_in(text, vocabulary)
        if not keys.isdisjoint(named)
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
