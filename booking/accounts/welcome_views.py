"""Page: a first password, for whoever holds the one-time link."""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.accounts import service
from booking.accounts.account_request_queries import find_link_holder
from booking.accounts.blueprint import blueprint
from booking.accounts.forms import WelcomeForm, text_of
from booking.accounts.views import browser, enter
from booking.errors import NotFound
from booking.web.access import token_holder


@blueprint.route("/welcome/<string:token>", methods=["GET", "POST"])
@token_holder
def welcome(token: str) -> Response:
    """Take the first password of a person, and sign them in; looking alone uses nothing up."""
    holder = find_link_holder(token)
    if holder is None:
        return _answer(render_template("accounts/link_over.html"), 404)
    form = WelcomeForm(holder.email, holder.name)
    if form.validate_on_submit():
        try:
            sign_in_token = service.use_link(token, text_of(form.password), browser())
        except NotFound:
            return _answer(render_template("accounts/link_over.html"), 404)
        enter(sign_in_token)
        flash(_("Welcome, %(name)s. Your account is ready.", name=holder.name), "success")
        return _keep_address(redirect(url_for("browse.start"), 303))
    page = render_template("accounts/welcome.html", form=form, holder=holder, token=token)
    return _answer(page, 422 if request.method == "POST" else 200)


def _answer(page: str, status: int) -> Response:
    return _keep_address(make_response(page, status))


def _keep_address(response: Response) -> Response:
    # The address is a secret: no page that comes next shall be told it. The origin must be sent,
    # or the protection of forms could not see that the form comes from here.
    response.headers["Referrer-Policy"] = "strict-origin"
    return response
