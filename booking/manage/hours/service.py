"""Changing when a facility is open and how it is booked; affected dates are marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from booking.audit.recording import record
from booking.db.transactions import retried, writing
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.facilities.effective_terms import effective_terms
from booking.facilities.hours_models import SpecialDayRow
from booking.facilities.models import Facility
from booking.facilities.stated_hours import (
    delete_special_days,
    replace_timetables,
    stated_timetables,
)
from booking.manage.hours.preview import Outcome, apply_or_preview, reread_facility
from booking.manage.new_facilities.service import change_draft
from booking.manage.queries import DraftKey
from booking.manage.version import claim_change, target_facility
from booking.rules.addresses import secure_address
from booking.rules.audit_events import Event
from booking.rules.hours_changes import (
    DayTimes,
    WeekChange,
    change_fault,
    runs_into,
    seasons,
    with_change,
    without_own,
    without_season,
)
from booking.rules.opening import ONE_DAY, WeeklySpan
from booking.rules.owner_changes import ChangedPart
from booking.rules.terms import BookingMode
from booking.rules.timetables import Timetable, times_on
from booking.rules.visibility import Viewer

#: The most special days that are set at once; what lasts longer is a season.
SPECIAL_DAYS_AT_ONCE = 62
#: The most timetables that a facility may have; far more than anybody needs.
TIMETABLES_MAX = 200


class SeasonInTheWay(Invalid):
    """New hours overlap `season`."""

    def __init__(self, field: str, code: str, season: Timetable) -> None:
        super().__init__(field, code)
        self.season = season


class RunsIntoNextDay(Invalid):
    """The opening `times` of `day` runs over midnight into an opening of the next day."""

    def __init__(self, field: str, code: str, day: date, times: DayTimes) -> None:
        super().__init__(field, code)
        self.day, self.times = day, times


@dataclass(frozen=True)
class NewWeek:
    """Weekly hours from a day on, to a last day or for good.

    `instead_of` is the first day of the season that they replace.
    """

    spans: tuple[WeeklySpan, ...]
    first: date
    last: date | None = None
    instead_of: date | None = None


@dataclass(frozen=True)
class NewSpecial:
    """The times of each day from the first to the last, both included; no times: not open."""

    first: date
    last: date
    times: tuple[DayTimes, ...]
    note: str


@retried
def change_week(
    viewer: Viewer,
    facility_id: int | DraftKey,
    new: NewWeek,
    acknowledged: str | None,
    *,
    version: str | None = None,
) -> Outcome:
    """Put weekly hours in force; days before `new.first` stay as they were.

    As with every change of hours, it is saved if `acknowledged` is the version of the dates that
    it affects now, taken from an earlier `Outcome`. Otherwise, and with None, nothing is saved.
    `version` is the `facility_version` that the form was filled with; None: there was no form.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since `version`.
        NotFound: no such facility, or others decide on it.
        SeasonInTheWay: `first` `overlaps_season` or `in_season`.
        Invalid: `first` `past`, `season_gone` or `too_many`, `last` `backwards`.
    """

    def step(facility: Facility, today: date) -> None:
        stated = stated_timetables(facility.id)
        instead_of = None
        if new.instead_of is not None:
            instead_of = _season_from(stated, new.instead_of, today)
            if instead_of is None:
                raise Invalid("first", "season_gone")
        change = WeekChange(new.spans, new.first, new.last, instead_of)
        fault = change_fault(stated, change, today)
        if fault is not None:
            code, season = fault
            if season is not None:
                raise SeasonInTheWay("first", code, season)
            raise Invalid("last" if code == "backwards" else "first", code)
        after = with_change(stated, change, today)
        if len(after) > TIMETABLES_MAX:
            raise Invalid("first", "too_many")
        replace_timetables(facility.id, after)

    return apply_or_preview(viewer, facility_id, ChangedPart.HOURS, step, acknowledged, version)


@retried
def remove_season(
    viewer: Viewer,
    facility_id: int | DraftKey,
    first: date,
    acknowledged: str | None,
    *,
    version: str | None = None,
) -> Outcome:
    """Remove the season that begins on `first`; one in force ends yesterday.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since `version`.
        NotFound: no such facility, or others decide on it; no future season begins on `first`.
    """

    def step(facility: Facility, today: date) -> None:
        stated = stated_timetables(facility.id)
        season = _season_from(stated, first, today)
        if season is None:
            raise NotFound("season")
        replace_timetables(facility.id, without_season(stated, season, today, today))

    return apply_or_preview(viewer, facility_id, ChangedPart.HOURS, step, acknowledged, version)


@retried
def remove_own_hours(
    viewer: Viewer,
    facility_id: int | DraftKey,
    first: date,
    acknowledged: str | None,
    *,
    version: str | None = None,
) -> Outcome:
    """State no weekly hours from `first` on: those above hold then, or the demo values.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since `version`.
        NotFound: no such facility, or others decide on it.
        Invalid: `first` `past`.
    """

    def step(facility: Facility, today: date) -> None:
        if first < today:
            raise Invalid("first", "past")
        replace_timetables(facility.id, without_own(stated_timetables(facility.id), first))

    return apply_or_preview(viewer, facility_id, ChangedPart.HOURS, step, acknowledged, version)


@retried
def set_special_days(
    viewer: Viewer,
    facility_id: int | DraftKey,
    new: NewSpecial,
    acknowledged: str | None,
    *,
    version: str | None = None,
) -> Outcome:
    """Set the hours of single days; what was set for one of them before is replaced.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since `version`.
        NotFound: no such facility, or others decide on it.
        RunsIntoNextDay: `first` `night_before`, `first` or `last` `night_after`.
        Invalid: `first` `past`, `last` `backwards` or `too_many`.
    """

    def step(facility: Facility, today: date) -> None:
        if new.first < today:
            raise Invalid("first", "past")
        if new.last < new.first:
            raise Invalid("last", "backwards")
        if new.last - new.first >= timedelta(days=SPECIAL_DAYS_AT_ONCE):
            raise Invalid("last", "too_many")
        delete_special_days(facility.id, new.first, new.last)
        spans = [[one.isoformat("minutes") for one in times] for times in sorted(new.times)]
        db.session.add_all(
            SpecialDayRow(
                facility_id=facility.id,
                day=new.first + ONE_DAY * offset,
                spans=spans,
                note=new.note,
            )
            for offset in range((new.last - new.first).days + 1)
        )
        db.session.flush()
        _check_nights(facility.id, new)

    return apply_or_preview(
        viewer, facility_id, ChangedPart.SPECIAL_DAYS, step, acknowledged, version
    )


@retried
def remove_special_days(
    viewer: Viewer,
    facility_id: int | DraftKey,
    first: date,
    last: date,
    acknowledged: str | None,
    *,
    version: str | None = None,
) -> Outcome:
    """Remove the special days, so that weekly hours, or what is above, hold again.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since `version`.
        NotFound: no such facility, or others decide on it; there are none.
        Invalid: `first` `past`.
    """

    def step(facility: Facility, today: date) -> None:
        if first < today:
            raise Invalid("first", "past")
        if not delete_special_days(facility.id, first, last):
            raise NotFound("special day")

    return apply_or_preview(
        viewer, facility_id, ChangedPart.SPECIAL_DAYS, step, acknowledged, version
    )


@retried
def set_opens_on_holidays(
    viewer: Viewer,
    facility_id: int | DraftKey,
    opens: bool | None,
    acknowledged: str | None,
    *,
    version: str | None = None,
) -> Outcome:
    """Set whether weekly hours count on public holidays; None: as above.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since `version`.
        NotFound: no such facility, or others decide on it.
    """

    def step(facility: Facility, today: date) -> None:
        facility.opens_on_holidays = opens

    return apply_or_preview(viewer, facility_id, ChangedPart.HOLIDAYS, step, acknowledged, version)


@retried
def set_mode(
    viewer: Viewer,
    facility_id: int | DraftKey,
    mode: BookingMode | None,
    elsewhere_url: str | None,
    *,
    version: str | None = None,
) -> None:
    """Set how it is booked; None: as above. Existing dates stay as they are.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since `version`.
        NotFound: no such facility, or others decide on it.
        Invalid: `elsewhere_url` `needed` or `unsafe`.
    """
    if elsewhere_url and secure_address(elsewhere_url) is None:
        raise Invalid("elsewhere_url", "unsafe")
    if mode is BookingMode.ELSEWHERE and not elsewhere_url:
        raise Invalid("elsewhere_url", "needed")

    def write(facility: Facility, _today: date | None = None) -> None:
        facility.mode = mode
        facility.elsewhere_url = elsewhere_url or None

    if isinstance(facility_id, DraftKey):
        change_draft(viewer, facility_id.slug, ChangedPart.MODE, write, seen=version)
        return
    with writing(facility_id) as now:
        facility = reread_facility(viewer, facility_id, ChangedPart.MODE)
        if (facility.mode, facility.elsewhere_url) == (mode, elsewhere_url or None):
            return
        claim_change(
            target_facility(facility),
            ChangedPart.MODE,
            now,
            person_id=viewer.person_id,
            seen=version,
        )
        record(
            Event.MODE_CHANGED,
            now=now,
            actor=viewer.person_id,
            facility=facility_id,
            before={"mode": facility.mode, "elsewhere_url": facility.elsewhere_url},
            after={"mode": mode, "elsewhere_url": elsewhere_url or None},
        )
        write(facility)


def _check_nights(facility_id: int, new: NewSpecial) -> None:
    """Refuse special days that overlap the day before or after them."""
    hours = effective_terms([facility_id])[facility_id].rules.hours
    before, after = new.first - ONE_DAY, new.last + ONE_DAY
    night = runs_into(times_on(hours, before), new.times)
    if night is not None:
        raise RunsIntoNextDay("first", "night_before", before, night)
    night = runs_into(new.times, times_on(hours, after))
    if night is not None:
        field = "first" if new.last == new.first else "last"
        raise RunsIntoNextDay(field, "night_after", new.last, night)


def _season_from(stated: Sequence[Timetable], first: date, today: date) -> Timetable | None:
    """Return the season that begins on `first` and is not over, or None."""
    for season in seasons(stated):
        if season.valid_from == first and season.valid_to is not None and season.valid_to >= today:
            return season
    return None
