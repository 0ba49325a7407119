"""What is taken on the places of facilities in a window."""

from datetime import date, timedelta

import pytest

from booking.bookings.rooms import rooms
from booking.rules.lifecycle import State
from booking.rules.slots import Slot
from booking.rules.visibility import ANYBODY
from booking.search.occupied import taken_on_places
from tests.conftest import NOW
from tests.factories import make_cluster, make_facility, make_partner, make_request, slot_on

WINDOW = slot_on(date(2027, 1, 12))
HOUR = timedelta(hours=1)


def around(before, after):
    return Slot(WINDOW.starts_at + before * HOUR, WINDOW.ends_at + after * HOUR)


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster(), "lab")


def taken(facility, *slots, **fields):
    """What is found after these dates were stored: as the check and as the search read it."""
    make_request(make_partner(), facility, slots, state=State.CONFIRMED, **fields)
    found = rooms([facility.id], WINDOW, NOW, for_organisation=ANYBODY)[facility.id].taken
    blocks = taken_on_places([facility.id], WINDOW, NOW, ANYBODY)[facility.id]
    searched = sorted(block for on_place in blocks for block in on_place)
    checked = [slot for on_place in found.values() for slot in on_place]
    as_seconds = [(int(one.starts_at.timestamp()), int(one.ends_at.timestamp())) for one in checked]
    assert searched == as_seconds
    return checked


@pytest.mark.parametrize(
    "slot",
    [
        WINDOW,
        pytest.param(around(-48, 72), id="all around it"),
        pytest.param(around(-2, -2), id="over its beginning"),
        pytest.param(around(2, 48), id="over its end"),
        pytest.param(around(1, -1), id="inside"),
    ],
)
def test_a_date_that_shares_time_with_the_window_is_taken(lab, slot):
    earlier, later = around(-96, -97), around(96, 120)

    assert taken(lab, earlier, slot, later) == [slot]


def test_dates_that_only_touch_the_window_are_not_taken(lab):
    length = WINDOW.duration
    before = Slot(WINDOW.starts_at - length, WINDOW.starts_at)
    after = Slot(WINDOW.ends_at, WINDOW.ends_at + length)

    assert taken(lab, before, after) == []


def test_many_dates_in_the_window_are_all_taken_in_their_order(lab):
    minute = timedelta(minutes=15)
    dates = [
        Slot(WINDOW.starts_at + number * minute, WINDOW.starts_at + (number + 1) * minute)
        for number in range(12)
    ]

    assert taken(lab, *reversed(dates), around(5, 9)) == dates
