"""Coordinators give roles and take them away, and people read what theirs allow."""

import pytest

from booking.accounts.operator_service import give_cluster_role
from booking.accounts.queries import account_of
from booking.accounts.roles import own_roles
from booking.db import clock
from booking.extensions import db
from booking.rules.roles import RoleKind
from tests.conftest import NOW
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    sign_in,
)
from tests.pages import get_page, read_page, submit

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])
PAGE = "/manage/people/roles"
TYPED = {
    "kind": "approver",
    "where": "facility:hall",
    "email": "anna@example.org",
    "reason": "Stands in for Bo",
    "last_day": "2027-03-31",
}


@pytest.fixture
def cluster(app_context, client, other_client):
    """A cluster whose coordinator is signed in, and Anna of a firm at home there."""
    cluster = make_cluster("censec", short_name="CenSec")
    make_facility(cluster, "hall", name="Hall")
    cluster.cora = make_coordinator(cluster, name="Cora", email="cora@example.org")
    firm = make_organisation("Demo Drones", home_cluster=cluster)
    cluster.anna = make_partner("anna@example.org", name="Anna", organisation=firm)
    sign_in(client, cluster.cora)
    return cluster


def give(client, **typed):
    return submit(client, get_page(client, PAGE).one("form", action=PAGE), TYPED | typed)


def test_a_role_is_given_with_a_reason_and_a_last_day_and_the_person_reads_what_it_allows(
    cluster, client, other_client
):
    asked = give(client)
    assert asked.status_code == 422
    page = read_page(asked.text)
    assert "Anna works for Demo Drones." in page.one("main").text
    again = submit(client, page.one("form", action=PAGE))
    assert again.status_code == 303

    listed = get_page(client, PAGE).one("main").text
    assert "anna@example.org Hall works for Demo Drones until Wed 31 Mar 2027" in listed
    assert "given by Cora · why: Stands in for Bo" in listed
    sign_in(other_client, cluster.anna)
    own = get_page(other_client, "/account").one("main").text
    assert "Approver of Hall until Wed 31 Mar 2027 Reads and decides on requests" in own
    assert "given by Cora · why: Stands in for Bo" in own
    told = get_page(other_client, "/account/updates").one("main").text
    assert "Cora made you an approver of Hall." in told


def test_who_gets_a_role_from_the_operator_reads_a_sentence(cluster, other_client):
    give_cluster_role(RoleKind.AUDITOR, cluster.anna.email, "censec", acknowledged=True)

    sign_in(other_client, cluster.anna)
    told = get_page(other_client, "/account/updates").one("main").text
    assert "The operator of this site made you an auditor of" in told


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"reason": ""}, "Why: Say why in a few words."),
        ({"email": "nobody@example.org"}, "No account in your cluster has this address."),
        ({"where": "cluster:censec"}, "Choose a facility"),
        ({"kind": "coordinator"}, "Choose a cluster"),
        ({"where": "facility:none"}, "For: Choose one from the list."),
        ({"where": ""}, "For: Choose one from the list."),
        ({"kind": ""}, "Role: "),
        ({"kind": "admin"}, "Role: "),
        ({"last_day": "soon"}, "Last day: Enter a date like 2027-01-14."),
        ({"last_day": "2026-11-01"}, "Last day: Enter today or a later day"),
        (
            {"email": "cora@example.org", "kind": "coordinator", "where": "cluster:censec"},
            "This person already has this role.",
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_is_kept(
    cluster, client, typed, said
):
    answer = give(client, **typed)

    assert answer.status_code == 422
    page = read_page(answer.text)
    assert said in page.one("div", class_="error-summary").text
    kept = dict(page.one("form", action=PAGE).values())
    for name in ("email", "reason", "last_day"):
        assert kept[name] == (TYPED | typed)[name]
    db.session.rollback()
    assert own_roles(cluster.anna.id, NOW) == []


def test_a_role_is_taken_away_with_a_reason_and_stays_in_the_list_of_what_has_ended(
    cluster, client, other_client
):
    submit(client, read_page(give(client).text).one("form", action=PAGE))
    db.session.rollback()
    key = own_roles(cluster.anna.id, NOW)[0].key
    form = get_page(client, PAGE).one("form", action=f"{PAGE}/{key}/remove")

    silent = submit(client, form, {"end_reason": " "})
    assert silent.status_code == 422
    page = read_page(silent.text)
    assert "Why: Say why in a few words." in page.one("div", class_="error-summary").text
    assert page.all("a", href="#end_reason")
    assert page.all("input", id="end_reason")
    assert submit(client, form, {"end_reason": "Bo is back"}).status_code == 303

    shown = get_page(client, PAGE).one("main").text
    assert "1 role that has ended Anna Approver of Hall" in shown
    assert "by Cora · why: Bo is back" in shown
    sign_in(other_client, cluster.anna)
    told = get_page(other_client, "/account/updates").one("main").text
    assert "Cora removed you as approver of Hall." in told


def test_the_last_coordinator_is_told_what_to_do_first(cluster, client):
    key = own_roles(cluster.cora.id, NOW)[0].key
    form = get_page(client, PAGE).one("form", action=f"{PAGE}/{key}/remove")

    refused = submit(client, form, {"end_reason": "I retire"})

    assert refused.status_code == 409
    page = read_page(refused.text)
    assert "First make somebody else a coordinator." in page.one("main").text
    assert dict(page.one("form", action=f"{PAGE}/{key}/remove").values())["end_reason"] == (
        "I retire"
    )
    db.session.rollback()
    assert account_of(cluster.cora.id).viewer.coordinates == {cluster.id}
    assert [one.kind for one in own_roles(cluster.cora.id, clock.now())] == [RoleKind.COORDINATOR]


def test_an_auditor_finds_the_log_from_the_account_and_reads_no_inbox(
    cluster, client, other_client
):
    given = give(client, kind="auditor", where="cluster:censec", last_day="")
    assert given.status_code == 303

    sign_in(other_client, cluster.anna)
    account = get_page(other_client, "/account").one("main")
    assert "Auditor of CenSec Reads the log of the cluster" in account.text
    assert account.one("a", href="/manage/clusters/censec/log")
    assert other_client.get("/manage/clusters/censec/log").status_code == 200
    for closed in ("/inbox", "/manage", PAGE):
        assert other_client.get(closed).status_code == 404
