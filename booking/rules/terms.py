"""The terms on which a facility can be requested, and one requested date."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from booking.rules.addresses import web_address
from booking.rules.deadlines import Deadlines, first_day_in_time
from booking.rules.opening import (
    ONE_DAY,
    OpeningHours,
    Unit,
    by_weeks,
    day_starts_at,
    local_day,
    open_days,
)
from booking.rules.refusals import Param, Refusal, RefusalCode
from booking.rules.slots import OPEN_END, Slot, merge
from booking.rules.term_declarations import (
    Term,
    TermGroup,
    TermPage,
    TermRule,
    choice,
    flag,
    number,
    terms_in,
    text,
    time_of_day,
)

FARTHEST_DAYS = 3660
"""Nobody asks for more than ten years ahead, whatever a facility states or leaves open."""

LONGEST_DAYS = 400
"""No date lasts longer, whatever a facility leaves open: who shuts it for years closes it."""

MOST_WAITING_LIST_DAYS = 10
"""For so many working days what becomes free may be held for who waits for it."""

MOST_UNITS = {Unit.HOUR: LONGEST_DAYS * 24, Unit.HALF_DAY: LONGEST_DAYS * 2, Unit.DAY: LONGEST_DAYS}
"""How many units the longest possible date has."""

_LOOK_DAYS = 60
_DAY_MINUTES = 24 * 60


class BookingMode(StrEnum):
    """Where a facility is booked: here, here but without drawn times, or on another site."""

    HERE = "here"
    BY_AGREEMENT = "by_agreement"
    ELSEWHERE = "elsewhere"


class AutomaticFor(StrEnum):
    """Whose requests a facility may confirm by itself."""

    NOBODY = "nobody"
    OWN_CLUSTER = "own_cluster"  # organisations whose home cluster is the owner's
    NAMED = "named"  # organisations that the owner names
    EVERYONE = "everyone"


@dataclass(frozen=True)
class RequestedDate:
    """One date that somebody requests; `people` None is not stated."""

    slot: Slot
    places: int
    whole: bool
    people: int | None


def _too_many_people(limit: int, requested: RequestedDate) -> dict[str, Param] | None:
    if requested.people is None or requested.people <= limit:
        return None
    return {"limit": limit, "asked": requested.people}


@dataclass(frozen=True, kw_only=True)
class BookingTerms:
    """The terms on which a facility can be requested, each declared here once.

    What holds is the facility's own value, else the nearest above it, else a demo value, else the
    default; None is "not stated" and never a no. `minimum_units` and `maximum_units` count in
    `unit`. `horizon_days` counts from today. `pending_holds`: a requested date already
    holds its places. `most_open_requests` and `most_held_days` bound what one organisation may have
    there before it is decided (see `rules.open_limits`). `waiting_list_days`: for so many
    working days what becomes free is held for who waits for it; None: there is no waiting list (see
    `rules.waiting_list`). `late_asking` lets people send requests
    inside the lead time, which then is no rule. `half_day_time` (wall time) separates morning and
    afternoon. `allows_shared` and `allows_exclusive`: places, and all of it, may be requested.
    `automatic_for`: whose requests are confirmed at once, if no date is longer than
    `automatic_maximum_units` and each begins `automatic_notice_days` from today or later (see
    `rules.automatic_confirmation`). `fair_share_percent`: of the open hours of a month.
    `elsewhere_url`: an address that may be linked.

    Raises:
        ValueError: a step of less than one minute.
    """

    zone: ZoneInfo
    hours: OpeningHours
    status: str
    has_deciders: bool

    unit: Unit = choice(Unit.HOUR, group=TermGroup.SENDING)
    pending_holds: bool = flag(group=TermGroup.SENDING)
    most_open_requests: int | None = number(1, 1000, default=20, group=TermGroup.SENDING)
    most_held_days: int | None = number(1, FARTHEST_DAYS, default=60, group=TermGroup.SENDING)
    waiting_list_days: int | None = number(1, MOST_WAITING_LIST_DAYS, group=TermGroup.SENDING)
    minimum_units: int | None = number(1, max(MOST_UNITS.values()), group=TermGroup.LENGTH)
    maximum_units: int | None = number(1, max(MOST_UNITS.values()), group=TermGroup.LENGTH)
    step_minutes: int = number(
        1, _DAY_MINUTES, default=30, group=TermGroup.LENGTH, only_for=Unit.HOUR
    )
    half_day_time: time = time_of_day(time(12, 30), group=TermGroup.LENGTH, only_for=Unit.HALF_DAY)
    lead_time_days: int | None = number(0, FARTHEST_DAYS, group=TermGroup.WHEN)
    late_asking: bool = flag(group=TermGroup.WHEN)
    horizon_days: int | None = number(1, FARTHEST_DAYS, group=TermGroup.WHEN)
    place_word: str | None = text(40, inherited=False)
    allows_shared: bool = flag(default=True, inherited=False)
    allows_exclusive: bool = flag(default=True, inherited=False)
    people_limit: int | None = number(
        1,
        100_000,
        group=TermGroup.ROOM,
        rule=TermRule(RefusalCode.TOO_MANY_PEOPLE, _too_many_people, about_people=True),
    )
    setup_minutes: int = number(0, _DAY_MINUTES, default=0, group=TermGroup.AROUND)
    cleanup_minutes: int = number(0, _DAY_MINUTES, default=0, group=TermGroup.AROUND)
    automatic_for: AutomaticFor = choice(AutomaticFor.NOBODY, group=TermGroup.AUTOMATIC)
    automatic_maximum_units: int | None = number(
        1, max(MOST_UNITS.values()), group=TermGroup.AUTOMATIC
    )
    automatic_notice_days: int | None = number(0, FARTHEST_DAYS, group=TermGroup.AUTOMATIC)
    fair_share_percent: int | None = number(1, 100, page=TermPage.QUOTAS)
    mode: BookingMode = choice(BookingMode.HERE, page=TermPage.HOURS)
    elsewhere_url: str | None = text(300, read=web_address, page=TermPage.HOURS)
    opens_on_holidays: bool = flag(page=TermPage.HOURS)

    def __post_init__(self) -> None:
        if self.step_minutes < 1:
            raise ValueError("the step is at least one minute")


#: All terms, in the order of the owners' pages.
TERMS = terms_in(BookingTerms)
_BY_NAME = {term.name: term for term in TERMS}
_RULES = tuple((term.name, term.rule) for term in TERMS if term.rule is not None)

#: What is refused because of how many people come.
PEOPLE_CODES = {RefusalCode.NO_PEOPLE, *(rule.code for _, rule in _RULES if rule.about_people)}


def term_named(name: str) -> Term:
    """Return the declaration of a term."""
    return _BY_NAME[name]


def terms_in_group(group: TermGroup) -> tuple[Term, ...]:
    """Return the terms with a field and a line in this group of the owners' page."""
    return tuple(term for term in TERMS if term.group is group)


