"""What a saved search asks for, and what it finds."""

from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

from booking.facilities.queries import filter_values
from booking.favourites.queries import favourite_ids
from booking.search.query_string import question_of
from booking.search.reader_words import reader_words
from booking.search.service import matching_ids
from booking.wording.languages import spoken
from booking.wording.translator import in_language

#: The arguments of a search that are about dates: they end, and no facility is new by them.
_OF_DATES = frozenset({"first", "last", "length", "people", "places", "sort"})


def args_in(query: str) -> MultiDict[str, str]:
    """Return the arguments of a search as it is kept."""
    return MultiDict(parse_qsl(query))


def without_days(query: str) -> str:
    """Return a search as it is kept, without its days: they are over."""
    return urlencode([one for one in parse_qsl(query) if one[0] not in ("first", "last")])


def found_by(person_id: int, query: str, language: str) -> frozenset[int]:
    """Return the ids of all facilities that a search of this person finds, on whatever days.

    All facilities that the catalogue lists are open to everybody; no other is found. `language` is
    that of the person, by whose words kinds and subjects are found.
    """
    args = args_in(query)
    for name in _OF_DATES:
        args.poplist(name)
    mine = favourite_ids(person_id) if "favourites" in args else frozenset()
    with in_language(spoken(language)):
        question = question_of(filter_values(), args, favourites=mine)
        if not question.is_valid:
            return frozenset()
        return matching_ids(question.filters, words=reader_words())
