"""Pages of who changed what: in plain words, for those whom it concerns."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.audit.recording import record
from booking.clusters.models import Cluster
from booking.db.transactions import writing
from booking.extensions import db
from booking.manage.arrival.service import set_arrival
from booking.manage.quotas.service import set_quotas
from booking.manage.status.service import set_status
from booking.rules.audit_events import Event
from booking.rules.quotas import Measure, Period
from booking.rules.roles import RoleKind
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_membership,
    make_organisation,
    make_person,
    make_role,
    sign_in,
)
from tests.pages import text_of

pytestmark = [
    pytest.mark.usefixtures("app_context"),
    pytest.mark.parametrize("engine_name", ["sqlite"]),
]


@pytest.fixture
def anna():
    """Anna, who coordinates the cluster of the hall."""
    cluster = make_cluster("here")
    make_facility(cluster, "hall")
    return make_coordinator(cluster, name="Anna Berg")


def page(client, person, address):
    sign_in(client, person)
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", text_of(answer)).split())


def test_a_facility_has_a_history_in_plain_words_with_before_and_after(client, anna):
    set_status(account_of(anna.id), "hall", "closed")
    set_arrival(account_of(anna.id), "hall", "Gate 3", None)
    set_quotas(account_of(anna.id), "hall", {(Measure.HOURS, Period.YEAR): 400}, None)

    text = page(client, anna, "/manage/facilities/hall/history")

    assert "Anna Berg changed the status of Hall." in text
    assert "Anna Berg changed how to arrive at Hall." in text
    assert "after Gate 3" in text
    assert "Limit a year after 400" in text
    assert "Tue 24 Nov, 10:00" in text


def test_a_person_reads_what_was_changed_about_them_and_from_where(client, anna):
    with writing() as now:
        record(Event.PASSWORD_CHANGED, now=now, actor=anna.id, person=anna.id)
        record(Event.PASSWORD_LINK_MADE, now=now, actor=None, person=anna.id)
        record(Event.ADMIN_NAMED, now=now, actor=anna.id, person=999)

    text = page(client, anna, "/account/history")

    assert "Anna Berg changed their password." in text
    assert "The operator of this site made a link with which Anna Berg can choose" in text
    assert "admin" not in text


def test_members_read_who_joined_and_managers_that_bookings_went_on_without_names_of_deciders(
    client, other_client, anna
):
    firm = make_organisation("Nordic Ltd")
    member, manager = make_person(organisation=firm, name="Bo"), make_person(name="Cy")
    make_membership(manager, firm, role="manager")
    with writing() as now:
        joined = {"person": member.id, "organisation": firm.id}
        record(Event.MEMBER_JOINED, now=now, actor=manager.id, **joined)
        step = {"facility": 1, "organisation": firm.id, "reference": "K7M-4QX"}
        record(Event.BOOKING_STEP, now=now, actor=anna.id, after={"step": "confirmed"}, **step)

    of_member = page(client, member, "/organisation/history")
    of_manager = page(other_client, manager, "/organisation/history")

    assert "Cy let Bo join Nordic Ltd." in of_member
    assert "K7M-4QX" not in of_member
    assert "K7M-4QX at Hall: confirmed (Here)." in of_manager
    assert "Anna Berg" not in of_manager


def test_a_cluster_log_is_filtered_by_kind_person_and_days(client, anna):
    deciding = make_approver(make_facility(make_cluster("there"), "barn"), name="Dan")
    set_status(account_of(anna.id), "hall", "closed")
    set_status(account_of(deciding.id), "barn", "closed")
    with writing() as now:
        record(Event.COORDINATOR_NAMED, now=now, actor=None, person=deciding.id, cluster=1)
    log = "/manage/clusters/here/log"

    whole = page(client, anna, log)
    assert "status of Hall" in whole
    assert "named Dan a coordinator of Here" in whole
    assert "Barn" not in whole
    assert "named Dan" not in page(client, anna, f"{log}?kind=status_changed")
    assert "status of Hall" not in page(client, anna, f"{log}?person=dan")
    assert "No entry fits" in page(client, anna, f"{log}?last=2026-11-23")
    assert "status of Hall" in page(client, anna, f"{log}?first=2026-11-24&last=2026-11-24")
    assert "No entry fits" in page(client, anna, f"{log}?person=%25")


@pytest.mark.parametrize(
    "query",
    ["first=tomorrow", "first=2026-12-02&last=2026-12-01", "kind=never", "person=" + "x" * 200],
)
def test_a_filter_that_makes_no_sense_is_said_at_its_field_and_kept(client, anna, query):
    sign_in(client, anna)

    answer = client.get(f"/manage/clusters/here/log?{query}")

    assert answer.status_code == 422
    assert "There is a problem" in text_of(answer)
    assert client.get(f"/manage/clusters/here/log.csv?{query}").status_code == 422


def test_a_cluster_log_is_exported_as_a_table_without_formulas(client, anna):
    set_arrival(account_of(anna.id), "hall", "Gate 3", None)
    with writing() as now:
        record(Event.STATUS_CHANGED, now=now, actor=anna.id, facility=1, why="=1+1")
    sign_in(client, anna)

    answer = client.get("/manage/clusters/here/log.csv")

    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True))))
    assert answer.mimetype == "text/csv"
    assert rows[1][0] == "2026-11-24T10:00:00+01:00"
    assert rows[1][-1] == "'=1+1"
    assert rows[2][2] == "Anna Berg changed how to arrive at Hall."
    assert rows[2][4] == "Text: Gate 3"


def test_an_admin_reads_of_bookings_only_that_a_step_was_taken(client, anna):
    admin = make_person(is_admin=True)
    with writing() as now:
        record(
            Event.BOOKING_STEP,
            now=now,
            actor=anna.id,
            facility=1,
            reference="K7M-4QX",
            after={"step": "confirmed"},
        )
        record(Event.ADMIN_NAMED, now=now, actor=None, person=admin.id)

    text = page(client, admin, "/admin/log")

    assert "A step of a booking was taken." in text
    assert "K7M-4QX" not in text
    assert "(Anna Berg)" not in text
    assert ": confirmed" not in text
    assert "an administrator." in text


def test_an_admin_reads_no_text_that_owners_wrote_for_theirs(client, other_client, anna):
    admin = make_person(is_admin=True)
    set_arrival(account_of(anna.id), "hall", "Gate 3", 5)

    of_owner = page(client, anna, "/manage/facilities/hall/history")
    of_admin = page(other_client, admin, "/admin/log")

    assert "Gate 3" in of_owner
    assert "Reminder, working days before" in of_admin
    assert "Gate 3" not in of_admin


def test_an_auditor_reads_the_log_of_their_cluster_until_the_role_ends(client, anna, at):
    make_cluster("there")
    auditor = make_person()
    cluster = db.session.scalars(sa.select(Cluster).where(Cluster.slug == "here")).one()
    make_role(auditor, RoleKind.AUDITOR, cluster, last_day=date(2026, 11, 24))
    set_status(account_of(anna.id), "hall", "closed")

    assert "status of Hall" in page(client, auditor, "/manage/clusters/here/log")
    assert client.get("/manage/clusters/here/log.csv").status_code == 200
    assert client.get("/manage/clusters/there/log").status_code == 404
    at(NOW + timedelta(days=1))
    sign_in(client, auditor)
    assert client.get("/manage/clusters/here/log").status_code == 404


def test_pages_name_the_zone_of_their_times(client, anna):
    assert datetime(2026, 11, 24, 9, tzinfo=UTC) == NOW
    set_status(account_of(anna.id), "hall", "closed")

    assert "Copenhagen" in page(client, anna, "/manage/clusters/here/log")
