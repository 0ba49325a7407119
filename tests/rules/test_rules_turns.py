"""Dates at clock changes and turns of the calendar: units, length, free times."""

import itertools
from datetime import date, datetime, time, timedelta

import pytest

from booking.rules.deadlines import due_at, lapses_at
from booking.rules.free_times import free_slots
from booking.rules.opening import OpeningHours, SpecialDay, Unit, WeeklySpan, day_units, open_days
from booking.rules.reasons import why_not
from booking.rules.refusals import RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import RequestedDate, earliest_day, latest_day
from tests.rules.examples import HELSINKI, PARIS, at, deadlines, room, span, terms

C = RefusalCode
ALWAYS = None
EVERY_DAY = tuple(WeeklySpan(weekday, time(8), time(17)) for weekday in range(7))
WORKING_DAYS = EVERY_DAY[:5]
NIGHTS = tuple(WeeklySpan(weekday, time(20), time(5)) for weekday in range(7))
HOUR, HALF, DAY = Unit.HOUR, Unit.HALF_DAY, Unit.DAY

# Unit, weekly hours, first and last wall time, the units that it counts, the hours that pass.
# Clocks change in the night to 28 March and to 31 October 2027 and to 26 March 2028.
TURNS = [
    # Summer time begins: a day of 23 hours.
    (HOUR, ALWAYS, "2027-03-28 00:00", "2027-03-29 00:00", 23, 23),
    (HOUR, ALWAYS, "2027-03-27 16:00", "2027-03-28 16:00", 23, 23),
    (HOUR, NIGHTS, "2027-03-27 20:00", "2027-03-28 05:00", 8, 8),
    (HALF, EVERY_DAY, "2027-03-27 12:30", "2027-03-28 12:30", 2, 23),
    (HALF, EVERY_DAY, "2027-03-28 08:00", "2027-03-28 12:30", 1, 4.5),
    (HALF, ALWAYS, "2027-03-28 00:00", "2027-03-28 12:30", 1, 11.5),
    (HALF, ALWAYS, "2027-03-28 12:30", "2027-03-29 00:00", 1, 11.5),
    (DAY, ALWAYS, "2027-03-28 00:00", "2027-03-29 00:00", 1, 23),
    (DAY, EVERY_DAY, "2027-03-27 08:00", "2027-03-28 17:00", 2, 32),
    (DAY, NIGHTS, "2027-03-27 20:00", "2027-03-28 05:00", 1, 8),
    (DAY, WORKING_DAYS, "2027-03-26 08:00", "2027-03-29 17:00", 2, 80),
    # Summer time ends: a day of 25 hours.
    (HOUR, ALWAYS, "2027-10-31 00:00", "2027-11-01 00:00", 25, 25),
    (HOUR, NIGHTS, "2027-10-30 20:00", "2027-10-31 05:00", 10, 10),
    (HALF, EVERY_DAY, "2027-10-30 12:30", "2027-10-31 12:30", 2, 25),
    (HALF, ALWAYS, "2027-10-31 00:00", "2027-10-31 12:30", 1, 13.5),
    (HALF, WORKING_DAYS, "2027-10-29 12:30", "2027-11-01 12:30", 2, 73),
    (DAY, ALWAYS, "2027-10-31 00:00", "2027-11-01 00:00", 1, 25),
    (DAY, NIGHTS, "2027-10-30 20:00", "2027-10-31 05:00", 1, 10),
    (DAY, WORKING_DAYS, "2027-10-29 08:00", "2027-11-01 17:00", 2, 82),
    # A leap day, and its year before.
    (HOUR, NIGHTS, "2028-02-28 22:00", "2028-02-29 02:00", 4, 4),
    (HOUR, NIGHTS, "2028-02-29 22:00", "2028-03-01 02:00", 4, 4),
    (HALF, EVERY_DAY, "2028-02-28 12:30", "2028-03-01 12:30", 4, 48),
    (HALF, EVERY_DAY, "2027-02-28 12:30", "2027-03-01 12:30", 2, 24),
    (DAY, EVERY_DAY, "2028-02-28 08:00", "2028-03-01 17:00", 3, 57),
    (DAY, EVERY_DAY, "2027-02-28 08:00", "2027-03-01 17:00", 2, 33),
    (DAY, ALWAYS, "2028-02-29 00:00", "2028-03-01 00:00", 1, 24),
    # A year's end.
    (HOUR, NIGHTS, "2026-12-31 20:00", "2027-01-01 05:00", 9, 9),
    (HOUR, ALWAYS, "2026-12-31 23:30", "2027-01-01 00:30", 1, 1),
    (HALF, EVERY_DAY, "2026-12-31 12:30", "2027-01-01 12:30", 2, 24),
    (DAY, EVERY_DAY, "2026-12-31 08:00", "2027-01-01 17:00", 2, 33),
    (DAY, NIGHTS, "2026-12-31 20:00", "2027-01-02 05:00", 2, 33),
    # Over midnight and over a weekend.
    (HOUR, NIGHTS, "2027-01-13 23:00", "2027-01-14 05:00", 6, 6),
    (HOUR, ALWAYS, "2027-01-15 16:00", "2027-01-18 09:00", 65, 65),
    (HALF, NIGHTS, "2027-01-13 20:00", "2027-01-14 05:00", 1, 9),
    (HALF, WORKING_DAYS, "2027-01-15 12:30", "2027-01-18 12:30", 2, 72),
    (HALF, WORKING_DAYS, "2027-01-15 12:30", "2027-01-18 17:00", 3, 76.5),
    (DAY, NIGHTS, "2027-01-13 20:00", "2027-01-15 05:00", 2, 33),
    (DAY, WORKING_DAYS, "2027-01-15 08:00", "2027-01-18 17:00", 2, 81),
]


