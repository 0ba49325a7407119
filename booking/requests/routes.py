"""All pages of requests, on their blueprint."""

from booking.requests import asking_views, retreat_views, views
from booking.requests.blueprint import blueprint

__all__ = [
    "asking_views",
    "blueprint",
    "retreat_views",
    "views",
]
