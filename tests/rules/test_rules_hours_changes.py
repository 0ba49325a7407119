"""Which opening hours are valid, and how new ones replace old ones without changing the past."""

from datetime import date, time, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from booking.rules.hours_changes import (
    ChangeFault,
    SpanFault,
    WeekChange,
    change_fault,
    is_between_the_same,
    overlapping_in_day,
    overlapping_in_week,
    runs_into,
    seasons,
    span_fault,
    with_change,
    without_own,
    without_season,
)
from booking.rules.opening import WeeklySpan
from booking.rules.timetables import Timetable

TODAY = date(2026, 11, 24)
MON, TUE, FRI, SAT, SUN = 0, 1, 4, 5, 6


def day(text):
    return date.fromisoformat(text) if text else None


def hours(opens):
    return (WeeklySpan(MON, time(opens), time(20)),)


OLD, NEW, SUMMER, WINTER = hours(8), hours(9), hours(6), hours(10)


def table(spans, first=None, last=None):
    return Timetable(spans, day(first), day(last))


BASE = (table(OLD),)
WITH_SUMMER = (
    table(OLD, None, "2027-04-30"),
    table(SUMMER, "2027-05-01", "2027-09-30"),
    table(OLD, "2027-10-01"),
)


@pytest.mark.parametrize(
    ("opens", "closes", "next_day", "fault"),
    [
        ("08:00", "17:00", False, None),
        ("08:00", "00:00", False, None),  # the midnight to come
        ("08:00", "00:00", True, None),
        ("00:00", "00:00", False, None),  # round the clock
        ("22:00", "06:00", True, None),
        ("08:00", "08:00", True, None),  # 24 hours
        ("22:00", "06:00", False, SpanFault.ENDS_BEFORE_START),
        ("08:00", "08:00", False, SpanFault.ENDS_BEFORE_START),
        ("08:00", "08:01", True, SpanFault.OVER_24_HOURS),
    ],
)
def test_a_span_over_midnight_must_be_marked(opens, closes, next_day, fault):
    found = span_fault(time.fromisoformat(opens), time.fromisoformat(closes), next_day)
    assert found is fault


@pytest.mark.parametrize(
    ("spans", "pairs"),
    [
        ([(MON, 8, 12), (MON, 12, 17)], []),
        ([(MON, 8, 13), (MON, 12, 17)], [(0, 1)]),
        ([(MON, 12, 17), (MON, 8, 13)], [(1, 0)]),
        ([(MON, 8, 17), (MON, 9, 10), (MON, 11, 12)], [(0, 1), (0, 2)]),
        ([(MON, 20, 6), (TUE, 6, 9)], []),
        ([(MON, 20, 6), (TUE, 5, 9)], [(0, 1)]),
        ([(SUN, 20, 6), (MON, 6, 9)], []),
        ([(MON, 5, 9), (SUN, 20, 6)], [(1, 0)]),  # Sunday night into Monday
        ([(FRI, 8, 8), (SAT, 8, 8), (SUN, 8, 8), (MON, 8, 8)], []),
        ([(FRI, 8, 8), (SAT, 7, 8)], [(0, 1)]),
        ([(MON, 0, 0), (MON, 0, 0)], [(0, 1)]),
    ],
)
def test_spans_of_a_week_that_share_time_are_found_also_over_midnight(spans, pairs):
    week = [WeeklySpan(weekday, time(opens), time(closes)) for weekday, opens, closes in spans]
    assert overlapping_in_week(week) == pairs


def test_a_single_day_may_run_into_the_night_but_not_into_its_own_next_day():
    late_and_early = [(time(20), time(6)), (time(5), time(9))]

    assert overlapping_in_day(late_and_early) == []
    assert overlapping_in_day(late_and_early, repeated=True) == [(0, 1)]
    assert overlapping_in_day([(time(8), time(12)), (time(11), time(13))]) == [(0, 1)]


