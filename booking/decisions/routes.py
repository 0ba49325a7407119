"""All pages of decisions, on their blueprint."""

from booking.decisions import (
    attendance_views,
    compare_views,
    condition_views,
    decision_views,
    entry_views,
    message_views,
    proposal_views,
    several_views,
    undo_views,
    views,
)
from booking.decisions.blueprint import blueprint

__all__ = [
    "attendance_views",
    "blueprint",
    "compare_views",
    "condition_views",
    "decision_views",
    "entry_views",
    "message_views",
    "proposal_views",
    "several_views",
    "undo_views",
    "views",
]
