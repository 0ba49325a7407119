"""The pages of an invitation to an organisation: inviting, and answering."""

import pytest

from booking.accounts import invitation_service
from booking.accounts.queries import account_of
from booking.accounts.throttle import ClientSource
from tests.factories import (
    make_membership,
    make_organisation,
    make_person,
    organisations_of,
    sign_in,
)
from tests.pages import get_page, post, read_page

NORA = "nora@example.org"
PASSWORD = "four words in a row"

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def manager(app):
    with app.app_context():
        manager = make_person("mia@example.org")
        make_membership(manager, make_organisation("Firm"), role="manager")
        return manager


@pytest.fixture
def link(app, manager):
    with app.app_context():
        source = ClientSource("", "192.0.2.1", "secret")
        token = invitation_service.invite(account_of(manager.id), NORA, source, by_mail=False)
    return f"/invitations/{token}"


def works_at(app, person):
    with app.app_context():
        return [one.name for one in organisations_of(person.id)]


@pytest.mark.parametrize("known", [True, False])
def test_a_manager_gets_the_same_answer_for_every_address(app, client, manager, known):
    if known:
        with app.app_context():
            make_person(NORA)
    sign_in(client, manager)

    answer = post(client, "/organisation/invitations", {"email": NORA})

    said = answer.text.split("<main")[1].split("</main>")[0]
    assert "Invitation for nora@example.org" in said
    assert "account" not in said
    page = get_page(client, "/organisation")
    assert NORA in page.text
    assert "invited by Mia" in page.text


def test_a_wrong_address_is_answered_at_the_field_and_kept(client, manager):
    sign_in(client, manager)
    for typed, message in (
        ("no address", "Enter an e-mail address such as"),
        ("mia@example.org", "Somebody with this address works here already."),
    ):
        answer = post(client, "/organisation/invitations", {"email": typed})
        assert answer.status_code == 422
        assert message in answer.text
        assert f'value="{typed}"' in answer.text


def test_a_mail_scanner_that_opens_the_link_changes_nothing(client, link):
    for _ in range(2):
        assert "Create your account and join" in get_page(client, link).text


def test_a_newcomer_makes_an_account_and_is_signed_in(client, link):
    short = post(client, link, {"name": "Nora", "password": "short", "repeated": "short"})
    assert short.status_code == 422
    assert 'value="Nora"' in short.text

    post(client, link, {"name": "Nora", "password": PASSWORD, "repeated": PASSWORD})

    text = get_page(client, "/organisation").text
    assert "Welcome, Nora." in text
    assert "Firm" in text
    assert "This invitation no longer works" in get_page(client, link, 404).text


def test_who_has_an_account_signs_in_to_accept(app, client, link):
    with app.app_context():
        nora = make_person(NORA)
    page = get_page(client, link)
    assert "Sign in to it to accept or decline." in page.text
    assert NORA not in page.text
    assert post(client, link, {"name": "X", "password": PASSWORD}).status_code == 409
    post(client, f"{link}/accept")
    assert works_at(app, nora) == []

    sign_in(client, nora)
    assert "Join Firm" in get_page(client, link).text
    post(client, f"{link}/accept")

    assert works_at(app, nora) == ["Firm"]
    assert post(client, f"{link}/accept").status_code == 404


def test_somebody_else_is_not_told_for_whom_it_is(app, client, link):
    with app.app_context():
        other = make_person("other@example.org")
    sign_in(client, other)

    for page in (
        get_page(client, link, 403),
        read_page(post(client, f"{link}/accept").text),
        read_page(post(client, f"{link}/decline").text),
    ):
        assert "This invitation is for another e-mail address" in page.text
        assert NORA not in page.text
        assert "Firm" not in page.text
    assert works_at(app, other) == []


def test_declining_is_shown_to_managers(client, manager, link):
    post(client, f"{link}/decline")
    sign_in(client, manager)
    assert "declined" in get_page(client, "/organisation").text
    assert get_page(client, link, 404)
