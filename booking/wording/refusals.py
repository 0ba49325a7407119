"""Refusals in words: each reason with its numbers and what to do about it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from booking.rules.opening import ONE_DAY, Unit, day_starts_at, local_day
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import OPEN_END, Slot
from booking.wording import formats
from booking.wording.quotas import over_quota_text
from booking.wording.terms import REFUSING_WORDS
from booking.wording.translator import gettext, ngettext

_CONFLICTS: dict[str, Callable[[], str]] = {
    "changed_meanwhile": lambda: gettext(
        "Someone else has changed this since you opened the page. The current values are "
        "shown next to yours; save again to use yours."
    ),
    "needs_decider": lambda: gettext(
        "There are dates in the calendar that this would affect. Someone who decides on this "
        "facility has to make this change."
    ),
    "taken": lambda: gettext("This time has just been taken. Choose another time."),
    "already_decided": lambda: gettext(
        "This has since been decided or withdrawn. Open it again to see its current state."
    ),
    "expired": lambda: gettext(
        "This request has expired and the dates are free again. Send a new request."
    ),
    "too_early": lambda: gettext("You can note arrivals from the day of the booking on."),
    "not_begun": lambda: gettext("You can record a no-show once the booking has begun."),
    "attended": lambda: gettext(
        "An arrival is noted for this date. Remove the times before you record a no-show."
    ),
    "reminded": lambda: gettext("A reminder has already been sent for this request."),
    "not_due": lambda: gettext("The answer is not overdue yet."),
    "asked_elsewhere": lambda: gettext(
        "The requester asks for another facility instead of this date. That needs an answer first."
    ),
    "question_open": lambda: gettext(
        "A question of your side is still open. Wait for its answer, or send this as a message."
    ),
    "proposal_expired": lambda: gettext(
        "This proposal has expired and its dates are free again. See the current state below."
    ),
    "proposal_over": lambda: gettext(
        "The proposal that you answered has expired, or was withdrawn or answered meanwhile, so "
        "nothing was sent. Your date stays as it is. To ask for this date all the same, send it "
        "again."
    ),
    "no_waiting_list": lambda: gettext(
        "This facility has no waiting list any more. Choose another answer."
    ),
    "over": lambda: gettext("This date is over, so it can no longer be changed."),
    "condition_done": lambda: gettext(
        "This condition is not at that point any more. Its current state is shown below."
    ),
    "condition_settled": lambda: gettext("This condition has been checked or waived already."),
    "condition_over": lambda: gettext("No date of this booking needs this condition any more."),
    "condition_expired": lambda: gettext(
        "The time for the conditions is up, and the dates are free again. The booking cannot "
        "become final any more; a new request is needed."
    ),
    "sent_before": lambda: gettext(
        "Someone else has already sent this form. Open a new form and send that."
    ),
}


def conflict_text(code: str) -> str:
    """Return what happened where somebody else was faster, and what to do."""
    text = _CONFLICTS.get(code)
    if text is None:
        return gettext("Something has changed. Open the page again.")
    return text()


def refusal_text(refusal: Refusal, zone: ZoneInfo | None = None) -> str:
    """Return one reason in a sentence, times in `zone` (the facility's).

    Without a zone, times of day are left out.
    """
    words = REFUSING_WORDS.get(refusal.code)
    if words is not None and words.refusal is not None:
        return words.refusal(refusal.params)
    return _TEXTS[refusal.code](refusal, zone)


def _number(refusal: Refusal, name: str) -> int:
    return cast("int", refusal.params[name])


def _day(refusal: Refusal, name: str) -> str:
    return formats.day(cast("date", refusal.params[name]))


def _length(refusal: Refusal, name: str) -> str:
    return formats.units(_number(refusal, name), Unit(cast("str", refusal.params["unit"])))


def _closed_status(refusal: Refusal, zone: ZoneInfo | None) -> str:
    if refusal.params.get("status") == "closed":
        return gettext("This facility is closed and cannot be requested. Choose another facility.")
    return gettext("This facility is planned and cannot be requested yet. Choose another facility.")


def _too_late(refusal: Refusal, zone: ZoneInfo | None) -> str:
    if "asked" in refusal.params:
        return ngettext(
            "Notice too short: %(num)s day's notice needed; you gave %(asked)s. Choose "
            "%(earliest)s or later.",
            "Notice too short: %(num)s days' notice needed; you gave %(asked)s. Choose "
            "%(earliest)s or later.",
            _number(refusal, "days"),
            asked=formats.units(_number(refusal, "asked"), Unit.DAY),
            earliest=_day(refusal, "earliest"),
        )
    return ngettext(
        "Notice too short: %(num)s day's notice needed. Earliest date: %(earliest)s.",
        "Notice too short: %(num)s days' notice needed. Earliest date: %(earliest)s.",
        _number(refusal, "days"),
        earliest=_day(refusal, "earliest"),
    )


def _due_already(refusal: Refusal, zone: ZoneInfo | None) -> str:
    return gettext(
        "Too soon: nobody could answer in time. Choose %(earliest)s or later.",
        earliest=_day(refusal, "earliest"),
    )


def _beyond_horizon(refusal: Refusal, zone: ZoneInfo | None) -> str:
    if "asked" in refusal.params:
        return ngettext(
            "Too far ahead: at most %(num)s day ahead; you requested %(asked)s ahead. "
            "Choose %(latest)s or earlier.",
            "Too far ahead: at most %(num)s days ahead; you requested %(asked)s ahead. "
            "Choose %(latest)s or earlier.",
            _number(refusal, "days"),
            asked=formats.units(_number(refusal, "asked"), Unit.DAY),
            latest=_day(refusal, "latest"),
        )
    return gettext(
        "Too far ahead: the latest date you can request is %(latest)s.",
        latest=_day(refusal, "latest"),
    )


def _not_open(refusal: Refusal, zone: ZoneInfo | None) -> str:
    day = _day(refusal, "day")
    hours = [cast("Slot", refusal.params[key]) for key in _hour_keys(refusal)]
    if not hours and "holiday" in refusal.params:
        return gettext(
            "Not open on %(day)s: %(holiday)s. Choose another day.",
            day=day,
            holiday=cast("str", refusal.params["holiday"]),
        )
    if not hours:
        return gettext("Not open on %(day)s. Choose another day.", day=day)
    if zone is None:
        return gettext("Not open for all of this time on %(day)s. Choose another time.", day=day)
    open_hours = ", ".join(formats.times(slot, zone) for slot in hours)
    if refusal.params["unit"] == Unit.HOUR:
        return gettext(
            "Open on %(day)s: %(hours)s. Choose a time within it.", day=day, hours=open_hours
        )
    return gettext(
        "Open on %(day)s: %(hours)s. Choose whole days or half days.", day=day, hours=open_hours
    )


def _hour_keys(refusal: Refusal) -> list[str]:
    keys = [key for key in refusal.params if key.startswith("hours_")]
    return sorted(keys, key=lambda key: int(key.removeprefix("hours_")))


def _closure(refusal: Refusal, zone: ZoneInfo | None) -> str:
    until = cast("datetime", refusal.params["until"])
    if zone is None:
        return gettext("Closed at this time. Choose another time.")
    if until >= OPEN_END and "slot" not in refusal.params:
        return gettext("Closed until further notice.")
    if until >= OPEN_END:
        starts_at = cast("Slot", refusal.params["slot"]).starts_at
        day = local_day(starts_at, zone)
        is_midnight = starts_at == day_starts_at(zone, day)
        return gettext(
            "Closed from %(start)s until further notice. Choose another facility or time.",
            start=formats.day(day) if is_midnight else formats.instant(starts_at, zone),
        )
    day = local_day(until, zone)
    if until == day_starts_at(zone, day):
        return gettext(
            "Closed until the end of %(day)s. Choose another time.", day=formats.day(day - ONE_DAY)
        )
    return gettext(
        "Closed until %(until)s. Choose another time.", until=formats.instant(until, zone)
    )


def _too_short(refusal: Refusal, zone: ZoneInfo | None) -> str:
    return gettext(
        "Too short: at least %(minimum)s; you requested %(asked)s.",
        minimum=_length(refusal, "minimum"),
        asked=_requested_length(refusal),
    )


def _requested_length(refusal: Refusal) -> str:
    minutes = refusal.params.get("asked_minutes")
    if isinstance(minutes, int):
        return formats.duration(timedelta(minutes=minutes))
    if "left_out" in refusal.params:
        unit = Unit(cast("str", refusal.params["unit"]))
        return formats.open_units(_number(refusal, "asked"), unit)
    return _length(refusal, "asked")


def _too_long(refusal: Refusal, zone: ZoneInfo | None) -> str:
    return gettext(
        "Too long: at most %(maximum)s; you requested %(asked)s.",
        maximum=_length(refusal, "maximum"),
        asked=_requested_length(refusal),
    )


def _off_grid(refusal: Refusal, zone: ZoneInfo | None) -> str:
    step = _number(refusal, "step")
    return ngettext(
        "Start and end times must be in steps of %(num)s minute from the full hour.",
        "Start and end times must be in steps of %(num)s minutes from the full hour.",
        step,
    )


def _too_many_places(refusal: Refusal, zone: ZoneInfo | None) -> str:
    return ngettext(
        "Too many: there is room for %(num)s group at a time; you requested %(asked)s.",
        "Too many: there is room for %(num)s groups at a time; you requested %(asked)s.",
        _number(refusal, "own"),
        asked=_number(refusal, "asked"),
    )


def _taken(refusal: Refusal, zone: ZoneInfo | None) -> str:
    if "own" in refusal.params:
        return _taken_by_own(refusal, zone)
    free = _number(refusal, "free")
    if zone is None:
        return gettext("This time is taken, at least in part. Choose another time.")
    slot = formats.slot(cast("Slot", refusal.params["slot"]), zone)
    if free:
        return ngettext(
            "Taken: %(slot)s. %(num)s is free then; you requested %(asked)s.",
            "Taken: %(slot)s. %(num)s are free then; you requested %(asked)s.",
            free,
            slot=slot,
            asked=_number(refusal, "asked"),
        )
    return gettext("Taken: %(slot)s. Choose another time.", slot=slot)


def _set_aside(refusal: Refusal, zone: ZoneInfo | None) -> str:
    slot = formats.slot(cast("Slot", refusal.params["slot"]), zone) if zone else ""
    return gettext(
        "Set aside for other organisations: %(slot)s. Choose another time, or make an exception.",
        slot=slot,
    )


def _taken_by_own(refusal: Refusal, zone: ZoneInfo | None) -> str:
    count, references = _number(refusal, "own_count"), refusal.params["own"]
    if zone is None:
        return ngettext(
            "Taken by your own booking or request %(references)s. Choose another time.",
            "Taken by your own bookings or requests %(references)s. Choose another time.",
            count,
            references=references,
        )
    slot = formats.slot(cast("Slot", refusal.params["slot"]), zone)
    if _number(refusal, "own_holds"):
        return ngettext(
            "Held for your own request %(references)s: %(slot)s. Choose another time.",
            "Held for your own requests %(references)s: %(slot)s. Choose another time.",
            count,
            references=references,
            slot=slot,
        )
    return ngettext(
        "Taken by your own booking %(references)s: %(slot)s. Choose another time.",
        "Taken by your own bookings %(references)s: %(slot)s. Choose another time.",
        count,
        references=references,
        slot=slot,
    )


def _left_to_others(refusal: Refusal, zone: ZoneInfo | None) -> str:
    return gettext(
        "Somebody else at %(cluster)s must enter this booking.", cluster=refusal.params["cluster"]
    )


def _dates_overlap(refusal: Refusal, zone: ZoneInfo | None) -> str:
    other = _number(refusal, "other") + 1
    if zone is None:
        return gettext("This overlaps with your date %(other)s. Change one of them.", other=other)
    return gettext(
        "This overlaps with your date %(other)s: %(slot)s. Change one of them.",
        other=other,
        slot=formats.slot(cast("Slot", refusal.params["slot"]), zone),
    )


def _too_many_dates(refusal: Refusal, zone: ZoneInfo | None) -> str:
    return gettext(
        "Too many dates: at most %(limit)s; you requested %(asked)s. Send more than one request.",
        limit=_number(refusal, "limit"),
        asked=_number(refusal, "asked"),
    )


def _too_many_occupancies(refusal: Refusal, zone: ZoneInfo | None) -> str:
    return gettext(
        "Too much at once: these dates would take %(asked)s places, and one request can "
        "take %(limit)s. Send more than one request.",
        limit=_number(refusal, "limit"),
        asked=_number(refusal, "asked"),
    )


def _references(refusal: Refusal) -> str:
    """Return the references of requests, and how many others the reader may not read."""
    named = str(refusal.params["references"])
    unnamed = int(str(refusal.params.get("unnamed", 0)))
    others = ngettext("%(num)s confidential one", "%(num)s confidential ones", unnamed)
    return ", ".join(part for part in (named, others if unnamed else "") if part)


def _too_many_open(refusal: Refusal, zone: ZoneInfo | None) -> str:
    return ngettext(
        "Your organisation already has %(num)s open request for this facility: %(references)s. "
        "At most %(limit)s may be open at a time. Wait for an answer, or withdraw one.",
        "Your organisation already has %(num)s open requests for this facility: %(references)s. "
        "At most %(limit)s may be open at a time. Wait for an answer, or withdraw one.",
        _number(refusal, "open"),
        references=_references(refusal),
        limit=_number(refusal, "limit"),
    )


def _too_many_held_days(refusal: Refusal, zone: ZoneInfo | None) -> str:
    if not _number(refusal, "held"):
        return ngettext(
            "Open requests of your organisation can hold this facility on at most %(limit)s days; "
            "these dates are on %(num)s day. Request fewer.",
            "Open requests of your organisation can hold this facility on at most %(limit)s days; "
            "these dates are on %(num)s days. Request fewer.",
            _number(refusal, "asked"),
            limit=_number(refusal, "limit"),
        )
    return ngettext(
        "Open requests of your organisation already hold this facility on %(num)s day: "
        "%(references)s. With these dates there would be %(asked)s more, and at most %(limit)s "
        "are possible. Request fewer, wait for an answer, or withdraw one.",
        "Open requests of your organisation already hold this facility on %(num)s days: "
        "%(references)s. With these dates there would be %(asked)s more, and at most %(limit)s "
        "are possible. Request fewer, wait for an answer, or withdraw one.",
        _number(refusal, "held"),
        references=_references(refusal),
        asked=_number(refusal, "asked"),
        limit=_number(refusal, "limit"),
    )


def _plain(text: Callable[[], str]) -> Callable[[Refusal, ZoneInfo | None], str]:
    return lambda refusal, zone: text()


_TEXTS: dict[RefusalCode, Callable[[Refusal, ZoneInfo | None], str]] = {
    RefusalCode.BOOKED_ELSEWHERE: _plain(
        lambda: gettext("This facility is booked on its own site and cannot be requested here.")
    ),
    RefusalCode.CLOSED_STATUS: _closed_status,
    RefusalCode.NOBODY_ANSWERS: _plain(
        lambda: gettext(
            "Nobody answers here yet, so it cannot be requested. Choose another facility."
        )
    ),
    RefusalCode.IN_THE_PAST: _plain(
        lambda: gettext("This time is in the past. Choose a later one.")
    ),
    RefusalCode.TOO_LATE: _too_late,
    RefusalCode.DUE_ALREADY: _due_already,
    RefusalCode.BEYOND_HORIZON: _beyond_horizon,
    RefusalCode.NOT_OPEN: _not_open,
    RefusalCode.CLOSURE: _closure,
    RefusalCode.TOO_SHORT: _too_short,
    RefusalCode.TOO_LONG: _too_long,
    RefusalCode.OFF_GRID: _off_grid,
    RefusalCode.NOT_BOOKABLE_WHOLE: _plain(
        lambda: gettext("It cannot be requested as a whole. Choose a part of it.")
    ),
    RefusalCode.NOT_BOOKABLE_BY_PLACE: _plain(
        lambda: gettext("It can only be requested as a whole. Choose all of it.")
    ),
    RefusalCode.NO_PLACES: _plain(lambda: gettext("Enter the number of groups, at least 1.")),
    RefusalCode.TOO_MANY_PLACES: _too_many_places,
    RefusalCode.TAKEN: _taken,
    RefusalCode.SET_ASIDE: _set_aside,
    RefusalCode.NO_PEOPLE: _plain(lambda: gettext("Enter the number of people, at least 1.")),
    RefusalCode.OVER_QUOTA: lambda refusal, zone: over_quota_text(refusal),
    RefusalCode.LEFT_TO_OTHERS: _left_to_others,
    RefusalCode.DATES_OVERLAP: _dates_overlap,
    RefusalCode.TOO_MANY_OPEN: _too_many_open,
    RefusalCode.TOO_MANY_HELD_DAYS: _too_many_held_days,
    RefusalCode.TOO_MANY_DATES: _too_many_dates,
    RefusalCode.TOO_MANY_OCCUPANCIES: _too_many_occupancies,
}
