"""Every link that says "free" fills the form with exactly the date shown, which is accepted.

Drawn over random hours, also over midnight, units, lengths, closures and what is taken.
"""

import re
from datetime import date, time, timedelta
from html import unescape
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from booking.availability.dates import FaultCode, slot_of
from booking.calendars.drawing.axis import days_window, month_weeks
from booking.calendars.drawing.bars import url_of
from booking.calendars.drawing.month import month_cells
from booking.calendars.drawing.row_layout import row_segments
from booking.calendars.drawing.segments import ClosedSegment, RowData
from booking.calendars.drawing.sentences import day_sentences
from booking.calendars.overview.month_rows import day_cells, month_row
from booking.requests.form_builder import typed_date
from booking.requests.forms import REQUEST_FORMS
from booking.requests.prefill import prefilled
from booking.rules.alternatives import alternatives_to_dates
from booking.rules.date_days import days_of_date
from booking.rules.date_windows import DateWindow, Length
from booking.rules.facility_snapshot import FacilitySnapshot
from booking.rules.near_dates import shift_window
from booking.rules.near_misses import near_misses
from booking.rules.offers import first_offers
from booking.rules.opening import OpeningHours, SpecialDay, Unit, WeeklySpan
from booking.rules.slots import Slot, merge
from booking.rules.terms import RequestedDate
from booking.search.cards import offer_url
from tests.lanes import more
from tests.rules.examples import HELSINKI, PARIS, at, deadlines, room, terms

#: Months with an ordinary week, and with the clock change, and the zone of the facility.
SCENES = [
    (PARIS, date(2027, 1, 1)),
    (PARIS, date(2027, 3, 1)),
    (HELSINKI, date(2027, 10, 1)),
]
OPENINGS = [
    [(time(18), time(2))],
    [(time(18), time(2))],
    [(time(8), time(17))],
    [(time(8), time(12)), (time(20), time(3))],
    [(time(20), time(0))],
    [(time(10), time(9))],
    [(time(0), time(0))],
]
DAY = timedelta(days=1)


@st.composite
def facilities(draw, units):
    """Draw a facility in one month: its rules, what is taken, when it is closed, and `now`."""
    zone, first = draw(st.sampled_from(SCENES))
    weekdays = draw(st.sets(st.integers(0, 6), min_size=3))
    usual = draw(st.sampled_from(OPENINGS))
    at_weekends = draw(st.sampled_from([usual, *OPENINGS]))
    spans = tuple(
        WeeklySpan(weekday, opens, closes)
        for weekday in sorted(weekdays)
        for opens, closes in (usual if weekday < 5 else at_weekends)
    )
    special = draw(st.sampled_from([(), ((time(21), time(5)),), ((time(6), time(11)),)]))
    single = first + DAY * draw(st.integers(0, 27))
    minimum, maximum = draw(
        st.sampled_from([(None, None), (1, None), (2, None), (2, 3), (3, 3), (None, 1)])
    )
    rules = terms(
        zone=zone,
        unit=draw(st.sampled_from(units)),
        hours=OpeningHours(spans, (SpecialDay(single, special),)),
        minimum_units=minimum,
        maximum_units=maximum,
        step_minutes=draw(st.sampled_from([30, 60])),
        half_day_time=draw(st.sampled_from([time(12, 30), time(20), time(23)])),
        lead_time_days=draw(st.sampled_from([None, 0, 12])),
        horizon_days=draw(st.sampled_from([None, 20])),
        setup_minutes=draw(st.sampled_from([0, 0, 60])),
        cleanup_minutes=draw(st.sampled_from([0, 0, 90])),
        allows_shared=draw(st.sampled_from([True, True, False])),
    )
    begins = at(f"{first} 00:00", zone)

    def stretch():
        starts_at = begins + timedelta(hours=draw(st.integers(-10, 27 * 24)))
        return Slot(starts_at, starts_at + timedelta(hours=draw(st.integers(1, 60))))

    own = draw(st.integers(1, 2))
    taken = {
        place: merge(stretch() for _ in range(draw(st.integers(0, 3))))
        for place in range(1, own + 1)
    }
    data = RowData(
        rules=rules,
        deadlines=deadlines(1, zone),
        room=room(own=own, taken=taken),
        closed=[
            ClosedSegment(slot, slot.ends_at, None)
            for slot in (stretch() for _ in range(draw(st.integers(0, 2))))
        ],
        dates=(),
    )
    return data, first, begins - DAY * draw(st.integers(-5, 8))


def row_of(data):
    return SimpleNamespace(
        facility=SimpleNamespace(slug="lab"),
        effective=SimpleNamespace(rules=data.rules),
        data=data,
    )


