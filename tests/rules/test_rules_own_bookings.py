"""An own booking in the way is named, but only where nobody else is in the way too."""

import pytest

from booking.rules.availability import Room
from booking.rules.own_bookings import OwnOccupancy, with_own_named
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.terms import RequestedDate
from tests.rules.examples import span

MORNING = span("2027-01-11 09:00", "12:00")
EARLY = span("2027-01-11 09:00", "10:00")
LATE = span("2027-01-11 10:00", "12:00")
TAKEN = Refusal(RefusalCode.TAKEN, {"free": 0, "asked": 1, "slot": MORNING}, 0)


def own(place_id, slot=MORNING, reference="K7M-4QX", *, is_hold=False):
    return OwnOccupancy(place_id, slot, reference, is_hold)


def named(taken, *occupancies, places=1, whole=False, below=()):
    room = Room(tuple(place_id for place_id in taken if place_id not in below), below, taken)
    requested = RequestedDate(slot=MORNING, places=places, whole=whole, people=None)
    (refusal,) = with_own_named([TAKEN], room, occupancies, [requested])
    added = {key: refusal.params[key] for key in refusal.params.keys() - TAKEN.params.keys()}
    return added or None


def test_an_own_booking_in_the_way_is_named():
    assert named({1: [MORNING]}, own(1)) == {"own": "K7M-4QX", "own_count": 1, "own_holds": 0}


def test_a_hold_is_told_from_a_booking():
    assert named({1: [MORNING]}, own(1, is_hold=True))["own_holds"] == 1
    mixed = named({1: [EARLY, LATE]}, own(1, EARLY, is_hold=True), own(1, LATE, "B22-222"))
    assert mixed == {"own": "B22-222, K7M-4QX", "own_count": 2, "own_holds": 0}


@pytest.mark.parametrize(
    ("taken", "places"),
    [({1: [EARLY, LATE]}, 1), ({1: [EARLY], 2: [MORNING]}, 2), ({1: [MORNING], 2: [LATE]}, 2)],
)
def test_nothing_is_named_where_others_are_in_the_way_too(taken, places):
    assert named(taken, own(1, taken[1][0]), places=places) is None


def test_of_the_whole_an_own_booking_of_a_part_is_named():
    found = named({1: [], 2: [MORNING]}, own(2), whole=True, below=(2,))
    assert found == {"own": "K7M-4QX", "own_count": 1, "own_holds": 0}


def test_other_refusals_stay_as_they_are():
    refusals = [Refusal(RefusalCode.IN_THE_PAST, {}, 0), Refusal(RefusalCode.TOO_MANY_DATES)]
    room = Room((1,), (), {1: [MORNING]})
    requested = RequestedDate(slot=MORNING, places=1, whole=False, people=None)

    assert with_own_named(refusals, room, [own(1)], [requested]) == refusals
