"""Reading a search from the address, and writing addresses of similar searches."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from flask import request
from werkzeug.datastructures import MultiDict

from booking.concepts.vocabulary import CONCEPTS, present_vocabulary
from booking.db import clock
from booking.facilities.listed import listed_by_slug
from booking.facilities.queries import FilterValues
from booking.rules.date_windows import Length
from booking.search.criteria import SearchCriteria
from booking.search.facet_words import choice_word
from booking.search.facets import CONCEPTS_OF, GROUPS, FilterBy, facet_index, narrowest
from booking.search.filters import Filters
from booking.search.forms import LENGTHS, FindForm
from booking.search.orders import BY_RELEVANCE, Order, read_order
from booking.search.service import MAX_WINDOW_DAYS
from booking.web.links import link
from booking.wording import formats
from booking.wording.translator import gettext, ngettext
from booking.wording.words import country_name, focus_area_word, kind_word

MAX_PAGE = 1000
#: What the field for one place shows where several are chosen.
SEVERAL = "several"
#: The argument of a search in the reader's favourites.
FAVOURITES = "favourites"
#: So many facilities fit beside each other.
MOST_COMPARED = 4
#: The argument that takes a facility out of those that are compared.
NOT_COMPARED = "uncompare"
#: The arguments of a search; `where` is a cluster or a country.
FIELDS = (
    *("what", "where"),
    *(one.value for one in FilterBy),
    *("first", "last", "length", "people", "places", "sort"),
)
Args = dict[str, list[str]]


@dataclass(frozen=True)
class Question:
    """A search read from the address and checked; invalid: empty `filters` and `criteria`.

    `compared` are slugs of facilities that the reader has chosen to compare: they search nothing,
    and stay in the address while the reader looks for more. `compares_too_many`: the address has
    more of them than fit beside each other.
    """

    form: FindForm
    filters: Filters
    criteria: SearchCriteria
    page: int
    is_valid: bool
    compared: tuple[str, ...] = ()
    order: Order = BY_RELEVANCE
    compares_too_many: bool = False

    @property
    def is_untouched(self) -> bool:
        """Return whether it has neither filters nor criteria."""
        return self.criteria.is_open and self.filters == Filters()

    @property
    def where_shown(self) -> str:
        """Return what the field for one place shows: the only one chosen, "several", or ""."""
        chosen = [*(self.form.cluster.data or ()), *(self.form.country.data or ())]
        return SEVERAL if len(chosen) > 1 else "".join(chosen)

    @property
    def ticked(self) -> list[tuple[str, str]]:
        """Return all choices as they were sent, also of a search with faults: name and value."""
        return [(one.value, value) for one in FilterBy for value in self.form[one.value].data or ()]


def read_question(
    filter_values: FilterValues,
    fields: Sequence[str] = FIELDS,
    favourites: frozenset[int] | None = None,
) -> Question:
    """Return the search in the address, without values that the catalogue does not know.

    Only the arguments in `fields` are read. `favourites` are the reader's own, for a search in
    them; None: the page does not know them, and looks in all.
    """
    return question_of(filter_values, request.args, fields, favourites)


def question_of(
    filter_values: FilterValues,
    given: MultiDict[str, str],
    fields: Sequence[str] = FIELDS,
    favourites: frozenset[int] | None = None,
) -> Question:
    """Return the search that these arguments ask for, as `read_question` does with an address."""
    given = _with_present_concepts(given)
    form = _form(filter_values, given, fields)
    form.today = clock.now().date()
    form.window_days = MAX_WINDOW_DAYS
    is_valid = form.validate()
    _offer_length(form)
    compared = _compared(given)
    if not is_valid:
        return Question(
            form, Filters(), SearchCriteria(), 1, is_valid=False, compared=compared[:MOST_COMPARED]
        )
    filters = Filters.of(
        form.what.data or "", {name: form[name.value].data or () for name in FilterBy}
    )
    if favourites is not None and FAVOURITES in given:
        filters = replace(filters, only=favourites)
    length = form.parsed_length()
    criteria = SearchCriteria(
        first=form.first.data,
        last=form.last.data or form.first.data,
        length=Length(*length) if length else None,
        people=form.people.data,
        places=form.places.data or 1,
    )
    return Question(
        form,
        filters,
        criteria,
        _page_number(given),
        is_valid=True,
        compared=compared[:MOST_COMPARED],
        order=read_order(given.get("sort", "")) if "sort" in fields else BY_RELEVANCE,
        compares_too_many=len(compared) > MOST_COMPARED,
    )


def _with_present_concepts(args: MultiDict[str, str]) -> MultiDict[str, str]:
    """Return the arguments with merged concepts replaced by those that took their place."""
    instead = present_vocabulary().instead
    if not any(value in instead for name in CONCEPTS_OF for value in args.getlist(name)):
        return args
    found: MultiDict[str, str] = MultiDict()
    for name, value in args.items(multi=True):
        if name in CONCEPTS_OF and value in instead:
            concept = CONCEPTS[instead[value]]
            found.add(
                next(one for one, facet in CONCEPTS_OF.items() if facet is concept.facet),
                concept.id,
            )
        else:
            found.add(name, value)
    return found


def _compared(args: MultiDict[str, str]) -> tuple[str, ...]:
    """Return the facilities that the reader has chosen to compare, those that exist."""
    given = dict.fromkeys(args.getlist("compare"))
    known = listed_by_slug() if given else {}
    taken_out = args.getlist(NOT_COMPARED)
    return tuple(slug for slug in given if slug in known and slug not in taken_out)


def _form(
    filter_values: FilterValues, args: MultiDict[str, str], fields: Sequence[str]
) -> FindForm:
    countries = {cluster.country for cluster in filter_values.clusters}
    known: dict[str, Collection[str]] = {
        one.value: facet_index().values(one) for one in FilterBy if one.value in args
    }
    # Those without facilities can be chosen too.
    known["cluster"] = {cluster.slug for cluster in filter_values.clusters}
    known["country"] = countries
    given: MultiDict[str, str] = MultiDict()
    # A field for one place shows it, boxes beside it too: only if it was changed it is meant.
    place = args.get("where", "")
    is_as_shown = place == args.get("where_shown")
    has_boxes = "where_shown" in args
    for name in fields:
        if name in ("cluster", "country") and has_boxes and not is_as_shown:
            continue
        # A repeated choice counts once.
        for value in dict.fromkeys(args.getlist(name)):
            if name == "where":
                if not is_as_shown:
                    given.add("country" if value in countries else "cluster", value)
            elif name not in known or value in known[name]:
                given.add(name, value)
    for name, values in known.items():
        kept = [one for one in dict.fromkeys(given.getlist(name)) if one in values]
        given.setlist(name, narrowest(kept) if name in CONCEPTS_OF else kept)
    form = FindForm(formdata=given)
    form.cluster.choices = [(one.slug, one.short_name) for one in filter_values.clusters]
    form.country.choices = sorted(
        ((code, country_name(code)) for code in countries), key=lambda one: one[1]
    )
    form.kind.choices = [(kind, kind_word(kind)) for kind in filter_values.kinds]
    form.area.choices = [(slug, focus_area_word(slug)) for slug in filter_values.areas]
    return form


def _offer_length(form: FindForm) -> None:
    """Add the length to the choices if it is valid and not among them."""
    if form.length.errors or (form.length.data or "") in dict(LENGTHS):
        return
    length = form.parsed_length()
    if length:
        form.length.choices = [*LENGTHS, (form.length.data, formats.units(*length))]


def _page_number(args: MultiDict[str, str]) -> int:
    text = args.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return min(max(number, 1), MAX_PAGE)


def args_of(question: Question) -> Args:
    """Return the arguments of this search, without empty ones."""
    filters, criteria = question.filters, question.criteria
    args = {
        "what": [filters.text],
        **{name.value: list(values) for name, values in filters.chosen.items()},
        "first": [criteria.first.isoformat() if criteria.first else ""],
        "last": [criteria.last.isoformat() if criteria.last else ""],
        "length": [
            f"{criteria.length.number}-{criteria.length.unit.value}" if criteria.length else ""
        ],
        "people": [str(criteria.people or "")],
        "places": [str(criteria.places) if criteria.places > 1 else ""],
        FAVOURITES: [] if filters.only is None else ["yes"],
        "compare": list(question.compared),
        "sort": [question.order.value] if not question.order.is_relevance else [],
    }
    given = {name: [value for value in values if value] for name, values in args.items()}
    return {name: values for name, values in given.items() if values}


def search_url(endpoint: str, args: Mapping[str, Sequence[str]]) -> str:
    """Return the address with these arguments."""
    return link(endpoint, args)


def in_cluster_url(question: Question, endpoint: str, slug: str) -> str:
    """Return the address of this search in one cluster only."""
    args = args_of(question) | {"cluster": [slug]}
    args.pop("country", None)
    return search_url(endpoint, args)


def favourites_url(question: Question, endpoint: str) -> str:
    """Return the address of this search in the reader's favourites only."""
    return search_url(endpoint, args_of(question) | {FAVOURITES: ["yes"]})


