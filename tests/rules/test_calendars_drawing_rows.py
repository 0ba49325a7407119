"""What a facility's row shows, side by side: it draws what the rules say, and nothing else."""

import itertools
from datetime import date, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.calendars.drawing.axis import days_window
from booking.calendars.drawing.click_targets import units_of_date
from booking.calendars.drawing.row_layout import stretches_of
from booking.calendars.drawing.segments import ClosedSegment, Kind, RowFacts, SeenDate
from booking.rules.free_times import free_slots
from booking.rules.opening import OpeningHours, SpecialDay, Unit, WeeklySpan
from booking.rules.reasons import why_not
from booking.rules.slots import Slot, common, merge, subtract
from booking.rules.terms import BookingMode, RequestedDate
from tests.lanes import more
from tests.rules.examples import (
    NOW,
    PARIS,
    WITH_LUNCH,
    WORKING_HOURS,
    at,
    deadlines,
    room,
    span,
    terms,
)

DAY = date(2027, 1, 12)
WINDOW = days_window(DAY, DAY, PARIS)
ROUND_THE_CLOCK = tuple(WeeklySpan(weekday, time(0), time(0)) for weekday in range(7))
NIGHTS = tuple(WeeklySpan(weekday, time(20), time(4)) for weekday in range(7))


def facts(taken=(), closed=(), dates=(), own=1, below=0, **changes):
    """`taken`: slots on the first place; or a mapping of place to slots."""
    on_places = taken if isinstance(taken, dict) else {1: list(taken)} if taken else {}
    return RowFacts(
        rules=terms(**changes),
        deadlines=deadlines(),
        room=room(own=own, below=below, taken=on_places),
        closed=[ClosedSegment(slot, slot.ends_at, None) for slot in closed],
        dates=dates,
    )


def seen(slot, *, confirmed=True, own=True, taken=None, **fields):
    values = {
        "occurrence_id": 1,
        "reference": "K7M-4QX",
        "title": "Sensor trial",
        "organisation": "Demo Drones",
        "places": 1,
        "whole": False,
        "part_of": None,
    }
    taken = slot if confirmed and taken is None else taken
    return SeenDate(slot=slot, taken=taken, confirmed=confirmed, own=own, **{**values, **fields})


def drawn(row, window=WINDOW, choice=None):
    return [
        (
            stretch.kind,
            f"{stretch.slot.starts_at.astimezone(PARIS):%H:%M}",
            f"{stretch.slot.ends_at.astimezone(PARIS):%H:%M}",
        )
        for stretch in stretches_of(row, window, NOW, choice)
    ]


OPENS = (Kind.NOT_OPEN, "00:00", "08:00")
CLOSES = (Kind.NOT_OPEN, "17:00", "00:00")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (facts(), [(Kind.FREE, "08:00", "17:00")]),
        (
            facts([span("2027-01-12 10:00", "12:00")]),
            [
                (Kind.FREE, "08:00", "10:00"),
                (Kind.BUSY, "10:00", "12:00"),
                (Kind.FREE, "12:00", "17:00"),
            ],
        ),
        (
            facts([span("2027-01-12 09:00", "17:00")], minimum_units=2),
            [(Kind.TOO_SHORT, "08:00", "09:00"), (Kind.BUSY, "09:00", "17:00")],
        ),
        (
            facts([span("2027-01-12 10:00", "12:00")], own=4),
            [
                (Kind.FREE, "08:00", "10:00"),
                (Kind.PARTLY, "10:00", "12:00"),
                (Kind.FREE, "12:00", "17:00"),
            ],
        ),
        (
            facts(closed=[span("2027-01-12 12:00", "14:00")]),
            [
                (Kind.FREE, "08:00", "12:00"),
                (Kind.CLOSED, "12:00", "14:00"),
                (Kind.FREE, "14:00", "17:00"),
            ],
        ),
        (facts(lead_time_days=60), [(Kind.TOO_LATE, "08:00", "17:00")]),
        (facts(horizon_days=30), [(Kind.NOT_YET, "08:00", "17:00")]),
        (facts(status="closed"), [(Kind.NEVER, "08:00", "17:00")]),
        (facts(has_deciders=False), [(Kind.NEVER, "08:00", "17:00")]),
        (facts(mode=BookingMode.BY_AGREEMENT), [(Kind.AGREED, "08:00", "17:00")]),
        (
            facts(
                [span("2027-01-12 08:30", "12:30")],
                dates=[
                    seen(span("2027-01-12 09:00", "12:00"), taken=span("2027-01-12 08:30", "12:30"))
                ],
            ),
            [
                (Kind.FREE, "08:00", "08:30"),
                (Kind.SETUP, "08:30", "09:00"),
                (Kind.YOURS, "09:00", "12:00"),
                (Kind.SETUP, "12:00", "12:30"),
                (Kind.FREE, "12:30", "17:00"),
            ],
        ),
        (
            facts(dates=[seen(span("2027-01-12 14:00", "17:00"), confirmed=False)]),
            [(Kind.FREE, "08:00", "14:00"), (Kind.ASKED, "14:00", "17:00")],
        ),
        (facts(spans=None), None),
    ],
)
def test_a_day_is_drawn_from_what_the_rules_say(row, expected):
    if expected is None:  # hours not stated: all of the day is open
        assert drawn(row) == [(Kind.FREE, "00:00", "00:00")]
    else:
        assert drawn(row) == [OPENS, *expected, CLOSES]


