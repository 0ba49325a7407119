"""All pages of decisions, on their blueprint."""

from booking.decisions import decision_views, entry_views, views
from booking.decisions.blueprint import blueprint

__all__ = [
    "blueprint",
    "decision_views",
    "entry_views",
    "views",
]
