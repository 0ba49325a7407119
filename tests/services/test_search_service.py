"""The search finds what the rules would find, whatever the number of facilities."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.availability.snapshots import facility_snapshots
from booking.bookings.models import Occupancy
from booking.bookings.rooms import rooms
from booking.clusters.deadlines import deadlines_of
from booking.db import clock
from booking.extensions import db
from booking.facilities.calendar_visibility import hidden_from
from booking.facilities.closures import closed_slots_with_parts, with_margin
from booking.facilities.effective_terms import effective_terms
from booking.facilities.models import Facility
from booking.rules.alternatives import Change
from booking.rules.availability import assign
from booking.rules.date_windows import DateWindow, Length, needed_length, units_within
from booking.rules.lifecycle import State
from booking.rules.many_dates import why_not_all
from booking.rules.offers import first_offers
from booking.rules.opening import Unit, open_days
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import RequestedDate
from booking.rules.visibility import ANONYMOUS, ANYBODY, NOT_NAMED
from booking.search.criteria import SearchCriteria
from booking.search.filters import Filters
from booking.search.matcher import Fit
from booking.search.service import MAX_WINDOW_DAYS, TIMES_SHOWN, search
from tests.factories import (
    make_closure,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    slot_on,
)
from tests.statements import count_statements

FIRST, LAST = date(2027, 1, 11), date(2027, 1, 22)  # a Monday, a Friday
ONE_DAY = Length(1, Unit.DAY)


@pytest.fixture
def cluster(app_context):
    cluster = make_cluster()
    make_coordinator(cluster)
    return cluster


def search_for(length=ONE_DAY, *, viewer=ANONYMOUS, page=1, **criteria):
    criteria = {"first": FIRST, "last": LAST, "length": length} | criteria
    return search(Filters(), SearchCriteria(**criteria), viewer, clock.now(), page)


def result_of(facility, length=ONE_DAY, **question):
    return next(
        one for one in search_for(length, **question).results if one.facility.id == facility.id
    )


def on(day, start, end):
    return slot_on(date(2027, 1, day), start, end)


def test_a_free_facility_offers_its_first_three_days(cluster):
    hall = make_facility(cluster, unit="day")

    found = result_of(hall, Length(2, Unit.DAY))

    assert found.verdict.fit is Fit.FITS
    # 08:00 to 18:00 in Copenhagen, which is one hour ahead of UTC in winter.
    assert found.times == [
        (Slot(on(11, "07:00", "08:00").starts_at, on(12, "16:00", "17:00").ends_at),),
        (Slot(on(13, "07:00", "08:00").starts_at, on(14, "16:00", "17:00").ends_at),),
        (Slot(on(15, "07:00", "08:00").starts_at, on(18, "16:00", "17:00").ends_at),),
    ]


@pytest.mark.parametrize("days", [{}, {"first": None, "last": None}])
def test_a_facility_closed_until_further_notice_cannot_be_requested_at_all(cluster, days):
    hall = make_facility(cluster, unit="day")
    part = make_facility(cluster, unit="day", parent=hall)
    make_closure(hall, slot_on(date(2026, 11, 20)), open_ended=True)

    for facility in (hall, part):
        verdict = result_of(facility, **days).verdict
        assert (verdict.fit, verdict.why.code) == (Fit.NEVER, RefusalCode.CLOSURE)


@pytest.mark.parametrize(
    ("length", "criteria"),
    [
        (Length(1, Unit.HALF_DAY), {}),
        (Length(3, Unit.HALF_DAY), {}),
        (Length(4, Unit.HOUR), {}),
        (Length(1, Unit.HALF_DAY), {"first": None, "last": None}),
    ],
)
def test_half_days_are_close_where_only_whole_days_can_be_had(cluster, length, criteria):
    hall = make_facility(cluster, unit="day")

    found = result_of(hall, length, **criteria)

    assert (found.verdict.fit, list(found.times)) == (Fit.ALMOST, [])
    assert found.near[0].change is Change.WHOLE_DAY
    assert len(found.near[0].offers) == 2


def test_a_working_day_and_more_are_a_fit_where_only_whole_days_can_be_had(cluster):
    hall = make_facility(cluster, unit="day")

    for length in (Length(8, Unit.HOUR), Length(2, Unit.HALF_DAY), ONE_DAY):
        assert result_of(hall, length).verdict.fit is Fit.FITS


def test_the_first_free_date_may_span_days_that_are_not_open(cluster):
    hall = make_facility(cluster, unit="day", weekdays=range(6), lead_time_days=52)  # to Fri 15

    found = result_of(hall, Length(3, Unit.DAY))

    (first,) = found.times[0]
    assert first == Slot(on(15, "07:00", "08:00").starts_at, on(18, "16:00", "17:00").ends_at)


def test_by_the_hour_the_first_time_of_each_free_stretch_is_offered(cluster):
    bench = make_facility(cluster)
    make_request(make_partner(), bench, [on(11, "09:00", "11:00")], state=State.CONFIRMED)

    found = result_of(bench, Length(3, Unit.HOUR), last=date(2027, 1, 12))

    assert found.times == [
        (on(11, "11:00", "14:00"),),
        (on(11, "14:00", "17:00"),),
        (on(12, "07:00", "10:00"),),
    ]


def test_a_facility_taken_all_the_time_almost_fits_for_that_reason_only(cluster):
    bench = make_facility(cluster, unit="day")
    weeks = [Slot(on(8, "06:00", "07:00").starts_at, on(23, "06:00", "07:00").starts_at)]
    make_request(make_partner(), bench, weeks, state=State.CONFIRMED)

    found = result_of(bench)

    assert (found.verdict.fit, found.verdict.why, list(found.times)) == (Fit.ALMOST, None, [])


def test_an_expired_hold_is_free_and_a_current_one_is_taken(cluster, at):
    bench = make_facility(cluster, unit="day")
    weeks = [Slot(on(8, "06:00", "07:00").starts_at, on(23, "06:00", "07:00").starts_at)]
    ends_at = clock.now() + timedelta(days=3)
    make_request(make_partner(), bench, weeks, holds=True, lapses_at=ends_at)

    assert result_of(bench).verdict.fit is Fit.ALMOST
    at(ends_at)
    assert result_of(bench).verdict.fit is Fit.FITS


@pytest.mark.parametrize(
    ("fields", "length", "code", "params"),
    [
        (
            {"unit": "day", "maximum_units": 3},
            Length(4, Unit.DAY),
            RefusalCode.TOO_LONG,
            {"maximum": 3, "asked": 4, "unit": "day"},
        ),
        (
            {"lead_time_days": 60},
            ONE_DAY,
            RefusalCode.TOO_LATE,
            {"earliest": date(2027, 1, 23), "days": 60},
        ),
        (
            {"horizon_days": 30},
            ONE_DAY,
            RefusalCode.BEYOND_HORIZON,
            {"latest": date(2026, 12, 24)},
        ),
    ],
)
def test_facilities_that_almost_fit_say_what_is_missing(cluster, fields, length, code, params):
    found = result_of(make_facility(cluster, **fields), length)

    assert found.verdict.fit is Fit.ALMOST
    assert found.verdict.why == Refusal(code, params)


def test_closed_facilities_and_those_without_deciders_do_not_almost_fit(cluster):
    closed = result_of(make_facility(cluster, status="closed"))
    alone = result_of(make_facility(make_cluster()))

    closed_slots = Refusal(RefusalCode.CLOSED_STATUS, {"status": "closed"})
    assert (closed.verdict.fit, closed.verdict.why) == (Fit.NEVER, closed_slots)
    assert alone.verdict.fit is Fit.NEVER
    assert alone.verdict.why == Refusal(RefusalCode.NOBODY_ANSWERS)


def test_by_agreement_and_elsewhere_no_times_are_shown(cluster):
    agreed = make_facility(cluster, mode="by_agreement")
    elsewhere = make_facility(cluster, mode="elsewhere")

    page = search_for()

    assert {one.facility.id: one.verdict.fit for one in page.results} == {
        agreed.id: Fit.ON_REQUEST,
        elsewhere.id: Fit.ON_REQUEST,
    }
    assert not any(one.times for one in page.results)


def test_a_hidden_calendar_never_reveals_whether_it_is_free(cluster):
    home = make_partner(organisation=make_organisation(home_cluster=cluster))
    hidden = {"sees_public": "nothing", "sees_signed_in": "nothing", "maximum_units": 11}
    free = make_facility(cluster, unit="day", **hidden)
    full = make_facility(cluster, unit="day", **hidden)
    weeks = [Slot(on(8, "06:00", "07:00").starts_at, on(23, "06:00", "07:00").starts_at)]
    make_request(make_partner(), full, weeks, state=State.CONFIRMED)

    for_stranger = search_for()
    for_member = search_for(viewer=account_of(home.id).viewer)
    too_long = search_for(Length(12, Unit.DAY))

    assert [one.verdict.fit for one in for_stranger.results] == [Fit.ON_REQUEST, Fit.ON_REQUEST]
    assert not any(one.times for one in for_stranger.results)
    assert [(one.verdict.fit, one.near) for one in too_long.results] == [(Fit.ALMOST, ())] * 2
    assert {one.facility.id: one.verdict.fit for one in for_member.results} == {
        free.id: Fit.FITS,
        full.id: Fit.ALMOST,
    }


def test_a_closure_of_a_part_closes_a_facility_booked_only_as_a_whole(cluster):
    hall = make_facility(cluster, unit="day", allows_shared=False)
    part = make_facility(cluster, parent=hall, unit="day")
    closed_slots = Slot(on(8, "06:00", "07:00").starts_at, on(23, "06:00", "07:00").starts_at)
    make_closure(part, closed_slots)

    assert result_of(hall).verdict.fit is Fit.ALMOST


def test_the_best_come_first_and_pages_have_twenty(cluster):
    fitting = [make_facility(cluster, name=f"Fits {n:02}", unit="day") for n in range(18)]
    make_facility(cluster, name="Agreed", mode="by_agreement")
    for n in range(6):
        make_facility(cluster, name=f"Closed {n}", status="closed")

    first, second, third = search_for(page=1), search_for(page=2), search_for(page=3)

    names = [one.facility.name for one in first.results]
    assert names == [f.name for f in fitting] + ["Agreed", "Closed 0"]
    assert [one.facility.name for one in second.results] == [f"Closed {n}" for n in range(1, 6)]
    assert third.results == []
    assert (first.total, first.has_next, second.has_next) == (25, True, False)
    assert first.counts == {Fit.FITS: 18, Fit.ON_REQUEST: 1, Fit.ALMOST: 0, Fit.NEVER: 6}
    assert first.by_cluster == {cluster.id: 19}


def make_world(cluster, chance):
    """Facilities of all kinds with bookings and closures all over the two weeks."""
    partner = make_partner()
    facilities = []
    for number in range(14):
        unit = chance.choice(list(Unit))
        opens = chance.choice(["08:00", "09:30", "06:15"])
        closes = chance.choice(["12:00", "17:00", "20:00", "02:00"])
        facility = make_facility(
            cluster,
            f"node-{number}",
            unit=unit.value,
            hours=(opens, closes) if chance.random() < 0.9 else None,
            weekdays=range(chance.choice([5, 7])),
            places=chance.choice([1, 1, 2, 3]),
            allows_shared=chance.random() < 0.9,
            minimum_units=chance.choice([None, 1, 2]),
            maximum_units=chance.choice([None, 8]),
            lead_time_days=chance.choice([None, None, 7, 52]),
            setup_minutes=chance.choice([0, 0, 0, 45]),
            parent=facilities[-1] if facilities and chance.random() < 0.3 else None,
            sees_public=chance.choice(["busy"] * 5 + ["nothing"]),
        )
        facilities.append(facility)
        for _ in range(chance.choice([0, 3, 8, 25])):
            start = datetime(2027, 1, 9, tzinfo=UTC) + timedelta(hours=chance.randrange(24 * 16))
            slot = Slot(start, start + timedelta(hours=chance.choice([1, 3, 9, 30, 120])))
            around = slot.widened(facility.setup_minutes, 0)
            room = rooms([facility.id], around, clock.now(), for_organisation=ANYBODY)[facility.id]
            if assign(room, around, 1, False):
                make_request(partner, facility, [slot], state=State.CONFIRMED)
        if chance.random() < 0.2:
            start = datetime(2027, 1, 12, tzinfo=UTC)
            make_closure(facility, Slot(start, start + timedelta(days=chance.choice([1, 12]))))
    return facilities


def first_by_trying(facility, date_window):
    """Return the first date or dates that the rules accept, by trying all; None: there are none."""
    now = clock.now()
    rules = effective_terms([facility.id])[facility.id].rules
    size = needed_length(rules, date_window)
    if isinstance(size, Refusal):
        return None
    window = with_margin(date_window.slot(rules.zone))
    hidden = hidden_from(ANONYMOUS)
    room = rooms([facility.id], window, now, hidden=hidden, for_organisation=ANYBODY)[facility.id]
    wholes = [] if rules.allows_shared else [facility.id]
    closed_slots = closed_slots_with_parts([facility.id], wholes, window, hidden=hidden)[
        facility.id
    ]
    deadlines = deadlines_of(facility.cluster, now)
    whole = not rules.allows_shared
    accepted = (
        slots
        for slots in _all_dates(rules, date_window, size)
        if not why_not_all(
            rules,
            deadlines,
            room,
            closed_slots,
            [RequestedDate(slot, date_window.places, whole, None) for slot in slots],
            now,
        )
    )
    return next(accepted, None)


def first_by_rules(facility, criteria):
    """Return the first dates as the rules find them from a reading of this one facility."""
    now = clock.now()
    rules = effective_terms([facility.id])[facility.id].rules
    deadlines = deadlines_of(facility.cluster, now)
    date_window = criteria.date_window(rules, deadlines, now)
    snapshots = facility_snapshots(
        {facility.id: (rules, deadlines)},
        [date_window.slot(rules.zone)],
        now,
        wholes=[] if rules.allows_shared else [facility.id],
        hidden=hidden_from(ANONYMOUS),
        for_organisation=NOT_NAMED,
    )
    return first_offers(snapshots[facility.id], date_window, TIMES_SHOWN)


def _all_dates(rules, date_window, size):
    if rules.unit is not Unit.HOUR:
        units = units_within(rules, date_window)
        for first, last in zip(units, units[size.units - 1 :], strict=False):
            yield [Slot(first.slot.starts_at, last.slot.ends_at)]
        return
    window = date_window.slot(rules.zone)
    if size.is_whole_days:
        days = [
            day.slots
            for day in open_days(rules.hours, rules.zone, date_window.first, date_window.last)
            if day.slots
        ]
        for number in range(len(days) - size.days + 1):
            row = days[number : number + size.days]
            if all(len(slots) == 1 and window.contains(slots[0]) for slots in row):
                yield [slots[0] for slots in row]
        return
    start = window.starts_at
    while start + timedelta(hours=size.units) <= window.ends_at:
        yield [Slot(start, start + timedelta(hours=size.units))]
        start += timedelta(minutes=rules.step_minutes)


@pytest.mark.parametrize(("engine_name", "seed"), [("sqlite", 0), ("sqlite", 1), ("postgresql", 2)])
def test_the_search_finds_exactly_what_trying_every_date_finds(cluster, seed):
    chance = random.Random(seed)
    facilities = make_world(cluster, chance)
    wishes = [
        (Length(1, Unit.HOUR), 1),
        (Length(5, Unit.HOUR), 1),
        (Length(5, Unit.HOUR), 2),
        (Length(1, Unit.HALF_DAY), 1),
        (Length(1, Unit.DAY), 1),
        (Length(3, Unit.DAY), 1),
        (Length(3, Unit.DAY), 2),
        (None, 3),
    ]
    for length, places in wishes:
        criteria = SearchCriteria(FIRST, LAST, length, places=places)
        page = search(Filters(), criteria, ANONYMOUS, clock.now())
        found = {one.facility.id: one for one in page.results}
        for facility in facilities:
            date_window = DateWindow(FIRST, LAST, length, places)
            one = found[facility.id]
            if one.verdict.fit is Fit.ON_REQUEST:
                continue  # its calendar is hidden
            node = db.session.get(Facility, facility.id)
            first = first_by_trying(node, date_window)
            case = facility.slug, length, places
            assert (one.verdict.fit is Fit.FITS or one.verdict.by_whole_days) == bool(first), case
            assert not (one.times and one.verdict.by_whole_days), case
            offers = one.near[0].offers if one.verdict.by_whole_days else one.times
            assert (list(offers[0]) if offers else None) == first, case
            if one.verdict.fit is Fit.FITS:
                assert list(one.times) == first_by_rules(node, criteria), case
    for criteria in (SearchCriteria(), SearchCriteria(length=Length(4, Unit.HOUR), places=2)):
        for one in search(Filters(), criteria, ANONYMOUS, clock.now()).results:
            facility = db.session.get(Facility, one.facility.id)
            if one.verdict.fit is Fit.FITS:
                assert list(one.times) == first_by_rules(facility, criteria), facility.slug


def cost(run):
    db.session.rollback()
    return count_statements(run)


def fill(cluster, number):
    for n in range(number):
        facility = make_facility(cluster, unit="day" if n % 2 else "hour")
        make_request(make_partner(), facility, [on(11, "09:00", "11:00")], state=State.CONFIRMED)


def test_the_number_of_statements_does_not_grow_with_the_facilities(cluster):
    fill(cluster, 5)
    few = cost(search_for)
    few_plain = cost(lambda: search(Filters(), SearchCriteria(), ANONYMOUS, clock.now()))
    fill(cluster, 45)

    assert cost(search_for) == few
    plain = cost(lambda: search(Filters(), SearchCriteria(), ANONYMOUS, clock.now()))
    assert plain == few_plain


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_search_reads_only_what_may_have_changed_since_the_last_one(cluster):
    fill(cluster, 30)
    make_closure(make_facility(cluster), on(12, "09:00", "11:00"))
    search_for()

    # The number of the terms, the closures, and what is taken; where nothing is known, all else.
    assert cost(search_for) == 3
    assert cost(lambda: search(Filters(), SearchCriteria(), ANONYMOUS, clock.now())) == 3


def test_the_longest_window_can_be_searched(cluster):
    hall = make_facility(cluster, unit="day")
    last = FIRST + timedelta(days=MAX_WINDOW_DAYS - 1)

    assert result_of(hall, last=last).verdict.fit is Fit.FITS


def test_a_facility_with_one_of_two_places_taken_still_fits(cluster):
    """Two places: one taken is not all taken."""
    hall = make_facility(cluster, unit="day", places=2)
    weeks = [Slot(on(8, "06:00", "07:00").starts_at, on(23, "06:00", "07:00").starts_at)]
    make_request(make_partner(), hall, weeks, state=State.CONFIRMED)

    assert db.session.scalar(sa.select(sa.func.count(Occupancy.id))) == 1
    assert result_of(hall).verdict.fit is Fit.FITS
