from datetime import date, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from booking.rules.availability import Room
from booking.rules.free_times import free_slots
from booking.rules.grid import on_grid
from booking.rules.opening import ONE_DAY, Unit, WeeklySpan, day_units, local_day, open_days
from booking.rules.reasons import why_not
from booking.rules.slots import Slot, common, merge
from booking.rules.terms import RequestedDate
from tests.lanes import more
from tests.rules.examples import (
    HELSINKI,
    PARIS,
    at,
    deadlines,
    room,
    terms,
)

#: Windows around an ordinary week and both clock changes, and the zone of the facility.
WINDOWS = [
    (PARIS, date(2027, 1, 14)),
    (PARIS, date(2027, 3, 27)),
    (PARIS, date(2027, 10, 30)),
    (HELSINKI, date(2027, 3, 27)),
    (HELSINKI, date(2027, 10, 30)),
]
HOURS = [
    ((time(8), time(17)),),
    ((time(8), time(12)), (time(13), time(17))),
    ((time(8, 10), time(14, 50)),),
    ((time(20), time(5)),),
    ((time(0), time(0)),),
]


@st.composite
def situations(draw, units):
    """Draw terms, a room, closures, a window of up to two days, and a `now` not long before."""
    zone, first_day = draw(st.sampled_from(WINDOWS))
    unit = draw(st.sampled_from(units))
    weekdays = draw(st.sets(st.integers(0, 6), min_size=4))
    hours = draw(st.sampled_from(HOURS))
    spans = tuple(WeeklySpan(day, *times) for day in sorted(weekdays) for times in hours)
    minimum, maximum = draw(
        st.sampled_from([(None, None), (1, None), (2, 4), (3, 3), (2, None), (None, 1), (3, 2)])
    )
    rules = terms(
        zone=zone,
        unit=unit,
        spans=draw(st.sampled_from([spans, spans, spans, None])),
        minimum_units=minimum,
        maximum_units=maximum,
        step_minutes=draw(st.sampled_from([30, 60, 60, 120])),
        lead_time_days=draw(st.sampled_from([None, 0, 4, 5])),
        horizon_days=draw(st.sampled_from([None, None, 7, 9])),
        setup_minutes=draw(st.sampled_from([0, 0, 30, 45])),
        cleanup_minutes=draw(st.sampled_from([0, 0, 30, 75])),
        allows_shared=True,
    )
    starts_at = at(f"{first_day} 00:00", zone)
    hour = timedelta(hours=1)

    def stretch(longest):
        begins = starts_at + draw(st.integers(-96, 4 * 48)) * hour / 4
        return Slot(begins, begins + draw(st.integers(1, longest)) * hour / 4)

    own, below = draw(st.integers(1, 3)), draw(st.integers(0, 1))
    ids = room(own, below).own + room(own, below).below
    taken = {
        place_id: merge(stretch(32) for _ in range(draw(st.integers(0, 3)))) for place_id in ids
    }
    closures = [stretch(40) for _ in range(draw(st.integers(0, 1)))]
    whole = draw(st.booleans())
    places = draw(st.integers(1, own))
    window = Slot(starts_at, starts_at + draw(st.sampled_from([13, 24, 48])) * hour)
    now = starts_at - draw(st.integers(3, 8)) * 24 * hour + draw(st.integers(0, 23)) * hour
    holder = Room(room(own, below).own, room(own, below).below, taken)
    return rules, holder, closures, window, now, whole, places


def accepted(situation, slot):
    rules, holder, closures, _window, now, whole, places = situation
    requested = RequestedDate(slot, places, whole, None)
    return not why_not(rules, deadlines(zone=rules.zone), holder, closures, requested, now)


def drawn_free(situation):
    rules, holder, closures, window, now, whole, places = situation
    return free_slots(
        rules,
        deadlines(zone=rules.zone),
        holder,
        closures,
        window,
        now,
        whole=whole,
        places=places,
    )


@settings(max_examples=more(60))
@given(situations([Unit.HOUR]))
def test_free_hours_are_exactly_those_of_accepted_dates(situation):
    rules, *_, window, _now, _whole, _places = situation
    longest = (rules.maximum_units or 4) * 60
    half_hour = timedelta(minutes=30)
    starts_at = window.starts_at - timedelta(minutes=longest)
    found = drawn_free(situation)
    dates = []
    while starts_at < window.ends_at:
        on_the_grid = on_grid(starts_at, rules.zone, rules.step_minutes)
        for minutes in range(30, longest + 1, 30):
            slot = Slot(starts_at, starts_at + timedelta(minutes=minutes))
            if accepted(situation, slot):
                dates.append(slot)
            elif on_the_grid and minutes % rules.step_minutes == 0:
                long_enough = minutes >= (rules.minimum_units or 0) * 60
                assert not (long_enough and any(free.contains(slot) for free in found))
        starts_at += half_hour
    assert merge(found) == common([window], dates)


@settings(max_examples=more(100))
@given(situations([Unit.HALF_DAY, Unit.DAY]))
def test_free_units_are_exactly_those_of_accepted_dates(situation):
    rules, *_, window, _now, _whole, _places = situation
    first = local_day(window.starts_at, rules.zone) - 22 * ONE_DAY
    days = open_days(rules.hours, rules.zone, first, first + 48 * ONE_DAY)
    units = [unit.slot for unit in day_units(days, rules.unit, rules.zone, rules.half_day_time)]
    longest = rules.maximum_units or 4
    covered = set()
    for index in range(len(units)):
        for count in range(1, min(longest, len(units) - index) + 1):
            row = units[index : index + count]
            if not any(unit.overlaps(window) for unit in row):
                continue
            if accepted(situation, Slot(row[0].starts_at, row[-1].ends_at)):
                covered |= set(row)
    assert drawn_free(situation) == sorted(unit for unit in covered if unit.overlaps(window))
