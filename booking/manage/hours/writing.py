"""Writing weekly hours from a file: what the pages of hours do, inside the writing of others."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from booking.audit.recording import record
from booking.disruptions.detection import Cause, DisruptedDate, disrupted_dates
from booking.disruptions.service import recheck
from booking.extensions import db
from booking.facilities.models import Facility
from booking.facilities.stated_hours import logged_timetables, replace_timetables, stated_timetables
from booking.manage.version import claim_change, target_facility
from booking.rules.audit_events import Event
from booking.rules.hours_changes import WeekChange, seasons, with_change, without_own
from booking.rules.opening import ONE_DAY, WeeklySpan, local_day
from booking.rules.owner_changes import ChangedPart
from booking.rules.timetables import Timetable


def lasting_hours(stated: Sequence[Timetable]) -> tuple[WeeklySpan, ...] | None:
    """Return the weekly hours that a facility states for good; None: it states none."""
    return stated[-1].spans if stated and stated[-1].valid_to is None else None


def first_day(facility: Facility, stated: Sequence[Timetable], now: datetime) -> date:
    """Return the day from which new hours hold: tomorrow, or after the season of that day."""
    day = local_day(now, ZoneInfo(facility.cluster.time_zone)) + ONE_DAY
    for season in sorted(seasons(stated), key=lambda one: one.valid_from or date.min):
        if season.counts_on(day) and season.valid_to is not None:
            day = season.valid_to + ONE_DAY
    return day


def put_week(
    facility: Facility,
    spans: tuple[WeeklySpan, ...] | None,
    now: datetime,
    *,
    person_id: int | None,
) -> list[DisruptedDate]:
    """Put weekly hours in force for good from `first_day` on; None: it states none from then on.

    Returns the dates that are newly affected; they are marked, and their people told. Call it
    inside `writing`, with the root locked.
    """
    stated = stated_timetables(facility.id)
    first = first_day(facility, stated, now)
    if spans is None:
        after = without_own(stated, first)
    else:
        today = local_day(now, ZoneInfo(facility.cluster.time_zone))
        after = with_change(stated, WeekChange(spans, first), today)
    claim_change(target_facility(facility), ChangedPart.HOURS, now, person_id=person_id, seen=None)
    record(
        Event.HOURS_CHANGED,
        now=now,
        actor=person_id,
        facility=facility.id,
        before={"weekly_hours": logged_timetables(stated)},
        after={"weekly_hours": logged_timetables(after)},
    )
    before = disrupted_dates([facility.id], now)
    replace_timetables(facility.id, after)
    db.session.flush()
    return recheck([facility.id], now, cause=Cause.HOURS, actor_id=person_id, before=before)
