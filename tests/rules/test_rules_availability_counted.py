import itertools
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from booking.rules.availability import (
    Room,
    assign,
    busy_slots,
    free_places,
    free_places_by_slot,
    partly_taken_slots,
    unavailable_slots,
)
from booking.rules.slots import merge
from tests.rules.examples import m, room

HORIZON = 24
_stretches = st.lists(
    st.tuples(st.integers(0, HORIZON - 1), st.integers(1, 8)).map(
        lambda p: m(p[0], min(p[0] + p[1], HORIZON))
    ),
    max_size=3,
).map(merge)


@st.composite
def rooms(draw):
    own, below = draw(st.integers(0, 4)), draw(st.integers(0, 2))
    empty = room(own, below)
    places = {place_id: draw(_stretches) for place_id in empty.own + empty.below}
    return Room(empty.own, empty.below, places)


@st.composite
def windows(draw):
    start = draw(st.integers(0, HORIZON - 1))
    return m(start, draw(st.integers(start + 1, HORIZON)))


def minutes_of(slot):
    zero = m(0, 1).starts_at
    first = (slot.starts_at - zero) // timedelta(minutes=1)
    return range(first, first + slot.duration // timedelta(minutes=1))


def free_at(some, place_ids, minute):
    return sum(
        not any(minute in minutes_of(slot) for slot in some.taken.get(place_id, ()))
        for place_id in place_ids
    )


@given(rooms(), windows(), st.integers(1, 5), st.booleans())
def test_a_date_fits_exactly_if_counting_each_minute_says_so(some, slot, places, whole):
    everything = some.own + some.below
    if whole:
        expected = bool(everything) and all(
            free_at(some, everything, minute) == len(everything) for minute in minutes_of(slot)
        )
    else:
        expected = all(free_at(some, some.own, minute) >= places for minute in minutes_of(slot))

    seatings = assign(some, slot, places, whole)

    assert (seatings is not None) is expected
    if everything:
        assert (not unavailable_slots(some, slot, places, whole)) is expected
    if seatings is not None:
        wanted = len(everything) if whole else places
        for minute in minutes_of(slot):
            sitting = [s.place_id for s in seatings if minute in minutes_of(s.slot)]
            assert len(sitting) == len(set(sitting)) == wanted
        for seating in seatings:
            assert slot.contains(seating.slot)
            assert not any(seating.slot.overlaps(s) for s in some.taken[seating.place_id])


def fewest_seatings(some, slot):
    """Return the fewest occupancies for one place by trying everything, minute by minute."""
    best = {}
    for minute in minutes_of(slot):
        free = [place_id for place_id in some.own if free_at(some, [place_id], minute)]
        ahead = min(best.values(), default=0)
        best = {place_id: min(best.get(place_id, 99), ahead + 1) for place_id in free}
        if not best:
            return None
    return min(best.values())


@given(rooms(), windows())
def test_no_other_choice_of_places_has_fewer_changes(some, slot):
    seatings = assign(some, slot, 1, False)
    assert (len(seatings) if seatings else None) == fewest_seatings(some, slot)


@given(rooms(), windows())
def test_counts_busy_and_partly_taken_agree_with_a_count_by_the_minute(some, window):
    found = free_places_by_slot(some, window)
    assert found[0].slot.starts_at == window.starts_at
    assert found[-1].slot.ends_at == window.ends_at
    assert all(a.slot.ends_at == b.slot.starts_at for a, b in itertools.pairwise(found))
    for level in found:
        for minute in minutes_of(level.slot):
            assert level.own_free == free_at(some, some.own, minute)
            assert level.below_free == free_at(some, some.below, minute)
    assert free_places(some, window) == min(level.own_free for level in found)
    if some.own:
        drawn = {
            minute
            for slot in busy_slots(some, window, only_whole=False)
            for minute in minutes_of(slot)
        }
        assert drawn == {n for n in minutes_of(window) if not free_at(some, some.own, n)}
        partly = {
            n
            for slot in partly_taken_slots(some, window, only_whole=False)
            for n in minutes_of(slot)
        }
        everything = some.own + some.below
        assert partly == {
            n
            for n in minutes_of(window)
            if free_at(some, some.own, n) and free_at(some, everything, n) < len(everything)
        }
