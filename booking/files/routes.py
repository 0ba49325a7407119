"""All routes of files, for the application."""

from booking.files import views
from booking.files.blueprint import blueprint

__all__ = ["blueprint", "views"]
