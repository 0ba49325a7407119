"""Working days and evenings of a cluster, counted day by day, for the model of the walk."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.rules.minute_model import ANSWERED_UNTIL, DAY, SATURDAY
from tests.walk.federation import ANSWER_DAYS, HOLIDAYS, ZONES


@dataclass(frozen=True)
class WorkingDays:
    """The days on which a cluster answers; each ends at 18:00 on its clocks."""

    cluster: str

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone of the cluster."""
        return ZONES[self.cluster]

    def works(self, day: date) -> bool:
        """Return whether the cluster works on this day."""
        return day.weekday() < SATURDAY and day not in HOLIDAYS[self.cluster]

    def evening(self, day: date) -> datetime:
        """Return 18:00 of a day."""
        return datetime.combine(day, ANSWERED_UNTIL, self.zone).astimezone(UTC)

    def day_of(self, instant: datetime) -> date:
        """Return the day that the calendars of the cluster show."""
        return instant.astimezone(self.zone).date()

    def later(self, day: date, count: int) -> date:
        """Return the working day that is the `count`-th after a day."""
        while count:
            day += DAY
            count -= self.works(day)
        return day

    def earlier(self, day: date, count: int) -> date:
        """Return the working day that is the `count`-th before a day."""
        while count:
            day -= DAY
            count -= self.works(day)
        return day

    def evenings(self, after: datetime, until: datetime) -> int:
        """Return how many working days end after one instant and not after another."""
        day, found = self.day_of(after), 0
        while day <= self.day_of(until):
            found += self.works(day) and after < self.evening(day) <= until
            day += DAY
        return found

    # --- deadlines ------------------------------------------------------------------------------

    def latest_due(self, start: datetime) -> datetime:
        """Return the evening of the last working day before a date."""
        return self.evening(self.earlier(self.day_of(start), 1))

    def due_at(self, now: datetime, start: datetime) -> datetime:
        """Return when the answer is due to what is sent now and begins at `start`."""
        answered = self.evening(self.later(self.day_of(now), ANSWER_DAYS[self.cluster]))
        return min(answered, self.latest_due(start))

    def lapses_at(self, due: datetime, start: datetime) -> datetime:
        """Return when a date lapses: five working days after the due day, or when it begins."""
        return min(self.evening(self.later(self.day_of(due), 5)), start)

    def put_off(self, deadline: datetime, days: int, latest: datetime) -> datetime:
        """Return the evening so many working days after a deadline, `latest` at the latest."""
        if not days or deadline >= latest:
            return deadline
        return min(self.evening(self.later(self.day_of(deadline), days)), latest)

    def put_forward(self, due: datetime, days: int, now: datetime) -> datetime:
        """Return the evening so many working days before one, but not before tomorrow's."""
        was = self.day_of(due)
        tomorrow = self.later(self.day_of(now), 1)
        day = max(self.earlier(was, days), min(was, tomorrow))
        return due if day == was else self.evening(day)

    def longest_hold(self, now: datetime) -> date:
        """Return the last day until which a proposal may be held."""
        return self.day_of(now) + timedelta(days=14)
