"""The page of updates: the notices of the person who is signed in."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking.notices.queries import ShownNotice, unread_count
from booking.notices.queries import updates as updates_of
from booking.notices.sentences import leads_to, sentence
from booking.notices.service import mark_read
from booking.web.access import signed_in, the_account
from booking.wording.zones import shown_zone

blueprint = Blueprint("notices", __name__)
MOST_PAGES = 100_000


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
    )


@blueprint.post("/account/updates/read")
@signed_in
def read_all() -> Response:
    """Mark all updates as read."""
    mark_read(the_account().person_id)
    return redirect(url_for("notices.updates"))


def _address(notice: ShownNotice) -> str | None:
    link = leads_to(notice)
    return url_for(link[0], reference=link[1]) if link else None
