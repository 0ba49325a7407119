"""Pages: what the link of an invitation opens, and the answer to it.

A GET changes nothing, so that mail scanners may open the link.
"""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.accounts.blueprint import blueprint
from booking.accounts.forms import JoinForm, text_of
from booking.accounts.invitation_queries import OpenInvitation, find_invitation
from booking.accounts.invitation_service import (
    accept_invitation,
    decline_invitation,
    join_with_new_account,
)
from booking.accounts.reset_views import keep_address, secret_page
from booking.accounts.views import start_session, user_agent
from booking.errors import Conflict, Forbidden, NotFound
from booking.web.access import current_account, token_holder
from booking.wording.names import isolated
from booking.wording.zones import shown_zone


@blueprint.route("/invitations/<string:token>", methods=["GET", "POST"])
@token_holder
def invitation(token: str) -> Response:
    """Show an invitation; a post makes the account of somebody who has none, and lets them join."""
    found = find_invitation(token)
    if found is None:
        return _over()
    account = current_account()
    if account is not None and account.person_id != found.person_id:
        return _for_another()
    if found.person_id is not None:
        return secret_page(_page(token, found), 409 if request.method == "POST" else 200)
    form = JoinForm(found.email)
    if request.method != "POST":
        form.name.data = found.name
        return secret_page(_page(token, found, form), 200)
    if not form.validate():
        return secret_page(_page(token, found, form), 422)
    try:
        sign_in_token = join_with_new_account(
            token, text_of(form.name), text_of(form.password), user_agent()
        )
    except (Conflict, NotFound):
        return keep_address(redirect(url_for("accounts.invitation", token=token), 303))
    start_session(sign_in_token)
    flash(
        _(
            "Welcome, %(name)s. Your account is ready, and you work for %(organisation)s here.",
            name=isolated(text_of(form.name)),
            organisation=isolated(found.organisation),
        ),
        "success",
    )
    return keep_address(redirect(url_for("organisation.index"), 303))


@blueprint.post("/invitations/<string:token>/accept")
@token_holder
def accept_invitation_here(token: str) -> Response:
    """Let the person who is signed in, to whose address it was sent, work there."""
    account = current_account()
    if account is None:
        return keep_address(redirect(url_for("accounts.invitation", token=token), 303))
    try:
        name = accept_invitation(token, account.person_id)
    except NotFound:
        return _over()
    except Forbidden:
        return _for_another()
    if account.organisations:
        text = _(
            "You work for %(organisation)s now. To act for it, switch to it in the menu under "
            "your name.",
            organisation=isolated(name),
        )
    else:
        text = _("You work for %(organisation)s now.", organisation=isolated(name))
    flash(text, "success")
    return keep_address(redirect(url_for("accounts.account"), 303))


@blueprint.post("/invitations/<string:token>/decline")
@token_holder
def decline_invitation_here(token: str) -> Response:
    """Decline an invitation."""
    account = current_account()
    try:
        decline_invitation(token, account.person_id if account else None)
    except NotFound:
        return _over()
    except Forbidden:
        return _for_another()
    flash(_("Declined. The organisation's managers can see that."), "success")
    return keep_address(redirect(url_for("browse.start"), 303))


def _page(token: str, found: OpenInvitation, form: JoinForm | None = None) -> str:
    return render_template(
        "accounts/invitation.html",
        invited=found,
        form=form,
        token=token,
        is_signed_in=current_account() is not None,
        zone=shown_zone(),
    )


def _over() -> Response:
    return secret_page(render_template("accounts/invitation_over.html"), 404)


def _for_another() -> Response:
    return secret_page(
        render_template("accounts/invitation_for_another.html", me=current_account()), 403
    )
