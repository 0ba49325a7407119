"""Requests that a rule of the owner confirms as they are sent."""

from datetime import date

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import LogEntry, Occupancy, Occurrence
from booking.errors import Invalid, NotFound, Refused
from booking.extensions import db
from booking.manage.automatic.queries import named_organisations
from booking.manage.automatic.service import name_organisation, remove_organisation
from booking.notices.models import Notice
from booking.requests import service
from booking.rules.lifecycle import State
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    slot_on,
)
from tests.request_factories import sending_for

SLOT = slot_on(date(2027, 1, 12))


@pytest.fixture
def cluster(app_context):
    return make_cluster("censec", short_name="CenSec")


@pytest.fixture(params=[False, True], ids=["competing", "held"])
def lab(cluster, request):
    """A facility that confirms for everybody, whether or not its open requests hold places."""
    facility = make_facility(
        cluster,
        "lab",
        automatic_for="everyone",
        automatic_maximum_units=4,
        pending_holds=request.param,
    )
    make_approver(facility, email="approver@example.org")
    return facility


def account(name, **fields):
    return account_of(make_partner(organisation=make_organisation(name, **fields)).id)


def state_after(sender, facility, *slots, **fields):
    service.send(sender, sending_for(facility, *(slots or (SLOT,)), **fields))
    db.session.rollback()
    query = sa.select(Occurrence.state).order_by(Occurrence.id.desc())
    return db.session.scalars(query).first()


def test_a_request_within_the_rule_is_confirmed_and_its_places_are_taken(lab):
    sender = account("Demo Drones")

    assert state_after(sender, lab) is State.CONFIRMED
    assert db.session.scalars(sa.select(Occupancy.held_until)).all() == [None]


def test_the_log_names_the_rule_and_the_owner_gets_one_notice(lab):
    state_after(account("Demo Drones"), lab)

    (line,) = db.session.scalars(sa.select(LogEntry)).all()
    assert (line.before, line.after, line.side) == (None, "confirmed", "rule")
    assert line.rule == {
        "for_whom": "everyone",
        "maximum_units": 4,
        "unit": "hour",
        "notice_days": None,
    }
    (notice,) = db.session.scalars(sa.select(Notice)).all()
    assert (notice.side, notice.after) == ("owner", "confirmed")


@pytest.mark.parametrize("beyond", ["length", "hazards"])
def test_a_request_beyond_the_rule_waits_for_the_approvers(lab, beyond):
    slots = (slot_on(date(2027, 1, 12), "09:00", "14:00"),) if beyond == "length" else ()
    fields = {"hazards": True, "hazards_note": "Lithium"} if beyond == "hazards" else {}

    assert state_after(account("Demo Drones"), lab, *slots, **fields) is State.REQUESTED


def test_a_request_for_which_somebody_waits_is_not_confirmed_at_once(cluster):
    lab = make_facility(cluster, "lab", automatic_for="everyone", pending_holds=False)
    make_approver(lab)
    make_request(make_partner(organisation=make_organisation("Demo Early")), lab, [SLOT])

    assert state_after(account("Demo Drones"), lab) is State.REQUESTED
    beside = slot_on(date(2027, 1, 12), "12:00", "13:00")
    assert state_after(account("Demo Beside"), lab, beside) is State.CONFIRMED


def test_who_waits_for_one_of_several_places_is_in_nobodys_way(cluster):
    lab = make_facility(cluster, "lab", automatic_for="everyone", places=2, pending_holds=False)
    make_approver(lab)
    make_request(make_partner(organisation=make_organisation("Demo Early")), lab, [SLOT])

    assert state_after(account("Demo Drones"), lab) is State.CONFIRMED


def test_who_may_not_see_the_calendar_learns_nothing_from_a_yes(cluster):
    lab = make_facility(
        cluster, "lab", automatic_for="everyone", sees_public="nothing", sees_signed_in="nothing"
    )
    make_approver(lab)

    assert state_after(account("Demo Drones"), lab) is State.REQUESTED


def test_the_rule_of_the_facility_above_holds_below(cluster):
    hall = make_facility(cluster, "hall", automatic_for="everyone")
    bench = make_facility(cluster, "bench", parent=hall)
    make_approver(hall)

    assert state_after(account("Demo Drones"), bench) is State.CONFIRMED


@pytest.mark.parametrize(("home", "state"), [(True, State.CONFIRMED), (False, State.REQUESTED)])
def test_organisations_of_the_own_cluster_are_those_whose_home_it_is(cluster, home, state):
    lab = make_facility(cluster, "lab", automatic_for="own_cluster")
    make_approver(lab)
    sender = account("Demo Drones", home_cluster=cluster if home else make_cluster("hsd"))

    assert state_after(sender, lab) is state


def test_named_organisations_are_those_named_nearest(cluster):
    hall = make_facility(cluster, "hall", automatic_for="named")
    bench = make_facility(cluster, "bench", parent=hall)
    approver = account_of(make_approver(hall).id)
    drones, fly = account("Demo Drones"), account("Demo Fly")

    name_organisation(approver, "hall", "Demo Drones")
    name_organisation(approver, "hall", "Demo Drones")
    assert named_organisations(bench.id).names == ["Demo Drones"]
    assert state_after(drones, bench) is State.CONFIRMED
    name_organisation(approver, "bench", "Demo Fly")
    later = slot_on(date(2027, 1, 13))
    assert state_after(drones, bench, later) is State.REQUESTED
    remove_organisation(approver, "bench", "Demo Fly")
    assert named_organisations(bench.id).facility == hall.name
    assert state_after(fly, bench, slot_on(date(2027, 1, 14))) is State.REQUESTED


def test_only_those_who_decide_name_organisations_that_exist(cluster):
    lab = make_facility(cluster, "lab")
    approver = account_of(make_approver(lab).id)

    with pytest.raises(NotFound):
        name_organisation(account("Demo Drones"), "lab", "Demo Drones")
    with pytest.raises(Invalid, match="unknown"):
        name_organisation(approver, "lab", "Demo None")


def test_the_second_who_sends_for_one_free_time_is_told_that_it_is_taken(lab):
    state_after(account("Demo Drones"), lab)

    with pytest.raises(Refused, match="taken"):
        service.send(account("Demo Fly"), sending_for(lab, SLOT))
    db.session.rollback()
    assert db.session.scalars(sa.select(Occurrence.state)).all() == [State.CONFIRMED]
