"""The grid for drawing a date over a free bar."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.calendars.drawing.picking import days_drag, hours_drag
from booking.rules.opening import Unit
from booking.rules.slots import Slot
from tests.rules.examples import HELSINKI, PARIS, at, codes, span, terms

MINUTE = timedelta(minutes=1)
FREE = span("2027-01-12 09:00", "12:00")


def test_the_grid_begins_with_the_free_time_in_the_facilitys_wall_time():
    drag = hours_drag(terms(step_minutes=30), FREE, FREE, PARIS)

    assert drag.data["data-from"] == "2027-01-12T09:00"
    assert (drag.steps, drag.left, drag.wide, drag.shift) == (6, 0, 180, 0)


def test_free_time_off_the_grid_and_a_bar_rounded_outwards_leave_room_at_the_left():
    free = Slot(at("2027-01-12 09:10"), at("2027-01-12 12:00"))

    drag = hours_drag(terms(step_minutes=30), free, FREE, PARIS)

    assert (drag.data["data-from"], drag.left, drag.steps) == ("2027-01-12T09:30", 30, 5)


def test_the_grid_has_the_shift_to_an_axis_of_another_zone():
    there = hours_drag(terms(zone=HELSINKI), FREE, FREE, PARIS)

    assert (there.data["data-from"], there.shift) == ("2027-01-12T10:00", -60)
    assert hours_drag(terms(), FREE, FREE, HELSINKI).shift == 60


@pytest.mark.parametrize(
    ("changes", "lengths"),
    [
        ({"minimum_units": None, "maximum_units": None}, (1, 6)),
        ({"minimum_units": 2, "maximum_units": None}, (4, 6)),
        ({"minimum_units": 1, "maximum_units": 2}, (2, 4)),
        ({"minimum_units": 1, "maximum_units": 8}, (2, 6)),
        ({"minimum_units": 4, "maximum_units": None}, None),
        ({"unit": Unit.DAY}, None),
        ({"unit": Unit.HALF_DAY}, None),
    ],
)
def test_dates_are_neither_shorter_nor_longer_than_the_facility_allows(changes, lengths):
    drag = hours_drag(terms(step_minutes=30, **changes), FREE, FREE, PARIS)

    assert (drag and (drag.shortest, drag.longest)) == lengths


@pytest.mark.parametrize("day", ["2027-03-28", "2027-10-31"])
def test_dates_cannot_be_drawn_over_a_clock_change(day):
    whole = Slot(at(f"{day} 00:00"), at(f"{day} 23:00"))
    later = Slot(at(f"{day} 09:00"), at(f"{day} 12:00"))

    assert hours_drag(terms(), whole, whole, PARIS) is None
    assert hours_drag(terms(), later, later, PARIS).data["data-from"] == f"{day}T09:00"


@given(
    start=st.integers(0, 8 * 60),
    length=st.integers(1, 5 * 60),
    step=st.sampled_from([5, 15, 30, 45, 60]),
    shortest=st.sampled_from([None, 1, 2]),
)
def test_each_date_on_the_grid_can_be_requested(start, length, step, shortest):
    opens_at = at("2027-01-12 08:00")
    free = Slot(opens_at, opens_at + timedelta(hours=9))
    piece = Slot(opens_at + start * MINUTE, opens_at + (start + length) * MINUTE)
    rules = terms(step_minutes=step, minimum_units=shortest, maximum_units=None)
    found = hours_drag(rules, piece.intersection(free) or free, piece, PARIS)
    if found is None:
        return
    first = piece.starts_at + found.left * MINUTE
    for begin in {0, found.steps - found.shortest}:
        date_ = Slot(
            first + begin * step * MINUTE, first + (begin + found.shortest) * step * MINUTE
        )
        assert codes(rules, date_) == set()


@pytest.mark.parametrize(
    ("changes", "lengths"),
    [
        ({"unit": Unit.DAY}, (1, 4)),
        ({"unit": Unit.DAY, "minimum_units": 2, "maximum_units": 3}, (2, 3)),
        ({"unit": Unit.DAY, "minimum_units": 5}, None),
        ({"unit": Unit.HALF_DAY, "minimum_units": 3, "maximum_units": 7}, (2, 3)),
        ({"unit": Unit.HALF_DAY, "maximum_units": 1}, None),
        ({}, None),
    ],
)
def test_free_days_are_drawn_by_the_day(changes, lengths):
    names = ["Mon 11 Jan", "Tue 12 Jan", "Wed 13 Jan", "Thu 14 Jan"]

    drag = days_drag(terms(**changes), date(2027, 1, 11), names)

    assert (drag and (drag.shortest, drag.longest)) == lengths
    if drag:
        assert drag.data["data-from"] == "2027-01-11T00:00"
        assert drag.data["data-days"] == "|".join(names)
        assert drag.wide == drag.step * len(names)
