"""Inviting people to one's organisation; for its managers."""

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.accounts.forms import InvitationForm, text_of
from booking.accounts.invitation_service import invite, send_again, withdraw_invitation
from booking.accounts.views import can_mail, client_source, too_many_requests
from booking.errors import Busy, Invalid
from booking.organisation.views import blueprint, invited, organisation_shown
from booking.web.access import signed_in, the_account
from booking.web.responses import ViewResponse


@blueprint.post("/organisation/invitations")
@signed_in
def invite_somebody() -> ViewResponse:
    """Invite an address; the answer is the same whether or not it has an account."""
    account = the_account()
    form = InvitationForm()
    if not form.validate():
        return organisation_shown(form), 422
    email = text_of(form.email)
    try:
        token = invite(account, email, client_source(email), by_mail=can_mail())
    except Invalid:
        form.email.errors = [_("Somebody with this address works here already.")]
        return organisation_shown(form), 422
    except Busy:
        form.form_errors.append(too_many_requests())
        return organisation_shown(form), 429
    return invited(email, token)


@blueprint.post("/organisation/invitations/<string:key>/send")
@signed_in
def send_invitation(key: str) -> ViewResponse:
    """Send an invitation with a new link; the earlier one stops working."""
    account = the_account()
    try:
        email, token = send_again(account, key, client_source(account.email), by_mail=can_mail())
    except Busy:
        flash(too_many_requests(), "error")
        return redirect(url_for("organisation.index"), 303)
    return invited(email, token)


@blueprint.post("/organisation/invitations/<string:key>/withdraw")
@signed_in
def withdraw(key: str) -> Response:
    """End an invitation; its link stops working."""
    withdraw_invitation(the_account(), key)
    flash(_("The invitation was withdrawn. Its link no longer works."), "success")
    return redirect(url_for("organisation.index"), 303)
