"""The page on which coordinators keep what their cluster says of itself."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from booking.clusters.facts import changed_facts
from booking.db import clock
from booking.errors import Conflict
from booking.manage.blueprint import blueprint
from booking.manage.cluster import service
from booking.manage.cluster.forms import ClusterFactsForm
from booking.manage.cluster.presenter import fact_changes, fact_lines
from booking.manage.cluster.service import KeptCluster, kept_cluster
from booking.manage.saved_changes import SavedLine
from booking.web.access import coordinator, the_account
from booking.web.responses import ViewResponse
from booking.wording.clusters import FACT_WORDS
from booking.wording.owner_changes import changed_by_text
from booking.wording.refusals import conflict_text
from booking.wording.words import focus_area_word

#: The facts that deadlines follow from.
_OF_DEADLINES = {"answer_days", "days_off"}


@blueprint.get("/manage/clusters/<string:slug>/facts")
@coordinator
def cluster_facts(slug: str) -> ViewResponse:
    """Show the form of what a cluster says of itself."""
    found = kept_cluster(the_account().viewer, slug)
    form = ClusterFactsForm(formdata=None)
    form.version.data = found.version
    form.fill(found.facts, found.today)
    return _page(found, form)


@blueprint.post("/manage/clusters/<string:slug>/facts")
@coordinator
def change_cluster_facts(slug: str) -> ViewResponse:
    """Show what changes, or save it."""
    found = kept_cluster(the_account().viewer, slug)
    form = ClusterFactsForm()
    step = request.form.get("step", "check")
    if step == "change":
        return _page(found, form)
    form.focus_areas.choices = _areas(found)
    valid = form.validate()
    if not form.check_days_off(found.today, found.facts) or not valid:
        return _page(found, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    facts = form.facts()
    if (form.version.data or "") != found.version:
        return _changed_meanwhile(found, form)
    if step != "save":
        return _check_page(found, form, facts)
    try:
        changed = service.change_cluster_facts(
            the_account(), slug, facts, version=form.version.data or ""
        )
    except Conflict:
        return _changed_meanwhile(kept_cluster(the_account().viewer, slug), form)
    flash(gettext("Saved.") if changed else gettext("Nothing was changed."), "success")
    return redirect(url_for("manage.cluster_facts", slug=slug), HTTPStatus.SEE_OTHER)


def _changed_meanwhile(found: KeptCluster, form: ClusterFactsForm) -> ViewResponse:
    viewer = the_account().viewer
    changes = service.facts_changed_since(viewer, found.id, form.version.data or "")
    newest = {name: change for change in changes for name in change.names}
    form.saved_meanwhile = [
        SavedLine(
            str(FACT_WORDS[name]),
            changed_by_text(
                change.at,
                found.zone,
                change.person,
                is_own=change.is_own,
                by_operator=change.by_operator,
            ),
            fact_lines(name, found.facts[name], found.today),
        )
        for name, change in newest.items()
    ]
    form.version.data = found.version
    form.form_errors.append(conflict_text("changed_meanwhile"))
    return _page(found, form, HTTPStatus.CONFLICT)


def _areas(found: KeptCluster) -> list[tuple[str, str]]:
    offered = [(slug, focus_area_word(slug)) for slug, _ in found.focus_areas]
    return sorted(offered, key=lambda one: one[1].casefold())


def _page(
    found: KeptCluster, form: ClusterFactsForm, status: HTTPStatus = HTTPStatus.OK
) -> ViewResponse:
    form.focus_areas.choices = _areas(found)
    form.add_spare_rows()
    for number, row in enumerate(form.day_rows(), start=1):
        for field, label in (
            (row.first, gettext("Days off %(number)s, first day", number=number)),
            (row.last, gettext("Days off %(number)s, last day", number=number)),
            (row.name, gettext("Days off %(number)s, why", number=number)),
        ):
            field.label.text = label
    page = render_template("manage/cluster.html", found=found, form=form)
    return page, status


def _check_page(found: KeptCluster, form: ClusterFactsForm, facts: dict[str, Any]) -> str:
    old = dict(found.facts)
    facts["days_off"] = service.with_past(old["days_off"], facts["days_off"], found.today)
    names = changed_facts(old, facts)
    due = None
    if _OF_DEADLINES.intersection(names):
        due = tuple(service.due_day(found, one, clock.now()) for one in (old, facts))
    return render_template(
        "manage/cluster_check.html",
        found=found,
        changes=fact_changes(names, old, facts, found.today),
        due=due,
        typed=_typed(form),
    )


def _typed(form: ClusterFactsForm) -> Sequence[tuple[str, str]]:
    """Return what was posted, to be posted again; rows without days off are left out."""
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if value and name not in ("csrf_token", "step")
    ]
