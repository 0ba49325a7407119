"""The words for the terms of a facility: for its owners, and in short for partners."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from booking.rules.opening import ONE_DAY, Unit, local_day, merged_openings, open_days
from booking.rules.refusals import RefusalCode
from booking.rules.term_declarations import TermGroup
from booking.rules.terms import (
    LONGEST_DAYS,
    TERMS,
    AutomaticFor,
    BookingMode,
    BookingTerms,
    latest_day,
    lead_day,
)
from booking.rules.waiting_list import has_waiting_list
from booking.wording import formats
from booking.wording.translator import gettext, lazy_gettext, ngettext
from booking.wording.words import unit_word

_LOOK_AHEAD_DAYS = 28


@dataclass(frozen=True)
class TermWords:
    """The words for one term; texts that are not worked out are lazy.

    `value` writes a value that somebody states, given the terms that hold. `meaning` says in a
    sentence what the terms that hold mean for a partner, given the time now. `field_label` is shown
    at the field in which it is set; None: as `label`. `empty` says what an empty field means where
    nobody states anything and there is no default; None: "not stated".

    If the term can refuse a date: `refusal` says to the requester what is wrong, with its numbers
    and what to do; `broken` names it to deciders, `broken_text` with its numbers.
    """

    label: Any
    value: Callable[[Any, BookingTerms], str]
    meaning: Callable[[BookingTerms, datetime], str]
    field_label: Any = None
    empty: Any = None
    refusal: Callable[[Mapping[str, Any]], str] | None = None
    broken: Any = None
    broken_text: Callable[[Mapping[str, Any]], str] | None = None


@dataclass(frozen=True)
class GroupWords:
    """The title of a group of terms, and a line that holds for all of its fields; both lazy."""

    title: Any
    hint: Any = None


GROUP_WORDS: dict[TermGroup, GroupWords] = {
    TermGroup.SENDING: GroupWords(lazy_gettext("Request rules")),
    TermGroup.LENGTH: GroupWords(
        lazy_gettext("Length"),
        lazy_gettext("Counted in the unit of booking: hours, half days or days."),
    ),
    TermGroup.WHEN: GroupWords(lazy_gettext("When")),
    TermGroup.ROOM: GroupWords(lazy_gettext("Room")),
    TermGroup.AROUND: GroupWords(lazy_gettext("Around each date")),
    TermGroup.AUTOMATIC: GroupWords(
        lazy_gettext("Confirm at once"),
        lazy_gettext(
            "Requests without hazards that keep to all rules, if nobody else is waiting for the "
            "time. You decide on all others."
        ),
    ),
}


def _units_value(value: int, rules: BookingTerms) -> str:
    return formats.units(value, rules.unit)


def _days_value(value: int, rules: BookingTerms) -> str:
    return ngettext("%(num)d day", "%(num)d days", value)


def _minutes_value(value: int, rules: BookingTerms) -> str:
    return formats.duration(timedelta(minutes=value)) if value else gettext("none")


def _mode_value(value: str, rules: BookingTerms) -> str:
    return {
        BookingMode.HERE: lambda: gettext("here"),
        BookingMode.BY_AGREEMENT: lambda: gettext("by agreement"),
        BookingMode.ELSEWHERE: lambda: gettext("on another site"),
    }[BookingMode(value)]()


def _mode_meaning(rules: BookingTerms, now: datetime) -> str:
    return {
        BookingMode.HERE: lambda: gettext("Partners see when it is free and request dates here."),
        BookingMode.BY_AGREEMENT: lambda: gettext(
            "Partners see no free times. They propose dates here."
        ),
        BookingMode.ELSEWHERE: lambda: gettext(
            "Partners cannot request it here. A link takes them to its own site."
        ),
    }[rules.mode]()


def _unit_meaning(rules: BookingTerms, now: datetime) -> str:
    return {
        Unit.HOUR: lambda: gettext("Partners choose a start and an end while it is open."),
        Unit.HALF_DAY: lambda: gettext("Partners choose a first and a last half day."),
        Unit.DAY: lambda: gettext("Partners choose a first and a last day."),
    }[rules.unit]()


def _holds_meaning(rules: BookingTerms, now: datetime) -> str:
    if rules.pending_holds:
        return gettext(
            "The first request holds the place until you decide or the request expires. "
            "Others see it as busy."
        )
    return gettext(
        "Others still see the time as free and can request it too, until you confirm one request."
    )


def _open_requests_meaning(rules: BookingTerms, now: datetime) -> str:
    return ngettext(
        "One organisation can have %(num)s request here that waits for a decision.",
        "One organisation can have %(num)s requests here that wait for a decision.",
        rules.most_open_requests or 0,
    )


def _held_days_meaning(rules: BookingTerms, now: datetime) -> str:
    if not rules.pending_holds:
        return gettext("Requests hold no places here before you confirm them.")
    return ngettext(
        "Open requests of one organisation can hold it on %(num)s day.",
        "Open requests of one organisation can hold it on %(num)s days.",
        rules.most_held_days or 0,
    )


def _waiting_list_meaning(rules: BookingTerms, now: datetime) -> str:
    if rules.waiting_list_days is None:
        return gettext("Nobody can wait for taken times.")
    return ngettext(
        "Whoever finds a time taken can wait for it. When it becomes free, whoever sent their "
        "request first gets it proposed, held for %(num)s working day, and books it by accepting, "
        "without a further decision by you.",
        "Whoever finds a time taken can wait for it. When it becomes free, whoever sent their "
        "request first gets it proposed, held for %(num)s working days, and books it by "
        "accepting, without a further decision by you.",
        rules.waiting_list_days,
    )


def _shortest_meaning(rules: BookingTerms, now: datetime) -> str:
    if rules.minimum_units is None:
        return gettext("Partners can request dates of any length.")
    if _is_never_open_so_long(rules, rules.minimum_units, now):
        return gettext(
            "It is never open for %(length)s at a time, so nobody can request it.",
            length=formats.units(rules.minimum_units, rules.unit),
        )
    return gettext(
        "Partners request %(length)s or more at a time.",
        length=formats.units(rules.minimum_units, rules.unit),
    )


def _is_never_open_so_long(rules: BookingTerms, hours: int, now: datetime) -> bool:
    """Return whether no opening in the next weeks is long enough for a date by the hour."""
    if rules.unit is not Unit.HOUR or rules.mode is not BookingMode.HERE:
        return False
    today = local_day(now, rules.zone)
    days = open_days(rules.hours, rules.zone, today, today + ONE_DAY * _LOOK_AHEAD_DAYS)
    longest = max((slot.duration for slot in merged_openings(days)), default=None)
    return longest is not None and longest < timedelta(hours=hours)


def _longest_meaning(rules: BookingTerms, now: datetime) -> str:
    if rules.maximum_units is None:
        return gettext(
            "Partners can request up to %(days)s days at a time, within the opening hours.",
            days=LONGEST_DAYS,
        )
    return gettext(
        "Partners request %(length)s or less at a time.",
        length=formats.units(rules.maximum_units, rules.unit),
    )


def _step_meaning(rules: BookingTerms, now: datetime) -> str:
    step = rules.step_minutes
    if rules.unit is not Unit.HOUR:
        return gettext("Only applies to booking by the hour.")
    return gettext(
        "Dates start and end every %(step)s from the full hour.",
        step=formats.duration(timedelta(minutes=step)),
    )


def _half_day_meaning(rules: BookingTerms, now: datetime) -> str:
    if rules.unit is not Unit.HALF_DAY:
        return gettext("Only applies to booking by the half day.")
    return gettext(
        "The morning ends and the afternoon starts at %(time)s.",
        time=formats.clock_time(rules.half_day_time),
    )


def _lead_meaning(rules: BookingTerms, now: datetime) -> str:
    if not rules.lead_time_days:
        return gettext("Partners can send a request as long as you can still answer in time.")
    day = formats.day(lead_day(rules, now))
    if rules.late_asking:
        return ngettext(
            "Partners should give %(num)s day's notice: from today that is %(day)s.",
            "Partners should give %(num)s days' notice: from today that is %(day)s.",
            rules.lead_time_days,
            day=day,
        )
    return ngettext(
        "Partners must give at least %(num)s day's notice: from today that is %(day)s.",
        "Partners must give at least %(num)s days' notice: from today that is %(day)s.",
        rules.lead_time_days,
        day=day,
    )


def _late_meaning(rules: BookingTerms, now: datetime) -> str:
    if not rules.lead_time_days:
        return gettext("There is no notice period.")
    if rules.late_asking:
        return gettext(
            "Partners can also request at shorter notice; the notice is only a preference."
        )
    return gettext(
        "Days before %(day)s are shown as “notice too short”.",
        day=formats.day(lead_day(rules, now)),
    )


def _horizon_meaning(rules: BookingTerms, now: datetime) -> str:
    latest = latest_day(rules, now)
    if latest is None:
        return gettext("Partners can request any day in the next ten years.")
    return gettext("Partners can request days up to %(day)s.", day=formats.day(latest))


def _setup_meaning(rules: BookingTerms, now: datetime) -> str:
    minutes = rules.setup_minutes
    if not minutes:
        return gettext("No time is kept free before a date.")
    return gettext(
        "%(length)s before each date are kept free and shown to others as busy.",
        length=formats.duration(timedelta(minutes=minutes)),
    )


def _cleanup_meaning(rules: BookingTerms, now: datetime) -> str:
    minutes = rules.cleanup_minutes
    if not minutes:
        return gettext("No time is kept free after a date.")
    return gettext(
        "%(length)s after each date are kept free and shown to others as busy.",
        length=formats.duration(timedelta(minutes=minutes)),
    )


def _people_meaning(rules: BookingTerms, now: datetime) -> str:
    limit = rules.people_limit
    if limit is None:
        return gettext("Partners can bring any number of people.")
    return ngettext(
        "Partners can bring %(num)s person at most.",
        "Partners can bring %(num)s people at most.",
        limit,
    )


def automatic_for_word(value: str) -> str:
    """Return whose requests are confirmed at once."""
    return {
        AutomaticFor.NOBODY: lambda: gettext("nobody"),
        AutomaticFor.OWN_CLUSTER: lambda: gettext("organisations of the own cluster"),
        AutomaticFor.NAMED: lambda: gettext("named organisations"),
        AutomaticFor.EVERYONE: lambda: gettext("everyone"),
    }[AutomaticFor(value)]()


def _automatic_meaning(rules: BookingTerms, now: datetime) -> str:
    if rules.automatic_for is AutomaticFor.NOBODY:
        return gettext("You decide on every request.")
    if rules.mode is not BookingMode.HERE:
        return gettext("Only applies where partners see free times and request dates here.")
    return gettext("Their requests are confirmed as soon as they send them. You get an update.")


def _automatic_length_meaning(rules: BookingTerms, now: datetime) -> str:
    if rules.automatic_maximum_units is None:
        return gettext("Dates of any length are confirmed at once.")
    return gettext(
        "You decide on dates longer than %(length)s.",
        length=formats.units(rules.automatic_maximum_units, rules.unit),
    )


def _automatic_notice_meaning(rules: BookingTerms, now: datetime) -> str:
    if not rules.automatic_notice_days:
        return gettext("Dates are confirmed at once however soon they are.")
    first = local_day(now, rules.zone) + ONE_DAY * rules.automatic_notice_days
    return gettext("You decide on dates before %(day)s.", day=formats.day(first))


def _fair_share_meaning(rules: BookingTerms, now: datetime) -> str:
    if rules.fair_share_percent is None:
        return gettext("Nobody is warned, however much one organisation books.")
    return gettext(
        "An organisation that would use more than %(percent)s %% of the open hours of a "
        "month is warned, and so are you. Nothing is refused.",
        percent=rules.fair_share_percent,
    )


#: By the name of the term; those that the owners' pages show in words of their own are left out.
TERM_WORDS: dict[str, TermWords] = {
    "mode": TermWords(lazy_gettext("Where it is booked"), _mode_value, _mode_meaning),
    "unit": TermWords(
        lazy_gettext("Booked by"), lambda value, rules: unit_word(value), _unit_meaning
    ),
    "pending_holds": TermWords(
        lazy_gettext("While a request is open"),
        lambda value, rules: (
            gettext("the place is kept") if value else gettext("several can compete")
        ),
        _holds_meaning,
    ),
    "most_open_requests": TermWords(
        lazy_gettext("Open requests per organisation"),
        lambda value, rules: gettext("at most %(number)s", number=value),
        _open_requests_meaning,
    ),
    "most_held_days": TermWords(
        lazy_gettext("Days held by open requests per organisation"),
        lambda value, rules: ngettext("at most %(num)s day", "at most %(num)s days", value),
        _held_days_meaning,
    ),
    "waiting_list_days": TermWords(
        lazy_gettext("Waiting list"),
        lambda value, rules: ngettext(
            "held for %(num)s working day", "held for %(num)s working days", value
        ),
        _waiting_list_meaning,
        field_label=lazy_gettext("Waiting list: working days for which a proposal is held"),
        empty=lazy_gettext("Empty: no waiting list, and what waits ends."),
    ),
    "minimum_units": TermWords(lazy_gettext("Shortest"), _units_value, _shortest_meaning),
    "maximum_units": TermWords(lazy_gettext("Longest"), _units_value, _longest_meaning),
    "step_minutes": TermWords(
        lazy_gettext("Step"),
        _minutes_value,
        _step_meaning,
        field_label=lazy_gettext("Step, in minutes"),
    ),
    "half_day_time": TermWords(
        lazy_gettext("Half-day boundary"),
        lambda value, rules: formats.clock_time(value),
        _half_day_meaning,
    ),
    "lead_time_days": TermWords(
        lazy_gettext("Notice"),
        _days_value,
        _lead_meaning,
        field_label=lazy_gettext("Notice, in days"),
    ),
    "late_asking": TermWords(
        lazy_gettext("Requests at shorter notice"),
        lambda value, rules: gettext("allowed") if value else gettext("not allowed"),
        _late_meaning,
    ),
    "horizon_days": TermWords(
        lazy_gettext("Booking window"),
        _days_value,
        _horizon_meaning,
        field_label=lazy_gettext("Booking window, in days"),
    ),
    "people_limit": TermWords(
        lazy_gettext("People"),
        lambda value, rules: ngettext("%(num)s person", "%(num)s people", value),
        _people_meaning,
        field_label=lazy_gettext("Maximum number of people"),
        refusal=lambda params: ngettext(
            "Too many people: at most %(num)s; you requested %(asked)s.",
            "Too many people: at most %(num)s; you requested %(asked)s.",
            params["limit"],
            asked=params["asked"],
        ),
        broken=lazy_gettext("too many people"),
        broken_text=lambda params: gettext(
            "%(asked)s people; at most %(limit)s allowed",
            asked=params["asked"],
            limit=params["limit"],
        ),
    ),
    "setup_minutes": TermWords(
        lazy_gettext("Set-up"),
        _minutes_value,
        _setup_meaning,
        field_label=lazy_gettext("Set-up, in minutes"),
    ),
    "cleanup_minutes": TermWords(
        lazy_gettext("Clean-up"),
        _minutes_value,
        _cleanup_meaning,
        field_label=lazy_gettext("Clean-up, in minutes"),
    ),
    "automatic_for": TermWords(
        lazy_gettext("For whom"),
        lambda value, rules: automatic_for_word(value),
        _automatic_meaning,
    ),
    "automatic_maximum_units": TermWords(
        lazy_gettext("Up to what length"),
        _units_value,
        _automatic_length_meaning,
        empty=lazy_gettext("Empty: any length."),
    ),
    "automatic_notice_days": TermWords(
        lazy_gettext("From how many days ahead"),
        _days_value,
        _automatic_notice_meaning,
        empty=lazy_gettext("Empty: however soon."),
    ),
    "fair_share_percent": TermWords(
        lazy_gettext("Fair share"),
        lambda value, rules: gettext("%(percent)s %%", percent=value),
        _fair_share_meaning,
        empty=lazy_gettext("Empty: nobody is warned."),
    ),
}


#: The words of each term that refuses something, by the code of the refusal.
REFUSING_WORDS: dict[RefusalCode, TermWords] = {
    term.rule.code: TERM_WORDS[term.name] for term in TERMS if term.rule is not None
}


@dataclass(frozen=True)
class RuleLine:
    """One term, or several that are said together, in words; and whether a value is invented."""

    text: str
    is_demo: bool


def rule_lines(
    rules: BookingTerms, demo: Container[str], *, only_further: bool = False
) -> list[RuleLine]:
    """Return the terms of a facility for partners, without its hours; not stated ones are left out.

    `demo` holds the names of the terms that hold by an invented value. `only_further` leaves out
    length, notice and people, for pages that show these by themselves.
    """
    agreed = rules.mode is BookingMode.BY_AGREEMENT
    lines = (
        # What is agreed on has no lengths and no lead time to keep to.
        (
            None if agreed or only_further else _lengths(rules),
            ("unit", "minimum_units", "maximum_units"),
        ),
        (None if agreed or only_further else _lead(rules), ("lead_time_days",)),
        (_horizon(rules), ("horizon_days",)),
        (None if only_further else _people(rules), ("people_limit",)),
        (_sharing(rules), ()),
        (_automatic(rules), ("automatic_for",)),
        (_waiting_list(rules), ("waiting_list_days",)),
        (_around(rules), ("setup_minutes", "cleanup_minutes")),
    )
    return [
        RuleLine(text, any(name in demo for name in names))
        for text, names in lines
        if text is not None
    ]


def differing_rules(here: BookingTerms, there: BookingTerms) -> list[str]:
    """Return those terms of a facility for partners that are not the same at another one."""
    known = {line.text for line in rule_lines(here, ())}
    return [line.text for line in rule_lines(there, ()) if line.text not in known]


def _lengths(rules: BookingTerms) -> str:
    length = length_text(rules)
    if rules.unit is Unit.HOUR:
        return (
            gettext("by the hour, %(length)s", length=length) if length else gettext("by the hour")
        )
    if rules.unit is Unit.HALF_DAY:
        if length:
            return gettext("by the half day, %(length)s", length=length)
        return gettext("by the half day")
    return gettext("by the day, %(length)s", length=length) if length else gettext("by the day")


def length_text(rules: BookingTerms) -> str | None:
    """Return how long a date may be: `1 to 10 days`; None if nothing is stated."""
    unit, fewest, most = rules.unit, rules.minimum_units, rules.maximum_units
    if fewest is not None and most is not None and fewest != most:
        return gettext("%(fewest)s to %(most)s", fewest=fewest, most=formats.units(most, unit))
    if fewest is not None and most is not None:
        return gettext("always %(length)s", length=formats.units(most, unit))
    if fewest is not None:
        return gettext("at least %(length)s", length=formats.units(fewest, unit))
    if most is not None:
        return gettext("at most %(length)s", length=formats.units(most, unit))
    return None


def _lead(rules: BookingTerms) -> str | None:
    if rules.lead_time_days is None:
        return None
    if not rules.lead_time_days:
        return gettext("no notice needed")
    if rules.late_asking:
        return ngettext(
            "%(num)s day's notice preferred",
            "%(num)s days' notice preferred",
            rules.lead_time_days,
        )
    return ngettext("%(num)s day's notice", "%(num)s days' notice", rules.lead_time_days)


def _horizon(rules: BookingTerms) -> str | None:
    if rules.horizon_days is None:
        return None
    return ngettext("at most %(num)s day ahead", "at most %(num)s days ahead", rules.horizon_days)


def _people(rules: BookingTerms) -> str | None:
    if rules.people_limit is None:
        return None
    return ngettext("at most %(num)s person", "at most %(num)s people", rules.people_limit)


def _sharing(rules: BookingTerms) -> str | None:
    if rules.allows_exclusive and rules.allows_shared:
        return None
    if rules.allows_exclusive:
        return gettext("only all of it (exclusive use)")
    return gettext("only part of it (shared with others)")


def _waiting_list(rules: BookingTerms) -> str | None:
    if not has_waiting_list(rules) or rules.mode is not BookingMode.HERE:
        return None
    return gettext("waiting list for taken times")


def _automatic(rules: BookingTerms) -> str | None:
    if rules.mode is not BookingMode.HERE:
        return None
    # Whom the owner has named is not said to others.
    if rules.automatic_for is AutomaticFor.EVERYONE:
        return gettext("some requests are confirmed at once")
    if rules.automatic_for is AutomaticFor.OWN_CLUSTER:
        return gettext("some requests from the own cluster are confirmed at once")
    return None


def _around(rules: BookingTerms) -> str | None:
    setup = formats.duration(timedelta(minutes=rules.setup_minutes))
    cleanup = formats.duration(timedelta(minutes=rules.cleanup_minutes))
    if rules.setup_minutes and rules.cleanup_minutes:
        return gettext(
            "kept free before: %(setup)s, after: %(cleanup)s", setup=setup, cleanup=cleanup
        )
    if rules.setup_minutes:
        return gettext("kept free before: %(setup)s", setup=setup)
    return (
        gettext("kept free after: %(cleanup)s", cleanup=cleanup) if rules.cleanup_minutes else None
    )
