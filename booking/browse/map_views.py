"""The map of facilities: the answer of a search, by where they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import make_response, render_template, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from booking.browse.blueprint import blueprint
from booking.browse.facility_map import PLACES_LISTED, map_of
from booking.browse.map_markup import pins, place_list
from booking.db import clock
from booking.facilities.calendar_cache import FOREVER, Drawn, drawn_once, text_bytes
from booking.facilities.queries import filter_values
from booking.search.compare_bar import CompareBar, compare_bar, nothing_chosen_url
from booking.search.facet_panel import facet_panel
from booking.search.facets import FilterBy
from booking.search.pages import without_choices
from booking.search.query_string import (
    Question,
    args_of,
    chips_of,
    chosen_all_url,
    page_url,
    read_question,
    search_url,
)
from booking.search.reader_words import reader_words
from booking.search.service import found_facilities
from booking.web.access import current_viewer, public
from booking.wording import formats
from booking.wording.reader import reader_key
from booking.wording.translator import gettext, ngettext

_HERE = "browse.facility_map"


@dataclass(frozen=True)
class _DrawnMap:
    content: Markup
    is_wrong: bool


@dataclass(frozen=True)
class MapAnswer:
    """The filters that are on, as chips; and what to take back where nothing was found.

    `bar` has what is chosen to compare, `all_url` is the map of all facilities.
    """

    chips: Sequence[tuple[str, str]]
    without: Sequence[tuple[str, str]]
    bar: CompareBar
    all_url: str


@blueprint.get("/map")
@public
def facility_map() -> Response:
    """Show the facilities that a search finds on the map, with the list beside it.

    It takes the arguments of `/facilities`; days and lengths change nothing here and are kept.
    """
    now = clock.now()
    key = "map of facilities", *reader_key(current_viewer())
    drawn = drawn_once(key, (), now, _drawn)
    page = render_template("browse/map.html", content=drawn.content)
    return make_response(page, 422 if drawn.is_wrong else 200)


def _drawn() -> Drawn[_DrawnMap]:
    known = filter_values()
    question = read_question(known)
    found = found_facilities(question.filters, words=reader_words())
    names = {cluster.slug: cluster.short_name for cluster in known.clusters}
    drawn = map_of(
        found.facilities,
        lambda slug: url_for("browse.facility", slug=slug),
        lambda cities: chosen_all_url(question, _HERE, FilterBy.CITY, cities),
    )
    first = (question.page - 1) * PLACES_LISTED
    places = drawn.places[first : first + PLACES_LISTED]
    content = render_template(
        "browse/_map_content.html",
        question=question,
        map=drawn,
        pins=pins(drawn),
        place_list=place_list(
            places,
            lambda city: chosen_all_url(question, "browse.facilities", FilterBy.CITY, [city]),
        ),
        headline=_headline(found.facets.total, drawn.on_map),
        panel=facet_panel(found.facets, question.filters.chosen, names),
        answer=MapAnswer(
            chips_of(question, _HERE, known),
            without_choices(question, _HERE, found.facets, names),
            compare_bar(question, _HERE),
            nothing_chosen_url(question, _HERE),
        ),
        kept=_kept(question),
        here_url=url_for(_HERE),
        list_url=search_url("browse.facilities", args_of(question)),
        previous_url=page_url(question, _HERE, question.page - 1) if question.page > 1 else None,
        next_url=_next_url(question, len(drawn.places)),
        where=gettext(
            "%(first)s to %(last)s of %(total)s places",
            first=first + 1,
            last=first + len(places),
            total=len(drawn.places),
        ),
    )
    return Drawn(
        _DrawnMap(Markup(content), not question.is_valid),  # noqa: S704  # our own template
        FOREVER if question.is_valid else None,
        size=text_bytes(content),
    )


def _kept(question: Question) -> list[tuple[str, str]]:
    """Return what the form sends on, beside its own field and the choices beside the map."""
    if not question.is_valid:
        return question.ticked
    return [
        (name, value)
        for name, values in args_of(question).items()
        for value in values
        if name not in ("what", "compare") and name not in list(FilterBy)
    ]


def _next_url(question: Question, number: int) -> str | None:
    return (
        page_url(question, _HERE, question.page + 1)
        if number > question.page * PLACES_LISTED
        else None
    )


def _headline(total: int, on_map: int) -> str:
    if not total:
        return gettext("No match")
    parts = [ngettext("%(num)s facility", "%(num)s facilities", total)]
    if on_map < total:
        parts.append(gettext("%(number)s of them on the map", number=on_map))
    return formats.counts(parts)
