"""All routes of corrections, for the application."""

from booking.corrections import views
from booking.corrections.blueprint import blueprint

__all__ = ["blueprint", "views"]
