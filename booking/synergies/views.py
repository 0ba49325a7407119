"""Pages of synergies: subjects by clusters, two clusters, capabilities, and unmet searches."""

from flask import redirect, render_template, request, url_for

from booking.concepts.vocabulary import present_ids
from booking.db import clock
from booking.facilities.listed import listed_clusters
from booking.rules.synergies import FEWEST_DAYS, FEWEST_ORGANISATIONS, FEWEST_SEARCHES, Held
from booking.search.unmet import Lack, unmet_searches
from booking.synergies.blueprint import blueprint
from booking.synergies.presenter import unmet_lines
from booking.synergies.queries import (
    capability_holders,
    capability_rows,
    subject_matrix,
    two_clusters,
)
from booking.web.access import coordinator, current_viewer, public
from booking.web.responses import ViewResponse
from booking.wording.concepts import concept_word


def _held() -> Held | None:
    """Return which rows are asked for, None for all."""
    try:
        return Held(request.args.get("held", ""))
    except ValueError:
        return None


@blueprint.get("/synergies")
@public
def subjects() -> str:
    """Show what each cluster has in each subject; coordinators see numbers of requests too."""
    matrix = subject_matrix(current_viewer(), clock.now())
    return render_template(
        "synergies/subjects.html", matrix=matrix, held=_held(), fewest=FEWEST_ORGANISATIONS
    )


@blueprint.get("/synergies/two-clusters")
@public
def two() -> str:
    """Show two clusters side by side, chosen in the address."""
    first, second = request.args.get("first", ""), request.args.get("second", "")
    return render_template(
        "synergies/two.html",
        clusters=list(listed_clusters().values()),
        first=first,
        second=second,
        pair=two_clusters(first, second),
        word=concept_word,
    )


@blueprint.get("/synergies/capabilities")
@public
def capabilities() -> str:
    """Show which capabilities of the vocabulary are offered, by how many clusters."""
    return render_template(
        "synergies/capabilities.html",
        rows=capability_rows(),
        clusters=listed_clusters(),
        held=_held(),
        word=concept_word,
    )


@blueprint.get("/synergies/capabilities/<string:concept>")
@public
def capability(concept: str) -> ViewResponse:
    """Show who offers one capability."""
    (present,) = present_ids([concept])
    if present != concept:
        return redirect(url_for("synergies.capability", concept=present))
    return render_template(
        "synergies/capability.html", found=capability_holders(concept), word=concept_word
    )


@blueprint.get("/synergies/unmet")
@coordinator
def unmet() -> str:
    """Show coordinators what people searched for and did not find."""
    found = unmet_searches(clock.now().date())
    names = {one.slug: one.short_name for one in listed_clusters().values()}
    return render_template(
        "synergies/unmet.html",
        groups=[(lack, unmet_lines(found, lack, names)) for lack in Lack],
        fewest_days=FEWEST_DAYS,
        fewest_searches=FEWEST_SEARCHES,
    )
