"""What each rule of a facility means for a partner, in a sentence with its value."""

from datetime import datetime, timedelta

from flask_babel import gettext, ngettext

from booking.manage.queries import Managed
from booking.rules.opening import ONE_DAY, Unit, local_day, merged_openings, open_days
from booking.rules.terms import LONGEST_DAYS, BookingMode, BookingTerms, latest_day, lead_day
from booking.wording import formats

_LOOK_AHEAD_DAYS = 28


def mode(managed: Managed, now: datetime) -> str:
    """Say what where it is booked means."""
    return {
        BookingMode.HERE: lambda: gettext("Partners see when it is free and ask for dates here."),
        BookingMode.BY_AGREEMENT: lambda: gettext(
            "Partners see no free times; they propose dates here."
        ),
        BookingMode.ELSEWHERE: lambda: gettext(
            "Partners cannot ask here; they are sent to its own site."
        ),
    }[managed.effective.rules.mode]()


def unit(managed: Managed, now: datetime) -> str:
    """Say what in what it is asked for means."""
    return {
        Unit.HOUR: lambda: gettext("Partners choose a start and an end while it is open."),
        Unit.HALF_DAY: lambda: gettext("Partners choose a first and a last half day."),
        Unit.DAY: lambda: gettext("Partners choose a first and a last day."),
    }[managed.effective.rules.unit]()


def holds(managed: Managed, now: datetime) -> str:
    """Say what what happens while a request waits means."""
    if managed.effective.pending_holds:
        return gettext(
            "Who asks first keeps the place until you decide or the time to answer is over; "
            "others see it as busy."
        )
    return gettext(
        "Others still see the time as free and may ask for it too, until you confirm one."
    )


def minimum(managed: Managed, now: datetime) -> str:
    """Say what the shortest length means."""
    rules = managed.effective.rules
    if rules.minimum_units is None:
        return gettext("Partners may ask for a date as short as they like.")
    if _is_never_open_so_long(rules, rules.minimum_units, now):
        return gettext(
            "It is never open for %(length)s at a time, so nobody can ask for it.",
            length=formats.units(rules.minimum_units, rules.unit),
        )
    return gettext(
        "Partners ask for %(length)s or more at a time.",
        length=formats.units(rules.minimum_units, rules.unit),
    )


def _is_never_open_so_long(rules: BookingTerms, hours: int, now: datetime) -> bool:
    """Tell whether a date by the hour finds no opening long enough in the next weeks."""
    if rules.unit is not Unit.HOUR or rules.mode is not BookingMode.HERE:
        return False
    today = local_day(now, rules.zone)
    days = open_days(rules.hours, rules.zone, today, today + ONE_DAY * _LOOK_AHEAD_DAYS)
    longest = max((slot.duration for slot in merged_openings(days)), default=None)
    return longest is not None and longest < timedelta(hours=hours)


def maximum(managed: Managed, now: datetime) -> str:
    """Say what the longest length means."""
    rules = managed.effective.rules
    if rules.maximum_units is None:
        return gettext(
            "Partners may ask for up to %(days)s days at a time, as far as it is open.",
            days=LONGEST_DAYS,
        )
    return gettext(
        "Partners ask for %(length)s or less at a time.",
        length=formats.units(rules.maximum_units, rules.unit),
    )


def step(managed: Managed, now: datetime) -> str:
    """Say what the step of times means."""
    step = managed.effective.rules.step_minutes
    if managed.effective.rules.unit is not Unit.HOUR:
        return gettext("Counts only where it is asked for by the hour.")
    return gettext(
        "Dates start and end every %(step)s from the full hour.",
        step=formats.duration(timedelta(minutes=step)),
    )


def half_day(managed: Managed, now: datetime) -> str:
    """Say what where half days part means."""
    if managed.effective.rules.unit is not Unit.HALF_DAY:
        return gettext("Counts only where it is asked for by the half day.")
    return gettext(
        "The morning lasts until %(time)s, the afternoon begins then.",
        time=formats.clock_time(managed.effective.rules.half_day_time),
    )


def lead(managed: Managed, now: datetime) -> str:
    """Say what the lead time means."""
    rules = managed.effective.rules
    if not rules.lead_time_days:
        return gettext("Partners may ask until the last day on which you can still answer in time.")
    day = formats.day(lead_day(rules, now))
    if rules.late_asking:
        return ngettext(
            "Partners are asked to leave %(num)s day: from today that is %(day)s.",
            "Partners are asked to leave %(num)s days: from today that is %(day)s.",
            rules.lead_time_days,
            day=day,
        )
    return ngettext(
        "Partners must ask at least %(num)s day before: from today that is %(day)s.",
        "Partners must ask at least %(num)s days before: from today that is %(day)s.",
        rules.lead_time_days,
        day=day,
    )


def late(managed: Managed, now: datetime) -> str:
    """Say what asking inside the lead time means."""
    rules = managed.effective.rules
    if not rules.lead_time_days:
        return gettext("There is no lead time inside of which one could ask.")
    if rules.late_asking:
        return gettext("Partners may ask for nearer days too; the lead time is only a wish.")
    return gettext(
        "Days before %(day)s are drawn as too late to ask.", day=formats.day(lead_day(rules, now))
    )


def horizon(managed: Managed, now: datetime) -> str:
    """Say what the horizon means."""
    latest = latest_day(managed.effective.rules, now)
    if latest is None:
        return gettext("Partners may ask for any day of the next ten years.")
    return gettext("Partners may ask for days up to %(day)s.", day=formats.day(latest))


def setup(managed: Managed, now: datetime) -> str:
    """Say what the set-up time means."""
    minutes = managed.effective.rules.setup_minutes
    if not minutes:
        return gettext("Nothing is kept free before a date.")
    return gettext(
        "%(length)s before each date are kept free; to others they are busy.",
        length=formats.duration(timedelta(minutes=minutes)),
    )


def cleanup(managed: Managed, now: datetime) -> str:
    """Say what the clean-up time means."""
    minutes = managed.effective.rules.cleanup_minutes
    if not minutes:
        return gettext("Nothing is kept free after a date.")
    return gettext(
        "%(length)s after each date are kept free; to others they are busy.",
        length=formats.duration(timedelta(minutes=minutes)),
    )


def places(managed: Managed, now: datetime) -> str:
    """Say what the number of places means."""
    if not managed.own_places:
        return gettext("Only its parts can be asked for, or all of it.")
    return ngettext(
        "One group at a time can be there.",
        "%(num)s groups at a time can be there.",
        managed.own_places,
    )


def extent(managed: Managed, now: datetime) -> str:
    """Say what how much of it can be asked for means."""
    facility = managed.facility
    if facility.allows_shared and facility.allows_exclusive:
        if managed.has_parts:
            return gettext("Who asks for all of it also takes every facility below it.")
        return gettext("Partners say whether others may be there at the same time.")
    if facility.allows_exclusive:
        return gettext("Whoever has it is alone there.")
    return gettext("Nobody can have it for themselves alone.")


def people(managed: Managed, now: datetime) -> str:
    """Say what the limit of people means."""
    limit = managed.effective.rules.people_limit
    if limit is None:
        return gettext("Partners may come with any number of people.")
    return ngettext(
        "Partners come with %(num)s person at most.",
        "Partners come with %(num)s people at most.",
        limit,
    )
