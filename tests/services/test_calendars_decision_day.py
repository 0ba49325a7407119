"""The day around a request, for those who decide on it."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.accounts.queries import account_of
from booking.calendars.decision_day import LineKind, decision_day
from booking.db import clock
from booking.errors import NotFound
from booking.rules.lifecycle import State
from booking.rules.slots import Slot
from booking.rules.visibility import ANONYMOUS
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_closure,
    make_cluster,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    slot_on,
)

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
DAY = date(2027, 1, 15)


def taken(start="09:00", end="12:00", day=DAY):
    return slot_on(day, start, end, COPENHAGEN)


def partner_of(name):
    return make_partner(organisation=make_organisation(name))


def dates_of(request):
    return [date_.id for booking in request.bookings for date_ in booking.occurrences]


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster())


@pytest.fixture
def viewer(lab):
    return account_of(make_approver(lab).id).viewer


def day_of(lab, viewer, this, rivals=(), day=DAY):
    return decision_day(lab.id, day, this=this, rivals=rivals, viewer=viewer, now=clock.now())


def names_of(drawn_day):
    return [(line.kind, line.name) for line in drawn_day.lines]


def test_this_request_comes_first_then_its_rivals_by_time_of_sending(lab, viewer):
    this = make_request(partner_of("Demo Drones"), lab, [taken()])
    later = make_request(partner_of("Demo Fly"), lab, [taken()], sent_at=NOW + timedelta(hours=1))
    before = make_request(partner_of("Demo Hall"), lab, [taken()], sent_at=NOW - timedelta(hours=1))

    drawn_day = day_of(lab, viewer, dates_of(this), [*dates_of(later), *dates_of(before)])

    assert names_of(drawn_day) == [
        (LineKind.THIS, "Demo Drones"),
        (LineKind.RIVAL, "Demo Hall"),
        (LineKind.RIVAL, "Demo Fly"),
    ]


def test_it_shows_the_relevant_hours_in_the_facilitys_time(lab, viewer):
    drawn_day = day_of(lab, viewer, dates_of(make_request(make_partner(), lab, [taken()])))

    assert drawn_day.zone.key == "Europe/Copenhagen"
    assert drawn_day.columns == (19 - 7) * 4
    labelled = [at.astimezone(drawn_day.zone).hour for _column, at in drawn_day.ticks if at]
    assert labelled == [8, 10, 12, 14, 16, 18]
    (bar,) = drawn_day.lines[0].bars
    assert (bar.start_col, bar.span) == ((9 - 7) * 4 + 1, 12)


def test_deciders_see_who_takes_the_time(lab, viewer):
    this = make_request(make_partner(), lab, [taken()])
    make_request(partner_of("Demo Fly"), lab, [taken("13:00", "15:00")], state=State.CONFIRMED)

    drawn_day = day_of(lab, viewer, dates_of(this))

    line = drawn_day.lines[-1]
    assert line.kind is LineKind.TAKEN
    assert [bar.segment.date.organisation for bar in line.bars] == ["Demo Fly"]


def test_time_held_by_the_request_itself_is_not_shown_as_taken(lab, viewer):
    this = make_request(make_partner(), lab, [taken()], holds=True)

    assert [line.kind for line in day_of(lab, viewer, dates_of(this)).lines] == [LineKind.THIS]


def test_requests_that_are_no_rivals_are_not_shown_as_taken(lab, viewer):
    this = make_request(make_partner(), lab, [taken()])
    make_request(make_partner(), lab, [taken("14:00", "16:00")])

    assert [line.kind for line in day_of(lab, viewer, dates_of(this)).lines] == [LineKind.THIS]


def test_a_rival_that_others_decide_on_has_no_name(app_context):
    cluster = make_cluster()
    hall = make_facility(cluster)
    bench = make_facility(cluster, parent=hall)
    make_approver(hall)
    viewer = account_of(make_approver(bench).id).viewer
    this = make_request(make_partner(), bench, [taken()])
    rival = make_request(partner_of("Secret Drones"), hall, [taken()], whole=True)

    drawn_day = day_of(bench, viewer, dates_of(this), dates_of(rival))

    assert (drawn_day.lines[1].name, drawn_day.lines[1].known) == (None, False)


def test_dates_of_other_days_are_left_out(lab, viewer):
    next_day = DAY + timedelta(days=3)
    this = make_request(make_partner(), lab, [taken(), taken(day=next_day)])

    assert len(day_of(lab, viewer, dates_of(this)).lines[0].slots) == 1
    assert day_of(lab, viewer, dates_of(this), day=DAY + timedelta(days=1)).lines == ()


def test_a_date_of_several_days_does_not_widen_the_day_to_its_nights(lab, viewer):
    first, middle, last = (date(2027, 1, day) for day in (11, 12, 13))
    long = Slot(taken(day=first).starts_at, taken(day=last).ends_at)
    this = make_request(make_partner(), lab, [long])

    for day in (first, middle, last):
        drawn_day = day_of(lab, viewer, dates_of(this), day=day)
        (bar,) = drawn_day.lines[0].bars
        assert drawn_day.columns == (19 - 7) * 4
        assert (bar.start_col == 1) == (day != first)
        assert (bar.start_col + bar.span == drawn_day.columns + 1) == (day != last)
        assert drawn_day.is_exceeded_by(long)
        assert not drawn_day.is_exceeded_by(taken(day=day))


def test_closed_and_not_open_time_is_drawn_under_all_lines(lab, viewer):
    make_closure(lab, taken("14:00", "15:00"))
    this = make_request(make_partner(), lab, [taken()])

    kinds = [bar.kind for bar in day_of(lab, viewer, dates_of(this)).background]

    assert kinds == ["not_open", "closed", "not_open"]


@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 10, 31)])
def test_the_days_of_a_clock_change_are_drawn_to_their_last_hour(app_context, day):
    facility = make_facility(make_cluster(), hours=None)
    viewer = account_of(make_approver(facility).id).viewer
    this = make_request(make_partner(), facility, [taken("00:00", "23:00", day)])

    drawn_day = day_of(facility, viewer, dates_of(this), day=day)

    assert drawn_day.columns == (92 if day.month == 3 else 100)


def test_a_facility_that_does_not_exist_is_not_found(app_context):
    with pytest.raises(NotFound):
        decision_day(404, DAY, this=[], viewer=ANONYMOUS, now=clock.now())


def of_days(first, last):
    return Slot(taken("08:00", day=first).starts_at, taken("08:00", "18:00", last).ends_at)


@pytest.mark.parametrize(("unit", "parts"), [("day", 1), ("half_day", 2)])
def test_booked_by_the_day_two_weeks_are_shown_with_a_column_for_each_unit(
    app_context, unit, parts
):
    facility = make_facility(make_cluster(), unit=unit)
    viewer = account_of(make_approver(facility).id).viewer
    friday, wednesday = date(2027, 1, 15), date(2027, 1, 20)
    this = make_request(make_partner(), facility, [of_days(friday, date(2027, 1, 18))])
    other = of_days(wednesday, wednesday)
    make_request(make_partner(), facility, [other], state=State.CONFIRMED)
    make_closure(facility, taken("09:00", "10:00", date(2027, 1, 12)))

    shown = day_of(facility, viewer, dates_of(this), day=friday)

    assert (shown.day, shown.last) == (date(2027, 1, 11), date(2027, 1, 24))
    assert [column for column, _at in shown.ticks] == [parts * n + 1 for n in range(14)]
    drawn = [(line.kind, bar.start_col, bar.span) for line in shown.lines for bar in line.bars]
    assert drawn == [
        (LineKind.THIS, 4 * parts + 1, 4 * parts),
        (LineKind.TAKEN, 9 * parts + 1, parts),
    ]
    first, *others = shown.background
    assert (first.kind, first.start_col, first.span) == ("closed", parts + 1, 1)
    assert {bar.kind for bar in others} == {"not_open"}
