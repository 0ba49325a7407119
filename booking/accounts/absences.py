"""Reading who is away: what `rules.absences` needs."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from booking.accounts.memberships import ever_organisations_of, ids_in
from booking.accounts.models import Absence as AbsenceRow
from booking.accounts.models import Person, Role
from booking.accounts.roles import DECIDES, last_change, next_change
from booking.clusters.models import Cluster
from booking.db.rows import read_rows
from booking.db.times import UTCDateTime
from booking.rules.absences import Absence, Absences, AbsentDays, StandIn

# It may still be their last day in the farthest zone; a few more do no harm.
_ENDED = timedelta(days=2)
_Other = aliased(Person)
_DECIDES_IN = (
    sa.select(sa.func.aggregate_strings(sa.cast(Role.cluster_id, sa.String), ","))
    .where(Role.person_id == _Other.id, DECIDES)
    .scalar_subquery()
)
_ZONES = sa.select(Cluster.time_zone).distinct().subquery()
_ABSENT = (
    sa.select(
        AbsenceRow.id,
        AbsenceRow.person_id,
        AbsenceRow.first_day,
        AbsenceRow.last_day,
        _Other.id.label("stand_in_id"),
        _Other.is_active,
        ever_organisations_of(_Other.id).label("organisations"),
        _DECIDES_IN.label("decides_in"),
        _ZONES.c.time_zone,
    )
    .select_from(AbsenceRow)
    .join(_ZONES, sa.true())
    .outerjoin(_Other, _Other.id == AbsenceRow.stand_in_id)
    .where(AbsenceRow.last_day >= sa.bindparam("since"))
    .subquery()
)
_NOW = sa.bindparam("now", type_=UTCDateTime)
_CHANGES = sa.select(
    last_change(_NOW).label("last_change"), next_change(_NOW).label("next_change")
).subquery()
# One row at least, also where nobody is away.
_AROUND = (
    sa.select(_CHANGES, _ABSENT)
    .select_from(_CHANGES)
    .outerjoin(_ABSENT, sa.true())
    .order_by(_ABSENT.c.id)
)


def read_absences(now: datetime) -> Absences:
    """Return who is away at `now` or later, in the zones of all clusters. One statement."""
    return read_people_by_clock(now)[0]


def read_people_by_clock(now: datetime) -> tuple[Absences, datetime | None, datetime | None]:
    """Return who is away at `now` or later, and when the clock last and next changes roles (UTC).

    One statement for both, see `read_absences` and `roles.last_change`.
    """
    rows = read_rows(_AROUND, {"since": now.date() - _ENDED, "now": now})
    away = [row for row in rows if row.id is not None]
    found = {
        (row.person_id, row.first_day): Absence(
            row.person_id,
            AbsentDays(row.first_day, row.last_day),
            None
            if row.stand_in_id is None
            else StandIn(
                row.stand_in_id,
                row.is_active,
                ids_in(row.organisations),
                ids_in(row.decides_in),
            ),
        )
        for row in away
    }
    absences = Absences(found.values(), {ZoneInfo(row.time_zone) for row in away})
    return absences, rows[0].last_change, rows[0].next_change
