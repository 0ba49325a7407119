"""The segments of a facility's row: what the rules say, and nothing else."""

import itertools
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.calendars.drawing.axis import days_window
from booking.calendars.drawing.row_layout import layered_segments, row_segments
from booking.calendars.drawing.segments import (
    ClosedSegment,
    RowData,
    SegmentKind,
    SetAsideSegment,
    VisibleDate,
)
from booking.rules.date_days import days_of_date
from booking.rules.free_times import free_slots
from booking.rules.opening import ONE_DAY, OpeningHours, SpecialDay, Unit, WeeklySpan
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
DAYS_TO_GO = (DAY - NOW.date()).days
ROUND_THE_CLOCK = tuple(WeeklySpan(weekday, time(0), time(0)) for weekday in range(7))
NIGHTS = tuple(WeeklySpan(weekday, time(20), time(4)) for weekday in range(7))


def row_data(taken=(), closed=(), dates=(), own=1, below=0, **changes):
    """`taken`: slots on the first place; or a mapping of place to slots."""
    on_places = taken if isinstance(taken, dict) else {1: list(taken)} if taken else {}
    return RowData(
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
    return VisibleDate(slot=slot, taken=taken, confirmed=confirmed, own=own, **{**values, **fields})


def drawn(row, window=WINDOW, choice=None):
    return [
        (
            segment.kind,
            f"{segment.slot.starts_at.astimezone(PARIS):%H:%M}",
            f"{segment.slot.ends_at.astimezone(PARIS):%H:%M}",
        )
        for segment in row_segments(row, window, NOW, choice)
    ]


OPENS = (SegmentKind.NOT_OPEN, "00:00", "08:00")
CLOSES = (SegmentKind.NOT_OPEN, "17:00", "00:00")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (row_data(), [(SegmentKind.FREE, "08:00", "17:00")]),
        (
            row_data([span("2027-01-12 10:00", "12:00")]),
            [
                (SegmentKind.FREE, "08:00", "10:00"),
                (SegmentKind.BUSY, "10:00", "12:00"),
                (SegmentKind.FREE, "12:00", "17:00"),
            ],
        ),
        (
            row_data([span("2027-01-12 09:00", "17:00")], minimum_units=2),
            [(SegmentKind.TOO_SHORT, "08:00", "09:00"), (SegmentKind.BUSY, "09:00", "17:00")],
        ),
        (
            row_data([span("2027-01-12 10:00", "12:00")], own=4),
            [
                (SegmentKind.FREE, "08:00", "10:00"),
                (SegmentKind.PARTLY, "10:00", "12:00"),
                (SegmentKind.FREE, "12:00", "17:00"),
            ],
        ),
        (
            row_data(closed=[span("2027-01-12 12:00", "14:00")]),
            [
                (SegmentKind.FREE, "08:00", "12:00"),
                (SegmentKind.CLOSED, "12:00", "14:00"),
                (SegmentKind.FREE, "14:00", "17:00"),
            ],
        ),
        (row_data(lead_time_days=60), [(SegmentKind.TOO_LATE, "08:00", "17:00")]),
        (row_data(horizon_days=30), [(SegmentKind.NOT_YET, "08:00", "17:00")]),
        (row_data(status="closed"), [(SegmentKind.NEVER, "08:00", "17:00")]),
        (row_data(has_deciders=False), [(SegmentKind.NEVER, "08:00", "17:00")]),
        (row_data(mode=BookingMode.BY_AGREEMENT), [(SegmentKind.AGREED, "08:00", "17:00")]),
        (
            row_data(
                [span("2027-01-12 08:30", "12:30")],
                dates=[
                    seen(span("2027-01-12 09:00", "12:00"), taken=span("2027-01-12 08:30", "12:30"))
                ],
            ),
            [
                (SegmentKind.FREE, "08:00", "08:30"),
                (SegmentKind.SETUP, "08:30", "09:00"),
                (SegmentKind.YOURS, "09:00", "12:00"),
                (SegmentKind.SETUP, "12:00", "12:30"),
                (SegmentKind.FREE, "12:30", "17:00"),
            ],
        ),
        (
            row_data(dates=[seen(span("2027-01-12 14:00", "17:00"), confirmed=False)]),
            [(SegmentKind.FREE, "08:00", "14:00"), (SegmentKind.ASKED, "14:00", "17:00")],
        ),
        (row_data(spans=None), None),
    ],
)
def test_a_day_is_drawn_as_the_rules_say(row, expected):
    if expected is None:  # hours not stated: all of the day is open
        assert drawn(row) == [(SegmentKind.FREE, "00:00", "00:00")]
    else:
        assert drawn(row) == [OPENS, *expected, CLOSES]


def test_a_request_without_a_hold_leaves_the_time_free_for_outsiders():
    requested = span("2027-01-12 14:00", "17:00")

    assert (SegmentKind.FREE, "08:00", "17:00") in drawn(row_data())
    assert (SegmentKind.RIVAL, "14:00", "17:00") in drawn(
        row_data(dates=[seen(requested, confirmed=False, own=False)])
    )


