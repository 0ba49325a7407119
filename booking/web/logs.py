"""Logs: one line for each event, as JSON in production, and the number of each request.

No personal data: neither addresses of pages, which hold tokens and references, nor what people
typed. An error is logged with its type and where it happened; what it says may quote what was
typed, so only the database's first line and the system's words are kept.
"""

import json
import logging
import re
import secrets
import time
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from flask import Flask, Response, g, has_request_context, request
from flask.logging import default_handler

from booking.config import Settings
from booking.db.side_writes import quoting_nobody
from booking.web.access import STATIC_ENDPOINTS

HEADER = "X-Request-ID"
_FITTING = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_UNCOUNTED = frozenset({*STATIC_ENDPOINTS, "health.alive", "health.ready"})
_PLAIN = "%(asctime)s %(levelname)s %(message)s"

access_log = logging.getLogger("booking.access")


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON, in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; characters that could begin another or move the cursor are blanks."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _CONTROL.sub(" ", record.getMessage()),
        }
        if has_request_context():
            line["request"] = request_id()
        line.update(getattr(record, "facts", {}))
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _CONTROL.sub(" ", quoting_nobody(record.exc_info[1]))
            line["where"] = _frames(record.exc_info[2])
        return json.dumps(line)


def _frames(trace: TracebackType | None) -> list[str]:
    return [f"{one.filename}:{one.lineno} {one.name}" for one in traceback.extract_tb(trace)]


def set_up(app: Flask) -> None:
    """Let this process write its log to standard error; call it once, where a process begins."""
    settings: Settings = app.extensions["settings"]
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if settings.production else logging.Formatter(_PLAIN))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("booking").setLevel(logging.INFO)
    access_log.setLevel(logging.INFO if settings.production else logging.WARNING)
    app.logger.removeHandler(default_handler)


def init_app(app: Flask) -> None:
    """Give each request a number, return it, and log what became of the request."""

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers[HEADER] = request_id()
        if access_log.isEnabledFor(logging.INFO) and request.endpoint not in _UNCOUNTED:
            facts = {
                "method": request.method,
                "page": request.endpoint,
                "status": response.status_code,
                "ms": round((time.perf_counter() - g.get("begun", time.perf_counter())) * 1000),
            }
            access_log.info("request", extra={"facts": facts})
        return response

    def log_exception(exc_info: Any) -> None:
        # Flask's own would name the path, which may hold a token.
        app.logger.error("unexpected error in %s", request.endpoint, exc_info=exc_info)

    app.log_exception = log_exception  # type: ignore[method-assign]

    @app.context_processor
    def reference() -> dict[str, Any]:
        return {"request_id": request_id}


def request_id() -> str:
    """Return the number of this request: that of the proxy where it fits, else a random one."""
    if "request_id" not in g:
        given = request.headers.get(HEADER, "")
        g.request_id = given if _FITTING.fullmatch(given) else secrets.token_hex(8)
    found: str = g.request_id
    return found
