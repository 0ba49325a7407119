"""Pages: changing one's e-mail address, and confirming the new one."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.accounts import email_service
from booking.accounts.blueprint import blueprint
from booking.accounts.forms import ConfirmEmailForm, EmailForm, text_of
from booking.accounts.reset_views import keep_address, secret_page
from booking.accounts.views import can_mail, client_source, too_many_requests
from booking.errors import Busy, Invalid, NotFound
from booking.web.access import current_account, signed_in, the_account, token_holder
from booking.web.responses import ViewResponse

CONFIRMATION_HOURS = round(email_service.CONFIRMATION_LASTS.total_seconds() / 3600)


@blueprint.route("/account/email", methods=["GET", "POST"])
@signed_in
def email() -> ViewResponse:
    """Take a new address; it counts once a link that is mailed to it has been opened."""
    form = EmailForm()
    if request.method != "POST":
        return _page(form)
    if not form.validate() or not can_mail():
        return _page(form), 422
    if status := _request_change(form):
        return _page(form), status
    flash(
        _(
            "We have sent a link to %(email)s. Open it to confirm the address. Until then nothing "
            "changes.",
            email=text_of(form.email),
        ),
        "success",
    )
    return redirect(url_for("accounts.account"), 303)


def _page(form: EmailForm) -> str:
    me = the_account()
    return render_template(
        "accounts/email.html",
        form=form,
        me=me,
        waiting=email_service.waiting_email_of(me.person_id),
        can_mail=can_mail(),
        hours=CONFIRMATION_HOURS,
    )


def _request_change(form: EmailForm) -> int | None:
    """Ask for the change; returns the status of a refusal, whose reason is in the form."""
    me = the_account()
    new = text_of(form.email)
    secret: str = current_app.extensions["settings"].secret_key
    try:
        email_service.request_email_change(
            me.person_id,
            text_of(form.password),
            new,
            client_source(me.email),
            client_source(new),
            secret,
        )
    except Invalid as error:
        if error.field == "email":
            form.email.errors = [_("This is your address already.")]
        else:
            form.password.errors = [_("Wrong password, or too many attempts.")]
        return 422
    except Busy:
        form.form_errors.append(too_many_requests())
        return 429
    return None


@blueprint.route("/confirm-email/<string:token>", methods=["GET", "POST"])
@token_holder
def confirm_email(token: str) -> Response:
    """Confirm a new address by the link that was mailed to it; opening it does not use it up."""
    email = email_service.new_email_of(token)
    if email is None:
        return _over()
    form = ConfirmEmailForm()
    if not form.validate_on_submit():
        page = render_template("accounts/confirm_email.html", form=form, email=email)
        return secret_page(page, 422 if request.method == "POST" else 200)
    try:
        email_service.confirm_email_change(token)
    except NotFound:
        return _over()
    flash(_("From now on you sign in with %(email)s.", email=email), "success")
    signed_in_here = current_account() is not None
    return keep_address(
        redirect(url_for("accounts.account" if signed_in_here else "accounts.sign_in"), 303)
    )


def _over() -> Response:
    page = render_template("accounts/confirm_over.html", hours=CONFIRMATION_HOURS)
    return secret_page(page, 404)
