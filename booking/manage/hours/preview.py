"""How every change of hours is made: first a preview with the affected dates, then saved."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.audit.recording import record
from booking.bookings.disruption_models import Affected
from booking.db.in_ids import in_ids
from booking.db.transactions import writing
from booking.disruptions.detection import DisruptedDate, disrupted_dates
from booking.disruptions.queries import disruption_lines
from booking.disruptions.service import recheck
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.deciders import decides_on
from booking.facilities.keepers import may_change
from booking.facilities.models import Facility
from booking.facilities.stated_hours import (
    logged_special_days,
    logged_timetables,
    stated_timetables,
)
from booking.manage.new_facilities.service import change_draft
from booking.manage.queries import DraftKey
from booking.manage.version import claim_change, target_facility
from booking.rules.audit_events import Event
from booking.rules.opening import local_day
from booking.rules.owner_changes import ChangedPart
from booking.rules.timetables import Timetable
from booking.rules.visibility import Viewer

#: Changes the hours of a facility; it gets the facility and its local day.
HoursChange = Callable[[Facility, date], None]


@dataclass(frozen=True)
class Outcome:
    """What a change does, or would do: the timetables after it, and the dates newly affected.

    `freed` are dates that were marked as affected and no longer are. `version` identifies the
    affected dates on which the person decides: sending it back saves the change. `needs_decider`:
    the person is keeper and dates are affected, so it cannot be saved; none of them is named.
    """

    saved: bool
    timetables: Sequence[Timetable]
    disruptions: Sequence[DisruptedDate]
    freed: Sequence[DisruptedDate]
    version: str
    needs_decider: bool = False


class _OnlyPreviewed(Exception):
    """Rolls the change back."""


def apply_or_preview(
    viewer: Viewer,
    facility_id: int | DraftKey,
    part: ChangedPart,
    step: HoursChange,
    acknowledged: str | None,
    version: str | None,
) -> Outcome:
    """Make a change and find the dates it affects; save both if `acknowledged` is their version.

    Otherwise roll both back. Facilities that inherit their hours from here count too. `version` is
    the `facility_version` that the form was filled with; None: there was no form. Hours of a draft
    affect nothing, so they are saved at once.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: there is no such facility, or it is for others to change.
    """
    if isinstance(facility_id, DraftKey):
        return _apply_to_draft(viewer, facility_id, part, step, version)
    try:
        with writing(facility_id) as now:
            facility = reread_facility(viewer, facility_id, part)
            target = target_facility(facility)
            claim_change(target, part, now, person_id=viewer.person_id, seen=version)
            today = local_day(now, ZoneInfo(facility.cluster.time_zone))
            before = disrupted_dates([facility_id], now)
            marked = _marked(before)
            stated = _stated(facility, part)
            step(facility, today)
            db.session.flush()
            record(
                _EVENTS[part],
                now=now,
                actor=viewer.person_id,
                facility=facility_id,
                before=stated,
                after=_stated(facility, part),
            )
            disruptions = recheck(
                [facility_id], now, cause="hours", actor_id=viewer.person_id, before=before
            )
            after = stated_timetables(facility_id)
            if disruptions and not decides_on(viewer, facility_id):
                outcome = Outcome(False, after, (), (), "", needs_decider=True)
                raise _OnlyPreviewed
            shown = _version(viewer, disruptions)
            freed = [before[key] for key in sorted(marked - _marked(before))]
            outcome = Outcome(acknowledged == shown, after, disruptions, freed, shown)
            if not outcome.saved:
                raise _OnlyPreviewed
    except _OnlyPreviewed:
        pass
    return outcome


def _apply_to_draft(
    viewer: Viewer, key: DraftKey, part: ChangedPart, step: HoursChange, version: str | None
) -> Outcome:
    def change(facility: Facility, today: date) -> Sequence[Timetable]:
        # Nobody has come in the weekly hours of a draft: none of their days is past.
        step(facility, today if part is ChangedPart.SPECIAL_DAYS else _BEFORE_ALL)
        db.session.flush()
        return stated_timetables(facility.id)

    after = change_draft(viewer, key.slug, part, change, seen=version)
    return Outcome(True, after, (), (), "")


_BEFORE_ALL = date(1970, 1, 1)
_EVENTS = {
    ChangedPart.HOURS: Event.HOURS_CHANGED,
    ChangedPart.SPECIAL_DAYS: Event.SPECIAL_DAYS_CHANGED,
    ChangedPart.HOLIDAYS: Event.HOLIDAYS_CHANGED,
}


def _stated(facility: Facility, part: ChangedPart) -> dict[str, object]:
    """Return for the log what a facility states itself of one part of its hours."""
    if part is ChangedPart.HOLIDAYS:
        return {"opens_on_holidays": facility.opens_on_holidays}
    if part is ChangedPart.HOURS:
        return {"weekly_hours": logged_timetables(stated_timetables(facility.id))}
    return logged_special_days(facility.id)


def reread_facility(viewer: Viewer, facility_id: int, part: ChangedPart) -> Facility:
    """Return the facility, read again, if the viewer may change this part of it.

    Raises:
        NotFound: there is none, or it is for others to change.
    """
    facility = db.session.get(Facility, facility_id, populate_existing=True)
    if facility is None or not may_change(viewer, facility_id, part):
        raise NotFound("facility")
    return facility


def _marked(occurrence_ids: Iterable[int]) -> set[int]:
    """Return which of these dates are marked as affected and not resolved."""
    return set(
        db.session.scalars(
            sa.select(Affected.occurrence_id).where(
                in_ids(Affected.occurrence_id, occurrence_ids), Affected.resolved_at.is_(None)
            )
        )
    )


def _version(viewer: Viewer, disruptions: Sequence[DisruptedDate]) -> str:
    # Only of dates that the person may see: it must not reveal those on which others decide.
    shown = disruption_lines(viewer, [disruption.occurrence_id for disruption in disruptions])
    ids = ",".join(str(key) for key in sorted(line.occurrence_id for line in shown))
    return hashlib.sha256(ids.encode()).hexdigest()[:16]
