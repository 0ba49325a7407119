"""What those who decide may enter, whatever others see of the calendar."""

from dataclasses import replace
from datetime import date

import pytest

from booking.accounts.queries import account_of
from booking.decisions.service import Entering, enter
from booking.errors import Refused
from booking.rules.lifecycle import State
from booking.rules.refusals import RefusalCode
from tests.factories import (
    make_approver,
    make_closure,
    make_cluster,
    make_facility,
    make_partner,
    make_request,
    slot_on,
)
from tests.request_factories import sending_for

DAY = date(2027, 1, 14)
HIDDEN = {"sees_public": "nothing", "sees_signed_in": "nothing", "sees_own_cluster": "nothing"}


def sending(facility, *slots):
    return sending_for(facility, *slots, activity="maintenance", people=None)


def refused(person, what):
    with pytest.raises(Refused) as caught:
        enter(account_of(person.id), Entering(what, None))
    return {refusal.code for refusal in caught.value.refusals}


@pytest.mark.parametrize("fields", [{}, HIDDEN])
def test_deciders_see_every_reason_against_a_date(app_context, fields):
    facility = make_facility(make_cluster(), **fields)
    approver = make_approver(facility)
    make_closure(facility, slot_on(DAY, "07:00", "08:00"))
    make_request(make_partner(), facility, [slot_on(DAY)], state=State.CONFIRMED)

    assert refused(approver, sending(facility, slot_on(DAY, "07:15", "19:00"))) == {
        RefusalCode.CLOSURE,
        RefusalCode.NOT_OPEN,
        RefusalCode.OFF_GRID,
        RefusalCode.TAKEN,
    }


def test_undecided_requests_do_not_prevent_an_owner_from_entering_a_booking(app_context):
    facility = make_facility(make_cluster())
    approver = make_approver(facility)
    make_request(make_partner(), facility, [slot_on(DAY)])

    assert enter(account_of(approver.id), Entering(sending(facility, slot_on(DAY)), None))


def test_dates_of_one_booking_do_not_conflict_with_each_other_when_entered(app_context):
    facility = make_facility(make_cluster())
    approver = make_approver(facility)
    twice = sending(facility, slot_on(DAY), slot_on(DAY, "11:00", "13:00"))

    assert refused(approver, twice) == {RefusalCode.DATES_OVERLAP}
    apart = replace(twice, slots=(slot_on(DAY), slot_on(DAY, "12:00", "13:00")))
    assert enter(account_of(approver.id), Entering(apart, None))
