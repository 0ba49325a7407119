"""The page of updates, and reading them: by marking all, or by opening what they are about."""

from datetime import datetime
from http import HTTPStatus

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from booking.db import clock
from booking.notices.queries import ShownNotice, header_counts, unread_count
from booking.notices.queries import updates as updates_of
from booking.notices.sentences import leads_to, sentence
from booking.notices.service import mark_opened, mark_read
from booking.rules.visibility import Viewer
from booking.web.access import current_viewer, signed_in, the_account
from booking.web.navigation import Counts
from booking.wording.zones import shown_zone

blueprint = Blueprint("notices", __name__)
MOST_PAGES = 100_000
# The pages of one request, to which updates lead.
_REQUEST_PAGES = {"requests.show", "decisions.show"}


@blueprint.get("/account/updates")
@signed_in
def updates() -> str:
    """Show the person's updates, newest first."""
    account = the_account()
    number = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    return render_template(
        "notices/updates.html",
        page=updates_of(account.viewer, number),
        unread=unread_count(account.person_id),
        sentence=sentence,
        address=_address,
        zone=shown_zone(),
        read_at=clock.now(),
    )


@blueprint.post("/account/updates/read")
@signed_in
def read_all() -> AnyResponse:
    """Mark all updates as read that were there when the page was opened."""
    mark_read(the_account().person_id, _instant(request.form.get("until", "")))
    return redirect(url_for("notices.updates"))


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else None


@blueprint.after_app_request
def read_opened(response: Response) -> Response:
    """Mark the reader's updates about a request as read once its page has been opened."""
    reference = _opened_request()
    if reference is not None and response.status_code == HTTPStatus.OK:
        person_id = current_viewer().person_id
        if person_id is not None:
            mark_opened(person_id, reference)
    return response


def counts_of(viewer: Viewer, now: datetime) -> Counts:
    """Return what waits for a viewer, without the updates that this page makes read."""
    found = header_counts(viewer, now, but_about=_opened_request())
    return Counts(found.inbox, found.unread, found.account_requests)


def _opened_request() -> str | None:
    """Return the reference of the request whose page is being opened, or None."""
    if request.method != "GET" or request.endpoint not in _REQUEST_PAGES:
        return None
    return (request.view_args or {}).get("reference")


def _address(notice: ShownNotice) -> str | None:
    link = leads_to(notice)
    return url_for(link[0], reference=link[1]) if link else None
