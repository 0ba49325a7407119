"""What of an organisation's own is told to its members, and to nobody else."""

from datetime import date, timedelta

import pytest

from booking.accounts.queries import account_of
from booking.availability.own_dates import requests_on_same_days
from booking.availability.requestable import get_requestable, why_not_now
from booking.db import clock
from booking.errors import Refused
from booking.facilities.effective_terms import effective_terms
from booking.requests.service import send
from booking.rules.lifecycle import State
from booking.rules.visibility import ANONYMOUS
from booking.wording.refusals import refusal_text
from tests.conftest import NOW
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    move_to,
    slot_on,
)
from tests.request_factories import sending_for
from tests.statements import count_statements

MONDAY = date(2027, 1, 11)
TUESDAY = date(2027, 1, 12)
TAKEN = "Taken: Mon 11 Jan 2027, 10:00 – 13:00. Choose another time."
TAKEN_BY_OWN = (
    "Taken by your own booking K7M-4QX: Mon 11 Jan 2027, 10:00 – 13:00. Choose another time."
)


@pytest.fixture
def lab(app_context):
    cluster = make_cluster()
    make_coordinator(cluster)
    return make_facility(cluster, "lab")


@pytest.fixture
def partner(lab):
    return make_partner()


def told(app, person, facility, *slots):
    """Why the dates cannot be requested, in words: before sending and at sending."""
    viewer = account_of(person.id).viewer if person else ANONYMOUS
    requestable = get_requestable(facility.slug, viewer, clock.now())
    new_request = sending_for(facility, *slots)
    refusals = why_not_now(requestable, new_request, viewer, clock.now())
    if person:
        with pytest.raises(Refused) as refused:
            send(account_of(person.id), new_request)
        assert list(refused.value.refusals) == refusals
    with app.test_request_context():
        return [refusal_text(refusal, requestable.zone) for refusal in refusals]


def test_only_members_are_told_that_their_own_booking_is_in_the_way(app, lab, partner):
    make_request(partner, lab, [slot_on(MONDAY)], state=State.CONFIRMED, reference="K7M-4QX")
    colleague = make_partner(organisation=partner.organisation)

    for member in (partner, colleague):
        assert told(app, member, lab, slot_on(MONDAY)) == [TAKEN_BY_OWN]
    for other in (make_partner(), None):
        assert told(app, other, lab, slot_on(MONDAY)) == [TAKEN]


def test_who_has_left_the_organisation_is_told_no_more(app, lab, partner):
    make_request(partner, lab, [slot_on(MONDAY)], state=State.CONFIRMED, reference="K7M-4QX")
    move_to(partner, make_organisation())

    assert told(app, partner, lab, slot_on(MONDAY)) == [TAKEN]


def test_own_requests_that_hold_the_time_are_called_requests(app, lab, partner):
    make_request(
        partner,
        lab,
        [slot_on(MONDAY)],
        holds=True,
        lapses_at=NOW + timedelta(days=9),
        reference="K7M-4QX",
    )

    (text,) = told(app, partner, lab, slot_on(MONDAY))

    assert text.startswith("Held for your own request K7M-4QX: ")


def test_own_bookings_are_read_with_one_statement_for_any_number_of_dates(lab, partner):
    slots = [slot_on(MONDAY + timedelta(days=day)) for day in range(5)]
    make_request(partner, lab, slots, state=State.CONFIRMED)
    viewer = account_of(partner.id).viewer
    requestable = get_requestable("lab", viewer, clock.now())

    def cost(asked):
        new_request = sending_for(lab, *asked)
        return count_statements(lambda: why_not_now(requestable, new_request, viewer, NOW))

    cost(slots)  # the tree and who decides are kept in memory from now on
    assert cost(slots) == cost(slots[:1])


def same_days(person, facility, *slots):
    rules = effective_terms([facility.id])[facility.id].rules
    return requests_on_same_days(facility.id, account_of(person.id).viewer, rules, slots, NOW)


@pytest.mark.parametrize("state", [State.REQUESTED, State.CONFIRMED])
def test_own_requests_on_the_same_day_are_found_at_any_time_of_it(lab, partner, state):
    make_request(
        partner, lab, [slot_on(MONDAY, "08:00", "09:00")], state=state, reference="K7M-4QX"
    )

    assert same_days(partner, lab, slot_on(MONDAY), slot_on(TUESDAY)) == ["K7M-4QX"]
    assert same_days(partner, lab, slot_on(TUESDAY)) == []


def test_ended_requests_other_facilities_and_other_organisations_are_no_duplicates(lab, partner):
    make_request(partner, lab, [slot_on(MONDAY)], state=State.WITHDRAWN)
    make_request(partner, lab, [slot_on(MONDAY)], lapses_at=NOW)
    make_request(partner, make_facility(lab.cluster), [slot_on(MONDAY)])
    make_request(make_partner(), lab, [slot_on(MONDAY)])

    assert same_days(partner, lab, slot_on(MONDAY)) == []
    assert count_statements(lambda: same_days(partner, lab, slot_on(MONDAY), slot_on(TUESDAY))) == (
        count_statements(lambda: same_days(partner, lab, slot_on(MONDAY)))
    )
