import itertools
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.rules.slots import Slot, common, merge, subtract, touching_window, with_slot
from tests.rules.examples import HELSINKI, m

# Allen's thirteen relations of (10, 20) to another slot:
# name, other, overlaps, contains it, lies in it, what both have in common.
RELATIONS = [
    ("before", (30, 40), False, False, False, None),
    ("after", (1, 5), False, False, False, None),
    ("meets", (20, 30), False, False, False, None),
    ("met by", (5, 10), False, False, False, None),
    ("overlaps", (15, 25), True, False, False, (15, 20)),
    ("overlapped by", (5, 15), True, False, False, (10, 15)),
    ("starts", (10, 25), True, False, True, (10, 20)),
    ("started by", (10, 15), True, True, False, (10, 15)),
    ("during", (5, 25), True, False, True, (10, 20)),
    ("contains", (12, 18), True, True, False, (12, 18)),
    ("finishes", (5, 20), True, False, True, (10, 20)),
    ("finished by", (15, 20), True, True, False, (15, 20)),
    ("equals", (10, 20), True, True, True, (10, 20)),
]


@pytest.mark.parametrize(
    ("other", "overlaps", "holds", "lies_in", "shared"),
    [relation[1:] for relation in RELATIONS],
    ids=[relation[0] for relation in RELATIONS],
)
def test_two_slots_are_in_one_of_thirteen_relations(other, overlaps, holds, lies_in, shared):
    slot, other = m(10, 20), m(*other)

    assert slot.overlaps(other) is overlaps
    assert other.overlaps(slot) is overlaps
    assert slot.contains(other) is holds
    assert other.contains(slot) is lies_in
    assert slot.intersection(other) == (m(*shared) if shared else None)
    assert other.intersection(slot) == slot.intersection(other)


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("UTC"), timezone(timedelta(hours=5)), HELSINKI])
def test_a_slot_is_converted_to_utc_from_any_zone(zone):
    starts_at = datetime(2027, 1, 11, 7, tzinfo=UTC)
    slot = Slot(starts_at.astimezone(zone), (starts_at + timedelta(hours=1)).astimezone(zone))

    assert slot.starts_at.tzinfo is UTC
    assert slot.ends_at.tzinfo is UTC
    assert slot == Slot(starts_at, starts_at + timedelta(hours=1))
    assert slot.duration == timedelta(hours=1)


def test_a_slot_needs_aware_times():
    aware, naive = datetime(2027, 1, 11, tzinfo=UTC), datetime(2027, 1, 12)  # noqa: DTZ001
    with pytest.raises(ValueError, match="aware"):
        Slot(aware, naive)
    with pytest.raises(ValueError, match="aware"):
        Slot(naive, aware)


@pytest.mark.parametrize("minutes", [0, -1])
def test_a_slot_must_not_be_empty(minutes):
    with pytest.raises(ValueError, match="end after it starts"):
        m(0, minutes)


def test_slots_sort_by_start_and_then_by_end():
    assert sorted([m(5, 9), m(1, 9), m(1, 3)]) == [m(1, 3), m(1, 9), m(5, 9)]


@pytest.mark.parametrize(
    ("before", "after", "wider"), [(0, 0, (10, 20)), (5, 0, (5, 20)), (0, 7, (10, 27))]
)
def test_set_up_is_before_a_slot_and_clean_up_after_it(before, after, wider):
    assert m(10, 20).widened(before, after) == m(*wider)


@pytest.mark.parametrize(
    ("slots", "merged"),
    [
        ([], []),
        ([(1, 2)], [(1, 2)]),
        ([(2, 3), (1, 2)], [(1, 3)]),  # touching
        ([(1, 2), (3, 4)], [(1, 2), (3, 4)]),
        ([(1, 3), (2, 4)], [(1, 4)]),
        ([(1, 9), (2, 4)], [(1, 9)]),  # one inside the other
        ([(1, 9), (2, 4), (5, 10)], [(1, 10)]),
    ],
)
def test_merging_joins_what_touches_or_overlaps(slots, merged):
    assert merge(m(*slot) for slot in slots) == [m(*slot) for slot in merged]


