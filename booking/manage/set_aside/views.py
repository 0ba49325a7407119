"""The page of the time that is set aside for named organisations."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext

from booking.db import clock
from booking.disruptions.pending import DatesInTheWay, PendingDate
from booking.errors import Invalid
from booking.manage.blueprint import blueprint
from booking.manage.queries import ManagedFacility, managed_facility
from booking.manage.saved_changes import add_facility_conflict
from booking.manage.set_aside import service
from booking.manage.set_aside.forms import ReleaseForm, SetAsideForm
from booking.manage.set_aside.messages import add_fault_errors
from booking.manage.set_aside.queries import all_organisations, set_aside_at
from booking.manage.set_aside.service import InvalidSetAside, NewSetAside
from booking.manage.version import ChangedMeanwhile, facility_version
from booking.web.access import decider, the_account
from booking.web.responses import ViewResponse


@blueprint.get("/manage/facilities/<string:slug>/set-aside")
@decider
def set_aside(slug: str) -> str:
    """Show the time that is set aside, with the form to set more aside."""
    found = managed_facility(the_account().viewer, slug)
    return _page(found, _form(SetAsideForm(formdata=None)))


@blueprint.post("/manage/facilities/<string:slug>/set-aside")
@decider
def add_set_aside(slug: str) -> ViewResponse:
    """Set time aside."""
    account = the_account()
    found = managed_facility(account.viewer, slug)
    form = _form(SetAsideForm())
    if not form.validate():
        return _page(found, form), HTTPStatus.UNPROCESSABLE_ENTITY
    new = NewSetAside(form.planned(), frozenset(form.organisations.data or ()))
    try:
        service.set_aside(account, slug, new, version=form.version.data or "")
    except InvalidSetAside as invalid:
        add_fault_errors(form, invalid.faults)
    except Invalid as invalid:
        form[invalid.field].errors = [_text(invalid)]
    except DatesInTheWay as in_the_way:
        form.first_day.errors = [
            gettext(
                "Other dates are in the way then. Choose another time or fewer places, or move "
                "them first."
            )
        ]
        return _page(found, form, in_the_way.dates), HTTPStatus.UNPROCESSABLE_ENTITY
    except ChangedMeanwhile as conflict:
        found = managed_facility(account.viewer, slug)
        add_facility_conflict(form, account.viewer, conflict, found)
        return _page(found, form), HTTPStatus.CONFLICT
    else:
        flash(gettext("Set aside."), "success")
        return redirect(url_for("manage.set_aside", slug=slug))
    return _page(found, form), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/manage/facilities/<string:slug>/set-aside/release")
@decider
def release_set_aside(slug: str) -> ViewResponse:
    """Release set-aside time at once."""
    account = the_account()
    found = managed_facility(account.viewer, slug)
    posted = ReleaseForm()
    form = _form(SetAsideForm(formdata=None))
    if not posted.validate():
        return _page(found, form), HTTPStatus.UNPROCESSABLE_ENTITY
    key, version = posted.set_aside.data or "", posted.version.data or ""
    try:
        service.release(account, slug, key, version=version)
    except ChangedMeanwhile as conflict:
        found = managed_facility(account.viewer, slug)
        add_facility_conflict(form, account.viewer, conflict, found)
        return _page(found, form), HTTPStatus.CONFLICT
    flash(gettext("Released. The time is free for everyone now."), "success")
    return redirect(url_for("manage.set_aside", slug=slug))


def section(managed: ManagedFacility) -> dict[str, Any]:
    """Return what is set aside, for the overview of the facility."""
    return {"set_aside": set_aside_at(managed.facility.id, clock.now())}


def _text(invalid: Invalid) -> str:
    if invalid.code == "set_aside":
        return gettext(
            "Other time is already set aside then. Release it first, or choose another time."
        )
    return gettext("Choose one of these.")


def _form(form: SetAsideForm) -> SetAsideForm:
    form.organisations.choices = [(name, name) for name in all_organisations()]
    return form


def _page(found: ManagedFacility, form: SetAsideForm, dates: Sequence[PendingDate] = ()) -> str:
    version = facility_version(found.facility.id)
    if form.version.data is None:
        form.version.data = version
    return render_template(
        "manage/set_aside.html",
        facility=found.facility,
        zone=found.effective.rules.zone,
        own_places=found.own_places,
        form=form,
        lines=set_aside_at(found.facility.id, clock.now()),
        pending=dates,
        version=version,
    )
