"""Pages: a person's second factors, and their recovery codes."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from booking.accounts.forms import text_of
from booking.accounts.views import client_source, start_session, user_agent
from booking.errors import Conflict, Invalid
from booking.second_factors import service, totp
from booking.second_factors.blueprint import blueprint
from booking.second_factors.forms import SetUpAppForm
from booking.second_factors.notice import texts_of_removal
from booking.second_factors.second_step_views import ask_to_confirm
from booking.web.access import signed_in, the_account
from booking.web.responses import ViewResponse
from booking.wording.zones import shown_zone


@blueprint.get("/account/two-step")
@signed_in
def two_step() -> str:
    """Show the second factors of the person, and what can be added."""
    return render_template(
        "second_factors/two_step.html",
        factors=service.factors_of(the_account().person_id),
        zone=shown_zone(),
        removal=texts_of_removal(the_account()),
    )


@blueprint.route("/account/two-step/app", methods=["GET", "POST"])
@signed_in
def set_up_app() -> ViewResponse:
    """Show the secret of a new app; with its first code the app counts."""
    me = the_account()
    if service.factors_of(me.person_id).app_added_at is not None:
        return redirect(url_for("second_factors.two_step"), 303)
    if (to_confirm := ask_to_confirm(url_for("second_factors.set_up_app"))) is not None:
        return to_confirm
    secret_key: str = current_app.extensions["settings"].secret_key
    form = SetUpAppForm()
    secret = service.secret_in(form.sealed.data or "", me.person_id, secret_key)
    if request.method == "POST" and secret is not None and form.validate():
        try:
            added = service.add_app(
                me.person_id,
                secret,
                text_of(form.code),
                client_source(me.email),
                user_agent(),
                current_user.sign_in_token,
            )
        except Invalid:
            form.code.errors = [
                _(
                    "Wrong code, or too many attempts. Enter the code that the app shows now. If "
                    "it goes on being wrong, check that the clock of your device is right."
                )
            ]
        except Conflict:
            return redirect(url_for("second_factors.two_step"), 303)
        else:
            return after_adding(added)
    status = 422 if request.method == "POST" else 200
    if secret is None:
        if request.method == "POST":
            form.code.errors = [
                _("This page was open for too long. Scan the new picture, then enter a code.")
            ]
        form.sealed.data = service.new_app_secret(me.person_id, secret_key)
        secret = service.secret_in(form.sealed.data, me.person_id, secret_key) or ""
    address = totp.address_of(secret, me.email, _("Shared test facilities"))
    page = render_template(
        "second_factors/set_up_app.html",
        form=form,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        address=address,
        picture=totp.picture_of(address),
    )
    return page, status


def after_adding(added: service.FactorAdded) -> ViewResponse:
    """Go on with the new sign-in; the recovery codes, if there are new ones, are shown once."""
    if added.token != current_user.sign_in_token:
        start_session(added.token)
    if not added.recovery_codes:
        flash(_("Added. It counts from your next sign-in."), "success")
        return redirect(url_for("second_factors.two_step"), 303)
    return _codes_page(added.recovery_codes, just_added=True)


@blueprint.post("/account/two-step/app/remove")
@signed_in
def remove_app() -> Response:
    """Remove the app."""
    if (to_confirm := ask_to_confirm(url_for("second_factors.two_step"))) is not None:
        return to_confirm
    service.remove_app(the_account().person_id, current_user.sign_in_token)
    flash(_("The authenticator app has been removed."), "success")
    return redirect(url_for("second_factors.two_step"), 303)


@blueprint.post("/account/two-step/recovery-codes")
@signed_in
def renew_recovery_codes() -> ViewResponse:
    """Make new recovery codes and show them."""
    if (to_confirm := ask_to_confirm(url_for("second_factors.two_step"))) is not None:
        return to_confirm
    codes = service.renew_recovery_codes(the_account().person_id)
    return _codes_page(codes, just_added=False)


def _codes_page(codes: object, *, just_added: bool) -> str:
    return render_template(
        "second_factors/recovery_codes.html", codes=codes, just_added=just_added, me=the_account()
    )
