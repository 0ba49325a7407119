"""The page of the time that is set aside for named organisations."""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.db import clock
from booking.decisions.organisation_lookup import FoundOrganisations, look_up
from booking.decisions.organisation_messages import not_one_text
from booking.disruptions.pending import DatesInTheWay, PendingDate
from booking.errors import Invalid
from booking.manage.blueprint import blueprint
from booking.manage.queries import ManagedFacility, managed_facility
from booking.manage.saved_changes import add_facility_conflict
from booking.manage.set_aside import service
from booking.manage.set_aside.forms import ReleaseForm, SetAsideForm
from booking.manage.set_aside.messages import add_fault_errors
from booking.manage.set_aside.queries import set_aside_at
from booking.manage.set_aside.service import InvalidSetAside, NewSetAside
from booking.manage.version import ChangedMeanwhile, facility_version
from booking.web.access import decider, the_account
from booking.web.fields import LINE_MAX
from booking.web.responses import ViewResponse


@blueprint.get("/manage/facilities/<string:slug>/set-aside")
@decider
def set_aside(slug: str) -> str:
    """Show the time that is set aside, with the form to set more aside."""
    found = managed_facility(the_account().viewer, slug)
    return _page(found, SetAsideForm(formdata=None))


@blueprint.post("/manage/facilities/<string:slug>/set-aside")
@decider
def add_set_aside(slug: str) -> ViewResponse:
    """Set time aside, or find, add or remove an organisation for which it is to be."""
    account = the_account()
    found = managed_facility(account.viewer, slug)
    form = SetAsideForm()
    if (page := _chosen(found, form)) is not None:
        return page
    matches = _add_typed(found, form)
    if not form.validate() or matches is not None or not form.organisations.data:
        if matches is not None:
            cluster = found.facility.cluster.short_name
            form.organisation.errors = [not_one_text(matches, cluster)]
        elif not form.organisations.data:
            form.organisation.errors = [gettext("Choose at least one organisation.")]
        return _page(found, form, found_names=matches), HTTPStatus.UNPROCESSABLE_ENTITY
    new = NewSetAside(form.planned(), frozenset(form.organisations.data or ()))
    try:
        service.set_aside(account, slug, new, version=form.version.data or "")
    except InvalidSetAside as invalid:
        add_fault_errors(form, invalid.faults)
    except Invalid as invalid:
        at = "organisation" if invalid.field == "organisations" else invalid.field
        form[at].errors = [_text(invalid)]
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
    form = SetAsideForm(formdata=None)
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
    return gettext("One of these organisations does not exist any more. Remove it.")


def _chosen(found: ManagedFacility, form: SetAsideForm) -> ViewResponse | None:
    """Answer the buttons that find, add or remove an organisation; None: another was pressed."""
    names = list(dict.fromkeys(form.organisations.data or ()))
    if name := request.form.get("choose"):
        form.organisations.data = list(dict.fromkeys([*names, name]))
        form.organisation.data = ""
    elif name := request.form.get("remove"):
        form.organisations.data = [one for one in names if one != name]
    elif "find" in request.form:
        matches = _add_typed(found, form)
        if matches is not None and not matches.names:
            cluster = found.facility.cluster.short_name
            form.organisation.errors = [not_one_text(matches, cluster)]
            return _page(found, form), HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(found, form, found_names=matches)
    else:
        return None
    return _page(found, form)


def _add_typed(found: ManagedFacility, form: SetAsideForm) -> FoundOrganisations | None:
    """Add the organisation that was typed; where it is no exact name, return what was found."""
    typed = (form.organisation.data or "").strip()
    if not typed or len(typed) > LINE_MAX:
        return None
    matches = look_up(typed, found.facility.id, the_account().viewer, clock.now())
    if matches.exact is None:
        chosen = form.organisations.data or ()
        return replace(matches, names=[one for one in matches.names if one not in chosen])
    form.organisations.data = list(dict.fromkeys([*(form.organisations.data or ()), matches.exact]))
    form.organisation.data = ""
    return None


def _page(
    found: ManagedFacility,
    form: SetAsideForm,
    dates: Sequence[PendingDate] = (),
    *,
    found_names: FoundOrganisations | None = None,
) -> str:
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
        found=found_names,
    )
