"""All routes of second factors, for the application."""

from booking.second_factors import passkey_views, second_step_views, views
from booking.second_factors.blueprint import blueprint

__all__ = ["blueprint", "passkey_views", "second_step_views", "views"]
