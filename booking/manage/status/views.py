"""The page of a facility's status and of its place in the tree."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from booking.disruptions.pending import DatesInTheWay, PendingDate
from booking.errors import Invalid, NotFound
from booking.facilities.keepers import NeedsDecider
from booking.manage.blueprint import blueprint
from booking.manage.queries import ManagedFacility, kept_facility, managed_facility
from booking.manage.saved_changes import add_facility_conflict
from booking.manage.status.forms import MoveForm, StatusForm
from booking.manage.status.service import STATUSES, move, possible_parents, set_status
from booking.manage.terms.messages import term_fault_text
from booking.manage.terms.service import InvalidTerms
from booking.manage.version import ChangedMeanwhile, facility_version
from booking.web.access import coordinator, keeper, the_account
from booking.web.responses import ViewResponse
from booking.wording.refusals import conflict_text
from booking.wording.words import status_word


@blueprint.get("/manage/facilities/<string:slug>/standing")
@keeper
def status(slug: str) -> str:
    """Show whether a facility is open, and what it is part of."""
    found = kept_facility(the_account().viewer, slug)
    return _page(found, _status_form(found, fresh=True), _move_form(found, fresh=True))


@blueprint.post("/manage/facilities/<string:slug>/status")
@keeper
def change_status(slug: str) -> ViewResponse:
    """Set the status, or show the dates that prevent it."""
    account = the_account()
    found = kept_facility(account.viewer, slug)
    form = _status_form(found)
    dates: list[PendingDate] = []
    code = HTTPStatus.UNPROCESSABLE_ENTITY
    if form.validate():
        try:
            set_status(account, slug, form.status.data, version=form.version.data or "")
        except ChangedMeanwhile as conflict:
            found, code = kept_facility(account.viewer, slug), HTTPStatus.CONFLICT
            form = _status_form(found)
            add_facility_conflict(form, account.viewer, conflict, found)
        except NeedsDecider as needed:
            form.status.errors = [conflict_text(needed.code)]
        except DatesInTheWay as in_the_way:
            dates = in_the_way.dates
            form.status.errors = [gettext("There are upcoming dates. Resolve them first.")]
        except Invalid as invalid:
            form.status.errors = [_invalid_text(invalid)]
        else:
            return _saved(slug)
    return _page(found, form, _move_form(found, fresh=True), dates), code


@blueprint.post("/manage/facilities/<string:slug>/move")
@coordinator
def change_parent(slug: str) -> ViewResponse:
    """Move the facility in its tree, or show what prevents it."""
    account = the_account()
    found = managed_facility(account.viewer, slug)
    if not found.coordinates:
        raise NotFound("facility")
    form = _move_form(found)
    dates: list[PendingDate] = []
    code = HTTPStatus.UNPROCESSABLE_ENTITY
    if form.validate():
        try:
            move(account, slug, form.parent.data or None, version=form.version.data or "")
        except ChangedMeanwhile as conflict:
            found, code = managed_facility(account.viewer, slug), HTTPStatus.CONFLICT
            form = _move_form(found)
            add_facility_conflict(form, account.viewer, conflict, found)
        except DatesInTheWay as in_the_way:
            dates = in_the_way.dates
            form.parent.errors = [gettext("There are upcoming dates. Resolve them first.")]
        except InvalidTerms as unsound:
            form.parent.errors = [term_fault_text(fault) for fault in unsound.faults]
        except Invalid as invalid:
            form.parent.errors = [_invalid_text(invalid)]
        else:
            return _saved(slug)
    return _page(found, _status_form(found, fresh=True), form, dates), code


def _invalid_text(invalid: Invalid) -> str:
    if invalid.code == "set_aside":
        return gettext("Time is set aside here for organisations. Release it first.")
    return gettext("Choose one of these.")


def _saved(slug: str) -> Response:
    flash(gettext("Saved."), "success")
    return redirect(url_for("manage.show", slug=slug), HTTPStatus.SEE_OTHER)


def _status_form(found: ManagedFacility, *, fresh: bool = False) -> StatusForm:
    now = found.facility.status
    stated = {"status": now, "version": facility_version(found.facility.id)}
    form = StatusForm(formdata=None, data=stated) if fresh else StatusForm()
    offered = dict.fromkeys((now, *STATUSES))
    form.status.choices = [(status, status_word(status)) for status in offered]
    return form


def _move_form(found: ManagedFacility, *, fresh: bool = False) -> MoveForm:
    above = found.chain[1].slug if len(found.chain) > 1 else ""
    stated = {"parent": above, "version": facility_version(found.facility.id)}
    form = MoveForm(formdata=None, data=stated) if fresh else MoveForm()
    nothing = ("", gettext("Not part of another facility"))
    form.parent.choices = [nothing, *possible_parents(found)]
    return form


def _page(
    found: ManagedFacility,
    status_form: StatusForm,
    move_form: MoveForm,
    dates: list[PendingDate] | None = None,
) -> str:
    return render_template(
        "manage/status.html",
        facility=found.facility,
        may_move=found.coordinates,
        has_parts=found.has_parts,
        form=status_form if status_form.errors else move_form,
        status_form=status_form,
        move_form=move_form,
        dates=dates or [],
    )
