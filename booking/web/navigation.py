"""What the header of every page knows of its reader; read only when it is drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from flask import Flask, request
from flask_babel import gettext

from booking.db import clock
from booking.rules.visibility import Viewer
from booking.web.access import current_account, current_viewer

_OF_BLUEPRINT = {
    "catalogue": "facilities",
    "calendars": "calendar",
    "requests": "requests",
    "decisions": "inbox",
    "manage": "manage",
    "notices": "updates",
    "feeds": "account",
    "accounts": "account",
}
_OF_ENDPOINT = {
    "browse.start": "find",
    "browse.facilities": "facilities",
    "browse.facility": "facilities",
    "browse.free_busy": "facilities",
    "browse.clusters": "clusters",
    "browse.cluster": "clusters",
    "accounts.sign_in": "sign_in",
    "accounts.welcome": "sign_in",
    "accounts.ask": "ask",
    "accounts.asked": "ask",
    "accounts.people_asking": "people",
    "accounts.person_asking": "people",
    "accounts.decline_person": "people",
    "accounts.renew_link": "people",
}


@dataclass(frozen=True)
class Counters:
    """What counts the things that wait for a reader.

    `inbox` counts the requests that want something of one who decides, `unread` the updates that
    a person has not read.
    """

    inbox: Callable[[Viewer, datetime], int]
    unread: Callable[[int], int]


class Navigation:
    """The reader, what they may do, what waits for them, and where they are.

    Everything is read at its first use, so that a page which draws no header reads nothing.
    """

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    @cached_property
    def signed_in(self) -> bool:
        """Tell whether we know who it is."""
        return current_viewer().signed_in

    @cached_property
    def name(self) -> str:
        """The reader's name, "" when not signed in."""
        account = current_account()
        return account.name if account else ""

    @cached_property
    def organisation(self) -> str | None:
        """The name of the reader's organisation."""
        account = current_account()
        return account.organisation_name if account else None

    @cached_property
    def part(self) -> str:
        """For whom the reader acts, in words: their organisation, else what they are here."""
        if self.organisation:
            return self.organisation
        viewer = current_viewer()
        if viewer.coordinates:
            return gettext("coordinator")
        if viewer.approves:
            return gettext("approver")
        return gettext("administrator") if viewer.is_admin else ""

    @cached_property
    def is_decider(self) -> bool:
        """Tell whether the reader decides on some facility."""
        viewer = current_viewer()
        return bool(viewer.approves or viewer.coordinates)

    @cached_property
    def is_coordinator(self) -> bool:
        """Tell whether the reader runs a cluster."""
        return bool(current_viewer().coordinates)

    @cached_property
    def is_admin(self) -> bool:
        """Tell whether the reader is an administrator."""
        return current_viewer().is_admin

    @cached_property
    def inbox_count(self) -> int:
        """How many requests want something of the reader: a decision, or to settle a date."""
        return self._counters.inbox(current_viewer(), clock.now()) if self.is_decider else 0

    @cached_property
    def unread_count(self) -> int:
        """How many updates the reader has not read."""
        person_id = current_viewer().person_id
        return 0 if person_id is None else self._counters.unread(person_id)

    @cached_property
    def active(self) -> str:
        """Which link of the header leads to this page; "" when none does."""
        endpoint = request.endpoint or ""
        of_blueprint = _OF_BLUEPRINT.get(endpoint.partition(".")[0], "")
        return _OF_ENDPOINT.get(endpoint, of_blueprint)


def init_app(app: Flask, counters: Counters) -> None:
    """Give every template its `nav`."""

    @app.context_processor
    def navigation() -> dict[str, Navigation]:
        return {"nav": Navigation(counters)}
