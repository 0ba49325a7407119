"""The working days of a cluster: its public holidays and its time for an answer."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from booking.clusters.models import Cluster
from booking.rules.asking import Deadlines

YEARS_AHEAD = 3
# Assumption is a holiday in the Catholic communities of Bavaria, Munich among them; the library
# keeps it in a category of its own.
CATEGORIES = {"DE-BY": ("public", "catholic")}


def deadlines_of(cluster: Cluster, now: datetime) -> Deadlines:
    """Return how the cluster counts its time for an answer, with its holidays ahead."""
    first_year = now.astimezone(ZoneInfo(cluster.time_zone)).year
    return Deadlines(
        answer_days=cluster.answer_days,
        zone=ZoneInfo(cluster.time_zone),
        holidays=_holidays(cluster.country, cluster.region, first_year),
    )


@lru_cache(maxsize=64)
def _holidays(country: str, region: str | None, first_year: int) -> frozenset[date]:
    years = range(first_year, first_year + YEARS_AHEAD)
    subdivision = (region or "").partition("-")[2] or None
    if subdivision not in holidays.country_holidays(country).subdivisions:
        subdivision = None  # the library raises on regions that it does not list
    found = holidays.country_holidays(
        country,
        subdiv=subdivision,
        years=years,
        categories=CATEGORIES.get(region or "", ("public",)),
    )
    return frozenset(found)
