"""Compressed answers, with or without a proxy in front, but never beside a secret.

The size of a compressed page tells whether a text in the address is also elsewhere in the page
(https://breachattack.com), so a page is compressed only where it holds nothing of a person: no
form token, no session. Static files, calendars and JSON repeat nothing from the address.
"""

import gzip
from functools import lru_cache

from flask import Flask, Response, g, request, session

from booking.web.access import STATIC_ENDPOINTS

LEAST_BYTES = 500
COMPRESSED = {
    "application/javascript",
    "application/json",
    "image/svg+xml",
    "text/calendar",
    "text/css",
    "text/html",
    "text/javascript",
    "text/plain",
}
#: Marks the strong ETag of the compressed form, which is another one than that of the plain form.
SUFFIX = "-gzip"


def init_app(app: Flask) -> None:
    """Compress what may be; views see the ETags that they have given."""

    @app.before_request
    def forget_suffixes() -> None:
        asked = request.headers.get("If-None-Match", "")
        if SUFFIX in asked:
            g.asked_with_suffix = asked
            request.environ["HTTP_IF_NONE_MATCH"] = asked.replace(f'{SUFFIX}"', '"')

    app.after_request(_compress)


def _compress(response: Response) -> Response:
    etag, is_weak = response.get_etag()
    if response.status_code == 304:
        if etag and f'"{etag}{SUFFIX}"' in g.get("asked_with_suffix", ""):
            response.set_etag(etag + SUFFIX)
        return response
    if not _may_be_compressed(response):
        return response
    response.headers.add("Vary", "Accept-Encoding")
    if not request.accept_encodings["gzip"]:
        return response
    response.direct_passthrough = False
    data = response.get_data()
    if len(data) < LEAST_BYTES:
        return response
    is_file = request.endpoint in STATIC_ENDPOINTS
    response.set_data(_compressed_file(data) if is_file else _compressed(data))
    response.headers["Content-Encoding"] = "gzip"
    response.headers.pop("Accept-Ranges", None)
    if etag and not is_weak:
        response.set_etag(etag + SUFFIX)
    return response


def _may_be_compressed(response: Response) -> bool:
    if response.status_code != 200 or "Content-Encoding" in response.headers:
        return False
    if response.mimetype not in COMPRESSED:
        return False
    return response.mimetype != "text/html" or not (session or "csrf_token" in g)


def _compressed(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=6, mtime=0)


@lru_cache(maxsize=64)
def _compressed_file(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=9, mtime=0)
