"""The axes of calendars: columns, ticks and bars."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.calendars.drawing.axis import (
    HOUR,
    QUARTER,
    WHOLE_DAY,
    Axis,
    ShownHours,
    WallAxis,
    day_ticks,
    days_axis,
    days_window,
    hour_ticks,
    month_weeks,
    months_on,
    place_bars,
    relevant_hours,
)
from booking.rules.slots import Slot

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
HELSINKI = ZoneInfo("Europe/Helsinki")
SPRING, AUTUMN, PLAIN = date(2027, 3, 28), date(2027, 10, 31), date(2027, 1, 12)


def at(day, wall, zone=COPENHAGEN, fold=0):
    return datetime.combine(day, time.fromisoformat(wall), zone).replace(fold=fold).astimezone(UTC)


def slot(day, start, end, zone=COPENHAGEN):
    return Slot(at(day, start, zone), at(day, end, zone))


def day_axis(day, hours=WHOLE_DAY, zone=COPENHAGEN):
    return days_axis(day, day, zone, hours, QUARTER)


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (PLAIN, 24), (AUTUMN, 25)])
def test_a_day_has_as_many_columns_as_it_has_quarters(day, hours):
    assert day_axis(day).columns == hours * 4
    assert days_window(day, day, COPENHAGEN).duration == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("day", "start", "end", "edges"),
    [
        (PLAIN, "00:00", "00:15", (0, 1)),
        (PLAIN, "09:00", "12:00", (36, 48)),
        (PLAIN, "09:05", "09:10", (36, 37)),
        (PLAIN, "23:45", "23:59", (95, 96)),
        (SPRING, "01:00", "04:00", (4, 12)),
        (SPRING, "09:00", "12:00", (32, 44)),
        (AUTUMN, "01:00", "04:00", (4, 20)),
        (AUTUMN, "09:00", "12:00", (40, 52)),
    ],
)
def test_a_slot_is_rounded_outwards_to_grid_lines(day, start, end, edges):
    assert day_axis(day).edges(slot(day, start, end)) == edges


def test_a_repeated_hour_is_on_the_axis_twice():
    axis = day_axis(AUTUMN)

    assert axis.column(at(AUTUMN, "02:30")) == 11
    assert axis.column(at(AUTUMN, "02:30", fold=1)) == 15


@pytest.mark.parametrize(
    ("day", "labels"),
    [
        (PLAIN, ["00", "02", "04", "06"]),
        (SPRING, ["00", "04", "06"]),  # clocks go from 02:00 to 03:00
        (AUTUMN, ["00", "02", "04", "06"]),  # of the two 02:00 the first
    ],
)
def test_even_hours_are_labelled_once(day, labels):
    ticks = hour_ticks(day_axis(day, ShownHours(0, 7)), COPENHAGEN)

    shown = [f"{tick.at.astimezone(COPENHAGEN):%H}" for tick in ticks if tick.labelled]
    assert shown == labels


def test_labels_are_never_adjacent_where_an_hour_is_skipped():
    ticks = hour_ticks(day_axis(SPRING, ShownHours(0, 7), HELSINKI), HELSINKI)

    shown = [f"{tick.at.astimezone(HELSINKI):%H}" for tick in ticks if tick.labelled]
    assert shown == ["00", "02", "06"]  # clocks go from 03:00 to 04:00


def test_ticks_of_a_zone_with_a_half_hour_offset_are_at_its_full_hours():
    ticks = hour_ticks(day_axis(PLAIN, ShownHours(6, 8)), ZoneInfo("Asia/Kolkata"))

    assert [tick.column for tick in ticks] == [3, 7]


@pytest.mark.parametrize(
    ("day", "labels"),
    [
        (PLAIN, ["00", "02", "04"]),
        (SPRING, ["00", "04"]),  # clocks of both go on at the same instant, from 02:00 to 03:00
        (AUTUMN, ["00", "02", "04"]),
    ],
)
def test_ticks_of_another_zone_are_at_the_same_instants(day, labels):
    axis = day_axis(day, ShownHours(0, 7), HELSINKI)

    ticks = hour_ticks(axis, COPENHAGEN)

    shown = [f"{tick.at.astimezone(COPENHAGEN):%H}" for tick in ticks if tick.labelled]
    assert shown == labels
    assert [axis.column(tick.at) for tick in ticks] == [tick.column for tick in ticks]


CITIES = ("Amsterdam", "Paris", "Copenhagen", "Berlin", "Helsinki")


@pytest.mark.parametrize("city", CITIES)
@pytest.mark.parametrize("day", [SPRING, PLAIN, AUTUMN])
def test_the_now_line_is_at_its_hour_in_the_zone_of_every_cluster(day, city):
    zone = ZoneInfo(f"Europe/{city}")
    hours_before = {SPRING: 14, PLAIN: 15, AUTUMN: 16}[day]
    now = at(day, "15:00", zone)

    assert day_axis(day, zone=zone).column(now) == hours_before * 4 + 1
    assert WallAxis(day, zone).column(now) == 15 * 4 + 1
    week = days_axis(day - timedelta(days=6), day, zone, ShownHours(7, 19), HOUR)
    assert week.column(now) == 6 * 12 + 8 + 1
    assert day_axis(day - timedelta(days=1), zone=zone).column(now) is None


@pytest.mark.parametrize("day", [SPRING, PLAIN, AUTUMN])
def test_the_columns_of_a_bar_are_the_time_that_it_covers(day):
    axis = day_axis(day)
    late = slot(day, "09:00", "12:00")
    (bar,) = place_bars(axis, [(late, 1)])

    assert axis.slot_of(bar) == late
    (wall_bar,) = place_bars(WallAxis(day, COPENHAGEN), [(late, 1)])
    plain = late if day == PLAIN else None
    assert WallAxis(day, COPENHAGEN).slot_of(wall_bar) == plain


def test_a_bar_over_hidden_time_has_no_single_slot():
    axis = days_axis(PLAIN, date(2027, 1, 13), COPENHAGEN, ShownHours(8, 18), HOUR)
    (bar,) = place_bars(axis, [(Slot(at(PLAIN, "17:00"), at(date(2027, 1, 13), "09:00")), 1)])

    assert axis.slot_of(bar) is None


def test_a_week_shows_the_relevant_hours_of_each_day():
    axis = days_axis(date(2027, 3, 22), SPRING, COPENHAGEN, ShownHours(7, 19), HOUR)

    assert axis.columns == 7 * 12
    assert [tick.column for tick in day_ticks(axis)] == [1, 13, 25, 37, 49, 61, 73]
    assert axis.edges(slot(date(2027, 3, 23), "08:00", "10:30")) == (13, 16)


def test_instants_in_hidden_hours_are_on_the_line_between_shown_hours():
    axis = days_axis(PLAIN, date(2027, 1, 13), COPENHAGEN, ShownHours(8, 18), HOUR)

    night = slot(PLAIN, "19:00", "23:00")
    assert not axis.shows(night)
    assert axis.edges(night) == (10, 10)
    assert axis.column(at(PLAIN, "20:00")) is None
    assert axis.edges(Slot(at(PLAIN, "17:00"), at(date(2027, 1, 13), "09:00"))) == (9, 11)


@pytest.mark.parametrize(
    ("day", "start", "end", "edges"),
    [
        (PLAIN, "09:00", "12:00", (36, 48)),
        (SPRING, "09:00", "12:00", (36, 48)),
        (AUTUMN, "09:00", "12:00", (36, 48)),
        (SPRING, "01:00", "04:00", (4, 16)),
        (AUTUMN, "01:00", "04:00", (4, 16)),
    ],
)
def test_days_line_up_by_their_wall_clocks(day, start, end, edges):
    assert WallAxis(day, COPENHAGEN).edges(slot(day, start, end)) == edges


def test_a_slot_in_the_second_of_a_repeated_hour_is_still_drawn():
    axis = WallAxis(AUTUMN, COPENHAGEN)
    doubled = Slot(at(AUTUMN, "02:45"), at(AUTUMN, "02:15", fold=1))

    assert axis.shows(doubled)
    assert place_bars(axis, [(doubled, 1)])


def test_a_wall_axis_clips_to_its_day_and_hours():
    axis = WallAxis(PLAIN, COPENHAGEN, ShownHours(8, 18))

    assert axis.columns == 40
    long = Slot(at(date(2027, 1, 11), "10:00"), at(date(2027, 1, 13), "10:00"))
    assert axis.edges(long) == (0, 40)
    assert not axis.shows(slot(date(2027, 1, 13), "09:00", "12:00"))
    assert axis.column(at(PLAIN, "07:59")) is None
    assert axis.column(at(PLAIN, "08:00")) == 1


def test_a_shared_column_goes_to_the_higher_priority():
    axis = days_axis(PLAIN, PLAIN, COPENHAGEN, ShownHours(8, 12), HOUR)

    bars = place_bars(
        axis, [(slot(PLAIN, "08:00", "12:00"), 1), (slot(PLAIN, "09:30", "10:15"), 2)]
    )

    assert [(bar.item, bar.start_col, bar.span) for bar in bars] == [
        (0, 1, 1),
        (1, 2, 2),
        (0, 4, 1),
    ]


starts = st.integers(min_value=0, max_value=26 * 60)


@given(st.sampled_from([SPRING, PLAIN, AUTUMN]), st.lists(st.tuples(starts, starts), max_size=8))
def test_bars_never_overlap_and_stay_on_the_axis(day, minutes):
    axis, midnight = day_axis(day, ShownHours(7, 19)), at(day, "00:00")
    slots = [
        (Slot(midnight + timedelta(minutes=a), midnight + timedelta(minutes=a + b + 1)), a % 3)
        for a, b in minutes
    ]

    covered = [
        column
        for bar in place_bars(axis, slots)
        for column in range(bar.start_col, bar.start_col + bar.span)
    ]

    assert len(covered) == len(set(covered))
    assert all(1 <= column <= axis.columns for column in covered)


@given(starts, starts, st.sampled_from([SPRING, PLAIN, AUTUMN]))
def test_a_bar_covers_all_of_its_slot_that_is_shown(start, length, day):
    axis, midnight = day_axis(day), at(day, "00:00")
    whole = Slot(
        midnight + timedelta(minutes=start), midnight + timedelta(minutes=start + length + 1)
    )

    bars = place_bars(axis, [(whole, 1)])

    shown = whole.intersection(axis.window)
    if shown is None:
        assert not bars
    else:
        (bar,) = bars
        begins = axis.window.starts_at + (bar.start_col - 1) * QUARTER
        assert begins <= shown.starts_at < begins + QUARTER
        ends = begins + bar.span * QUARTER
        assert ends - QUARTER < shown.ends_at <= ends


@pytest.mark.parametrize(
    ("slots", "hours"),
    [
        ([("08:00", "17:00")], ShownHours(7, 18)),
        ([("08:30", "17:15")], ShownHours(7, 19)),
        ([("00:30", "23:30")], ShownHours(0, 24)),
        ([("09:00", "10:00"), ("15:00", "21:00")], ShownHours(8, 22)),
        ([], ShownHours(7, 19)),
    ],
)
def test_relevant_hours_have_an_hour_around(slots, hours):
    given_slots = [slot(PLAIN, *one) for one in slots]

    window = days_window(PLAIN, PLAIN, COPENHAGEN)
    assert relevant_hours(given_slots, COPENHAGEN, window) == hours


def test_relevant_hours_are_in_the_zone_of_the_axis():
    window = days_window(PLAIN, PLAIN, COPENHAGEN)

    shown = relevant_hours([slot(PLAIN, "08:00", "16:00", HELSINKI)], COPENHAGEN, window)

    assert shown == ShownHours(6, 16)


def test_a_slot_over_midnight_shows_the_whole_day():
    night = Slot(at(PLAIN, "20:00"), at(date(2027, 1, 13), "04:00"))
    window = days_window(PLAIN, date(2027, 1, 13), COPENHAGEN)

    assert relevant_hours([night], COPENHAGEN, window) == WHOLE_DAY


@pytest.mark.parametrize(
    ("day", "first", "last", "weeks"),
    [
        (date(2027, 1, 14), date(2026, 12, 28), date(2027, 1, 31), 5),
        (date(2027, 2, 1), date(2027, 2, 1), date(2027, 2, 28), 4),
        (date(2027, 8, 31), date(2027, 7, 26), date(2027, 9, 5), 6),
    ],
)
def test_a_month_is_whole_weeks(day, first, last, weeks):
    found = month_weeks(day)

    assert (found[0][0], found[-1][-1], len(found)) == (first, last, weeks)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 1)),
        (date(2027, 1, 31), -1, date(2026, 12, 1)),
        (date(2027, 12, 5), 1, date(2028, 1, 1)),
    ],
)
def test_stepping_by_months_leads_to_the_first_day(day, months, expected):
    assert months_on(day, months) == expected


def test_an_axis_that_does_not_divide_evenly_ends_with_a_shorter_column():
    axis = Axis((slot(PLAIN, "08:00", "09:30"),), HOUR)

    assert axis.columns == 2
    assert axis.edges(slot(PLAIN, "09:00", "09:30")) == (1, 2)
