"""Page of the mail of this site: what waits, what was given up, and pausing it."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response

from booking.accounts.account_mail import AccountMailKind
from booking.admin.blueprint import blueprint
from booking.db import clock
from booking.notices import pausing
from booking.notices.mail_queue import (
    MailKind,
    all_failed,
    forget_failed,
    mail_name,
    send_again,
    waiting_mail,
)
from booking.notices.outbox import MAX_TRIES
from booking.notices.pausing import mail_pause
from booking.web.access import admin, the_account
from booking.wording.zones import shown_zone

#: So many mails that wait are listed; the others are counted.
MOST_LISTED = 20
_KINDS = {
    MailKind.UPDATE: _l("update"),
    MailKind.INVITATION: _l("calendar invitation"),
    MailKind.ACCOUNT: _l("about an account"),
}
_ABOUT = {
    AccountMailKind.RESET: _l("link to choose a password"),
    AccountMailKind.WELCOME: _l("link to choose the first password"),
    AccountMailKind.PASSWORD_CHANGED: _l("the password was changed"),
    AccountMailKind.CONFIRM_EMAIL: _l("link to confirm an address"),
    AccountMailKind.EMAIL_CHANGING: _l("the address is about to change"),
    AccountMailKind.EMAIL_CHANGED: _l("the address was changed"),
    AccountMailKind.INVITATION: _l("invitation to an organisation"),
    AccountMailKind.FACTOR_ADDED: _l("a second factor was added"),
    AccountMailKind.SECOND_FACTOR_NEEDED: _l("a role needs a second factor"),
    AccountMailKind.SECOND_FACTOR_REMINDER: _l("reminder that a role needs a second factor"),
    AccountMailKind.FACTOR_REMOVED: _l("a second factor was removed"),
    AccountMailKind.RECOVERY_CODE_USED: _l("a recovery code was used"),
    AccountMailKind.NEW_BROWSER: _l("somebody signed in, in a new browser"),
    AccountMailKind.IDENTITY_LINKED: _l("single sign-on was linked"),
    AccountMailKind.IDENTITIES_UNLINKED: _l("single sign-on was unlinked"),
    AccountMailKind.WRONG_CODES: _l("wrong codes were typed"),
}


@blueprint.get("/mail")
@admin
def mail() -> str:
    """Show what waits and what was given up; to whom, and never what it says."""
    settings = current_app.extensions["settings"]
    return render_template(
        "admin/mail.html",
        sends=bool(settings.smtp_host),
        pause=mail_pause(settings) if settings.smtp_host else None,
        waiting=waiting_mail(MOST_LISTED),
        failed=all_failed(),
        about=lambda one: _ABOUT.get(one.about, _("about an account")) if one.about else "",
        kinds=_KINDS,
        tries=MAX_TRIES,
        now=clock.now(),
        zone=shown_zone(),
    )


@blueprint.post("/mail/pause")
@admin
def pause_mail() -> Response:
    """Pause all mail."""
    if pausing.pause(the_account()):
        flash(_("Mail is paused. Updates are still written to people's pages."), "success")
    else:
        flash(_("Mail was paused already. Nothing was changed."), "warning")
    return redirect(url_for("admin.mail"), 303)


@blueprint.post("/mail/resume")
@admin
def resume_mail() -> Response:
    """Send mail again, with or without what has waited."""
    drop = request.form.get("drop") == "yes"
    number = pausing.resume(the_account(), drop=drop)
    flash(
        ngettext(
            "Mail is sent again. %(num)s mail was left out.",
            "Mail is sent again. %(num)s mails were left out.",
            number,
        )
        if drop
        else ngettext(
            "Mail is sent again. %(num)s mail waits for it.",
            "Mail is sent again. %(num)s mails wait for it.",
            number,
        ),
        "success",
    )
    return redirect(url_for("admin.mail"), 303)


@blueprint.post("/mail/again")
@admin
def send_mail_again() -> Response:
    """Try one mail that was given up again, or all of them."""
    text = request.form.get("mail", "")
    name = mail_name(text)
    names = None if text == "all" else [name] if name else []
    _tell(
        number := len(send_again(names, the_account())),
        ngettext(
            "%(num)s mail is tried again.",
            "%(num)s mails are tried again.",
            number,
        ),
    )
    return redirect(url_for("admin.mail"), 303)


@blueprint.post("/mail/forget")
@admin
def forget_mail() -> Response:
    """Take one mail that was given up off the list."""
    name = mail_name(request.form.get("mail", ""))
    number = len(forget_failed([name] if name else [], the_account()))
    _tell(number, _("It will not be sent. Updates stay on the page of their person."))
    return redirect(url_for("admin.mail"), 303)


def _tell(number: int, done: str) -> None:
    if number:
        flash(done, "success")
    else:
        flash(
            _("Nothing was changed: it is no longer in the list. Somebody else was faster."),
            "warning",
        )
