"""The rules agree with a simple model that counts minute by minute."""

from datetime import date, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from booking.rules.availability import Room, busy_slots, partly_taken_slots
from booking.rules.drawn_days import day_states
from booking.rules.free_times import free_slots
from booking.rules.opening import OpeningHours, SpecialDay, Unit, WeeklySpan
from booking.rules.reasons import why_not
from booking.rules.slots import Slot, merge
from booking.rules.terms import RequestedDate
from tests.lanes import more
from tests.rules.examples import HELSINKI, PARIS, at, deadlines, room, terms
from tests.rules.minute_model import (
    DAY,
    TICK,
    MinuteModel,
    all_ticks,
    day_of,
    instant_of,
    minute_of,
    ticks_of,
)

#: Where and when: both clock changes of 2027, a leap day, a year's end, an ordinary weekend.
SCENES = [
    (PARIS, date(2027, 3, 27)),
    (PARIS, date(2027, 10, 30)),
    (HELSINKI, date(2027, 3, 27)),
    (HELSINKI, date(2027, 10, 30)),
    (PARIS, date(2028, 2, 28)),
    (HELSINKI, date(2026, 12, 30)),
    (PARIS, date(2027, 1, 15)),
]
OPENINGS = [
    [(time(8), time(17))],
    [(time(8), time(12)), (time(13), time(17))],
    [(time(8, 15), time(14, 45))],
    [(time(20), time(5))],
    [(time(1), time(2, 30)), (time(3, 30), time(6))],
    [(time(0), time(0))],
    [(time(22), time(3)), (time(9), time(12))],
]
SPECIALS = [[], [(time(6), time(12))], [(time(21), time(2, 30))], [(time(0), time(0))]]
LIMITS = [(None, None), (None, None), (1, None), (2, 4), (3, 3), (2, None), (None, 1), (3, 2)]
FAR = timedelta(days=40)


@st.composite
def hours_around(draw, first, last):
    """Draw weekly hours with seasons, single days and a holiday."""
    if draw(st.integers(0, 5)) == 0:
        spans = None
    else:
        weekdays = draw(st.sets(st.integers(0, 6), min_size=3))
        opening = draw(st.sampled_from(OPENINGS))
        turn = first + DAY * draw(st.integers(-1, 5))
        before, after = draw(st.sampled_from([(None, None), (None, turn), (turn, None)]))
        spans = tuple(
            WeeklySpan(weekday, opens, closes, before, after)
            for weekday in sorted(weekdays)
            for opens, closes in opening
        )
    days = st.integers(0, (last - first).days).map(lambda n: first + DAY * n)
    single = draw(st.sets(days, max_size=2))
    return OpeningHours(
        spans,
        tuple(SpecialDay(day, tuple(draw(st.sampled_from(SPECIALS)))) for day in sorted(single)),
        dict.fromkeys(draw(st.sets(days, max_size=1)), "Holiday"),
    )


@st.composite
def cases(draw, units):
    """Draw a facility in a few days between closures, and how much of it is requested."""
    zone, first = draw(st.sampled_from(SCENES))
    unit = draw(st.sampled_from(units))
    last = first + DAY * (2 if unit is Unit.HOUR else 5)
    minimum, maximum = draw(st.sampled_from(LIMITS))
    rules = terms(
        zone=zone,
        unit=unit,
        hours=draw(hours_around(first, last)),
        minimum_units=minimum,
        maximum_units=maximum,
        step_minutes=draw(st.sampled_from([30, 60, 120, 120])),
        lead_time_days=draw(st.sampled_from([None, None, 0, 4, 5])),
        late_asking=draw(st.sampled_from([False, False, True])),
        horizon_days=draw(st.sampled_from([None, None, 7, 9])),
        setup_minutes=draw(st.sampled_from([0, 0, 15, 30, 60])),
        cleanup_minutes=draw(st.sampled_from([0, 0, 15, 30, 75])),
        half_day_time=draw(st.sampled_from([time(12, 30), time(12), time(13)])),
        allows_shared=draw(st.sampled_from([True, True, True, False])),
    )
    begins = at(f"{first} 00:00", zone)
    ends = at(f"{last + DAY} 00:00", zone)
    ticks = int((ends - begins) / timedelta(minutes=TICK))

    def stretch(longest):
        start = draw(st.integers(-8, ticks))
        length = draw(st.integers(1, longest))
        quarter = timedelta(minutes=TICK)
        return Slot(begins + start * quarter, begins + (start + length) * quarter)

    own, below = draw(st.integers(0, 2)), draw(st.integers(0, 1))
    places = room(own, below)
    taken = {
        place: merge(stretch(24) for _ in range(draw(st.integers(0, 2))))
        for place in places.own + places.below
    }
    closures = [Slot(begins - FAR, begins), Slot(ends, ends + FAR)]
    closures += [stretch(30) for _ in range(draw(st.integers(0, 1)))]
    whole = draw(st.booleans()) if own else True
    # Answers are due at 18:00, which is one of these.
    hour = draw(st.sampled_from([0, 9, 15, 16, 17, 23]))
    now = begins - DAY * draw(st.integers(0, 6)) + timedelta(hours=hour)
    due = deadlines(draw(st.sampled_from([1, 10])), draw(st.sampled_from([PARIS, HELSINKI])))
    facts = (rules, due, Room(places.own, places.below, taken), closures)
    return facts, now, (first, last), draw(st.integers(1, max(own, 1))), whole