def broken_terms(rules: BookingTerms, requested: RequestedDate) -> list[Refusal]:
    """Return a refusal for each term whose own rule the date breaks, in the order of the terms."""
    found = []
    for name, rule in _RULES:
        value = getattr(rules, name)
        params = None if value is None else rule.broken_by(value, requested)
        if params is not None:
            found.append(Refusal(rule.code, params))
    return found


# What the terms that have nothing to do with dates are taken for.
_APART_FROM_DATES: dict[str, Any] = {
    "automatic_for": AutomaticFor.NOBODY,
    "automatic_maximum_units": None,
    "automatic_notice_days": None,
    "elsewhere_url": None,
    "fair_share_percent": None,
    "most_held_days": None,
    "most_open_requests": None,
    "opens_on_holidays": False,  # it is in the hours
    "pending_holds": False,
    "people_limit": None,
    "place_word": None,
    "waiting_list_days": None,
}


_OF_DATES = attrgetter(
    *(one.name for one in fields(BookingTerms) if one.name not in {"status", *_APART_FROM_DATES})
)


def what_dates_follow_from(rules: BookingTerms) -> Hashable:
    """Return what is equal for terms whose `terms_of_dates` are."""
    return _OF_DATES(rules), None if status_allows(rules.status) else rules.status


def terms_of_dates(rules: BookingTerms) -> BookingTerms:
    """Return the terms as far as they say which dates there are.

    Facilities that differ in nothing else, such as in how many people they take, have equal ones,
    and with the same places taken the same free times.
    """
    status = rules.status if not status_allows(rules.status) else _ANY_OPEN
    return replace(rules, status=status, **_APART_FROM_DATES)


@dataclass(frozen=True)
class Reach:
    """The stretch of time that can be requested now, in UTC."""

    from_at: datetime
    until_at: datetime

    def clip(self, starts_at: datetime, ends_at: datetime) -> Slot | None:
        """Return the part of the stretch that is within reach, or None."""
        starts_at = max(starts_at, self.from_at)
        ends_at = min(ends_at, self.until_at)
        return Slot(starts_at, ends_at) if starts_at < ends_at else None


_ANY_OPEN = "open"
CLOSED = "closed"
"""The status of a facility that is closed for good."""


def status_allows(status: str) -> bool:
    """Return whether a facility of this status can be requested: all but closed and planned."""
    return status != CLOSED and not status.startswith("planned")


def can_be_requested(rules: BookingTerms) -> bool:
    """Return whether a facility can be requested here at all, whatever the dates."""
    return (
        rules.mode is not BookingMode.ELSEWHERE
        and rules.has_deciders
        and status_allows(rules.status)
    )


