"""The page of one's organisation."""

from datetime import date, timedelta

import pytest

from booking.accounts.models import Person
from booking.accounts.queries import account_of
from booking.extensions import db
from booking.feeds.kinds import FeedKind
from booking.feeds.service import feeds_of, make_feed, revoke_feed
from booking.rules.lifecycle import State
from tests.conftest import NOW
from tests.factories import (
    make_account_request,
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
