"""In whose time a calendar across facilities speaks."""

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

CENTRAL_EUROPEAN = ZoneInfo("Europe/Brussels")


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    # Looking them up reads the disk. The names of one machine ("localtime") mean nothing to others.
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")


def zone_or_none(text: str | None) -> ZoneInfo | None:
    """Return the zone of this IANA name, or None when there is no such zone."""
    return ZoneInfo(text) if text in _known() else None


def viewer_zone(person_zone: str | None, browser_zone: str | None) -> ZoneInfo:
    """Return the zone of who looks: their own, else their browser's, else Central European."""
    return zone_or_none(person_zone) or zone_or_none(browser_zone) or CENTRAL_EUROPEAN