def test_who_competes_without_holding_leaves_the_time_free_for_outsiders():
    asked = span("2027-01-12 14:00", "17:00")

    assert (Kind.FREE, "08:00", "17:00") in drawn(facts())
    assert (Kind.RIVAL, "14:00", "17:00") in drawn(
        facts(dates=[seen(asked, confirmed=False, own=False)])
    )


def test_several_requests_for_one_time_stand_under_each_other():
    asked = span("2027-01-12 14:00", "17:00")
    rivals = [seen(asked, confirmed=False, own=False, occurrence_id=n) for n in range(3)]

    lines = [s.line for s in stretches_of(facts(dates=rivals), WINDOW, NOW) if s.kind is Kind.RIVAL]

    assert lines == [1, 2, 3]


def test_dates_without_a_line_of_their_own_are_left_to_what_is_drawn_below():
    asked = span("2027-01-12 14:00", "17:00")
    rivals = [seen(asked, confirmed=False, own=False, occurrence_id=n) for n in range(9)]

    lines = [s.line for s in stretches_of(facts(dates=rivals), WINDOW, NOW) if s.kind is Kind.RIVAL]

    assert lines == [1, 2, 3, 4, 5, 6]


def test_where_places_are_left_beside_a_date_both_are_drawn():
    own = span("2027-01-12 10:00", "12:00")

    row = stretches_of(facts([own], own=4, dates=[seen(own)]), WINDOW, NOW)

    (partly,) = [stretch for stretch in row if stretch.kind is Kind.PARTLY]
    (yours,) = [stretch for stretch in row if stretch.kind is Kind.YOURS]
    assert (partly.free, partly.own, partly.line) == (3, 4, 1)
    assert partly.ask == own
    assert yours.line == 2


def test_the_number_of_places_left_parts_what_is_partly_taken():
    taken = {1: [span("2027-01-12 09:00", "12:00")], 2: [span("2027-01-12 11:00", "14:00")]}

    row = stretches_of(facts(taken, own=3), WINDOW, NOW)

    assert [s.free for s in row if s.kind is Kind.PARTLY] == [2, 1, 2]


def test_a_part_that_is_taken_makes_the_whole_partly_taken():
    taken = {101: [span("2027-01-12 09:00", "12:00")]}

    assert (Kind.PARTLY, "09:00", "12:00") in drawn(facts(taken, below=2))


def test_a_facility_without_own_places_is_asked_for_whole():
    taken = {101: [span("2027-01-12 09:00", "12:00")]}

    row = stretches_of(facts(taken, own=0, below=2), WINDOW, NOW)

    assert [s.kind for s in row if s.ask is not None] == [Kind.FREE, Kind.FREE]
    assert [s.ask for s in row if s.kind is Kind.PARTLY] == [None]


def test_the_choice_takes_the_place_of_free_time():
    choice = span("2027-01-12 09:00", "12:00")

    assert drawn(facts(), choice=choice)[1:-1] == [
        (Kind.FREE, "08:00", "09:00"),
        (Kind.CHOICE, "09:00", "12:00"),
        (Kind.FREE, "12:00", "17:00"),
    ]


def test_a_choice_that_is_taken_stands_below_what_takes_it():
    taken = span("2027-01-12 10:00", "12:00")

    row = stretches_of(facts([taken]), WINDOW, NOW, span("2027-01-12 09:00", "12:00"))

    assert [(s.line, s.slot) for s in row if s.kind is Kind.BUSY] == [(1, taken)]
    assert [s.line for s in row if s.kind is Kind.CHOICE] == [2]


@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 10, 31)])
def test_a_day_of_a_clock_change_is_drawn_to_its_last_hour(day):
    window = days_window(day, day, PARIS)

    row = stretches_of(facts(spans=ROUND_THE_CLOCK), window, NOW)

    assert [(stretch.kind, stretch.slot) for stretch in row] == [(Kind.FREE, window)]


def test_an_opening_over_midnight_stands_on_both_days():
    assert drawn(facts(spans=NIGHTS)) == [
        (Kind.FREE, "00:00", "04:00"),
        (Kind.NOT_OPEN, "04:00", "20:00"),
        (Kind.FREE, "20:00", "00:00"),
    ]


def test_time_that_is_too_short_by_itself_is_asked_for_with_its_neighbour_of_yesterday():
    row = facts([span("2027-01-12 01:00", "03:00")], spans=NIGHTS, minimum_units=4)

    before_one = [
        s for s in stretches_of(row, WINDOW, NOW) if s.slot.ends_at == at("2027-01-12 01:00")
    ]

    (stretch,) = before_one
    assert stretch.kind is Kind.FREE
    assert stretch.ask == Slot(at("2027-01-11 21:00"), at("2027-01-12 01:00"))


