"""What one's organisation wants on its invoices; its managers change it."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from booking.accounts.billing import Billing, billing_of, change_billing
from booking.accounts.forms import BillingForm, text_of
from booking.errors import Conflict, Forbidden, NotFound
from booking.organisation.views import blueprint
from booking.rules.visibility import Account
from booking.web.access import signed_in, the_account
from booking.web.responses import ViewResponse


@blueprint.route("/organisation/billing", methods=["GET", "POST"])
@signed_in
def billing() -> ViewResponse:
    """Show the form, and save it."""
    account = the_account()
    _require_manager(account)
    now_stated = billing_of(account.organisation_id)
    if request.method != "POST":
        return _page(BillingForm(data=vars(now_stated)), now_stated)
    form = BillingForm()
    if not form.validate():
        return _page(form, now_stated, expected=_expected()), HTTPStatus.UNPROCESSABLE_ENTITY
    new = Billing(text_of(form.reference), text_of(form.name), text_of(form.email))
    try:
        change_billing(account, new, _expected())
    except Conflict:
        stated = ", ".join(part for part in (now_stated.reference, now_stated.contact) if part)
        form.form_errors.append(
            _(
                "Another manager changed this while you were typing. It is now: %(stated)s. "
                "Save again to replace it with what you typed.",
                stated=stated,
            )
            if stated
            else _(
                "Another manager emptied this while you were typing. Save again to replace it with "
                "what you typed."
            )
        )
        return _page(form, now_stated), HTTPStatus.CONFLICT
    flash(_("Saved."), "success")
    return redirect(url_for("organisation.index"), 303)


def _require_manager(account: Account) -> None:
    if account.active is None:
        raise NotFound("organisation")
    if not account.active.is_manager:
        raise Forbidden("only managers change what is on invoices")


def _expected() -> str:
    return request.form.get("expected", "")


def _page(form: BillingForm, stated: Billing, *, expected: str | None = None) -> str:
    """Return the page; `expected` is the version that was seen, None: that which holds now."""
    return render_template(
        "organisation/billing.html",
        form=form,
        expected=stated.version if expected is None else expected,
    )
