"""Pages: a copy of one's data, and erasing an account."""

import json

from flask import Response, current_app, flash, redirect, render_template, session, url_for
from flask import request as http_request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from booking.accounts.forms import text_of
from booking.accounts.fresh_password import confirm_password
from booking.accounts.views import client_source
from booking.config import Settings
from booking.db import clock
from booking.errors import Conflict, Invalid, NotFound
from booking.privacy.blueprint import blueprint
from booking.privacy.copy import CopiedRows
from booking.privacy.copy_presenter import shown_rows
from booking.privacy.copy_service import take_copy
from booking.privacy.erasure_service import erase_account, erase_own_account
from booking.privacy.forms import JSON, CopyForm, EraseForm, EraseOtherForm
from booking.privacy.queries import email_of
from booking.second_factors.second_step_views import ask_to_confirm
from booking.web.access import admin, signed_in, the_account
from booking.web.responses import ViewResponse

FORMAT = "copy of personal data, version 1"


@blueprint.route("/account/data", methods=["GET", "POST"])
@signed_in
def data() -> ViewResponse:
    """Give a person a copy of their data as a file, once they have given their password again."""
    form = CopyForm()
    if (to_confirm := _without_password(form, "privacy.data")) is not None:
        return to_confirm
    if http_request.method != "POST":
        return render_template("privacy/data.html", form=form)
    if form.validate() and _is_right_password(form):
        copied = take_copy(the_account().person_id)
        return _as_json(copied) if form.form.data == JSON else _as_page(copied)
    return render_template("privacy/data.html", form=form), 422


@blueprint.route("/account/erase", methods=["GET", "POST"])
@signed_in
def erase() -> ViewResponse:
    """Erase one's own account, with the password."""
    form = EraseForm()
    if (to_confirm := _without_password(form, "privacy.erase")) is not None:
        return to_confirm
    if http_request.method != "POST":
        return render_template("privacy/erase.html", form=form, by_admin=False)
    status = 422
    if form.validate() and _is_right_password(form):
        try:
            erase_own_account(the_account().person_id, _settings().erasures)
        except Conflict as refused:
            form.form_errors.append(_refusal(refused.code, own=True))
            status = 409
        else:
            session.clear()
            flash(_("Your account has been erased. You have been signed out."), "success")
            return redirect(url_for("browse.start"), 303)
    return render_template("privacy/erase.html", form=form, by_admin=False), status


@blueprint.route("/erase-account", methods=["GET", "POST"])
@admin
def erase_other() -> ViewResponse:
    """Erase somebody's account at their request, as an administrator."""
    form = EraseOtherForm(data={"email": email_of(http_request.args.get("person", ""))})
    if (to_confirm := _without_password(form, "privacy.erase_other")) is not None:
        return to_confirm
    if http_request.method != "POST":
        return render_template("privacy/erase.html", form=form, by_admin=True)
    status = 422
    if form.validate() and _is_right_password(form):
        try:
            erase_account(
                the_account().person_id,
                text_of(form.email),
                _settings().erasures,
                why=text_of(form.why),
            )
        except NotFound:
            form.email.errors = [
                _("No account has this address. To erase your own, go to your account.")
            ]
        except Conflict as refused:
            form.form_errors.append(_refusal(refused.code, own=False))
            status = 409
        else:
            flash(_("The account has been erased."), "success")
            return redirect(url_for("admin.people"), 303)
    return render_template("privacy/erase.html", form=form, by_admin=True), status


_Form = CopyForm | EraseForm | EraseOtherForm


def _without_password(form: _Form, endpoint: str) -> AnyResponse | None:
    """Let somebody who has no password prove in their own way who they are, and not by the form."""
    if current_user.password_hash is not None:
        return None
    del form.password
    return ask_to_confirm(url_for(endpoint))


def _is_right_password(form: _Form) -> bool:
    """Return whether the password is right, or not asked for; if not, the form says so."""
    if "password" not in form:
        return True
    me = the_account()
    try:
        confirm_password(me.person_id, text_of(form.password), client_source(me.email))
    except Invalid:
        form.password.errors = [_("Wrong password, or too many attempts.")]
        return False
    return True


def _refusal(code: str, *, own: bool) -> str:
    """Return why an account cannot be erased now, and what to do."""
    if code == "last_admin":
        return _("Nobody else administers this site. Make somebody else an administrator first.")
    if code == "last_coordinator":
        if own:
            return _(
                "You are the only coordinator of a cluster. Make somebody else a coordinator "
                "first, under People and roles."
            )
        return _("This is the only coordinator of a cluster. Name another one first.")
    if own:
        return _(
            "You are the only manager of an organisation. Make a colleague a manager first, on "
            "the page of your organisation."
        )
    return _("This is the only manager of an organisation. A colleague has to be named first.")


def _as_json(copied: list[CopiedRows]) -> Response:
    content = {
        "format": FORMAT,
        "site": _settings().base_url,
        "made_at": f"{clock.now():%Y-%m-%dT%H:%M:%SZ}",
        "tables": [
            {"table": one.table, "named_as": one.column, "rows": list(one.rows)} for one in copied
        ],
    }
    text = json.dumps(content, ensure_ascii=False, indent=2)
    return _file(Response(text, content_type="application/json; charset=utf-8"), "json")


def _as_page(copied: list[CopiedRows]) -> Response:
    text = render_template(
        "privacy/copy.html",
        site=_settings().base_url,
        person=the_account().name,
        made_at=f"{clock.now():%Y-%m-%d %H:%M}",
        tables=shown_rows(copied),
    )
    return _file(Response(text, content_type="text/html; charset=utf-8"), "html")


def _file(response: AnyResponse, ending: str) -> Response:
    name = f"my-data-{clock.now():%Y-%m-%d}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response  # type: ignore[return-value]


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
