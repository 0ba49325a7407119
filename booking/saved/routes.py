"""All routes of saved searches, for the application."""

from booking.saved import views
from booking.saved.blueprint import blueprint

__all__ = ["blueprint", "views"]