def test_a_day_that_is_too_short_by_itself_is_asked_for_with_the_days_after_it():
    row = facts(unit=Unit.DAY, minimum_units=3)

    asks = [s.ask for s in stretches_of(row, WINDOW, NOW) if s.kind is Kind.FREE]

    assert asks == [Slot(at("2027-01-12 08:00"), at("2027-01-14 17:00"))]


def test_half_days_are_asked_for_by_their_halves():
    row = facts(unit=Unit.HALF_DAY, spans=WITH_LUNCH)

    asks = [s.ask for s in stretches_of(row, WINDOW, NOW) if s.kind is Kind.FREE]

    halves = [tuple(unit.half for unit in units_of_date(row.rules, ask)) for ask in asks]
    assert halves == [(0, 0), (1, 1)]


minutes = st.integers(min_value=0, max_value=4 * 24 * 4).map(lambda n: timedelta(minutes=15 * n))
START = at("2027-01-10 00:00")


@st.composite
def rows(draw):
    places = draw(st.integers(min_value=0, max_value=2))
    below = draw(st.integers(min_value=0 if places else 1, max_value=2))
    taken = {
        place: merge(
            Slot(START + begin, START + begin + timedelta(minutes=15) + length / 8)
            for begin, length in draw(st.lists(st.tuples(minutes, minutes), max_size=3))
        )
        for place in [*range(1, places + 1), *range(101, 101 + below)]
    }
    closed = [
        Slot(START + begin, START + begin + timedelta(minutes=15) + length / 8)
        for begin, length in draw(st.lists(st.tuples(minutes, minutes), max_size=1))
    ]
    minimum = draw(st.integers(min_value=1, max_value=4))
    return facts(
        taken,
        closed,
        own=places,
        below=below,
        unit=draw(st.sampled_from(Unit)),
        minimum_units=minimum,
        maximum_units=draw(st.none() | st.integers(min_value=minimum, max_value=6)),
        lead_time_days=draw(st.sampled_from([None, 0, 48])),
        setup_minutes=draw(st.sampled_from([0, 45])),
        cleanup_minutes=draw(st.sampled_from([0, 30])),
        step_minutes=draw(st.sampled_from([15, 30, 60, 120])),
        spans=draw(st.sampled_from([WORKING_HOURS, WITH_LUNCH, NIGHTS, ROUND_THE_CLOCK, None])),
        allows_shared=draw(st.booleans()),
    )


@settings(max_examples=more(80))
@given(rows())
def test_what_is_drawn_as_free_can_be_asked_for_and_nothing_else_is_drawn_free(row):
    window = days_window(date(2027, 1, 11), DAY, PARIS)

    stretches = stretches_of(row, window, NOW)

    whole = not row.rules.allows_shared or not row.room.own
    for stretch in stretches:
        if stretch.ask is None:
            continue
        assert stretch.ask.overlaps(stretch.slot)
        ask = RequestedDate(stretch.ask, 1, whole, None)
        assert not why_not(row.rules, row.deadlines, row.room, row.closures, ask, NOW)
    drawn_free = [stretch.slot for stretch in stretches if stretch.kind is Kind.FREE]
    askable = [stretch.slot for stretch in stretches if stretch.ask is not None]
    free = free_slots(row.rules, row.deadlines, row.room, row.closures, window, NOW, whole=whole)
    assert not subtract(drawn_free, free)
    assert not subtract(drawn_free, askable)
    assert not subtract(common(free, [window]), askable)


@settings(max_examples=more(40))
@given(rows(), st.none() | st.tuples(minutes, minutes))
def test_a_row_is_covered_from_end_to_end_and_on_no_line_twice(row, chosen):
    choice = None
    if chosen is not None:
        choice = Slot(START + chosen[0], START + chosen[0] + timedelta(minutes=15) + chosen[1] / 8)

    stretches = stretches_of(row, WINDOW, NOW, choice)

    for line in {stretch.line for stretch in stretches}:
        on_line = sorted(stretch.slot for stretch in stretches if stretch.line == line)
        assert not any(a.overlaps(b) for a, b in itertools.pairwise(on_line))
        if line == 1:
            assert merge(on_line) == [WINDOW]


def test_what_keeps_a_day_shut_is_named_only_where_it_would_have_opened():
    hours = OpeningHours(
        WORKING_HOURS,
        special=(
            SpecialDay(date(2026, 12, 28), note="stocktaking"),
            SpecialDay(date(2026, 12, 29), ((time(10), time(12)),), note="short day"),
        ),
        holidays={date(2026, 12, 25): "Christmas Day", date(2026, 12, 26): "Boxing Day"},
    )
    window = days_window(date(2026, 12, 24), date(2026, 12, 30), PARIS)

    stretches = stretches_of(facts(hours=hours), window, NOW)

    named = [(s.slot, s.note) for s in stretches if s.note]
    assert named == [
        (days_window(date(2026, 12, 25), date(2026, 12, 25), PARIS), "Christmas Day"),
        (days_window(date(2026, 12, 28), date(2026, 12, 28), PARIS), "stocktaking"),
    ]
    assert {s.kind for s in stretches if s.note} == {Kind.NOT_OPEN}
