"""What a cluster says of itself: the facts that coordinators keep, as plain values."""

from collections.abc import Mapping
from typing import Any

from booking.clusters.models import Cluster

#: In the order of the page.
FACTS = (
    "kind",
    "description",
    "aims",
    "focus_areas",
    "expertise",
    "partners",
    "contact_role",
    "website",
    "answer_days",
    "days_off",
)


def stated_facts(cluster: Cluster) -> dict[str, Any]:
    """Return `FACTS` of a cluster by name; focus areas as slugs, nothing as None or empty."""
    facts: dict[str, Any] = {name: getattr(cluster, name) for name in FACTS}
    return facts | {"focus_areas": [area.slug for area in cluster.focus_areas]}


def changed_facts(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the names of the facts that differ, in the order of the page."""
    return [name for name in FACTS if (before[name] or None) != (after[name] or None)]
