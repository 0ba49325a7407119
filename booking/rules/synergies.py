"""What clusters have in common, and which numbers may be told of it."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

#: Requests of fewer organisations are not told: who asks could be guessed.
FEWEST_ORGANISATIONS = 5
#: What was searched for in vain is told after so many days and searches: one person is no demand.
FEWEST_DAYS = 5
FEWEST_SEARCHES = 10
_MONTHS = 12

T = TypeVar("T")


class Held(StrEnum):
    """How many of the clusters have something."""

    SEVERAL = "several"
    ONE = "one"
    NOBODY = "nobody"


def held_by(clusters: int) -> Held:
    """Return whether nobody, one or several clusters have what so many have."""
    if clusters > 1:
        return Held.SEVERAL
    return Held.ONE if clusters else Held.NOBODY


def shown_requests(requests: int, organisations: int) -> int | None:
    """Return a number of requests, or None where too few organisations sent them to tell it."""
    return requests if organisations >= FEWEST_ORGANISATIONS else None


def is_demand(days: int, searches: int) -> bool:
    """Return whether something was searched for often enough, on enough days, to be told."""
    return days >= FEWEST_DAYS and searches >= FEWEST_SEARCHES


def counted_year(now: datetime) -> tuple[datetime, datetime]:
    """Return beginning and end of the year whose requests are counted: its last full months.

    A number that rises with each request would say when somebody sent one.
    """
    until = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return until.replace(year=until.year - _MONTHS // 12), until


@dataclass(frozen=True)
class SideBySide:
    """What two clusters both have, and what only one of them has, each in the order given."""

    both: tuple[str, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Return whether neither has anything."""
        return not (self.both or self.only_first or self.only_second)


def side_by_side(all_in_order: Iterable[str], first: Set[str], second: Set[str]) -> SideBySide:
    """Compare what two clusters have of `all_in_order`."""
    order = tuple(all_in_order)
    return SideBySide(
        tuple(one for one in order if one in first and one in second),
        tuple(one for one in order if one in first and one not in second),
        tuple(one for one in order if one in second and one not in first),
    )


def holders(having: Iterable[tuple[T, Iterable[str]]]) -> Mapping[str, Set[T]]:
    """Return who has each thing, from pairs of somebody and what they have."""
    found: dict[str, set[T]] = {}
    for who, things in having:
        for thing in things:
            found.setdefault(thing, set()).add(who)
    return found
