"""The page on which people say who of their organisation may read a request."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext

from booking.accounts.memberships import members_of
from booking.db import clock
from booking.requests.blueprint import blueprint
from booking.requests.confidential import name_readers
from booking.requests.forms import YES, ReadersForm
from booking.requests.queries import get_request
from booking.web.access import signed_in, the_account
from booking.web.responses import ViewResponse


@blueprint.route("/requests/<string:reference>/readers", methods=["GET", "POST"])
@signed_in
def readers(reference: str) -> ViewResponse:
    """Choose who of the organisation may read a request."""
    account = the_account()
    page = get_request(account.viewer, reference, clock.now())
    form = ReadersForm()
    members = members_of(account.organisation_id)
    form.readers.choices = [(one.key, one.name) for one in members]
    if form.validate_on_submit():
        keys = form.readers.data or () if YES in (form.confidential.data or ()) else None
        if name_readers(account, page.bookings[0].id, keys):
            flash(gettext("Saved."), "success")
            return redirect(url_for("requests.show", reference=page.reference), 303)
        flash(gettext("Saved. You can no longer read this request."), "success")
        return redirect(url_for("requests.index"), 303)
    if not form.is_submitted():
        form.confidential.data = [] if page.readers is None else [YES]
        form.readers.data = [one.key for one in page.readers or ()]
        if page.readers is None and account.active is not None:
            form.readers.data = [account.active.key]
    status = 422 if form.errors else 200
    return render_template("requests/readers.html", page=page, form=form), status
