"""The page of updates, and reading them: by marking all, or by opening what they are about."""

from datetime import datetime
from http import HTTPStatus

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from booking.config import Settings
from booking.db import clock
from booking.feeds.service import has_own_feed
from booking.notices.choices import choice_of, choose, digest_zones
from booking.notices.forms import UpdateSettingsForm
from booking.notices.queries import ShownNotice, header_counts, unread_count
from booking.notices.queries import updates as updates_of
from booking.notices.sentences import leads_to, sentence
from booking.notices.service import mark_opened, mark_read, mark_shown
from booking.rules.updates import MOST_INVITATIONS
from booking.rules.visibility import Viewer
from booking.web.access import current_viewer, signed_in, the_account
from booking.web.navigation import Counts
from booking.web.responses import ViewResponse
from booking.wording.zones import shown_zone

blueprint = Blueprint("notices", __name__)
MOST_PAGES = 100_000
# The pages of one request, enquiry or free time, to which updates lead.
_REQUEST_PAGES = {
    "requests.show",
    "decisions.show",
    "enquiries.sent_one",
    "enquiries.received_one",
    "alerts.request_it",
    "saved.open_search",
    "manage.completeness",
    "manage.proposal",
    "admin.concept",
    "expertise.conversation",
    "plans.show",
}


@blueprint.get("/account/updates")
@signed_in
def updates() -> str:
    """Show the person's updates, newest first."""
    account = the_account()
    number = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    shown = updates_of(account.viewer, number)
    page = render_template(
        "notices/updates.html",
        page=shown,
        unread=unread_count(account.person_id),
        sentence=sentence,
        address=_address,
        zone=shown_zone(),
        read_at=clock.now(),
    )
    # What leads to no page that would mark it has been opened with this one.
    mark_shown([one.id for one in shown.notices if one.content and _is_read_here(one)])
    return page


@blueprint.post("/account/updates/read")
@signed_in
def read_all() -> AnyResponse:
    """Mark all updates as read that were there when the page was opened."""
    mark_read(the_account().person_id, _instant(request.form.get("until", "")))
    return redirect(url_for("notices.updates"))


@blueprint.route("/account/updates/settings", methods=["GET", "POST"])
@signed_in
def choose_delivery() -> ViewResponse:
    """Show how the person gets updates; a post changes it."""
    account = the_account()
    settings: Settings = current_app.extensions["settings"]
    choice = choice_of(account.person_id)
    form = UpdateSettingsForm.of(choice, account.viewer)
    status = 200
    if request.method == "POST":
        if form.validate():
            choose(account.person_id, form.choice(choice))
            flash(_("Update settings saved."), "success")
            return redirect(url_for("notices.choose_delivery"), 303)
        status = 422
    page = render_template(
        "notices/settings.html",
        form=form,
        email=account.email,
        sends_mail=settings.smtp_host is not None,
        zone=digest_zones([account.person_id])[account.person_id],
        has_feed=has_own_feed(account),
        most_invitations=MOST_INVITATIONS,
    )
    return page, status


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
    opened = (HTTPStatus.OK, HTTPStatus.FOUND)
    if reference is not None and response.status_code in opened:
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
    return url_for(link.endpoint, **link.values) if link else None


def _is_read_here(notice: ShownNotice) -> bool:
    link = leads_to(notice)
    return not notice.is_read and (link is None or not link.marks_read)
