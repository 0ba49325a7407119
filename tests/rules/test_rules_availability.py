import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.rules.availability import (
    FreePlaces,
    PlaceAssignment,
    PlaceDemand,
    Room,
    assign,
    assign_beside,
    busy_slots,
    competes,
    free_places,
    free_places_by_slot,
    no_longer_fit,
    not_beside,
    partly_taken_slots,
    unavailable_slots,
    with_assignments,
)
from booking.rules.slots import subtract
from tests.rules.examples import m, room


def taken(**places):
    """Return what is taken: taken(p1=[(10, 20)]) for place 1."""
    return {int(name[1:]): [m(*slot) for slot in slots] for name, slots in places.items()}


def seats(*seatings):
    return [PlaceAssignment(place_id, m(*slot)) for place_id, slot in seatings]


# What is taken on the one place, and whether (10, 20) still fits: both sides of each seam.
@pytest.mark.parametrize(
    ("slot", "fits"),
    [
        ((0, 10), True),
        ((0, 11), False),
        ((20, 30), True),
        ((19, 30), False),
        ((10, 20), False),
        ((12, 15), False),
        ((5, 25), False),
        ((10, 12), False),
        ((18, 20), False),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_one_place_takes_one_date_at_a_time(slot, fits, whole):
    seatings = assign(room(1, taken=taken(p1=[slot])), m(10, 20), 1, whole)
    assert seatings == (seats((1, (10, 20))) if fits else None)


def test_places_are_taken_in_the_order_of_the_facility():
    assert assign(room(3), m(10, 20), 2, False) == seats((1, (10, 20)), (2, (10, 20)))


def test_more_places_than_there_are_never_fit():
    assert assign(room(2), m(10, 20), 2, False) is not None
    assert assign(room(2), m(10, 20), 3, False) is None


def test_fewer_than_one_place_is_an_error():
    with pytest.raises(ValueError, match="one place"):
        assign(room(2), m(10, 20), 0, False)


def test_a_date_may_change_places_midway():
    changing = room(2, taken=taken(p1=[(15, 20)], p2=[(10, 15)]))
    assert assign(changing, m(10, 20), 1, False) == seats((1, (10, 15)), (2, (15, 20)))
    assert assign(changing, m(10, 20), 2, False) is None


def test_a_date_changes_places_as_seldom_as_possible():
    # By the order of the facility it would change at 12, 14 and 16.
    places = taken(p1=[(12, 20)], p2=[(14, 20)], p3=[(16, 20)], p4=[(10, 13)])
    seatings = assign(room(4, taken=places), m(10, 20), 1, False)
    assert seatings == seats((3, (10, 16)), (4, (16, 20)))


def test_a_place_kept_throughout_is_one_occupancy():
    places = taken(p1=[(15, 20)])
    seatings = assign(room(3, taken=places), m(10, 20), 2, False)
    assert seatings == seats((2, (10, 20)), (3, (10, 20)))


def test_one_of_several_places_may_change_while_the_others_are_kept():
    places = taken(p1=[(15, 20)], p3=[(10, 15)])
    seatings = assign(room(3, taken=places), m(10, 20), 2, False)
    assert seatings == seats((1, (10, 15)), (2, (10, 20)), (3, (15, 20)))


def test_enough_places_must_be_free_at_every_instant():
    assert assign(room(2, taken=taken(p1=[(12, 15)], p2=[(14, 16)])), m(10, 20), 1, False) is None
    assert assign(room(2, taken=taken(p1=[(12, 14)], p2=[(14, 16)])), m(10, 20), 1, False)


def test_whole_takes_all_own_places_and_all_below():
    seatings = assign(room(2, 1), m(10, 20), 1, True)
    assert seatings == seats((1, (10, 20)), (2, (10, 20)), (101, (10, 20)))


@pytest.mark.parametrize("place", ["p1", "p2", "p101"])
def test_whole_fits_only_where_nothing_at_all_is_taken(place):
    assert assign(room(2, 1, taken(**{place: [(19, 30)]})), m(10, 20), 1, True) is None
    assert assign(room(2, 1, taken(**{place: [(20, 30)]})), m(10, 20), 1, True)


def test_bookings_of_parts_do_not_block_own_places():
    assert assign(room(1, 1, taken(p101=[(10, 20)])), m(10, 20), 1, False)


def test_a_facility_without_places_cannot_be_taken():
    assert assign(room(0), m(10, 20), 1, True) is None
    assert assign(room(0), m(10, 20), 1, False) is None


def test_free_places_are_counted_over_the_whole_window():
    places = taken(p1=[(5, 12)], p2=[(14, 30)], p101=[(12, 14)])
    assert free_places_by_slot(room(2, 1, places), m(10, 20)) == [
        FreePlaces(m(10, 12), 1, 1),
        FreePlaces(m(12, 14), 2, 0),
        FreePlaces(m(14, 20), 1, 1),
    ]


def test_counts_are_not_split_where_one_date_ends_as_another_begins():
    places = taken(p1=[(5, 15)], p2=[(15, 30)])
    assert free_places_by_slot(room(2, 0, places), m(10, 20)) == [FreePlaces(m(10, 20), 1, 0)]


def test_counts_are_not_split_at_the_edges_of_the_window():
    places = taken(p1=[(10, 20), (20, 30)], p2=[(0, 10)])
    assert free_places_by_slot(room(2, 0, places), m(10, 20)) == [FreePlaces(m(10, 20), 1, 0)]
    assert free_places_by_slot(room(2), m(10, 20)) == [FreePlaces(m(10, 20), 2, 0)]


def test_free_places_are_those_of_the_worst_instant():
    places = taken(p1=[(10, 12)], p2=[(18, 25)], p3=[(11, 12)])
    assert free_places(room(3, 0, places), m(10, 20)) == 1
    assert free_places(room(3, 0, places), m(12, 18)) == 3
    assert free_places(room(3, 0, places), m(12, 19)) == 2


def test_busy_is_where_no_own_place_is_left_and_partly_where_some_are():
    places = taken(p1=[(10, 20)], p2=[(15, 30)], p101=[(40, 50)])
    some = room(2, 1, places)
    hour, moment = m(0, 60), m(16, 18)
    assert busy_slots(some, hour, only_whole=False) == [m(15, 20)]
    partly = [m(10, 15), m(20, 30), m(40, 50)]
    assert partly_taken_slots(some, hour, only_whole=False) == partly
    assert busy_slots(some, moment, only_whole=False) == [moment]
    assert partly_taken_slots(some, moment, only_whole=False) == []


@pytest.mark.parametrize(("own", "only_whole"), [(0, False), (0, True), (1, True)])
def test_what_can_be_had_only_as_a_whole_is_busy_while_a_part_is_taken(own, only_whole):
    hall = room(own, 2, taken(p101=[(10, 20)], p102=[(15, 30)]))
    assert busy_slots(hall, m(0, 60), only_whole=only_whole) == [m(10, 30)]
    assert partly_taken_slots(hall, m(0, 60), only_whole=only_whole) == []


def test_unavailable_time_depends_on_the_number_of_places():
    places = taken(p1=[(10, 20)], p2=[(15, 30)])
    some = room(3, 1, places | taken(p101=[(40, 50)]))
    assert unavailable_slots(some, m(0, 60), 1, False) == []
    assert unavailable_slots(some, m(0, 60), 2, False) == [m(15, 20)]
    assert unavailable_slots(some, m(0, 60), 3, False) == [m(10, 30)]
    assert unavailable_slots(some, m(0, 60), 4, False) == [m(0, 60)]
    assert unavailable_slots(some, m(0, 60), 1, True) == [m(10, 30), m(40, 50)]


def claim(key, slot, places=1, whole=False, own=(1, 2, 3), below=()):
    return PlaceDemand(key, m(*slot), places, whole, own, below)


@pytest.mark.parametrize(
    ("other", "is_rival"),
    [
        (claim(7, (10, 20), 1), False),  # three places, two taken by the chosen one
        (claim(7, (10, 20), 2), True),
        (claim(7, (20, 30), 2), False),
        (claim(7, (19, 30), 2), True),
        (claim(7, (0, 10), 2), False),
        (claim(7, (0, 11), 2), True),
        (claim(7, (10, 20), 4), False),  # never fitted
        (claim(7, (10, 20), 1, whole=True), True),
        (claim(7, (10, 20), 1, own=(8,)), False),  # another facility
        (claim(7, (10, 20), 1, whole=True, own=(8,), below=(9,)), False),
        (claim(7, (10, 20), 1, whole=True, own=(8,), below=(1, 2, 3)), True),  # the hall above
    ],
)
def test_rivals_are_only_those_that_would_no_longer_fit(other, is_rival):
    chosen = claim(1, (10, 20), 2)
    assert no_longer_fit({}, chosen, [other]) == ([other] if is_rival else [])


def test_taken_places_count_for_rivals():
    chosen, other = claim(1, (10, 20)), claim(2, (10, 20))
    assert no_longer_fit(taken(p1=[(5, 25)]), chosen, [other]) == []
    assert no_longer_fit(taken(p1=[(5, 25)], p2=[(5, 25)]), chosen, [other]) == [other]


def test_a_date_that_does_not_fit_has_no_rivals():
    full = taken(p1=[(10, 20)], p2=[(10, 20)], p3=[(10, 20)])
    assert no_longer_fit(full, claim(1, (10, 20)), [claim(2, (10, 20))]) == []


def test_a_whole_booking_of_the_hall_displaces_its_benches():
    hall = claim(1, (10, 20), whole=True, own=(8,), below=(1, 2, 3))
    bench = claim(2, (15, 25), own=(1,))
    neighbour = claim(3, (15, 25), own=(9,))
    assert no_longer_fit({}, hall, [bench, neighbour]) == [bench]


@pytest.mark.parametrize(
    ("theirs", "third_party", "expected"),
    [
        ([claim(7, (10, 20), 1)], {}, False),  # three places are enough for both
        ([claim(7, (10, 20), 2)], {}, True),
        ([claim(7, (20, 30), 2)], {}, False),
        ([claim(7, (19, 30), 2)], {}, True),
        ([claim(7, (10, 20), 1)], {"p1": [(0, 30)]}, True),  # a third party has one of them
        ([claim(7, (10, 20), 1)], {"p1": [(20, 30)]}, False),
        ([claim(7, (10, 20), 4)], {}, True),  # never fits, and still is after the same places
        ([claim(7, (10, 15), 1), claim(8, (15, 20), 1)], {}, False),
        ([claim(7, (10, 15), 1), claim(8, (14, 20), 1)], {}, True),  # all of theirs count
        ([claim(7, (10, 20), 1, own=(8,))], {}, False),  # other places
        ([claim(7, (10, 20), whole=True, own=(8,), below=(9,))], {}, False),
        ([claim(7, (10, 20), whole=True, own=(8,), below=(1, 2, 3))], {}, True),
        ([claim(7, (10, 20), 1, own=(8,), below=(1, 2, 3))], {}, False),  # the hall, not whole
        ([], {"p1": [(0, 30)], "p2": [(0, 30)]}, False),  # nobody to compete with
    ],
)
def test_two_sides_compete_if_their_dates_cannot_all_take_place(theirs, third_party, expected):
    assert competes(taken(**third_party), [claim(1, (10, 20), 2)], theirs) is expected
    assert competes(taken(**third_party), theirs, [claim(1, (10, 20), 2)]) is expected


def test_dates_that_together_leave_too_little_for_the_other_side_are_the_later_ones():
    ours = [claim(1, (0, 15)), claim(2, (30, 40), 3), claim(3, (10, 20))]
    theirs = [claim(4, (10, 20), 2)]

    assert not_beside({}, ours, theirs) == [ours[2]]
    assert not_beside({}, [ours[2], *ours[:2]], theirs) == [ours[0]]
    assert not_beside({}, ours, []) == []


def test_assigning_places_does_not_change_what_was_taken():
    before = taken(p1=[(0, 10)])
    after = with_assignments(before, seats((1, (20, 30)), (2, (20, 30))))
    assert after == taken(p1=[(0, 10), (20, 30)], p2=[(20, 30)])
    assert before == taken(p1=[(0, 10)])


def test_occupancies_of_the_past_do_not_count():
    long_ago = [m(-2 * n - 1, -2 * n) for n in range(1000, 0, -1)]
    assert assign(Room((1,), (), {1: long_ago}), m(10, 20), 1, False) == seats((1, (10, 20)))


def test_a_replacement_takes_only_what_the_date_before_it_does_not_have():
    one, had = room(1), taken(p1=[(10, 20)])
    assert assign_beside(one, m(15, 30), 1, False, had) == seats((1, (20, 30)))
    assert assign_beside(one, m(12, 18), 1, False, had) == []
    assert assign_beside(one, m(12, 30), 1, True, had) == seats((1, (20, 30)))
    busy = room(1, taken=taken(p1=[(25, 40)]))
    assert assign_beside(busy, m(15, 30), 1, False, had) is None
    assert assign_beside(room(3), m(10, 20), 2, False, had) == seats((2, (10, 20)))


@st.composite
def rooms_with_two_dates(draw):
    """Two or three places with dates of others, a date that has some of them, and a new one."""
    places = draw(st.integers(2, 3))
    spans = st.tuples(st.integers(0, 10), st.integers(1, 6)).map(lambda s: m(s[0], s[0] + s[1]))
    free = room(places)
    others = {}
    for _ in range(draw(st.integers(0, 4))):
        found = assign(Room(free.own, (), others), draw(spans), 1, False)
        others = with_assignments(others, found or [])
    whole, count = draw(st.booleans()), draw(st.integers(1, places))
    old = assign(Room(free.own, (), others), draw(spans), count, whole)
    had = with_assignments({}, old or [])
    return free, others, had, draw(spans), draw(st.integers(1, places)), draw(st.booleans())


@given(rooms_with_two_dates())
def test_what_a_replacement_takes_is_enough_once_the_date_before_it_ends(case):
    free, others, had, slot, places, whole = case
    more = assign_beside(Room(free.own, (), others), slot, places, whole, had)
    if more is None:
        return
    everything = with_assignments({}, more)
    for place_id, slots in had.items():
        for one in slots:
            everything = with_assignments(everything, [PlaceAssignment(place_id, one)])
    # Meanwhile others take all that is left; nothing is ever taken twice.
    everybody = dict(others)
    for place_id, slots in everything.items():
        for one in slots:
            everybody = with_assignments(everybody, [PlaceAssignment(place_id, one)])
    later = dict(others)
    for place_id in free.own:
        for gap in subtract([m(-5, 30)], everybody.get(place_id, ())):
            later = with_assignments(later, [PlaceAssignment(place_id, gap)])
    assert assign(Room(free.own, (), later), slot, places, whole) is not None