@pytest.mark.parametrize(
    ("before", "first", "last", "after"),
    [
        ((), "2026-12-01", None, (table(NEW, "2026-12-01"),)),
        ((), "2026-12-01", "2026-12-31", (table(NEW, "2026-12-01", "2026-12-31"),)),
        (BASE, "2026-12-01", None, (table(OLD, None, "2026-11-30"), table(NEW, "2026-12-01"))),
        (
            BASE,
            "2026-12-01",
            "2026-12-31",
            (
                table(OLD, None, "2026-11-30"),
                table(NEW, "2026-12-01", "2026-12-31"),
                table(OLD, "2027-01-01"),
            ),
        ),
        (  # a change for good leaves the seasons that come
            WITH_SUMMER,
            "2027-01-01",
            None,
            (
                table(OLD, None, "2026-12-31"),
                table(NEW, "2027-01-01", "2027-04-30"),
                table(SUMMER, "2027-05-01", "2027-09-30"),
                table(NEW, "2027-10-01"),
            ),
        ),
        (  # and takes the place of a change for good that was planned
            (table(OLD, None, "2026-12-31"), table(WINTER, "2027-01-01")),
            "2026-12-15",
            None,
            (table(OLD, None, "2026-12-14"), table(NEW, "2026-12-15")),
        ),
        (  # the same hours for good again change nothing
            (table(NEW),),
            "2026-12-15",
            None,
            (table(NEW),),
        ),
    ],
)
def test_new_hours_replace_existing_ones_on_their_days(before, first, last, after):
    assert with_change(before, WeekChange(NEW, day(first), day(last)), TODAY) == after


@pytest.mark.parametrize(
    ("first", "last", "fault"),
    [
        ("2026-11-23", None, ChangeFault.PAST),
        ("2026-11-24", None, None),
        ("2026-12-02", "2026-12-01", ChangeFault.BACKWARDS),
        ("2026-12-01", "2026-12-01", None),
        ("2027-04-01", "2027-05-01", ChangeFault.OVERLAPS_SEASON),
        ("2027-09-30", "2027-10-31", ChangeFault.OVERLAPS_SEASON),
        ("2027-06-01", "2027-06-30", ChangeFault.OVERLAPS_SEASON),
        ("2027-04-01", "2027-04-30", None),
        ("2027-10-01", "2027-10-31", None),
        ("2027-06-01", None, ChangeFault.IN_SEASON),
        ("2027-05-01", None, None),
    ],
)
def test_conflicting_seasons_past_days_and_reversed_seasons_are_refused(first, last, fault):
    found = change_fault(WITH_SUMMER, WeekChange(NEW, day(first), day(last)), TODAY)

    assert (found and found[0]) is fault
    in_the_way = fault in (ChangeFault.OVERLAPS_SEASON, ChangeFault.IN_SEASON)
    assert (found and found[1]) == (WITH_SUMMER[1] if in_the_way else None)


LATER = (table(OLD, "2027-10-01", "2027-12-31"), table(WINTER, "2028-01-01"))
TWICE = (table(OLD, None, "2026-12-31"), table(NEW, "2027-01-01", "2027-01-31"))


@pytest.mark.parametrize(
    ("timetables", "found", "between_the_same"),
    [
        (BASE, [], []),
        (WITH_SUMMER, [1], [1]),
        ((*WITH_SUMMER[:2], *LATER), [1], [1]),  # what holds until a change for good is none
        ((table(OLD, "2026-12-01", "2027-04-30"), *WITH_SUMMER[1:2], *LATER), [1], [1]),
        ((table(SUMMER, "2027-05-01", "2027-09-30"),), [0], [0]),
        ((*TWICE, table(WINTER, "2027-02-01")), [1], []),
        ((table(OLD, None, "2027-04-30"), WITH_SUMMER[1]), [1], []),
    ],
)
def test_a_season_differs_from_the_usual_hours(timetables, found, between_the_same):
    assert seasons(timetables) == [timetables[position] for position in found]
    assert [
        position for position in found if is_between_the_same(timetables, timetables[position])
    ] == between_the_same


def test_a_season_can_be_replaced_by_a_changed_one():
    change = WeekChange(NEW, day("2027-06-01"), day("2027-10-31"), instead_of=WITH_SUMMER[1])

    assert change_fault(WITH_SUMMER, change, TODAY) is None
    assert with_change(WITH_SUMMER, change, TODAY) == (
        table(OLD, None, "2027-05-31"),
        table(NEW, "2027-06-01", "2027-10-31"),
        table(OLD, "2027-11-01"),
    )


