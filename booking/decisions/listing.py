"""Which list of the inbox somebody goes through: its filters, and what comes after a decision."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext

from booking.db import clock
from booking.decisions.queries import (
    EnterableFacility,
    InboxView,
    enterable_facilities,
    listed_requests,
)
from booking.facilities.deciders import facilities_under
from booking.rules.next_in_list import next_in_list
from booking.rules.visibility import Viewer
from booking.wording.names import isolated

#: Views in which each request asks for something, and so leads on to the next.
_TO_DO = frozenset({InboxView.WAITING, InboxView.LATE, InboxView.TO_CHECK, InboxView.AFFECTED})


@dataclass(frozen=True)
class ListFilters:
    """The view and the filters of the list, as the address names them; `slug` "": no facility."""

    inbox_view: InboxView
    slug: str
    mine: bool

    def facility_ids(
        self, facilities: Iterable[EnterableFacility], viewer: Viewer
    ) -> frozenset[int] | None:
        """Return the facilities that the list is narrowed to, None: it is not."""
        only = {one.id for one in facilities if one.slug == self.slug} if self.slug else None
        if self.mine:
            named = {one.id for one in facilities_under(viewer.approves, ())}
            only = named if only is None else only & named
        return None if only is None else frozenset(only)

    def address(self, endpoint: str = "decisions.inbox", **changes: Any) -> str:
        """Return the address of a page that keeps this list, but for the `changes`."""
        kept: dict[str, Any] = {
            "show": None if self.inbox_view is InboxView.WAITING else self.inbox_view,
            "facility": self.slug or None,
            "mine": "1" if self.mine else None,
        }
        return url_for(endpoint, **{**kept, **changes})


def list_filters() -> ListFilters:
    """Return the filters that the address of this page names."""
    return ListFilters(
        inbox_view=next(
            (one for one in InboxView if one.value == request.args.get("show")), InboxView.WAITING
        ),
        slug=request.args.get("facility", ""),
        mine=request.args.get("mine") == "1",
    )


def listed(viewer: Viewer, filters: ListFilters) -> dict[str, str | None]:
    """Return who asks by reference, in the order of the list; {} where it leads nowhere.

    None is own use.
    """
    if filters.inbox_view not in _TO_DO:
        return {}
    narrows = bool(filters.slug or filters.mine)
    only = filters.facility_ids(enterable_facilities(viewer), viewer) if narrows else None
    return listed_requests(viewer, clock.now(), filters.inbox_view, only_facilities=only)


def address_after(viewer: Viewer, reference: str, before: Collection[str]) -> str:
    """Return where to go after a decision on a request: the next one of the list, else the list.

    `before` is the list before the decision. A message says whose request is next.
    """
    filters = list_filters()
    after = listed(viewer, filters)
    following = next_in_list(reference, list(before), list(after))
    if following is None:
        return filters.address()
    if following != reference:
        who = after[following]
        flash(gettext("Next: %(who)s.", who=isolated(who) if who else gettext("own use")), "next")
    return filters.address("decisions.show", reference=following)
