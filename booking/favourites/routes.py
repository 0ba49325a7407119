"""All routes of favourites, for the application."""

from booking.favourites import views
from booking.favourites.blueprint import blueprint

__all__ = ["blueprint", "views"]
