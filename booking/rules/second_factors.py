"""A second factor as a duty: from which day a cluster may ask for it, and when people are reminded.

From that day on the roles of who has none are *withheld*: they stay, and allow nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

#: People who have none yet get at least so long to set one up.
NOTICE = timedelta(days=7)
#: The farthest day that can be set.
FARTHEST = timedelta(days=366)
#: How long before the day whoever still has none is reminded.
REMINDED_BEFORE = timedelta(days=3)


@dataclass(frozen=True)
class RoleHolder:
    """Somebody with a role in a cluster: whether they can sign in, and have a second factor."""

    person_id: int
    is_active: bool
    has_second_factor: bool

    @property
    def is_late(self) -> bool:
        """Return whether the duty would withhold their roles: they have none, and can sign in."""
        return self.is_active and not self.has_second_factor


def is_withheld(since: datetime | None, has_second_factor: bool, now: datetime) -> bool:
    """Return whether a role is withheld in a cluster that asks for a second factor `since` then.

    None: it does not ask for one.
    """
    return since is not None and since <= now and not has_second_factor


def earliest_day(today: date, holders: Iterable[RoleHolder], set_for: date | None = None) -> date:
    """Return the first day from which a second factor may be asked for.

    That is today if everybody concerned has one. `set_for` is the day that is set now: if it has
    not come, people have been told of it, so it may stay and may be put off.
    """
    if not any(one.is_late for one in holders):
        return today
    first = today + NOTICE
    return min(first, set_for) if set_for is not None and set_for > today else first


def day_fault(day: date, today: date, earliest: date) -> str | None:
    """Return what is wrong with a day: `past`, `too_soon` or `too_far`; None if nothing is."""
    if day < today:
        return "past"
    if day < earliest:
        return "too_soon"
    return "too_far" if day - today > FARTHEST else None


def is_reminder_due(since: datetime, now: datetime) -> bool:
    """Return whether it is time to remind who has none: shortly before `since`, not after it."""
    return since - REMINDED_BEFORE <= now < since
