"""The start page: the question comes first."""

from typing import Any

from flask import Blueprint, render_template, request, url_for

from booking.access import public
from booking.clusters.map_views import cluster_map
from booking.clusters.queries import facility_counts
from booking.facilities.find_views import (
    FIELDS,
    answer,
    counts_by_cluster,
    default_window,
    narrowed_url,
    read_question,
)
from booking.facilities.queries import vocabulary as read_vocabulary

blueprint = Blueprint("start", __name__)


@blueprint.get("/")
@public
def index() -> Any:
    """Ask what, where, when and how long; with an answer once something was asked."""
    vocabulary = read_vocabulary()
    question = read_question(vocabulary)
    if not any(name in request.args for name in FIELDS):
        question.form.first.data, question.form.last.data = default_window()
        return render_template(
            "start/index.html",
            form=question.form,
            question=question,
            vocabulary=vocabulary,
            answer=None,
            map=cluster_map(
                vocabulary.clusters,
                facility_counts(),
                lambda slug: url_for("clusters.show", slug=slug),
            ),
        )
    found = answer(question, "start.index", vocabulary)
    page = render_template(
        "start/index.html",
        form=question.form,
        question=question,
        vocabulary=vocabulary,
        answer=found,
        more_url=narrowed_url("facilities.index"),
        map=cluster_map(
            vocabulary.clusters,
            counts_by_cluster(found.page, vocabulary),
            lambda slug: narrowed_url("start.index", cluster=slug),
        ),
    )
    return page, 200 if question.is_valid else 422
