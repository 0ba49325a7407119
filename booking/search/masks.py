"""Facilities as the bits of one number: those at some places in the order of their names.

Thousands are counted and compared at once, and only those that a page shows are looked up.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import compress, islice
from typing import NamedTuple, TypeVar

T = TypeVar("T")
# Of fewer than one in so many each bit is looked for by itself.
_FEW = 32
_BITS = bytes.maketrans(b"01", b"\0\1")


class WordRank(NamedTuple):
    """How well a facility matches the words, the least is the best: a value to sort by.

    `missing` is how many words it lacks, `beginnings` how many it has only as a beginning.
    """

    missing: int
    beginnings: int
    against: int


def mask_of(places: Iterable[int], number: int) -> int:
    """Return the mask of these places among so many."""
    bits = bytearray(number // 8 + 1)
    for one in places:
        bits[one >> 3] |= 1 << (one & 7)
    return int.from_bytes(bits, "little")


def at(mask: int, items: Sequence[T]) -> Iterator[T]:
    """Yield the items at the places of a mask, in their order."""
    if mask.bit_count() * _FEW > len(items):
        yield from compress(items, bin(mask)[:1:-1].encode().translate(_BITS))
        return
    while mask:
        lowest = mask & -mask
        yield items[lowest.bit_length() - 1]
        mask ^= lowest


class Ordered(Collection[T]):
    """Items in the order of masks, and within one mask in their own: looked up when asked for."""

    def __init__(self, items: Sequence[T], masks: Sequence[int]) -> None:
        self._items = items
        self._masks = [one for one in masks if one]

    def __len__(self) -> int:
        """Return how many there are."""
        return sum(one.bit_count() for one in self._masks)

    def __iter__(self) -> Iterator[T]:
        """Yield each of them."""
        return self._from(0)

    def __contains__(self, item: object) -> bool:
        """Return whether it is one of them."""
        return any(item == one for one in self)

    def first(self, number: int, start: int = 0) -> list[T]:
        """Return so many of them from one place on, fewer at the end."""
        return list(islice(self._from(start), number))

    def _from(self, start: int) -> Iterator[T]:
        for mask in self._masks:
            if start >= (number := mask.bit_count()):
                start -= number
            else:
                yield from islice(at(mask, self._items), start, None)
                start = 0


class Found(Mapping[int, WordRank]):
    """What words find: facilities by id, each with its rank; `levels` are masks, the best first."""

    def __init__(self, ids: Sequence[int], levels: Sequence[tuple[WordRank, int]]) -> None:
        self._ids = ids
        self.levels = levels
        #: All of them; and those that lack words.
        self.mask, self.lacking = 0, 0
        for rank, mask in levels:
            self.mask |= mask
            if rank.missing:
                self.lacking |= mask

    def __getitem__(self, facility_id: int) -> WordRank:
        """Return the rank of a facility."""
        return self._ranks[facility_id]

    @cached_property
    def _ranks(self) -> dict[int, WordRank]:
        return {one: rank for rank, mask in self.levels for one in at(mask, self._ids)}

    def __len__(self) -> int:
        """Return how many they are."""
        return self.mask.bit_count()

    def __iter__(self) -> Iterator[int]:
        """Yield their ids, in the order of their places."""
        return at(self.mask, self._ids)
