"""Pages: a forgotten password, and choosing one by a one-time link."""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.accounts import service
from booking.accounts.account_request_queries import find_link_holder
from booking.accounts.blueprint import blueprint
from booking.accounts.forms import ForgottenPasswordForm, WelcomeForm, text_of
from booking.accounts.reset_service import RESET_LASTS, request_reset
from booking.accounts.views import (
    can_mail,
    client_source,
    continue_sign_in,
    too_many_requests,
    user_agent,
)
from booking.errors import Busy, NotFound
from booking.web.access import public, token_holder
from booking.web.responses import ViewResponse

RESET_MINUTES = round(RESET_LASTS.total_seconds() / 60)


@blueprint.route("/forgotten-password", methods=["GET", "POST"])
@public
def forgotten_password() -> ViewResponse:
    """Mail a link to choose a password; the answer is the same for every address."""
    form = ForgottenPasswordForm()
    values = {"form": form, "can_mail": can_mail(), "minutes": RESET_MINUTES}
    if request.method != "POST":
        return render_template("accounts/forgotten_password.html", **values)
    if not form.validate() or not can_mail():
        return render_template("accounts/forgotten_password.html", **values), 422
    email = text_of(form.email)
    try:
        request_reset(email, client_source(email))
    except Busy:
        form.form_errors.append(too_many_requests())
        return render_template("accounts/forgotten_password.html", **values), 429
    return redirect(url_for("accounts.reset_requested"), 303)


@blueprint.get("/forgotten-password/sent")
@public
def reset_requested() -> str:
    """Say what happens next."""
    return render_template("accounts/reset_requested.html", minutes=RESET_MINUTES)


@blueprint.route("/welcome/<string:token>", methods=["GET", "POST"])
@token_holder
def welcome(token: str) -> Response:
    """Set a first password and sign the person in; opening the page does not use up the link."""
    return _choose_password(token)


@blueprint.route("/reset-password/<string:token>", methods=["GET", "POST"])
@token_holder
def reset_password(token: str) -> Response:
    """Set a new password and sign the person in; opening the page does not use up the link."""
    return _choose_password(token)


def _choose_password(token: str) -> Response:
    holder = find_link_holder(token)
    if holder is None:
        return secret_page(render_template("accounts/link_over.html"), 404)
    form = WelcomeForm(holder.email, holder.name)
    if form.validate_on_submit():
        try:
            done = service.use_link(token, text_of(form.password), user_agent())
        except NotFound:
            return secret_page(render_template("accounts/link_over.html"), 404)
        answer = continue_sign_in(done, url_for("browse.start"))
        if holder.has_password:
            flash(_("Password changed. You have been signed out everywhere else."), "success")
        else:
            flash(_("Welcome, %(name)s. Your account is ready.", name=holder.name), "success")
        return keep_address(answer)
    page = render_template("accounts/welcome.html", form=form, holder=holder)
    return secret_page(page, 422 if request.method == "POST" else 200)


def secret_page(page: str, status: int) -> Response:
    """Return a page whose address is a secret."""
    return keep_address(make_response(page, status))


def keep_address(response: Response) -> Response:
    """Keep the address of this page, which is a secret, from the next page as referrer.

    The origin is still sent, because CSRF protection checks it.
    """
    response.headers["Referrer-Policy"] = "strict-origin"
    return response
