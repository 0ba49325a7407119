"""The header of every page: the viewer's name and roles, counts, and the active link."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from flask import Flask, request
from flask_babel import gettext

from booking.db import clock
from booking.rules.visibility import Viewer, WorksFor
from booking.web.access import current_account, current_viewer

_OF_BLUEPRINT = {
    "catalogue": "find",
    "calendars": "calendar",
    "requests": "requests",
    "enquiries": "requests",
    "decisions": "inbox",
    "manage": "manage",
    "notices": "updates",
    "absences": "account",
    "alerts": "account",
    "feeds": "account",
    "favourites": "saved",
    "saved": "saved",
    "accounts": "account",
    "second_factors": "account",
    "single_sign_on": "account",
    "organisation": "organisation",
    "admin": "admin",
    "synergies": "clusters",
    "expertise": "clusters",
    "plans": "clusters",
}
_OF_ENDPOINT = {
    "history.facility": "manage",
    "catalogue.import_": "manage",
    "catalogue.run_import": "manage",
    "history.cluster": "manage",
    "history.cluster_file": "manage",
    "history.everything": "admin",
    "break_glass.choose": "admin",
    "break_glass.show": "admin",
    "history.organisation": "organisation",
    "history.person": "account",
    "browse.start": "find",
    "browse.facilities": "find",
    "browse.facility_map": "find",
    "browse.compare": "find",
    "browse.facility": "find",
    "browse.free_busy": "find",
    "browse.clusters": "clusters",
    "browse.cluster": "clusters",
    "corrections.report": "find",
    "corrections.send_report": "find",
    "expertise.keep": "manage",
    "expertise.add": "manage",
    "expertise.change": "manage",
    "expertise.save": "manage",
    "expertise.name_somebody": "manage",
    "expertise.own": "account",
    "plans.follow_facility": "find",
    "enquiries.new": "find",
    "enquiries.send": "find",
    "enquiries.received": "inbox",
    "enquiries.received_one": "inbox",
    "accounts.sign_in": "sign_in",
    "accounts.welcome": "sign_in",
    "second_factors.second_step": "sign_in",
    "accounts.forgotten_password": "sign_in",
    "accounts.reset_requested": "sign_in",
    "accounts.reset_password": "sign_in",
    "single_sign_on.begin": "sign_in",
    "single_sign_on.answer": "sign_in",
    "single_sign_on.not_linked": "sign_in",
    "accounts.ask": "ask",
    "accounts.asked": "ask",
    "accounts.account_requests": "people",
    "manage.roles": "people",
    "manage.give_role": "people",
    "manage.take_role": "people",
    "accounts.account_request": "people",
    "accounts.decline_account_request": "people",
    "accounts.renew_link": "people",
}


@dataclass(frozen=True)
class Counts:
    """What waits for a viewer.

    `inbox` counts requests that need something of a decider, `unread` the updates that they have
    not read, `account_requests` the people who wait for an account from a coordinator.
    """

    inbox: int = 0
    unread: int = 0
    account_requests: int = 0


#: Counts what waits for a viewer who is signed in, at an instant.
Counting = Callable[[Viewer, datetime], Counts]


class Navigation:
    """The values of the header, for templates as `nav`.

    Each is read at its first use, so a page without a header reads nothing.
    """

    def __init__(self, count: Counting) -> None:
        self._count = count

    @cached_property
    def signed_in(self) -> bool:
        """Return whether somebody is signed in."""
        return current_viewer().signed_in

    @cached_property
    def name(self) -> str:
        """Return the viewer's name, "" if not signed in."""
        account = current_account()
        return account.name if account else ""

    @cached_property
    def organisation(self) -> str | None:
        """Return the name of the viewer's organisation, or None."""
        account = current_account()
        return account.organisation_name if account else None

    @cached_property
    def other_organisations(self) -> Sequence[WorksFor]:
        """Return the other organisations for which the viewer works, by name, to switch to."""
        account = current_account()
        if account is None:
            return ()
        return [one for one in account.organisations if one != account.active]

    @cached_property
    def affiliation(self) -> str:
        """Return the viewer's organisation, else their role in words, else ""."""
        if self.organisation:
            return self.organisation
        viewer = current_viewer()
        if viewer.coordinates:
            return gettext("coordinator")
        if viewer.approves:
            return gettext("approver")
        if viewer.keeps:
            return gettext("keeper")
        if viewer.audited_cluster_ids:
            return gettext("auditor")
        return gettext("administrator") if viewer.is_admin else ""

    @cached_property
    def is_decider(self) -> bool:
        """Return whether the viewer decides on some facility."""
        viewer = current_viewer()
        return bool(viewer.approves or viewer.coordinates)

    @cached_property
    def is_keeper(self) -> bool:
        """Return whether the viewer keeps the facts of some facility, or decides on one."""
        return self.is_decider or bool(current_viewer().keeps)

    @cached_property
    def is_coordinator(self) -> bool:
        """Return whether the viewer coordinates a cluster."""
        return bool(current_viewer().coordinates)

    @cached_property
    def is_admin(self) -> bool:
        """Return whether the viewer is an administrator."""
        return current_viewer().is_admin

    @cached_property
    def counts(self) -> Counts:
        """Return what waits for the viewer."""
        viewer = current_viewer()
        return self._count(viewer, clock.now()) if viewer.signed_in else Counts()

    @property
    def inbox_count(self) -> int:
        """Return how many requests and questions about facilities wait for the viewer."""
        return self.counts.inbox

    @property
    def account_request_count(self) -> int:
        """Return how many people wait for an account from the viewer, a coordinator."""
        return self.counts.account_requests

    @property
    def unread_count(self) -> int:
        """Return how many updates the viewer has not read."""
        return self.counts.unread

    @cached_property
    def active(self) -> str:
        """Return the name of the header link that leads to this page, "" if none does."""
        endpoint = request.endpoint or ""
        of_blueprint = _OF_BLUEPRINT.get(endpoint.partition(".")[0], "")
        return _OF_ENDPOINT.get(endpoint, of_blueprint)


def init_app(app: Flask, count: Counting) -> None:
    """Make `nav` available to every template."""

    @app.context_processor
    def navigation() -> dict[str, Navigation]:
        return {"nav": Navigation(count)}
