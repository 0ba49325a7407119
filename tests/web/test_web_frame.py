"""The frame of pages: errors say what to do and need nothing that may be broken; styles arrive."""

import functools
import inspect
from types import SimpleNamespace

import pytest
from flask import render_template, url_for
from werkzeug.exceptions import BadRequest, InternalServerError, ServiceUnavailable, abort

from booking.errors import BookingError
from booking.rules.refusals import Refusal, RefusalCode
from booking.web import links
from booking.web.access import public
from booking.wording.refusals import refusal_text
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    sign_in,
)
from tests.pages import get_page, read_page
from tests.statements import statements

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 422, 429, 500, 503])
def test_every_error_page_links_to_where_to_go_next(app, status):
    with app.test_request_context():
        page = read_page(render_template(f"errors/{status}.html"))

    assert page.one("main").all("a", href="/")


def test_a_page_of_a_refusal_shows_its_reasons(app):
    refusals = [Refusal(RefusalCode.IN_THE_PAST), Refusal(RefusalCode.NO_PLACES)]
    with app.test_request_context():
        page = read_page(render_template("errors/422.html", refusals=refusals))
        expected = [refusal_text(refusal) for refusal in refusals]

    assert [one.text for one in page.one("main").all("li")] == expected


def all_below(error):
    return [one for child in error.__subclasses__() for one in (child, *all_below(child))]


def an_example_of(error):
    """An error of this class, with an empty list for whatever it wants to be told."""
    if error.__init__ is BookingError.__init__:
        return error()
    wanted = inspect.signature(error).parameters.values()
    named = {one.name: [] for one in wanted if one.kind is one.KEYWORD_ONLY}
    return error(*([] for one in wanted if one.name not in named), **named)


def test_every_refusal_of_a_service_has_a_page(app, client):
    assert {"DatesInTheWay", "InvalidTerms"} <= {e.__name__ for e in all_below(BookingError)}
    for error in all_below(BookingError):
        app.view_functions["browse.start"] = public(functools.partial(fail, an_example_of(error)))
        answer = client.get("/")

        assert 400 <= answer.status_code < 500, error
        assert read_page(answer.text).one("main").all("a", href="/")


def fail(error):
    raise error


@pytest.mark.parametrize("error", [InternalServerError, ServiceUnavailable])
def test_the_page_of_a_server_error_does_not_read_the_database(app, client, error):
    app.view_functions["browse.start"] = public(lambda: abort(error.code))

    with app.app_context(), statements() as seen:
        assert client.get("/").status_code == error.code
    assert seen == []


def test_the_header_shows_the_viewers_roles_and_links_to_what_they_may_open(app_context, client):
    lab = make_facility(make_cluster())
    partner = make_partner(organisation=make_organisation("Demo Drones"))
    said = {
        partner: "Demo Drones",
        make_approver(lab): "approver",
        make_coordinator(lab.cluster): "coordinator",
    }

    for person, whose in said.items():
        sign_in(client, person)
        header = get_page(client, "/clusters").one("header")
        assert {part.text for part in header.all("span", class_="whose")} == {whose}
        assert bool(header.all("a", href="/requests")) == (person is partner)


def test_the_sign_in_and_the_header_take_two_statements_whoever_looks(app_context, client, warm):
    labs = [make_facility(make_cluster()) for _ in range(3)]
    coordinator = make_coordinator(*(lab.cluster for lab in labs))
    for person in (make_partner(), make_approver(*labs), coordinator):
        sign_in(client, person)
        get_page(client, "/nothing-here", status=404)  # what follows from the rules is kept now

        with statements() as seen:
            get_page(client, "/nothing-here", status=404)
        assert len(seen) == 2


def test_an_address_that_does_not_exist_answers_with_a_page(client):
    assert get_page(client, "/nothing-here", status=404).one("h1").text == "Page not found"


def test_an_untrusted_host_is_refused_with_a_page(client):
    answer = client.get("/", headers={"Host": "evil.example"})

    assert answer.status_code == BadRequest.code


@pytest.mark.parametrize("path", ["/static/theme.css", "/bootstrap.css"])
def test_style_sheets_are_public_and_cached(client, path):
    with client.get(path) as answer:
        assert answer.status_code == 200
        assert "max-age" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("root", ["", "/sub"])
def test_templates_have_the_links_that_flask_would_make(app, root):
    wanted = [
        ("browse.start", {}),
        ("browse.facility", {"slug": "hall"}),
        ("requests.new", {"facility": "hall & yard", "again": "K7M"}),
        ("requests.new", {"again": "K7M", "facility": "hall & yard"}),
        ("manage.closure", {"closure_id": 7}),
        ("calendars.index", {"open": ["a", "b"], "on": None}),
        ("browse.start", {"_anchor": "areas"}),
        ("browse.start", {"_external": True}),
        ("static", {"filename": "app.js"}),
        (".start", {}),
    ]
    of_template = app.jinja_env.globals["url_for"]
    for _ in range(2):
        with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
            made = [of_template(endpoint, **values) for endpoint, values in wanted]
            expected = [url_for(endpoint, **values) for endpoint, values in wanted]
        assert made == expected
        assert all(root in address for address in made)


def test_links_with_long_values_from_an_address_are_not_kept(client, monkeypatch):
    monkeypatch.setattr(links, "time", SimpleNamespace(monotonic=lambda: 0))  # of static files
    get_page(client, "/sign-in?next=/")
    kept = links._path.cache_info().currsize
    for number in range(3):
        get_page(client, f"/sign-in?next=/facilities?what={number}{'x' * 1500}")

    assert links._path.cache_info().currsize == kept
