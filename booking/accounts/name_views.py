"""Page: changing one's name."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from booking.accounts.blueprint import blueprint
from booking.accounts.forms import NameForm, text_of
from booking.accounts.name_service import change_name
from booking.web.access import signed_in, the_account
from booking.web.responses import ViewResponse


@blueprint.route("/account/name", methods=["GET", "POST"])
@signed_in
def name() -> ViewResponse:
    """Take another name."""
    me = the_account()
    form = NameForm(data={"name": me.name})
    if request.method != "POST":
        return render_template("accounts/name.html", form=form)
    if form.validate():
        change_name(me.person_id, text_of(form.name))
        flash(_("Name changed."), "success")
        return redirect(url_for("accounts.account"), 303)
    return render_template("accounts/name.html", form=form), 422
