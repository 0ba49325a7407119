"""The page of one's organisation, and what its managers do there."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.accounts.account_request_service import (
    accept_join_request,
    decline_join_request,
    join_requests,
)
from booking.accounts.membership_service import change_role, remove_member
from booking.accounts.service import LINK_LASTS
from booking.accounts.views import can_mail
from booking.db import clock
from booking.errors import Conflict, Invalid
from booking.organisation.queries import organisation_page
from booking.rules.visibility import MembershipRole
from booking.web.access import signed_in, the_account
from booking.web.responses import ViewResponse
from booking.wording.names import isolated
from booking.wording.zones import shown_zone

blueprint = Blueprint("organisation", __name__)


@blueprint.get("/organisation")
@signed_in
def index() -> str:
    """Show the organisation for which the person acts, and who works there."""
    account = the_account()
    page = organisation_page(account, clock.now())
    manages = account.active is not None and account.active.is_manager
    return render_template(
        "organisation/index.html",
        page=page,
        me=account,
        manages=manages,
        asking=join_requests(page.id) if manages else (),
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
    """Make a manager a member again, oneself included; for managers."""
    try:
        name = change_role(the_account(), key, MembershipRole.MEMBER)
    except Conflict:
        flash(_("There has to be a manager. Make somebody else a manager first."), "warning")
    else:
        flash(_("%(person)s is no longer a manager.", person=isolated(name)), "success")
    return redirect(url_for("organisation.index"), 303)


@blueprint.post("/organisation/requests/<string:key>/accept")
@signed_in
def accept(key: str) -> ViewResponse:
    """Let somebody join; mails their link or, where the site sends no mail, shows it this once."""
    try:
        who, token = accept_join_request(the_account(), key, by_mail=can_mail())
    except Invalid:
        flash(
            _(
                "This address has an account already. Nothing was changed. Ask the operator of "
                "this site to add that account to your organisation, and decline this request."
            ),
            "warning",
        )
        return redirect(url_for("organisation.index"), 303)
    if token is None:
        flash(
            _(
                "%(name)s has joined. We have sent a link to choose a password to %(email)s.",
                name=isolated(who.name),
                email=who.email,
            ),
            "success",
        )
        return redirect(url_for("organisation.index"), 303)
    base_url: str = current_app.extensions["settings"].base_url
    return render_template(
        "accounts/link.html",
        line=who,
        link=base_url + url_for("accounts.welcome", token=token),
        days=LINK_LASTS.days,
        back=(_("Your organisation"), url_for("organisation.index")),
    )


@blueprint.post("/organisation/requests/<string:key>/decline")
@signed_in
def decline(key: str) -> Response:
    """Refuse that somebody joins."""
    decline_join_request(the_account(), key)
    flash(_("Declined. We do not notify the person."), "success")
    return redirect(url_for("organisation.index"), 303)
