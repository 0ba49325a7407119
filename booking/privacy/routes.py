"""All routes of the privacy pages."""

from booking.privacy import views
from booking.privacy.blueprint import blueprint

__all__ = ["blueprint", "views"]
