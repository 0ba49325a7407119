"""Reading what a new site has already, for `flask setup`."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.audit.models import AuditEntry
from booking.clusters.models import Cluster
from booking.db import clock
from booking.extensions import db
from booking.facilities.models import Facility

#: A clock that stood still, or lost its battery, shows less than this.
EARLIEST = datetime(2026, 11, 1, tzinfo=UTC)
#: So far apart this machine and the database may be.
LARGEST_GAP = timedelta(minutes=1)


@dataclass(frozen=True)
class Inventory:
    """How many active administrators, clusters and facilities there are."""

    admins: int
    clusters: int
    facilities: int


def inventory() -> Inventory:
    """Return what there is. Three statements."""
    counts = (
        sa.select(sa.func.count()).where(Person.is_admin, Person.is_active),
        sa.select(sa.func.count()).select_from(Cluster),
        sa.select(sa.func.count()).select_from(Facility),
    )
    return Inventory(*(db.session.scalar(one) or 0 for one in counts))


@dataclass(frozen=True)
class Clocks:
    """The clock of this machine, that of the database, and when something was logged last."""

    here: datetime
    database: datetime
    last_logged: datetime | None

    @property
    def is_early(self) -> bool:
        """Return whether the clock shows a time that has passed for sure."""
        return self.here < max(EARLIEST, (self.last_logged or EARLIEST) - LARGEST_GAP)

    @property
    def differ(self) -> bool:
        """Return whether the two clocks show different times."""
        return abs(self.here - self.database) > LARGEST_GAP


def clocks() -> Clocks:
    """Return what the clocks show. Two statements."""
    here = clock.now()
    column = clock.database_clock(db.session.get_bind().dialect.name)
    read = db.session.execute(sa.select(column)).scalar_one()
    return Clocks(
        here, clock.instant_of(read), db.session.scalar(sa.select(sa.func.max(AuditEntry.at)))
    )
