"""Registers all pages of one's organisation on their blueprint."""

from booking.organisation import invitation_views, views
from booking.organisation.views import blueprint

__all__ = ["blueprint", "invitation_views", "views"]
