"""Pages of facilities: the catalogue, one facility, and where the facts come from."""

from typing import Any

from flask import Blueprint, render_template

from booking.catalogue.queries import about
from booking.facilities.queries import sources as all_sources
from booking.search.pages import find_page
from booking.web.access import public

blueprint = Blueprint("facilities", __name__)


@blueprint.get("/facilities")
@public
def index() -> Any:
    """Show the catalogue, narrowed by what the address asks."""
    return find_page("facilities.index", "facilities/index.html")


@blueprint.get("/sources")
@public
def sources() -> str:
    """Say where the facts come from and what nobody has verified."""
    found = all_sources()
    return render_template(
        "facilities/sources.html", sources=found, about=about() if found.facilities else None
    )


# They register on the blueprint.
from booking.facilities import facility_views, times_views  # noqa: E402, F401
