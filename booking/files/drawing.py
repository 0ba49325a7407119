"""Which picture templates draw of a facility."""

from typing import Any

from flask import Flask

from booking.files.queries import ShownPicture, covers


def cover(facility: Any) -> ShownPicture | None:
    """Return the owner's picture that stands for a facility, or None; it may be from any query."""
    return covers().get(facility.id)


def init_app(app: Flask) -> None:
    """Let templates ask for it."""
    app.jinja_env.filters["cover"] = cover
