"""Before any view runs: from where a request comes, and which are refused.

Foreign posts, long addresses, numbers that no id can be, NUL bytes.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, render_template, request, session
from werkzeug.exceptions import SecurityError
from werkzeug.routing import IntegerConverter, Map

from booking.db.origin import forget_visitor, note_visitor
from booking.web.fields import INTEGER_MAX
from booking.web.uploads import longest_body

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
# `none`: typed or from a bookmark; `same-site` is another host of the same domain.
# https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
OWN = {"same-origin", "none"}
MAXIMUM_ADDRESS_BYTES = 4096
#: A million letters, each as an escaped byte or two; fields say how many they take.
MAXIMUM_SIGNED_IN_BYTES = 4 * 1024 * 1024


def note_origin(app: Flask) -> None:
    """Let the log of who changed what know from where a request comes."""

    @app.before_request
    def note() -> None:
        note_visitor(request.remote_addr or "")

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        forget_visitor()


def refuse_foreign_posts(app: Flask) -> None:
    """Answer 400 to requests that would change something and come from another site.

    This is a second check besides the form's token. A browser that sends neither header is left
    to the token. The origin is compared by host, as a proxy in front may speak another scheme
    with us than with the browser.
    """

    @app.before_request
    def check_origin() -> None:
        if request.method in SAFE_METHODS:
            return
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None and site not in OWN:
            abort(400)
        origin = request.headers.get("Origin")
        if origin is not None and _host_of(origin) != request.host.lower():
            abort(400)


def read_long_texts(app: Flask) -> None:
    """Read up to 4 MB of a form from who is signed in, so that a page can keep a text too long.

    Of a form with a file more is read; from all others `MAX_CONTENT_LENGTH`.
    """

    @app.before_request
    def allow_more() -> None:
        if request.method not in SAFE_METHODS and "_user_id" in session:  # signed by us
            request.max_form_memory_size = MAXIMUM_SIGNED_IN_BYTES
            request.max_content_length = longest_body() or MAXIMUM_SIGNED_IN_BYTES


def refuse_long_addresses(app: Flask) -> None:
    """Answer 400 to an address longer than 4 kB, with a page that repeats nothing of it.

    No form and no link of ours makes one: pages repeat their address in many links.
    """

    @app.before_request
    def check_length() -> Response | None:
        path, query = (request.environ.get(name, "") for name in ("PATH_INFO", "QUERY_STRING"))
        if len(path) + len(query) <= MAXIMUM_ADDRESS_BYTES:
            return None
        if isinstance(request.routing_exception, SecurityError):
            return None  # a host that is not ours is refused without a page
        return Response(render_template("errors/long_address.html"), status=400)


def refuse_null_bytes(app: Flask) -> None:
    """Answer 404 where a part of the address holds a NUL: PostgreSQL refuses to look for it."""

    @app.before_request
    def check_address() -> None:
        if any("\0" in str(part) for part in (request.view_args or {}).values()):
            abort(404)


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None


class _StoredNumber(IntegerConverter):
    """A whole number in an address that an integer column can store."""

    def __init__(self, map: Map, **options: Any) -> None:  # noqa: A002  # as Werkzeug calls it
        super().__init__(map, **{"max": INTEGER_MAX} | options)


def refuse_large_numbers(app: Flask) -> None:
    """Answer 404 where a number in an address is larger than any id: a database would fail."""
    app.url_map.converters["int"] = _StoredNumber
