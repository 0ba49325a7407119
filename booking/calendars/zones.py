"""In whose time a calendar across facilities speaks."""

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    # Looking them up reads the disk. The names of one machine ("localtime") mean nothing to others.
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")


def zone_or_none(text: str | None) -> ZoneInfo | None:
    """Return the zone of this IANA name, or None when there is no such zone."""
    return ZoneInfo(text) if text in _known() else None
