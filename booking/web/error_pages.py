"""Error pages: each says what to do, and nothing about the inside."""

from typing import Any

from flask import Flask, Response, current_app, g, render_template
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from booking import errors
from booking.db.side_writes import first_line
from booking.extensions import db

OWN_PAGES = {400, 403, 404, 409, 413, 422, 429, 500, 503}
RETRY_SECONDS = "10"
# PostgreSQL's codes for a database that is read-only, or lacks a table or column.
UNUSABLE = {"25006", "42P01", "42703"}


def init_app(app: Flask) -> None:
    """Register a page for each error."""
    app.register_error_handler(errors.NotFound, lambda error: _page(404))
    app.register_error_handler(errors.Forbidden, lambda error: _page(403))
    app.register_error_handler(errors.Conflict, lambda error: _page(409, code=error.code))
    app.register_error_handler(
        errors.Refused,
        lambda error: _page(422, refusals=error.refusals),
    )
    app.register_error_handler(errors.Busy, _busy)
    # Invalid, and every error that a view should have shown in its own way.
    app.register_error_handler(errors.BookingError, lambda error: _page(422, refusals=[]))
    app.register_error_handler(CSRFError, lambda error: _page(400))
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(HTTPException, _http_error)


def _page(status: int, **values: Any) -> Response:
    db.session.rollback()  # the page must not use a failed transaction
    return Response(render_template(f"errors/{status}.html", **values), status=status)


def _busy(error: errors.Busy) -> Response:
    response = _page(429)
    response.headers["Retry-After"] = str(round(error.wait.total_seconds()))
    return response


def _database_error(error: DBAPIError) -> Response:
    """Answer 503 while the database is locked, out of reach, read-only or not migrated."""
    unusable = getattr(error.orig, "sqlstate", None) in UNUSABLE
    if not unusable and not isinstance(error, OperationalError):
        raise error
    current_app.logger.error("the database cannot be used: %s", first_line(error))
    db.session.remove()
    g.account = None  # whose language nobody can read now
    response = Response(render_template("errors/503.html"), status=503)
    response.headers["Retry-After"] = RETRY_SECONDS
    return response


def _http_error(error: HTTPException) -> Any:
    status = error.code or 500
    # With an untrusted host no URLs can be built, so no page can be drawn.
    if status < 400 or error.response is not None or isinstance(error, SecurityError):
        return error
    shown = {405: 404}.get(status, status)
    if shown not in OWN_PAGES:
        shown = 500 if status >= 500 else 400
    response = _page(shown)
    response.status_code = status
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response