@pytest.mark.parametrize(
    ("slots", "taken", "left"),
    [
        ([(10, 20)], [], [(10, 20)]),
        ([(10, 20)], [(5, 10)], [(10, 20)]),  # touching before
        ([(10, 20)], [(20, 25)], [(10, 20)]),  # touching behind
        ([(10, 20)], [(5, 11)], [(11, 20)]),
        ([(10, 20)], [(19, 25)], [(10, 19)]),
        ([(10, 20)], [(12, 15)], [(10, 12), (15, 20)]),
        ([(10, 20)], [(10, 20)], []),
        ([(10, 20)], [(5, 25)], []),
        ([(10, 20), (20, 30)], [], [(10, 20), (20, 30)]),  # touching slots stay two
        ([(20, 30), (10, 20)], [(18, 22)], [(10, 18), (22, 30)]),
        ([(10, 30), (15, 20)], [(12, 16)], [(10, 12), (16, 20), (16, 30)]),
    ],
)
def test_subtracting_leaves_what_is_not_taken(slots, taken, left):
    rest = subtract([m(*slot) for slot in slots], [m(*slot) for slot in taken])
    assert sorted(rest) == [m(*slot) for slot in left]


@pytest.mark.parametrize(
    ("slots", "others", "shared"),
    [
        ([(10, 20)], [], []),
        ([(10, 20)], [(5, 10), (20, 25)], []),
        ([(10, 20)], [(5, 11), (19, 25)], [(10, 11), (19, 20)]),
        ([(10, 20), (20, 30)], [(15, 25)], [(15, 20), (20, 25)]),  # the seam stays
        ([(10, 20)], [(12, 14), (14, 16)], [(12, 16)]),
        ([(20, 30), (10, 20)], [(0, 40)], [(10, 20), (20, 30)]),
    ],
)
def test_common_time_does_not_join_slots_of_the_first_list(slots, others, shared):
    pieces = common([m(*slot) for slot in slots], [m(*slot) for slot in others])
    assert pieces == [m(*slot) for slot in shared]


@pytest.mark.parametrize(
    ("window", "found"),
    [
        ((0, 10), []),
        ((0, 11), [(10, 20)]),
        ((20, 30), []),
        ((19, 30), [(10, 20)]),
        ((19, 31), [(10, 20), (30, 40)]),
        ((12, 15), [(10, 20)]),
        ((0, 90), [(10, 20), (30, 40), (50, 60)]),
        ((60, 90), []),
    ],
)
def test_only_slots_that_overlap_the_window_are_returned(window, found):
    slots = [m(10, 20), m(30, 40), m(50, 60)]
    assert touching_window(slots, m(*window)) == [m(*slot) for slot in found]


_slots = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 12)).map(lambda p: (p[0], p[0] + p[1])),
    max_size=6,
)


def _minutes(slots):
    return set(itertools.chain.from_iterable(range(start, end) for start, end in slots))


def _minutes_of(slots):
    zero = m(0, 1).starts_at
    return _minutes(
        ((s.starts_at - zero) // timedelta(minutes=1), (s.ends_at - zero) // timedelta(minutes=1))
        for s in slots
    )


@given(_slots, _slots)
def test_a_slot_is_added_where_nothing_else_is(first, second):
    kept = merge(m(*slot) for slot in first)
    for slot in subtract(merge(m(*slot) for slot in second), kept):
        assert with_slot(kept, slot) == merge([*kept, slot])


@given(_slots, _slots)
def test_lists_of_slots_are_sets_of_minutes(first, second):
    one, two = [m(*slot) for slot in first], [m(*slot) for slot in second]

    assert _minutes_of(merge(one)) == _minutes(first)
    assert _minutes_of(subtract(one, two)) == _minutes(first) - _minutes(second)
    assert _minutes_of(common(one, two)) == _minutes(first) & _minutes(second)
    assert all(a.ends_at < b.starts_at for a, b in itertools.pairwise(merge(one)))
