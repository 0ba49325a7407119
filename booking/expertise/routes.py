"""All routes of the directory of expertise, for the application."""

from booking.expertise import manage_views, views
from booking.expertise.blueprint import blueprint

__all__ = ["blueprint", "manage_views", "views"]
