"""Keepers change hours and facts of a facility, and learn nothing about who books it."""

from datetime import date, timedelta

import pytest

from booking.accounts.queries import account_of
from booking.bookings.disruption_models import Affected
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.keepers import NeedsDecider, may_change
from booking.manage.arrival.service import set_arrival
from booking.manage.conditions.service import add_condition
from booking.manage.hours import service as hours_service
from booking.manage.hours.service import NewSpecial
from booking.manage.queries import kept_facility, my_facilities
from booking.manage.set_aside.service import NewSetAside, set_aside
from booking.manage.status.service import set_status
from booking.manage.terms.service import reread_with_account
from booking.rules.conditions import ConditionKind, ConditionStage, NewCondition
from booking.rules.lifecycle import State
from booking.rules.owner_changes import KEPT_PARTS, ChangedPart
from booking.rules.roles import RoleKind
from booking.rules.set_aside import PlannedSetAside
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_keeper,
    make_organisation,
    make_partner,
    make_person,
    make_request,
    make_role,
    slot_on,
)

pytestmark = [
    pytest.mark.usefixtures("app_context"),
    pytest.mark.parametrize("engine_name", ["sqlite"]),
]
DAY = date(2026, 12, 1)  # a Tuesday
SHUT = NewSpecial(DAY, DAY, (), "")


@pytest.fixture
def hall():
    """A hall with a bench, a shed beside it, and the keeper of the hall."""
    cluster = make_cluster("here")
    hall = make_facility(cluster, "hall")
    hall.bench = make_facility(cluster, "bench", parent=hall, hours=None)
    hall.shed = make_facility(cluster, "shed")
    hall.keeper = account_of(make_keeper(hall).id)
    return hall


def change(account, facility, new=SHUT):
    """Look at special days, then save them, as the page does; return both outcomes."""
    seen = hours_service.set_special_days(account.viewer, facility.id, new, None)
    saving = hours_service.set_special_days(account.viewer, facility.id, new, seen.version)
    return seen, saving


def marked():
    db.session.rollback()
    return db.session.query(Affected).count()


def test_a_keeper_changes_hours_and_facts_of_the_facility_and_its_parts(hall):
    condition = NewCondition(ConditionKind.AGREEMENT, "Insurance", ConditionStage.BEFORE_FINAL, 5)

    for facility in (hall, hall.bench):
        assert change(hall.keeper, facility)[1].saved
        set_status(hall.keeper, facility.slug, "closed")
        set_arrival(hall.keeper, facility.slug, "Ring at gate 2", 1)
        add_condition(hall.keeper, facility.slug, condition)


def test_a_keeper_changes_nothing_else_and_no_other_facility(hall):
    for part in ChangedPart:
        assert may_change(hall.keeper.viewer, hall.bench.id, part) is (part in KEPT_PARTS)
        assert not may_change(hall.keeper.viewer, hall.shed.id, part)
    with pytest.raises(NotFound):
        reread_with_account(hall.keeper, hall.id)
    with pytest.raises(NotFound):
        set_arrival(hall.keeper, "shed", "Ring at gate 2", 1)
    with pytest.raises(NotFound):
        change(hall.keeper, hall.shed)


@pytest.mark.parametrize("slug", ["hall", "bench"])
def test_hours_that_affect_a_date_here_or_below_are_not_for_a_keeper(hall, slug):
    where = hall if slug == "hall" else hall.bench
    make_request(make_partner(), where, [slot_on(DAY)], state=State.CONFIRMED)

    for outcome in change(hall.keeper, hall):
        assert outcome.needs_decider
        assert not outcome.saved
        assert (list(outcome.disruptions), list(outcome.freed), outcome.version) == ([], [], "")
    assert marked() == 0

    decider = account_of(make_approver(hall).id)
    assert change(decider, hall)[1].saved
    assert marked() == 1


def test_a_status_that_a_date_prevents_names_no_date_to_a_keeper(hall):
    make_request(make_partner(), hall, [slot_on(DAY)], state=State.CONFIRMED)

    with pytest.raises(NeedsDecider):
        set_status(hall.keeper, "hall", "closed")


def test_a_status_that_set_aside_time_prevents_does_not_say_so_to_a_keeper(hall):
    make_organisation("Demo Drones")
    kept = PlannedSetAside(DAY + timedelta(days=70))
    coordinator = account_of(make_coordinator(hall.cluster).id)
    set_aside(coordinator, "hall", NewSetAside(kept, frozenset({"Demo Drones"})))

    with pytest.raises(NeedsDecider):
        set_status(hall.keeper, "hall", "closed")


def test_a_keeper_who_also_decides_makes_every_change(hall):
    person = make_approver(hall)
    make_role(person, RoleKind.KEEPER, hall)
    make_request(make_partner(), hall, [slot_on(DAY)], state=State.CONFIRMED)

    outcome = change(account_of(person.id), hall)[1]

    assert outcome.saved
    assert len(outcome.disruptions) == 1


def test_a_role_of_keeper_that_has_ended_changes_nothing(hall):
    person = make_person()
    role = make_role(person, RoleKind.KEEPER, hall)
    account = account_of(person.id)
    role.ended_at = NOW
    db.session.commit()

    with pytest.raises(NotFound):
        set_arrival(account, "hall", "Ring at gate 2", 1)
    with pytest.raises(NotFound):
        change(account, hall)


def test_the_list_of_a_keeper_has_their_facilities_without_who_decides_there(hall):
    make_approver(hall)

    listed = [one for found in my_facilities(hall.keeper.viewer) for one in found.facilities]

    assert [(one.facility.slug, one.depth) for one in listed] == [("hall", 0), ("bench", 1)]
    assert not any(one.decides or one.approvers for one in listed)
    assert not kept_facility(hall.keeper.viewer, "bench").decides
    with pytest.raises(NotFound):
        kept_facility(hall.keeper.viewer, "shed")
