"""Parts of the search pages that follow from the catalogue: drawn once until it changes."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from flask import get_template_attribute
from markupsafe import Markup

from booking.facilities.queries import FilterValues
from booking.facilities.terms_cache import cached_by
from booking.search.query_string import Question
from booking.wording.translator import language

# So many choices of filters are kept.
_MOST = 200
# The fields in which somebody types, beside the words.
_TYPED = ("first", "last", "length", "people", "places")


@dataclass(frozen=True)
class PageParts:
    """Markup: fields for where, when, how long and how many, the folded ones; subjects; and how.

    The last says how it works.
    """

    fields: Markup
    more_fields: Markup
    subjects: Markup
    how: Markup


def page_parts(question: Question, filter_values: FilterValues, here_url: str) -> PageParts:
    """Return the parts for this search; they come from memory where nothing has changed.

    Only choices that the catalogue knows are kept, and nothing with what somebody compares or
    typed: of that there is too much.
    """
    chosen, compared = question.filters.focus_areas, question.compared
    if question.is_valid and not any("".join(question.form[one].raw_data or ()) for one in _TYPED):
        fields = _drawn("fields", question.where_shown, question)
        more_fields = _drawn("more_fields", (), question)
    else:
        fields, more_fields = _macro("fields")(question), _macro("more_fields")(question)
    return PageParts(
        fields=fields,
        more_fields=more_fields,
        subjects=_macro("subjects")(filter_values, here_url, chosen, compared)
        if compared
        else _drawn("subjects", (here_url, chosen), filter_values, here_url, chosen),
        how=_drawn("how_it_works", (), filter_values),
    )


def _drawn(name: str, key: Hashable, *args: Any) -> Markup:
    """Return what the macro of this name draws in the reader's language; `key` tells `args`."""

    def draw() -> Markup:
        drawn: Markup = _macro(name)(*args)
        return drawn

    return cached_by("parts of search pages", (name, key, str(language())), draw, most=_MOST)


def _macro(name: str) -> Any:
    return get_template_attribute("search/_find.html", name)
