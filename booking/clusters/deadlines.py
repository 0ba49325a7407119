"""The deadlines of a cluster: its working days and its time to answer, for `rules.deadlines`."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from booking.clusters.public_holidays import InRegion, named_holidays
from booking.rules.days_off import read_stored
from booking.rules.deadlines import Deadlines

YEARS_AHEAD = 3


class AnsweringCluster(InRegion, Protocol):
    """What deadlines follow from, as in `Cluster`."""

    @property
    def answer_days(self) -> int:
        """Return in how many working days it means to answer."""

    @property
    def days_off(self) -> Sequence[Sequence[str]]:
        """Return its own days off, as stored."""


def deadlines_of(cluster: AnsweringCluster, now: datetime) -> Deadlines:
    """Return the answer time and working days of a cluster, with three years of holidays.

    Its own days off count like public holidays; they close no facility.
    """
    first_year = now.astimezone(ZoneInfo(cluster.time_zone)).year
    return Deadlines(
        answer_days=cluster.answer_days,
        zone=ZoneInfo(cluster.time_zone),
        holidays=_days_off(
            cluster.country,
            cluster.region,
            first_year,
            tuple((first, last) for first, last, _ in cluster.days_off),
        ),
    )


@lru_cache(maxsize=64)
def _days_off(
    country: str, region: str | None, first_year: int, own: tuple[tuple[str, str], ...]
) -> frozenset[date]:
    entries = read_stored((first, last, "") for first, last in own)
    return frozenset(
        named_holidays(country, region, first_year, first_year + YEARS_AHEAD - 1)
    ).union(*entries)
