"""The first offers: what is found soon must be what all of the window would have given."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.rules import offers
from booking.rules.date_windows import DateWindow, Length
from booking.rules.facility_snapshot import FacilitySnapshot
from booking.rules.offers import first_offers
from booking.rules.opening import Unit, WeeklySpan
from booking.rules.slots import Slot, merge
from tests.lanes import more
from tests.rules.examples import PARIS, at, deadlines, room, terms

FIRST = date(2027, 1, 11)
HOURS = [
    ((time(8), time(17)),),
    ((time(8), time(12)), (time(13), time(17))),
    ((time(20), time(5)),),
    ((time(0), time(0)),),
]
LENGTHS = [None, Length(2, Unit.HOUR), Length(9, Unit.HOUR), Length(1, Unit.DAY)]
QUARTER = timedelta(minutes=15)


@st.composite
def situations(draw, unit):
    """Draw a facility of which much is taken, a window of some days, and a number of offers."""
    weekdays = draw(st.sets(st.integers(0, 6), min_size=2))
    hours = draw(st.sampled_from(HOURS))
    rules = terms(
        unit=unit,
        spans=tuple(WeeklySpan(day, *times) for day in sorted(weekdays) for times in hours),
        minimum_units=draw(st.sampled_from([None, 2])),
        step_minutes=draw(st.sampled_from([30, 60])),
        setup_minutes=draw(st.sampled_from([0, 45])),
        lead_time_days=draw(st.sampled_from([None, 50])),
    )
    starts_at = at(f"{FIRST} 00:00", PARIS)

    def stretch():
        begins = starts_at + draw(st.integers(-8, 8 * 96)) * QUARTER
        return Slot(begins, begins + draw(st.integers(1, 96)) * QUARTER)

    taken = {
        place: merge(stretch() for _ in range(draw(st.integers(0, 8)))) for place in room(2).own
    }
    closures = [stretch() for _ in range(draw(st.integers(0, 2)))]
    now = starts_at - timedelta(days=48)
    facility = FacilitySnapshot(rules, deadlines(), room(2, taken=taken), closures, now)
    window = DateWindow(
        FIRST,
        FIRST + timedelta(days=draw(st.integers(0, 8))),
        draw(st.sampled_from(LENGTHS)),
        draw(st.integers(1, 2)),
    )
    return facility, window, draw(st.integers(1, 4))


@pytest.mark.parametrize("unit", list(Unit))
def test_offers_found_in_the_first_days_are_the_first_of_the_whole_window(unit):
    @settings(max_examples=more(150))
    @given(situations(unit), st.integers(1, 5))
    def check(situation, near_days):
        facility, window, limit = situation
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(offers, "_NEAR_DAYS", near_days)
            found = first_offers(facility, window, limit)
            patch.setattr(offers, "_NEAR_DAYS", 1000)
            assert found == first_offers(facility, window, limit)

    check()
