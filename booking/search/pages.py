"""The page of results, shared by the start page and the catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from zoneinfo import ZoneInfo

from flask import make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from booking.clusters.map import cluster_map
from booking.db import clock
from booking.db.times import CENTRAL_EUROPEAN
from booking.facilities.calendar_cache import FOREVER, ID_BYTES, Drawn, drawn_once, text_bytes
from booking.facilities.queries import FilterValues, filter_values
from booking.favourites.queries import favourite_ids
from booking.rules.clock_changes import next_clock_change
from booking.search.cards import drawn_cards, has_demo_values
from booking.search.compare_bar import CompareBar, compare_bar, nothing_chosen_url
from booking.search.criteria import SearchCriteria
from booking.search.facet_panel import FacetPanel, facet_panel
from booking.search.facet_words import choice_word
from booking.search.facets import FacetCounts
from booking.search.filters import Filters
from booking.search.forms import FindForm
from booking.search.matcher import Fit
from booking.search.occupied import next_hold_end
from booking.search.order_links import Orders, orders_of
from booking.search.page_parts import page_parts
from booking.search.query_string import (
    FAVOURITES,
    NOT_COMPARED,
    Question,
    args_of,
    chips_of,
    chosen_all_url,
    favourites_url,
    in_cluster_url,
    page_url,
    read_question,
    saved_args,
    search_url,
    with_text_url,
    without_group_url,
)
from booking.search.reader_words import reader_words
from booking.search.service import PAGE_SIZE, SearchPage, looked_at, search
from booking.search.statistics import count_search
from booking.web.access import current_viewer, send_to_sign_in
from booking.web.responses import after_answer
from booking.wording import formats
from booking.wording.reader import reader_key
from booking.wording.translator import gettext, ngettext

# What the version of one calendar takes beside a page that is kept.
_VERSION_BYTES = 100
# Parts of the user agents of crawlers.
_MACHINES = ("bot", "crawl", "spider", "slurp")


@dataclass(frozen=True)
class SearchResults:
    """One page of cards, with its headline, filters and links.

    `nearest` are texts to search for instead, each with its address, `orders` the orders to choose
    from, `facets` the choices to filter by. `without` says how many there would be without what is
    chosen in a group: in words, with the address. `bar` has what is chosen to compare, `all_url` is
    the page of all facilities.
    """

    page: SearchPage
    cards: Sequence[Markup]
    has_demo_values: bool
    headline: str
    chips: Sequence[tuple[str, str]]
    nearest: Sequence[tuple[str, str]]
    orders: Orders
    facets: FacetPanel
    without: Sequence[tuple[str, str]]
    map_url: str
    previous_url: str | None
    next_url: str | None
    where: str | None
    bar: CompareBar
    all_url: str


@dataclass(frozen=True)
class DrawnSearch:
    """A search as one reader gets it: all below the header, and what is counted of it.

    `form` has what is wrong with the search, if anything is.
    """

    content: Markup
    form: FindForm | None
    counted: tuple[Filters, SearchCriteria, int] | None


def find_page(endpoint: str, template: str, content_template: str) -> Response:
    """Return the page of `template` with the search form and its results.

    All below the header is drawn by `content_template`, and kept until something changes in it. A
    search with faults comes back as 422, with its faults and without results. It is counted once
    the page has been sent.
    """
    now, viewer = clock.now(), current_viewer()
    mine: frozenset[int] = frozenset()
    if FAVOURITES in request.args:
        if viewer.person_id is None:
            return send_to_sign_in()
        mine = favourite_ids(viewer.person_id)
    # Colleagues see the same of calendars, and have other favourites.
    key = endpoint, *sorted(mine), *reader_key(viewer)
    question = cache(lambda: read_question(filter_values(), favourites=mine))
    if NOT_COMPARED in request.args and question().is_valid:
        return redirect(page_url(question(), endpoint, question().page))
    read = drawn_once(("facilities of a search", *key), (), now, lambda: _read(question()))
    drawn = drawn_once(
        ("search", *key),
        read,
        now,
        lambda: _drawn(question(), endpoint, content_template, read, now),
    )
    wrong = {"form": drawn.form} if drawn.form else {}
    page = render_template(template, content=drawn.content, **wrong)
    response = make_response(page, 422 if wrong else 200)
    if drawn.counted and _is_by_a_person():
        after_answer(
            response, "counting a search", partial(count_search, now.date(), *drawn.counted)
        )
    return response


def _read(question: Question) -> Drawn[frozenset[int]]:
    """Return the ids of all facilities whose calendars the search looks at."""
    found: frozenset[int] = frozenset()
    if question.is_valid:
        found = looked_at(
            question.filters,
            question.criteria,
            question.page,
            order=question.order,
            words=reader_words(),
        )
    # A day that is too far ahead today is not tomorrow.
    return Drawn(found, FOREVER if question.is_valid else None, size=ID_BYTES * len(found))


def _drawn(
    question: Question,
    endpoint: str,
    template: str,
    facility_ids: frozenset[int],
    now: datetime,
) -> Drawn[DrawnSearch]:
    known = filter_values()
    found = search_results(question, endpoint, known, now) if question.is_valid else None
    here_url = url_for(endpoint)
    content = render_template(
        template,
        form=question.form,
        question=question,
        filter_values=known,
        parts=page_parts(question, known, here_url) if known.facility_count else None,
        answer=found,
        here_url=here_url,
        signed_in=current_viewer().signed_in,
        favourites_url=favourites_url(question, endpoint)
        if question.is_valid and question.filters.only is None and current_viewer().signed_in
        else None,
        save_args=saved_args(question) if question.is_valid else {},
        map=cluster_map(
            known.clusters,
            counts_by_cluster(found.page, known),
            lambda slug: in_cluster_url(question, endpoint, slug),
        )
        if found
        else None,
    )
    zones = {CENTRAL_EUROPEAN, *(ZoneInfo(cluster.time_zone) for cluster in known.clusters)}
    ends = next_hold_end(now)
    return Drawn(
        DrawnSearch(
            content=Markup(content),  # noqa: S704  # our own template escaped it
            form=None if question.is_valid else question.form,
            counted=_counted(question, found.page) if found else None,
        ),
        next_clock_change(now, zones, [ends] if ends else ()) if found else None,
        size=text_bytes(content) + _VERSION_BYTES * len(facility_ids),
    )


def _counted(question: Question, page: SearchPage) -> tuple[Filters, SearchCriteria, int] | None:
    """Return what is counted of a search: only of first pages with criteria."""
    if question.is_untouched or question.page > 1:
        return None
    if question.compared and "where_shown" not in request.args:
        return None  # the same search once more: one of its facilities was chosen to compare
    fitting = [page.counts.get(fit, 0) for fit in (Fit.FITS, Fit.ON_REQUEST)]
    return question.filters, question.criteria, sum(fitting) if page.counts else page.matches


def _is_by_a_person() -> bool:
    """Return whether a person asks for the page, and neither a crawler nor a browser ahead."""
    agent = request.user_agent.string.casefold()
    return (
        request.method == "GET"
        and "Sec-Purpose" not in request.headers
        and not any(one in agent for one in _MACHINES)
    )


def search_results(
    question: Question, endpoint: str, filter_values: FilterValues, now: datetime
) -> SearchResults:
    """Return the results, with addresses that lead back to `endpoint`."""
    page = search(
        question.filters,
        question.criteria,
        current_viewer(),
        now,
        question.page,
        order=question.order,
        words=reader_words(),
    )
    # Where all clusters take the same time, the page says it once.
    answer_times = {cluster.answer_days for cluster in filter_values.clusters}
    cluster_names = {one.slug: one.short_name for one in filter_values.clusters}
    last_page = max(1, -(-page.total // PAGE_SIZE))
    where = None
    if page.total > len(page.results) and page.results:
        where = gettext(
            "%(first)s to %(last)s of %(total)s",
            first=page.first,
            last=page.last,
            total=page.total,
        )
    previous = min(page.number - 1, last_page)
    return SearchResults(
        page=page,
        cards=drawn_cards(
            page.results,
            question.criteria,
            shows_answer_time=len(answer_times) > 1,
            compared=question.compared,
        ),
        has_demo_values=any(has_demo_values(result) for result in page.results),
        headline=_headline(page),
        chips=chips_of(question, endpoint, filter_values),
        nearest=[(text, with_text_url(question, endpoint, text)) for text in page.nearest],
        orders=orders_of(question, endpoint, current_viewer()),
        facets=facet_panel(page.facets, question.filters.chosen, cluster_names),
        without=[]
        if page.total
        else without_choices(question, endpoint, page.facets, cluster_names),
        map_url=search_url("browse.facility_map", args_of(question)),
        previous_url=page_url(question, endpoint, previous) if page.number > 1 else None,
        next_url=page_url(question, endpoint, page.number + 1) if page.has_next else None,
        where=where,
        bar=compare_bar(question, endpoint),
        all_url=nothing_chosen_url(question, endpoint),
    )


def without_choices(
    question: Question, endpoint: str, facets: FacetCounts, cluster_names: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Return which choices leave something if they are taken back: in words, with the address."""
    chosen, searched = question.filters.chosen, question.filters.text
    found = []
    if searched and facets.without_text and not question.filters.are_none:
        text = ngettext(
            "Without “%(text)s”: %(num)s facility",
            "Without “%(text)s”: %(num)s facilities",
            facets.without_text,
            text=searched,
        )
        found.append((text, with_text_url(question, endpoint, "")))
    for (name, one), count in facets.without_one.items():
        if count:
            rest = [value for value in chosen[name] if value != one]
            url = chosen_all_url(question, endpoint, name, rest)
            found.append((_without_text(choice_word(name, one, cluster_names), count), url))
    for group, count in facets.without.items():
        if not count:
            continue
        words = [choice_word(name, one, cluster_names) for name in group for one in chosen[name]]
        text = _without_text(formats.listed(words), count)
        found.append((text, without_group_url(question, endpoint, group)))
    return found


