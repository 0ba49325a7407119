"""Pages: help, about this site, accessibility; and where to report a vulnerability."""

from datetime import timedelta

from flask import Response, current_app, render_template, send_from_directory, url_for

from booking.browse.blueprint import blueprint
from booking.browse.guides import GUIDES, IMAGES, guide
from booking.config import Settings
from booking.db import clock
from booking.errors import NotFound
from booking.web.access import public
from booking.web.links import absolute_url

#: RFC 9116 recommends less than a year.
VALID_FOR = timedelta(days=180)


@blueprint.get("/help")
@public
def help_index() -> str:
    """List the guides."""
    here = url_for("browse.help_index")
    return render_template("browse/help.html", guides=[guide(name, here) for name in GUIDES])


@blueprint.get("/help/<string:name>")
@public
def help_guide(name: str) -> str:
    """Show one guide."""
    if name not in GUIDES:
        raise NotFound("guide")
    shown = guide(name, url_for("browse.help_index"))
    return render_template("browse/guide.html", guide=shown)


@blueprint.get("/help/images/<string:name>")
@public
def help_image(name: str) -> Response:
    """Serve a picture of the guides."""
    return send_from_directory(IMAGES, name)


@blueprint.get("/about")
@public
def about() -> str:
    """Say what this site is and who answers."""
    return render_template("browse/about.html", security_contact=_settings().security_contact)


@blueprint.get("/accessibility")
@public
def accessibility() -> str:
    """Say how accessible the site is, and what to do where it is not."""
    return render_template("browse/accessibility.html")


@blueprint.get("/.well-known/security.txt")
@public
def security_txt() -> Response:
    """Say where to report a vulnerability (RFC 9116); 404 where the settings name nobody."""
    settings = _settings()
    if settings.security_contact is None:
        raise NotFound("security.txt")
    expires = (clock.now() + VALID_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {settings.security_contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {absolute_url('browse.security_txt')}",
    ]
    if settings.security_policy is not None:
        lines.append(f"Policy: {settings.security_policy}")
    return Response("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
