"""The pages on which owners add, order, describe and remove pictures and documents."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from booking.errors import Invalid, NotFound
from booking.files.queries import (
    ShownDocument,
    ShownPicture,
    documents_of,
    draft_documents,
    draft_pictures,
    pictures_of,
)
from booking.files.storage import BadFile
from booking.manage.blueprint import is_draft_page, of_facility_or_draft
from booking.manage.files import service
from booking.manage.files.forms import LANGUAGES, DocumentForm, MoveForm, PictureForm, RemoveForm
from booking.manage.new_facilities.service import drafted_facility
from booking.manage.queries import DraftKey, ManagedFacility, kept_facility
from booking.manage.saved_changes import add_facility_conflict
from booking.manage.version import ChangedMeanwhile, form_version
from booking.rules.limits import LimitName
from booking.rules.uploads import (
    MEGABYTE,
    MOST_DOCUMENT_BYTES,
    MOST_DOCUMENTS,
    MOST_PICTURE_BYTES,
    MOST_PICTURES,
    FileKind,
    UploadFault,
)
from booking.web.access import keeper, the_account
from booking.web.rates import count_for
from booking.web.responses import ViewResponse
from booking.web.uploads import read_all, takes_file
from booking.wording.uploads import AUDIENCE_WORDS, refused_text
from booking.wording.words import language_name

_ADDRESS = "/files/<string:kind>"
_KINDS = {"pictures": FileKind.PICTURE, "documents": FileKind.DOCUMENT}
_UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY
_Form = PictureForm | DocumentForm


@of_facility_or_draft(_ADDRESS)
@keeper
def files(slug: str, kind: str) -> str:
    """List the pictures or documents of a facility, with a form to add one."""
    found = _kept(slug, kind)
    return _list_page(found, kind, _form_of(kind, formdata=None))


@of_facility_or_draft(_ADDRESS, method="POST")
@takes_file(max(MOST_PICTURE_BYTES, MOST_DOCUMENT_BYTES))
@keeper
def add_file(slug: str, kind: str) -> ViewResponse:
    """Add a picture or a document, or say at its field why not, with all that was typed."""
    account = the_account()
    found = _kept(slug, kind)
    form = _form_of(kind)
    is_complete = form.validate()
    sent = _sent_file(form.file.data)
    if sent is None:
        form.file.errors = [
            gettext("Choose a picture.") if kind == "pictures" else gettext("Choose a document.")
        ]
    if sent is None or not is_complete:
        if sent is not None and not form.file.errors:
            form.file.errors = [gettext("Choose the file again: browsers do not keep it.")]
        return _list_page(found, kind, form), _UNPROCESSABLE
    count_for(LimitName.UPLOAD, str(account.person_id))
    try:
        service.add_file(account, _of(found), _KINDS[kind], sent, form.words())
    except BadFile as bad:
        form.file.errors = [refused_text(bad.refusal)]
        status = _STATUSES.get(bad.refusal.fault, _UNPROCESSABLE)
        return _list_page(found, kind, form), status
    except Invalid:
        form.file.errors = [_too_many_text(kind)]
        return _list_page(found, kind, form), _UNPROCESSABLE
    flash(gettext("Draft saved.") if found.draft else _added_text(kind), "success")
    return _back(slug, kind)


@of_facility_or_draft(f"{_ADDRESS}/<int:number>")
@keeper
def file(slug: str, kind: str, number: int) -> str:
    """Show one picture or document with the form to change what is said of it."""
    found = _kept(slug, kind)
    shown = _shown(found, kind, number)
    version = form_version(found)
    return _file_page(found, kind, shown, _filled_form(kind, shown, version))


@of_facility_or_draft(f"{_ADDRESS}/<int:number>", method="POST")
@keeper
def describe_file(slug: str, kind: str, number: int) -> ViewResponse:
    """Change what is said of one picture or document."""
    account = the_account()
    found = _kept(slug, kind)
    shown = _shown(found, kind, number)
    form = _form_of(kind)
    if not form.validate():
        return _file_page(found, kind, shown, form), _UNPROCESSABLE
    version = form.version.data or ""
    try:
        service.describe_file(
            account, _of(found), _KINDS[kind], number, form.words(), version=version
        )
    except ChangedMeanwhile as conflict:
        found = _after(slug, form, conflict)
        return _file_page(found, kind, shown, form), HTTPStatus.CONFLICT
    flash(
        gettext("Draft saved.") if found.draft else gettext("Saved. The public page shows it now."),
        "success",
    )
    return _back(slug, kind)


@of_facility_or_draft(f"{_ADDRESS}/<int:number>/move", method="POST")
@keeper
def move_file(slug: str, kind: str, number: int) -> ViewResponse:
    """Put one picture or document a place earlier or later."""
    account = the_account()
    found = _kept(slug, kind)
    _shown(found, kind, number)
    form = MoveForm()
    if not form.validate():
        return _back(slug, kind)
    try:
        service.move_file(
            account,
            _of(found),
            _KINDS[kind],
            number,
            earlier=form.way.data == "earlier",
            version=form.version.data or "",
        )
    except ChangedMeanwhile as conflict:
        fresh = _form_of(kind, formdata=None)
        found = _after(slug, fresh, conflict)
        return _list_page(found, kind, fresh), HTTPStatus.CONFLICT
    return _back(slug, kind, number)


@of_facility_or_draft(f"{_ADDRESS}/<int:number>/remove", method="POST")
@keeper
def remove_file(slug: str, kind: str, number: int) -> ViewResponse:
    """Remove one picture or document."""
    account = the_account()
    found = _kept(slug, kind)
    shown = _shown(found, kind, number)
    form = RemoveForm()
    if not form.validate():
        return _back(slug, kind)
    try:
        service.remove_file(
            account, _of(found), _KINDS[kind], number, version=form.version.data or ""
        )
    except ChangedMeanwhile as conflict:
        fresh = _filled_form(kind, shown)
        found = _after(slug, fresh, conflict)
        return _file_page(found, kind, shown, fresh), HTTPStatus.CONFLICT
    flash(gettext("Draft saved.") if found.draft else _removed_text(kind), "success")
    return _back(slug, kind)


def section(found: ManagedFacility) -> dict[str, Any]:
    """Return what the overview of a facility shows of both."""
    facility_id = found.facility.id
    return {"pictures": pictures_of(facility_id), "documents": documents_of(facility_id)}


#: What is not the sender's fault, or is too much.
_STATUSES = {
    UploadFault.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UploadFault.NO_ROOM: HTTPStatus.SERVICE_UNAVAILABLE,
}


def _kept(slug: str, kind: str) -> ManagedFacility:
    if kind not in _KINDS:
        raise NotFound("kind of files")
    viewer = the_account().viewer
    return drafted_facility(viewer, slug) if is_draft_page() else kept_facility(viewer, slug)


def _of(found: ManagedFacility) -> service.Of:
    key = found.key
    return key if isinstance(key, DraftKey) else found.facility.slug


def _sent_file(chosen: Any) -> service.SentFile | None:
    """Return what was sent, None if no file was chosen."""
    if not isinstance(chosen, FileStorage) or not chosen.filename:
        return None
    data, size = read_all(chosen)
    return service.SentFile(data, size, chosen.filename)


def _form_of(kind: str, **values: Any) -> _Form:
    form: _Form = PictureForm(**values) if kind == "pictures" else DocumentForm(**values)
    if isinstance(form, DocumentForm):
        form.language.choices = [
            ("", gettext("Not stated")),
            *((code, language_name(code)) for code in LANGUAGES),
        ]
        form.audience.choices = [(one, str(word)) for one, word in AUDIENCE_WORDS.items()]
    return form


def _filled_form(kind: str, shown: ShownPicture | ShownDocument, version: str = "") -> _Form:
    names = ("alt", "credit") if kind == "pictures" else ("title", "language", "audience")
    data = {"version": version, **{name: getattr(shown, name) for name in names}}
    return _form_of(kind, formdata=None, data=data)


def _after(slug: str, form: _Form, conflict: ChangedMeanwhile) -> ManagedFacility:
    """Return the facility as it is now, and say in the form what was saved meanwhile."""
    viewer = the_account().viewer
    found = drafted_facility(viewer, slug) if is_draft_page() else kept_facility(viewer, slug)
    add_facility_conflict(form, the_account().viewer, conflict, found)
    return found


def _listed(found: ManagedFacility, kind: str) -> Sequence[ShownPicture] | Sequence[ShownDocument]:
    if found.draft is not None:
        read = draft_pictures if kind == "pictures" else draft_documents
        return read(found.draft.id)
    facility_id = found.facility.id
    return pictures_of(facility_id) if kind == "pictures" else documents_of(facility_id)


def _shown(found: ManagedFacility, kind: str, number: int) -> ShownPicture | ShownDocument:
    for one in _listed(found, kind):
        if one.id == number:
            return one
    raise NotFound("file")


def _back(slug: str, kind: str, number: int | None = None) -> Response:
    anchor = None if number is None else f"file-{number}"
    address = url_for("manage.files", slug=slug, kind=kind, _anchor=anchor)
    return redirect(address, HTTPStatus.SEE_OTHER)


def _list_page(found: ManagedFacility, kind: str, form: _Form) -> str:
    listed = _listed(found, kind)
    most = MOST_PICTURES if kind == "pictures" else MOST_DOCUMENTS
    most_bytes = MOST_PICTURE_BYTES if kind == "pictures" else MOST_DOCUMENT_BYTES
    return render_template(
        f"manage/{kind}.html",
        facility=found.facility,
        listed=listed,
        form=form,
        version=form.version.data or form_version(found),
        most=most,
        most_megabytes=most_bytes // MEGABYTE,
        is_full=len(listed) >= most and request.method == "GET",
    )


def _file_page(
    found: ManagedFacility, kind: str, shown: ShownPicture | ShownDocument, form: _Form
) -> str:
    return render_template(
        "manage/file.html", facility=found.facility, kind=kind, shown=shown, form=form
    )


def _too_many_text(kind: str) -> str:
    if kind == "pictures":
        return gettext(
            "A facility has at most %(most)s pictures. Remove one first.", most=MOST_PICTURES
        )
    return gettext(
        "A facility has at most %(most)s documents. Remove one first.", most=MOST_DOCUMENTS
    )


def _added_text(kind: str) -> str:
    if kind == "pictures":
        return gettext("Picture added. The public page shows it now.")
    return gettext("Document added. Who may read it finds it now.")


def _removed_text(kind: str) -> str:
    if kind == "pictures":
        return gettext("Picture removed. Nobody gets it any more.")
    return gettext("Document removed. Nobody gets it any more.")
