"""Public holidays of a country and its region, by name."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Protocol
from zoneinfo import ZoneInfo

import holidays

#: How many years back and ahead holidays are known: calendars show the past, and nothing can be
#: requested more than ten years ahead.
YEARS_BACK = 2
YEARS_AHEAD = 11
# Assumption Day is a holiday in Catholic parts of Bavaria, among them Munich; the library has it
# in a category of its own.
CATEGORIES = {"DE-BY": ("public", "catholic")}
_LANGUAGE = "en_US"


class InRegion(Protocol):
    """What public holidays follow from, as in `Cluster`."""

    @property
    def country(self) -> str:
        """Return its country (ISO 3166-1)."""

    @property
    def region(self) -> str | None:
        """Return its region (ISO 3166-2), or None."""

    @property
    def time_zone(self) -> str:
        """Return the name of its time zone."""


def holidays_of(cluster: InRegion, now: datetime) -> Mapping[date, str]:
    """Return the public holidays of the cluster's region: English names by day.

    From two years back to eleven ahead. The same object for the same region and year.
    """
    return named_holidays(cluster.country, cluster.region, *years_known(cluster, now))


def years_known(cluster: InRegion, now: datetime) -> tuple[int, int]:
    """Return the first and the last year of which `holidays_of` has the holidays."""
    this_year = now.astimezone(ZoneInfo(cluster.time_zone)).year
    return this_year - YEARS_BACK, this_year + YEARS_AHEAD


@lru_cache(maxsize=64)
def named_holidays(
    country: str, region: str | None, first_year: int, last_year: int
) -> Mapping[date, str]:
    """Return the public holidays of a country (ISO 3166-1) and region (ISO 3166-2), by day.

    A region that the library does not list is left out. Names are English where it has them.
    Several holidays on one day have their names joined by commas.
    """
    known = holidays.country_holidays(country)
    subdivision = (region or "").partition("-")[2] or None
    if subdivision not in known.subdivisions:
        subdivision = None  # the library raises on regions that it does not list
    found = holidays.country_holidays(
        country,
        subdiv=subdivision,
        years=range(first_year, last_year + 1),
        categories=CATEGORIES.get(region or "", ("public",)),
        language=_language(known.supported_languages),
    )
    return MappingProxyType({day: name.replace("; ", ", ") for day, name in sorted(found.items())})


def _language(supported: Iterable[str]) -> str | None:
    return _LANGUAGE if _LANGUAGE in supported else None
