"""All routes of the privacy pages."""

from booking.privacy import own_views, views
from booking.privacy.blueprint import blueprint

__all__ = ["blueprint", "own_views", "views"]