def saved_args(question: Question) -> Args:
    """Return the arguments of this search that are kept with it: not what is compared."""
    args = args_of(question)
    args.pop("compare", None)
    return args


def with_text_url(question: Question, endpoint: str, text: str) -> str:
    """Return the address of this search with another text."""
    return search_url(
        endpoint, args_of(replace(question, filters=replace(question.filters, text=text)))
    )


def sorted_url(question: Question, endpoint: str, order: Order) -> str:
    """Return the address of this search in another order."""
    return search_url(endpoint, args_of(replace(question, order=order)))


def chosen_url(question: Question, endpoint: str, name: FilterBy, value: str) -> str:
    """Return the address of this search with this choice in place of its group and the text."""
    without_text = replace(question, filters=replace(question.filters, text=""))
    return chosen_all_url(without_text, endpoint, name, [value])


def chosen_all_url(question: Question, endpoint: str, name: FilterBy, values: Sequence[str]) -> str:
    """Return the address of this search with these choices in place of those of their group."""
    group = next(one for one in GROUPS if name in one)
    args = {key: one for key, one in args_of(question).items() if key not in group}
    return search_url(endpoint, args | {name.value: list(values)})


def without_group_url(question: Question, endpoint: str, group: Collection[FilterBy]) -> str:
    """Return the address of this search without what is chosen in one group."""
    args = {name: values for name, values in args_of(question).items() if name not in group}
    return search_url(endpoint, args)


