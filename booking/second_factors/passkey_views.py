"""Pages: adding and removing passkeys, and signing in with one."""

from urllib.parse import urlsplit

from flask import Response as FlaskResponse
from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from booking.accounts.forms import text_of
from booking.accounts.views import SECOND_STEP, client_source, start_session, user_agent
from booking.config import Settings
from booking.errors import Invalid
from booking.rules.addresses import safe_path
from booking.second_factors import passkey_service
from booking.second_factors.blueprint import blueprint
from booking.second_factors.forms import PasskeyAnswerForm, PasskeyForm
from booking.second_factors.passkey_service import Site
from booking.second_factors.second_step_service import waiting_step
from booking.second_factors.second_step_views import ask_to_confirm
from booking.second_factors.views import after_adding
from booking.web.access import current_account, public, signed_in, the_account
from booking.web.responses import ViewResponse

#: Where the session keeps the token of what a passkey is to answer.
ASKED = "passkey"
#: For what a passkey signs in; else for itself alone.
SECOND, CONFIRM = "second-step", "confirm"


def _site() -> Site:
    settings: Settings = current_app.extensions["settings"]
    parts = urlsplit(settings.base_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return Site(parts.hostname or "", origin, _("Shared test facilities"))


def _asked(asked: passkey_service.Asked) -> Response:
    session[ASKED] = asked.token
    return FlaskResponse(asked.options, mimetype="application/json")


def _taken() -> str:
    """Return the token of what was asked in this browser, once."""
    token = session.pop(ASKED, "")
    return token if isinstance(token, str) else ""


@blueprint.route("/account/two-step/passkeys/new", methods=["GET", "POST"])
@signed_in
def add_passkey() -> ViewResponse:
    """Take a name for a new passkey, and the answer of the browser that has made it."""
    if (to_confirm := ask_to_confirm(url_for("second_factors.add_passkey"))) is not None:
        return to_confirm
    form = PasskeyForm()
    if request.method != "POST":
        return render_template("second_factors/add_passkey.html", form=form)
    if form.validate():
        me = the_account()
        try:
            added = passkey_service.add_passkey(
                me.person_id,
                text_of(form.name),
                text_of(form.answer),
                _taken(),
                _site(),
                user_agent(),
                current_user.sign_in_token,
            )
        except Invalid:
            form.form_errors.append(
                _("The passkey was not added: the answer did not fit, or came too late. Try again.")
            )
        else:
            return after_adding(added)
    form.answer.data = ""
    return render_template("second_factors/add_passkey.html", form=form), 422


@blueprint.post("/account/two-step/passkeys/options")
@signed_in
def passkey_to_add() -> Response:
    """Return what the browser needs to make a passkey."""
    if ask_to_confirm(url_for("second_factors.add_passkey")) is not None:
        return FlaskResponse("{}", status=403, mimetype="application/json")
    try:
        return _asked(passkey_service.ask_to_add(the_account().person_id, _site()))
    except Invalid:
        return FlaskResponse("{}", status=409, mimetype="application/json")


@blueprint.post("/account/two-step/passkeys/<string:key>/remove")
@signed_in
def remove_passkey(key: str) -> Response:
    """Remove a passkey."""
    if (to_confirm := ask_to_confirm(url_for("second_factors.two_step"))) is not None:
        return to_confirm
    passkey_service.remove_passkey(the_account().person_id, key, current_user.sign_in_token)
    flash(
        _("The passkey does not sign in here any more. Delete it on your device as well."),
        "success",
    )
    return redirect(url_for("second_factors.two_step"), 303)


@blueprint.post("/sign-in/passkey/options")
@public
def passkey_to_sign_in() -> Response:
    """Return what the browser needs to sign in with a passkey."""
    person_id, email = None, ""
    if request.args.get("for") == SECOND:
        waiting = waiting_step(_step_token())
        if waiting is None:
            return FlaskResponse("{}", status=409, mimetype="application/json")
        person_id, email = waiting.person_id, waiting.email
    elif request.args.get("for") == CONFIRM:
        account = current_account()
        if account is None:
            return FlaskResponse("{}", status=409, mimetype="application/json")
        person_id, email = account.person_id, account.email
    return _asked(passkey_service.ask_to_sign_in(_site(), client_source(email), person_id))


@blueprint.post("/sign-in/passkey")
@public
def sign_in_with_passkey() -> Response:
    """Sign in whose passkey has answered."""
    target = safe_path(request.args.get("next"))
    purpose = request.args.get("for")
    form = PasskeyAnswerForm()
    token = None
    if form.validate():
        token = passkey_service.sign_in_with_passkey(
            text_of(form.answer),
            _taken(),
            _site(),
            client_source(""),
            user_agent(),
            _step_token() if purpose == SECOND else "",
        )
    if token is not None:
        start_session(token)
        return redirect(target or url_for("browse.start"), 303)
    flash(_("That did not work: the passkey is not known here, or it took too long."), "error")
    back = {SECOND: "second_factors.second_step", CONFIRM: "second_factors.confirm_identity"}
    return redirect(url_for(back.get(purpose or "", "accounts.sign_in"), next=target), 303)


def _step_token() -> str:
    token = session.get(SECOND_STEP, "")
    return token if isinstance(token, str) else ""
