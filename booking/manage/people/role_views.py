"""The page of who has which role in a cluster, for its coordinators."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from booking.accounts.role_forms import RoleForm, TakeRoleForm
from booking.accounts.role_service import WorksForOrganisation
from booking.accounts.roles import roles_in
from booking.db import clock
from booking.errors import Conflict, Invalid
from booking.manage.blueprint import blueprint
from booking.manage.people.queries import Places, places_of
from booking.manage.people.service import (
    NewRole,
    check_role_there,
    give_for_cluster,
    give_for_facility,
    take_by_key,
)
from booking.rules.roles import RoleKind
from booking.web.access import coordinator, the_account
from booking.web.responses import ViewResponse
from booking.wording.names import isolated
from booking.wording.roles import ROLE_WORDS, actor_text, last_coordinator_message, last_day_message

#: The roles that coordinators give, in the order of the page.
GIVEN = (RoleKind.COORDINATOR, RoleKind.APPROVER, RoleKind.KEEPER, RoleKind.AUDITOR)


@blueprint.get("/manage/people/roles")
@coordinator
def roles() -> str:
    """Show who has which role in the clusters that the person coordinates, and who had."""
    return _page(_role_form(_places(), RoleForm(formdata=None)))


@blueprint.post("/manage/people/roles")
@coordinator
def give_role() -> ViewResponse:
    """Give somebody a role."""
    places = _places()
    form = _role_form(places, RoleForm())
    if form.validate():
        email, kind = form.email.data or "", RoleKind(form.kind.data)
        new = NewRole(
            kind, email, form.reason.data or "", form.last_day.read, acknowledged=form.knows
        )
        where, number = places.read(form.where.data or "")
        try:
            if number is None:
                form.where.errors = [gettext("Choose one from the list.")]
            elif kind.of_facility is not (where == "facility"):
                form.where.errors = [_wrong_place(kind)]
            elif kind.of_facility:
                give_for_facility(the_account(), number, new)
                return _done(places.name(form.where.data or ""), new)
            else:
                give_for_cluster(the_account(), number, new)
                return _done(places.name(form.where.data or ""), new)
        except WorksForOrganisation as works:
            form.acknowledged.data = email
            return _page(form, works=works), HTTPStatus.UNPROCESSABLE_ENTITY
        except Invalid as wrong:
            _mark(form, wrong)
    return _page(form), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/manage/people/roles/<string:key>/remove")
@coordinator
def take_role(key: str) -> ViewResponse:
    """Take a role away, for coordinators of its cluster."""
    form = TakeRoleForm()
    blank = _role_form(_places(), RoleForm(formdata=None))
    me = the_account()
    if not form.validate():
        check_role_there(me, key)
        return _page(blank, taking=(key, form)), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        name = take_by_key(me, key, form.end_reason.data or "")
    except Conflict:
        form.end_reason.errors = [last_coordinator_message()]
        return _page(blank, taking=(key, form)), HTTPStatus.CONFLICT
    except Invalid:
        flash(gettext("This role has ended already."), "info")
    else:
        flash(gettext("%(person)s no longer has this role.", person=isolated(name)), "success")
    return redirect(url_for("manage.roles"), HTTPStatus.SEE_OTHER)


def _places() -> Places:
    return places_of(the_account().viewer)


def _role_form(places: Places, form: RoleForm) -> RoleForm:
    form.kind.choices = [(kind.value, ROLE_WORDS[kind].name) for kind in GIVEN]
    form.where.choices = {
        "": [("", gettext("Choose"))],
        gettext("A whole cluster"): places.clusters,
        gettext("A facility and its parts"): places.facilities,
    }
    return form


def _page(
    form: RoleForm,
    *,
    works: WorksForOrganisation | None = None,
    taking: tuple[str, TakeRoleForm] | None = None,
) -> str:
    found = roles_in(the_account().viewer.coordinates, clock.now())
    key, take_form = taking or ("", None)
    return render_template(
        "manage/roles.html",
        current=[one for one in found if one.ended_at is None],
        ended=sorted(
            (one for one in found if one.ended_at is not None),
            key=lambda one: one.ended_at or clock.now(),
            reverse=True,
        ),
        clusters={one.cluster_id: one.cluster for one in found},
        kinds=list(ROLE_WORDS),
        given=GIVEN,
        words=ROLE_WORDS,
        hints={kind.value: ROLE_WORDS[kind].allows for kind in GIVEN},
        actor_text=actor_text,
        form=form,
        works=works,
        taking_key=key,
        taking=take_form,
        own_id=the_account().person_id,
    )


def _done(where: str, new: NewRole) -> Response:
    flash(
        gettext("%(email)s: %(role)s.", email=new.email, role=ROLE_WORDS[new.kind].where(where)),
        "success",
    )
    return redirect(url_for("manage.roles"), HTTPStatus.SEE_OTHER)


def _wrong_place(kind: RoleKind) -> str:
    if kind.of_facility:
        return gettext("Choose a facility: this role is for a facility and its parts.")
    return gettext("Choose a cluster: this role is for a whole cluster.")


def _mark(form: RoleForm, wrong: Invalid) -> None:
    if wrong.field == "last_day":
        form.last_day.errors = [last_day_message(wrong.code)]
    elif wrong.code == "already":
        form.email.errors = [gettext("This person already has this role.")]
    else:
        form.email.errors = [unknown_person()]


def unknown_person() -> str:
    """Return that nobody of the cluster has this address."""
    # The same message for an unknown e-mail: nothing reveals who has an account elsewhere.
    return gettext(
        "No account in your cluster has this address. A cluster includes everybody with a role "
        "there, and members of organisations that have it as home cluster."
    )
