"""The pages of a facility's conditions, for those who decide on it and its keepers."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from booking.errors import Invalid, NotFound
from booking.facilities.condition_lists import listed_conditions
from booking.manage.blueprint import blueprint
from booking.manage.conditions import service
from booking.manage.conditions.forms import ConditionForm, RemoveConditionForm
from booking.manage.queries import ManagedFacility, kept_facility
from booking.manage.saved_changes import add_facility_conflict
from booking.manage.version import ChangedMeanwhile, facility_version
from booking.rules.conditions import ListedCondition
from booking.web.access import keeper, the_account
from booking.web.responses import ViewResponse
from booking.wording.conditions import condition_choices, stage_choices

_UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/manage/facilities/<string:slug>/conditions")
@keeper
def conditions(slug: str) -> str:
    """List the conditions of a facility, with a form to add one."""
    found = kept_facility(the_account().viewer, slug)
    version = facility_version(found.facility.id)
    return _list_page(found, ConditionForm(formdata=None, data={"version": version}))


@blueprint.post("/manage/facilities/<string:slug>/conditions")
@keeper
def add_condition(slug: str) -> ViewResponse:
    """Add a condition to a facility."""
    found = kept_facility(the_account().viewer, slug)
    form = ConditionForm()
    if not form.validate():
        return _list_page(found, form), _UNPROCESSABLE
    try:
        service.add_condition(
            the_account(), slug, form.condition(), version=form.version.data or ""
        )
    except ChangedMeanwhile as conflict:
        found = _after(slug, form, conflict)
        return _list_page(found, form), HTTPStatus.CONFLICT
    except Invalid:
        most = service.MOST_CONDITIONS
        form.text.errors = [
            gettext("A facility has at most %(most)d conditions. Remove one first.", most=most)
        ]
        return _list_page(found, form), _UNPROCESSABLE
    flash(gettext("Saved. It counts for requests confirmed from now on."), "success")
    return _back(slug)


@blueprint.get("/manage/facilities/<string:slug>/conditions/<int:number>")
@keeper
def condition(slug: str, number: int) -> str:
    """Show one condition with the form to change it."""
    found = kept_facility(the_account().viewer, slug)
    stated = _listed(found, number).condition
    data = {
        "kind": stated.kind,
        "text": stated.text,
        "stage": stated.stage,
        "days_before": stated.days_before,
        "version": facility_version(found.facility.id),
    }
    return _page(found, number, ConditionForm(formdata=None, data=data))


@blueprint.post("/manage/facilities/<string:slug>/conditions/<int:number>")
@keeper
def change_condition(slug: str, number: int) -> ViewResponse:
    """Change one condition; bookings keep it as it was."""
    found = kept_facility(the_account().viewer, slug)
    _listed(found, number)
    form = ConditionForm()
    if not form.validate():
        return _page(found, number, form), _UNPROCESSABLE
    try:
        service.change_condition(
            the_account(), slug, number, form.condition(), version=form.version.data or ""
        )
    except ChangedMeanwhile as conflict:
        found = _after(slug, form, conflict)
        return _page(found, number, form), HTTPStatus.CONFLICT
    flash(gettext("Saved. It counts for requests confirmed from now on."), "success")
    return _back(slug)


@blueprint.post("/manage/facilities/<string:slug>/conditions/<int:number>/remove")
@keeper
def remove_condition(slug: str, number: int) -> ViewResponse:
    """Take one condition off the list."""
    found = kept_facility(the_account().viewer, slug)
    _listed(found, number)
    form = RemoveConditionForm()
    if not form.validate():
        return _back(slug)
    try:
        service.remove_condition(the_account(), slug, number, version=form.version.data or "")
    except ChangedMeanwhile as conflict:
        fresh = ConditionForm(formdata=None)
        found = _after(slug, fresh, conflict)
        return _list_page(found, fresh), HTTPStatus.CONFLICT
    flash(gettext("Removed. Bookings that have this condition keep it."), "success")
    return _back(slug)


def _after(slug: str, form: ConditionForm, conflict: ChangedMeanwhile) -> ManagedFacility:
    """Return the facility as it is now, and say in the form what was saved meanwhile."""
    found = kept_facility(the_account().viewer, slug)
    add_facility_conflict(form, the_account().viewer, conflict, found)
    return found


def _listed(found: ManagedFacility, number: int) -> ListedCondition:
    for one in listed_conditions([found.facility.id]).get(found.facility.id, ()):
        if one.id == number:
            return one
    raise NotFound("condition")


def _back(slug: str) -> Response:
    return redirect(url_for("manage.conditions", slug=slug), HTTPStatus.SEE_OTHER)


def _labelled(form: ConditionForm) -> ConditionForm:
    form.kind.choices = condition_choices()
    form.stage.choices = stage_choices()
    return form


def _list_page(found: ManagedFacility, form: ConditionForm) -> str:
    facility = found.facility
    return render_template(
        "manage/conditions.html",
        facility=facility,
        listed=listed_conditions([facility.id]).get(facility.id, ()),
        form=_labelled(form),
    )


def _page(found: ManagedFacility, number: int, form: ConditionForm) -> str:
    return render_template(
        "manage/condition.html", facility=found.facility, number=number, form=_labelled(form)
    )
