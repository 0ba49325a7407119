"""Addresses for other programs: the catalogue as files, and what search engines may read."""

import json
from collections.abc import Iterator

from flask import render_template
from werkzeug.wrappers import Response

from booking.catalogue.export import LICENCE, catalogue_file, catalogue_table
from booking.catalogue.queries import cluster_slugs, facility_slugs
from booking.catalogue.views import blueprint
from booking.web.access import public
from booking.web.links import absolute_url
from booking.web.spreadsheet import csv_text

#: Public pages beside those of clusters and facilities.
_PAGES = (
    "browse.start",
    "browse.facilities",
    "browse.facility_map",
    "browse.clusters",
    "calendars.index",
    "catalogue.sources",
    "catalogue.vocabulary",
    "browse.about",
    "browse.help_index",
    "browse.accessibility",
    "privacy.index",
)
#: What is endless (searches, days of calendars), secret, or needs an account.
_NOT_FOR_ROBOTS = (
    "/*?",
    "/account",
    "/admin",
    "/confirm-email/",
    "/feeds/",
    "/inbox",
    "/invitations/",
    "/manage",
    "/organisation",
    "/requests",
    "/reset-password/",
    "/sign-in",
    "/welcome/",
)


@blueprint.get("/catalogue.json")
@public
def as_json() -> Response:
    """Send the catalogue in the form in which `flask catalogue load` reads it."""
    text = json.dumps(catalogue_file(), ensure_ascii=False, indent=1)
    return file_response(text, "application/json", "catalogue.json")


@blueprint.get("/catalogue.csv")
@public
def as_table() -> Response:
    """Send all facilities as a table."""
    pages = {slug: absolute_url("browse.facility", slug=slug) for slug in facility_slugs()}
    return file_response(csv_text(catalogue_table(pages)), "text/csv", "catalogue.csv")


@blueprint.get("/sitemap.xml")
@public
def sitemap() -> Response:
    """Send the addresses of all public pages (https://www.sitemaps.org/protocol.html)."""
    text = render_template("catalogue/sitemap.xml", addresses=list(_addresses()))
    return Response(text, mimetype="application/xml")


@blueprint.get("/robots.txt")
@public
def robots() -> Response:
    """Send what search engines shall leave alone (RFC 9309), and where the sitemap is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _NOT_FOR_ROBOTS)]
    lines += ["", f"Sitemap: {absolute_url('catalogue.sitemap')}"]
    return Response("\n".join([*lines, ""]), mimetype="text/plain")


def file_response(text: str, mimetype: str, name: str) -> Response:
    """Return a file to be saved under this name, with the licence."""
    response = Response(text, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Link"] = f'<{LICENCE["url"]}>; rel="license"'
    return response


def _addresses() -> Iterator[str]:
    for endpoint in _PAGES:
        yield absolute_url(endpoint)
    for slug in cluster_slugs():
        yield absolute_url("browse.cluster", slug=slug)
    for slug in facility_slugs():
        yield absolute_url("browse.facility", slug=slug)
