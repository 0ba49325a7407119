"""The start page: the question comes first."""

from typing import Any

from flask import Blueprint

from booking.search.pages import find_page
from booking.web.access import public

blueprint = Blueprint("start", __name__)


@blueprint.get("/")
@public
def index() -> Any:
    """Ask what, where, when, how long and how many; the answer stands below."""
    return find_page("start.index", "start/index.html")
