"""Reading a booking that is none of one's business, in an emergency: for how long."""

from datetime import datetime, timedelta

#: An admin who gave a reason reads that one request for so long.
OPEN_FOR = timedelta(hours=1)


def closes_at(opened_at: datetime) -> datetime:
    """Return when a request that was opened at an instant is closed again."""
    return opened_at + OPEN_FOR


def is_open(opened_at: datetime, now: datetime) -> bool:
    """Return whether a request that was opened then may still be read."""
    return opened_at <= now < closes_at(opened_at)
