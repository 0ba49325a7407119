"""When people who decide are away, who stands in for them, and what an absence may not be."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.rules.opening import ONE_DAY, day_starts_at
from booking.rules.routing import Candidate
from booking.rules.slots import OPEN_END

#: The longest absence, and how many days ahead it may begin.
LONGEST_DAYS = 366
FARTHEST = timedelta(days=730)
#: Before the first instant at which somebody begins or ends to be away.
NO_CHANGE_YET = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class AbsentDays:
    """The days of an absence, `first` and `last` included, in the zone of each cluster.

    Raises:
        ValueError: it ends before it begins.
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("an absence ends on its first day or later")

    def contains(self, day: date) -> bool:
        """Return whether it is one of the days."""
        return self.first <= day <= self.last

    def overlaps(self, other: "AbsentDays") -> bool:
        """Return whether both have a day in common."""
        return self.first <= other.last and other.first <= self.last

    def changes_at(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the UTC instants at which it begins and ends in this zone."""
        return day_starts_at(zone, self.first), day_starts_at(zone, self.last + ONE_DAY)


@dataclass(frozen=True)
class StandIn:
    """Who decides while somebody is away, in those of their `clusters` in which they decide too."""

    person_id: int
    active: bool
    organisations: frozenset[int]
    clusters: frozenset[int]


@dataclass(frozen=True)
class Absence:
    """Days on which a person is away; `stand_in` None: nobody decides in their place."""

    person_id: int
    days: AbsentDays
    stand_in: StandIn | None = None


class Absences:
    """Who is away when. `zones` are those in which their days begin."""

    def __init__(self, absences: Iterable[Absence] = (), zones: Iterable[ZoneInfo] = ()) -> None:
        self._of: dict[int, list[Absence]] = defaultdict(list)
        for one in absences:
            self._of[one.person_id].append(one)
        self.zones = frozenset(zones)
        self._changes = sorted(
            {
                at
                for some in self._of.values()
                for one in some
                for zone in self.zones
                for at in one.days.changes_at(zone)
            }
        )

    @property
    def are_none(self) -> bool:
        """Return whether nobody is ever away."""
        return not self._of

    def of(self, person_id: int) -> list[Absence]:
        """Return the absences of a person."""
        return self._of.get(person_id, [])

    def on(self, person_id: int, day: date) -> Absence | None:
        """Return the absence of a person on this day, None if they are present."""
        return next((one for one in self.of(person_id) if one.days.contains(day)), None)

    def stood_in_by(self, person_id: int, day: date) -> list[Absence]:
        """Return the absences on this day in which this person stands in."""
        return [
            one
            for some in self._of.values()
            for one in some
            if one.stand_in is not None
            and one.stand_in.person_id == person_id
            and one.days.contains(day)
        ]

    def plus(self, absence: Absence) -> "Absences":
        """Return these absences and one more."""
        return Absences([*(one for some in self._of.values() for one in some), absence], self.zones)

    def days_of_change(self, within: AbsentDays) -> list[date]:
        """Return the first of these days, and all others on which somebody leaves or returns."""
        found = {within.first}
        for some in self._of.values():
            for one in some:
                found.update({one.days.first, one.days.last + ONE_DAY})
        return sorted(day for day in found if within.contains(day))

    def candidate(self, person: Candidate, cluster_id: int, day: date) -> Candidate:
        """Return the person as a candidate in this cluster on this day of its zone.

        Who is away does not decide. Their stand-in does while present, active, and somebody who
        decides in the cluster.
        """
        absence = self.on(person.person_id, day)
        if absence is None:
            return person
        other, stand_in = absence.stand_in, None
        if (
            person.active
            and other is not None
            and other.active
            and cluster_id in other.clusters
            and self.on(other.person_id, day) is None
        ):
            stand_in = Candidate(other.person_id, True, other.organisations)
        return replace(person, active=False, stand_in=stand_in)

    def unchanged(self, now: datetime) -> tuple[datetime, datetime]:
        """Return from when (UTC) and up to when (exclusive) nobody leaves or returns around `now`.

        Only the zones count that it was made with.
        """
        before = [at for at in self._changes if at <= now]
        after = [at for at in self._changes if at > now]
        return (before[-1] if before else NO_CHANGE_YET), (after[0] if after else OPEN_END)


def absence_fault(
    first: date, last: date, today: date, others: Iterable[AbsentDays]
) -> tuple[str, str] | None:
    """Return field and code of what is wrong with a new absence, None if nothing is.

    `others` are those that the person has already. Codes: `past`, `too_far` (first), `overlaps`
    (first), `before_first`, `too_long` (last).
    """
    if last < first:
        return "last", "before_first"
    if first < today:
        return "first", "past"
    if first - today > FARTHEST:
        return "first", "too_far"
    if (last - first).days >= LONGEST_DAYS:
        return "last", "too_long"
    if any(AbsentDays(first, last).overlaps(one) for one in others):
        return "first", "overlaps"
    return None
