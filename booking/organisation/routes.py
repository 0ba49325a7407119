"""Registers all pages of one's organisation on their blueprint."""

from booking.organisation import billing_views, invitation_views, views
from booking.organisation.views import blueprint

__all__ = ["billing_views", "blueprint", "invitation_views", "views"]
