"""Pages: the second step of signing in, and proving once more who one is."""

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from booking.accounts import service
from booking.accounts.forms import text_of
from booking.accounts.views import (
    SECOND_STEP,
    client_source,
    continue_sign_in,
    start_session,
    user_agent,
)
from booking.db import clock
from booking.errors import NotFound
from booking.rules.addresses import safe_path
from booking.rules.sign_ins import FRESH_FOR, is_fresh
from booking.second_factors.blueprint import blueprint
from booking.second_factors.forms import CodeForm, ConfirmForm, RecoveryCodeForm
from booking.second_factors.second_step_service import finish_with_code, waiting_step
from booking.second_factors.service import factors_of
from booking.web.access import public, signed_in, the_account
from booking.web.responses import ViewResponse


@blueprint.route("/sign-in/second-step", methods=["GET", "POST"])
@public
def second_step() -> ViewResponse:
    """Take a code after the first step, and sign the person in."""
    target = safe_path(request.args.get("next"))
    token = session.get(SECOND_STEP, "")
    waiting = waiting_step(token) if isinstance(token, str) else None
    if waiting is None:
        return _over(target)
    with_recovery_code = request.args.get("with") == "recovery-code" or not waiting.has_app
    form = RecoveryCodeForm() if with_recovery_code else CodeForm()
    values = {
        "form": form,
        "target": target,
        "waiting": waiting,
        "with_recovery_code": with_recovery_code,
    }
    if request.method != "POST":
        return render_template("second_factors/second_step.html", **values)
    if form.validate():
        source = client_source(waiting.email)
        try:
            signed_in_with = finish_with_code(token, text_of(form.code), source, user_agent())
        except NotFound:
            return _over(target)
        if signed_in_with:
            start_session(signed_in_with)
            return redirect(target or url_for("browse.start"), 303)
        form.code.errors = [
            _(
                "Wrong code, a code that was used before, or too many attempts. Wait for the next "
                "code of your app, or use a recovery code."
            )
        ]
    return render_template("second_factors/second_step.html", **values), 422


def _over(target: str | None) -> Response:
    """Return the redirect to the first step: the second one is over, or never began."""
    if session.pop(SECOND_STEP, None) is not None:
        flash(_("That took too long. Please sign in again."), "error")
    return redirect(url_for("accounts.sign_in", next=target), 303)


@blueprint.route("/account/confirm", methods=["GET", "POST"])
@signed_in
def confirm_identity() -> ViewResponse:
    """Let a signed-in person prove once more who they are: they sign in anew."""
    target = safe_path(request.args.get("next")) or url_for("accounts.account")
    form = ConfirmForm()
    values = {
        "form": form,
        "target": target,
        "minutes": round(FRESH_FOR.total_seconds() / 60),
        "has_passkey": bool(factors_of(the_account().person_id).passkeys),
    }
    if request.method != "POST":
        return render_template("second_factors/confirm_identity.html", **values)
    if form.validate():
        email = the_account().email
        done = service.sign_in(email, text_of(form.password), client_source(email), user_agent())
        if done:
            return continue_sign_in(done, target)
        form.password.errors = [_("Wrong password, or too many attempts.")]
    return render_template("second_factors/confirm_identity.html", **values), 422


def ask_to_confirm(target: str) -> Response | None:
    """Return a redirect to prove once more who one is, unless that was just now.

    It leads back to `target`, the page that shows what was to be done.
    """
    if is_fresh(current_user.proved_at, clock.now()):
        return None
    return redirect(url_for("second_factors.confirm_identity", next=target), 303)
