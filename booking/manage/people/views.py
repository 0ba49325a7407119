"""The page of who decides on a facility and who may see its calendar, for coordinators."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from booking.accounts.role_service import WorksForOrganisation
from booking.accounts.roles import approver_roles
from booking.db import clock
from booking.errors import Invalid, NotFound
from booking.manage.blueprint import blueprint
from booking.manage.people.forms import ApproverForm, AudiencesForm, TakeApproverForm
from booking.manage.people.queries import People, people_of
from booking.manage.people.role_views import unknown_person
from booking.manage.people.service import (
    NewRole,
    give_for_facility,
    set_audiences,
    take_for_facility,
)
from booking.manage.queries import ManagedFacility, managed_facility
from booking.manage.saved_changes import add_facility_conflict
from booking.manage.version import ChangedMeanwhile, facility_version
from booking.rules.roles import RoleKind
from booking.rules.visibility import CalendarLevel
from booking.web.access import coordinator, the_account
from booking.web.responses import ViewResponse
from booking.wording import formats
from booking.wording.names import isolated
from booking.wording.roles import actor_text, last_day_message


@blueprint.get("/manage/facilities/<string:slug>/people")
@coordinator
def people(slug: str) -> str:
    """Show who decides and who may see the calendar."""
    found = _coordinated(slug)
    return _page(found, _approver_form(found), _audiences(found))


@blueprint.post("/manage/facilities/<string:slug>/people")
@coordinator
def name_person(slug: str) -> ViewResponse:
    """Name one more approver."""
    found = _coordinated(slug)
    form = ApproverForm()
    if form.validate():
        email = form.email.data or ""
        try:
            give_for_facility(
                the_account(),
                found.facility.id,
                NewRole(
                    RoleKind.APPROVER,
                    email,
                    form.reason.data or "",
                    form.last_day.read,
                    acknowledged=form.knows,
                ),
                version=form.version.data or "",
            )
        except ChangedMeanwhile as conflict:
            return _conflict_page(slug, form, conflict)
        except WorksForOrganisation as works:
            form.acknowledged.data = email
            page = _page(found, form, _audiences(found), works)
            return page, HTTPStatus.UNPROCESSABLE_ENTITY
        except Invalid as wrong:
            if wrong.field == "last_day":
                form.last_day.errors = [last_day_message(wrong.code)]
            else:
                form.email.errors = [_why_not(wrong.code)]
        else:
            flash(gettext("%(email)s is now an approver here.", email=email), "success")
            return _back(slug)
    return _page(found, form, _audiences(found)), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/manage/facilities/<string:slug>/people/remove")
@coordinator
def remove_person(slug: str) -> ViewResponse:
    """Remove one approver."""
    found = _coordinated(slug)
    form = TakeApproverForm()
    if form.validate():
        try:
            take_for_facility(
                the_account(),
                found.facility.id,
                RoleKind.APPROVER,
                form.email.data or "",
                reason=form.end_reason.data or "",
                version=form.version.data or "",
            )
        except ChangedMeanwhile as conflict:
            return _conflict_page(slug, form, conflict)
        except Invalid:
            flash(gettext("This person was no longer an approver here."), "info")
        else:
            flash(
                gettext("%(email)s is no longer an approver here.", email=form.email.data),
                "success",
            )
        return _back(slug)
    page = _page(found, _approver_form(found), _audiences(found), taking=form)
    return page, HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/manage/facilities/<string:slug>/calendar")
@coordinator
def change_audiences(slug: str) -> ViewResponse:
    """Set what each audience sees of the calendar."""
    found = _coordinated(slug)
    form = AudiencesForm()
    if not form.validate():
        page = _page(found, _approver_form(found), form)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    levels = (
        CalendarLevel(field.data) for field in (form.public, form.signed_in, form.own_cluster)
    )
    try:
        set_audiences(the_account(), found.facility.id, *levels, version=form.version.data or "")
    except ChangedMeanwhile as conflict:
        return _conflict_page(slug, form, conflict)
    flash(gettext("Saved."), "success")
    return _back(slug)


def _conflict_page(
    slug: str, form: ApproverForm | TakeApproverForm | AudiencesForm, conflict: ChangedMeanwhile
) -> ViewResponse:
    """Return the page with what somebody else has saved, and with what was typed."""
    found = _coordinated(slug)
    add_facility_conflict(form, the_account().viewer, conflict, found)
    if isinstance(form, AudiencesForm):
        page = _page(found, _approver_form(found), form)
    elif isinstance(form, TakeApproverForm):
        page = _page(found, _approver_form(found), _audiences(found), taking=form)
    else:
        page = _page(found, form, _audiences(found))
    return page, HTTPStatus.CONFLICT


def _approver_form(found: ManagedFacility) -> ApproverForm:
    return ApproverForm(formdata=None, data={"version": facility_version(found.facility.id)})


def _back(slug: str) -> Response:
    return redirect(url_for("manage.people", slug=slug), HTTPStatus.SEE_OTHER)


def _coordinated(slug: str) -> ManagedFacility:
    found = managed_facility(the_account().viewer, slug)
    if not found.coordinates:
        raise NotFound("facility")
    return found


def _audiences(found: ManagedFacility) -> AudiencesForm:
    facility = found.facility
    return AudiencesForm(
        formdata=None,
        data={
            "public": facility.sees_public,
            "signed_in": facility.sees_signed_in,
            "own_cluster": facility.sees_own_cluster,
            "version": facility_version(facility.id),
        },
    )


def _page(
    found: ManagedFacility,
    form: ApproverForm,
    audiences: AudiencesForm,
    works: WorksForOrganisation | None = None,
    taking: TakeApproverForm | None = None,
) -> str:
    who = people_of(found, clock.now())
    return render_template(
        "manage/people.html",
        facility=found.facility,
        cluster=found.cluster,
        people=who,
        form=form,
        audiences=audiences,
        version=facility_version(found.facility.id),
        works=works,
        taking=taking,
        roles={one.person_id: one for one in approver_roles(found.facility.id, clock.now())},
        actor_text=actor_text,
        audience_means=_audience_means(found),
        without=lambda person_id: _without(who, person_id),
    )


def _without(who: People, person_id: int) -> str:
    """Return who decides once this person is not named here any more."""
    names = who.deciding_without(person_id)
    if names:
        return gettext(
            "These people will decide: %(names)s.", names=formats.listed(list(map(isolated, names)))
        )
    return gettext(
        "Nobody will be named here or above, so the coordinators decide: %(names)s.",
        names=formats.listed(list(map(isolated, who.answering))),
    )


def _why_not(code: str) -> str:
    if code == "already":
        return gettext("This person is already an approver here.")
    return unknown_person()


def _audience_means(found: ManagedFacility) -> dict[str, str]:
    """Return what the present choice means for each audience, by field."""
    facility = found.facility
    means = {
        "public": gettext("Anyone can see its busy times, but never who or what for."),
        "signed_in": gettext("Partners of all clusters."),
        "own_cluster": gettext(
            "Its approvers and coordinators, and organisations that have it as home cluster."
        ),
    }
    if facility.sees_public == CalendarLevel.BUSY:
        means["signed_in"] = gettext("No effect, because everyone can see it.")
        means["own_cluster"] = means["signed_in"]
    else:
        means["public"] = gettext("No calendar is shown and its public calendar link is empty.")
        if facility.sees_signed_in == CalendarLevel.BUSY:
            means["own_cluster"] = gettext(
                "No effect, because everyone who is signed in can see it."
            )
    return means
