"""Roles in a cluster or for a facility: which there are, and when one may be given or end."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from booking.rules.opening import ONE_DAY, day_starts_at

#: How many days ahead a role may end at most.
FARTHEST = timedelta(days=3660)


class RoleKind(StrEnum):
    """What somebody may do in a cluster, or for one of its facilities and all below that."""

    APPROVER = "approver"
    """Decides on bookings of a facility."""
    KEEPER = "keeper"
    """Keeps facts and hours of a facility up to date, and decides on nothing."""
    COORDINATOR = "coordinator"
    """Runs a cluster."""
    AUDITOR = "auditor"
    """Reads the log of a cluster, and nothing else."""

    @property
    def of_facility(self) -> bool:
        """Return whether it is given for a facility; else for the whole cluster."""
        return self in (RoleKind.APPROVER, RoleKind.KEEPER)


@dataclass(frozen=True)
class CoordinatorRole:
    """One coordinator of a cluster; `is_active`: they can sign in; `ends`: on a last day.

    `is_withheld`: they have no second factor, and the cluster asks for one.
    """

    person_id: int
    is_active: bool
    ends: bool
    is_withheld: bool = False

    @property
    def stays(self) -> bool:
        """Return whether they coordinate from now on, as far as is known."""
        return self.is_active and not self.ends

    @property
    def acts(self) -> bool:
        """Return whether they stay, and their role is in force."""
        return self.stays and not self.is_withheld


def leaves_nobody(before: Iterable[CoordinatorRole], after: Iterable[CoordinatorRole]) -> bool:
    """Return whether a change takes the last coordinator who stays from a cluster.

    One who can sign in and whose role has no last day must be left, and one whose role is in
    force. Where there was none before, nothing is taken.
    """
    before, after = list(before), list(after)
    stays = any(one.stays for one in before) and not any(one.stays for one in after)
    return stays or (any(one.acts for one in before) and not any(one.acts for one in after))


def ends_at(last_day: date, zone: ZoneInfo) -> datetime:
    """Return the UTC instant at which a role ends: that day is over in the zone of the cluster."""
    return day_starts_at(zone, last_day + ONE_DAY)


def last_day_fault(last_day: date | None, today: date) -> str | None:
    """Return the code of what is wrong with a last day: `past` or `too_far`; None if nothing is.

    `today` is the day in the zone of the cluster.
    """
    if last_day is None:
        return None
    if last_day < today:
        return "past"
    return "too_far" if last_day - today > FARTHEST else None