# A page asks for it for each of hundreds of facilities in a few zones.
_today = lru_cache(maxsize=64)(local_day)


def lead_day(rules: BookingTerms, now: datetime) -> date:
    """Return today plus the lead time in the facility's zone: 24 Nov and 45 days give 8 Jan."""
    return _today(now, rules.zone) + ONE_DAY * (rules.lead_time_days or 0)


# A page asks for each of hundreds of facilities of a few clusters.
@lru_cache(maxsize=256)
def in_time_at(deadlines: Deadlines, now: datetime) -> datetime:
    """Return the first instant (UTC) at which a date, sent now, is not due already."""
    return day_starts_at(deadlines.zone, first_day_in_time(now, deadlines))


def earliest_day(rules: BookingTerms, deadlines: Deadlines, now: datetime) -> date:
    """Return the first local day of the facility on which a date requested now may start.

    Lead time and the day on which it would be due already are counted; opening and what is
    taken are not. By agreement it is today.
    """
    return local_day(reach(rules, deadlines, now).from_at, rules.zone)


def earliest_open_day(rules: BookingTerms, deadlines: Deadlines, now: datetime) -> date:
    """Return the first day from the earliest on with any opening, of the next 60 days.

    Closures and what is taken are not counted. Without any opening it is the earliest day.
    """
    earliest = earliest_day(rules, deadlines, now)
    for first, last in by_weeks(earliest, earliest + ONE_DAY * _LOOK_DAYS):
        for one in open_days(rules.hours, rules.zone, first, last):
            if one.slots:
                return one.day
    return earliest


def latest_day(rules: BookingTerms, now: datetime) -> date | None:
    """Return the last local day of the facility that can be requested, None if not stated."""
    if rules.horizon_days is None:
        return None
    return _today(now, rules.zone) + ONE_DAY * min(rules.horizon_days, FARTHEST_DAYS)


def horizon_at(rules: BookingTerms, now: datetime) -> datetime | None:
    """Return the end (UTC) of the latest day, None if not stated.

    It is midnight, or the last closing of an opening that begins on the latest day.
    """
    latest = latest_day(rules, now)
    return None if latest is None else _closes_at(rules.hours, rules.zone, latest)


@lru_cache(maxsize=1024)
def _closes_at(hours: OpeningHours, zone: ZoneInfo, on: date) -> datetime:
    midnight = day_starts_at(zone, on + ONE_DAY)
    (day,) = open_days(hours, zone, on, on)
    return max(midnight, day.slots[-1].ends_at) if day.slots else midnight


def reach(
    rules: BookingTerms,
    deadlines: Deadlines,
    now: datetime,
    ignore: frozenset[RefusalCode] = frozenset(),
) -> Reach:
    """Return the stretch of time in which a date must be to be requested now.

    `ignore` may lift TOO_LATE, DUE_ALREADY and BEYOND_HORIZON. By agreement there is no lead
    time, and a date that is due already may still be agreed.
    """
    bounds = [now.astimezone(UTC)]
    if rules.mode is not BookingMode.BY_AGREEMENT:
        if RefusalCode.TOO_LATE not in ignore and rules.lead_time_days and not rules.late_asking:
            bounds.append(day_starts_at(rules.zone, lead_day(rules, now)))
        if RefusalCode.DUE_ALREADY not in ignore:
            bounds.append(in_time_at(deadlines, now))
    until_at = farthest_at(now)
    horizon = None if RefusalCode.BEYOND_HORIZON in ignore else horizon_at(rules, now)
    return Reach(max(bounds), until_at if horizon is None else min(horizon, until_at))


def closed_throughout(rules: BookingTerms, within: Reach, closures: Sequence[Slot]) -> bool:
    """Return whether an open-ended closure covers all open time that could be requested.

    `closures` are the closed slots; those without an end end at `OPEN_END`.
    """
    last = merge(closures)[-1:]
    if not last or last[0].ends_at < OPEN_END:
        return False
    closes_at = last[0].starts_at
    if closes_at <= within.from_at:
        return True
    if rules.mode is BookingMode.BY_AGREEMENT or closes_at > within.from_at + ONE_DAY * _LOOK_DAYS:
        return False
    first = local_day(within.from_at, rules.zone) - ONE_DAY
    days = open_days(rules.hours, rules.zone, first, local_day(closes_at, rules.zone))
    before = Slot(within.from_at, closes_at)
    return not any(slot.overlaps(before) for day in days for slot in day.slots)


def farthest_at(now: datetime) -> datetime:
    """Return the instant beyond which nothing is worked out, not even for an approver."""
    return now.astimezone(UTC) + ONE_DAY * FARTHEST_DAYS
