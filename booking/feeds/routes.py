"""All pages of feeds, on their blueprint."""

from booking.feeds import account_views, views
from booking.feeds.blueprint import blueprint

__all__ = [
    "account_views",
    "blueprint",
    "views",
]
