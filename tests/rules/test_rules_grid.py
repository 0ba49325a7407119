from datetime import timedelta

import pytest

from booking.rules.grid import first_on_grid, is_even, on_grid, reachable
from booking.rules.slots import Slot
from tests.rules.examples import HELSINKI, PARIS, at, span


@pytest.mark.parametrize(
    ("wall_time", "step", "fits"),
    [
        ("09:00", 30, True),
        ("09:30", 30, True),
        ("09:29", 30, False),
        ("09:31", 30, False),
        ("09:00:01", 30, False),
        ("09:30", 60, False),
        ("09:45", 45, True),
        ("09:00", 45, True),
        ("09:30", 45, False),
        ("00:00", 1440, True),
        ("12:00", 1440, False),
    ],
)
@pytest.mark.parametrize("zone", [PARIS, HELSINKI])
def test_a_grid_counts_wall_time_from_local_midnight(wall_time, step, fits, zone):
    assert on_grid(at(f"2027-01-11 {wall_time}", zone), zone, step) is fits


@pytest.mark.parametrize(
    ("given", "step", "found"),
    [
        ("2027-01-11 09:00", 30, "2027-01-11 09:00"),
        ("2027-01-11 09:00:01", 30, "2027-01-11 09:30"),
        ("2027-01-11 09:01", 30, "2027-01-11 09:30"),
        ("2027-01-11 23:31", 30, "2027-01-12 00:00"),
        # Seven hours do not divide a day: 0, 7, 14, 21, and 0 again.
        ("2027-01-11 21:01", 420, "2027-01-12 00:00"),
        # 02:00 does not exist on this night.
        ("2027-03-28 00:01", 120, "2027-03-28 04:00"),
        ("2027-03-28 01:45", 30, "2027-03-28 03:00"),
    ],
)
def test_the_next_point_of_the_grid_is_not_before_the_instant(given, step, found):
    assert first_on_grid(at(given), PARIS, step) == at(found)


def test_a_repeated_point_of_the_grid_is_returned_twice():
    first = at("2027-10-31 02:00", fold=0)
    second = at("2027-10-31 02:00", fold=1)
    assert second - first == timedelta(hours=1)
    assert first_on_grid(first + timedelta(minutes=1), PARIS, 120) == second
    assert first_on_grid(second + timedelta(minutes=1), PARIS, 120) == at("2027-10-31 04:00")


@pytest.mark.parametrize("step", [1, 5, 15, 20, 30, 60])
def test_a_step_that_divides_an_hour_gives_one_grid_over_the_clock_change(step):
    assert is_even(step)
    starts_at = at("2027-10-31 00:00")
    for count in range(5 * 60 // step):
        assert on_grid(starts_at + timedelta(minutes=count * step), PARIS, step)


@pytest.mark.parametrize("step", [45, 90, 120, 420])
def test_other_steps_shift_the_grid(step):
    assert not is_even(step)


@pytest.mark.parametrize(
    ("stretch", "step", "fewest", "most", "found"),
    [
        (("09:00", "11:00"), 30, 1, None, ("09:00", "11:00")),
        (("09:10", "11:00"), 30, 1, None, ("09:30", "11:00")),
        (("09:00", "11:10"), 30, 1, None, ("09:00", "11:00")),
        (("09:00", "11:00"), 30, 4, 4, ("09:00", "11:00")),
        (("09:00", "11:00"), 30, 5, None, None),
        (("09:00", "11:00"), 30, 3, 2, None),
        (("09:00", "09:29"), 30, 1, None, None),
        (("10:00", "17:00"), 120, 1, None, ("10:00", "16:00")),
        (("09:00", "17:00"), 120, 3, None, ("10:00", "16:00")),
        (("09:00", "17:00"), 120, 4, None, None),
        (("10:00", "16:00"), 120, 3, None, ("10:00", "16:00")),
        (("10:00", "16:00"), 120, 4, None, None),
    ],
)
def test_time_that_no_date_can_cover_is_left_out(stretch, step, fewest, most, found):
    stretch = span(f"2027-01-11 {stretch[0]}", stretch[1])
    expected = [span(f"2027-01-11 {found[0]}", found[1])] if found else []
    assert reachable(stretch, PARIS, step, fewest, most) == expected


@pytest.mark.parametrize("step", [30, 45, 60, 90, 120, 420])
@pytest.mark.parametrize(("fewest", "most"), [(1, 1), (1, 3), (2, None), (3, 3)])
@pytest.mark.parametrize("day", ["2027-03-27", "2027-10-30"])
def test_reachable_time_is_that_of_all_dates_on_the_grid(step, fewest, most, day):
    starts_at = at(f"{day} 20:10")
    stretch = Slot(starts_at, starts_at + timedelta(hours=16))
    found = reachable(stretch, PARIS, step, fewest, most)
    minutes = 16 * 60
    covered = set()
    for start in range(minutes):
        if not on_grid(starts_at + timedelta(minutes=start), PARIS, step):
            continue
        count = fewest
        while start + count * step <= minutes and count <= (most or minutes):
            covered |= set(range(start, start + count * step))
            count += 1
    drawn = {
        minute
        for minute in range(minutes)
        for slot in found
        if slot.starts_at <= starts_at + timedelta(minutes=minute) < slot.ends_at
    }
    assert drawn == covered
