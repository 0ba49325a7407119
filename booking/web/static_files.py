"""Static files: each address names the content, so that browsers keep them for a year."""

import hashlib
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from booking.web import bootstrap
from booking.web.access import BOOTSTRAP, STATIC_ENDPOINTS

#: How long a file may be kept, in seconds, whose address names its content: it never changes.
A_YEAR = 31_536_000
#: A page has thirty static files: in so many seconds each is looked at once, not with each page.
LOOKED_AT_EVERY = 2
# The parameter of the address that names the content.
CONTENT = "v"


def init_app(app: Flask) -> None:
    """Let `url_for` name the content of static files, and have those kept for a year."""
    folder = app.static_folder

    def content_of(endpoint: str | None, values: dict[str, Any] | None) -> str | None:
        if endpoint == BOOTSTRAP:
            return bootstrap.content()
        name = (values or {}).get("filename")
        if endpoint not in STATIC_ENDPOINTS or not folder or not name:
            return None
        return _looked_at(folder, name, int(time.monotonic() / LOOKED_AT_EVERY))

    @app.url_defaults
    def name_content(endpoint: str, values: dict[str, Any]) -> None:
        if CONTENT not in values and (digest := content_of(endpoint, values)):
            values[CONTENT] = digest

    @app.after_request
    def keep_for_a_year(response: Response) -> Response:
        named = request.args.get(CONTENT)
        is_found = response.status_code in (200, 304)
        if named and is_found and named == content_of(request.endpoint, request.view_args):
            response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
        return response


@lru_cache(maxsize=256)
def _looked_at(folder: str, name: str, _when: int) -> str | None:
    return _digest_of(Path(folder) / name)


def _digest_of(path: Path) -> str | None:
    """Return what stands for the content of the file, or None if there is none."""
    try:
        seen = path.stat()
    except OSError:
        return None
    return _digest(path, seen.st_mtime_ns, seen.st_size)


@lru_cache(maxsize=256)
def _digest(path: Path, _changed_at: int, _size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
