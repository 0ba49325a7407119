"""Pages: signing in and out. What is around them stands in the files imported at the end."""

from flask import (
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user, login_user
from werkzeug.wrappers import Response

from booking.accounts import service
from booking.accounts.blueprint import blueprint
from booking.accounts.forms import SignInForm, text_of
from booking.accounts.paths import safe_path
from booking.accounts.sign_ins import person_of
from booking.accounts.throttle import ACCOUNT_LIMIT, ClientSource
from booking.web.access import public
from booking.web.responses import ViewResponse


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ViewResponse:
    """Let a person in, and send them on to where they wanted to go."""
    target = safe_path(request.args.get("next"))
    form = SignInForm()
    if request.method == "GET":
        if current_user.is_authenticated:
            return redirect(target or url_for("browse.start"))
        return render_template("accounts/sign_in.html", form=form, target=target)
    if form.validate():
        email = text_of(form.email)
        token = service.sign_in(email, text_of(form.password), source_of(email), browser())
        if token:
            enter(token)
            return redirect(target or url_for("browse.start"), 303)
        form.form_errors.append(
            _(
                "E-mail and password do not go together, or there were too many wrong tries. "
                "After %(tries)s wrong ones, wait %(minutes)s minutes.",
                tries=ACCOUNT_LIMIT.tries,
                minutes=round(ACCOUNT_LIMIT.within.total_seconds() / 60),
            )
        )
    return render_template("accounts/sign_in.html", form=form, target=target), 422


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    """End the sign-in of this browser; nothing of it stays."""
    if current_user.is_authenticated:
        service.sign_out(current_user.sign_in_token)
    session.clear()
    flash(_("You are signed out."), "success")
    return redirect(url_for("browse.start"), 303)


def enter(token: str) -> None:
    """Begin a new session for the sign-in of this token.

    Nothing of the session before stays but the draft of a request, which its writer signed in
    to send.
    """
    draft = session.get("draft")
    session.clear()
    if draft is not None:
        session["draft"] = draft
    login_user(person_of(token))


def source_of(email: str) -> ClientSource:
    """Return who is trying, as the throttle counts it."""
    secret: str = current_app.extensions["settings"].secret_key
    return ClientSource(email, request.remote_addr or "", secret)


def browser() -> str:
    """Return what the browser calls itself."""
    return request.user_agent.string