def _without_text(words: str, count: int) -> str:
    return ngettext(
        "Without %(filter)s: %(num)s facility",
        "Without %(filter)s: %(num)s facilities",
        count,
        filter=words,
    )


def _headline(page: SearchPage) -> str:
    if not page.total:
        return gettext("No match")
    if not page.counts and not page.in_part:
        return ngettext(
            "%(num)s facility and its next free time",
            "%(num)s facilities and their next free times",
            page.total,
        )
    fits, on_request, close = (
        (page.counts[fit] for fit in (Fit.FITS, Fit.ON_REQUEST, Fit.ALMOST))
        if page.counts
        else (page.matches, 0, 0)
    )
    parts = []
    if fits:
        parts.append(ngettext("%(num)s match", "%(num)s matches", fits))
    elif not on_request:
        parts.append(gettext("No exact match"))
    if on_request:
        parts.append(gettext("%(number)s by agreement", number=on_request))
    if close:
        parts.append(gettext("%(number)s close", number=close))
    if page.in_part:
        parts.append(gettext("%(number)s with some of the words", number=page.in_part))
    return formats.counts(parts)


def counts_by_cluster(page: SearchPage, filter_values: FilterValues) -> Mapping[str, int]:
    """Return how many results each cluster has, by its slug."""
    return {one.slug: page.by_cluster.get(one.id, 0) for one in filter_values.clusters}
