"""Quotas where requests are checked: whose dates count, over which facilities, and for whom."""

from datetime import date

import pytest

from booking.accounts.queries import account_of
from booking.availability.quota_usage import quota_rules, shares
from booking.availability.requestable import get_requestable, why_not_now
from booking.db import clock
from booking.decisions.entry_queries import why_not_enter
from booking.decisions.service import Entering, enter
from booking.errors import Refused
from booking.extensions import db
from booking.facilities.effective_terms import effective_terms
from booking.facilities.quota_models import Quota
from booking.requests.service import send
from booking.rules.lifecycle import State
from booking.rules.refusals import RefusalCode
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_partner,
    make_request,
    slot_on,
)
from tests.request_factories import kept, sending_for
from tests.statements import count_statements

MONDAY = date(2027, 1, 11)
TUESDAY = date(2027, 1, 12)


def make_quota(facility, most, period="month", measure="hours"):
    return kept(Quota(facility_id=facility.id, period=period, measure=measure, most=most))


def refused(partner, facility, *slots):
    """The numbers of each quota that refuses these dates, on the form and at sending."""
    account = account_of(partner.id)
    requestable = get_requestable(facility.slug, account.viewer, clock.now())
    refusals = why_not_now(requestable, sending_for(facility, *slots), account.viewer, clock.now())
    if refusals:
        with pytest.raises(Refused) as refusal:
            send(account, sending_for(facility, *slots))
        assert list(refusal.value.refusals) == refusals
    else:
        send(account, sending_for(facility, *slots))
    assert {r.code for r in refusals} <= {RefusalCode.OVER_QUOTA}
    return [(r.params["facility"], r.params["used"], r.params["asked"]) for r in refusals]


@pytest.fixture
def hall(app_context):
    """A hall with two benches and an approver."""
    cluster = make_cluster("here")
    hall = make_facility(cluster, "hall", places=3)
    make_approver(hall)
    hall.benches = [make_facility(cluster, f"bench-{n}", parent=hall) for n in (1, 2)]
    return hall


def test_a_quota_counts_dates_of_its_facility_and_all_below(hall):
    first, second = hall.benches
    make_quota(hall, 8)
    make_quota(first, 5)
    partner = make_partner()
    make_request(partner, second, [slot_on(MONDAY, "08:00", "12:00")], state=State.CONFIRMED)

    assert refused(partner, first, slot_on(TUESDAY, "08:00", "14:00")) == [
        ("Bench 1", 0, 6),
        ("Hall", 4, 6),
    ]
    assert refused(partner, second, slot_on(TUESDAY, "08:00", "13:00")) == [("Hall", 4, 5)]
    assert refused(partner, second, slot_on(TUESDAY, "08:00", "12:00")) == []


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        (State.REQUESTED, True),
        (State.CONFIRMED, True),
        (State.DECLINED, False),
        (State.WITHDRAWN, False),
        (State.CANCELLED, False),
        (State.LAPSED, False),
    ],
)
def test_requested_and_confirmed_dates_count_and_ended_ones_do_not(hall, state, counts):
    make_quota(hall, 4)
    partner = make_partner()
    make_request(partner, hall, [slot_on(MONDAY, "08:00", "12:00")], state=state)

    assert bool(refused(partner, hall, slot_on(TUESDAY, "09:00", "10:00"))) is counts


def test_expired_dates_do_not_count_and_past_confirmed_ones_do(hall):
    make_quota(hall, 4)
    partner, other = make_partner(), make_partner()
    soon = slot_on(date(2027, 1, 4), "08:00", "12:00")
    make_request(partner, hall, [soon], lapses_at=clock.now())
    make_request(
        other, hall, [slot_on(date(2026, 11, 23), "08:00", "12:00")], state=State.CONFIRMED
    )

    assert refused(partner, hall, slot_on(MONDAY, "09:00", "12:00")) == []
    make_quota(hall, 6, "quarter")
    assert refused(other, hall, slot_on(date(2026, 12, 15), "09:00", "12:00")) == [("Hall", 4, 3)]


