"""The start page and the catalogue, both with the search."""

from typing import Any

from booking.browse.blueprint import blueprint
from booking.search.pages import find_page
from booking.web.access import public


@blueprint.get("/")
@public
def start() -> Any:
    """Show the search form, and the results below."""
    return find_page("browse.start", "browse/start.html")


@blueprint.get("/facilities")
@public
def facilities() -> Any:
    """Show the catalogue, narrowed by the search in the address."""
    return find_page("browse.facilities", "browse/facilities.html")
