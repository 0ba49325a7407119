"""Pages: requesting an account, answering the request, and the first password."""

import pytest
import sqlalchemy as sa

from booking.accounts import passwords
from booking.accounts.models import AccountRequest, OneTimeLink, Organisation, Person
from booking.accounts.name_check_service import waiting_name_checks
from booking.db import clock
from booking.extensions import db
from booking.rules.limits import DEFAULT_LIMITS, LimitName
from tests.factories import (
    make_account_request,
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_person,
    organisations_of,
    sign_in,
)
from tests.pages import csrf_token, get_page, post, read_page, submit

ACCOUNT_REQUEST_NETWORK_LIMIT = DEFAULT_LIMITS[LimitName.ACCOUNT_REQUEST_NETWORK]

ANNA = {
    "name": "Anna Berg",
    "email": "anna@example.org",
    "organisation_name": "Berg Drones",
    "organisation_kind": "sme",
    "country": "DK",
    "home_cluster": "censec",
    "message": "Two sensors\nagainst three drones",
}
NEW_PASSWORD = "four words in a row"


@pytest.fixture
def rows(app):
    """Two clusters with a coordinator each, and a request for an account in the first."""
    with app.app_context():
        censec, hsd = make_cluster("censec"), make_cluster("hsd")
        return {
            "censec": censec,
            "hsd": hsd,
            "carla": make_coordinator(censec, email="carla@example.org"),
            "hans": make_coordinator(hsd, email="hans@example.org"),
            "firm": make_organisation("Firm of CenSec", home_cluster=censec),
            "foreign": make_organisation("Firm of HSD", home_cluster=hsd),
            "asks": make_account_request(censec, email="anna@example.org", name="Anna Berg"),
        }


def send_request(client, **typed):
    form = get_page(client, "/ask-for-account").one("main").one("form")
    return submit(client, form, {**ANNA, **typed})


def counted(app, model):
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def form_to(page, url):
    return next(form for form in page.all("form") if form.get("action") == url)


def let_in(client, key, **typed):
    page = get_page(client, f"/manage/people/{key}")
    return submit(client, form_to(page, f"/manage/people/{key}"), typed)


def link_of(answer):
    return read_page(answer.text).one("textarea", id="link").text


def test_a_request_is_acknowledged_and_stored_as_typed(client, rows, app):
    answer = send_request(client, email="New@Example.org")

    assert (answer.status_code, answer.location) == (303, "/ask-for-account/sent")
    assert "Account request sent" in get_page(client, answer.location).one("h1").text
    with app.app_context():
        stored = db.session.scalars(
            sa.select(AccountRequest).where(AccountRequest.email == "new@example.org")
        ).one()
        assert stored.message == "Two sensors\nagainst three drones"
        assert stored.home_cluster_id == rows["censec"].id


@pytest.mark.parametrize("email", ["anna@example.org", "carla@example.org", "nobody@example.org"])
def test_the_answer_does_not_reveal_whether_an_e_mail_is_known(email, client, rows):
    answer = send_request(client, email=email)

    assert (answer.status_code, answer.location) == (303, "/ask-for-account/sent")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 121),
        ("name", "Anna\x00"),
        ("name", "Anna\r\nBcc: eve@example.org"),
        ("name", "Anna \u202egreB"),
        ("name", "Anna\u200bBerg"),
        ("name", "Anna\u0335\u0336\u0337"),
        ("organisation_name", "Berg\U000e0041"),
        ("email", ""),
        ("email", "anna"),
        ("email", "anna@"),
        ("email", "anna@example.org\r\nBcc: eve@example.org"),
        ("email", "Anna <anna@example.org>"),
        ("email", "anna@example.org, eve@example.org"),
        ("email", '"anna"@example.org>'),
        ("email", "a" * 300 + "@example.org"),
        ("email", "\u00e5nna@example.org"),
        ("organisation_name", ""),
        ("organisation_name", "x" * 121),
        ("organisation_kind", None),
        ("organisation_kind", "admin"),
        ("country", ""),
        ("country", "XX"),
        ("country", "dk"),
        ("home_cluster", ""),
        ("home_cluster", "nowhere"),
        ("home_cluster", "1"),
        ("message", "x" * 2001),
        ("message", "\x07"),
    ],
)
def test_errors_are_shown_at_their_fields_and_the_rest_stays(field, value, client, rows, app):
    before = counted(app, AccountRequest)

    answer = send_request(client, **{field: value})

    page = read_page(answer.text)
    assert answer.status_code == 422
    assert [link.get("href") for link in page.one("div", id="errors").all("a")] in (
        [f"#{field}"],
        [f"#{field}-0"],
    )
    others = [name for name in ("name", "email", "organisation_name") if name != field]
    assert all(page.one("input", id=name).get("value") == ANNA[name] for name in others)
    if field != "country":
        assert page.one("select", id="country").one("option", selected="").get("value") == "DK"
    assert counted(app, AccountRequest) == before


