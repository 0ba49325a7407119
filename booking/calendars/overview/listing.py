"""The facilities on one page of the calendar, as trees under their clusters."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from booking.search.facts import CodeWords
from booking.search.filters import Filters, matching

PAGE_SIZE = 100


@dataclass(frozen=True)
class CalendarFacility:
    """One listed facility; `depth` is how many of those above it are listed too."""

    facility_id: int
    cluster_id: int
    depth: int


@dataclass(frozen=True)
class ListedPage:
    """One page of lines, numbered from 1, and how many there are in all."""

    lines: Sequence[CalendarFacility]
    number: int
    total: int

    @property
    def first(self) -> int:
        """Return the number of the first line on this page, counted from 1."""
        return (self.number - 1) * PAGE_SIZE + 1

    @property
    def has_next(self) -> bool:
        """Return whether there is a page behind this one."""
        return self.number * PAGE_SIZE < self.total


def listed_page(filters: Filters, words: CodeWords, number: int) -> ListedPage:
    """Return page `number` of the matching facilities (from 1; capped at the last).

    Sorted by cluster and name, each facility right under the one it is part of. Kinds and the like
    are found by `words`.
    """
    found = matching(filters, words)
    ids = {one.id for one in found}
    below: dict[int | None, list[tuple[str, str, int, int]]] = defaultdict(list)
    for one in found:
        above = one.parent_id if one.parent_id in ids else None
        below[above].append((one.cluster.short_name, one.name, one.id, one.cluster.id))
    lines: list[CalendarFacility] = []
    waiting = [(node, 0) for node in sorted(below[None], reverse=True)]
    while waiting:
        (_, _, facility_id, cluster_id), depth = waiting.pop()
        lines.append(CalendarFacility(facility_id, cluster_id, depth))
        waiting += [(node, depth + 1) for node in sorted(below[facility_id], reverse=True)]
    last = max(1, -(-len(lines) // PAGE_SIZE))
    number = min(max(number, 1), last)
    return ListedPage(lines[(number - 1) * PAGE_SIZE :][:PAGE_SIZE], number, len(lines))
