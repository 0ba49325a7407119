"""All routes of single sign-on, for the application."""

from booking.single_sign_on import account_views, views
from booking.single_sign_on.blueprint import blueprint

__all__ = ["account_views", "blueprint", "views"]
