"""Counting searches, so that clusters see what people fail to find; persons are not recorded.

Counting never delays or breaks the results: it waits for no lock, and errors are only logged.
"""

from datetime import date
from typing import Any

import sqlalchemy as sa

from booking.db.side_writes import write_aside
from booking.search.criteria import SearchCriteria
from booking.search.filters import Filters
from booking.search.models import SearchCount
from booking.search.normalise import fold

#: At most so many characters of the text are stored, folded.
TEXT_MAX = 60
# Longer numbers, such as phone numbers, could identify who searches.
_LONG_NUMBER = 5


def count_search(day: date, filters: Filters, criteria: SearchCriteria, results: int) -> None:
    """Add one search of `day` with its number of results.

    Call it after the page is made: it ends the session's transaction and expires its objects.
    """
    row = {"day": day, "filters": stored_search(filters, criteria), "results": results}
    write_aside("a search", sa.insert(SearchCount).values(row))


def stored_search(filters: Filters, criteria: SearchCriteria) -> dict[str, Any]:
    """Return what is stored of a search: its choices, and some of its words.

    Only values that were given are there: `what` (folded, at most 60 characters, without mail
    addresses and long numbers), `clusters`, `countries`, `kinds`, `areas` (sorted), `first`,
    `last` (ISO days), `length` (`2-day`), `people`, `places`.
    """
    length = criteria.length
    given = {
        "what": _stored_words(filters.text),
        "clusters": sorted(filters.clusters),
        "countries": sorted(filters.countries),
        "kinds": sorted(filters.kinds),
        "areas": sorted(filters.focus_areas),
        "first": criteria.first.isoformat() if criteria.first else None,
        "last": criteria.last.isoformat() if criteria.last else None,
        "length": f"{length.number}-{length.unit.value}" if length else None,
        "people": criteria.people,
        "places": criteria.places if criteria.places > 1 else None,
    }
    return {name: value for name, value in given.items() if value}


def _stored_words(text: str) -> str:
    words = [word for word in fold(text).split() if "@" not in word and not _is_number(word)]
    return " ".join(words)[:TEXT_MAX].strip()


def _is_number(word: str) -> bool:
    return sum(letter.isdigit() for letter in word) >= _LONG_NUMBER
