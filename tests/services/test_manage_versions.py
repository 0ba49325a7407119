"""The version of a facility: which changes raise it, and that it is checked under the lock."""

from datetime import date, time

import pytest

from booking.accounts.queries import account_of
from booking.facilities.stated_hours import stated_timetables
from booking.manage.closures.service import NewClosure, make
from booking.manage.closures.targets import Target
from booking.manage.hours.service import NewWeek, change_week
from booking.manage.people.service import operator_takes
from booking.manage.terms.service import set_terms
from booking.manage.version import ChangedMeanwhile, changes_since, facility_version, version_of
from booking.rules.closure_times import PlannedClosure
from booking.rules.opening import WeeklySpan
from booking.rules.owner_changes import ChangedPart
from booking.rules.roles import RoleKind
from tests.factories import make_approver, make_cluster, make_coordinator, make_facility
from tests.services.test_manage_terms import terms

TOMORROW = date(2026, 11, 25)


@pytest.fixture
def hall(app_context):
    """A hall with an approver and, `coordinator`, the account of a coordinator."""
    hall = make_facility(make_cluster(), "hall")
    make_approver(hall, email="anna@example.org")
    hall.coordinator = account_of(make_coordinator(hall.cluster, email="bo@example.org").id)
    return hall


def week(opens, closes):
    return NewWeek((WeeklySpan(0, time(opens), time(closes)),), TOMORROW)


def test_hours_are_not_lost_to_a_change_that_has_not_seen_them(hall):
    viewer, seen = hall.coordinator.viewer, facility_version(hall.id)
    previewed = change_week(viewer, hall.id, week(7, 18), None, version=seen)
    other = change_week(viewer, hall.id, week(8, 22), None, version=seen)
    assert change_week(viewer, hall.id, week(8, 22), other.version, version=seen).saved

    with pytest.raises(ChangedMeanwhile):
        change_week(viewer, hall.id, week(7, 18), previewed.version, version=seen)

    assert stated_timetables(hall.id)[-1].spans == week(8, 22).spans


def test_a_preview_and_a_form_saved_unchanged_raise_no_version(hall):
    seen = facility_version(hall.id)
    change_week(hall.coordinator.viewer, hall.id, week(7, 18), None, version=seen)
    for _ in range(2):
        set_terms(hall.coordinator, "hall", terms(hall, lead_time_days=30), version=seen)

    assert facility_version(hall.id) == str(int(seen) + 1)


def test_a_conflict_names_the_terms_that_were_changed_and_each_part_once(hall):
    seen = facility_version(hall.id)
    set_terms(hall.coordinator, "hall", terms(hall, lead_time_days=30))
    set_terms(hall.coordinator, "hall", terms(hall, lead_time_days=30, places=2))
    operator_takes(RoleKind.APPROVER, "hall", "anna@example.org")

    with pytest.raises(ChangedMeanwhile) as conflict:
        set_terms(hall.coordinator, "hall", terms(hall, lead_time_days=20), version=seen)

    rules, approvers = changes_since(hall.coordinator.viewer, conflict.value)
    assert (rules.part, rules.person, rules.is_own) == (ChangedPart.TERMS, "Bo", True)
    assert {"lead_time_days", "places"} <= set(rules.names)
    assert (approvers.part, approvers.person) == (ChangedPart.APPROVERS, None)
    assert approvers.by_operator


def test_a_closure_of_the_whole_cluster_has_a_version_of_its_own(hall):
    target = Target(hall.cluster_id, None)
    closing = PlannedClosure(first_day=TOMORROW, last_day=TOMORROW)
    seen = version_of(target)
    make(hall.coordinator, NewClosure(target, closing, "Move", False), version=seen)

    assert facility_version(hall.id) == "0"
    with pytest.raises(ChangedMeanwhile):
        make(hall.coordinator, NewClosure(target, closing, "Storm", False), version=seen)
