"""All routes of enquiries, for the application."""

from booking.enquiries import views
from booking.enquiries.blueprint import blueprint

__all__ = ["blueprint", "views"]
