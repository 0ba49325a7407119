"""Page: where the facts of the catalogue come from."""

from flask import Blueprint, render_template

from booking.catalogue.export import LICENCE
from booking.catalogue.queries import about
from booking.catalogue.queries import fact_sources as all_sources
from booking.catalogue.vocabulary_queries import word_counts
from booking.concepts.word_sources import OWN, SOURCES
from booking.web.access import public

blueprint = Blueprint("catalogue", __name__)


@blueprint.get("/sources")
@public
def sources() -> str:
    """Show where the facts come from and what is not verified."""
    found = all_sources()
    return render_template(
        "catalogue/sources.html",
        sources=found,
        about=about() if found.facilities else None,
        licence=LICENCE,
        word_sources=SOURCES.values(),
        words=word_counts(),
        own=OWN,
    )