def test_past_days_of_a_season_stay_when_it_is_changed():
    change = WeekChange(NEW, day("2027-07-01"), day("2027-08-31"), instead_of=WITH_SUMMER[1])

    assert with_change(WITH_SUMMER, change, today=day("2027-06-10")) == (
        table(OLD, None, "2027-04-30"),
        table(SUMMER, "2027-05-01", "2027-06-30"),
        table(NEW, "2027-07-01", "2027-08-31"),
        table(OLD, "2027-09-01"),
    )


SUMMER_AND_WINTER = (
    table(OLD, None, "2027-04-30"),
    table(SUMMER, "2027-05-01", "2027-09-30"),
    table(WINTER, "2027-10-01", "2028-03-31"),
    table(OLD, "2028-04-01"),
)
ONLY_SEASON = (table(SUMMER, "2027-05-01", "2027-09-30"),)


@pytest.mark.parametrize(
    ("before", "which", "today", "after"),
    [
        (WITH_SUMMER, 1, "2026-11-24", BASE),
        (ONLY_SEASON, 0, "2026-11-24", ()),
        (ONLY_SEASON, 0, "2027-05-01", ()),  # today still counts as to come
        (ONLY_SEASON, 0, "2027-06-10", (table(SUMMER, "2027-05-01", "2027-06-09"),)),
        (
            SUMMER_AND_WINTER,
            2,
            "2026-11-24",
            (*SUMMER_AND_WINTER[:2], table(OLD, "2027-10-01")),
        ),
        (
            SUMMER_AND_WINTER,
            1,
            "2026-11-24",
            (table(OLD, None, "2027-09-30"), *SUMMER_AND_WINTER[2:]),
        ),
        (
            WITH_SUMMER,
            1,
            "2027-06-10",
            (
                table(OLD, None, "2027-04-30"),
                table(SUMMER, "2027-05-01", "2027-06-09"),
                table(OLD, "2027-06-10"),
            ),
        ),
    ],
)
def test_hours_around_a_removed_season_fill_its_days(before, which, today, after):
    assert without_season(before, before[which], day(today), day(today)) == after


def test_removing_own_hours_from_a_day_on_keeps_the_days_before():
    assert without_own(WITH_SUMMER, day("2027-06-01")) == (
        table(OLD, None, "2027-04-30"),
        table(SUMMER, "2027-05-01", "2027-05-31"),
    )
    assert without_own(BASE, TODAY) == (table(OLD, None, "2026-11-23"),)


@st.composite
def histories(draw):
    """Timetables as changes one after the other leave them, and the next change."""
    timetables = ()
    for number in range(draw(st.integers(0, 5))):
        change = draw(changes(number))
        if change_fault(timetables, change, TODAY) is None:
            timetables = with_change(timetables, change, TODAY)
    return timetables, draw(changes(9))


@st.composite
def changes(draw, number):
    first = TODAY + timedelta(days=draw(st.integers(0, 30)))
    length = draw(st.none() | st.integers(0, 12))
    last = None if length is None else first + timedelta(days=length)
    return WeekChange(hours(number), first, last)


def on(timetables, a_day):
    found = [one.spans for one in timetables if one.counts_on(a_day)]
    assert len(found) <= 1, "timetables of one facility never overlap"
    return found[0] if found else None


@given(drawn=histories())
def test_a_change_counts_on_its_days_and_on_no_others(drawn):
    before, change = drawn
    assume(change_fault(before, change, TODAY) is None)
    after = with_change(before, change, TODAY)
    left_alone = seasons(before) if change.last is None else []

    for offset in range(-3, 60):
        a_day = TODAY + timedelta(days=offset)
        counts = a_day >= change.first and (change.last is None or a_day <= change.last)
        if any(season.counts_on(a_day) for season in left_alone):
            counts = False
        assert on(after, a_day) == (change.spans if counts else on(before, a_day))


@pytest.mark.parametrize(
    ("times", "next_day", "into"),
    [
        ([(8, 17)], [(0, 9)], None),
        ([(20, 6)], [(6, 9)], None),
        ([(8, 9), (20, 6)], [(12, 13), (5, 9)], (20, 6)),
        ([(20, 0)], [(0, 9)], None),
        ([(20, 20)], [(19, 21)], (20, 20)),
        ([(20, 6)], [], None),
    ],
)
def test_a_night_that_runs_into_an_opening_of_the_next_day_is_found(times, next_day, into):
    def wall(pairs):
        return [(time(opens), time(closes)) for opens, closes in pairs]

    assert runs_into(wall(times), wall(next_day)) == (wall([into])[0] if into else None)
