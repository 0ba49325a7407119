"""What people type is text on every page: no answer ever holds it as markup."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from booking.accounts.models import Person
from booking.accounts.service import make_link
from booking.db.clock import now
from booking.extensions import db
from tests.factories import make_person, sign_in
from tests.pages import Element, csrf_token, read_page
from tests.test_access import PEOPLE, TABLE, Scene

# As on a server, and faster.
pytestmark = pytest.mark.usefixtures("warm")

MARKUP = '"><svg onload=x>'
RAW = "<svg onload"
#: In whose browser a page is tried: the first of these who may open it.
BROWSERS = ("partner", "coordinator", "anonymous")
TOKEN = "csrf_token"
CHOSEN = ("checkbox", "radio")


@dataclass(frozen=True)
class Submission:
    """One way to send a form: a button, and markup in some of its fields."""

    method: str
    address: str
    pressed: tuple[tuple[str, str], ...]
    marked: tuple[str, ...]


def submissions(address: str, form: Element) -> Iterator[Submission]:
    """Markup in each text and hidden field alone, and in all that people see; for each button."""
    fields = [one for one in form.all("input", "select", "textarea") if one.get("name")]
    chosen = [one for one in fields if one.tag == "select" or one.get("type") in CHOSEN]
    hidden = [one for one in fields if one.get("type") == "hidden"]
    alone = {one.get("name") for one in fields if one not in chosen} - {TOKEN}
    # With markup in what says what the form is about, the answer would be 404 and tell nothing.
    seen = {one.get("name") for one in fields if one not in hidden}
    for button in form.all("button"):
        to = urljoin(address, button.get("formaction") or form.get("action") or "")
        pressed = ((button.get("name"), button.get("value") or ""),) if button.get("name") else ()
        for marked in [*((name,) for name in sorted(alone)), tuple(sorted(seen))]:
            yield Submission(form.get("method", "get").lower(), to, pressed, marked)


def send(client: FlaskClient, form: Element, one: Submission) -> TestResponse:
    """Send the form like this; fields without markup keep the values that they have."""
    kept = [(name, value) for name, value in form.values() if name not in (TOKEN, *one.marked)]
    fields = MultiDict([*kept, *one.pressed, *((name, MARKUP) for name in one.marked)])
    if one.method == "get":
        return client.get(one.address.partition("?")[0], query_string=fields)
    fields[TOKEN] = csrf_token(client)
    return client.post(one.address, data=fields)


def browser(app: Flask, person: Person | None) -> FlaskClient:
    """A browser in which this person is signed in, or nobody."""
    client = app.test_client()
    if person is not None:
        sign_in(client, person)
    return client


def pages(scene: Scene) -> Iterator[tuple[str, Person | None]]:
    """The address of each page, and somebody who may open it."""
    for (method, address), expected in TABLE.items():
        may = [person for person in BROWSERS if expected[PEOPLE.index(person)] == "ok"]
        if method == "GET" and may:
            yield address.format(**scene.names), scene.people[may[0]]
    newcomer = make_person(with_password=False)
    token = make_link(newcomer, now())
    db.session.commit()
    yield f"/welcome/{token}", None


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_markup_typed_into_any_field_of_any_form_never_comes_back_as_markup(
    app: Flask, app_context: None
) -> None:
    scene = Scene()
    all_pages = list(pages(scene))
    tried: set[Submission] = set()
    raw = []
    for address, person in all_pages:
        answer = browser(app, person).get(address)
        forms = read_page(answer.text).all("form") if answer.mimetype == "text/html" else []
        for form in forms:
            client = browser(app, person)  # the form before may have ended the sign-in
            for one in submissions(address, form):
                if one not in tried and RAW in send(client, form, one).text:
                    raw.append(f"{one.method} {one.address}: {', '.join(one.marked)}")
                tried.add(one)
    # What was accepted is read by everybody.
    for address, _ in all_pages:
        for person in BROWSERS:
            # As bytes: some answers are pictures. A table for a spreadsheet is no page.
            answer = browser(app, scene.people[person]).get(address)
            if answer.mimetype != "text/csv" and RAW.encode() in answer.data:
                raw.append(f"get {address} as {person}")

    assert any("repeat-extra" in one.marked for one in tried)
    assert not raw, "\n" + "\n".join(raw)
