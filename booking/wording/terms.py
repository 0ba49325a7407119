"""The rules of a facility in plain words, invented values marked as such."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext, ngettext

from booking.rules.opening import Unit
from booking.rules.terms import BookingMode, BookingTerms
from booking.wording import formats


@dataclass(frozen=True)
class RuleLine:
    """One rule in words, and whether its value is invented."""

    text: str
    is_demo: bool


def rule_lines(rules: BookingTerms, demo: Mapping[str, bool]) -> list[RuleLine]:
    """Return the rules of a facility in words, without its hours; what is not stated is left out.

    `demo` tells for the fields of `BookingTerms` which are invented; a missing name is not.
    """
    agreed = rules.mode is BookingMode.BY_AGREEMENT
    lines = (
        # What is agreed on has no lengths and no lead time to keep to.
        (None if agreed else _lengths(rules), ("unit", "minimum_units", "maximum_units")),
        (None if agreed else _lead(rules), ("lead_time_days",)),
        (_horizon(rules), ("horizon_days",)),
        (_people(rules), ("people_limit",)),
        (_sharing(rules), ()),
        (_around(rules), ("setup_minutes", "cleanup_minutes")),
    )
    return [
        RuleLine(text, any(demo.get(name, False) for name in names))
        for text, names in lines
        if text is not None
    ]


def _lengths(rules: BookingTerms) -> str:
    length = _length(rules)
    if rules.unit is Unit.HOUR:
        return (
            gettext("by the hour, %(length)s", length=length) if length else gettext("by the hour")
        )
    if rules.unit is Unit.HALF_DAY:
        if length:
            return gettext("by the half day, %(length)s", length=length)
        return gettext("by the half day")
    return gettext("by the day, %(length)s", length=length) if length else gettext("by the day")


def _length(rules: BookingTerms) -> str | None:
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
        return gettext("ask until the day itself")
    if rules.late_asking:
        return ngettext(
            "best ask %(num)s day before, later is possible",
            "best ask %(num)s days before, later is possible",
            rules.lead_time_days,
        )
    return ngettext("ask %(num)s day before", "ask %(num)s days before", rules.lead_time_days)


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
        return gettext("only all of it: nobody else there")
    return gettext("only part of it: others beside you")


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