def test_overlapping_requests_get_lines_of_their_own():
    requested = span("2027-01-12 14:00", "17:00")
    rivals = [seen(requested, confirmed=False, own=False, occurrence_id=n) for n in range(3)]

    lines = [
        s.line
        for s in row_segments(row_data(dates=rivals), WINDOW, NOW)
        if s.kind is SegmentKind.RIVAL
    ]

    assert lines == [1, 2, 3]


def test_dates_after_the_last_line_are_shown_as_busy():
    requested = span("2027-01-12 14:00", "17:00")
    rivals = [seen(requested, confirmed=False, own=False, occurrence_id=n) for n in range(9)]

    lines = [
        s.line
        for s in row_segments(row_data(dates=rivals), WINDOW, NOW)
        if s.kind is SegmentKind.RIVAL
    ]

    assert lines == [1, 2, 3, 4, 5, 6]


def test_a_date_and_the_places_left_beside_it_are_both_drawn():
    own = span("2027-01-12 10:00", "12:00")

    row = row_segments(row_data([own], own=4, dates=[seen(own)]), WINDOW, NOW)

    (partly,) = [segment for segment in row if segment.kind is SegmentKind.PARTLY]
    (yours,) = [segment for segment in row if segment.kind is SegmentKind.YOURS]
    assert (partly.free, partly.own, partly.line) == (3, 4, 1)
    assert partly.clicked_date == own
    assert yours.line == 2


def test_partly_taken_time_is_split_by_the_number_of_places_left():
    taken = {1: [span("2027-01-12 09:00", "12:00")], 2: [span("2027-01-12 11:00", "14:00")]}

    row = row_segments(row_data(taken, own=3), WINDOW, NOW)

    assert [s.free for s in row if s.kind is SegmentKind.PARTLY] == [2, 1, 2]


def test_a_taken_part_makes_the_whole_partly_taken():
    taken = {101: [span("2027-01-12 09:00", "12:00")]}

    assert (SegmentKind.PARTLY, "09:00", "12:00") in drawn(row_data(taken, below=2))


def test_a_facility_without_own_places_is_requested_as_a_whole_on_its_row():
    taken = {101: [span("2027-01-12 09:00", "12:00")]}

    row = row_segments(row_data(taken, own=0, below=2), WINDOW, NOW)

    assert [s.kind for s in row if s.clicked_date is not None] == [
        SegmentKind.FREE,
        SegmentKind.FREE,
    ]
    assert [s.clicked_date for s in row if s.kind is SegmentKind.BUSY] == [None]


def test_the_choice_replaces_free_time():
    choice = span("2027-01-12 09:00", "12:00")

    assert drawn(row_data(), choice=choice)[1:-1] == [
        (SegmentKind.FREE, "08:00", "09:00"),
        (SegmentKind.CHOICE, "09:00", "12:00"),
        (SegmentKind.FREE, "12:00", "17:00"),
    ]


def test_a_choice_in_taken_time_gets_a_line_of_its_own():
    taken = span("2027-01-12 10:00", "12:00")

    row = row_segments(row_data([taken]), WINDOW, NOW, span("2027-01-12 09:00", "12:00"))

    assert [(s.line, s.slot) for s in row if s.kind is SegmentKind.BUSY] == [(1, taken)]
    assert [s.line for s in row if s.kind is SegmentKind.CHOICE] == [2]


@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 10, 31)])
def test_a_day_of_a_clock_change_is_drawn_to_its_last_hour(day):
    window = days_window(day, day, PARIS)

    row = row_segments(row_data(spans=ROUND_THE_CLOCK), window, NOW)

    assert [(segment.kind, segment.slot) for segment in row] == [(SegmentKind.FREE, window)]


def test_an_opening_over_midnight_is_drawn_on_both_days():
    assert drawn(row_data(spans=NIGHTS)) == [
        (SegmentKind.FREE, "00:00", "04:00"),
        (SegmentKind.NOT_OPEN, "04:00", "20:00"),
        (SegmentKind.FREE, "20:00", "00:00"),
    ]


def test_too_short_time_is_requested_together_with_the_day_before():
    row = row_data([span("2027-01-12 01:00", "03:00")], spans=NIGHTS, minimum_units=4)

    before_one = [
        s for s in row_segments(row, WINDOW, NOW) if s.slot.ends_at == at("2027-01-12 01:00")
    ]

    (segment,) = before_one
    assert segment.kind is SegmentKind.FREE
    assert segment.clicked_date == Slot(at("2027-01-11 21:00"), at("2027-01-12 01:00"))


def test_too_short_a_day_is_requested_together_with_the_days_after_it():
    row = row_data(unit=Unit.DAY, minimum_units=3)

    clickable = [
        s.clicked_date for s in row_segments(row, WINDOW, NOW) if s.kind is SegmentKind.FREE
    ]

    assert clickable == [Slot(at("2027-01-12 08:00"), at("2027-01-14 17:00"))]


