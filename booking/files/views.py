"""Sending pictures and documents, from a path of their own, so that they can do nothing."""

import re

from flask import Response, send_file
from werkzeug.wrappers import Response as AnyResponse

from booking.db import clock
from booking.errors import NotFound
from booking.files.blueprint import blueprint
from booking.files.queries import (
    FileToSend,
    document_to_send,
    draft_document_to_send,
    draft_picture_to_send,
    picture_to_send,
)
from booking.files.storage import is_there, path_of
from booking.web.access import current_viewer, keeper, public, send_to_sign_in
from booking.web.static_files import A_YEAR

#: Nothing in it is run, loaded or sent, whatever a browser takes it for.
POLICY = "sandbox; default-src 'none'"
_PICTURE = re.compile(r"([0-9a-f]{64})\.webp")


@blueprint.get("/files/pictures/<string:name>")
@public
def picture(name: str) -> Response:
    """Send a picture; its name is the hash of its content, so it never changes."""
    found = _PICTURE.fullmatch(name)
    if found is None:
        raise NotFound("picture")
    try:
        file = picture_to_send(found[1])
    except NotFound:
        file = draft_picture_to_send(current_viewer(), found[1])
    response = _sent(file, as_attachment=False)
    response.headers["Cache-Control"] = (
        f"public, max-age={A_YEAR}, immutable" if file.is_public else "no-store"
    )
    return response


@blueprint.get("/files/documents/<int:number>/<string:name>")
@public
def document(number: int, name: str) -> AnyResponse:
    """Send a document to who may read it; who is not signed in may do so."""
    viewer = current_viewer()
    try:
        found = document_to_send(viewer, number, name, clock.now())
    except NotFound:
        if viewer.signed_in:
            raise
        return send_to_sign_in()
    response = _sent(found, as_attachment=True)
    # Asked for again each time: it may be removed, or kept for fewer people.
    response.headers["Cache-Control"] = "no-cache" if found.is_public else "no-store"
    return response


@blueprint.get("/files/drafts/<int:number>/<string:name>")
@keeper
def draft_document(number: int, name: str) -> AnyResponse:
    """Send a document of a facility that is not published to who knows of that."""
    response = _sent(draft_document_to_send(current_viewer(), number, name), as_attachment=True)
    response.headers["Cache-Control"] = "no-store"
    return response


def _sent(file: FileToSend, *, as_attachment: bool) -> Response:
    if not is_there(file.sha256, file.size):
        raise NotFound("file")
    response = send_file(
        path_of(file.sha256),
        mimetype=file.media_type,
        as_attachment=as_attachment,
        download_name=file.name,
        etag=file.sha256,
        last_modified=None,
        max_age=None,
    )
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.pop("Last-Modified", None)
    return response
