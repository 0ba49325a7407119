"""Pages: asking for an account."""

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from booking.accounts.account_request_queries import clusters
from booking.accounts.account_request_service import (
    NewAccountRequest,
    TooManyTries,
    request_account,
)
from booking.accounts.blueprint import blueprint
from booking.accounts.forms import DOES_NOT_KNOW, AccountRequestForm, text_of
from booking.accounts.views import source_of
from booking.errors import Invalid
from booking.web.access import public
from booking.web.responses import ViewResponse
from booking.wording.words import ORGANISATION_KINDS, countries


@blueprint.route("/ask-for-account", methods=["GET", "POST"])
@public
def ask() -> ViewResponse:
    """Take the request of somebody who asks to be let in.

    The answer is the same whether or not the e-mail has an account.
    """
    form = AccountRequestForm()
    offer_choices(form)
    if request.method == "GET":
        return render_template("accounts/ask.html", form=form)
    if not form.validate():
        return render_template("accounts/ask.html", form=form), 422
    cluster = form.home_cluster.data
    asking = NewAccountRequest(
        email=text_of(form.email),
        name=text_of(form.name),
        organisation_name=text_of(form.organisation_name),
        organisation_kind=form.organisation_kind.data,
        country=form.country.data,
        home_cluster_slug=None if cluster == DOES_NOT_KNOW else cluster,
        message=text_of(form.message),
    )
    try:
        request_account(asking, source_of(asking.email))
    except Invalid:
        form.home_cluster.errors = [_("This cluster is gone. Choose another.")]
        return render_template("accounts/ask.html", form=form), 422
    except TooManyTries:
        form.form_errors.append(
            _("Many requests came from your network in the last hour. Try again in an hour.")
        )
        return render_template("accounts/ask.html", form=form), 429
    return redirect(url_for("accounts.asked"), 303)


@blueprint.get("/ask-for-account/sent")
@public
def asked() -> str:
    """Say what happens next."""
    return render_template("accounts/asked.html")


def offer_choices(form: AccountRequestForm) -> None:
    """Give the form its choices."""
    form.organisation_kind.choices = list(ORGANISATION_KINDS.items())
    form.country.choices = [("", _("Choose")), *countries()]
    form.home_cluster.choices = [
        ("", _("Choose")),
        (DOES_NOT_KNOW, _("I don't know")),
        *((one.value, one.name) for one in clusters()),
    ]
