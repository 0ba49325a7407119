"""All pages of accounts and sign-in, on their blueprint."""

from booking.accounts import account_views, asking_views, people_views, views, welcome_views
from booking.accounts.blueprint import blueprint

__all__ = [
    "account_views",
    "asking_views",
    "blueprint",
    "people_views",
    "views",
    "welcome_views",
]
