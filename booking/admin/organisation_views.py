"""Pages of organisations and clusters for administrators."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from booking.accounts import people_service
from booking.accounts.name_check_service import answer_name_check, waiting_name_checks
from booking.admin.blueprint import blueprint
from booking.admin.forms import ReasonForm
from booking.admin.organisation_queries import (
    MemberLine,
    OrganisationPage,
    cluster_list,
    organisation_for_admin,
    organisation_list,
)
from booking.admin.people_views import page_number
from booking.db import clock
from booking.errors import Conflict, Invalid
from booking.web.access import admin, not_found, the_account
from booking.web.responses import ViewResponse
from booking.wording.names import isolated
from booking.wording.zones import shown_zone

UNMANAGED = "unmanaged"


@blueprint.get("/organisations")
@admin
def organisations() -> str:
    """List organisations, found by name."""
    text = request.args.get("text", "")
    unmanaged = request.args.get("show") == UNMANAGED
    found = organisation_list(text, page_number(), unmanaged=unmanaged)
    return render_template(
        "admin/organisations.html",
        found=found,
        text=text,
        unmanaged=unmanaged,
        checks=waiting_name_checks(),
        zone=shown_zone(),
    )


@blueprint.post("/organisations/names/<string:key>/allow")
@admin
def allow_name(key: str) -> ViewResponse:
    """Add an organisation for which a coordinator asked, although its name looks like another."""
    try:
        name = answer_name_check(key, allowed=True, actor_id=the_account().person_id)
    except Invalid:
        flash(_("An organisation with this name exists by now. Nothing was changed."), "warning")
    else:
        flash(
            _(
                "%(organisation)s was added. The coordinator who asked can choose it now.",
                organisation=isolated(name),
            ),
            "success",
        )
    return redirect(url_for("admin.organisations"), 303)


@blueprint.post("/organisations/names/<string:key>/refuse")
@admin
def refuse_name(key: str) -> ViewResponse:
    """Refuse the name of an organisation for which a coordinator asked."""
    name = answer_name_check(key, allowed=False, actor_id=the_account().person_id)
    flash(
        _(
            "%(organisation)s was not added. The coordinator sees that.",
            organisation=isolated(name),
        ),
        "success",
    )
    return redirect(url_for("admin.organisations"), 303)


@blueprint.get("/organisations/<string:key>")
@admin
def organisation(key: str) -> str:
    """Show an organisation and who works there; never what it books."""
    return render_template(
        "admin/organisation.html", organisation=organisation_for_admin(key), zone=shown_zone()
    )


@blueprint.route("/organisations/<string:key>/managers/<string:member>", methods=["GET", "POST"])
@admin
def make_manager(key: str, member: str) -> ViewResponse:
    """Ask why, and make somebody who works there a manager."""
    found = organisation_for_admin(key)
    line = next((one for one in found.people if one.key == member), None)
    if line is None:
        not_found()
    form = ReasonForm()
    if request.method != "POST":
        return _manager_page(found, line, form)
    if not form.validate():
        return _manager_page(found, line, form), 422
    try:
        person, of = people_service.make_manager(the_account(), member, form.why.data or "")
    except Conflict as conflict:
        problem = (
            _("The account is deactivated. Activate it first.")
            if conflict.code == "deactivated"
            else _(
                "Nothing was changed: it is so already. Somebody else may have done it a moment "
                "ago."
            )
        )
        return _manager_page(found, line, form, problem), 409
    flash(
        _(
            "%(person)s manages %(organisation)s now, and has been told.",
            person=isolated(person),
            organisation=isolated(of),
        ),
        "success",
    )
    return redirect(url_for("admin.organisation", key=key), 303)


def _manager_page(
    found: OrganisationPage, line: MemberLine, form: ReasonForm, problem: str = ""
) -> str:
    return render_template(
        "admin/make_manager.html", organisation=found, member=line, form=form, problem=problem
    )


@blueprint.get("/clusters")
@admin
def clusters() -> str:
    """List clusters with who runs them, their holidays and their deadlines."""
    return render_template("admin/clusters.html", clusters=cluster_list(clock.now()))
