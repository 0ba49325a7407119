"""The page of one's organisation, and what its managers do there."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.accounts.membership_service import change_role, remove_member
from booking.db import clock
from booking.errors import Conflict
from booking.organisation.queries import organisation_page
from booking.rules.visibility import MembershipRole
from booking.web.access import signed_in, the_account
from booking.wording.names import isolated
from booking.wording.zones import shown_zone

blueprint = Blueprint("organisation", __name__)


@blueprint.get("/organisation")
@signed_in
def index() -> str:
    """Show the organisation for which the person acts, and who works there."""
    account = the_account()
    return render_template(
        "organisation/index.html",
        page=organisation_page(account, clock.now()),
        me=account,
        manages=account.active is not None and account.active.is_manager,
        zone=shown_zone(),
    )


@blueprint.post("/organisation/people/<string:key>/remove")
@signed_in
def remove(key: str) -> Response:
    """End that somebody works there; for managers."""
    name = remove_member(the_account(), key)
    flash(
        _(
            "%(person)s no longer works here. They are signed out and their calendar links here "
            "have ended.",
            person=isolated(name),
        ),
        "success",
    )
    return redirect(url_for("organisation.index"), 303)


@blueprint.post("/organisation/people/<string:key>/manager")
@signed_in
def make_manager(key: str) -> Response:
    """Make somebody a manager; for managers."""
    name = change_role(the_account(), key, MembershipRole.MANAGER)
    flash(_("%(person)s is a manager now.", person=isolated(name)), "success")
    return redirect(url_for("organisation.index"), 303)


@blueprint.post("/organisation/people/<string:key>/member")
@signed_in
def make_member(key: str) -> Response:
    """Let somebody, also oneself, manage no longer; for managers."""
    try:
        name = change_role(the_account(), key, MembershipRole.MEMBER)
    except Conflict:
        flash(_("There has to be a manager. Make somebody else a manager first."), "warning")
    else:
        flash(_("%(person)s is no longer a manager.", person=isolated(name)), "success")
    return redirect(url_for("organisation.index"), 303)
