"""Roles that a cluster withholds from people without a second factor."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from booking.absences.service import NewAbsence, NobodyLeft, enter_absence
from booking.accounts import people_service, role_service
from booking.accounts.account_mail import AccountMailKind
from booking.accounts.account_request_service import coordinated_by
from booking.accounts.factor_models import AuthenticatorApp
from booking.accounts.models import AccountMail, Person
from booking.accounts.queries import account_of
from booking.accounts.role_service import RoleOf
from booking.accounts.roles import own_roles
from booking.accounts.second_factor_duty import ADMINS_NEED_ONE, remind_of_duties
from booking.audit.models import AuditEntry
from booking.bookings.deciding import deciders_of
from booking.db import clock
from booking.db.transactions import writing
from booking.errors import Conflict, Forbidden, Invalid, NotFound
from booking.extensions import db
from booking.facilities.deciders import answered_facilities, deciders_on, facilities_in_reach
from booking.facilities.tree import node_chains
from booking.manage.people.service import NewRole, give_for_cluster
from booking.manage.second_factor.service import (
    ask_for_second_factor,
    operator_stops_asking,
    second_factor_page,
    stop_asking,
)
from booking.notices.account_mail import account_letter
from booking.notices.account_outbox import take_account_mail
from booking.notices.undecidable import tell_admins
from booking.rules.roles import RoleKind
from booking.rules.visibility import Viewer
from booking.second_factors.service import factors_of
from tests.databases import settings_for
from tests.factories import (
    make_absence,
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_partner,
    make_person,
    make_request,
    make_role,
    make_second_factor,
    slot_on,
)

pytestmark = pytest.mark.usefixtures("app_context")
DAY = date(2026, 12, 1)
#: Midnight in Tampere, an hour before it is midnight in Copenhagen.
SINCE = datetime(2026, 12, 1, tzinfo=ZoneInfo("Europe/Helsinki"))
BEFORE = SINCE - timedelta(seconds=1)


@pytest.fixture
def cluster():
    """A cluster with a hall, its coordinator Cora with a second factor, and Anna with a role."""
    cluster = make_cluster("tampere", short_name="Tampere", time_zone="Europe/Helsinki")
    cluster.hall = make_facility(cluster, "hall", name="Hall")
    cora = make_coordinator(cluster, email="cora@example.org")
    make_second_factor(cora.id)
    cluster.cora = account_of(cora.id)
    cluster.anna = make_partner("anna@example.org")
    return cluster


def ask(cluster, day=DAY, *, by=None):
    by = by or cluster.cora
    version = second_factor_page(by.viewer, cluster.slug).version
    db.session.rollback()
    ask_for_second_factor(by, cluster.slug, day, "Audit", version=version)
    db.session.rollback()


def rights(person_id):
    """What somebody may do, read anew."""
    db.session.rollback()
    return account_of(person_id).viewer


@pytest.mark.parametrize("kind", list(RoleKind))
def test_from_the_day_on_a_role_allows_nothing_until_a_factor_is_set_up_also_from_memory(
    cluster, kind
):
    anna = cluster.anna
    nobody = account_of(anna.id).viewer
    make_role(anna, kind, cluster.hall if kind.of_facility else cluster)
    full = account_of(anna.id).viewer
    decides = deciders_on(cluster.hall.id, None).all
    ask(cluster)

    with clock.fixed(BEFORE):
        assert rights(anna.id) == full != nobody
        assert deciders_on(cluster.hall.id, None).all == decides
        assert account_of(anna.id).needs_second_factor
    with clock.fixed(SINCE):
        assert rights(anna.id) == nobody
        assert deciders_on(cluster.hall.id, None).all == {cluster.cora.person_id}
        assert (anna.id in decides) is (kind in (RoleKind.APPROVER, RoleKind.COORDINATOR))
        assert facilities_in_reach(rights(anna.id)) == []
        assert account_of(anna.id).withheld == {kind}
        assert coordinated_by(anna.id) == set()
        assert [one.is_withheld for one in own_roles(anna.id, SINCE)] == [True]
        make_second_factor(anna.id)
        assert rights(anna.id) == full
        assert deciders_on(cluster.hall.id, None).all == decides
        assert not account_of(anna.id).needs_second_factor
        assert [one.is_withheld for one in own_roles(anna.id, SINCE)] == [False]


def test_a_role_elsewhere_goes_on(cluster):
    there = make_facility(make_cluster("there"), "dock")
    make_role(cluster.anna, RoleKind.APPROVER, there)
    make_role(cluster.anna, RoleKind.APPROVER, cluster.hall)
    ask(cluster)

    with clock.fixed(SINCE):
        assert rights(cluster.anna.id).approves == {there.id}
        assert cluster.anna.id in deciders_on(there.id, None).approvers


def test_whose_role_is_withheld_counts_as_absent_so_that_the_next_in_line_decides(cluster):
    approver = make_approver(cluster.hall)
    request = make_request(make_partner(), cluster.hall, [slot_on(date(2027, 1, 14))])
    booking = request.bookings[0]

    def decide():
        db.session.rollback()
        return deciders_of([booking], clock.now())[booking.id].all

    ask(cluster)
    with clock.fixed(BEFORE):
        assert decide() == {approver.id, cluster.cora.person_id}
    with clock.fixed(SINCE):
        assert decide() == {cluster.cora.person_id}


def test_where_everybody_lost_theirs_nobody_answers_and_the_administrator_is_told(cluster):
    make_person(is_admin=True)
    make_request(make_partner(), cluster.hall, [slot_on(date(2027, 1, 14))])
    ask(cluster)
    with clock.fixed(SINCE):
        assert tell_admins() == 0
        db.session.execute(sa.delete(AuthenticatorApp))
        db.session.commit()

        assert answered_facilities(node_chains([cluster.hall.id])) == set()
        db.session.rollback()
        assert tell_admins() == 1


def test_a_stand_in_whose_role_is_withheld_does_not_decide_nor_is_one_for_whose_is(cluster):
    away, stands_in = make_approver(cluster.hall), make_coordinator(cluster)
    make_absence(away, date(2026, 11, 24), date(2026, 12, 24), stand_in=stands_in)
    make_second_factor(away.id)
    ask(cluster)

    with clock.fixed(BEFORE):
        assert deciders_on(cluster.hall.id, None).stand_ins == {stands_in.id: away.id}
    with clock.fixed(SINCE):
        db.session.rollback()
        assert deciders_on(cluster.hall.id, None).all == {cluster.cora.person_id}
        make_second_factor(stands_in.id)
        db.session.execute(sa.delete(AuthenticatorApp).where(AuthenticatorApp.person_id == away.id))
        db.session.commit()
        assert deciders_on(cluster.hall.id, None).stand_ins == {}
        make_second_factor(away.id)
        assert deciders_on(cluster.hall.id, None).stand_ins == {stands_in.id: away.id}


def test_who_goes_away_is_told_when_nobody_decides_after_the_day(cluster):
    make_coordinator(cluster)  # has none, so counts only before the day
    ask(cluster)

    enter_absence(cluster.cora, NewAbsence(date(2026, 11, 27), DAY - timedelta(days=1)))
    with pytest.raises(NobodyLeft):
        enter_absence(cluster.cora, NewAbsence(DAY, DAY))


def test_a_coordinator_asks_for_it_in_time_and_those_without_one_are_told(cluster):
    make_coordinator(cluster, email="other@example.org")
    make_role(make_person("off@example.org", is_active=False), RoleKind.AUDITOR, cluster)
    for day, code in [
        (date(2026, 11, 23), "past"),
        (date(2026, 11, 30), "too_soon"),
        (date(2027, 12, 1), "too_far"),
    ]:
        with pytest.raises(Invalid, match=code):
            ask(cluster, day)
    ask(cluster)

    page = second_factor_page(cluster.cora.viewer, cluster.slug)
    assert (page.first_day, page.holds) == (DAY, False)
    assert [one.email for one in page.late] == ["other@example.org"]
    mails = db.session.execute(sa.select(AccountMail.address, AccountMail.kind)).all()
    assert mails == [("other@example.org", "second_factor_needed")]
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.event, entry.cluster_id) == ("second_factor_asked", cluster.id)
    assert "2026-12-01" in entry.content
    assert "Audit" in entry.content
    with pytest.raises(Invalid, match="already"):
        ask(cluster)
    ask(cluster, DAY + timedelta(days=1))  # later is never too soon
    with pytest.raises(Invalid, match="too_soon"):
        ask(cluster, DAY - timedelta(days=1))


def test_where_everybody_has_one_it_may_hold_at_once(cluster):
    ask(cluster, date(2026, 11, 24))

    assert second_factor_page(cluster.cora.viewer, cluster.slug).holds
    assert rights(cluster.cora.person_id).coordinates == {cluster.id}


def test_only_a_coordinator_of_the_cluster_who_has_one_asks_for_it(cluster):
    without = account_of(make_coordinator(cluster).id)
    there = account_of(make_coordinator(make_cluster("there")).id)

    with pytest.raises(Forbidden):
        ask(cluster, by=without)
    with pytest.raises(NotFound):
        ask(cluster, by=there)


def test_nothing_is_saved_over_what_somebody_has_not_seen(cluster):
    seen = second_factor_page(cluster.cora.viewer, cluster.slug).version
    make_role(cluster.anna, RoleKind.AUDITOR, cluster)  # who would be concerned, too

    with pytest.raises(Conflict, match="changed_meanwhile"):
        ask_for_second_factor(cluster.cora, cluster.slug, DAY, "Audit", version=seen)
    ask(cluster)
    with pytest.raises(Conflict, match="changed_meanwhile"):
        stop_asking(cluster.cora, cluster.slug, "Wrong", version=seen)


def test_it_is_lifted_by_a_coordinator_or_the_operator_with_a_reason(cluster):
    make_role(cluster.anna, RoleKind.APPROVER, cluster.hall)
    ask(cluster)
    with clock.fixed(SINCE):
        assert not rights(cluster.anna.id).approves
        version = second_factor_page(cluster.cora.viewer, cluster.slug).version
        db.session.rollback()
        stop_asking(cluster.cora, cluster.slug, "Phones broken", version=version)
        assert rights(cluster.anna.id).approves
        db.session.rollback()
        with pytest.raises(Conflict, match="not_asked"):
            operator_stops_asking(cluster.slug, "Again")
    ask(cluster)
    operator_stops_asking(cluster.slug, "Nobody left")

    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.position)).all()
    assert [one.event for one in entries] == [
        "second_factor_asked",
        "second_factor_not_asked",
        "second_factor_asked",
        "second_factor_not_asked",
    ]
    assert "Phones broken" in entries[1].content
    assert entries[3].actor_id is None


def test_people_without_one_are_reminded_once_and_not_if_they_set_it_up_meanwhile(cluster):
    make_role(cluster.anna, RoleKind.APPROVER, cluster.hall)
    quick = make_coordinator(cluster, email="quick@example.org")
    ask(cluster)
    db.session.execute(sa.delete(AccountMail))
    db.session.commit()

    with clock.fixed(SINCE - timedelta(days=3, seconds=1)):
        assert remind_of_duties() == 0
    with clock.fixed(SINCE - timedelta(days=3)):
        assert (remind_of_duties(), remind_of_duties()) == (1, 0)
        make_second_factor(quick.id)
        db.session.rollback()
        settings = settings_for("sqlite://")
        mail = take_account_mail(settings)
        assert (mail.address, mail.kind) == (
            "anna@example.org",
            AccountMailKind.SECOND_FACTOR_REMINDER,
        )
        text = account_letter(mail, settings).get_body(("plain",)).get_content()
        assert "From Tue 1 Dec 2026 your roles in Tampere need two-step" in text
        assert take_account_mail(settings) is None


def test_who_gets_a_role_where_it_is_needed_is_told(cluster):
    ask(cluster)
    new = NewRole(RoleKind.AUDITOR, "anna@example.org", "Audit", acknowledged=True)
    make_role(cluster.anna, RoleKind.APPROVER, cluster.hall)  # so that she belongs to it
    db.session.rollback()

    give_for_cluster(cluster.cora, cluster.id, new)

    mails = db.session.execute(sa.select(AccountMail.address, AccountMail.kind)).all()
    assert ("anna@example.org", "second_factor_needed") in mails


def test_the_last_coordinator_whose_role_works_stays_although_another_holds_it(cluster):
    make_coordinator(cluster)
    ask(cluster)
    cora = db.session.get_one(Person, cluster.cora.person_id)
    wanted = RoleOf(RoleKind.COORDINATOR, cluster.id)

    with clock.fixed(SINCE), writing() as now, pytest.raises(Conflict, match="last_coordinator"):
        role_service.take_role(cora, wanted, now, actor_id=None)


@pytest.fixture
def admins_need_one(app_context):
    """A site that asks its administrators for a second factor."""
    before = db.engine.get_execution_options().get(ADMINS_NEED_ONE)
    db.engine.update_execution_options(**{ADMINS_NEED_ONE: True})
    yield
    db.engine.update_execution_options(**{ADMINS_NEED_ONE: before})


@pytest.mark.usefixtures("admins_need_one")
def test_administrators_without_one_are_none_where_the_site_asks_for_it(cluster):
    ada, other = make_person(is_admin=True), make_person(is_admin=True)
    make_second_factor(other.id)
    me = account_of(ada.id)
    assert (me.viewer, me.is_withheld_admin) == (Viewer(person_id=ada.id), True)
    assert me.needs_second_factor
    with pytest.raises(Forbidden):
        people_service.sign_out_everywhere(me, cluster.anna.key, "Because")
    assert account_of(other.id).viewer.is_admin

    make_second_factor(ada.id)

    assert account_of(ada.id).viewer.is_admin


def test_after_an_administrator_removed_a_lost_factor_the_role_waits_for_a_new_one(cluster):
    admin = account_of(make_person(is_admin=True).id)
    ask(cluster, date(2026, 11, 24))
    db.session.rollback()
    key = db.session.get_one(Person, cluster.cora.person_id).key

    people_service.remove_second_factors(admin, key, "Lost the phone")

    cora = account_of(cluster.cora.person_id)
    assert (cora.viewer.coordinates, cora.withheld) == (set(), {RoleKind.COORDINATOR})
    assert not factors_of(cora.person_id).any
    make_second_factor(cora.person_id)
    assert rights(cora.person_id).coordinates == {cluster.id}