@pytest.mark.parametrize("zone", [PARIS, HELSINKI], ids=["Paris", "Helsinki"])
@pytest.mark.parametrize(
    "turn", TURNS, ids=[f"{unit} {starts} to {ends}" for unit, _, starts, ends, *_ in TURNS]
)
def test_a_date_counts_its_units_lasts_its_hours_and_is_drawn_free(turn, zone):
    unit, spans, starts, ends, units, hours = turn
    slot = span(starts, ends, zone)
    now = slot.starts_at - timedelta(days=30)

    def codes(minimum, maximum):
        rules = terms(
            zone=zone, unit=unit, spans=spans, minimum_units=minimum, maximum_units=maximum
        )
        requested = RequestedDate(slot, 1, False, None)
        return {r.code for r in why_not(rules, deadlines(zone=zone), room(), [], requested, now)}

    assert slot.duration == timedelta(hours=hours)
    assert codes(units, units) == set()
    assert codes(None, units - 1) == {C.TOO_LONG}
    assert codes(units + 1, None) == {C.TOO_SHORT}

    rules = terms(zone=zone, unit=unit, spans=spans, minimum_units=units, maximum_units=units)
    # With all around it taken the date is the only one that is left.
    taken = [Slot(now, slot.starts_at), Slot(slot.ends_at, slot.ends_at + timedelta(days=9))]
    free = free_slots(
        rules, deadlines(zone=zone), room(1, 0, {1: taken}), [], slot.widened(60, 60), now
    )
    assert (free[0].starts_at, free[-1].ends_at) == (slot.starts_at, slot.ends_at)
    assert len(free) == (1 if unit is HOUR else units)


@pytest.mark.parametrize("zone", [PARIS, HELSINKI], ids=["Paris", "Helsinki"])
@pytest.mark.parametrize(
    ("today", "days", "day"),
    [
        ("2026-11-24", 45, "2027-01-08"),  # over a year's end
        ("2028-02-14", 15, "2028-02-29"),  # to a leap day
        ("2028-02-14", 16, "2028-03-01"),  # over it
        ("2027-02-14", 15, "2027-03-01"),  # where there is none
        ("2027-02-28", 365, "2028-02-28"),
        ("2027-02-28", 366, "2028-02-29"),
        ("2028-02-29", 366, "2029-03-01"),
        ("2027-03-24", 5, "2027-03-29"),  # over 23 hours
        ("2027-10-27", 5, "2027-11-01"),  # over 25 hours
    ],
)
def test_lead_time_and_horizon_are_counted_in_days_of_the_calendar(today, days, day, zone):
    for clock in ("00:00", "12:00", "23:30"):
        now = at(f"{today} {clock}", zone)
        # One working day to answer: far fewer than the lead time here.
        due, rules = deadlines(1, zone), terms(zone=zone, lead_time_days=days, horizon_days=days)
        assert earliest_day(rules, due, now) == date.fromisoformat(day)
        assert latest_day(rules, now) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("sent", "first", "holidays", "due", "lapses"),
    [
        # Over the turn of the year, with its holidays and weekends.
        (
            "2026-12-22 10:00",
            "2027-02-01 08:00",
            ["2026-12-25", "2027-01-01"],
            "2027-01-07 18:00",
            "2027-01-14 18:00",
        ),
        # Over both clock changes: 18:00 stays 18:00.
        ("2027-03-22 10:00", "2027-05-03 08:00", [], "2027-04-05 18:00", "2027-04-12 18:00"),
        ("2027-10-25 10:00", "2027-12-01 08:00", [], "2027-11-08 18:00", "2027-11-15 18:00"),
        # Over a leap day, and over the same days without one.
        ("2028-02-22 10:00", "2028-04-03 08:00", [], "2028-03-07 18:00", "2028-03-14 18:00"),
        ("2027-02-22 10:00", "2027-04-05 08:00", [], "2027-03-08 18:00", "2027-03-15 18:00"),
        # The last working day before a Monday is the Friday; it lapses at its start.
        ("2027-03-24 10:00", "2027-03-29 08:00", [], "2027-03-26 18:00", "2027-03-29 08:00"),
        (
            "2027-03-24 10:00",
            "2027-03-30 08:00",
            ["2027-03-26", "2027-03-29"],
            "2027-03-25 18:00",
            "2027-03-30 08:00",
        ),
    ],
)
@pytest.mark.parametrize("zone", [PARIS, HELSINKI], ids=["Paris", "Helsinki"])
def test_answers_are_due_in_working_days_of_the_calendar(sent, first, holidays, due, lapses, zone):
    counting, starts_at = deadlines(10, zone, holidays), at(first, zone)
    due_by = due_at(at(sent, zone), starts_at, counting)
    assert due_by == at(due, zone)
    assert lapses_at(due_by, starts_at, counting) == at(lapses, zone)


