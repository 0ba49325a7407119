"""One day of a facility for who decides on a request."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.accounts.queries import account_of
from booking.calendars.decision_day import Whose, decision_day
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


def strip_of(lab, viewer, this, rivals=(), day=DAY):
    return decision_day(lab.id, day, this=this, rivals=rivals, viewer=viewer, now=clock.now())


def told(strip):
    return [(line.whose, line.name) for line in strip.lines]


def test_this_request_stands_first_then_its_rivals_by_who_asked_first(lab, viewer):
    this = make_request(partner_of("Demo Drones"), lab, [taken()])
    later = make_request(partner_of("Demo Fly"), lab, [taken()], sent_at=NOW + timedelta(hours=1))
    before = make_request(partner_of("Demo Hall"), lab, [taken()], sent_at=NOW - timedelta(hours=1))

    strip = strip_of(lab, viewer, dates_of(this), [*dates_of(later), *dates_of(before)])

    assert told(strip) == [
        (Whose.THIS, "Demo Drones"),
        (Whose.EARLIER, "Demo Hall"),
        (Whose.LATER, "Demo Fly"),
    ]


def test_it_shows_the_hours_that_matter_in_the_time_of_the_facility(lab, viewer):
    strip = strip_of(lab, viewer, dates_of(make_request(make_partner(), lab, [taken()])))

    assert strip.zone.key == "Europe/Copenhagen"
    assert strip.columns == (19 - 7) * 4
    labelled = [at.astimezone(strip.zone).hour for _column, at in strip.ticks if at]
    assert labelled == [8, 10, 12, 14, 16, 18]
    (bar,) = strip.lines[0].bars
    assert (bar.start_col, bar.span) == ((9 - 7) * 4 + 1, 12)


def test_what_is_taken_by_others_is_named_for_who_decides(lab, viewer):
    this = make_request(make_partner(), lab, [taken()])
    make_request(partner_of("Demo Fly"), lab, [taken("13:00", "15:00")], state=State.CONFIRMED)

    strip = strip_of(lab, viewer, dates_of(this))

    line = strip.lines[-1]
    assert line.whose is Whose.TAKEN
    assert [bar.stretch.date.organisation for bar in line.bars] == ["Demo Fly"]


def test_what_the_request_itself_holds_is_not_in_its_way(lab, viewer):
    this = make_request(make_partner(), lab, [taken()], holds=True)

    assert [line.whose for line in strip_of(lab, viewer, dates_of(this)).lines] == [Whose.THIS]


def test_other_requests_that_are_no_rivals_are_not_taken(lab, viewer):
    this = make_request(make_partner(), lab, [taken()])
    make_request(make_partner(), lab, [taken("14:00", "16:00")])

    assert [line.whose for line in strip_of(lab, viewer, dates_of(this)).lines] == [Whose.THIS]


def test_a_rival_on_whom_another_decides_stays_without_a_name(app_context):
    cluster = make_cluster()
    hall = make_facility(cluster)
    bench = make_facility(cluster, parent=hall)
    make_approver(hall)
    viewer = account_of(make_approver(bench).id).viewer
    this = make_request(make_partner(), bench, [taken()])
    rival = make_request(partner_of("Secret Drones"), hall, [taken()], whole=True)

    strip = strip_of(bench, viewer, dates_of(this), dates_of(rival))

    assert (strip.lines[1].name, strip.lines[1].known) == (None, False)


def test_dates_of_other_days_are_left_out(lab, viewer):
    next_day = DAY + timedelta(days=3)
    this = make_request(make_partner(), lab, [taken(), taken(day=next_day)])

    assert len(strip_of(lab, viewer, dates_of(this)).lines[0].slots) == 1
    assert strip_of(lab, viewer, dates_of(this), day=DAY + timedelta(days=1)).lines == ()


def test_a_date_of_several_days_does_not_stretch_a_day_into_its_nights(lab, viewer):
    first, middle, last = (date(2027, 1, day) for day in (11, 12, 13))
    long = Slot(taken(day=first).starts_at, taken(day=last).ends_at)
    this = make_request(make_partner(), lab, [long])

    for day in (first, middle, last):
        strip = strip_of(lab, viewer, dates_of(this), day=day)
        (bar,) = strip.lines[0].bars
        assert strip.columns == (19 - 7) * 4
        assert (bar.start_col == 1) == (day != first)
        assert (bar.start_col + bar.span == strip.columns + 1) == (day != last)
        assert strip.is_exceeded_by(long)
        assert not strip.is_exceeded_by(taken(day=day))


def test_what_is_shut_and_not_open_lies_under_all_lines(lab, viewer):
    make_closure(lab, taken("14:00", "15:00"))
    this = make_request(make_partner(), lab, [taken()])

    kinds = [bar.kind for bar in strip_of(lab, viewer, dates_of(this)).ground]

    assert kinds == ["not_open", "closed", "not_open"]


@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 10, 31)])
def test_the_days_of_a_clock_change_are_drawn_to_their_last_hour(app_context, day):
    facility = make_facility(make_cluster(), hours=None)
    viewer = account_of(make_approver(facility).id).viewer
    this = make_request(make_partner(), facility, [taken("00:00", "23:00", day)])

    strip = strip_of(facility, viewer, dates_of(this), day=day)

    assert strip.columns == (92 if day.month == 3 else 100)


def test_a_facility_that_does_not_exist_is_not_found(app_context):
    with pytest.raises(NotFound):
        decision_day(404, DAY, this=[], viewer=ANONYMOUS, now=clock.now())
