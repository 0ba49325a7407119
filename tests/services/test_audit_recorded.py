"""What owners, members and the operator change is in the log, with before and after."""

from datetime import UTC, date, datetime, time

import pytest
import sqlalchemy as sa

from booking.absences.service import NewAbsence, end_absence, enter_absence
from booking.accounts import operator_service as operator
from booking.accounts.membership_service import change_role, leave, remove_member
from booking.accounts.models import Membership
from booking.accounts.queries import account_of
from booking.accounts.service import use_link
from booking.audit.models import AuditEntry
from booking.audit.verifying import verify
from booking.extensions import db
from booking.manage.arrival.service import set_arrival
from booking.manage.automatic.service import name_organisation, remove_organisation
from booking.manage.closures import service as closures
from booking.manage.closures.targets import Target
from booking.manage.conditions.service import add_condition
from booking.manage.hours import service as hours
from booking.manage.people.service import (
    NewRole,
    give_for_facility,
    set_audiences,
    take_for_facility,
)
from booking.manage.quotas.service import set_quotas
from booking.manage.replies.service import add_reply, remove_reply, replies_of
from booking.manage.set_aside.queries import set_aside_at
from booking.manage.set_aside.service import NewSetAside, release, set_aside
from booking.manage.status.service import move, set_status
from booking.manage.terms.service import SETTABLE, Terms, set_terms
from booking.rules.audit_chain import content_of
from booking.rules.audit_events import Event
from booking.rules.closure_times import PlannedClosure
from booking.rules.conditions import ConditionKind, ConditionStage, NewCondition
from booking.rules.opening import WeeklySpan
from booking.rules.quotas import Measure, Period
from booking.rules.roles import RoleKind
from booking.rules.set_aside import PlannedSetAside
from booking.rules.terms import BookingMode
from booking.rules.visibility import CalendarLevel, MembershipRole
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_person,
)

pytestmark = pytest.mark.usefixtures("app_context")

DAY = date(2027, 1, 12)


def recorded():
    """Event, before and after of all entries, in their order, and that the chain holds."""
    db.session.rollback()
    assert verify().fault is None
    rows = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.position)).all()
    contents = [content_of(one.content) for one in rows]
    return [
        (Event(one.event), dict(content.before), dict(content.after))
        for one, content in zip(rows, contents, strict=True)
    ]


def hours_twice(change, *values):
    """Preview a change of hours, then save it."""
    change(*values, change(*values, None).version)


def test_what_owners_change_is_recorded_with_before_and_after():
    cluster = make_cluster()
    hall = make_facility(cluster, "hall", places=2)
    make_facility(cluster, "yard")
    firm = make_organisation(home_cluster=cluster)
    person = make_partner(organisation=firm)
    owner = account_of(make_coordinator(cluster).id)

    set_arrival(owner, "hall", "Gate 3", None)
    name_organisation(owner, "hall", firm.name)
    remove_organisation(owner, "hall", firm.name)
    set_quotas(owner, "hall", {(Measure.HOURS, Period.YEAR): 400}, None)
    condition = NewCondition(ConditionKind.INSURANCE, "5 million", ConditionStage.BEFORE_FINAL, 0)
    add_condition(owner, "hall", condition)
    add_reply(owner, cluster.slug, "Full", "We are full.")
    remove_reply(owner, cluster.slug, replies_of(owner.viewer, cluster.slug).replies[0].id)
    set_status(owner, "hall", "winding-down")
    move(owner, "hall", "yard")
    terms = Terms(
        dict.fromkeys(SETTABLE) | {"people_limit": 6, "unit": "hour"}, 2, None, True, True
    )
    set_terms(owner, "hall", terms)
    set_audiences(owner, hall.id, *[CalendarLevel.NOTHING, CalendarLevel.BUSY, CalendarLevel.BUSY])
    new = NewRole(RoleKind.APPROVER, person.email, acknowledged=True)
    give_for_facility(owner, hall.id, new)
    take_for_facility(owner, hall.id, RoleKind.APPROVER, person.email)
    week = hours.NewWeek((WeeklySpan(0, time(9), time(17)),), DAY)
    hours_twice(hours.change_week, owner.viewer, hall.id, week)
    special = hours.NewSpecial(DAY, DAY, (), "Stocktaking")
    hours_twice(hours.set_special_days, owner.viewer, hall.id, special)
    hours_twice(hours.set_opens_on_holidays, owner.viewer, hall.id, True)
    hours.set_mode(owner.viewer, hall.id, BookingMode.BY_AGREEMENT, None)
    target = Target(cluster.id, hall.id)
    closure = closures.NewClosure(target, PlannedClosure(DAY, DAY), "Repairs", False)
    closures.end_now(owner, closures.make(owner, closure))

    by_event = {event: (before, after) for event, before, after in recorded()}
    assert list(by_event) == [
        Event.ARRIVAL_CHANGED,
        Event.AUTOMATIC_NAMED,
        Event.AUTOMATIC_REMOVED,
        Event.QUOTAS_CHANGED,
        Event.CONDITION_ADDED,
        Event.REPLY_SAVED,
        Event.REPLY_REMOVED,
        Event.STATUS_CHANGED,
        Event.PARENT_CHANGED,
        Event.TERMS_CHANGED,
        Event.AUDIENCES_CHANGED,
        Event.APPROVER_NAMED,
        Event.APPROVER_REMOVED,
        Event.HOURS_CHANGED,
        Event.SPECIAL_DAYS_CHANGED,
        Event.HOLIDAYS_CHANGED,
        Event.MODE_CHANGED,
        Event.CLOSURE_MADE,
        Event.CLOSURE_CANCELLED,
    ]
    assert by_event[Event.ARRIVAL_CHANGED] == ({"text": ""}, {"text": "Gate 3"})
    assert by_event[Event.QUOTAS_CHANGED] == ({}, {"hours_year": 400})
    assert by_event[Event.STATUS_CHANGED] == (
        {"status": "open-unverified"},
        {"status": "winding-down"},
    )
    assert by_event[Event.PARENT_CHANGED] == ({"parent": None}, {"parent": "Yard"})
    assert by_event[Event.TERMS_CHANGED][1]["people_limit"] == 6
    assert by_event[Event.AUDIENCES_CHANGED][1] == {"sees_public": "nothing"}
    assert by_event[Event.HOURS_CHANGED][1]["weekly_hours"][-1] == [
        "2027-01-12",
        None,
        [[0, "09:00", "17:00"]],
    ]
    assert by_event[Event.SPECIAL_DAYS_CHANGED] == ({}, {"2027-01-12": [[], "Stocktaking"]})
    assert by_event[Event.HOLIDAYS_CHANGED][1] == {"opens_on_holidays": True}
    assert by_event[Event.CLOSURE_CANCELLED][0]["reason"] == "Repairs"
    assert all(before or after for event, (before, after) in by_event.items() if "changed" in event)


