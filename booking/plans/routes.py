"""All routes of plans, for the application."""

from booking.plans import follow_views, views
from booking.plans.blueprint import blueprint

__all__ = ["blueprint", "follow_views", "views"]
