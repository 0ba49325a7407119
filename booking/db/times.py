"""Storing instants in UTC, and converting wall time to UTC and back."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

#: The zone for viewers whose own zone is not known.
CENTRAL_EUROPEAN = ZoneInfo("Europe/Brussels")


class UTCDateTime(sa.TypeDecorator[datetime]):
    """A column type for instants: takes aware ones, returns them in UTC.

    SQLite has no zones, so it stores `YYYY-MM-DD HH:MM:SS.ffffff` in UTC, which sorts as text.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC; raises ValueError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Return the instant, aware UTC."""
        if value is None:
            return None
        instant: datetime = value
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


class DoesNotExist(ValueError):
    """A local time that the clock skips when summer time begins."""


class ExistsTwice(ValueError):
    """A local time that the clock shows twice when summer time ends."""


def to_utc(wall: datetime, zone: ZoneInfo, fold: int | None = None) -> datetime:
    """Return the instant (aware UTC) at which clocks in `zone` show `wall` (naive).

    `fold` chooses the first (0) or second (1) of a time that exists twice.

    Raises:
        DoesNotExist: the clock skips this time.
        ExistsTwice: the clock shows it twice and `fold` is None.
    """
    first = wall.replace(tzinfo=zone, fold=0)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall:
        raise DoesNotExist(wall)
    second = wall.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if fold is None:
        raise ExistsTwice(wall)
    return (second if fold else first).astimezone(UTC)


def local(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return `instant` (aware) in `zone`, aware."""
    return instant.astimezone(zone)


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    # Cached, as looking them up reads the disk. Names such as "localtime" differ by machine.
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")


def zone_or_none(text: str | None) -> ZoneInfo | None:
    """Return the zone of this IANA name, or None if there is none."""
    return ZoneInfo(text) if text in _known() else None
