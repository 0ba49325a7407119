"""Plans of facilities that clusters make together: their steps, and who sees and does what."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from booking.rules.visibility import Viewer, acts_for


class PlanStatus(StrEnum):
    """How far a plan is."""

    SUGGESTED = "suggested"
    """Somebody outside suggested it to a cluster, which has not taken it up."""
    IDEA = "idea"
    AGREED = "agreed"
    PLANNED = "planned"
    BUILT = "built"
    DROPPED = "dropped"


#: Which steps the coordinators of the leading cluster can take from each.
NEXT: Mapping[PlanStatus, tuple[PlanStatus, ...]] = MappingProxyType(
    {
        PlanStatus.SUGGESTED: (PlanStatus.IDEA, PlanStatus.DROPPED),
        PlanStatus.IDEA: (PlanStatus.AGREED, PlanStatus.DROPPED),
        PlanStatus.AGREED: (PlanStatus.PLANNED, PlanStatus.IDEA, PlanStatus.DROPPED),
        PlanStatus.PLANNED: (PlanStatus.BUILT, PlanStatus.AGREED, PlanStatus.DROPPED),
        PlanStatus.BUILT: (),
        PlanStatus.DROPPED: (PlanStatus.IDEA,),
    }
)
#: While it is one of these, clusters and organisations can join and comment.
OPEN = frozenset({PlanStatus.IDEA, PlanStatus.AGREED, PlanStatus.PLANNED})


class CostClass(StrEnum):
    """Roughly what it costs, in euros."""

    UNKNOWN = "unknown"
    BELOW_50K = "below_50k"
    BELOW_250K = "below_250k"
    BELOW_1M = "below_1m"
    ABOVE_1M = "above_1m"


#: A cluster leads at most so many plans, a person suggests so many within a day.
MOST_PLANS = 200
MOST_SUGGESTIONS_A_DAY = 5
MOST_COMMENTS_AN_HOUR = 20
MOST_CAPABILITIES = 12


def is_of_clusters(viewer: Viewer) -> bool:
    """Return whether the viewer has a role in a cluster: coordinates, decides or keeps facts."""
    return bool(viewer.coordinates or viewer.approver_clusters or viewer.keeper_clusters)


def sees_plan(
    viewer: Viewer, *, was_taken_up: bool, cluster_id: int, suggested_for_id: int | None
) -> bool:
    """Return whether the viewer knows of a plan.

    Everybody who is signed in does. Of what was only suggested do the coordinators of the cluster
    to which it was suggested and the people of the organisation that did, and nobody else: it
    tells what they want to test.
    """
    if was_taken_up:
        return viewer.signed_in
    return cluster_id in viewer.coordinates or acts_for(viewer, suggested_for_id)


def reads_comment(viewer: Viewer, organisation_id: int | None) -> bool:
    """Return whether the viewer reads a comment of an organisation, or of a cluster (None).

    Organisations do not see one another: coordinators, who see which ones would use it, read all;
    others, also people who decide or keep facts, those of clusters and of their own organisation.
    """
    return organisation_id is None or bool(viewer.coordinates) or acts_for(viewer, organisation_id)
