"""Time set aside: what is well-formed, and which places it takes."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from booking.rules.availability import Room
from booking.rules.set_aside import PlannedSetAside, places_to_set_aside, set_aside_times
from booking.rules.slots import Slot

BRUSSELS = ZoneInfo("Europe/Brussels")
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DAY, NEXT = date(2027, 1, 12), date(2027, 1, 13)


def at(hour, day=12):
    return datetime(2027, 1, day, hour, tzinfo=UTC)


SLOT = Slot(at(8), at(16))


def times(**fields):
    return set_aside_times(PlannedSetAside(**{"first_day": DAY, **fields}), BRUSSELS, 3, NOW)


def test_whole_days_last_from_midnight_to_midnight_and_are_kept_to_their_end():
    found, faults = times(last_day=NEXT)

    assert faults == []
    assert found.slot == Slot(at(23, 11), at(23, 13))
    assert found.kept_until == at(23, 13)


def test_it_is_free_for_all_from_midnight_of_the_release_day():
    found, _ = times(starts_time=time(9), ends_time=time(17), release_day=date(2027, 1, 5))

    assert found.slot == SLOT
    assert found.kept_until == at(23, 4)


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"first_day": date(2026, 11, 23)}, "first_day", "begins_in_past"),
        ({"first_day": date(2096, 1, 1)}, "first_day", "too_far"),
        ({"last_day": date(2027, 1, 11)}, "last_day", "end_before_start"),
        ({"starts_time": time(9), "ends_time": time(8)}, "ends_time", "end_before_start"),
        ({"release_day": date(2026, 11, 24)}, "release_day", "release_in_past"),
        ({"release_day": date(2027, 1, 14)}, "release_day", "release_after_end"),
        ({"places": 4}, "places", "too_many_places"),
        ({"places": 0}, "places", "no_places"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(fields, field, code):
    found, faults = times(**fields)

    assert found is None
    assert (field, code) in [(fault.field, fault.code.value) for fault in faults]


ROOM = Room(own=(1, 2, 3), below=(7,), taken={1: [Slot(at(9), at(10))]})


def test_some_places_are_those_without_dates_of_others_and_first_without_any():
    named = {2: [Slot(at(11), at(12))]}

    assert places_to_set_aside(ROOM, SLOT, 1, named) == [3]
    assert places_to_set_aside(ROOM, SLOT, 2, named) == [3, 2]
    assert places_to_set_aside(ROOM, SLOT, 3, named) is None


def test_the_whole_needs_all_places_and_all_below():
    assert places_to_set_aside(ROOM, SLOT, None, {}) is None
    later = Slot(at(10), at(16))
    assert places_to_set_aside(ROOM, later, None, {}) == [1, 2, 3, 7]
    assert places_to_set_aside(Room((), (), {}), later, None, {}) is None
