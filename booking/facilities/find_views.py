"""Asking and answering "what is free": shared by the start page and the catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import request, url_for
from flask_babel import gettext, ngettext
from werkzeug.datastructures import MultiDict

from booking import clock, formats, wording
from booking.access import current_viewer
from booking.facilities.answering import Fit
from booking.facilities.card_views import Card, card_of
from booking.facilities.forms import DEFAULT_LENGTH, LENGTHS, FindForm
from booking.facilities.matching import Filters
from booking.facilities.offers import Length, When
from booking.facilities.queries import Vocabulary
from booking.facilities.search import MAX_WINDOW_DAYS, PAGE_SIZE, Page, search

#: How much of the time ahead an untouched form looks at: it reaches beyond most lead times.
DEFAULT_WINDOW_DAYS = 84
MAX_PAGE = 1000
FIELDS = ("what", "cluster", "kind", "area", "first", "last", "length")


@dataclass(frozen=True)
class Question:
    """What was asked, checked. `when` is None where no days were given, or they are wrong."""

    form: FindForm
    filters: Filters
    when: When | None
    page: int
    is_valid: bool


@dataclass(frozen=True)
class Answer:
    """One page of cards, and what stands around it."""

    page: Page
    cards: Sequence[Card]
    headline: str
    chips: Sequence[tuple[str, str]]
    previous_url: str | None
    next_url: str | None
    where: str | None


def read_question(vocabulary: Vocabulary) -> Question:
    """Return the question that the address holds; what the catalogue does not know is left out."""
    known = {
        "cluster": {cluster.slug for cluster in vocabulary.clusters},
        "kind": set(vocabulary.kinds),
        "area": {area.slug for area in vocabulary.focus_areas},
    }
    given: MultiDict[str, str] = MultiDict(
        (name, value)
        for name in FIELDS
        for value in request.args.getlist(name)
        if name not in known or value in known[name]
    )
    form = FindForm(formdata=given)
    form.today = clock.now().date()
    form.window_days = MAX_WINDOW_DAYS
    form.cluster.choices = [(one.slug, one.short_name) for one in vocabulary.clusters]
    form.kind.choices = [(kind, wording.kind_word(kind)) for kind in vocabulary.kinds]
    form.area.choices = [
        (area.slug, wording.focus_area_word(area.slug)) for area in vocabulary.focus_areas
    ]
    if not form.length.data:
        form.length.data = DEFAULT_LENGTH
    is_valid = form.validate()
    _offer_length(form)
    filters = Filters(
        text="" if form.what.errors else form.what.data or "",
        clusters=tuple(form.cluster.data or ()),
        kinds=tuple(form.kind.data or ()),
        focus_areas=tuple(form.area.data or ()),
    )
    when = None
    if is_valid and form.first.data and form.last.data:
        when = When(form.first.data, form.last.data, Length(*form.parsed_length()))
    return Question(form, filters, when, _page_number(), is_valid)


def _offer_length(form: FindForm) -> None:
    """Add a length that an address names and the list does not have."""
    if form.length.errors or form.length.data in dict(LENGTHS):
        return
    form.length.choices = [
        *LENGTHS,
        (form.length.data, formats.units(*form.parsed_length())),
    ]


def _page_number() -> int:
    text = request.args.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return min(max(number, 1), MAX_PAGE)


def default_window() -> tuple[date, date]:
    """Return the days that an untouched form asks about: from the coming Monday on."""
    today = clock.now().date()
    monday = today + timedelta(days=7 - today.weekday())
    return monday, monday + timedelta(days=DEFAULT_WINDOW_DAYS - 1)


def answer(question: Question, endpoint: str, vocabulary: Vocabulary) -> Answer:
    """Return the answer, with addresses that lead back to `endpoint`."""
    page = search(question.filters, question.when, current_viewer(), clock.now(), question.page)
    last_page = max(1, -(-page.total // PAGE_SIZE))
    where = None
    if page.total > len(page.results) and page.results:
        where = gettext(
            "%(first)s to %(last)s of %(total)s",
            first=page.first,
            last=page.last,
            total=page.total,
        )
    return Answer(
        page=page,
        cards=[card_of(result) for result in page.results],
        headline=_headline(page, question.when),
        chips=_chips(question, endpoint, vocabulary),
        previous_url=_at_page(endpoint, min(page.number - 1, last_page))
        if page.number > 1
        else None,
        next_url=_at_page(endpoint, page.number + 1) if page.has_next else None,
        where=where,
    )


def narrowed_url(endpoint: str, **changes: str) -> str:
    """Return the address of this question with some values replaced, on its first page."""
    args = {name: request.args.getlist(name) for name in FIELDS}
    args |= {name: [value] for name, value in changes.items()}
    return _address(endpoint, args)


def _without(endpoint: str, name: str, value: str) -> str:
    """Return the address of this question with one value less."""
    args = {one: request.args.getlist(one) for one in FIELDS}
    args[name] = [one for one in args[name] if one != value]
    return _address(endpoint, args)


def _without_time(endpoint: str) -> str:
    return _address(
        endpoint,
        {
            name: request.args.getlist(name)
            for name in FIELDS
            if name not in ("first", "last", "length")
        },
    )


def _at_page(endpoint: str, number: int) -> str:
    args = {name: request.args.getlist(name) for name in FIELDS}
    if number > 1:
        args["page"] = [str(number)]
    return _address(endpoint, args)


def _address(endpoint: str, args: Mapping[str, Sequence[str]]) -> str:
    given: dict[str, Any] = {
        name: [value for value in values if value] for name, values in args.items()
    }
    return url_for(endpoint, **{name: values for name, values in given.items() if values})


def _chips(question: Question, endpoint: str, vocabulary: Vocabulary) -> list[tuple[str, str]]:
    chips = []
    if question.filters.text:
        text = question.filters.text
        typed = request.args.get("what", "")
        chips.append((gettext("“%(text)s”", text=text), _without(endpoint, "what", typed)))
    names = {cluster.slug: cluster.short_name for cluster in vocabulary.clusters}
    for slug in question.filters.clusters:
        chips.append((names[slug], _without(endpoint, "cluster", slug)))
    for kind in question.filters.kinds:
        chips.append((wording.kind_word(kind), _without(endpoint, "kind", kind)))
    for slug in question.filters.focus_areas:
        chips.append((wording.focus_area_word(slug), _without(endpoint, "area", slug)))
    if question.when:
        text = gettext(
            "%(first)s – %(last)s, %(length)s",
            first=formats.short_day(question.when.first),
            last=formats.short_day(question.when.last),
            length=formats.units(question.when.length.number, question.when.length.unit),
        )
        chips.append((text, _without_time(endpoint)))
    return chips


def _headline(page: Page, when: When | None) -> str:
    if when is None:
        return ngettext("%(num)s facility", "%(num)s facilities", page.total)
    fits, ask = page.counts[Fit.FITS], page.counts[Fit.ASK]
    almost = page.counts[Fit.ALMOST]
    if ask and almost:
        return gettext(
            "%(fits)s fit, %(ask)s by agreement, %(almost)s almost",
            fits=fits,
            ask=ask,
            almost=almost,
        )
    if ask:
        return gettext("%(fits)s fit, %(ask)s by agreement", fits=fits, ask=ask)
    if almost:
        return gettext("%(fits)s fit, %(almost)s almost", fits=fits, almost=almost)
    return ngettext("%(num)s fits", "%(num)s fit", fits)


def counts_by_cluster(page: Page, vocabulary: Vocabulary) -> Mapping[str, int]:
    """Return for each cluster's slug how much of the answer is there."""
    return {one.slug: page.by_cluster.get(one.id, 0) for one in vocabulary.clusters}
