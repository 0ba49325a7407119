"""All pages of requests, on their blueprint."""

from booking.requests import new_views, views, withdraw_views
from booking.requests.blueprint import blueprint

__all__ = [
    "blueprint",
    "new_views",
    "views",
    "withdraw_views",
]
