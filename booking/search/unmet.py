"""What people searched for and did not find, from the counts of searches."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from booking.concepts.subjects import concepts_named
from booking.concepts.vocabulary import CONCEPTS
from booking.extensions import db
from booking.rules.synergies import is_demand
from booking.search.models import SearchCount

#: So far back do counts speak.
PERIOD = timedelta(days=365)
# The most rows that are read, the most frequent first: strangers can fill the table.
_MOST_ROWS = 20_000


class Lack(StrEnum):
    """Why a search had no result."""

    NOT_THERE = "not_there"
    NOT_FREE = "not_free"
    """It asked for dates: what there is was not free, or does not fit."""


@dataclass(frozen=True)
class Unmet:
    """Something that was searched for in vain, on so many days and so often.

    `concept` is an id of the vocabulary, "" where the words name none; then `text` has them as
    they are counted. `where` has slugs of clusters and codes of countries, empty: anywhere.
    """

    lack: Lack
    concept: str
    text: str
    where: tuple[str, ...]
    days: int
    searches: int


def unmet_searches(today: date) -> Sequence[Unmet]:
    """Return what was searched for in vain in a year, the most frequent first. One statement.

    Nothing is told of what was not searched for on five days and ten times. Searches whose words
    name concepts are counted under these, so that different words for one thing add up.
    """
    rows = db.session.execute(
        sa.select(SearchCount.day, SearchCount.filters, SearchCount.searches)
        .where(SearchCount.results == 0, SearchCount.day > today - PERIOD)
        .order_by(SearchCount.searches.desc(), SearchCount.id)
        .limit(_MOST_ROWS)
    ).all()
    days: dict[_Key, set[date]] = defaultdict(set)
    searches: dict[_Key, int] = defaultdict(int)
    for day, filters, number in rows:
        for key in _keys(filters):
            days[key].add(day)
            searches[key] += number
    found = [
        Unmet(*key, days=len(days[key]), searches=number)
        for key, number in searches.items()
        if is_demand(len(days[key]), number)
    ]
    return sorted(found, key=lambda one: (-one.searches, one.concept, one.text, one.where))


_Key = tuple[Lack, str, str, tuple[str, ...]]


def _keys(filters: Mapping[str, Any]) -> list[_Key]:
    """Return under what one search is counted: a concept, the words, or a subject."""
    lack = Lack.NOT_FREE if filters.get("first") else Lack.NOT_THERE
    where = tuple(sorted([*filters.get("clusters", ()), *filters.get("countries", ())]))
    text = filters.get("what", "")
    # Of "anechoic chamber" the chamber is what is missing; of two things asked for at once, both.
    concepts = set(concepts_named(text)) if text else set(filters.get("areas", ()))
    known = sorted(one for one in concepts if one in CONCEPTS)
    if known:
        return [(lack, one, "", where) for one in known]
    return [(lack, "", text, where)] if text else []
