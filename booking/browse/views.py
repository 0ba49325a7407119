"""The start page and the catalogue: one page with the search, at two addresses."""

from werkzeug.wrappers import Response

from booking.browse.blueprint import blueprint
from booking.search.pages import find_page
from booking.web.access import public


@blueprint.get("/")
@public
def start() -> Response:
    """Show the search form, and below it the results or all facilities."""
    return find_page("browse.start", "browse/find.html", "browse/_find.html")


@blueprint.get("/facilities")
@public
def facilities() -> Response:
    """Show the same page as the start page; its links stay at this address."""
    return find_page("browse.facilities", "browse/find.html", "browse/_find.html")