def test_half_days_are_requested_by_their_halves():
    row = row_data(unit=Unit.HALF_DAY, spans=WITH_LUNCH)

    clickable = [
        s.clicked_date for s in row_segments(row, WINDOW, NOW) if s.kind is SegmentKind.FREE
    ]

    days = [days_of_date(row.rules, clicked_date) for clicked_date in clickable]
    halves = [(one.first_half, one.last_half) for one in days]
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
    return row_data(
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
def test_exactly_the_time_that_can_be_requested_is_drawn_free(row):
    window = days_window(date(2027, 1, 11), DAY, PARIS)

    stretches = row_segments(row, window, NOW)

    whole = not row.rules.allows_shared or not row.room.own
    for segment in stretches:
        if segment.clicked_date is None:
            continue
        assert segment.clicked_date.overlaps(segment.slot)
        clicked_date = RequestedDate(segment.clicked_date, 1, whole, None)
        assert not why_not(row.rules, row.deadlines, row.room, row.closures, clicked_date, NOW)
    drawn_free = [segment.slot for segment in stretches if segment.kind is SegmentKind.FREE]
    requestable = [segment.slot for segment in stretches if segment.clicked_date is not None]
    free = free_slots(row.rules, row.deadlines, row.room, row.closures, window, NOW, whole=whole)
    assert not subtract(drawn_free, free)
    assert not subtract(drawn_free, requestable)
    assert not subtract(common(free, [window]), requestable)


@settings(max_examples=more(40))
@given(rows(), st.none() | st.tuples(minutes, minutes))
def test_a_row_is_covered_from_end_to_end_and_on_no_line_twice(row, chosen):
    choice = None
    if chosen is not None:
        choice = Slot(START + chosen[0], START + chosen[0] + timedelta(minutes=15) + chosen[1] / 8)

    stretches = row_segments(row, WINDOW, NOW, choice)

    for line in {segment.line for segment in stretches}:
        on_line = sorted(segment.slot for segment in stretches if segment.line == line)
        assert not any(a.overlaps(b) for a, b in itertools.pairwise(on_line))
        if line == 1:
            assert merge(on_line) == [WINDOW]


# Quarters of an hour from 06:00 to 18:00.
quarters = st.integers(0, 48).map(lambda n: at("2027-01-12 06:00") + timedelta(minutes=15 * n))
short = st.integers(1, 24).map(lambda n: timedelta(minutes=15 * n))
stretches = st.builds(lambda begin, length: Slot(begin, begin + length), quarters, short)


@st.composite
def rows_by_the_hour(draw):
    own, below = draw(st.sampled_from([(1, 0), (3, 0), (3, 0), (2, 1), (0, 1)]))
    on_place = st.lists(stretches, max_size=3).map(merge)
    set_aside = st.builds(SetAsideSegment, stretches, st.just(2), st.none())
    row = row_data(
        {place: draw(on_place) for place in [*range(1, own + 1), *range(101, 101 + below)]},
        draw(st.sampled_from([(), (), ()]) | stretches.map(lambda slot: [slot])),
        own=own,
        below=below,
        minimum_units=draw(st.integers(1, 3)),
        maximum_units=draw(st.sampled_from([None, 2, 6])),
        lead_time_days=draw(st.sampled_from([0, 0, DAYS_TO_GO])),
        horizon_days=draw(st.sampled_from([None, None, DAYS_TO_GO - 1])),
        setup_minutes=draw(st.sampled_from([0, 45])),
        cleanup_minutes=draw(st.sampled_from([0, 30])),
        step_minutes=draw(st.sampled_from([15, 30, 60])),
        spans=draw(st.sampled_from([WORKING_HOURS, WITH_LUNCH])),
        allows_shared=draw(st.sampled_from([True, True, False])),
    )
    kept = draw(st.sampled_from([(), (), ()]) | set_aside.map(lambda one: [one]))
    return replace(row, set_aside=kept)


@settings(max_examples=more(150))
@given(rows_by_the_hour(), stretches | st.just(days_window(DAY - ONE_DAY, DAY, PARIS)))
def test_what_one_pass_draws_is_what_layers_would_show(row, window):
    assert row_segments(row, window, NOW) == layered_segments(row, window, NOW)


def test_the_reason_of_a_closed_day_is_named_only_if_it_would_have_opened():
    hours = OpeningHours(
        WORKING_HOURS,
        special=(
            SpecialDay(date(2026, 12, 28), note="stocktaking"),
            SpecialDay(date(2026, 12, 29), ((time(10), time(12)),), note="short day"),
        ),
        holidays={date(2026, 12, 25): "Christmas Day", date(2026, 12, 26): "Boxing Day"},
    )
    window = days_window(date(2026, 12, 24), date(2026, 12, 30), PARIS)

    stretches = row_segments(row_data(hours=hours), window, NOW)

    named = [(s.slot, s.note) for s in stretches if s.note]
    assert named == [
        (days_window(date(2026, 12, 25), date(2026, 12, 25), PARIS), "Christmas Day"),
        (days_window(date(2026, 12, 28), date(2026, 12, 28), PARIS), "stocktaking"),
    ]
    assert {s.kind for s in stretches if s.note} == {SegmentKind.NOT_OPEN}
