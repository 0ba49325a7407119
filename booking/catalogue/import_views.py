"""Pages on which coordinators take facilities of their cluster out as a file, and in again."""

import json
from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from booking.catalogue.export import catalogue_table, facilities_file
from booking.catalogue.file_views import file_response
from booking.catalogue.import_file import LARGEST, Wrong
from booking.catalogue.import_forms import UploadForm
from booking.catalogue.import_presenter import file_text, import_page
from booking.catalogue.import_service import (
    ImportOutcome,
    RowKind,
    import_facilities,
    may_import,
)
from booking.catalogue.queries import facility_slugs
from booking.catalogue.views import blueprint
from booking.web.access import coordinator, the_account
from booking.web.links import absolute_url
from booking.web.responses import ViewResponse
from booking.web.spreadsheet import csv_text
from booking.web.uploads import read_all, takes_file


@blueprint.get("/manage/clusters/<string:slug>/import")
@coordinator
def import_(slug: str) -> str:
    """Show the form to upload a file, and the files to begin with."""
    return _page(slug, UploadForm(formdata=None))


@blueprint.post("/manage/clusters/<string:slug>/import")
@takes_file(LARGEST)
@coordinator
def run_import(slug: str) -> ViewResponse:
    """Show what a file would change, or import it."""
    account = the_account()
    may_import(account.viewer, slug)
    form = UploadForm()
    if not form.validate():
        return _page(slug, form), HTTPStatus.UNPROCESSABLE_ENTITY
    if request.form.get("step") == "save":
        content = _content_checked()
        outcome = import_facilities(account, slug, content, version=request.form.get("version", ""))
        if outcome.saved:
            return _saved(slug, outcome)
        return _check_page(slug, outcome, content, is_other=True), HTTPStatus.CONFLICT
    if not form.has_file:
        form.file.errors = [gettext("Choose a file.")]
        return _page(slug, form), HTTPStatus.UNPROCESSABLE_ENTITY
    sent, size = read_all(form.file.data)
    if not size or size > LARGEST:
        form.file.errors = [file_text(Wrong.TOO_LARGE if size else Wrong.EMPTY)]
        code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if size else HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(slug, form), code
    outcome = import_facilities(account, slug, sent)
    page = _check_page(slug, outcome, sent)
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if outcome.problems else HTTPStatus.OK


@blueprint.get("/manage/clusters/<string:slug>/facilities.json")
@coordinator
def cluster_json(slug: str) -> Response:
    """Send the facilities of a cluster in the form in which they are imported."""
    may_import(the_account().viewer, slug)
    text = json.dumps(facilities_file(slug), ensure_ascii=False, indent=1)
    return file_response(text, "application/json", f"{slug}.json")


@blueprint.get("/manage/clusters/<string:slug>/facilities.csv")
@coordinator
def cluster_table(slug: str) -> Response:
    """Send the facilities of a cluster as a table."""
    may_import(the_account().viewer, slug)
    pages = {one: absolute_url("browse.facility", slug=one) for one in facility_slugs()}
    # With a mark that says so, spreadsheets read UTF-8.
    return file_response(
        "\ufeff" + csv_text(catalogue_table(pages, slug)), "text/csv", f"{slug}.csv"
    )


def _content_checked() -> bytes:
    """Return the file that was checked, which the page has sent along; nothing if it did not."""
    try:
        return b64decode(request.form.get("content", ""), validate=True)[: LARGEST + 1]
    except (NoBase64, ValueError):
        return b""


def _saved(slug: str, outcome: ImportOutcome) -> Response:
    number = sum(one.kind in (RowKind.NEW, RowKind.CHANGED) for one in outcome.rows)
    flash(
        ngettext("%(num)s facility imported.", "%(num)s facilities imported.", number)
        if number
        else gettext("Nothing was changed."),
        "success",
    )
    return redirect(url_for("catalogue.import_", slug=slug), HTTPStatus.SEE_OTHER)


def _page(slug: str, form: UploadForm) -> str:
    cluster = may_import(the_account().viewer, slug)
    return render_template(
        "catalogue/import.html", cluster=cluster, form=form, largest=LARGEST // 2**20
    )


def _check_page(
    slug: str, outcome: ImportOutcome, content: bytes, *, is_other: bool = False
) -> str:
    cluster = may_import(the_account().viewer, slug)
    return render_template(
        "catalogue/import_check.html",
        cluster=cluster,
        page=import_page(outcome),
        can_save=outcome.writes and not outcome.problems,
        is_other=is_other,
        content=b64encode(content).decode(),
        version=outcome.version,
    )