def page_url(question: Question, endpoint: str, number: int) -> str:
    """Return the address of a page of the results."""
    more = {"page": [str(number)]} if number > 1 else {}
    return search_url(endpoint, args_of(question) | more)


def chips_of(
    question: Question,
    endpoint: str,
    filter_values: FilterValues,
    kept: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> list[tuple[str, str]]:
    """Return each part of the search in words, with the address of the search without it.

    `kept` are further arguments of all these addresses.
    """
    args = args_of(question)
    names = {cluster.slug: cluster.short_name for cluster in filter_values.clusters}

    def without(name: str, value: str | None = None) -> str:
        left = [one for one in args[name] if value is not None and one != value]
        rest = {key: values for key, values in args.items() if key != name}
        if name == "first":
            rest.pop("last", None)
        return search_url(endpoint, rest | ({name: left} if left else {}) | dict(kept))

    filters, criteria = question.filters, question.criteria
    chips = []
    if filters.text:
        chips.append((gettext("“%(text)s”", text=filters.text), without("what")))
    for name, values in filters.chosen.items():
        for value in values:
            chips.append((choice_word(name, value, names), without(name, value)))
    if filters.only is not None:
        chips.append((gettext("My favourites"), without(FAVOURITES)))
    if criteria.first and criteria.last:
        chips.append((_days_text(criteria.first, criteria.last), without("first")))
    if criteria.length:
        text = formats.units(criteria.length.number, criteria.length.unit)
        chips.append((text, without("length")))
    if criteria.people:
        people = ngettext("%(num)s person", "%(num)s people", criteria.people)
        chips.append((people, without("people")))
    if criteria.places > 1:
        places = ngettext("%(num)s place", "%(num)s places", criteria.places)
        chips.append((places, without("places")))
    return chips


def _days_text(first: date, last: date) -> str:
    if first == last:
        return formats.short_day(first)
    return gettext(
        "%(first)s – %(last)s", first=formats.short_day(first), last=formats.short_day(last)
    )
