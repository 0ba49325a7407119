"""The clusters of the walk: people, facilities and days."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from booking.rules.opening import WeeklySpan

#: A Monday, two weeks before clocks change and Easter, both in the night to 28 March 2027.
BEGIN = datetime(2027, 3, 15, 8, tzinfo=UTC)
ZONES = {"seine": ZoneInfo("Europe/Paris"), "tammer": ZoneInfo("Europe/Helsinki")}
ANSWER_DAYS = {"seine": 3, "tammer": 2}
HOLIDAYS = {
    "seine": [date(2027, 3, 29), date(2027, 5, 1), date(2027, 5, 6), date(2027, 5, 8)],
    "tammer": [
        date(2027, 3, 26),
        date(2027, 3, 28),
        date(2027, 3, 29),
        date(2027, 5, 1),
        date(2027, 5, 6),
    ],
}


Times = tuple[tuple[time, time], ...]
ALL_DAY: Times = ((time(0), time(0)),)
#: The days on which something may happen, with a margin on both sides.
CALENDAR = [date(2027, 3, 8) + timedelta(days=number) for number in range(75)]


@dataclass(frozen=True)
class Person:
    """Somebody; `approves` a facility, `coordinates` a cluster, works for a `firm`."""

    firm: str | None = None
    approves: str | None = None
    coordinates: str | None = None
    is_active: bool = True


PEOPLE = {
    "anna": Person("one"),
    "bert": Person("two"),
    "carl": Person("three", approves="hall"),
    "hana": Person(approves="hall"),
    "ivar": Person(approves="bench", is_active=False),
    "rick": Person(approves="rack"),
    "cora": Person(coordinates="seine"),
    "lena": Person(coordinates="tammer"),
}


#: The conditions of facilities at first: a number, the stage, and how many days before the date.
LISTED = {"bench": [(1, "before_final", 0)], "hall": [(2, "before_arrival", 1)]}


def weekly(weekdays: Iterable[int], *times: tuple[str, str]) -> tuple[WeeklySpan, ...]:
    """Return the same opening hours on each of these weekdays."""
    return tuple(
        WeeklySpan(weekday, time.fromisoformat(opens), time.fromisoformat(closes))
        for weekday in weekdays
        for opens, closes in times
    )


@dataclass
class Node:
    """A facility; `own` are the values that it states, `weekly` None states no hours.

    `changes` are new weekly hours from a day on, the last one that has begun counts.
    """

    name: str
    cluster: str
    parent: str | None
    places: int
    own: dict[str, Any]
    weekly: tuple[WeeklySpan, ...] | None = None
    changes: list[tuple[date, tuple[WeeklySpan, ...] | None]] = field(default_factory=list)
    special: dict[date, Times] = field(default_factory=dict)

    def weekly_on(self, day: date) -> tuple[WeeklySpan, ...] | None:
        """Return the weekly hours that it states for this day."""
        begun = [spans for first, spans in self.changes if first <= day]
        return begun[-1] if begun else self.weekly


def federation() -> dict[str, Node]:
    """Return a hall with two parts, and a laboratory elsewhere."""
    hall = Node(
        "hall",
        "seine",
        None,
        2,
        {
            "unit": "hour",
            "step_minutes": 60,
            "maximum_units": 12,
            "setup_minutes": 30,
            "cleanup_minutes": 30,
            "waiting_list_days": 2,
        },
        # At work by day, and through the night in which the clocks change.
        weekly(range(5), ("08:00", "18:00")) + weekly([5], ("20:00", "04:00")),
    )
    bench = Node(
        "bench",
        "seine",
        "hall",
        1,
        {"setup_minutes": 0, "cleanup_minutes": 15, "pending_holds": True},
    )
    rack = Node(
        "rack",
        "seine",
        "hall",
        1,
        {"unit": "day", "maximum_units": 4},
        weekly(range(7), ("08:00", "17:00")),
    )
    lab = Node(
        "lab",
        "tammer",
        None,
        1,
        {"unit": "half_day", "lead_time_days": 3, "horizon_days": 15, "pending_holds": True},
        weekly(range(6), ("08:00", "12:00"), ("13:00", "17:00")),
    )
    return {node.name: node for node in (hall, bench, rack, lab)}
