"""Which timetable is in force on a day, with special days and public holidays."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.rules.opening import OpeningHours, SpecialDay, WeeklySpan, open_days
from booking.rules.refusals import RefusalCode
from booking.rules.timetables import (
    StatedHours,
    Timetable,
    changes_to_come,
    special_days_in_force,
    weekly_in_force,
    weekly_on,
)
from tests.rules.examples import PARIS, WORKING_HOURS, hours_of, reasons, span, terms

MONDAY = date(2027, 1, 11)
ALL_DAYS = range(7)


def daily(opens, closes="17:00"):
    return tuple(
        WeeklySpan(weekday, time.fromisoformat(opens), time.fromisoformat(closes))
        for weekday in ALL_DAYS
    )


def opening_on(spans, day):
    """The hour at which it opens on that day, None when it does not."""
    (open_day,) = open_days(hours_of(spans), PARIS, day, day)
    return open_day.slots[0].starts_at.astimezone(PARIS).hour if open_day.slots else None


def test_a_change_of_hours_does_not_rewrite_the_days_before_it():
    stated = StatedHours(
        (
            Timetable(daily("08:00"), None, date(2027, 1, 31)),
            Timetable(daily("10:00"), date(2027, 2, 1)),
        )
    )
    spans = weekly_in_force([stated], None)

    assert opening_on(spans, date(2026, 6, 1)) == 8
    assert opening_on(spans, date(2027, 1, 31)) == 8
    assert opening_on(spans, date(2027, 2, 1)) == 10
    assert opening_on(spans, date(2030, 2, 1)) == 10


def test_a_season_without_spans_is_closed_and_not_filled_from_above():
    winter = Timetable((), date(2027, 11, 1), date(2028, 3, 31))
    spans = weekly_in_force(
        [StatedHours((winter,)), StatedHours((Timetable(daily("08:00")),))], None
    )

    assert opening_on(spans, date(2027, 10, 31)) == 8
    assert opening_on(spans, date(2027, 11, 1)) is None
    assert opening_on(spans, date(2028, 4, 1)) == 8


def test_unstated_days_have_default_hours_or_are_open_round_the_clock():
    summer = StatedHours((Timetable(daily("09:00"), date(2027, 6, 1), date(2027, 8, 31)),))

    assert opening_on(weekly_in_force([summer], WORKING_HOURS), MONDAY) == 8
    assert opening_on(weekly_in_force([summer], None), MONDAY) == 0
    assert opening_on(weekly_in_force([summer], None), date(2027, 6, 1)) == 9


def test_hours_are_not_stated_if_no_level_states_any():
    assert weekly_in_force([StatedHours(), StatedHours()], None) is None
    assert weekly_in_force([StatedHours(), StatedHours()], WORKING_HOURS) == WORKING_HOURS


@st.composite
def levels(draw):
    """Up to three levels, each with timetables that do not overlap, told apart by their hour."""
    found = []
    for distance in range(draw(st.integers(1, 3))):
        edges = sorted(draw(st.sets(st.integers(0, 30), max_size=6)))
        timetables = []
        for number in range(0, len(edges) - 1, 2):
            first, last = (MONDAY + timedelta(days=edge) for edge in edges[number : number + 2])
            hour = 1 + 4 * distance + number // 2
            timetables.append(Timetable(daily(f"{hour:02}:00"), first, last))
        found.append(StatedHours(tuple(timetables)))
    return found


@given(levels=levels(), offset=st.integers(-2, 33))
def test_on_every_day_the_nearest_level_that_states_something_counts(levels, offset):
    day = MONDAY + timedelta(days=offset)
    expected = next(
        (
            timetable.spans[0].opens_time.hour
            for level in levels
            for timetable in level.timetables
            if timetable.counts_on(day)
        ),
        20,
    )

    spans = weekly_in_force(levels, daily("20:00", "22:00"))

    assert opening_on(spans, day) == expected


SHUT = SpecialDay(MONDAY)
EVENING = SpecialDay(MONDAY, ((time(18), time(22)),))


@pytest.mark.parametrize(
    ("own", "above", "expected"),
    [
        (StatedHours(), StatedHours((), (SHUT,)), (SHUT,)),
        (StatedHours((), (EVENING,)), StatedHours((), (SHUT,)), (EVENING,)),
        (StatedHours((Timetable(daily("08:00")),)), StatedHours((), (SHUT,)), ()),
        (StatedHours((Timetable((), date(2028, 1, 1)),)), StatedHours((), (SHUT,)), (SHUT,)),
    ],
)
def test_a_special_day_from_above_counts_unless_a_nearer_facility_states_that_day(
    own, above, expected
):
    assert special_days_in_force([own, above]) == expected


def test_a_special_day_replaces_the_weekly_hours():
    hours = OpeningHours(WORKING_HOURS, (EVENING,))
    monday, tuesday = open_days(hours, PARIS, MONDAY, MONDAY + timedelta(days=1))

    assert monday.slots == (span("2027-01-11 18:00", "22:00"),)
    assert tuesday.slots == (span("2027-01-12 08:00", "17:00"),)


def test_weekly_hours_do_not_begin_on_a_public_holiday_but_a_special_day_opens_it():
    holidays = {MONDAY: "Founders' Day"}

    (closed,) = open_days(OpeningHours(WORKING_HOURS, (), holidays), PARIS, MONDAY, MONDAY)
    (opened,) = open_days(OpeningHours(WORKING_HOURS, (EVENING,), holidays), PARIS, MONDAY, MONDAY)

    assert closed.slots == ()
    assert opened.slots == (span("2027-01-11 18:00", "22:00"),)


def test_without_stated_hours_a_public_holiday_closes_nothing():
    hours = OpeningHours(None, (), {MONDAY: "Founders' Day"})

    assert open_days(hours, PARIS, MONDAY, MONDAY)[0].slots
    assert hours.holiday_on(MONDAY) is None


def test_a_night_that_began_the_evening_before_runs_into_the_holiday():
    nights = (WeeklySpan(6, time(22), time(6)),)
    hours = OpeningHours(nights, (), {MONDAY: "Founders' Day"})
    sunday, monday = open_days(hours, PARIS, MONDAY - timedelta(days=1), MONDAY)

    assert sunday.slots == (span("2027-01-10 22:00", "2027-01-11 06:00"),)
    assert monday.slots == ()


def test_a_date_on_a_holiday_is_refused_with_the_holidays_name():
    rules = terms(hours=OpeningHours(WORKING_HOURS, (), {MONDAY: "Founders' Day"}))

    (refusal,) = reasons(rules, span("2027-01-11 09:00", "12:00"))

    assert refusal.code is RefusalCode.NOT_OPEN
    assert refusal.params["holiday"] == "Founders' Day"
    assert reasons(rules, span("2027-01-12 09:00", "12:00")) == []


def test_hours_compare_by_value():
    one, same = (OpeningHours(WORKING_HOURS, (EVENING,), {MONDAY: "x"}) for _ in range(2))

    assert one == same
    assert hash(one) == hash(same)
    assert one != OpeningHours(WORKING_HOURS, (SHUT,), {MONDAY: "x"})
    assert one != OpeningHours(WORKING_HOURS, (EVENING,), {})


def test_late_requests_are_accepted_where_they_are_allowed():
    requested = span("2026-12-10 09:00", "12:00")
    due = {"due": None}

    assert [r.code for r in reasons(terms(lead_time_days=45), requested, **due)] == [
        RefusalCode.TOO_LATE
    ]
    assert reasons(terms(lead_time_days=45, late_asking=True), requested, **due) == []


def test_the_current_week_is_separate_from_later_changes():
    summer = Timetable(daily("06:00"), date(2027, 5, 1), date(2027, 9, 30))
    spans = weekly_in_force(
        [StatedHours((summer,)), StatedHours((Timetable(daily("08:00")),))], None
    )

    assert weekly_on(spans, date(2027, 4, 30)) == daily("08:00")
    assert weekly_on(spans, date(2027, 5, 1)) == daily("06:00")
    assert changes_to_come(spans, date(2027, 4, 30), date(2028, 4, 30)) == [
        (date(2027, 5, 1), daily("06:00")),
        (date(2027, 10, 1), daily("08:00")),
    ]
    assert changes_to_come(spans, date(2027, 5, 1), date(2027, 9, 30)) == []


def test_a_split_between_equal_hours_is_no_change():
    halves = (Timetable(daily("08:00"), None, MONDAY), Timetable(daily("08:00"), date(2027, 1, 12)))
    spans = weekly_in_force([StatedHours(halves)], None)

    assert changes_to_come(spans, date(2027, 1, 1), date(2027, 12, 31)) == []
