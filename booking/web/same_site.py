"""Refuses what another site makes a browser send here: a second wall beside the form's token."""

from urllib.parse import urlsplit

from flask import Flask, abort, request

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
# `none`: typed or from a bookmark; `same-site` is another host of the same domain.
# https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
OWN = {"same-origin", "none"}


def init_app(app: Flask) -> None:
    """Answer 400 to whatever would change something and says that it comes from elsewhere.

    A browser that says nothing is left to the form's token. The origin is compared by host, as
    a proxy in front may speak another scheme with us than with the browser.
    """

    @app.before_request
    def refuse_foreign_posts() -> None:
        if request.method in SAFE_METHODS:
            return
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None and site not in OWN:
            abort(400)
        origin = request.headers.get("Origin")
        if origin is not None and _host_of(origin) != request.host.lower():
            abort(400)


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None
