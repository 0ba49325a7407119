"""All pages of decisions, on their blueprint."""

from booking.decisions import deciding_views, entering_views, views
from booking.decisions.blueprint import blueprint

__all__ = [
    "blueprint",
    "deciding_views",
    "entering_views",
    "views",
]
