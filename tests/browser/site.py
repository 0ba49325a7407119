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

from booking import access, clock
from booking.app import create_app
from booking.catalogue import reading, service
from booking.demo import people, story
from booking.extensions import db
from booking.requests.models import BookingRequest
from tests.databases import settings_for

PASSWORD = "fog over the lighthouse"
#: Where this site shows the page of any error.
ERROR_PAGE = "/error-page/<int:status>"


@dataclass(frozen=True)
class Site:
    """A running site and what is on it."""

    app: Flask
    address: str
    references: dict[str, str]

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
    app = create_app(settings_for(database_url, demo=True))
    app.add_url_rule(ERROR_PAGE, "error_page", access.public(_error_page))
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    with app.app_context():
        references = _fill(clock.now())
    server = waitress.create_server(app, listen="127.0.0.1:0", threads=8, ident=None)
    address = f"http://127.0.0.1:{server.effective_port}"
    # Links in feeds lead here.
    app.extensions["settings"] = replace(app.extensions["settings"], base_url=address)
    thread = threading.Thread(target=server.run, name="site")
    thread.start()
    try:
        yield Site(app, address, references)
    finally:
        _stop(server, thread)
        with app.app_context():
            db.engine.dispose()


def _error_page(status: int) -> None:
    abort(status)


def _fill(now: datetime) -> dict[str, str]:
    service.load(reading.read())
    people.make_people(now - story.FIRST_DAY_AGO)
    assert story.tell(now) == [], "these found no dates"
    people.set_password(people.accounts_to_try(), PASSWORD)
    rows = db.session.execute(sa.select(BookingRequest.title, BookingRequest.reference)).all()
    return dict(rows)


def _stop(server: BaseWSGIServer, thread: threading.Thread) -> None:
    # Its loop ends when nothing is left to listen to; only its own thread may take that away.
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
    thread.join()
    server.task_dispatcher.shutdown()
