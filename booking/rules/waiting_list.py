"""The waiting list of a facility: which dates may wait, until when, and how long a turn lasts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from booking.rules.deadlines import Deadlines, add_working_days, proposal_lapses_at
from booking.rules.grid import last_on_grid
from booking.rules.opening import Unit, day_starts_at, local_day
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode, BookingTerms

_HOUR = timedelta(hours=1)


def has_waiting_list(rules: BookingTerms) -> bool:
    """Return whether dates may wait for free time here."""
    return rules.waiting_list_days is not None


def dates_that_may_wait(rules: BookingTerms, refusals: Sequence[Refusal]) -> frozenset[int]:
    """Return the indexes of the dates that may wait: those that others have taken.

    None may as soon as anything else is wrong with the request, or somebody's own bookings are in
    the way.
    """
    return taken_dates(refusals) if has_waiting_list(rules) else frozenset()


def taken_dates(refusals: Sequence[Refusal]) -> frozenset[int]:
    """Return the indexes of the dates that others have taken; none if anything else is wrong."""
    found = set()
    for refusal in refusals:
        if refusal.code is not RefusalCode.TAKEN or refusal.date_index is None:
            return frozenset()
        if "own" in refusal.params:
            return frozenset()
        found.add(refusal.date_index)
    return frozenset(found)


def date_over(rules: BookingTerms, taken: Slot) -> Slot:
    """Return a date that is about as long as this taken time, as a form is filled with it.

    By the hour it is on the grid, and no shorter or longer than dates may be; it begins before
    `taken` if the grid says so. Else it is `taken`.
    """
    if rules.unit is not Unit.HOUR:
        return taken
    step = timedelta(minutes=rules.step_minutes)
    starts_at = last_on_grid(taken.starts_at, rules.zone, rules.step_minutes)
    steps = max(
        -(-(taken.ends_at - starts_at) // step), -(-_HOUR * (rules.minimum_units or 0) // step)
    )
    if rules.maximum_units is not None:
        steps = min(steps, _HOUR * rules.maximum_units // step)
    return Slot(starts_at, starts_at + max(steps, 1) * step)


def waits_until(rules: BookingTerms, slot: Slot, now: datetime) -> datetime:
    """Return the UTC instant at which a date that begins to wait now stops waiting.

    That is when its notice begins, so that nobody could request it any more. Where that is over,
    as the owner put it on the list, or there is no notice, it is its start.
    """
    if rules.mode is BookingMode.BY_AGREEMENT or rules.late_asking or not rules.lead_time_days:
        return slot.starts_at
    last_day = local_day(slot.starts_at, rules.zone) - timedelta(days=rules.lead_time_days)
    notice_begins = day_starts_at(rules.zone, last_day + timedelta(days=1))
    return min(notice_begins, slot.starts_at) if notice_begins > now else slot.starts_at


def turn_ends_at(
    rules: BookingTerms, slot: Slot, now: datetime, deadlines: Deadlines
) -> datetime | None:
    """Return until when (UTC) a date that has become free now is held for who waited for it.

    It is 18:00 of the last working day of the turn, at the latest its start. None: there is no
    waiting list any more, or no time left to answer.
    """
    if rules.waiting_list_days is None:
        return None
    today = local_day(now, deadlines.zone)
    until = add_working_days(today, rules.waiting_list_days, deadlines.holidays)
    ends_at = proposal_lapses_at(until, slot.starts_at, deadlines)
    return ends_at if ends_at > now else None
