"""Counting searches, so that clusters see what people fail to find; persons are not recorded.

Counting never delays or breaks the results: it waits for no lock, and errors are only logged.
"""

import hashlib
import json
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from booking.concepts.normalise import fold
from booking.db.side_writes import write_aside
from booking.extensions import db
from booking.search.criteria import SearchCriteria
from booking.search.facets import FilterBy
from booking.search.filters import FIELDS, Filters
from booking.search.models import SearchCount

#: Further searches that differ from all others of their day are not counted.
MAX_DIFFERENT_A_DAY = 2000
#: At most so many characters of the text are stored, folded.
TEXT_MAX = 60
# Longer numbers, such as phone numbers, could identify who searches.
_LONG_NUMBER = 5


def count_search(day: date, filters: Filters, criteria: SearchCriteria, results: int) -> None:
    """Add one search of `day` with its number of results.

    Call it after the answer is sent: it ends the session's transaction and expires its objects.
    """
    stored = stored_search(filters, criteria)
    digest = _digest(stored, results)
    values: dict[str, Any] = {"day": day, "digest": digest, "filters": stored, "results": results}
    values["most"] = MAX_DIFFERENT_A_DAY
    write_aside("a search", _counting(db.engine.dialect.name), values=values)


@cache
def _counting(dialect: str) -> Any:
    """Return the statement that counts a search; `most` differ on one day, the rest is stored."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    columns = SearchCount.__table__.c
    row = {
        name: sa.bindparam(name, type_=columns[name].type)
        for name in ("day", "digest", "filters", "results")
    }
    is_of_day = SearchCount.day == row["day"]
    of_day = sa.select(sa.func.count()).where(is_of_day).scalar_subquery()
    known = sa.exists().where(is_of_day, SearchCount.digest == row["digest"])
    # A search that is new today is counted only while there is room for it.
    statement = insert(SearchCount).from_select(
        [*row, "searches"],
        sa.select(*row.values(), sa.literal(1)).where(sa.or_(known, of_day < sa.bindparam("most"))),
    )
    return statement.on_conflict_do_update(
        index_elements=["day", "digest"], set_={"searches": SearchCount.searches + 1}
    )


def _digest(stored: dict[str, Any], results: int) -> str:
    return hashlib.sha256(json.dumps([stored, results], sort_keys=True).encode()).hexdigest()


def stored_search(filters: Filters, criteria: SearchCriteria) -> dict[str, Any]:
    """Return what is stored of a search: its choices, and some of its words.

    Only values that were given are there: `what` (folded, at most 60 characters, without mail
    addresses and long numbers), what `Filters` has of choices (sorted; its focus areas as `areas`),
    `first`, `last` (ISO days), `length` (`2-day`), `people`, `places`.
    """
    length = criteria.length
    given = {
        "what": _stored_words(filters.text),
        **{
            "areas" if name is FilterBy.SUBJECT else FIELDS[name]: sorted(values)
            for name, values in filters.chosen.items()
        },
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
