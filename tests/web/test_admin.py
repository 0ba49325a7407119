"""Pages of administrators."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from booking.accounts.models import AccountMail, Person, SignIn
from booking.data_check.models import LastCheck
from booking.data_check.service import do_due_checks
from booking.extensions import db
from booking.notices.models import WorkerState
from tests.conftest import NOW
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_facility,
    make_membership,
    make_organisation,
    make_person,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, post, read_page, submit

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def people(app, client):
    """An administrator who is signed in, and somebody who has requested dates."""
    with app.app_context():
        here = make_cluster("here", short_name="Here", name="Cluster Here")
        firm = make_organisation("Demo Ångström", home_cluster=here)
        found = {
            "ada": make_person("ada@example.org", is_admin=True),
            "eve": make_person("eve@example.org", is_admin=True),
            "anna": make_person("anna@example.org", organisation=firm),
            "cora": make_coordinator(here, email="cora@example.org"),
        }
        manager = make_person("mia@example.org")
        make_membership(manager, firm, role="manager")
        hall = make_facility(here, "hall", name="Great Hall")
        make_request(found["anna"], hall, [slot_on(date(2027, 1, 12))], title="Secret drone")
        db.session.get(WorkerState, 1).seen_at = NOW
        db.session.commit()
        keys = {name: one.key for name, one in found.items()}
        keys["firm"] = firm.key
        sign_in(client, found["ada"])
        return keys


def use_mail(app, monkeypatch, **changed):
    settings = replace(
        app.extensions["settings"], smtp_host="localhost", mail_from="a@example.org", **changed
    )
    monkeypatch.setitem(app.extensions, "settings", settings)


def kept(page):
    return page.one("textarea", id="why").text


def test_everything_is_in_order_where_it_is(app, client, people, monkeypatch):
    use_mail(app, monkeypatch)
    page = get_page(client, "/admin")
    assert "Everything is in order." in page.text
    assert not page.all("div", class_="note-wrong") + page.all("div", class_="note-warning")


def test_the_overview_says_what_is_wrong_and_what_to_do(app, client, people, monkeypatch):
    use_mail(app, monkeypatch, mail_paused=True)
    with app.app_context():
        db.session.get(WorkerState, 1).seen_at = NOW - timedelta(minutes=42)
        make_cluster("there", short_name="There")
        db.session.commit()
    page = get_page(client, "/admin")
    for text in (
        "The worker has not been seen for 42 minutes",
        "See whether the process flask worker runs",
        "Mail is paused by a setting",
        "1 cluster has no coordinator",
        "There",
    ):
        assert text in page.text
    assert "Everything is in order." not in page.text


def test_a_proxy_in_front_that_is_not_counted_is_named_with_its_headers(client, people):
    page = read_page(
        client.get("/admin", headers={"X-Forwarded-For": "192.0.2.1"}).get_data(as_text=True)
    )
    assert "A proxy is in front, but PROXY_HOPS says none" in page.text
    assert "Your own request came with X-Forwarded-For." in page.text


def test_the_last_check_of_data_and_log_is_shown_and_asked_for(app, client, people):
    page = get_page(client, "/admin").one("section", **{"aria-labelledby": "checks"})
    assert page.text.count("Not checked yet.") == 2
    assert post(client, "/admin/checks/data").location == "/admin#checks"
    assert "The worker begins in a moment." in get_page(client, "/admin").text
    with app.app_context():
        do_due_checks()
        db.session.get(LastCheck, "data").faults = 3
        db.session.get(LastCheck, "log").faults = 1
        db.session.commit()
    page = get_page(client, "/admin").text
    for text in (
        "Stored data contradict each other in 3 places",
        "Run flask check-data",
        "The log of who changed what is not whole",
        "3 faults, checked Tue 24 Nov",
    ):
        assert text in page
    assert post(client, "/admin/checks/everything").status_code == 404


def test_of_a_database_that_was_not_migrated_the_overview_reads_nothing_else(
    client, people, monkeypatch
):
    monkeypatch.setattr("booking.db.readiness._newest_revision", lambda: "9999")
    page = get_page(client, "/admin")
    assert "The database has not been migrated" in page.text
    assert not page.all("section", **{"aria-labelledby": "checks"})


def test_people_are_found_by_a_part_of_name_or_address(client, people):
    for text in ("anna", "NA@EXAMPLE"):
        page = get_page(client, f"/admin/people?text={text}")
        assert "1 person" in page.text
        assert "anna@example.org" in page.text
    for text in ("%25", "_nna", "\0", "nobody"):
        assert "Nobody found" in get_page(client, f"/admin/people?text={text}").text
    admins = get_page(client, "/admin/people?show=admins&page=99")
    assert "2 people" in admins.text
    assert "anna@example.org" not in admins.text


def test_a_person_is_shown_with_roles_and_organisations_and_no_bookings(client, people):
    anna = get_page(client, f"/admin/people/{people['anna']}")
    for text in ("anna@example.org", "Demo Ångström", "member", "nowhere now"):
        assert text in anna.text
    firm = get_page(client, f"/admin/organisations/{people['firm']}")
    for text in ("Anna", "Mia", "manager", "Here"):
        assert text in firm.text
    assert "Coordinator of Here" in get_page(client, f"/admin/people/{people['cora']}").text
    for page in (anna, firm):
        assert "Secret drone" not in page.text
        assert "request" not in page.one("main").text.replace("sends no requests", "")


def test_organisations_are_found_without_their_accents(client, people):
    assert "managed by Mia" in get_page(client, "/admin/organisations?text=angstrom").text
    assert "No organisation found" in get_page(client, "/admin/organisations?show=unmanaged").text


def test_clusters_say_who_runs_them_and_by_which_days(client, people):
    page = get_page(client, "/admin/clusters")
    for text in ("Cluster Here", "Cora", "10 working days", "1 facility", "1 organisation"):
        assert text in page.text


def test_a_step_needs_a_reason_and_keeps_what_was_typed(client, people):
    address = f"/admin/people/{people['anna']}/deactivate"
    refused = post(client, address, {"why": "  "})
    assert refused.status_code == 422
    assert "Say why, in a few words." in read_page(refused.get_data(as_text=True)).text
    long = post(client, address, {"why": "x" * 501})
    assert long.status_code == 422
    assert kept(read_page(long.get_data(as_text=True))) == "x" * 501


def test_the_second_of_two_administrators_is_told(client, people):
    address = f"/admin/people/{people['anna']}/deactivate"
    assert post(client, address, {"why": "left the firm"}).status_code == 303
    assert (
        "This account is deactivated." in get_page(client, f"/admin/people/{people['anna']}").text
    )
    again = post(client, address, {"why": "left the firm"})
    assert again.status_code == 409
    page = read_page(again.get_data(as_text=True))
    assert "Somebody else may have done it" in page.text
    assert kept(page) == "left the firm"


def test_nobody_deactivates_their_own_account_and_one_administrator_stays(client, people):
    own = get_page(client, f"/admin/people/{people['ada']}")
    assert "Deactivate the account" not in own.text
    forced = post(client, f"/admin/people/{people['ada']}/deactivate", {"why": "tired"})
    assert forced.status_code == 409
    assert "Ask another administrator." in forced.get_data(as_text=True)
    assert (
        post(client, f"/admin/people/{people['eve']}/remove-admin", {"why": "has left"}).status_code
        == 303
    )
    last = post(client, f"/admin/people/{people['ada']}/remove-admin", {"why": "tired"})
    assert last.status_code == 409
    assert "is the only administrator" in last.get_data(as_text=True)


def test_who_gives_up_the_role_is_signed_out(client, people):
    answer = post(client, f"/admin/people/{people['ada']}/remove-admin", {"why": "new job"})
    assert answer.headers["Location"] == "/"
    assert client.get("/admin").headers["Location"].startswith("/sign-in")


def test_a_link_is_mailed_and_never_shown_to_who_has_a_password(app, client, people, monkeypatch):
    address = f"/admin/people/{people['anna']}/link"
    shown = post(client, address, {"why": "asked"})
    assert shown.status_code == 409
    assert "This site sends no mail." in shown.get_data(as_text=True)
    use_mail(app, monkeypatch)
    assert post(client, address, {"why": "asked"}).status_code == 303
    with app.app_context():
        assert db.session.query(AccountMail.address).all() == [("anna@example.org",)]


def test_the_first_link_is_shown_once_where_no_mail_is_sent(app, client, people):
    with app.app_context():
        key = make_person("new@example.org", with_password=False).key
    shown = post(client, f"/admin/people/{key}/link", {"why": "lost it"})
    page = shown.get_data(as_text=True)
    link = re.search(r"http://localhost(/welcome/[\w-]+)", page)
    assert client.get(link[1]).status_code == 200
    assert "Account created" not in page
    assert page.count(f'href="/admin/people/{key}"') == 2
    assert 'href="/manage/people"' not in page


def test_all_sign_ins_of_a_person_end(app, client, other_client, people):
    with app.app_context():
        sign_in(other_client, db.session.query(Person).filter_by(key=people["anna"]).one())
    assert "in 1 browser" in get_page(client, f"/admin/people/{people['anna']}").text
    post(client, f"/admin/people/{people['anna']}/sign-out", {"why": "lost a laptop"})
    assert other_client.get("/account").headers["Location"].startswith("/sign-in")
    with app.app_context():
        assert db.session.query(SignIn).count() == 1


def test_an_administrator_makes_the_first_manager(app, client, people):
    with app.app_context():
        firm = make_organisation("Lonely")
        membership = make_membership(make_person("bo@example.org"), firm).key
        key = firm.key
    page = get_page(client, f"/admin/organisations/{key}")
    assert "Nobody manages this organisation." in page.text
    address = f"/admin/organisations/{key}/managers/{membership}"
    assert post(client, address, {}).status_code == 422
    assert post(client, address, {"why": "their letter"}).status_code == 303
    assert "Nobody manages" not in get_page(client, f"/admin/organisations/{key}").text
    assert post(client, address, {"why": "their letter"}).status_code == 409
    assert (
        client.get(f"/admin/organisations/{people['firm']}/managers/{membership}").status_code
        == 404
    )


def test_an_administrator_names_a_coordinator_and_the_last_one_cannot_be_removed(people, client):
    address = "/admin/clusters/here/coordinators"
    assert address in [
        link.get("href") for link in get_page(client, "/admin/clusters").one("main").all("a")
    ]
    page = get_page(client, address)
    assert "cora@example.org" in page.one("main").text
    (removing,) = [one for one in page.all("form") if one.get("action").endswith("/remove")]

    refused = submit(client, removing, {"end_reason": "Has moved"})
    assert refused.status_code == 409
    assert "First make somebody else a coordinator." in read_page(refused.text).one("main").text

    typed = {"email": "anna@example.org", "reason": "Runs it"}
    asked = submit(client, page.one("form", action=address), typed)
    assert asked.status_code == 422
    again = read_page(asked.text)
    assert "works for Demo Ångström." in again.one("main").text
    assert submit(client, again.one("form", action=address)).status_code == 303
    assert "anna@example.org" in get_page(client, address).one("main").text
    assert submit(client, removing, {"end_reason": "Has moved"}).status_code == 303
    assert client.get("/admin/clusters/none/coordinators").status_code == 404
