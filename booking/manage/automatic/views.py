"""The page of the organisations whose requests are confirmed at once."""

from collections.abc import Callable
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.db import clock
from booking.decisions.organisation_lookup import FoundOrganisations, look_up
from booking.decisions.organisation_messages import not_one_text
from booking.errors import Invalid
from booking.manage.automatic.forms import OrganisationForm
from booking.manage.automatic.queries import named_organisations
from booking.manage.automatic.service import name_organisation, remove_organisation
from booking.manage.blueprint import blueprint
from booking.manage.queries import ManagedFacility, managed_facility
from booking.manage.saved_changes import add_facility_conflict
from booking.manage.version import ChangedMeanwhile, facility_version
from booking.web.access import decider, the_account
from booking.web.responses import ViewResponse
from booking.wording.names import isolated


@blueprint.get("/manage/facilities/<string:slug>/named-organisations")
@decider
def automatic(slug: str) -> str:
    """Show the organisations that are named, with the form to name one more."""
    found = managed_facility(the_account().viewer, slug)
    return _page(found, OrganisationForm(formdata=None))


@blueprint.post("/manage/facilities/<string:slug>/named-organisations")
@decider
def name_automatic(slug: str) -> ViewResponse:
    """Name one more organisation, or show those that have what was typed in their name."""
    found = managed_facility(the_account().viewer, slug)
    form = OrganisationForm()
    if chosen := request.form.get("choose"):
        form.organisation.data = chosen
    elif form.validate():
        matches = look_up(
            form.organisation.data or "", found.facility.id, the_account().viewer, clock.now()
        )
        if matches.exact is None and matches.names:
            return _page(found, form, matches)
        if matches.exact is None:
            cluster = found.facility.cluster.short_name
            form.organisation.errors = [not_one_text(matches, cluster)]
            return _page(found, form), HTTPStatus.UNPROCESSABLE_ENTITY
        form.organisation.data = matches.exact
    return _change(
        found, form, name_organisation, lambda name: gettext("Added: %(name)s.", name=name)
    )


@blueprint.post("/manage/facilities/<string:slug>/named-organisations/remove")
@decider
def remove_automatic(slug: str) -> ViewResponse:
    """Remove one organisation."""
    return _change(
        managed_facility(the_account().viewer, slug),
        OrganisationForm(),
        remove_organisation,
        lambda name: gettext("Removed: %(name)s.", name=name),
    )


def _change(
    found: ManagedFacility,
    form: OrganisationForm,
    act: Callable[..., None],
    message: Callable[[str], str],
) -> ViewResponse:
    account, slug = the_account(), found.facility.slug
    if not form.validate():
        return _page(found, form), HTTPStatus.UNPROCESSABLE_ENTITY
    name = form.organisation.data or ""
    try:
        act(account, slug, name, version=form.version.data or "")
    except Invalid:
        cluster = found.facility.cluster.short_name
        form.organisation.errors = [not_one_text(FoundOrganisations(), cluster)]
        return _page(found, form), HTTPStatus.UNPROCESSABLE_ENTITY
    except ChangedMeanwhile as conflict:
        found = managed_facility(account.viewer, slug)
        if act is remove_organisation:
            form.organisation.data = ""  # the field names an organisation; this one was to go
        add_facility_conflict(form, account.viewer, conflict, found)
        return _page(found, form), HTTPStatus.CONFLICT
    flash(message(isolated(name)), "success")
    return redirect(url_for("manage.automatic", slug=slug))


def _page(
    found: ManagedFacility, form: OrganisationForm, matches: FoundOrganisations | None = None
) -> str:
    named = named_organisations(found.facility.id)
    version = facility_version(found.facility.id)
    if not form.is_submitted():
        form.version.data = version
    return render_template(
        "manage/automatic.html",
        facility=found.facility,
        form=form,
        named=named,
        rules=found.effective.rules,
        version=version,
        found=matches,
    )