def test_fields_that_are_not_in_the_form_change_nothing(client, rows, app):
    typed = {"key": "chosen", "answer": "let_in", "person_id": "1", "is_admin": "1", "id": "77"}

    assert post(client, "/ask-for-account", {**ANNA, **typed}).status_code == 303

    with app.app_context():
        asked = db.session.scalars(sa.select(AccountRequest).order_by(AccountRequest.id)).all()[-1]
        assert (asked.answer, asked.person_id, asked.key == "chosen") == (None, None, False)


def test_too_many_requests_from_one_address_are_refused_and_keep_what_was_typed(client, rows):
    for number in range(ACCOUNT_REQUEST_NETWORK_LIMIT.tries):
        assert send_request(client, email=f"person{number}@example.org").status_code == 303

    answer = send_request(client)

    assert answer.status_code == 429
    assert read_page(answer.text).one("input", id="name").get("value") == "Anna Berg"


def test_the_home_cluster_may_be_unknown(client, rows, app):
    assert send_request(client, home_cluster="unknown").status_code == 303

    for who in ("carla", "hans"):
        other = app.test_client()
        sign_in(other, rows[who])
        assert "cluster not known" in get_page(other, "/manage/people").one("main").text


@pytest.mark.parametrize("url", ["/manage/people", "/manage/people/x"])
def test_only_coordinators_see_the_list(url, client, rows, app):
    assert client.get(url).location == f"/sign-in?next={url}"
    with app.app_context():
        partner = make_partner()
    sign_in(client, partner)
    assert client.get(url).status_code == 404
    assert "Account requests" not in get_page(client, "/account").text


def test_a_coordinator_sees_requests_for_their_cluster_only(client, other_client, rows):
    sign_in(client, rows["carla"])
    sign_in(other_client, rows["hans"])
    url = f"/manage/people/{rows['asks'].key}"

    assert "Anna Berg" in get_page(client, "/manage/people").one("main").text
    assert "Anna Berg" not in get_page(other_client, "/manage/people").text
    assert get_page(client, url).one("h1").text == "Anna Berg"
    assert other_client.get(url).status_code == 404
    for answer in ("", "/decline", "/link"):
        theirs = post(other_client, url + answer, {"organisation": str(rows["foreign"].id)})
        guessed = post(other_client, f"/manage/people/guessed{answer}")
        assert theirs.status_code == guessed.status_code == 404


def test_people_who_wait_are_counted_for_coordinators_until_they_are_answered(client, rows, app):
    waiting = "2 people are waiting for an account"
    with app.app_context():
        make_account_request(None)
        make_account_request(rows["hsd"])
        make_account_request(rows["censec"], answer="declined", answered_at=clock.now())
    sign_in(client, rows["carla"])

    inbox = get_page(client, "/inbox")
    (line,) = inbox.one("main").all("a", href="/manage/people")
    assert line.text == waiting
    assert all(waiting in menu.one("summary").text for menu in inbox.all("details", class_="menu"))

    post(client, f"/manage/people/{rows['asks'].key}/decline")
    assert "1 person is waiting for an account" in get_page(client, "/account").text


def test_people_who_wait_are_counted_for_nobody_else(client, rows, app):
    with app.app_context():
        lab = make_facility(rows["censec"])
        approver = make_approver(lab)
    sign_in(client, approver)

    assert "waiting for an account" not in get_page(client, "/inbox").text


def test_accepting_a_request_shows_the_link_once_and_it_opens_the_account(
    client, other_client, rows, app
):
    sign_in(client, rows["carla"])
    key = rows["asks"].key

    answer = let_in(client, key, organisation=str(rows["firm"].id))

    link = link_of(answer)
    assert answer.status_code == 200
    assert link.startswith("http://localhost/welcome/")
    assert link not in client.get(f"/manage/people/{key}").text
    path = link.removeprefix("http://localhost")
    for _ in range(2):  # a mail scanner looks, too
        page = get_page(other_client, path)
    typed = {"password": NEW_PASSWORD, "repeated": NEW_PASSWORD}
    opened = submit(other_client, page.one("main").one("form"), typed)
    assert (opened.status_code, opened.location) == (303, "/")
    account = get_page(other_client, "/account").one("main").text
    assert "Anna Berg" in account
    assert "Firm of CenSec" in account
    assert client.get(path).status_code == 404
    assert post(app.test_client(), path, typed).status_code == 404


