"""What is offered while somebody types: concepts, clusters, cities and facilities with such a name.

All names are kept in memory, each word of them sorted; a text is compared with the beginnings of
words, in all six languages at once. Only what the published catalogue has is offered.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from booking.concepts.normalise import LANGUAGES, fold
from booking.concepts.vocabulary import CONCEPTS
from booking.facilities.listed import ListedFacility, listed_clusters, listed_facilities
from booking.facilities.terms_cache import cached, cached_by
from booking.search.facets import CONCEPTS_OF, FacetIndex, FilterBy, facet_index
from booking.search.facts import CodeWords
from booking.search.filters import Filters
from booking.search.words import composed, read_words

#: So many are offered, and so many of them are facilities.
MOST, MOST_FACILITIES = 8, 4
_SHORTEST = 2
# So many words with one beginning are looked at: thousands of facilities may be called alike.
_LOOKED_AT = 2000
_KEPT = 2000
# What is offered first where names fit as well.
_ORDER = (
    FilterBy.CAPABILITY,
    FilterBy.SUBJECT,
    FilterBy.EQUIPMENT,
    FilterBy.HAZARD,
    FilterBy.KIND,
    FilterBy.SETTING,
    FilterBy.ACCESS,
    FilterBy.CLUSTER,
    FilterBy.CITY,
    FilterBy.COUNTRY,
)

#: A text in pieces: each with whether it was typed.
Marked = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Suggestion:
    """Something to choose: a filter with how many facilities it leaves, or a facility.

    `text` is what it is called, `also` the other name by which it was found, if it was. `by` is
    None for a facility.
    """

    by: FilterBy | None
    value: str
    text: Marked
    also: Marked
    count: int
    facility: ListedFacility | None = None


@dataclass(frozen=True, slots=True)
class _Name:
    """One name of something: as it is written, and its words folded."""

    by: FilterBy | None
    value: str
    text: str
    words: tuple[str, ...]
    is_first: bool


class SuggestionIndex:
    """All names that may be typed, in one language of the reader."""

    def __init__(self, names: Iterable[tuple[FilterBy | None, str, Sequence[str]]]) -> None:
        self._shown: dict[tuple[FilterBy | None, str], str] = {}
        words: list[tuple[str, int]] = []
        self._names: list[_Name] = []
        for by, value, texts in names:
            self._shown[by, value] = composed(texts[0])
            for number, text in enumerate(dict.fromkeys(map(composed, texts))):
                name = _Name(by, value, text, _folded(text), number == 0)
                words += [(one, len(self._names)) for one in set(name.words)]
                self._names.append(name)
        self._words = sorted(words)

    def found(
        self, text: str, counts: Mapping[FilterBy, Mapping[str, int]]
    ) -> list[tuple[_Name, Marked, Marked, int]]:
        """Return the best names for a text: the name, what is shown of it, and its count."""
        typed = _folded(composed(text))
        if len("".join(typed)) < _SHORTEST:
            return []
        best: dict[tuple[FilterBy | None, str], tuple[tuple[object, ...], _Name, int]] = {}
        for name in self._with_all(typed):
            count = counts.get(name.by, {}).get(name.value, 0) if name.by else 1
            if not count:
                continue
            begins = " ".join(name.words).startswith(" ".join(typed))
            order = _ORDER.index(name.by) if name.by else len(_ORDER)
            rank = (name.by is None, not begins, not name.is_first, -count, order, name.text)
            key = name.by, name.value
            if key not in best or rank < best[key][0]:
                best[key] = rank, name, count
        ranked = sorted(best.values(), key=lambda one: one[0])
        facilities = [one for one in ranked if one[1].by is None][:MOST_FACILITIES]
        others = [one for one in ranked if one[1].by is not None][: MOST - len(facilities)]
        return [
            (name, *self._marked(name, typed), count) for _, name, count in [*others, *facilities]
        ]

    def _marked(self, name: _Name, typed: Sequence[str]) -> tuple[Marked, Marked]:
        """Return what is shown, with what was typed marked, and the other name if it is one."""
        shown = self._shown[name.by, name.value]
        if name.is_first or fold(name.text) == fold(shown):
            return marked(shown, typed), ()
        return ((shown, False),), marked(name.text, typed)

    def _with_all(self, typed: Sequence[str]) -> Iterator[_Name]:
        """Yield the names in which each word begins a word; the longest one is looked up."""
        longest = max(typed, key=len)
        first = bisect_left(self._words, (longest, -1))
        for word, number in islice(self._words, first, first + _LOOKED_AT):
            if not word.startswith(longest):
                return
            name = self._names[number]
            if all(any(one.startswith(part) for one in name.words) for part in typed):
                yield name


def marked(text: str, typed: Sequence[str]) -> Marked:
    """Return the text in pieces, the beginnings of words that were typed marked."""
    pieces: list[tuple[str, bool]] = []
    at = 0
    for word in read_words(text):
        parts = [one for one in typed if word.folded.startswith(one)]
        if parts:
            written = text[word.start : word.end]
            # Folding may change the number of letters: ß is two.
            end = next(
                number
                for number in range(1, len(written) + 1)
                if len(fold(written[:number])) >= max(map(len, parts))
            )
            pieces += [(text[at : word.start], False), (written[:end], True)]
            at = word.start + end
    pieces.append((text[at:], False))
    return tuple(piece for piece in pieces if piece[0])


def _folded(text: str) -> tuple[str, ...]:
    return tuple(word.folded for word in read_words(text))


def suggestions(text: str, filters: Filters, words: CodeWords) -> Sequence[Suggestion]:
    """Return what to offer for a text that is being typed, the best first.

    Counts are of what is left under the filters, whatever their text. No statement where nothing
    has changed and the same was typed before.
    """
    key = words.language, fold(composed(text)).strip(), tuple(filters.chosen.values())
    return cached_by("suggestions", key, lambda: _suggestions(text, filters, words), most=_KEPT)


def _suggestions(text: str, filters: Filters, words: CodeWords) -> tuple[Suggestion, ...]:
    facets = facet_index()
    index = cached(("suggestion index", words.language), lambda: _read_index(facets, words))
    counts = facets.counts(filters.chosen).counts
    facilities = listed_facilities()
    return tuple(
        Suggestion(
            by=name.by,
            value=name.value,
            text=shown,
            also=also,
            count=count,
            facility=None if name.by else facilities[int(name.value)],
        )
        for name, shown, also, count in index.found(text, counts)
    )


def _read_index(facets: FacetIndex, words: CodeWords) -> SuggestionIndex:
    return SuggestionIndex(
        [
            *_concepts(facets, words),
            *((FilterBy.CITY, city, [city]) for city in facets.values(FilterBy.CITY)),
            *(
                (FilterBy.CLUSTER, one.slug, [one.short_name, one.name])
                for one in listed_clusters().values()
            ),
            *((None, str(one.id), [one.name]) for one in listed_facilities().values()),
        ]
    )


def _concepts(
    facets: FacetIndex, words: CodeWords
) -> Iterator[tuple[FilterBy, str, Sequence[str]]]:
    """Yield what the vocabulary has names for, the reader's word first."""
    word_of = {
        FilterBy.SUBJECT: words.focus_area,
        FilterBy.HAZARD: words.hazard,
        FilterBy.KIND: words.kind,
        FilterBy.COUNTRY: words.country,
        **dict.fromkeys(CONCEPTS_OF, words.concept),
    }
    for by, word in word_of.items():
        for value in facets.values(by):
            yield by, value, [word(value), *_names_of(by, value)]


def _names_of(by: FilterBy, value: str) -> Iterator[str]:
    concept_id = value.replace(" ", "-")
    if by is FilterBy.COUNTRY:
        concept_id = f"country-{value.lower()}"
    concept = CONCEPTS.get(concept_id)
    for language in LANGUAGES if concept else ():
        yield from concept.names[language] if concept else ()
