"""The page of one's organisation."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.accounts.models import Person
from booking.accounts.queries import account_of
from booking.availability.quota_usage import quota_usages
from booking.extensions import db
from booking.facilities.quota_models import Quota
from booking.feeds.kinds import FeedKind
from booking.feeds.service import feeds_of, make_feed, revoke_feed
from booking.rules.lifecycle import State
from booking.rules.quotas import quota_balances
from tests.conftest import NOW
from tests.factories import (
    make_account_request,
    make_approver,
    make_cluster,
    make_facility,
    make_membership,
    make_organisation,
    make_person,
    make_request,
    organisations_of,
    sign_in,
    slot_on,
)
from tests.pages import get_page, post, read_page

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def people(app):
    """A manager and a member of one organisation; the member has a calendar link."""
    with app.app_context():
        firm = make_organisation("Firm")
        manager = make_person("mia@example.org")
        manager_key = make_membership(manager, firm, role="manager").key
        member = make_person("bo@example.org")
        key = make_membership(member, firm).key
        make_feed(account_of(member.id), FeedKind.OWN, with_titles=False)
        for one in (manager, member):
            db.session.refresh(one)
        return {"manager": manager, "member": member, "key": key, "manager_key": manager_key}


def test_members_see_who_works_there_and_change_nothing(client, people):
    sign_in(client, people["member"])
    page = get_page(client, "/organisation")
    for text in ("Firm", "Mia", "manager", "Bo", "1 calendar link", "0 open requests"):
        assert text in page.text
    assert "mia@example.org" not in page.text
    assert not [form for form in page.all("form") if "/organisation/" in (form.get("action") or "")]


def test_managers_make_managers_and_remove_people(client, people):
    sign_in(client, people["manager"])
    page = get_page(client, "/organisation")
    assert [form for form in page.all("form") if "/organisation/" in (form.get("action") or "")]
    assert "bo@example.org" in page.text
    assert "1 calendar link, not read yet" in page.text

    post(client, f"/organisation/people/{people['key']}/manager", {})
    text = get_page(client, "/organisation").text
    assert "Bo is a manager now." in text
    assert "End managing" in text
    post(client, f"/organisation/people/{people['key']}/member", {})
    assert "Bo is no longer a manager." in get_page(client, "/organisation").text
    post(client, f"/organisation/people/{people['key']}/remove", {})

    page = get_page(client, "/organisation")
    assert "Bo no longer works here." in page.text
    assert "bo@example.org" not in page.text


def test_the_only_manager_is_told_why_they_stay_one(client, app, people):
    sign_in(client, people["manager"])
    assert "End managing" not in get_page(client, "/organisation").text

    post(client, f"/organisation/people/{people['manager_key']}/member", {})

    text = get_page(client, "/organisation").text
    assert "There has to be a manager. Make somebody else a manager first." in text


def test_managers_accept_who_asks_to_join(client, app, people):
    with app.app_context():
        firm = organisations_of(people["manager"].id)[0]
        request = make_account_request(
            name="Nora", message="I work <b>there</b>.", organisation_id=firm.id
        )
    sign_in(client, people["member"])
    assert "Nora" not in get_page(client, "/organisation").text
    sign_in(client, people["manager"])
    page = get_page(client, "/organisation")
    assert "Who asks to join" in page.text
    assert "I work <b>there</b>." in page.text

    answer = post(client, f"/organisation/requests/{request.key}/accept", {})

    page = read_page(answer.text)
    assert "/invitations/" in page.text
    page = get_page(client, "/organisation")
    assert "Who asks to join" not in page.text
    assert request.email in page.text


def test_managers_decline_who_asks_to_join(client, app, people):
    with app.app_context():
        firm = organisations_of(people["manager"].id)[0]
        request = make_account_request(name="Nora", organisation_id=firm.id)
    sign_in(client, people["manager"])

    post(client, f"/organisation/requests/{request.key}/decline", {})

    page = get_page(client, "/organisation")
    assert "Declined." in page.text
    assert "Nora" not in page.text


def test_only_what_is_open_and_valid_here_is_counted(client, app, people):
    with app.app_context():
        firm, other = organisations_of(people["manager"].id)[0], make_organisation("Other")
        member = db.session.get_one(Person, people["member"].id)
        make_membership(member, other)
        lab, slot = make_facility(make_cluster()), slot_on(date(2027, 1, 12))
        make_request(member, lab, [slot], organisation_id=firm.id)
        make_request(member, lab, [slot], organisation_id=firm.id, state=State.DECLINED)
        make_request(member, lab, [slot], organisation_id=other.id)
        there = account_of(member.id, organisation_id=other.id)
        make_feed(there, FeedKind.OWN, with_titles=False)
        here = account_of(member.id, organisation_id=firm.id)
        make_feed(here, FeedKind.OWN, with_titles=False)
        revoke_feed(here, feeds_of(here)[0].key)  # the newest comes first
    sign_in(client, people["manager"])

    text = get_page(client, "/organisation").text

    assert "1 open request" in text
    assert "1 open requests" not in text
    assert "1 calendar link" in text
    assert "2 calendar links" not in text


def test_members_object_to_who_is_about_to_join_where_nobody_manages(client, app, people):
    with app.app_context():
        firm = organisations_of(people["manager"].id)[0]
        request = make_account_request(
            name="Nora",
            joins_id=firm.id,
            announced_by_id=people["manager"].id,
            objections_until=NOW + timedelta(days=5),
        )
    sign_in(client, people["member"])
    assert "Who is about to join" in get_page(client, "/organisation").text
    empty = post(client, f"/organisation/requests/{request.key}/object", {})
    assert (empty.status_code, "Say why." in empty.text) == (422, True)

    words = {f"{request.key}-words": "We do not know her. <b>x</b>"}
    post(client, f"/organisation/requests/{request.key}/object", words)

    text = get_page(client, "/organisation").text
    assert "Bo objected, so they do not join" in text
    assert "We do not know her. <b>x</b>" in text


ZONE = ZoneInfo("Europe/Copenhagen")
BILLING = {"reference": "PO 4711", "name": "Accounts payable", "email": "pay@firm.example"}


def billing_form(client):
    page = get_page(client, "/organisation/billing")
    return dict(page.one("form", action="/organisation/billing").values())


def test_managers_say_what_is_on_invoices_and_members_read_it(client, other_client, people):
    sign_in(client, people["manager"])
    sign_in(other_client, people["member"])

    answer = post(client, "/organisation/billing", billing_form(client) | BILLING)

    assert answer.status_code == 303
    page = get_page(other_client, "/organisation")
    assert "PO 4711" in page.text
    assert "Accounts payable, pay@firm.example" in page.text
    assert not [one for one in page.all("a") if (one.get("href") or "").endswith("/billing")]
    assert other_client.get("/organisation/billing").status_code == 403
    history = get_page(client, "/organisation/history").text
    assert "changed what Firm wants on its invoices" in history
    assert "PO 4711" in history
    assert "pay@firm.example" not in history


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("reference", "x" * 61, "Use at most 60 characters."),
        ("reference", "a\u202eb", "contains a character that cannot be shown"),
        ("name", "x" * 121, "Use at most 120 characters."),
        ("email", "pay at firm", "Enter an e-mail address such as name@example.org."),
        ("email", f"{'x' * 250}@a.eu", "Enter an e-mail address such as name@example.org."),
    ],
)
def test_what_is_wrong_for_invoices_is_said_at_its_field(client, people, field, typed, said):
    sign_in(client, people["manager"])

    answer = post(client, "/organisation/billing", billing_form(client) | BILLING | {field: typed})

    assert answer.status_code == 422
    page = read_page(answer.text)
    assert said in page.one(id=f"{field}-error").text
    assert page.one("input", name=field).get("value") == typed
    assert "PO 4711" not in get_page(client, "/organisation").text


def test_of_two_managers_who_change_invoices_the_second_reads_what_the_first_typed(client, people):
    sign_in(client, people["manager"])
    seen = billing_form(client)
    post(client, "/organisation/billing", seen | BILLING)

    answer = post(client, "/organisation/billing", seen | {"reference": "PO 1"})

    assert answer.status_code == 409
    page = read_page(answer.text)
    assert "It is now: PO 4711, Accounts payable, pay@firm.example." in page.text
    again = {"expected": page.one("input", name="expected").get("value"), "reference": "PO 1"}
    assert post(client, "/organisation/billing", seen | again).status_code == 303
    assert "PO 1" in get_page(client, "/organisation").text


def test_a_request_begins_with_the_reference_of_its_organisation(client, other_client, app, people):
    with app.app_context():
        hall = make_facility(make_cluster("here"), "hall")
        approver = make_approver(hall)
    sign_in(client, people["manager"])
    post(client, "/organisation/billing", billing_form(client) | BILLING)

    page = get_page(client, "/requests/new?facility=hall")
    assert page.one("input", name="billing_reference").get("value") == "PO 4711"
    with app.app_context():
        member = db.session.get_one(Person, people["member"].id)
        reference = make_request(
            member, hall, [slot_on(date(2027, 1, 12))], billing_reference="PO 9"
        ).reference
    page = get_page(client, f"/requests/new?facility=hall&again={reference}")
    assert page.one("input", name="billing_reference").get("value") == "PO 9"
    sign_in(other_client, approver)
    page = get_page(other_client, f"/inbox/{reference}")
    assert "PO 9" in page.text
    assert "PO 4711" not in page.text
    assert "Invoices to Accounts payable, pay@firm.example" in page.text


def test_limits_are_those_of_the_request_form_where_the_reader_has_dates(
    client, other_client, app, people
):
    with app.app_context():
        cluster = make_cluster("here")
        hall = make_facility(cluster, "hall", name="Hall")
        bench = make_facility(cluster, "bench", name="Bench", parent=hall)
        other = make_facility(cluster, "other", name="Other hall")
        for facility in (hall, other):
            db.session.add(Quota(facility_id=facility.id, period="month", measure="hours", most=40))
        member = db.session.get_one(Person, people["member"].id)
        make_request(member, bench, [slot_on(date(2027, 1, 12), "09:00", "12:00")])
        secret = [slot_on(date(2027, 1, 13), "09:00", "11:00")]
        make_request(member, hall, secret, is_confidential=True)
        unread = [slot_on(date(2027, 2, 3), "09:00", "10:00")]
        for facility in (hall, other):
            make_request(member, facility, unread, is_confidential=True)
        make_request(make_person(organisation=make_organisation("Rival")), hall, secret)
        db.session.commit()
        hall_id = hall.id
    sign_in(client, people["manager"])

    limits = get_page(client, "/organisation").one(aria_labelledby="limits").text

    assert "January 2027: 5 h of 40 h used, 35 h left" in limits
    assert "February" not in limits
    assert "Other hall" not in limits
    with app.app_context():
        organisation = organisations_of(people["member"].id)[0]
        usages = quota_usages(hall_id, organisation.id, unread, ZONE, NOW)
        (february,) = quota_balances(usages, [date(2027, 2, 3)], ZONE)
    assert february.used == 60  # the request form counts it
    sign_in(other_client, make_stranger(app))
    assert not get_page(other_client, "/organisation").all(aria_labelledby="limits")


def make_stranger(app):
    with app.app_context():
        return make_person(organisation=make_organisation("Stranger"))
