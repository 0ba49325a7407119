"""The owner notes who came and left, and who did not come."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import LogEntry, Occupancy, Occurrence
from booking.db import clock
from booking.decisions import attendance, service
from booking.decisions.attendance import WrongTimes
from booking.decisions.day_list import day_list
from booking.decisions.service import Decision, Entering
from booking.errors import Conflict, NotFound
from booking.extensions import db
from booking.notices.models import Notice
from booking.rules.attendance import Attendance
from booking.rules.lifecycle import State
from booking.rules.slots import Slot
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    slot_on,
)
from tests.request_factories import sending_for

DAY = date(2027, 1, 14)
#: In Copenhagen, an hour ahead of UTC.
MORNING = datetime(2027, 1, 14, 9, 30, tzinfo=UTC)


@pytest.fixture
def cluster(app_context):
    return make_cluster("censec", short_name="CenSec")


@pytest.fixture
def lab(cluster):
    return make_facility(cluster, "lab", name="Drone lab")


@pytest.fixture
def partner(cluster):
    return make_partner("anna@example.org", organisation=make_organisation("Demo Drones"))


@pytest.fixture
def approver(lab):
    return account_of(make_approver(lab).id)


def confirmed(partner, lab, *slots):
    """The booking and the ids of its dates, confirmed."""
    request = make_request(partner, lab, slots or [slot_on(DAY)], state=State.CONFIRMED)
    booking = request.bookings[0]
    found = booking.id, [one.id for one in booking.occurrences]
    db.session.rollback()
    return found


def noted(key):
    db.session.rollback()
    row = db.session.get_one(Occurrence, key)
    return Attendance(row.arrived_at, row.left_at)


def test_arrival_and_leaving_are_noted_with_a_line_in_the_log_and_without_a_notice(
    partner, lab, approver
):
    booking_id, (key,) = confirmed(partner, lab)

    with clock.fixed(MORNING + timedelta(seconds=20)):
        attendance.note_arrival(approver, booking_id, key)
    with clock.fixed(MORNING + timedelta(minutes=90)):
        attendance.note_arrival(approver, booking_id, key)  # clicked again: the first time stays
        attendance.note_leaving(approver, booking_id, key)

    assert noted(key) == Attendance(MORNING, MORNING + timedelta(minutes=90))
    lines = db.session.scalars(sa.select(LogEntry).where(LogEntry.event == "attendance")).all()
    assert [(line.before, line.after, line.side) for line in lines] == [
        ("confirmed", "confirmed", "owner")
    ] * 2
    assert not db.session.scalars(sa.select(Notice)).all()


def test_times_can_be_corrected_and_removed(partner, lab, approver):
    booking_id, (key,) = confirmed(partner, lab)
    with clock.fixed(MORNING):
        attendance.note_arrival(approver, booking_id, key)
        earlier = Attendance(MORNING - timedelta(minutes=30), MORNING)
        attendance.note_attendance(approver, booking_id, key, earlier)
        assert noted(key) == earlier
        attendance.note_attendance(approver, booking_id, key, Attendance())
    assert noted(key) == Attendance()


def test_wrong_times_change_nothing(partner, lab, approver):
    booking_id, (key,) = confirmed(partner, lab)
    with clock.fixed(MORNING), pytest.raises(WrongTimes):
        attendance.note_attendance(
            approver, booking_id, key, Attendance(MORNING + timedelta(minutes=1))
        )
    assert noted(key) == Attendance()


def test_nothing_is_noted_before_the_day_of_the_facility(partner, lab, approver):
    booking_id, (key,) = confirmed(partner, lab)
    with (
        clock.fixed(datetime(2027, 1, 13, 22, 59, tzinfo=UTC)),
        pytest.raises(Conflict, match="too_early"),
    ):
        attendance.note_arrival(approver, booking_id, key)
    with clock.fixed(datetime(2027, 1, 13, 23, tzinfo=UTC)):
        attendance.note_arrival(approver, booking_id, key)
    assert noted(key).is_noted


def test_a_no_show_frees_the_rest_of_its_time_and_tells_the_requester(partner, lab, approver):
    slot = slot_on(DAY, "08:00", "16:00")
    booking_id, (key,) = confirmed(partner, lab, slot)
    with clock.fixed(slot.starts_at - timedelta(minutes=1)), pytest.raises(Conflict):
        attendance.mark_no_show(approver, booking_id, key)

    with clock.fixed(MORNING):
        attendance.mark_no_show(approver, booking_id, key)
        rest = Slot(MORNING + timedelta(minutes=30), slot.ends_at)
        service.enter(approver, Entering(sending_for(lab, rest), None))

    db.session.rollback()
    assert db.session.get_one(Occurrence, key).state is State.NO_SHOW
    (taken,) = db.session.scalars(sa.select(Occupancy)).all()
    assert Slot(taken.starts_at, taken.ends_at) == rest
    told = db.session.scalars(sa.select(Notice.person_id).where(Notice.after == "no_show")).all()
    assert told == [partner.id]


def test_a_no_show_does_not_go_with_an_arrival_and_is_final(partner, lab, approver):
    booking_id, (came, did_not) = confirmed(
        partner, lab, slot_on(DAY), slot_on(DAY + timedelta(days=1))
    )
    with clock.fixed(MORNING + timedelta(days=1)):
        attendance.note_attendance(approver, booking_id, came, Attendance(MORNING))
        with pytest.raises(Conflict, match="attended"):
            attendance.mark_no_show(approver, booking_id, came)
        attendance.mark_no_show(approver, booking_id, did_not)
        for again in (attendance.mark_no_show, attendance.note_arrival):
            with pytest.raises(Conflict, match="already_decided"):
                again(approver, booking_id, did_not)
        with pytest.raises(Conflict, match="already_decided"):
            service.cancel(approver, Decision(booking_id, frozenset({did_not}), "No."))


def test_only_those_who_decide_note_who_came(partner, lab, cluster):
    booking_id, (key,) = confirmed(partner, lab)
    for person in (partner, make_approver(make_facility(cluster, "other"))):
        account = account_of(person.id)
        for act in (attendance.note_arrival, attendance.note_leaving, attendance.mark_no_show):
            with clock.fixed(MORNING), pytest.raises(NotFound):
                act(account, booking_id, key)


def test_the_day_list_has_the_dates_of_the_facilitys_day_on_which_one_decides(
    partner, lab, cluster, approver
):
    elsewhere = make_facility(make_cluster("tampere", time_zone="Europe/Helsinki"), "hall")
    hidden = make_facility(make_cluster("hsd"), "range")
    evening = Slot(
        datetime(2027, 1, 14, 22, 30, tzinfo=UTC), datetime(2027, 1, 14, 22, 50, tzinfo=UTC)
    )
    over_night = Slot(datetime(2027, 1, 13, 20, tzinfo=UTC), datetime(2027, 1, 14, 1, tzinfo=UTC))
    make_request(partner, lab, [evening, over_night, slot_on(DAY)], state=State.CONFIRMED)
    make_request(partner, lab, [slot_on(DAY, "13:00", "14:00")])
    make_request(partner, elsewhere, [evening], state=State.CONFIRMED)
    make_request(partner, hidden, [slot_on(DAY)], state=State.CONFIRMED)
    coordinator = account_of(make_coordinator(cluster, elsewhere.cluster).id)

    def listed(account, day, **only):
        found = day_list(account.viewer, day, MORNING, **only)
        return {one.slug: [date.slot for date in one.dates] for one in found.facilities}

    at_lab = [over_night, slot_on(DAY), evening]
    assert listed(approver, DAY) == listed(approver, None) == {"lab": at_lab}
    # 22:30 UTC is half past midnight in Tampere.
    assert listed(coordinator, DAY) == {"lab": at_lab}
    assert listed(coordinator, DAY + timedelta(days=1)) == {"hall": [evening]}
    assert listed(coordinator, DAY, facility_ids={elsewhere.id}) == {}
    assert listed(account_of(partner.id), DAY) == {}
