"""The page on which owners say how to arrive."""

from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.datastructures import MultiDict

from booking.facilities.arrivals import arrivals_of, own_arrival
from booking.manage.arrival.forms import ArrivalForm
from booking.manage.arrival.service import set_arrival
from booking.manage.blueprint import blueprint
from booking.manage.queries import ManagedFacility, kept_facility
from booking.manage.saved_changes import add_facility_conflict
from booking.manage.version import ChangedMeanwhile, facility_version
from booking.web.access import keeper, the_account
from booking.web.responses import ViewResponse


@blueprint.get("/manage/facilities/<string:slug>/arrival")
@keeper
def arrival(slug: str) -> str:
    """Show the form with what this facility says itself."""
    found = kept_facility(the_account().viewer, slug)
    text, days = own_arrival(found.facility.id)
    stated = {"text": text, "reminder_days": days, "version": facility_version(found.facility.id)}
    return _page(found, ArrivalForm(formdata=None, data=stated))


@blueprint.post("/manage/facilities/<string:slug>/arrival")
@keeper
def change_arrival(slug: str) -> ViewResponse:
    """Set it, or say at each field what is wrong with it."""
    account = the_account()
    found = kept_facility(account.viewer, slug)
    form = ArrivalForm(formdata=MultiDict(request.form))
    if not form.validate():
        return _page(found, form), HTTPStatus.UNPROCESSABLE_ENTITY
    version = form.version.data or ""
    try:
        set_arrival(account, slug, form.text.data or "", form.reminder_days.data, version=version)
    except ChangedMeanwhile as conflict:
        found = kept_facility(account.viewer, slug)
        add_facility_conflict(form, account.viewer, conflict, found)
        return _page(found, form), HTTPStatus.CONFLICT
    flash(gettext("Saved. Who has a confirmed date sees it on their booking."), "success")
    return redirect(url_for("manage.show", slug=slug, _anchor="arrival"))


def _page(found: ManagedFacility, form: ArrivalForm) -> str:
    return render_template(
        "manage/arrival.html", facility=found.facility, form=form, **section(found)
    )


def section(found: ManagedFacility) -> dict[str, Any]:
    """Return what the pages show of what holds: the text, and the reminder in words."""
    holds = arrivals_of([found.facility.id])[found.facility.id]
    return {"arrival_text": holds.text, "arrival_reminder": reminder_text(holds.reminder_days)}


def reminder_text(days: int) -> str:
    """Return when partners are reminded, in words."""
    if not days:
        return gettext("no reminder")
    return ngettext(
        "%(num)s working day before the first date",
        "%(num)s working days before the first date",
        days,
    )
