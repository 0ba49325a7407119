"""What confirming does to others is known before it is done."""

from datetime import date

import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import Occurrence
from booking.db import clock
from booking.decisions.competing import competition
from booking.extensions import db
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

DAY, NEXT_DAY = date(2027, 1, 14), date(2027, 1, 15)


def effects(person, request):
    """What confirming all of a request would do, as this person sees it."""
    dates = db.session.scalars(
        sa.select(Occurrence).where(Occurrence.booking_id == request.bookings[0].id)
    ).all()
    around = competition(
        account_of(person.id).viewer,
        [request.bookings[0].facility_id],
        [Slot(one.starts_at, one.ends_at) for one in dates],
        clock.now(),
    )
    return around.effects([one.id for one in dates])


def losers(found):
    return [rival.reference for rival in found.rivals]


def test_a_request_that_would_no_longer_fit_is_named_as_a_rival(app_context):
    facility = make_facility(make_cluster())
    approver = make_approver(facility)
    fly = make_partner(organisation=make_organisation("Demo Fly"))
    mine = make_request(make_partner(), facility, [slot_on(DAY), slot_on(NEXT_DAY)])
    rival = make_request(fly, facility, [slot_on(NEXT_DAY, "11:00", "14:00")])

    found = effects(approver, mine)

    assert losers(found) == [rival.reference]
    assert found.rivals[0].organisation == "Demo Fly"
    assert found.unfit == frozenset()
    assert losers(effects(approver, rival)) == [mine.reference]


def test_a_request_that_still_fits_is_not_a_rival(app_context):
    facility = make_facility(make_cluster(), places=2)
    approver = make_approver(facility)
    mine = make_request(make_partner(), facility, [slot_on(DAY)])
    make_request(make_partner(), facility, [slot_on(DAY)])
    make_request(make_partner(), facility, [slot_on(DAY, "12:00", "13:00")])

    assert losers(effects(approver, mine)) == []


def test_whole_and_part_are_rivals_across_the_tree(app_context):
    hall = make_facility(cluster := make_cluster())
    bench = make_facility(cluster, parent=hall)
    coordinator = make_coordinator(cluster)
    whole = make_request(make_partner(), hall, [slot_on(DAY)], whole=True)
    part = make_request(make_partner(), bench, [slot_on(DAY)])

    assert losers(effects(coordinator, whole)) == [part.reference]
    assert losers(effects(coordinator, part)) == [whole.reference]


def test_set_up_time_makes_adjacent_dates_rivals(app_context):
    facility = make_facility(make_cluster(), setup_minutes=60)
    approver = make_approver(facility)
    mine = make_request(make_partner(), facility, [slot_on(DAY, "09:00", "12:00")])
    rival = make_request(make_partner(), facility, [slot_on(DAY, "12:30", "14:00")])

    assert losers(effects(approver, mine)) == [rival.reference]


def test_a_rival_that_others_decide_on_is_not_named(app_context):
    hall = make_facility(cluster := make_cluster())
    bench = make_facility(cluster, parent=hall)
    make_approver(hall)
    approver = make_approver(bench)
    mine = make_request(make_partner(), bench, [slot_on(DAY)])
    make_request(make_partner(), hall, [slot_on(DAY)], whole=True)

    assert losers(effects(approver, mine)) == []


def test_a_date_without_a_free_place_no_longer_fits_and_has_no_rivals(app_context):
    facility = make_facility(make_cluster())
    approver = make_approver(facility)
    mine = make_request(make_partner(), facility, [slot_on(DAY), slot_on(NEXT_DAY)])
    make_request(make_partner(), facility, [slot_on(DAY)], state=State.CONFIRMED)
    also_gone = make_request(make_partner(), facility, [slot_on(DAY)])

    found = effects(approver, mine)

    first = mine.bookings[0].occurrences[0]
    assert found.unfit == {first.id}
    assert losers(found) == []
    assert len(effects(approver, also_gone).unfit) == 1


def test_a_date_that_holds_its_place_fits_and_the_competing_one_does_not(app_context):
    facility = make_facility(make_cluster())
    approver = make_approver(facility)
    holder = make_request(make_partner(), facility, [slot_on(DAY)], holds=True)
    other = make_request(make_partner(), facility, [slot_on(DAY)])

    assert effects(approver, holder).unfit == frozenset()
    assert losers(effects(approver, holder)) == [other.reference]
    assert len(effects(approver, other).unfit) == 1
    assert losers(effects(approver, other)) == []


def test_decided_and_expired_dates_are_not_rivals(app_context):
    facility = make_facility(make_cluster())
    approver = make_approver(facility)
    mine = make_request(make_partner(), facility, [slot_on(DAY)])
    make_request(make_partner(), facility, [slot_on(DAY)], state=State.DECLINED)
    make_request(make_partner(), facility, [slot_on(DAY)], lapses_at=clock.now())

    assert losers(effects(approver, mine)) == []


def test_dates_of_one_booking_are_checked_together(app_context):
    facility = make_facility(make_cluster(), places=2)
    approver = make_approver(facility)
    mine = make_request(make_partner(), facility, [slot_on(DAY), slot_on(DAY, "10:00", "11:00")])
    rival = make_request(make_partner(), facility, [slot_on(DAY)])

    assert losers(effects(approver, mine)) == [rival.reference]


def test_a_date_that_holds_another_place_is_not_a_rival(app_context):
    facility = make_facility(make_cluster(), places=2)
    approver = make_approver(facility)
    make_request(make_partner(), facility, [slot_on(DAY)], holds=True)
    mine = make_request(make_partner(), facility, [slot_on(DAY)])

    assert losers(effects(approver, mine)) == []
