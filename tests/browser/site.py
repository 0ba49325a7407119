"""The site that the browser looks at: the demonstration, served in this process."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
import waitress
from flask import Flask, abort
from waitress import wasyncore
from waitress.server import BaseWSGIServer

from booking.accounts.invitation_service import invite
from booking.accounts.models import AccountRequest, Person
from booking.accounts.queries import account_of
from booking.accounts.service import make_link
from booking.accounts.throttle import ClientSource
from booking.app import create_app
from booking.bookings.models import BookingRequest
from booking.catalogue import reading, service
from booking.db import clock
from booking.db.transactions import writing
from booking.demo import people, story
from booking.demo.plans import Plan, PlannedDates, read_plans
from booking.extensions import db
from booking.facilities.models import Facility
from booking.rules.sign_in_providers import SignInProvider
from booking.rules.terms import BookingMode
from booking.rules.visibility import CalendarLevel
from booking.web import access
from tests.databases import settings_for

PASSWORD = "fog over the lighthouse"
#: An address of this site only, which shows the error page of a status.
ERROR_PAGE = "/error-page/<int:status>"

#: Requests for tests to answer, so that those of the demonstration stay as they are.
TO_ANSWER = tuple(
    Plan(
        facility="dema-tinglev",
        by=by,
        weekdays_ago=2,
        dates=PlannedDates(days_ahead=days_ahead, people=4),
        title=title,
        purpose="To be answered by a test.",
    )
    for by, days_ahead, title in (
        ("partner2", 90, "Decided in two windows"),
        ("partner2", 95, "Declined without scripts"),
        ("partner", 100, "Asked and answered"),
    )
)

#: What people can sign in with; nobody is there unless a test puts a provider in its place.
PROVIDER = SignInProvider(
    key="harbour-university",
    name="Harbour University",
    issuer="http://127.0.0.1:9",
    client_id="booking",
    client_secret="only for tests",
    cluster_slug="tampere",
)


@dataclass(frozen=True)
class Site:
    """A running site and what is on it."""

    app: Flask
    address: str
    references: dict[str, str]
    asking_keys: dict[str, str]
    welcome_token: str
    invitation_token: str

    def reference(self, title: str) -> str:
        """The reference of the request of this title."""
        return self.references[title]


def running_clock(start: datetime) -> Callable[[], datetime]:
    """A clock that begins at `start` and goes on from there."""
    began = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - began)


@contextmanager
def served(database_url: str) -> Iterator[Site]:
    """Serve the demonstration from this empty, migrated database."""
    settings = settings_for(database_url, demo=True, sign_in_providers=(PROVIDER,))
    app = create_app(settings)
    app.add_url_rule(ERROR_PAGE, "error_page", access.public(_error_page))
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    with app.app_context():
        facts = _fill(clock.now())
    server = waitress.create_server(app, listen="127.0.0.1:0", threads=8, ident=None)
    address = f"http://127.0.0.1:{server.effective_port}"
    # Links in feeds lead here.
    app.extensions["settings"] = replace(app.extensions["settings"], base_url=address)
    thread = threading.Thread(target=server.run, name="site")
    thread.start()
    try:
        yield Site(app, address, *facts)
    finally:
        _stop(server, thread)
        with app.app_context():
            db.engine.dispose()


def _error_page(status: int) -> None:
    abort(status)


def _fill(now: datetime) -> tuple[dict[str, str], dict[str, str], str, str]:
    service.load(reading.read_catalogue())
    people.make_people(now - story.FIRST_DAY_AGO)
    plans = (*read_plans().plans, *TO_ANSWER)
    assert story.play(now, plans) == [], "these found no dates"
    people.set_password(people.accounts_to_try(), PASSWORD)
    with writing():
        # Kinds of facilities that the catalogue has none of.
        _facility("avignon-technopole").mode = BookingMode.BY_AGREEMENT
        _facility("iosb-it-security-lab").mode = BookingMode.ELSEWHERE
        _facility("iosb-it-security-lab").elsewhere_url = "https://lab.example/booking"
        closed = _facility("hsd-campus")
        closed.sees_public = closed.sees_signed_in = CalendarLevel.NOTHING
        newcomer = db.session.scalars(
            sa.select(Person).where(Person.email == "harbour@demo.example")
        ).one()
        token = make_link(newcomer, now)
    partner = account_of(
        db.session.scalars(sa.select(Person.id).where(Person.email == "partner@demo.example")).one()
    )
    source = ClientSource("", "192.0.2.1", "secret")
    invitation = invite(partner, "ada@demo.example", source, by_mail=False)
    requests = db.session.execute(sa.select(BookingRequest.title, BookingRequest.reference)).all()
    asking = db.session.execute(sa.select(AccountRequest.name, AccountRequest.key)).all()
    return dict(requests), dict(asking), token, invitation


def _facility(slug: str) -> Facility:
    return db.session.scalars(sa.select(Facility).where(Facility.slug == slug)).one()


def _stop(server: BaseWSGIServer, thread: threading.Thread) -> None:
    # Its loop ends when nothing is left to listen to; only its own thread may take that away.
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
    thread.join()
    server.task_dispatcher.shutdown()
