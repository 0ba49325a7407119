"""The page on which administrators name and remove the coordinators of a cluster."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from booking.accounts.coordinator_service import (
    NewCoordinator,
    name_coordinator,
    remove_coordinator,
)
from booking.accounts.role_forms import RoleForm, TakeRoleForm
from booking.accounts.role_service import WorksForOrganisation
from booking.admin.blueprint import blueprint
from booking.admin.organisation_queries import coordinators_of
from booking.db import clock
from booking.errors import Conflict, Invalid
from booking.rules.roles import RoleKind
from booking.web.access import admin, not_found, the_account
from booking.web.responses import ViewResponse
from booking.wording.names import isolated
from booking.wording.roles import ROLE_WORDS, actor_text, last_coordinator_message, last_day_message


@blueprint.get("/clusters/<string:slug>/coordinators")
@admin
def coordinators(slug: str) -> str:
    """Show who coordinates a cluster and who did, with a form to name somebody."""
    return _page(slug, _form(fresh=True))


@blueprint.post("/clusters/<string:slug>/coordinators")
@admin
def give_coordinator(slug: str) -> ViewResponse:
    """Make somebody a coordinator of a cluster."""
    form = _form()
    if not form.validate():
        return _page(slug, form), HTTPStatus.UNPROCESSABLE_ENTITY
    email = form.email.data or ""
    new = NewCoordinator(email, form.reason.data or "", form.last_day.read, form.knows)
    try:
        name = name_coordinator(the_account(), slug, new)
    except WorksForOrganisation as works:
        form.acknowledged.data = email
        return _page(slug, form, works=works), HTTPStatus.UNPROCESSABLE_ENTITY
    except Invalid as wrong:
        if wrong.field == "last_day":
            form.last_day.errors = [last_day_message(wrong.code)]
        elif wrong.code == "already":
            form.email.errors = [gettext("This person already has this role.")]
        else:
            form.email.errors = [gettext("No active account has this address.")]
        return _page(slug, form), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(
        gettext(
            "%(person)s is a coordinator now. They and the other coordinators are told.",
            person=isolated(name),
        ),
        "success",
    )
    return _back(slug)


@blueprint.post("/clusters/<string:slug>/coordinators/<string:key>/remove")
@admin
def take_coordinator(slug: str, key: str) -> ViewResponse:
    """Take the role of a coordinator away; not that of the last one."""
    form = TakeRoleForm()
    if not form.validate():
        page = _page(slug, _form(fresh=True), taking=(key, form))
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        name = remove_coordinator(the_account(), slug, key, form.end_reason.data or "")
    except Conflict:
        form.end_reason.errors = [last_coordinator_message()]
        return _page(slug, _form(fresh=True), taking=(key, form)), HTTPStatus.CONFLICT
    except Invalid:
        flash(gettext("This role has ended already."), "info")
    else:
        flash(
            gettext(
                "%(person)s is no longer a coordinator. They and the other coordinators are told.",
                person=isolated(name),
            ),
            "success",
        )
    return _back(slug)


def _form(*, fresh: bool = False) -> RoleForm:
    form = RoleForm(formdata=None) if fresh else RoleForm()
    form.leave_out_which()
    return form


def _back(slug: str) -> Response:
    return redirect(url_for("admin.coordinators", slug=slug), HTTPStatus.SEE_OTHER)


def _page(
    slug: str,
    form: RoleForm,
    *,
    works: WorksForOrganisation | None = None,
    taking: tuple[str, TakeRoleForm] | None = None,
) -> str:
    cluster, people = coordinators_of(slug, clock.now())
    key, take_form = taking or ("", None)
    if key and all(one.key != key for one in people):
        not_found()
    return render_template(
        "admin/coordinators.html",
        cluster=cluster,
        current=[one for one in people if one.ended_at is None],
        ended=[one for one in people if one.ended_at is not None],
        allows=ROLE_WORDS[RoleKind.COORDINATOR].allows,
        actor_text=actor_text,
        form=form,
        works=works,
        taking_key=key,
        taking=take_form,
    )
