"""Rows that look the same: drawn once for a page, and then only their links differ.

Most facilities of a federation share their terms with others and are free on most days.
"""

from collections.abc import Callable, Hashable
from typing import TypeVar

from booking.calendars.rows import CalendarAccess, CalendarRow

T = TypeVar("T")


def shape_of(row: CalendarRow) -> Hashable | None:
    """Return all that a row is drawn from but the facility's own address.

    None: it has words of its own, of dates or of closures, or shows no free times.
    """
    data = row.data
    if data is None or row.access is not CalendarAccess.DRAWN or data.dates or data.closed:
        return None
    taken = data.room.taken
    return (
        # Facilities with equal terms share one object, which the page keeps alive.
        id(row.effective),
        row.cluster.id,
        data.place_word,
        tuple(tuple(taken.get(place, ())) for place in data.room.own),
        tuple(tuple(taken.get(place, ())) for place in data.room.below),
    )


class Shapes:
    """What was drawn of each shape on one page, with the row that it was drawn from."""

    def __init__(self) -> None:
        self._drawn: dict[Hashable, tuple[CalendarRow, object]] = {}

    def once(
        self,
        row: CalendarRow,
        draw: Callable[[CalendarRow], T],
        moved: Callable[[T, CalendarRow, CalendarRow], T],
    ) -> T:
        """Return what `draw` draws of this row, or what it drew of one like it, `moved` to this."""
        shape = shape_of(row)
        if shape is None:
            return draw(row)
        if shape not in self._drawn:
            self._drawn[shape] = row, draw(row)
        first, found = self._drawn[shape]
        known: T = found  # type: ignore[assignment]  # one `draw` for all
        return known if first is row else moved(known, first, row)
