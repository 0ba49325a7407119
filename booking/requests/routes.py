"""All pages of requests, on their blueprint."""

from booking.requests import (
    alert_views,
    answer_views,
    change_views,
    condition_views,
    message_views,
    new_views,
    reader_views,
    reminder_views,
    views,
    withdraw_views,
)
from booking.requests.blueprint import blueprint

__all__ = [
    "alert_views",
    "answer_views",
    "blueprint",
    "change_views",
    "condition_views",
    "message_views",
    "new_views",
    "reader_views",
    "reminder_views",
    "views",
    "withdraw_views",
]
