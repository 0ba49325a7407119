"""The search: which facilities fit, which need an agreement, and which almost fit."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

from booking.db.snapshot import once
from booking.facilities.calendar_visibility import hidden_from
from booking.facilities.effective_terms import EffectiveTerms
from booking.facilities.listed import ListedFacility
from booking.rules.alternatives import Alternative
from booking.rules.offers import Offer
from booking.rules.visibility import Viewer, free_for
from booking.search.criteria import SearchCriteria
from booking.search.facets import FacetCounts, facet_index
from booking.search.facts import CODES, CodeWords
from booking.search.filters import Filters
from booking.search.index import WordMatch
from booking.search.index_reading import search_index
from booking.search.masks import Found, Ordered, at
from booking.search.matcher import Fit, SearchMatcher, Verdict
from booking.search.orders import BY_RELEVANCE, Order

PAGE_SIZE = 20
TIMES_SHOWN = 3
#: The most days that one search may cover.
MAX_WINDOW_DAYS = 92


@dataclass(frozen=True)
class Result:
    """One facility in the results.

    `times` are its first offers (in UTC). `near` are the alternatives where it almost fits.
    `match` says why it matches the text that was searched for, if any. `km` is how far away it
    is, as the crow flies, where the nearest come first.
    """

    facility: ListedFacility
    effective: EffectiveTerms
    verdict: Verdict
    times: Sequence[Offer] = ()
    near: Sequence[Alternative] = ()
    match: WordMatch | None = None
    km: int | None = None


@dataclass(frozen=True)
class SearchPage:
    """One page of the results, and how many there are in all.

    `in_part` of them have only some of the words searched for; all others are in `counts`, which
    has a number for each `Fit` and is empty where the search named no need but the next free time.
    `by_cluster` counts the results by cluster id, without what cannot be requested. `nearest` are
    texts to search for instead, where a word is not known. `facets` says what is left to choose.
    """

    number: int
    total: int
    counts: Mapping[Fit, int]
    by_cluster: Mapping[int, int]
    results: Sequence[Result]
    in_part: int = 0
    nearest: Sequence[str] = ()
    facets: FacetCounts = field(default_factory=FacetCounts)

    @property
    def matches(self) -> int:
        """Return how many have all words that were searched for."""
        return self.total - self.in_part

    @property
    def has_next(self) -> bool:
        """Return whether there is a page behind this one."""
        return self.number * PAGE_SIZE < self.total

    @property
    def first(self) -> int:
        """Return the number of the first result on this page, counted from 1."""
        return (self.number - 1) * PAGE_SIZE + 1

    @property
    def last(self) -> int:
        """Return the number of the last result on this page."""
        return min(self.number * PAGE_SIZE, self.total)


def search(
    filters: Filters,
    criteria: SearchCriteria,
    viewer: Viewer,
    now: datetime,
    number: int = 1,
    *,
    order: Order = BY_RELEVANCE,
    words: CodeWords = CODES,
) -> SearchPage:
    """Return page `number` (from 1) of the results, what fits first, then in this order.

    By relevance what has all words of the text comes before what has only some. A search for
    nothing but the next free time lists all that the filters match. The number of statements is
    constant.
    Calendars that the viewer may not see are neither shown nor read: such facilities have the
    verdict ON_REQUEST. Codes such as kinds are found, and shown as matching, by `words`.
    """
    index = search_index(words) if filters.text.strip() else None
    mask, found, candidates = _found(filters, order, words)
    by_page = criteria.is_open and not order.by_first_free
    matcher = SearchMatcher(
        _on_page(candidates, number) if by_page else list(candidates),
        hidden_from(viewer),
        criteria,
        now,
        for_organisation=free_for(viewer),
    )
    verdicts = matcher.verdicts()
    in_part = _in_part(mask, found)
    ranked: Collection[ListedFacility] = candidates
    if order.by_first_free:
        ranked = _by_first_free(candidates, in_part, verdicts, matcher)
    elif not criteria.is_open and order.is_relevance:
        ranked = sorted(candidates, key=lambda one: (one.id in in_part, verdicts[one.id].rank))
    elif not criteria.is_open:
        ranked = sorted(candidates, key=lambda one: (one.id in in_part, verdicts[one.id].rank[0]))
    shown = _on_page(ranked, number)
    on_page = [one.id for one in shown]
    times = matcher.times([i for i in on_page if verdicts[i].fit is Fit.FITS], TIMES_SHOWN)
    near = matcher.near([i for i in on_page if verdicts[i].fit is Fit.ALMOST])
    counted = Counter(verdicts[one].fit for one in verdicts.keys() - in_part)
    by_cluster: Mapping[int, int] = facet_index().by_cluster(mask)
    if not criteria.is_open:
        requestable = (one for one in ranked if verdicts[one.id].fit is not Fit.NEVER)
        by_cluster = Counter([one.cluster.id for one in requestable])
    return SearchPage(
        number=number,
        total=len(ranked),
        # Nothing found is an answer too: none fits, none almost.
        counts={} if criteria.is_open else {fit: counted[fit] for fit in Fit},
        by_cluster=by_cluster,
        results=[
            Result(
                one,
                matcher.effective[one.id],
                verdicts[one.id],
                times.get(one.id, ()),
                near.get(one.id, ()),
                index.explain(one.id, filters.text) if index else None,
                order.km_to(one),
            )
            for one in shown
        ],
        in_part=len(in_part),
        nearest=index.nearest(filters.text) if index else (),
        facets=facet_index().counts(filters.chosen, _among(filters, found)),
    )


@dataclass(frozen=True)
class FoundFacilities:
    """All facilities that a search finds, whenever they are free, and what is left to choose."""

    facilities: Sequence[ListedFacility]
    facets: FacetCounts


def found_facilities(filters: Filters, *, words: CodeWords = CODES) -> FoundFacilities:
    """Return the facilities that match the filters, by name; no statement of their own."""
    found = search_index(words).find(filters.text) if filters.text.strip() else None
    facets = facet_index().counts(filters.chosen, _among(filters, found))
    mask = filters.mask if found is None else filters.mask & found.mask
    return FoundFacilities(list(at(mask, facet_index().facilities)), facets)


def _among(filters: Filters, found: Found | None) -> int | None:
    """Return the mask of the facilities of which the choices are counted, None: of all."""
    if filters.only is None:
        return None if found is None else found.mask
    only = facet_index().mask_of(filters.only)
    return only if found is None else only & found.mask


def _by_first_free(
    candidates: Collection[ListedFacility],
    in_part: Collection[int],
    verdicts: Mapping[int, Verdict],
    matcher: SearchMatcher,
) -> list[ListedFacility]:
    """Return the candidates, of those that fit what is free first, at the beginning."""
    fitting = [one.id for one in candidates if verdicts[one.id].fit is Fit.FITS]
    first = {
        facility_id: offers[0][0].starts_at
        for facility_id, offers in matcher.times(fitting, 1).items()
        if offers
    }
    never = datetime.max.replace(tzinfo=UTC)
    return sorted(candidates, key=lambda one: (verdicts[one.id].rank[0], first.get(one.id, never)))


def looked_at(
    filters: Filters,
    criteria: SearchCriteria,
    number: int = 1,
    *,
    order: Order = BY_RELEVANCE,
    words: CodeWords = CODES,
) -> frozenset[int]:
    """Return the ids of all facilities on whose calendars page `number` of a search depends.

    It follows from the terms and words of facilities alone.
    """
    _, _, candidates = _found(filters, order, words)
    if criteria.is_open and not order.by_first_free:
        candidates = _on_page(candidates, number)
    return frozenset(one.id for one in candidates)


def matching_ids(filters: Filters, *, words: CodeWords = CODES) -> frozenset[int]:
    """Return the ids of all facilities that the filters match, with all words of the text.

    No statement where nothing has changed since the last search.
    """
    mask, found, candidates = _found(filters, BY_RELEVANCE, words)
    return frozenset(one.id for one in candidates) - _in_part(mask, found)


_Candidates = Collection[ListedFacility]


def _found(
    filters: Filters, order: Order, words: CodeWords
) -> tuple[int, Found | None, _Candidates]:
    """Return what filters and words match: its mask, what the words find, and all of it in order.

    Without words they find None. A page asks for it more than once.
    """

    def find() -> tuple[int, Found | None, _Candidates]:
        found = search_index(words).find(filters.text) if filters.text.strip() else None
        mask = filters.mask if found is None else filters.mask & found.mask
        return mask, found, _in_order(mask, found, order)

    return once(("found", filters, order, words.language), find)


def _in_order(mask: int, found: Found | None, order: Order) -> _Candidates:
    """Return the facilities of a mask in this order, else by name.

    Relevance is how well the words match. What has only some of them comes last in any order.
    """
    facilities = facet_index().facilities
    if order.is_relevance:
        levels = [mask] if found is None else [mask & level for _, level in found.levels]
        return Ordered(facilities, levels)
    lacking = found.lacking if found else 0
    groups = mask & ~lacking, mask & lacking
    if order.near is None:
        return Ordered(facilities, groups)
    return [one for group in groups for one in sorted(at(group, facilities), key=order.distance)]


def _in_part(mask: int, found: Found | None) -> frozenset[int]:
    """Return the ids of those that lack words that were searched for."""
    lacking = mask & found.lacking if found else 0
    return frozenset(one.id for one in at(lacking, facet_index().facilities))


def _on_page(ranked: Collection[ListedFacility], number: int) -> Sequence[ListedFacility]:
    start = (number - 1) * PAGE_SIZE
    if isinstance(ranked, Ordered):
        return ranked.first(PAGE_SIZE, start)
    return list(islice(ranked, start, start + PAGE_SIZE))
