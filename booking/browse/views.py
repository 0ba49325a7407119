"""The start page and the catalogue: the search with its question first, or its facilities."""

from typing import Any

from booking.browse.blueprint import blueprint
from booking.search.pages import find_page
from booking.web.access import public


@blueprint.get("/")
@public
def start() -> Any:
    """Ask what, where, when, how long and how many; the answer stands below."""
    return find_page("browse.start", "browse/start.html")


@blueprint.get("/facilities")
@public
def facilities() -> Any:
    """Show the catalogue, narrowed by what the address asks."""
    return find_page("browse.facilities", "browse/facilities.html")
