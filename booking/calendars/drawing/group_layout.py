"""What a folded row shows of the facilities inside it: when some of them are free."""

from collections.abc import Sequence
from dataclasses import dataclass

from booking.calendars.drawing.segments import Stretch
from booking.rules.slots import Slot, common, merge, subtract


@dataclass(frozen=True)
class Gathered:
    """A stretch within one day in which `free` of `total` facilities have free time."""

    slot: Slot
    free: int
    total: int


def gathered(rows: Sequence[Sequence[Stretch]], days: Sequence[Slot]) -> list[Gathered]:
    """Return what makes up `days` (sorted, apart) for facilities with these stretches, sorted.

    Free is what can be picked: free or partly taken with a date that can be asked for. Times
    that touch are one stretch; a facility counts where any of its free time lies in it.
    """
    free_of = [merge(s.slot for s in row if s.ask is not None) for row in rows]
    free = merge(slot for slots in free_of for slot in slots)
    found: list[Gathered] = []
    for day in days:
        pickable = common([day], free)
        for slot in pickable:
            number = sum(any(one.overlaps(slot) for one in slots) for slots in free_of)
            found.append(Gathered(slot, number, len(rows)))
        found += [Gathered(slot, 0, len(rows)) for slot in subtract([day], pickable)]
    return sorted(found, key=lambda one: one.slot)
