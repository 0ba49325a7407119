"""Which other facilities are offered, to whom, and with how many statements."""

from datetime import date

import pytest

from booking.accounts.queries import account_of
from booking.availability.requestable import get_requestable
from booking.db import clock
from booking.extensions import db
from booking.facilities.quota_models import Quota
from booking.requests.alternatives import alternatives_for, owners_alternatives
from booking.rules.alternatives import Change
from booking.rules.lifecycle import State
from booking.rules.terms import RequestedDate
from booking.rules.visibility import ANONYMOUS
from tests.factories import (
    make_closure,
    make_cluster,
    make_coordinator,
    make_facility,
    make_focus_area,
    make_partner,
    make_request,
    slot_on,
)
from tests.request_factories import kept
from tests.statements import count_statements

TUESDAY = slot_on(date(2027, 1, 12), "08:00", "11:00")  # 09:00 to 12:00 in Copenhagen
HIDDEN = {"sees_public": "nothing", "sees_signed_in": "nothing", "sees_own_cluster": "nothing"}


@pytest.fixture
def censec(app_context):
    cluster = make_cluster("censec")
    make_coordinator(cluster)
    return cluster


@pytest.fixture
def tampere(app_context):
    cluster = make_cluster("tampere", country="FI", time_zone="Europe/Helsinki", city="Tampere")
    make_coordinator(cluster)
    return cluster


@pytest.fixture
def drones(app_context):
    return make_focus_area("drones")


@pytest.fixture
def hangar(censec, drones):
    """A facility that is taken on Tuesday."""
    hangar = facility(censec, "hangar", drones, kind="workbench", capabilities=["indoor flight"])
    take(hangar)
    return hangar


def facility(cluster, slug, area=None, **fields):
    made = make_facility(cluster, slug, **{"capabilities": ["flight"], **fields})
    if area is not None:
        made.focus_areas.append(area)
        db.session.commit()
    return made


def take(facility, slot=TUESDAY, places=1):
    make_request(make_partner(), facility, [slot], state=State.CONFIRMED, places=places)


def found(slug="hangar", slot=TUESDAY, viewer=ANONYMOUS, people=4, **extent):
    requestable = get_requestable(slug, viewer, clock.now())
    ask = RequestedDate(slot, extent.get("places", 1), extent.get("whole", False), people)
    return alternatives_for(requestable, (ask,), viewer, clock.now())


def elsewhere(**question):
    return [(one.facility.slug, one.slots) for one in found(**question) if one.facility is not None]


def test_a_facility_nearby_and_one_of_another_cluster_are_offered_with_dates(
    hangar, censec, tampere, drones
):
    facility(censec, "bench", kind="workbench")
    facility(tampere, "arena", drones, capabilities=["outdoor flight", "cooking"])
    facility(censec, "kitchen", kind="workbench", capabilities=["cooking"])
    facility(tampere, "canteen", drones, capabilities=["cooking"])

    named = {one.facility.slug: one for one in found() if one.facility}

    assert named.keys() == {"bench", "arena"}
    assert named["bench"].slots == [TUESDAY]
    # The same wall time, which is an hour earlier in Tampere.
    assert named["arena"].slots == [slot_on(date(2027, 1, 12), "07:00", "10:00")]
    assert (named["arena"].facility.shared, named["arena"].facility.areas) == (
        ["drone-flight-testing", "flight"],
        1,
    )


def test_at_most_five_are_offered_those_at_the_same_facility_first(hangar, censec, tampere, drones):
    for number in range(6):
        facility(censec, f"bench-{number}", drones, kind="workbench")
        facility(tampere, f"arena-{number}", drones)

    named = found()

    assert len(named) == 5
    assert [one.facility is None for one in named] == [True, True, False, False, False] or [
        one.facility is None for one in named
    ] == [True, True, True, False, False]
    assert {one.facility.is_near for one in named if one.facility} == {True, False}


