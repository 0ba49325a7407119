"""Pages: a cluster asks everybody with a role for a second factor."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from booking.accounts.queries import account_of
from booking.clusters.models import Cluster
from booking.extensions import db
from booking.feeds.kinds import FeedKind
from booking.feeds.service import make_feed
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_person,
    make_request,
    make_second_factor,
    sign_in,
    slot_on,
)
from tests.pages import get_page, post, read_page, submit

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])
ADDRESS = "/manage/clusters/here/two-step"
SINCE = datetime(2026, 12, 1, tzinfo=ZoneInfo("Europe/Copenhagen"))


@pytest.fixture
def cluster(app_context, client):
    """A cluster with a hall, whose coordinator is signed in, and an approver without a factor."""
    cluster = make_cluster("here", short_name="Here")
    cluster.hall = make_facility(cluster, "hall", name="Hall")
    cluster.anna = make_approver(
        cluster.hall, email="anna@example.org", name="Anna", organisation=make_organisation()
    )
    cluster.cora = make_coordinator(cluster, name="Cora")
    sign_in(client, cluster.cora)
    return cluster


def main(client, url, status=200):
    return plain(get_page(client, url, status).one("main").text)


def plain(text):
    """The text without the marks that set names apart."""
    return text.replace("\u2068", "").replace("\u2069", "")


def ask(client, day="2026-12-01", reason="Our insurance"):
    form = get_page(client, ADDRESS).one("form", action=ADDRESS)
    return submit(client, form, {"day": day, "reason": reason})


def give_factor(person):
    person_id = person.id
    db.session.rollback()
    make_second_factor(person_id)


def asked(cluster):
    db.session.rollback()
    db.session.get_one(Cluster, cluster.id).second_factor_from = SINCE
    db.session.commit()


def test_a_coordinator_sees_who_has_none_before_saving_and_needs_one_herself(client, cluster):
    page = get_page(client, ADDRESS)
    said = plain(page.one("main").text)
    assert "2 people with a role do not have it yet: Anna · Cora." in said
    assert "Set it up for yourself first" in said
    assert not page.all("form", action=ADDRESS)
    give_factor(cluster.cora)
    assert "1 person with a role does not have it yet: Anna." in main(client, ADDRESS)

    for day, reason, fault in [
        ("2026-11-30", "Because", "Enter Tue 1 Dec or a later day"),
        ("soon", "Because", "Enter a date like"),
        ("", "Because", "Enter the first day."),
        ("2026-12-01", "", "Say why in a few words."),
    ]:
        refused = ask(client, day, reason)
        assert refused.status_code == 422
        page = read_page(refused.text)
        assert fault in page.one("main").text
        assert dict(page.one("form", action=ADDRESS).values())["day"] == day

    assert ask(client).status_code == 303
    assert "Needed from Tue 1 Dec." in main(client, ADDRESS)
    assert "Our insurance" in main(client, "/manage/clusters/here/log")


def test_what_changed_meanwhile_is_shown_and_what_was_typed_is_kept(client, cluster):
    give_factor(cluster.cora)
    form = get_page(client, ADDRESS).one("form", action=ADDRESS)
    db.session.rollback()
    make_approver(cluster.hall, name="Bo")

    refused = submit(client, form, {"day": "2026-12-01", "reason": "Our insurance"})

    assert refused.status_code == 409
    again = read_page(refused.text)
    assert "Nothing was saved" in again.one("main").text
    assert "Anna · Bo" in plain(again.one("main").text)
    form = again.one("form", action=ADDRESS)
    assert dict(form.values())["reason"] == "Our insurance"
    assert submit(client, form, {}).status_code == 303


def test_it_is_lifted_with_a_reason(client, cluster):
    asked(cluster)
    lift = f"{ADDRESS}/lift"
    refused = submit(client, get_page(client, ADDRESS).one("form", action=lift), {})
    assert refused.status_code == 422
    assert "Say why" in refused.text

    form = get_page(client, ADDRESS).one("form", action=lift)
    assert submit(client, form, {"end_reason": "Too early"}).status_code == 303
    assert "Not needed." in main(client, ADDRESS)
    assert submit(client, form, {"end_reason": "Too early"}).status_code == 409


def test_who_has_none_reads_it_on_every_page_and_from_the_day_on_instead_of_the_roles_pages(
    client, cluster, at
):
    asked(cluster)
    request = make_request(make_partner(), cluster.hall, [slot_on(date(2027, 1, 14))], title="Hush")
    own = make_request(cluster.anna, cluster.hall, [slot_on(date(2027, 2, 4))])
    inbox = f"/inbox/{request.reference}"
    sign_in(client, cluster.anna)
    soon = "From Tue 1 Dec your roles in Here need two-step sign-in."
    assert soon in main(client, "/facilities")
    assert "Hush" in main(client, inbox)
    form = get_page(client, inbox).one("main").all("form", method="post")[0]

    at(SINCE)
    sign_in(client, cluster.anna)

    for url in ("/inbox", inbox, "/manage", "/manage/facilities/hall/terms", "/account/absences"):
        page = get_page(client, url, 403).one("main")
        said = plain(page.text)
        assert page.one("h1").text == "Set up two-step sign-in first"
        assert "Your roles in Here do not work until you set up two-step sign-in." in said
        assert page.all("a", href="/account/two-step")
        assert "Hush" not in said
    assert submit(client, form, {}).status_code == 403
    for url in ("/facilities/hall", f"/requests/{own.reference}"):
        assert "Your roles in Here do not work until" in main(client, url)
    assert "Hush" not in main(client, "/account/updates")
    assert "Inbox" not in get_page(client, "/facilities").one("header").text
    assert "does not work without two-step sign-in" in main(client, "/account")
    assert main(client, "/account/two-step").count("Your roles in Here do not work") == 1

    give_factor(cluster.anna)
    assert "Hush" in main(client, inbox)
    assert "two-step sign-in" not in main(client, "/facilities").lower()


def test_a_calendar_link_of_who_decides_ends_and_comes_back(client, cluster, at):
    asked(cluster)
    token = make_feed(account_of(cluster.anna.id), FeedKind.DECIDING, with_titles=True)
    db.session.rollback()
    assert client.get(f"/feeds/{token}.ics").status_code == 200

    at(SINCE)
    assert client.get(f"/feeds/{token}.ics").status_code == 404
    give_factor(cluster.anna)
    assert client.get(f"/feeds/{token}.ics").status_code == 200


def test_before_the_last_factor_is_removed_its_owner_reads_what_follows(client, cluster, at):
    asked(cluster)
    give_factor(cluster.cora)
    from_then = "From Tue 1 Dec your roles in Here do not work without a second step."
    assert from_then in main(client, "/account/two-step")

    at(SINCE)
    sign_in(client, cluster.cora)
    assert "Without a second step your roles in Here do not work" in main(
        client, "/account/two-step"
    )


def test_an_administrator_reads_whose_role_does_not_work(client, cluster, at):
    asked(cluster)
    db.session.rollback()
    admin = make_person(is_admin=True)
    sign_in(client, admin)
    assert "no two-step sign-in" not in main(client, "/admin/clusters")
    at(SINCE)
    sign_in(client, admin)
    said = main(client, "/admin/clusters")
    assert "no coordinator" in said
    assert "Cora (no two-step sign-in)" in said


def test_the_operator_lists_and_lifts_it(app, cluster):
    asked(cluster)
    runner = app.test_cli_runner()
    listed = runner.invoke(args=["second-factor", "list"]).output
    assert "here from 2026-12-01" in listed
    assert "anna@example.org has none" in listed
    command = ["second-factor", "lift", "here", "--reason", "Nobody can sign in"]
    assert "work without a second step" in runner.invoke(args=command).output
    assert runner.invoke(args=["second-factor", "list"]).output == ""
    again = runner.invoke(args=command)
    assert (again.exit_code, again.output) == (1, "Error: The cluster asks for no second step.\n")


def test_posting_from_elsewhere_sets_nothing(client, cluster):
    give_factor(cluster.cora)

    assert post(client, ADDRESS, {"day": "2026-12-01", "reason": "x"}).status_code == 409
