"""All pages of facilities and clusters, on their blueprint."""

from booking.browse import (
    cluster_views,
    compare_views,
    facility_views,
    free_busy_views,
    help_views,
    map_views,
    suggestion_views,
    views,
)
from booking.browse.blueprint import blueprint

__all__ = [
    "blueprint",
    "cluster_views",
    "compare_views",
    "facility_views",
    "free_busy_views",
    "help_views",
    "map_views",
    "suggestion_views",
    "views",
]
