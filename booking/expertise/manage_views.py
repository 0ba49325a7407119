"""Keeping the directory, for coordinators; and being named in it, for the person concerned."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from booking.concepts.subjects import subjects_named
from booking.errors import Conflict, Invalid
from booking.expertise import service
from booking.expertise.blueprint import blueprint
from booking.expertise.forms import NAME_MAX, AreaForm, NameForm
from booking.expertise.presenter import language_options, subject_options
from booking.expertise.queries import (
    coordinated_cluster,
    directory,
    find_area,
    kept_areas,
    own_namings,
)
from booking.expertise.service import AreaFacts
from booking.rules.expertise import MOST_AREAS, MOST_PEOPLE
from booking.web.access import coordinator, not_found, signed_in, the_account
from booking.web.responses import ViewResponse

if TYPE_CHECKING:
    from booking.expertise.models import ExpertiseArea

_UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY
_SEE_OTHER = HTTPStatus.SEE_OTHER


@blueprint.get("/manage/clusters/<string:slug>/expertise")
@coordinator
def keep(slug: str) -> str:
    """List the areas that a cluster keeps, with a form to add one."""
    form = _area_form(formdata=None, data=_begun(slug, request.args.get("name", "")[:NAME_MAX]))
    return _list_page(slug, form)


def _begun(slug: str, name: str) -> dict[str, str | Sequence[str]]:
    """Return what a new area of this name begins with: what is most likely, to look at."""
    if not name:
        return {}
    cluster = coordinated_cluster(the_account().viewer, slug)
    return {
        "name": name,
        "role": gettext("Coordinator of %(cluster)s", cluster=cluster.short_name),
        "subjects": sorted(subjects_named(name)),
        "languages": ["en"],
    }


@blueprint.post("/manage/clusters/<string:slug>/expertise")
@coordinator
def add(slug: str) -> ViewResponse:
    """Add an area."""
    coordinated_cluster(the_account().viewer, slug)
    form = _area_form()
    if form.validate():
        try:
            key = service.add_area(the_account(), slug, _facts(form))
        except Invalid as wrong:
            form.name.errors = [_why_not(wrong.code)]
        else:
            flash(gettext("Saved. Now you can name people."), "success")
            return redirect(url_for("expertise.change", slug=slug, key=key), _SEE_OTHER)
    _suggest_subjects(form)
    return _list_page(slug, form), _UNPROCESSABLE


def _suggest_subjects(form: AreaForm) -> None:
    """Tick the subjects that the words name, where none was chosen, and say so."""
    found = subjects_named(f"{form.name.data or ''}. {form.description.data or ''}")
    if form.subjects.errors and not form.subjects.data and found:
        form.subjects.data = sorted(found)
        form.subjects.errors = [
            gettext("Choose at least one subject. Those that your words name are ticked now.")
        ]


@blueprint.get("/manage/clusters/<string:slug>/expertise/<string:key>")
@coordinator
def change(slug: str, key: str) -> str:
    """Show one area with the form to change it, and the people named with it."""
    return _area_page(slug, _area(slug, key), None, NameForm(formdata=None))


@blueprint.post("/manage/clusters/<string:slug>/expertise/<string:key>")
@coordinator
def save(slug: str, key: str) -> ViewResponse:
    """Change an area, unless somebody else has changed it meanwhile."""
    area = _area(slug, key)
    form, people = _area_form(), NameForm(formdata=None)
    if not form.validate():
        _suggest_subjects(form)
        return _area_page(slug, area, form, people), _UNPROCESSABLE
    try:
        service.change_area(
            the_account(), slug, key, _facts(form), revision=form.revision.data or ""
        )
    except Invalid as wrong:
        form.name.errors = [_why_not(wrong.code)]
        return _area_page(slug, area, form, people), _UNPROCESSABLE
    except Conflict:
        area = _area(slug, key)
        form.revision.data = str(area.revision)
        page = _area_page(slug, area, form, people, is_changed=True)
        return page, HTTPStatus.CONFLICT
    flash(gettext("Saved."), "success")
    return redirect(url_for("expertise.keep", slug=slug), _SEE_OTHER)


@blueprint.post("/manage/clusters/<string:slug>/expertise/<string:key>/remove")
@coordinator
def remove(slug: str, key: str) -> Response:
    """Remove an area."""
    service.remove_area(the_account(), slug, key)
    flash(gettext("Removed."), "success")
    return redirect(url_for("expertise.keep", slug=slug), _SEE_OTHER)


@blueprint.post("/manage/clusters/<string:slug>/expertise/<string:key>/people")
@coordinator
def name_somebody(slug: str, key: str) -> ViewResponse:
    """Name a person with an area; they decide whether to be shown."""
    area, people = _area(slug, key), NameForm()
    if people.validate():
        try:
            name = service.name_person(the_account(), slug, key, people.email.data or "")
        except Invalid as wrong:
            people.email.errors = [_why_not_named(wrong.code)]
        else:
            flash(gettext("%(name)s was asked to agree.", name=name), "success")
            return redirect(url_for("expertise.change", slug=slug, key=key), _SEE_OTHER)
    return _area_page(slug, area, None, people), _UNPROCESSABLE


@blueprint.post(
    "/manage/clusters/<string:slug>/expertise/<string:key>/people/<string:member>/remove"
)
@coordinator
def take_off(slug: str, key: str, member: str) -> Response:
    """Take a person off an area."""
    service.unname_person(the_account(), slug, key, member)
    flash(gettext("Removed."), "success")
    return redirect(url_for("expertise.change", slug=slug, key=key), _SEE_OTHER)


@blueprint.get("/account/expertise")
@signed_in
def own() -> str:
    """Show the person with which areas they are named, and whether they are shown."""
    return render_template("expertise/own.html", namings=own_namings(the_account().person_id))


@blueprint.post("/account/expertise/<string:key>")
@signed_in
def answer(key: str) -> Response:
    """Agree to be shown with an area, withdraw that, or ask not to be named."""
    wanted = {"show": True, "hide": False, "leave": None}
    said = request.form.get("answer", "")
    if said not in wanted:
        not_found()
    service.answer_naming(the_account(), key, shown=wanted[said])
    texts = {
        "show": gettext("Your name is shown now."),
        "hide": gettext("Your name is not shown any more."),
        "leave": gettext("You are not named there any more."),
    }
    flash(texts[said], "success")
    return redirect(url_for("expertise.own"), _SEE_OTHER)


def _area(slug: str, key: str) -> ExpertiseArea:
    cluster = coordinated_cluster(the_account().viewer, slug)
    return find_area(cluster.id, key)


def _area_form(**given: object) -> AreaForm:
    form = AreaForm(**given)
    form.subjects.choices = subject_options()
    form.languages.choices = language_options()
    return form


def _facts(form: AreaForm) -> AreaFacts:
    return AreaFacts(
        form.name.data or "",
        form.role.data or "",
        form.description.data or "",
        tuple(form.subjects.data or ()),
        tuple(form.languages.data or ()),
    )


def _why_not(code: str) -> str:
    if code == "too_many":
        return gettext(
            "A cluster has at most %(most)d areas of expertise. Remove one first.", most=MOST_AREAS
        )
    return gettext("Your cluster has an area of this name already.")


def _why_not_named(code: str) -> str:
    if code == "already":
        return gettext("This person is named here already.")
    if code == "too_many":
        return gettext(
            "At most %(most)d people are named with one area. Remove one first.", most=MOST_PEOPLE
        )
    # The same for an unknown address: nothing reveals who has an account elsewhere.
    return gettext(
        "No account in your cluster has this address. A cluster includes everybody with a role "
        "there, and members of organisations that have it as home cluster."
    )


def _list_page(slug: str, form: AreaForm) -> str:
    cluster = coordinated_cluster(the_account().viewer, slug)
    named = [one for one in directory() if one.cluster.id == cluster.id]
    return render_template(
        "expertise/keep.html",
        cluster=cluster,
        areas=kept_areas(cluster.id),
        only_named=[one for one in named if not one.key],
        form=form,
    )


def _area_page(
    slug: str,
    area: ExpertiseArea,
    form: AreaForm | None,
    people: NameForm,
    *,
    is_changed: bool = False,
) -> str:
    if form is None:
        stated: dict[str, str | Sequence[str]] = {
            "name": area.name,
            "role": area.role,
            "description": area.description,
            "subjects": area.subjects,
            "languages": area.languages,
            "revision": str(area.revision),
        }
        form = _area_form(formdata=None, data=stated)
    return render_template(
        "expertise/area.html",
        cluster=coordinated_cluster(the_account().viewer, slug),
        area=area,
        named=kept_areas(area.cluster_id, area.id)[0].people,
        form=form,
        people_form=people,
        is_changed=is_changed,
    )