def model_of(case):
    facts, now, *_ = case
    return MinuteModel(*facts, now)


def verdicts(case, start, end):
    """Return what the rules say against this date, and what the count says."""
    facts, now, _, places, whole = case
    slot = Slot(instant_of(start), instant_of(end))
    refusals = why_not(*facts, RequestedDate(slot, places, whole, None), now)
    return (
        {refusal.code.value for refusal in refusals},
        model_of(case).reasons(start, end, places, whole),
    )


@settings(max_examples=more(120))
@given(cases([Unit.HOUR]), st.data())
def test_the_rules_and_counting_find_the_same_reasons_against_hours(case, data):
    _, _, (first, last), *_ = case
    zone = case[0][0].zone
    begins, ends = day_of(zone, first)[0], day_of(zone, last)[-1]
    for _ in range(6):
        start = data.draw(st.integers(0, (ends - begins) // TICK)) * TICK + begins
        if data.draw(st.booleans()):
            start -= start % 120
        length = data.draw(st.sampled_from([1, 2, 4, 4, 8, 8, 12, 12, 14, 30])) * TICK
        said, counted = verdicts(case, start, start + length)
        assert said == counted


@settings(max_examples=more(120))
@given(cases([Unit.HALF_DAY, Unit.DAY]), st.data())
def test_the_rules_and_counting_find_the_same_reasons_against_days(case, data):
    _, _, (first, last), *_ = case
    model = model_of(case)
    pieces = model.pieces_around(day_of(model.zone, first)[0], day_of(model.zone, last)[-1])
    shifts = st.sampled_from([0, 0, 0, 0, 0, -TICK, TICK])
    for _ in range(6 if pieces else 0):
        number = data.draw(st.integers(0, len(pieces) - 1))
        to = data.draw(st.integers(number, min(number + 4, len(pieces) - 1)))
        start, end = pieces[number][0] + data.draw(shifts), pieces[to][1] + data.draw(shifts)
        if start < end:
            said, counted = verdicts(case, start, end)
            assert said == counted


@settings(max_examples=more(100))
@given(cases([Unit.HOUR]))
def test_free_hours_are_the_ticks_of_all_dates_that_can_be_requested(case):
    facts, now, (first, last), places, whole = case
    model = model_of(case)
    begins, ends = day_of(model.zone, first)[0], day_of(model.zone, last)[-1] + TICK
    window = Slot(instant_of(begins), instant_of(ends))
    drawn = free_slots(*facts, window, now, places=places, whole=whole)
    assert all_ticks(drawn) == model.free_ticks(begins, ends, places, whole)


@settings(max_examples=more(100))
@given(cases([Unit.HALF_DAY, Unit.DAY]))
def test_free_days_are_those_of_all_dates_that_can_be_requested(case):
    facts, now, (first, last), places, whole = case
    model = model_of(case)
    begins, ends = day_of(model.zone, first)[0], day_of(model.zone, last)[-1] + TICK
    window = Slot(instant_of(begins), instant_of(ends))
    drawn = free_slots(*facts, window, now, places=places, whole=whole)
    expected = model.free_pieces(first, last, places, whole)
    assert {(minute_of(s.starts_at), minute_of(s.ends_at)) for s in drawn} == expected


@settings(max_examples=more(120))
@given(cases(list(Unit)))
def test_every_day_is_drawn_as_counting_says(case):
    facts, now, (first, last), places, whole = case
    rules, _, holder, closures = facts
    only_whole = not rules.allows_shared
    model = model_of(case)
    begins, ends = day_of(model.zone, first)[0], day_of(model.zone, last)[-1] + TICK
    window = Slot(instant_of(begins), instant_of(ends))
    assert all_ticks(busy_slots(holder, window, only_whole=only_whole)) == {
        tick for tick in ticks_of(window) if model.is_busy(tick)
    }
    assert all_ticks(partly_taken_slots(holder, window, only_whole=only_whole)) == {
        tick for tick in ticks_of(window) if model.is_partly_taken(tick)
    }
    closed_slots = all_ticks(closures)
    for drawn in day_states(*facts, first, last, now, places=places, whole=whole):
        assert all_ticks(drawn.open) == set(model.begun_on(drawn.day))
        frame = set(model.begun_on(drawn.day))
        if rules.unit is not Unit.HOUR:
            frame = {t for start, end in model.pieces(drawn.day) for t in range(start, end, TICK)}
        assert all_ticks(drawn.busy) == {tick for tick in frame if model.is_busy(tick)}
        assert all_ticks(drawn.partly) == {tick for tick in frame if model.is_partly_taken(tick)}
        assert all_ticks(drawn.closed) == frame & closed_slots
        assert drawn.requestable == (
            model.asking(drawn.day) if holder.own + holder.below else "never"
        )
