"""Owners change hours: when they begin, which facilities inherit them, which dates they affect."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest

from booking.accounts.queries import account_of
from booking.bookings.disruption_models import Affected
from booking.db import clock
from booking.decisions.exceptions import broken_in
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.facilities.effective_terms import effective_terms
from booking.facilities.stated_hours import stated_timetables
from booking.manage.hours import service as hours_service
from booking.manage.hours.service import NewSpecial, NewWeek, SeasonInTheWay
from booking.rules.lifecycle import State
from booking.rules.opening import WeeklySpan, open_days
from booking.rules.terms import BookingMode
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_partner,
    make_request,
    make_special_day,
    slot_on,
)

TODAY = date(2026, 11, 24)
LAST_YEAR = date(2025, 11, 25)
D = date(2026, 12, 1)  # a Tuesday, as the two above are
MAY_TUESDAY = date(2027, 5, 4)


def week(opens, closes, weekdays=range(5)):
    return tuple(WeeklySpan(day, time(opens), time(closes)) for day in weekdays)


@dataclass
class Hall:
    """A hall open 08:00 to 18:00 on weekdays, a bench in it that states no hours, who decides."""

    def __post_init__(self):
        self.cluster = make_cluster()
        self.hall = make_facility(self.cluster, "hall")
        self.bench = make_facility(self.cluster, "bench", parent=self.hall, hours=None)
        self.viewer = account_of(make_approver(self.hall).id).viewer

    def change(self, facility, change, *what):
        """Look at a change, then make it, as its page does."""
        outcome = change(self.viewer, facility.id, *what, None)
        assert not outcome.saved
        return change(self.viewer, facility.id, *what, outcome.version)

    def week(self, facility, spans, first, last=None, instead_of=None):
        new = NewWeek(spans, first, last, instead_of)
        return self.change(facility, hours_service.change_week, new)


def open_on(facility, day):
    """What is open on a day, in wall time: ["08:00-18:00"]."""
    rules = effective_terms([facility.id])[facility.id].rules
    (open_day,) = open_days(rules.hours, rules.zone, day, day)
    return [
        f"{slot.starts_at.astimezone(rules.zone):%H:%M}-{slot.ends_at.astimezone(rules.zone):%H:%M}"
        for slot in open_day.slots
    ]


@pytest.fixture
def hall(app_context):
    return Hall()


def test_new_hours_apply_from_their_first_day_and_the_past_stays(hall):
    before = open_days(
        effective_terms([hall.hall.id])[hall.hall.id].rules.hours,
        effective_terms([hall.hall.id])[hall.hall.id].rules.zone,
        LAST_YEAR,
        TODAY,
    )

    assert hall.week(hall.hall, week(10, 20), D).saved

    rules = effective_terms([hall.hall.id])[hall.hall.id].rules
    assert open_days(rules.hours, rules.zone, LAST_YEAR, TODAY) == before
    assert open_on(hall.hall, D - timedelta(days=1)) == ["08:00-18:00"]
    assert open_on(hall.hall, D) == ["10:00-20:00"]


def test_parts_that_inherit_hours_follow_a_change_and_others_do_not(hall):
    hall.week(hall.hall, week(10, 20), D)
    assert open_on(hall.bench, D) == ["10:00-20:00"]

    hall.week(hall.bench, week(12, 14), MAY_TUESDAY, date(2027, 5, 31))
    assert open_on(hall.bench, D) == ["10:00-20:00"]
    assert open_on(hall.bench, MAY_TUESDAY) == ["12:00-14:00"]
    assert open_on(hall.hall, MAY_TUESDAY) == ["10:00-20:00"]
    assert open_on(hall.bench, date(2027, 6, 1)) == ["10:00-20:00"]


def test_a_season_can_be_changed_and_removed_and_own_hours_removed(hall):
    hall.week(hall.hall, week(6, 20), MAY_TUESDAY, date(2027, 5, 31))
    hall.week(hall.hall, week(7, 20), MAY_TUESDAY, date(2027, 6, 30), instead_of=MAY_TUESDAY)
    assert open_on(hall.hall, date(2027, 6, 15)) == ["07:00-20:00"]

    hall.change(hall.hall, hours_service.remove_season, MAY_TUESDAY)
    assert open_on(hall.hall, date(2027, 6, 15)) == ["08:00-18:00"]
    assert len(stated_timetables(hall.hall.id)) == 1

    hall.week(hall.bench, week(12, 14), D)
    hall.change(hall.bench, hours_service.remove_own_hours, date(2027, 5, 1))
    assert open_on(hall.bench, D) == ["12:00-14:00"]
    assert open_on(hall.bench, MAY_TUESDAY) == ["08:00-18:00"]


def test_a_change_is_saved_only_if_its_affected_dates_were_shown(hall):
    partner = make_partner()
    make_request(partner, hall.hall, [slot_on(D, "08:00", "10:00")], state=State.CONFIRMED)
    make_request(partner, hall.bench, [slot_on(D, "08:00", "10:00")])
    make_request(partner, hall.hall, [slot_on(D, "10:00", "12:00")], state=State.CONFIRMED)
    make_request(
        partner, hall.hall, [slot_on(date(2026, 11, 30), "08:00", "09:00")], state=State.CONFIRMED
    )
    change = hours_service.change_week, hall.viewer, hall.hall.id, NewWeek(week(10, 20), D)

    looked = change[0](*change[1:], None)
    assert [disruption.slot for disruption in looked.disruptions] == [
        slot_on(D, "08:00", "10:00")
    ] * 2
    assert open_on(hall.hall, D) == ["08:00-18:00"]
    assert db.session.query(Affected).count() == 0

    make_request(partner, hall.hall, [slot_on(D, "08:00", "11:00")])
    again = change[0](*change[1:], looked.version)
    assert (again.saved, len(again.disruptions)) == (False, 3)
    assert open_on(hall.hall, D) == ["08:00-18:00"]

    assert change[0](*change[1:], again.version).saved
    assert open_on(hall.hall, D) == ["10:00-20:00"]
    assert {row.cause for row in db.session.query(Affected)} == {"hours"}
    assert db.session.query(Affected).filter_by(resolved_at=None).count() == 3


def test_shorter_hours_affect_a_date_of_whole_days_and_longer_ones_do_not(hall):
    yard = make_facility(hall.cluster, "yard", unit="day")
    viewer = account_of(make_approver(yard).id).viewer
    make_request(make_partner(), yard, [slot_on(D, "07:00", "17:00")], state=State.CONFIRMED)

    def disruptions(spans):
        return hours_service.change_week(viewer, yard.id, NewWeek(spans, D), None).disruptions

    asked = make_request(make_partner(), yard, [slot_on(D, "07:00", "17:00")])
    (booking,) = asked.bookings
    waiting = {date.id for date in booking.occurrences}

    assert disruptions(week(7, 20)) == []
    hall.viewer = viewer
    hall.week(yard, week(7, 20), D)
    assert broken_in(booking.id, waiting, clock.now()) == {}
    hall.week(yard, week(8, 18), D)

    assert len(disruptions(week(9, 20))) == 2
    assert len(disruptions(week(8, 17))) == 2
    assert len(disruptions(week(8, 18, [0, 2]))) == 2


def test_restored_hours_unmark_affected_dates(hall):
    make_request(make_partner(), hall.hall, [slot_on(D, "08:00", "10:00")], state=State.CONFIRMED)
    hall.change(hall.hall, hours_service.set_special_days, NewSpecial(D, D, (), ""))
    assert db.session.query(Affected).filter_by(resolved_at=None).count() == 1

    assert len(hall.change(hall.hall, hours_service.remove_special_days, D, D).freed) == 1
    assert db.session.query(Affected).filter_by(resolved_how="lifted").count() == 1


def test_new_special_days_replace_those_on_the_same_days_only(hall):
    make_special_day(hall.hall, D, ("08:00", "09:00"))
    night = ((time(20), time(2)), (time(8), time(9)))

    hall.change(
        hall.hall,
        hours_service.set_special_days,
        NewSpecial(D - timedelta(days=1), D, night, "Open house"),
    )

    assert open_on(hall.hall, D) == ["08:00-09:00", "20:00-02:00"]
    assert open_on(hall.bench, D) == ["08:00-09:00", "20:00-02:00"]
    assert open_on(hall.hall, D + timedelta(days=1)) == ["08:00-18:00"]
    hall.change(hall.hall, hours_service.remove_special_days, D, D)
    assert open_on(hall.hall, D) == ["08:00-18:00"]
    assert open_on(hall.hall, D - timedelta(days=1)) == ["08:00-09:00", "20:00-02:00"]


def test_munich_is_closed_on_assumption_day_unless_it_opens_on_it_or_on_all_holidays(app_context):
    munich = make_cluster(country="DE", region="DE-BY", time_zone="Europe/Berlin")
    range_ = make_facility(munich, "range", weekdays=range(7))
    viewer = account_of(make_coordinator(munich).id).viewer
    assumption, unity = date(2027, 8, 15), date(2027, 10, 3)
    assert (open_on(range_, assumption), open_on(range_, unity)) == ([], [])

    def change(change, *what):
        mark = change(viewer, range_.id, *what, None).version
        assert change(viewer, range_.id, *what, mark).saved

    morning = ((time(9), time(12)),)
    change(hours_service.set_special_days, NewSpecial(assumption, assumption, morning, ""))
    assert (open_on(range_, assumption), open_on(range_, unity)) == (["09:00-12:00"], [])

    change(hours_service.set_opens_on_holidays, True)
    assert open_on(range_, unity) == ["08:00-18:00"]
    assert open_on(range_, assumption) == ["09:00-12:00"]


NIGHT = ((time(20), time(9)),)
EARLY = ((time(1), time(3)),)
AFTER_NIGHT = date(2026, 12, 9)
SUMMER = (date(2027, 5, 1), date(2027, 9, 30))


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("change", "what", "field", "code"),
    [
        ("change_week", NewWeek(week(8, 9), TODAY - timedelta(days=1)), "first", "past"),
        ("change_week", NewWeek(week(8, 9), D, TODAY), "last", "backwards"),
        ("change_week", NewWeek(week(8, 9), MAY_TUESDAY), "first", "in_season"),
        ("change_week", NewWeek(week(8, 9), D, SUMMER[0]), "first", "overlaps_season"),
        ("change_week", NewWeek(week(8, 9), D, None, MAY_TUESDAY), "first", "season_gone"),
        ("remove_own_hours", TODAY - timedelta(days=1), "first", "past"),
        (
            "set_special_days",
            NewSpecial(TODAY - timedelta(days=1), TODAY, (), ""),
            "first",
            "past",
        ),
        ("set_special_days", NewSpecial(D, TODAY, (), ""), "last", "backwards"),
        ("set_special_days", NewSpecial(D, D + timedelta(days=62), (), ""), "last", "too_many"),
        ("set_special_days", NewSpecial(D, D, NIGHT, ""), "first", "night_after"),
        (
            "set_special_days",
            NewSpecial(D, D + timedelta(days=1), NIGHT, ""),
            "last",
            "night_after",
        ),
        (
            "set_special_days",
            NewSpecial(AFTER_NIGHT, AFTER_NIGHT, EARLY, ""),
            "first",
            "night_before",
        ),
    ],
)
def test_invalid_hours_are_reported_at_their_field_and_not_saved(hall, change, what, field, code):
    hall.week(hall.hall, week(6, 20), *SUMMER)
    make_special_day(hall.hall, AFTER_NIGHT - timedelta(days=1), ("20:00", "02:00"))
    before = stated_timetables(hall.hall.id)

    with pytest.raises(Invalid) as refused:
        getattr(hours_service, change)(hall.viewer, hall.hall.id, what, None)

    assert (refused.value.field, refused.value.code) == (field, code)
    if isinstance(refused.value, SeasonInTheWay):
        assert (refused.value.season.valid_from, refused.value.season.valid_to) == SUMMER
    assert stated_timetables(hall.hall.id) == before


def test_new_hours_may_begin_today_by_the_facilitys_clock(hall, at):
    at(datetime(2026, 11, 24, 23, 30, tzinfo=UTC))  # the 25th in Copenhagen
    with pytest.raises(Invalid):
        hall.week(hall.hall, week(8, 9), TODAY)
    assert hall.week(hall.hall, week(8, 9), TODAY + timedelta(days=1)).saved


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_deciders_of_other_facilities_cannot_change_hours(hall):
    shed = make_facility(hall.cluster, "shed")
    stranger = account_of(make_approver(shed).id).viewer
    tries = (
        lambda: hours_service.change_week(stranger, hall.hall.id, NewWeek((), D), None),
        lambda: hours_service.remove_season(stranger, hall.hall.id, D, None),
        lambda: hours_service.remove_own_hours(stranger, hall.hall.id, D, None),
        lambda: hours_service.set_special_days(
            stranger, hall.hall.id, NewSpecial(D, D, (), ""), None
        ),
        lambda: hours_service.remove_special_days(stranger, hall.hall.id, D, D, None),
        lambda: hours_service.set_opens_on_holidays(stranger, hall.hall.id, True, None),
        lambda: hours_service.set_mode(stranger, hall.hall.id, BookingMode.BY_AGREEMENT, None),
    )
    for one in tries:
        with pytest.raises(NotFound):
            one()


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_booking_elsewhere_requires_a_safe_address(hall):
    def set_mode(mode, url=None):
        hours_service.set_mode(hall.viewer, hall.hall.id, mode, url)

    for url in (None, "http://a.example", "javascript:alert(1)"):
        with pytest.raises(Invalid):
            set_mode(BookingMode.ELSEWHERE, url)
    set_mode(BookingMode.ELSEWHERE, "https://book.example.org/hall")
    for effective in effective_terms([hall.hall.id, hall.bench.id]).values():
        assert effective.rules.mode is BookingMode.ELSEWHERE
        assert effective.rules.elsewhere_url == "https://book.example.org/hall"
    set_mode(None)
    assert effective_terms([hall.hall.id])[hall.hall.id].rules.mode is BookingMode.HERE
