"""All routes of free time alerts, for the application."""

from booking.alerts import views
from booking.alerts.blueprint import blueprint

__all__ = ["blueprint", "views"]
