"""The bar with the facilities that a reader has chosen to compare, on pages of searches."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import url_for

from booking.facilities.listed import listed_by_slug
from booking.search.query_string import MOST_COMPARED, Question, args_of, page_url, search_url


@dataclass(frozen=True)
class CompareBar:
    """What is chosen to compare, each with the address of the page without it.

    `kept` are the arguments of the page, which the buttons of cards send on. `with_all_url` is the
    comparison, `without_url` the page with none of them. `is_too_many`: the address has more than
    fit beside each other; the first ones count.
    """

    chosen: Sequence[tuple[str, str, str]]
    kept: Sequence[tuple[str, str]]
    with_all_url: str
    without_url: str
    is_too_many: bool
    most: int = MOST_COMPARED

    @property
    def slugs(self) -> list[str]:
        """Return the slugs of the facilities that are chosen."""
        return [slug for slug, _, _ in self.chosen]


def compare_bar(question: Question, endpoint: str) -> CompareBar:
    """Return the bar of a page of a search, with addresses that lead back to it."""
    known, slugs = listed_by_slug(), question.compared

    def with_only(kept: Sequence[str]) -> str:
        return page_url(replace(question, compared=tuple(kept)), endpoint, question.page)

    kept = [(name, value) for name, values in args_of(question).items() for value in values]
    if question.page > 1:
        kept.append(("page", str(question.page)))
    return CompareBar(
        chosen=[
            (slug, known[slug].name, with_only([one for one in slugs if one != slug]))
            for slug in slugs
        ],
        kept=kept,
        with_all_url=url_for("browse.compare", facility=list(slugs)),
        without_url=with_only(()),
        is_too_many=question.compares_too_many,
    )


def nothing_chosen_url(question: Question, endpoint: str) -> str:
    """Return the address of all facilities, which keeps what is chosen to compare."""
    return search_url(endpoint, {"compare": list(question.compared)} if question.compared else {})