def snapshot_of(data, now):
    return FacilitySnapshot(data.rules, data.deadlines, data.room, data.closures, now)


def followed(url, rules):
    """Return the dates with which the form opens at this address, as it reads them itself."""
    query = MultiDict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    form = REQUEST_FORMS[rules.unit](formdata=MultiDict(prefilled(query, rules)))
    found = []
    for date_form in form.date_forms():
        slot, faults = slot_of(typed_date(date_form), rules)
        # Of a time that the clock shows twice the form asks which one is meant.
        assume(not any(fault.code is FaultCode.TWICE for fault in faults))
        found.append(slot)
    return found


def accepted(snapshot, slots):
    whole = not snapshot.rules.allows_shared
    return not snapshot.reasons(tuple(RequestedDate(slot, 1, whole, None) for slot in slots))


def check(data, now, url, shown=None):
    """Follow a link; `shown` are the dates that it says, None where it only names a day."""
    slots = followed(url, data.rules)
    assert accepted(snapshot_of(data, now), slots)
    if shown is not None:
        assert slots == list(shown)
    return slots


def links_in(text):
    return [unescape(link) for link in re.findall('href="([^"]*)"', str(text))]


@pytest.fixture
def in_request(app):
    with app.test_request_context():
        yield


pytestmark = [
    pytest.mark.usefixtures("in_request"),
    # Nothing is read from the database; the application is there for its addresses and forms.
    pytest.mark.parametrize("engine_name", ["sqlite"]),
]
quickly = settings(
    max_examples=more(40),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink a month takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@quickly
@given(facilities(list(Unit)), st.integers(0, 20), st.integers(1, 4))
def test_first_free_times_of_cards_fill_the_form_as_shown(facility, days_on, number):
    data, first, now = facility
    snapshot = snapshot_of(data, now)
    for unit in Unit:
        window = DateWindow(
            first + DAY * days_on, first + DAY * (days_on + 7), Length(number, unit)
        )
        offers = list(first_offers(snapshot, window, 3))
        for near in near_misses(snapshot, window, None):
            offers += near.offers
        for offer in offers:
            check(data, now, offer_url("lab", offer, data.rules, {}), offer)


@quickly
@given(facilities([Unit.HALF_DAY, Unit.DAY]))
def test_cells_of_the_month_fill_the_form_with_a_date_on_their_day(facility):
    data, first, now = facility
    weeks = month_weeks(first)
    row = row_of(data)
    window = days_window(weeks[0][0], weeks[-1][-1], data.rules.zone)
    segments = row_segments(data, window, now)
    cells = [c for week in month_cells(row, segments, first, now, None, str) for c in week]
    for cell in cells:
        if cell["state"] in ("free", "partly") and cell["url"]:
            (slot,) = check(data, now, cell["url"])
            days = days_of_date(data.rules, slot)
            assert days.first <= cell["day"] <= days.last
    last = first + DAY * 27
    window = days_window(first, last, data.rules.zone)
    segments = row_segments(data, window, now)
    bars, _sentences = month_row(row, day_cells(row, segments, first, last, now), now)
    for bar in bars:
        if bar["kind"] in ("free", "partly") and bar["url"]:
            check(data, now, bar["url"])


@quickly
@given(facilities(list(Unit)), st.integers(0, 27))
def test_bars_and_sentences_of_a_day_fill_the_form_as_shown(facility, days_on):
    data, first, now = facility
    day = first + DAY * days_on
    row = row_of(data)
    segments = row_segments(data, days_window(day, day, data.rules.zone), now)
    for segment in segments:
        if segment.clicked_date is not None:
            check(data, now, url_of(row, segment), [segment.clicked_date])
    for sentence, _kind in day_sentences(row, segments, data.rules.zone, day):
        for link in links_in(sentence):
            (slot,) = check(data, now, link)
            days = days_of_date(data.rules, slot)
            assert days.first <= day <= days.last


@quickly
@given(facilities(list(Unit)), st.data())
def test_alternatives_to_refused_dates_fill_the_form_as_shown(facility, drawn):
    data, first, now = facility
    snapshot = snapshot_of(data, now)
    starts_at = at(f"{first} 00:00", data.rules.zone) + timedelta(
        hours=drawn.draw(st.integers(0, 27 * 24))
    )
    slot = Slot(starts_at, starts_at + timedelta(hours=drawn.draw(st.integers(1, 50))))
    requested = (RequestedDate(slot, 1, not data.rules.allows_shared, None),)
    window = shift_window(data.rules, data.deadlines, [slot], now)
    for found in alternatives_to_dates(snapshot, requested, window):
        if found.is_whole == (not data.rules.allows_shared):
            check(data, now, offer_url("lab", found.slots, data.rules, {}), found.slots)
