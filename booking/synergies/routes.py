"""All routes of synergies, for the application."""

from booking.synergies import views
from booking.synergies.blueprint import blueprint

__all__ = ["blueprint", "views"]
