"""Pages: one's own account."""

import pytest

from booking.accounts.tokens import hashed
from tests.factories import (
    PASSWORD,
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_partner,
    sign_in,
)
from tests.pages import get_page, post, read_page, submit

NEW_PASSWORD = "four words in a row"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.fixture
def anna(app, client):
    """Signed in on `client`."""
    with app.app_context():
        anna = make_partner("anna@example.org", name="Anna Berg")
    sign_in(client, anna)
    return anna


def form_to(page, url):
    return next(form for form in page.one("main").all("form") if form.get("action") == url)


def change(client, old=PASSWORD, password=NEW_PASSWORD, repeated=None):
    form = form_to(get_page(client, "/account/password"), "/account/password")
    typed = {"old": old, "password": password, "repeated": repeated or password}
    return submit(client, form, typed)


@pytest.mark.parametrize("url", ["/account", "/account/password"])
def test_the_account_page_needs_a_sign_in(url, client):
    assert client.get(url).location == f"/sign-in?next={url}"
    assert post(client, url).location == "/sign-in?next=/"


def test_the_account_page_shows_the_person_and_their_roles(client, app):
    with app.app_context():
        censec = make_cluster("censec", name="CenSec")
        hall = make_facility(censec, "hall", name="Fire hall")
        carla = make_coordinator(censec, email="carla@example.org")
        approver = make_approver(hall, email="otto@example.org")
    sign_in(client, carla)
    page = get_page(client, "/account").one("main")
    assert "Coordinator of Censec Manages all facilities of the cluster" in page.text
    assert "Approver of" not in page.text
    assert "carla@example.org" in page.text

    sign_in(client, approver)
    page = get_page(client, "/account").one("main")
    assert "Approver of Fire hall Reads and decides on requests" in page.text
    assert "since Tue 24 Nov, 10:00, given by the operator of this site" in page.text
    assert page.all("a", href="/facilities/hall")
    assert page.all("a", href="/account/feeds")
    assert page.all("a", href="/account/updates")


def test_the_time_zone_can_be_set_and_unset(client, anna):
    form = form_to(get_page(client, "/account"), "/account")

    assert submit(client, form, {"time_zone": "Europe/Helsinki"}).status_code == 303
    page = get_page(client, "/account")
    assert page.one("option", selected="").get("value") == "Europe/Helsinki"
    assert "Helsinki time" in page.text
    submit(client, form_to(page, "/account"), {"time_zone": ""})
    assert get_page(client, "/account").one("option", selected="").get("value") == ""


@pytest.mark.parametrize(
    "zone", ["Europe/Nowhere", "../etc/passwd", "x" * 5000, "\x00", "localtime"]
)
def test_a_zone_that_is_not_offered_is_refused_at_its_field(zone, client, anna):
    answer = post(client, "/account", {"time_zone": zone})

    page = read_page(answer.text)
    assert answer.status_code == 422
    assert page.one("div", id="time_zone-error").text
    assert page.one("title").text.startswith("Error: ")


def test_other_sign_ins_are_listed_and_can_be_ended(client, other_client, anna):
    form = get_page(other_client, "/sign-in").one("main").all("form")[0]
    other_client.environ_base["HTTP_USER_AGENT"] = FIREFOX
    submit(other_client, form, {"email": anna.email, "password": PASSWORD})
    page = get_page(client, "/account").one("main")
    assert "Firefox on Linux" in page.text
    assert "this browser" in page.text
    ends = [form for form in page.all("form") if (form.get("action") or "").endswith("/end")]
    assert len(ends) == 1

    assert submit(client, ends[0]).status_code == 303

    assert other_client.get("/account").status_code == 302
    assert client.get("/account").status_code == 200
    assert submit(client, ends[0]).status_code == 404


def test_a_sign_in_says_how_and_from_where_it_began(client, other_client, anna):
    other_client.environ_base["REMOTE_ADDR"] = "198.51.100.77"
    form = get_page(other_client, "/sign-in").one("main").all("form")[0]
    submit(other_client, form, {"email": anna.email, "password": PASSWORD})

    theirs = get_page(client, "/account").one("main").text
    mine = get_page(other_client, "/account").one("main").text

    assert "signed in with the password · from addresses that begin with 198.51.100" in theirs
    assert "198.51.100.77" not in theirs
    assert "from the same network as now" in mine


def test_all_other_sign_ins_are_ended_at_once(client, other_client, anna):
    sign_in(other_client, anna)
    form = form_to(get_page(client, "/account"), "/account/sign-ins/end-others")

    answer = submit(client, form)

    assert answer.status_code == 303
    assert other_client.get("/account").status_code == 302
    page = get_page(client, "/account")
    assert "You have been signed out everywhere else" in page.text
    assert "Sign out everywhere else" not in page.one("main").text


def test_nobody_ends_the_sign_in_of_another(client, other_client, anna, app):
    with app.app_context():
        bea = make_partner("bea@example.org")
    token = sign_in(other_client, bea)

    assert post(client, f"/account/sign-ins/{hashed(token)}/end").status_code == 404
    assert other_client.get("/account").status_code == 200


def test_the_name_of_a_browser_is_escaped(client, other_client, anna):
    form = get_page(other_client, "/sign-in").one("main").all("form")[0]
    other_client.environ_base["HTTP_USER_AGENT"] = "<script>alert(1)</script>" * 50
    submit(other_client, form, {"email": anna.email, "password": PASSWORD})

    page = get_page(client, "/account")

    assert "Unknown browser" in page.one("main").text
    assert "alert(1)" not in client.get("/account").text


def test_a_new_password_signs_out_everywhere_else(client, other_client, anna):
    sign_in(other_client, anna)

    answer = change(client)

    assert (answer.status_code, answer.location) == (303, "/account")
    assert "Password changed" in get_page(client, "/account").text
    assert other_client.get("/account").status_code == 302
    form = get_page(other_client, "/sign-in").one("main").all("form")[0]
    assert (
        submit(other_client, form, {"email": anna.email, "password": PASSWORD}).status_code == 422
    )
    typed = {"email": anna.email, "password": NEW_PASSWORD}
    assert submit(other_client, form, typed).status_code == 303


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"old": "wrong"}, "old"),
        ({"old": ""}, "old"),
        ({"password": "short"}, "password"),
        ({"password": "anna@example.org"}, "password"),
        ({"repeated": "another text"}, "repeated"),
    ],
)
def test_a_refused_password_change_says_why_and_signs_nobody_out(
    typed, field, client, other_client, anna
):
    sign_in(other_client, anna)

    answer = change(client, **typed)

    page = read_page(answer.text)
    assert answer.status_code == 422
    assert page.one("div", id=f"{field}-error").text
    assert client.get("/account").status_code == 200
    assert other_client.get("/account").status_code == 200
