"""Pages: switching between the organisations for which a person works, and leaving one."""

from flask import flash, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from booking.accounts.blueprint import blueprint
from booking.accounts.membership_service import leave, switch_organisation
from booking.accounts.views import start_session, user_agent
from booking.errors import Conflict
from booking.rules.addresses import safe_path
from booking.web.access import signed_in, the_account
from booking.wording.names import isolated


@blueprint.post("/account/organisation")
@signed_in
def switch() -> Response:
    """Act for another of one's organisations from now on, in this browser.

    Forms that are open elsewhere in it were made for the other organisation, so their tokens end.
    """
    name = switch_organisation(
        the_account().person_id, current_user.sign_in_token, request.form.get("key", "")
    )
    session.pop("csrf_token", None)
    flash(_("You act for %(organisation)s now.", organisation=isolated(name)), "success")
    target = safe_path(request.form.get("next"))
    return redirect(target or url_for("requests.index"), 303)


@blueprint.post("/account/organisations/<string:key>/leave")
@signed_in
def leave_organisation(key: str) -> Response:
    """Stop working for an organisation; all other browsers are signed out."""
    try:
        token = leave(the_account().person_id, key, user_agent(), current_user.sign_in_token)
    except Conflict:
        flash(
            _(
                "You are the only manager while others work there. Make somebody else a manager "
                "first, then leave."
            ),
            "error",
        )
        return redirect(url_for("accounts.account"), 303)
    start_session(token)
    flash(
        _("You have left. Your calendar links there have ended, and you are signed out elsewhere."),
        "success",
    )
    return redirect(url_for("accounts.account"), 303)
