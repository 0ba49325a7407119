"""Addresses and forms that no browser sends: whatever comes in, nothing breaks and nothing stays.

Every view is tried, found in the URL map, so that a new one is tried too, and each value on every
fourth view. PostgreSQL, the stricter database, gets all values; SQLite those that it minds itself.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from booking.accounts.models import AccountRequest
from booking.bookings.models import BookingRequest, Draft, LogEntry, Occurrence
from booking.extensions import db
from booking.facilities.models import Facility
from tests.factories import (
    make_account_request,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_person,
    make_request,
    sign_in,
    slot_on,
)
from tests.lanes import IS_LONG
from tests.pages import get_page, post, submit

# Values tried for a part of an address, as sent (percent-encoded).
ODD = (
    "%00",
    "a%00b",
    "%FF%FE",
    "%ED%A0%80",
    "%F0%9F%92%A9",
    "%D9%A3",
    "%E2%80%AE",
    "%0D%0AX-Evil:1",
    "-1",
    str(2**63),
    "9" * 4000,
    "%25",
    "%27%20OR%201=1--",
    "%7B%7B7*7%7D%7D",
    "..",
    "%C5%BF%C5%BF%C5%BF-%C5%BF%C5%BF%C5%BF",
)
NUMBERS_AND_DAYS = (
    *("%00", "%FF%FE", "%D9%A3", "-1", "9" * 4000, "1e3"),
    *("0001-01-01", "9999-12-31", "2027-W01-1", "2027-01-12T09:00%2B14:00"),
    *("0001-01-01T00:00", "9999-12-31T23:59", "2027-03-28T02:30", "2027-10-31T02:30"),
)
ARGUMENTS = (
    *("what", "cluster", "kind", "area", "first", "last", "length", "page", "view", "on", "zone"),
    *("from", "to", "first_day", "last_day", "first_half", "last_half", "whole", "places"),
    *("people", "title", "activity", "state", "order", "show", "mine", "booking", "next", "draft"),
    *("hours", "as"),
)


#: Each value is tried on every so many views in the ordinary lane.
EACH = 6
#: Values that SQLite, or the way to it, refuses: characters and numbers that it cannot keep.
MINDED_BY_SQLITE = ("%00", "\0", "%ED%A0%80", str(2**63), "9" * 4000)

pytestmark = [
    pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"]),
    pytest.mark.usefixtures("warm"),  # as on a server, and faster
]


def tried_on(engine_name: str, values: Iterable[Any], turn: int = 0) -> list[Any]:
    """The values that are tried on this engine: all in the long lane, else some in turn."""
    found = [one for one in values if engine_name == "postgresql" or one in MINDED_BY_SQLITE]
    return found if IS_LONG else found[turn % EACH :: EACH]


@pytest.fixture
def people(app_context: None) -> dict[str, object]:
    here = make_cluster("here")
    hall = make_facility(here, "hall", places=2)
    make_facility(here, "yard", unit="half_day")
    organisation = make_organisation(home_cluster=here)
    partner = make_person(organisation=organisation)
    make_request(partner, hall, [slot_on(date(2027, 1, 12))])
    make_account_request(here)
    # Works for an organisation and coordinates: may open every page.
    return {"anonymous": None, "anybody": make_coordinator(here, organisation=organisation)}


@pytest.fixture(params=["anonymous", "anybody"])
def visitor(request: pytest.FixtureRequest, client: FlaskClient, people) -> FlaskClient:
    if people[request.param] is not None:
        sign_in(client, people[request.param])
    return client


def rules(app: Flask, method: str) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if method in rule.methods and not rule.endpoint.endswith("static")
    ]


def kept() -> tuple[int, ...]:
    db.session.rollback()
    return tuple(db.session.query(model).count() for model in (Draft, LogEntry, Occurrence))


def broken(answer: TestResponse) -> bool:
    return answer.status_code >= 500 or "X-Evil" in answer.headers


def test_a_number_that_no_id_can_be_leads_nowhere(app: Flask, client: FlaskClient) -> None:
    addresses = [
        re.sub(r"<[^>]+>", str(2**31), rule.rule)
        for rule in rules(app, "GET")
        if "<int:" in rule.rule
    ]
    assert "/files/documents/2147483648/2147483648" in addresses
    assert {client.get(address).status_code for address in addresses} == {404}


def test_no_part_of_an_address_breaks_a_page(
    app: Flask, visitor: FlaskClient, engine_name: str
) -> None:
    app.testing = False  # a fault is to be answered, so that all of them are seen
    before = kept()
    faults = []
    for method in ("GET", "POST"):
        for turn, rule in enumerate(rules(app, method)):
            for value in tried_on(engine_name, ODD, turn) if rule.arguments else ():
                address = re.sub(r"<[^>]+>", value, rule.rule)
                answer = visitor.get(address) if method == "GET" else post(visitor, address)
                if broken(answer):
                    faults.append(f"{method} {address[:80]}: {answer.status}")
    assert faults == []
    assert kept() == before


def test_no_argument_of_an_address_breaks_a_page(
    app: Flask, visitor: FlaskClient, engine_name: str
) -> None:
    app.testing = False
    before = kept()
    faults = []
    for turn, rule in enumerate(rules(app, "GET")):
        slug = "here" if rule.rule.startswith("/clusters") else "hall"
        path = re.sub(r"<string:\w+>", "x", rule.rule.replace("<string:slug>", slug))
        for value in tried_on(engine_name, NUMBERS_AND_DAYS, turn):
            given = [f"{name}={value}" for name in ARGUMENTS]
            for facility in ("hall", "yard", value):
                if facility != "hall" and rule.rule not in (
                    "/requests/new",
                    "/manage/bookings/new",
                ):
                    continue
                answer = visitor.get(f"{path}?{'&'.join(given)}&facility={facility}")
                if broken(answer):
                    faults.append(
                        f"{path}?...={value[:40]}&facility={facility[:40]}: {answer.status}"
                    )
    assert faults == []
    assert kept() == before


# What people cannot type and forgers send; with the last the field comes twice.
TYPED = ("\0", "a\x07\u202e", "9" * 4000, "\u0663", "-0", "%(x)s %n {0} {{7*7}}", ["", "\0"])
PAGES = {
    "anonymous": (
        "/",
        "/facilities",
        "/sign-in",
        "/ask-for-account",
        "/requests/new?facility=hall&from=2027-01-12T09:00&to=2027-01-12T11:00",
        "/requests/new?facility=yard&first_day=2027-01-12&last_day=2027-01-12",
    ),
    "anybody": (
        "/calendar",
        "/account",
        "/account/password",
        "/account/feeds",
        "/requests/{mine}/withdraw",
        "/inbox/{others}",
        "/manage/bookings/new?facility=hall&from=2027-01-12T09:00&to=2027-01-12T11:00",
        "/manage/people/{asking}",
    ),
}


@pytest.mark.parametrize("who", PAGES)
def test_no_value_of_a_form_breaks_a_page(
    app: Flask, client: FlaskClient, people, who, engine_name: str
) -> None:
    app.testing = False
    anybody = people["anybody"]
    references = {
        "mine": make_request(anybody, the_hall(), [slot_on(date(2027, 1, 13))]).reference,
        "others": db.session.query(BookingRequest.reference).order_by(BookingRequest.id).first()[0],
        "asking": db.session.query(AccountRequest.key).scalar(),
    }
    db.session.rollback()
    if people[who] is not None:
        sign_in(client, people[who])
    faults = []
    for address in PAGES[who]:
        page = get_page(client, address.format(**references))
        for form in page.one("main").all("form"):
            names = dict.fromkeys(name for name, _ in form.values() if name != "csrf_token")
            for turn, name in enumerate(names):
                for value in tried_on(engine_name, TYPED, turn):
                    answer = submit(client, form, {name: value})
                    if broken(answer):
                        faults.append(f"{form.get('action')} {name}={value!r:.40}: {answer.status}")
    assert faults == []


def the_hall() -> Facility:
    return db.session.query(Facility).filter_by(slug="hall").one()
