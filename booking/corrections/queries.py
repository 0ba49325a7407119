"""Reading the mistakes that people reported of a facility."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.corrections.models import Correction
from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.rules.corrections import Outcome

#: So many that are settled are shown.
SHOWN_SETTLED = 20


@dataclass(frozen=True)
class ReportedMistake:
    """A reported mistake; `outcome` None: it is open."""

    id: int
    text: str
    person: str
    reported_at: datetime
    settled_at: datetime | None
    outcome: Outcome | None


@dataclass(frozen=True)
class ReportedMistakes:
    """Those that are open, the oldest first, and the last that were settled, newest first."""

    open: Sequence[ReportedMistake]
    settled: Sequence[ReportedMistake]


def reported_mistakes(facility_id: int) -> ReportedMistakes:
    """Return the mistakes that people reported of this facility. Two statements."""
    query = (
        sa.select(Correction, Person.name)
        .join(Person, Person.id == Correction.reported_by_id)
        .where(Correction.facility_id == facility_id)
        .execution_options(populate_existing=True)
    )
    waiting = query.where(Correction.settled_at.is_(None)).order_by(Correction.id)
    settled = (
        query.where(Correction.settled_at.is_not(None))
        .order_by(Correction.settled_at.desc(), Correction.id.desc())
        .limit(SHOWN_SETTLED)
    )
    return ReportedMistakes(_read(waiting), _read(settled))


def open_reports(facility_ids: Iterable[int]) -> Mapping[int, int]:
    """Return how many reported mistakes wait at each facility that has any. One statement."""
    rows = db.session.execute(
        sa.select(Correction.facility_id, sa.func.count())
        .where(Correction.settled_at.is_(None), in_ids(Correction.facility_id, facility_ids))
        .group_by(Correction.facility_id)
    )
    return dict(rows.all())


def _read(query: sa.Select[Correction, str]) -> list[ReportedMistake]:
    return [
        ReportedMistake(
            id=row.id,
            text=row.text,
            person=name,
            reported_at=row.reported_at,
            settled_at=row.settled_at,
            outcome=Outcome(row.outcome) if row.outcome else None,
        )
        for row, name in db.session.execute(query)
    ]