def test_the_dates_of_colleagues_count_and_those_of_others_do_not(hall):
    make_quota(hall, 4)
    partner = make_partner()
    colleague = make_partner(organisation=partner.organisation)
    make_request(make_partner(), hall, [slot_on(MONDAY, "08:00", "12:00")], state=State.CONFIRMED)
    assert refused(partner, hall, slot_on(TUESDAY, "08:00", "10:00")) == []

    assert refused(colleague, hall, slot_on(TUESDAY, "10:00", "13:00")) == [("Hall", 2, 3)]


def test_the_date_that_goes_over_is_named(hall):
    make_quota(hall, 5, "week")
    partner = make_partner()
    account = account_of(partner.id)
    dates = [slot_on(MONDAY, "09:00", "12:00"), slot_on(TUESDAY, "09:00", "12:00")]

    with pytest.raises(Refused) as refusal:
        send(account, sending_for(hall, *dates))

    assert [(r.code, r.date_index) for r in refusal.value.refusals] == [(RefusalCode.OVER_QUOTA, 1)]


def test_own_use_has_no_quota_and_a_booking_on_behalf_counts_for_its_organisation(hall):
    make_quota(hall, 2)
    approver = account_of(make_approver(hall).id)
    partner = make_partner()
    requestable = sending_for(hall, slot_on(MONDAY, "09:00", "12:00"))

    form = get_requestable("hall", approver.viewer, clock.now())
    for organisation_id, codes in ((None, []), (partner.organisation_id, ["over_quota"])):
        refusals, _ = why_not_enter(
            approver.viewer, form, requestable, (), organisation_id, clock.now()
        )
        assert [refusal.code.value for refusal in refusals] == codes
    assert enter(approver, Entering(requestable, None))
    with pytest.raises(Refused) as refusal:
        enter(
            approver,
            Entering(
                sending_for(hall, slot_on(TUESDAY, "09:00", "12:00")), partner.organisation_id
            ),
        )
    assert [r.code for r in refusal.value.refusals] == [RefusalCode.OVER_QUOTA]


def test_two_hundred_dates_take_no_more_statements_than_one(hall):
    for period in ("week", "month", "year"):
        make_quota(hall, 1000, period)
    account = account_of(make_partner().id)
    requestable = get_requestable("hall", account.viewer, clock.now())

    def cost(number):
        sent = sending_for(hall, *[slot_on(MONDAY, "09:00", "10:00")] * number)
        return count_statements(lambda: why_not_now(requestable, sent, account.viewer, clock.now()))

    cost(1)  # the tree and who decides are kept in memory from now on
    assert cost(1) == cost(200)


def test_the_nearest_quota_comes_first_and_those_of_other_branches_do_not_count(hall):
    first, second = hall.benches
    make_quota(hall, 8)
    make_quota(first, 5)
    make_quota(second, 3)

    assert [rule.most for _, rule in quota_rules(first.id)] == [5, 8]
    assert [rule.most for _, rule in quota_rules(hall.id)] == [8]


def test_a_fair_share_counts_only_own_dates_of_this_facility(hall):
    hall.fair_share_percent = 10
    db.session.commit()
    partner = make_partner()
    effective = effective_terms([hall.id])[hall.id]
    february = slot_on(date(2027, 2, 1), "07:00", "17:00")
    make_request(partner, hall, [february])
    make_request(partner, hall.benches[0], [slot_on(date(2027, 2, 2), "07:00", "17:00")])
    make_request(make_partner(), hall, [slot_on(date(2027, 2, 3), "07:00", "17:00")])

    def excess(*days):
        slots = [slot_on(date(2027, 2, day), "07:00", "17:00") for day in days]
        found = shares(hall.id, effective, partner.organisation_id, slots, clock.now())
        return [share.percent for share in found]

    assert excess(8) == []
    assert excess(8, 9) == [15]
    assert shares(hall.id, effective, None, [february], clock.now()) == []
