"""Merging a duplicate into an organisation: choosing it, seeing what would happen, and doing it."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from booking.admin.blueprint import blueprint
from booking.admin.forms import MergeForm
from booking.admin.merge_queries import MergePreview, merge_preview
from booking.admin.merge_service import merge as merge_organisations
from booking.admin.organisation_queries import organisation_for_admin
from booking.db import clock
from booking.errors import Conflict, Invalid
from booking.rules.names import normalised_name
from booking.web.access import admin, not_found, the_account
from booking.web.responses import ViewResponse
from booking.wording.names import isolated


@blueprint.route("/organisations/<string:key>/merge", methods=["GET", "POST"])
@admin
def merge(key: str) -> ViewResponse:
    """Ask for the name of the duplicate; then show what merging would do, and do it."""
    kept = organisation_for_admin(key)
    if kept.merged_into is not None and request.method != "POST":
        not_found()
    name = normalised_name(request.values.get("name", ""))
    form = MergeForm()
    if not name:
        asked = request.method == "POST" or "name" in request.args
        wrong = _("Enter the name of the duplicate.") if asked else ""
        return _page(key, form, name, wrong=wrong)
    if request.method != "POST":
        return _preview_page(key, form, name)
    expected = request.form.get("expected", "")
    if not form.validate():
        return _preview_page(key, form, name, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    duplicate_key = request.form.get("duplicate", "")
    try:
        merged = merge_organisations(
            the_account(), key, duplicate_key, form.why.data or "", expected
        )
    except Conflict as conflict:
        if conflict.code == "merged":
            flash(
                _(
                    "Nothing was changed: one of the two was merged before. Perhaps somebody else "
                    "did it a moment ago."
                ),
                "warning",
            )
            return redirect(url_for("admin.organisation", key=key), 303)
        problem = _problem(conflict.code)
        return _preview_page(key, form, name, problem=problem, status=HTTPStatus.CONFLICT)
    flash(
        _(
            "%(duplicate)s was merged into %(organisation)s. Everybody who works there has been "
            "told.",
            duplicate=isolated(merged),
            organisation=isolated(kept.name),
        ),
        "success",
    )
    return redirect(url_for("admin.organisation", key=key), 303)


def _problem(code: str) -> str:
    if code == "yourself":
        return _(
            "You work or worked for one of the two, and would see what the other one books. "
            "Another administrator has to do it."
        )
    if code == "itself":
        return _("This is the same organisation. Choose another one.")
    return _(
        "Something changed since you looked, so nothing was merged. This is what would happen now."
    )


def _name_problem(code: str) -> str:
    if code == "itself":
        return _("This is the same organisation. Enter the name of the duplicate.")
    if code == "merged":
        return _("This name was merged into another organisation before.")
    return _("There is no organisation of exactly this name. Look it up in the list.")


def _preview_page(
    key: str,
    form: MergeForm,
    name: str,
    *,
    problem: str = "",
    status: int = HTTPStatus.OK,
) -> ViewResponse:
    try:
        preview = merge_preview(key, name, clock.now())
    except Invalid as invalid:
        return _page(key, form, name, wrong=_name_problem(invalid.code))
    return _page(key, form, name, preview=preview, problem=problem, status=status)


def _page(
    key: str,
    form: MergeForm,
    name: str,
    *,
    preview: MergePreview | None = None,
    wrong: str = "",
    problem: str = "",
    status: int = HTTPStatus.OK,
) -> ViewResponse:
    page = render_template(
        "admin/merge.html",
        organisation=organisation_for_admin(key),
        form=form,
        name=name,
        preview=preview,
        wrong=wrong,
        problem=problem,
    )
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if wrong else status
