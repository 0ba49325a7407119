"""The terms of a facility for its owners: what holds, where it comes from, what it means."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext, ngettext

from booking.facilities.effective_terms import Origin
from booking.manage.queries import Managed
from booking.manage.terms import meaning as means
from booking.rules.opening import Unit
from booking.rules.terms import BookingMode, BookingTerms
from booking.rules.visibility import CalendarLevel
from booking.wording import formats
from booking.wording.words import unit_word

Words = Callable[[Managed, datetime], str]


@dataclass(frozen=True)
class TermLine:
    """One rule: what it is called, what holds, from where, and what that means for a partner.

    `value` None is not stated. `source` None: the facility states it itself.
    """

    name: str
    label: str
    value: str | None
    source: str | None
    is_demo: bool
    meaning: str


@dataclass(frozen=True)
class TermGroup:
    """Rules that belong together."""

    title: str
    lines: Sequence[TermLine]


def groups_of_terms(managed: Managed, now: datetime) -> list[TermGroup]:
    """Return all rules of a facility but its hours and where it is booked, in groups."""
    named = (
        (gettext("How one asks"), ("unit", "pending_holds")),
        (gettext("How long"), _length_names(managed.effective.rules)),
        (gettext("When"), ("lead_time_days", "late_asking", "horizon_days")),
        (gettext("Room"), ("places", "extent", "people_limit")),
        (gettext("Around each date"), ("setup_minutes", "cleanup_minutes")),
    )
    return [
        TermGroup(title, [term_line(managed, name, now) for name in names])
        for title, names in named
    ]


def _length_names(rules: BookingTerms) -> tuple[str, ...]:
    names = ("minimum_units", "maximum_units")
    if rules.unit is Unit.HOUR:
        return (*names, "step_minutes")
    return (*names, "half_day_time") if rules.unit is Unit.HALF_DAY else names


def term_line(managed: Managed, name: str, now: datetime) -> TermLine:
    """Return one rule in words."""
    label, value, meaning = _WORDS[name]
    origin = managed.effective.origins.get(name, Origin.OWN)
    return TermLine(
        name=name,
        label=label(),
        value=value(managed),
        source=source_of(managed, name),
        is_demo=origin is Origin.DEMO,
        meaning=meaning(managed, now),
    )


def source_of(managed: Managed, name: str) -> str | None:
    """Return where a rule comes from, in words; None: the facility states it, or it is demo."""
    above = managed.from_where(name) if name in managed.effective.origins else None
    return gettext("as %(facility)s", facility=above) if above else None


def _minutes(number: int) -> str | None:
    return formats.duration(timedelta(minutes=number)) if number else None


def _days(number: int | None) -> str | None:
    return None if number is None else ngettext("%(num)d day", "%(num)d days", number)


def _units(number: int | None, rules: BookingTerms) -> str | None:
    return None if number is None else formats.units(number, rules.unit)


MODES = {
    BookingMode.HERE: lambda: gettext("here"),
    BookingMode.BY_AGREEMENT: lambda: gettext("by agreement"),
    BookingMode.ELSEWHERE: lambda: gettext("on another site"),
}


def holds_word(holds: bool) -> str:
    """Return what happens to the places of a date that is asked for."""
    return gettext("the place is kept") if holds else gettext("several may compete")


def late_word(late: bool) -> str:
    """Return whether one may ask inside the lead time."""
    return gettext("allowed") if late else gettext("not allowed")


def _places(managed: Managed) -> str:
    number, word = managed.own_places, managed.facility.place_word
    if word:
        return gettext("%(number)s (%(word)s)", number=number, word=word)
    return ngettext("room for %(num)s group", "room for %(num)s groups", number)


def extent_word(allows_shared: bool, allows_exclusive: bool) -> str:
    """Return how much of a facility can be asked for."""
    if allows_shared and allows_exclusive:
        return gettext("a part of it, or all of it")
    return gettext("only all of it") if allows_exclusive else gettext("only a part of it")


def _rules(managed: Managed) -> BookingTerms:
    return managed.effective.rules


def _people_value(managed: Managed) -> str | None:
    limit = _rules(managed).people_limit
    return None if limit is None else ngettext("%(num)s person", "%(num)s people", limit)


# By name: what the rule is called, what holds (None: not stated), what it means for a partner.
_WORDS: dict[str, tuple[Callable[[], str], Callable[[Managed], str | None], Words]] = {
    "mode": (
        lambda: gettext("Where it is booked"),
        lambda m: MODES[_rules(m).mode](),
        means.mode,
    ),
    "unit": (
        lambda: gettext("Asked for"),
        lambda m: unit_word(_rules(m).unit),
        means.unit,
    ),
    "pending_holds": (
        lambda: gettext("While a request waits"),
        lambda m: holds_word(m.effective.pending_holds),
        means.holds,
    ),
    "minimum_units": (
        lambda: gettext("Shortest"),
        lambda m: _units(_rules(m).minimum_units, _rules(m)),
        means.minimum,
    ),
    "maximum_units": (
        lambda: gettext("Longest"),
        lambda m: _units(_rules(m).maximum_units, _rules(m)),
        means.maximum,
    ),
    "step_minutes": (
        lambda: gettext("Step"),
        lambda m: _minutes(_rules(m).step_minutes),
        means.step,
    ),
    "half_day_time": (
        lambda: gettext("Half days part at"),
        lambda m: formats.clock_time(_rules(m).half_day_time),
        means.half_day,
    ),
    "lead_time_days": (
        lambda: gettext("Lead time"),
        lambda m: _days(_rules(m).lead_time_days),
        means.lead,
    ),
    "late_asking": (
        lambda: gettext("Asking inside the lead time"),
        lambda m: late_word(_rules(m).late_asking),
        means.late,
    ),
    "horizon_days": (
        lambda: gettext("Horizon"),
        lambda m: _days(_rules(m).horizon_days),
        means.horizon,
    ),
    "places": (lambda: gettext("Places"), _places, means.places),
    "extent": (
        lambda: gettext("Can be asked for"),
        lambda m: extent_word(m.facility.allows_shared, m.facility.allows_exclusive),
        means.extent,
    ),
    "people_limit": (lambda: gettext("People"), _people_value, means.people),
    "setup_minutes": (
        lambda: gettext("Set-up"),
        lambda m: _minutes(_rules(m).setup_minutes) or gettext("none"),
        means.setup,
    ),
    "cleanup_minutes": (
        lambda: gettext("Clean-up"),
        lambda m: _minutes(_rules(m).cleanup_minutes) or gettext("none"),
        means.cleanup,
    ),
}


def visibility_lines(managed: Managed) -> list[tuple[str, str]]:
    """Return for each audience what it sees of the calendar, as pairs of audience and words."""
    facility = managed.facility
    return [
        (gettext("Everybody"), level_word(facility.sees_public)),
        (gettext("Who is signed in"), level_word(facility.sees_signed_in)),
        (gettext("The own cluster"), level_word(facility.sees_own_cluster)),
    ]


def level_word(level: str) -> str:
    """Return what is seen of a calendar."""
    if CalendarLevel(level) is CalendarLevel.BUSY:
        return gettext("sees when it is busy and free")
    return gettext("sees nothing and asks for dates")
