"""Pages of facilities: the catalogue, one facility, and where the facts come from."""

from typing import Any

from flask import Blueprint, render_template

from booking.access import public
from booking.catalogue.queries import about
from booking.clusters.map_views import cluster_map
from booking.facilities.find_views import (
    answer,
    counts_by_cluster,
    narrowed_url,
    read_question,
)
from booking.facilities.queries import sources as all_sources
from booking.facilities.queries import vocabulary as read_vocabulary

blueprint = Blueprint("facilities", __name__)


@blueprint.get("/facilities")
@public
def index() -> Any:
    """Show the catalogue, narrowed by what the address asks."""
    vocabulary = read_vocabulary()
    question = read_question(vocabulary)
    found = answer(question, "facilities.index", vocabulary)
    page = render_template(
        "facilities/index.html",
        form=question.form,
        question=question,
        vocabulary=vocabulary,
        answer=found,
        map=cluster_map(
            vocabulary.clusters,
            counts_by_cluster(found.page, vocabulary),
            lambda slug: narrowed_url("facilities.index", cluster=slug),
        ),
    )
    return page, 200 if question.is_valid else 422


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
