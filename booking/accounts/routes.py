"""Registers all account and sign-in pages on their blueprint."""

from booking.accounts import (
    account_request_views,
    account_views,
    email_views,
    invitation_views,
    membership_views,
    name_views,
    reset_views,
    views,
)
from booking.accounts.blueprint import blueprint

__all__ = [
    "account_request_views",
    "account_views",
    "blueprint",
    "email_views",
    "invitation_views",
    "membership_views",
    "name_views",
    "reset_views",
    "views",
]