def test_too_many_people_lead_to_larger_facilities(censec, drones):
    facility(censec, "small", drones, people_limit=3)
    facility(censec, "smaller", drones, people_limit=2)
    facility(censec, "hall", drones, people_limit=20)

    assert elsewhere(slug="small", people=8) == [("hall", [TUESDAY])]
    assert all(one.facility for one in found("small", people=8))


def test_for_a_closed_facility_others_are_offered(censec, drones):
    facility(censec, "old", drones, status="closed")
    facility(censec, "new", drones)

    assert elsewhere(slug="old") == [("new", [TUESDAY])]


@pytest.mark.parametrize(
    "fields",
    [
        {"mode": "elsewhere"},
        {"mode": "by_agreement"},
        {"status": "closed"},
        {"status": "planned-in-2031"},
        {"maximum_units": 2},
        {"people_limit": 3},
        {"lead_time_days": 100},
        HIDDEN,
    ],
    ids=str,
)
@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_facilities_that_cannot_be_requested_or_are_hidden_are_not_offered(
    hangar, censec, drones, fields
):
    facility(censec, "bench", drones, **fields)

    assert elsewhere() == []


def test_facilities_without_other_deciders_are_not_offered(hangar, drones):
    own = make_cluster("own")
    facility(own, "bench", drones)
    assert elsewhere() == []
    only_decider = make_coordinator(own)
    viewer = account_of(only_decider.id).viewer

    assert elsewhere(viewer=viewer) == []
    assert [slug for slug, _ in elsewhere()] == ["bench"]


def test_a_facility_taken_or_closed_that_day_is_offered_on_its_nearest_free_day(
    hangar, censec, drones
):
    take(facility(censec, "taken", drones))
    make_closure(facility(censec, "shut", drones), TUESDAY)

    wednesday = slot_on(date(2027, 1, 13), "08:00", "11:00")
    assert sorted(elsewhere()) == [("shut", [wednesday]), ("taken", [wednesday])]


def test_a_hidden_calendar_gives_the_same_alternatives_whatever_is_taken(censec):
    secret = facility(censec, "secret", lead_time_days=60, hours=("10:00", "11:00"), **HIDDEN)
    before = found("secret")
    for day in (25, 26, 27, 28):
        take(secret, slot_on(date(2027, 1, day), "09:00", "10:00"))
    make_closure(secret, slot_on(date(2027, 1, 29), "00:00", "23:00"))

    assert before
    assert found("secret") == before


def test_an_organisation_beyond_its_quota_is_offered_what_the_quota_leaves(censec):
    lab = facility(censec, "lab")
    partner = make_partner()
    week_of_tuesday = slot_on(date(2027, 1, 14), "08:00", "16:00")
    make_request(partner, lab, [week_of_tuesday], state=State.CONFIRMED)
    kept(Quota(facility_id=lab.id, period="week", measure="hours", most=9))

    named = found("lab", viewer=account_of(partner.id).viewer)

    days = [slot.starts_at.date() for one in named for slot in one.slots]
    assert named
    assert not [day for day in days if date(2027, 1, 11) <= day <= date(2027, 1, 17)]


def test_owners_are_offered_their_own_facility_only_and_may_come_sooner(hangar, censec, drones):
    facility(censec, "bench", drones)
    hangar.lead_time_days = 300
    db.session.commit()
    requestable = get_requestable("hangar", ANONYMOUS, clock.now())

    named = owners_alternatives(requestable, (RequestedDate(TUESDAY, 1, False, None),), clock.now())

    assert named
    assert all(
        one.facility is None and one.change in (Change.EARLIER, Change.LATER) for one in named
    )


def test_the_number_of_statements_does_not_grow_with_the_facilities(
    hangar, censec, tampere, drones
):
    fill(censec, tampere, drones, 2)
    few = cost(found)
    fill(censec, tampere, drones, 12)

    assert cost(found) == few
    assert few <= 40


def fill(censec, tampere, drones, number):
    for _ in range(number):
        for cluster in (censec, tampere):
            take(facility(cluster, None, drones, capabilities=["flight"]))


def cost(run):
    db.session.rollback()
    return count_statements(run)