# The single day; what it has instead of the weekly nights from 20:00 to 05:00; what is open then
# on the day before, on the day itself and on the day after it.
SINGLE_DAYS = [
    ([], ("13 20:00", "14 05:00"), None, ("15 20:00", "16 05:00")),
    ([("06:00", "12:00")], ("13 20:00", "14 05:00"), ("14 06:00", "14 12:00"), ...),
    ([("04:00", "12:00")], ("13 20:00", "14 04:00"), ("14 04:00", "14 12:00"), ...),
    ([("04:00", "04:30")], ("13 20:00", "14 04:00"), ("14 04:00", "14 05:00"), ...),
    ([("00:00", "00:00")], ("13 20:00", "14 00:00"), ("14 00:00", "15 00:00"), ...),
    ([("21:00", "20:30")], ("13 20:00", "14 05:00"), ("14 21:00", "15 20:00"), ...),
]


@pytest.mark.parametrize(("opens", "before", "on_it", "after"), SINGLE_DAYS)
@pytest.mark.parametrize("unit", [HALF, DAY])
def test_no_time_belongs_to_two_days(opens, before, on_it, after, unit):
    special = tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in opens)
    hours = OpeningHours(NIGHTS, (SpecialDay(date(2027, 1, 14), special),))
    days = open_days(hours, PARIS, date(2027, 1, 13), date(2027, 1, 15))

    after = ("15 20:00", "16 05:00") if after is ... else after
    expected = [
        [span(f"2027-01-{ends[0]}", f"2027-01-{ends[1]}")] if ends else []
        for ends in (before, on_it, after)
    ]
    assert [list(day.slots) for day in days] == expected
    # Day by day comes the same as all at once.
    assert [open_days(hours, PARIS, day.day, day.day)[0] for day in days] == days
    units = [atom.slot for atom in day_units(days, unit, PARIS, time(12, 30))]
    assert not any(one.overlaps(other) for one, other in itertools.pairwise(units))


def test_time_drawn_free_after_a_night_can_be_requested():
    """Three half days: the night of a single day ran into the next one and counted as a fourth."""
    special = SpecialDay(date(2027, 3, 28), ((time(21), time(2, 30)),))
    rules = terms(unit=HALF, hours=OpeningHours(None, (special,)), minimum_units=3, maximum_units=3)
    now = datetime.fromisoformat("2027-03-18T00:00+00:00")
    walls = [
        span("2027-03-01 00:00", "2027-03-29 00:00"),
        span("2027-03-30 12:30", "2027-04-30 00:00"),
    ]
    window = span("2027-03-29 00:00", "2027-03-30 12:30")

    free = free_slots(rules, deadlines(), room(), walls, window, now)

    assert free == [
        span("2027-03-29 00:00", "2027-03-29 12:30"),
        span("2027-03-29 12:30", "2027-03-30 00:00"),
        span("2027-03-30 00:00", "2027-03-30 12:30"),
    ]
    requested = RequestedDate(Slot(free[0].starts_at, free[-1].ends_at), 1, False, None)
    assert why_not(rules, deadlines(), room(), walls, requested, now) == []