def test_set_aside_time_is_recorded():
    cluster = make_cluster()
    make_facility(cluster, "hall")
    firm = make_organisation()
    owner = account_of(make_coordinator(cluster).id)
    planned = PlannedSetAside(DAY, DAY, time(9), time(12), None, 1)

    set_aside(owner, "hall", NewSetAside(planned, frozenset({firm.name})))
    hall_id = db.session.scalar(sa.text("SELECT id FROM facility"))
    release(owner, "hall", set_aside_at(hall_id, datetime(2026, 11, 24, tzinfo=UTC))[0].key)

    made, released = recorded()
    assert (made[0], made[2]["organisations"]) == (Event.SET_ASIDE_MADE, [firm.name])
    assert released[0] is Event.SET_ASIDE_RELEASED


def test_memberships_accounts_and_absences_are_recorded():
    cluster = make_cluster()
    operator.add_organisation("Nordic Ltd", "sme", "DK", cluster.slug)
    token = operator.add_account("ada@example.org", "Ada", "Nordic Ltd", is_admin=False)
    use_link(token, "a lighthouse in the fog", "")
    operator.add_member("ada@example.org", "Nordic Ltd", is_manager=True)
    ada = account_of(db.session.scalar(sa.select(Membership.person_id)))
    bo = make_person("bo@example.org")
    cy = make_person("cy@example.org")
    for email in (bo.email, cy.email):
        operator.add_member(email, "Nordic Ltd", is_manager=False)
    keys = {
        row.person_id: row.key
        for row in db.session.execute(sa.select(Membership.person_id, Membership.key))
    }
    change_role(ada, keys[bo.id], MembershipRole.MANAGER)
    remove_member(ada, keys[cy.id])
    leave(ada.person_id, keys[ada.person_id], "")
    operator.set_admin(bo.email, True)
    operator.set_active(cy.email, False)
    operator.give_cluster_role(RoleKind.COORDINATOR, cy.email, cluster.slug)
    coordinator = account_of(make_coordinator(cluster).id)
    make_approver(make_facility(cluster))
    make_coordinator(cluster)
    enter_absence(coordinator, NewAbsence(date(2026, 12, 1), date(2026, 12, 2)))
    end_absence(coordinator, date(2026, 12, 1))

    assert [event for event, _, _ in recorded()] == [
        Event.ORGANISATION_MADE,
        Event.ACCOUNT_MADE,
        Event.MEMBER_JOINED,
        Event.PASSWORD_SET,
        Event.MANAGER_NAMED,
        Event.MEMBER_JOINED,
        Event.MEMBER_JOINED,
        Event.MANAGER_NAMED,
        Event.MEMBER_REMOVED,
        Event.MEMBER_LEFT,
        Event.ADMIN_NAMED,
        Event.ACCOUNT_DEACTIVATED,
        Event.COORDINATOR_NAMED,
        Event.ABSENCE_ENTERED,
        Event.ABSENCE_ENDED,
    ]