def test_no_organisation_is_chosen_for_the_coordinator_whatever_name_was_typed(client, rows, app):
    with app.app_context():
        asks = make_account_request(rows["censec"], organisation_name="Firm of CenSec")
    sign_in(client, rows["carla"])

    page = get_page(client, f"/manage/people/{asks.key}")

    form = form_to(page, f"/manage/people/{asks.key}")
    assert dict(form.values())["organisation"] == ""
    assert "Organisations with a similar name Firm of CenSec" in page.one("main").text
    assert let_in(client, asks.key).status_code == 422


def test_a_new_organisation_that_looks_like_another_needs_an_administrator(client, rows, app):
    sign_in(client, rows["carla"])
    key = rows["asks"].key
    name = "Firm of H\u0405D GmbH"

    answer = let_in(client, key, new_name=name)

    page = read_page(answer.text).one("main")
    assert answer.status_code == 422
    assert "Only an administrator can add an organisation with this name" in page.text
    assert "looks like: Firm of HSD" in page.text
    again = submit(client, form_to(page, f"/manage/people/{key}"))
    assert again.status_code == 422
    typed = dict(form_to(page, f"/manage/people/{key}").values())
    post(client, f"/manage/people/{key}/name", typed)
    text = get_page(client, f"/manage/people/{key}").text
    assert "The administrators were asked to add Firm of" in text
    assert "administrators asked" in get_page(client, "/manage/people").text

    with app.app_context():
        admin, (check,) = make_person(is_admin=True), waiting_name_checks()
    sign_in(client, admin)
    assert "Looks like: Firm of HSD" in get_page(client, "/admin/organisations").text
    post(client, f"/admin/organisations/names/{check.key}/allow")
    assert "was added. The coordinator" in get_page(client, "/admin/organisations").text
    assert post(client, f"/admin/organisations/names/{check.key}/refuse").status_code == 409
    sign_in(client, rows["carla"])
    page = get_page(client, f"/manage/people/{key}")
    assert "An administrator has added Firm of" in page.text
    assert name in page.one("select", id="organisation").text


def test_the_form_is_filled_with_what_the_person_wrote(client, rows, app):
    sign_in(client, rows["carla"])

    answer = let_in(client, rows["asks"].key)

    assert answer.status_code == 200
    with app.app_context():
        anna = db.session.scalars(sa.select(Person).where(Person.email == "anna@example.org")).one()
        (organisation,) = organisations_of(anna.id)
        assert organisation.name == rows["asks"].organisation_name
        assert organisation.home_cluster_id == rows["censec"].id


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"organisation": "999999"}, "organisation"),
        ({"organisation": "foreign"}, "organisation"),
        ({"organisation": "1e3"}, "organisation"),
        ({"organisation": "-1"}, "organisation"),
        ({"organisation": str(2**63)}, "organisation"),
        ({"organisation": "", "new_name": ""}, "new_name"),
        ({"organisation": "", "new_name": "firm of hsd"}, "new_name"),
        ({"organisation": "", "new_name": "x\x00"}, "new_name"),
        ({"organisation": "", "new_name": "Firm\u2060Two"}, "new_name"),
        ({"organisation": "", "new_kind": "club"}, "new_kind"),
        ({"organisation": "", "new_country": "XX"}, "new_country"),
        ({"organisation": "", "new_home_cluster": "hsd"}, "new_home_cluster"),
    ],
)
def test_accepting_with_values_that_are_not_offered_changes_nothing(
    typed, field, client, rows, app
):
    sign_in(client, rows["carla"])
    if typed["organisation"] == "foreign":
        typed = {"organisation": str(rows["foreign"].id)}
    before = counted(app, Person), counted(app, Organisation), counted(app, OneTimeLink)

    answer = let_in(client, rows["asks"].key, **typed)

    assert answer.status_code == 422
    links = read_page(answer.text).one("div", id="errors").all("a")
    assert [link.get("href") for link in links] == [f"#{field}"]
    assert before == (counted(app, Person), counted(app, Organisation), counted(app, OneTimeLink))


@pytest.mark.parametrize(
    ("home", "said"),
    [("firm", "in an organisation of your cluster"), ("foreign", "You cannot create an account")],
)
def test_a_known_e_mail_is_revealed_only_to_coordinators_of_its_cluster(
    home, said, client, rows, app
):
    with app.app_context():
        make_person("anna@example.org", name="Anna Before", organisation=rows[home])
    sign_in(client, rows["carla"])

    answer = let_in(client, rows["asks"].key)

    summary = read_page(answer.text).one("div", id="errors").text
    assert answer.status_code == 422
    assert said in summary
    assert "Firm of HSD" not in answer.text
    assert "Anna Before" not in answer.text


