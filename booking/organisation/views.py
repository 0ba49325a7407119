"""The page of one's organisation, and what its managers do there."""

from collections.abc import Mapping

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from booking.accounts.account_request_service import (
    accept_join_request,
    decline_join_request,
    join_requests,
)
from booking.accounts.billing import billing_of
from booking.accounts.forms import InvitationForm, ObjectionForm, text_of
from booking.accounts.invitation_queries import invitations_of
from booking.accounts.invitation_service import INVITATION_LASTS
from booking.accounts.membership_service import change_role, remove_member
from booking.accounts.memberships import members_of
from booking.accounts.objections import announced_to, is_announced, object_to
from booking.accounts.views import can_mail, client_source, too_many_requests
from booking.availability.quota_usage import quotas_in_use
from booking.db import clock
from booking.errors import Busy, Conflict, Invalid, NotFound
from booking.organisation.queries import organisation_page
from booking.requests.confidential import confidential_counts, hand_over_unread
from booking.rules.visibility import MembershipRole
from booking.web.access import signed_in, the_account
from booking.web.responses import ViewResponse
from booking.wording.names import isolated
from booking.wording.quotas import used_text
from booking.wording.zones import shown_zone

blueprint = Blueprint("organisation", __name__)


@blueprint.get("/organisation")
@signed_in
def index() -> str:
    """Show the organisation for which the person acts, and who works there."""
    return organisation_shown(InvitationForm())


def organisation_shown(
    form: InvitationForm, objections: Mapping[str, ObjectionForm] | None = None
) -> str:
    """Return the page, with the form to invite somebody as it was filled in.

    `objections` are the forms to object as filled in, by the key of the request.
    """
    account = the_account()
    now = clock.now()
    page = organisation_page(account, now)
    manages = account.active is not None and account.active.is_manager
    return render_template(
        "organisation/index.html",
        page=page,
        me=account,
        manages=manages,
        asking=join_requests(page.id) if manages else (),
        invitations=invitations_of(page.id, now) if manages else (),
        announced=[
            (one, (objections or {}).get(one.key) or ObjectionForm(formdata=None, prefix=one.key))
            for one in announced_to(page.id)
        ],
        form=form,
        invitation_days=INVITATION_LASTS.days,
        confidential=confidential_counts(page.id),
        billing=billing_of(page.id),
        quotas=[
            (one, [used_text(balance) for balance in one.balances])
            for one in quotas_in_use(account.viewer, now)
        ],
        able=members_of(page.id) if manages else (),
        zone=shown_zone(),
    )


@blueprint.post("/organisation/confidential/hand-over")
@signed_in
def hand_over() -> Response:
    """Give a colleague the confidential requests that nobody can read any more; for managers."""
    count = hand_over_unread(the_account(), request.form.get("person", ""))
    flash(
        ngettext("%(num)s request handed over.", "%(num)s requests handed over.", count), "success"
    )
    return redirect(url_for("organisation.index"), 303)


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
    """Invite somebody who asked to join."""
    account = the_account()
    try:
        who, token = accept_join_request(
            account, key, client_source(account.email), by_mail=can_mail()
        )
    except Invalid:
        flash(_("Somebody with this address works here already. Decline the request."), "warning")
        return redirect(url_for("organisation.index"), 303)
    except Busy:
        flash(too_many_requests(), "error")
        return redirect(url_for("organisation.index"), 303)
    return invited(who.email, token)


@blueprint.post("/organisation/requests/<string:key>/decline")
@signed_in
def decline(key: str) -> Response:
    """Refuse that somebody joins."""
    decline_join_request(the_account(), key)
    flash(_("Declined. We do not notify the person."), "success")
    return redirect(url_for("organisation.index"), 303)


@blueprint.post("/organisation/requests/<string:key>/object")
@signed_in
def object_to_joining(key: str) -> ViewResponse:
    """Object to somebody's joining, with a reason; for every member."""
    account = the_account()
    if not is_announced(account.organisation_id, key):
        raise NotFound("account request")
    form = ObjectionForm(prefix=key)
    if not form.validate():
        return organisation_shown(InvitationForm(formdata=None), {key: form}), 422
    object_to(account, key, text_of(form.words))
    flash(
        _("Your objection was saved. They do not join, and the coordinator can read it."),
        "success",
    )
    return redirect(url_for("organisation.index"), 303)


def invited(email: str, token: str) -> ViewResponse:
    """Say that somebody was invited or, where the site sends no mail, show the link, this once."""
    if can_mail():
        flash(
            _("We have sent an invitation to %(email)s.", email=email),
            "success",
        )
        return redirect(url_for("organisation.index"), 303)
    base_url: str = current_app.extensions["settings"].base_url
    return render_template(
        "organisation/invitation_link.html",
        email=email,
        link=base_url + url_for("accounts.invitation", token=token),
        days=INVITATION_LASTS.days,
    )
