"""Pages: a person's own account, password and sign-ins."""

from dataclasses import dataclass

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from booking.accounts import service
from booking.accounts.blueprint import blueprint
from booking.accounts.email_service import waiting_email_of
from booking.accounts.forms import (
    LanguageForm,
    PasswordForm,
    TimeZoneForm,
    text_of,
    zones_by_region,
)
from booking.accounts.memberships import memberships_of
from booking.accounts.roles import own_roles
from booking.accounts.sign_ins import SignInLine, sign_ins_of
from booking.accounts.views import client_source, start_session, user_agent
from booking.db import clock
from booking.errors import Invalid
from booking.web.access import signed_in, the_account
from booking.web.responses import ViewResponse
from booking.wording.languages import language_choices, language_with, shipped_languages
from booking.wording.roles import ADMIN_ALLOWS, ROLE_WORDS, actor_text
from booking.wording.sign_ins import browser_name, factor_words, place_words, way_words
from booking.wording.translator import in_language
from booking.wording.zones import shown_zone


@dataclass(frozen=True)
class SignInWords:
    """A sign-in in the list; `how` are its steps, `place` None: not noted."""

    line: SignInLine
    browser: str
    how: list[str]
    place: str | None


@blueprint.route("/account", methods=["GET", "POST"])
@signed_in
def account() -> ViewResponse:
    """Show the account; a post sets its time zone."""
    form = _zone_form()
    if request.method != "POST":
        return _page(form)
    if form.validate():
        try:
            service.change_time_zone(the_account().person_id, form.time_zone.data or None)
        except Invalid:
            form.time_zone.errors = [_("Choose a time zone from the list.")]
        else:
            flash(_("Time zone saved."), "success")
            return redirect(url_for("accounts.account"), 303)
    return _page(form), 422


@blueprint.post("/account/language")
@signed_in
def language() -> ViewResponse:
    """Set the language of pages, mails and calendars."""
    form = _language_form()
    if form.validate():
        chosen = form.language.data or ""
        service.change_language(the_account().person_id, chosen)
        with in_language(language_with(chosen)):
            flash(_("Language saved."), "success")
        return redirect(url_for("accounts.account"), 303)
    form.language.errors = [_("Choose a language from the list.")]
    return _page(_zone_form(), form), 422


def _language_form() -> LanguageForm:
    form = LanguageForm(data={"language": the_account().language})
    form.language.choices = [
        ("", _("As my browser asks for")),
        *((one.code, one.name) for one in language_choices()),
    ]
    return form


def _zone_form() -> TimeZoneForm:
    form = TimeZoneForm(data={"time_zone": the_account().time_zone or ""})
    form.time_zone.choices = {"": [("", _("Central European time (most clusters)"))]}
    form.time_zone.choices.update(zones_by_region())
    return form


@blueprint.route("/account/password", methods=["GET", "POST"])
@signed_in
def password() -> ViewResponse:
    """Change the password; all other sign-ins end."""
    me = the_account()
    form = PasswordForm(me.email, me.name)
    if request.method != "POST":
        return render_template("accounts/password.html", form=form)
    if form.validate():
        try:
            token = service.change_password(
                me.person_id,
                text_of(form.old),
                text_of(form.password),
                client_source(me.email),
                user_agent(),
                current_user.sign_in_token,
            )
        except Invalid:
            form.old.errors = [_("Wrong password, or too many attempts.")]
        else:
            start_session(token)
            flash(_("Password changed. You have been signed out everywhere else."), "success")
            return redirect(url_for("accounts.account"), 303)
    return render_template("accounts/password.html", form=form), 422


@blueprint.post("/account/sign-ins/<string:key>/end")
@signed_in
def end_sign_in(key: str) -> Response:
    """End one of the person's own sign-ins."""
    service.end_own_sign_in(the_account().person_id, key)
    flash(_("That browser has been signed out."), "success")
    return redirect(url_for("accounts.account"), 303)


@blueprint.post("/account/sign-ins/end-others")
@signed_in
def end_other_sign_ins() -> Response:
    """End all of the person's sign-ins but this one."""
    service.end_other_sign_ins(the_account().person_id, current_user.sign_in_token)
    flash(_("You have been signed out everywhere else."), "success")
    return redirect(url_for("accounts.account"), 303)


def _page(form: TimeZoneForm, language_form: LanguageForm | None = None) -> str:
    me = the_account()
    return render_template(
        "accounts/account.html",
        me=me,
        form=form,
        language_form=language_form or _language_form(),
        has_languages=len(shipped_languages()) > 1,
        roles=own_roles(me.person_id, clock.now()),
        role_words=ROLE_WORDS,
        admin_allows=ADMIN_ALLOWS,
        actor_text=actor_text,
        memberships=memberships_of(me.person_id),
        zone=shown_zone(),
        has_providers=bool(current_app.extensions["settings"].sign_in_providers),
        waiting_email=waiting_email_of(me.person_id),
        sign_ins=[
            SignInWords(
                line,
                browser_name(line.browser),
                [one for one in (way_words(line.way), factor_words(line.second_factor)) if one],
                place_words(line.address, request.remote_addr or ""),
            )
            for line in sign_ins_of(me.person_id, current_user.sign_in_token)
        ],
    )