def test_the_second_answer_is_a_conflict(client, rows, app):
    sign_in(client, rows["carla"])
    url = f"/manage/people/{rows['asks'].key}"
    page = get_page(client, url)
    assert submit(client, form_to(page, f"{url}/decline")).status_code == 303

    assert submit(client, form_to(page, url)).status_code == 409
    assert submit(client, form_to(page, f"{url}/decline")).status_code == 409
    assert "Declined by" in get_page(client, url).one("main").text


def test_a_lost_link_can_be_replaced_until_a_password_is_set(client, other_client, rows):
    sign_in(client, rows["carla"])
    url = f"/manage/people/{rows['asks'].key}"
    first = link_of(let_in(client, rows["asks"].key, organisation=str(rows["firm"].id)))

    answer = submit(client, form_to(get_page(client, url), f"{url}/link"))

    second = link_of(answer)
    assert other_client.get(first).status_code == 404
    page = get_page(other_client, second)
    typed = {"password": NEW_PASSWORD, "repeated": NEW_PASSWORD}
    submit(other_client, page.one("main").one("form"), typed)
    assert post(client, f"{url}/link").status_code == 409
    assert "has chosen a password" in get_page(client, url).one("main").text


@pytest.fixture
def welcome(client, rows, app):
    """The address at which Anna chooses her password."""
    coordinator = app.test_client()
    sign_in(coordinator, rows["carla"])
    return link_of(let_in(coordinator, rows["asks"].key)).removeprefix("http://localhost")


@pytest.mark.parametrize(
    ("password", "repeated", "field"),
    [
        ("", "", "password"),
        ("short", "short", "password"),
        ("password1234", "password1234", "password"),
        ("anna@example.org", "anna@example.org", "password"),
        ("Anna Berg 2027", "Anna Berg 2027", "password"),
        ("x" * 129, "x" * 129, "password"),
        ("four words in a\x00row", "four words in a\x00row", "password"),
        (NEW_PASSWORD, "", "repeated"),
        (NEW_PASSWORD, NEW_PASSWORD + " ", "repeated"),
    ],
)
def test_a_weak_password_is_explained_and_the_link_still_works(
    password, repeated, field, client, welcome
):
    form = get_page(client, welcome).one("main").one("form")

    answer = submit(client, form, {"password": password, "repeated": repeated})

    page = read_page(answer.text)
    assert answer.status_code == 422
    assert f"#{field}" in [link.get("href") for link in page.one("div", id="errors").all("a")]
    assert page.one("div", id=f"{field}-error").text
    good = {"password": NEW_PASSWORD, "repeated": NEW_PASSWORD}
    assert submit(client, page.one("main").one("form"), good).status_code == 303


def test_the_welcome_form_changes_the_password_of_its_person_only(client, welcome, app, rows):
    typed = {
        "password": NEW_PASSWORD,
        "repeated": NEW_PASSWORD,
        "email": "carla@example.org",
        "person_id": str(rows["carla"].id),
        "is_admin": "1",
        "organisation_id": str(rows["foreign"].id),
    }

    assert post(client, welcome, typed).status_code == 303

    with app.app_context():
        carla, anna = (
            db.session.scalars(sa.select(Person).where(Person.email == email)).one()
            for email in ("carla@example.org", "anna@example.org")
        )
        assert passwords.matches(anna.password_hash, NEW_PASSWORD)
        assert not passwords.matches(carla.password_hash, NEW_PASSWORD)
        assert not anna.is_admin
        assert rows["foreign"].id not in [one.id for one in organisations_of(anna.id)]


def test_the_secret_address_is_not_sent_as_referrer(client, welcome):
    assert client.get(welcome).headers["Referrer-Policy"] == "strict-origin"
    assert client.get("/welcome/guessed").headers["Referrer-Policy"] == "strict-origin"


def test_the_welcome_form_works_over_https(client, welcome):
    csrf = csrf_token(client)
    typed = {"password": NEW_PASSWORD, "repeated": NEW_PASSWORD, "csrf_token": csrf}
    # What a browser sends from a page with this policy.
    sent = {"Referer": "https://localhost/", "Origin": "https://localhost"}

    answer = client.post(welcome, data=typed, headers=sent, base_url="https://localhost")

    assert answer.status_code == 303


@pytest.mark.parametrize("token", ["guessed", "x" * 3000, "%00", "%25", "..%2f", "é", "1"])
def test_an_unknown_link_is_not_found(token, client):
    assert client.get(f"/welcome/{token}").status_code == 404
    assert post(client, f"/welcome/{token}", {"password": NEW_PASSWORD}).status_code == 404


def test_a_link_works_while_somebody_else_is_signed_in(client, welcome, rows):
    sign_in(client, rows["hans"])

    post(client, welcome, {"password": NEW_PASSWORD, "repeated": NEW_PASSWORD})

    assert "anna@example.org" in get_page(client, "/account").one("main").text
