"""Saved searches: how many one may keep, and which facilities are new to them."""

from collections.abc import Collection
from typing import NamedTuple

#: So many searches at most can one person keep.
MOST_SAVED = 30
#: The most characters of the name of a saved search.
MOST_NAME = 80
#: The most characters of the search itself, as it stands in an address.
MOST_QUERY = 1500


class Compared(NamedTuple):
    """What is new since a search was looked at last, and what is known from now on."""

    new: frozenset[int]
    known: frozenset[int]


def compared(known: Collection[int], found: Collection[int]) -> Compared:
    """Return which of the facilities found are new.

    What was found once is never new again, even if it did not match for a while.
    """
    before = frozenset(known)
    return Compared(frozenset(found) - before, before | frozenset(found))
