"""Which terms of a facility contradict each other, once inheritance is worked out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum

from booking.rules.opening import Unit
from booking.rules.terms import MOST_UNITS, BookingTerms

_HOUR_MINUTES = 60


class TermFaultCode(StrEnum):
    """What is wrong; in brackets the params that come with it."""

    SHORTEST_OVER_LONGEST = "shortest_over_longest"  # shortest, longest, unit
    LONGER_THAN_ANY = "longer_than_any"  # most, unit
    NO_LENGTH_ON_STEP = "no_length_on_step"  # step
    NO_MORNING = "no_morning"  # half days part at midnight
    LEAD_BEYOND_HORIZON = "lead_beyond_horizon"  # lead, horizon
    NOTHING_TO_REQUEST = "nothing_to_request"  # by place without places, or whole without any


@dataclass(frozen=True)
class TermFault:
    """One fault. `fields` are the terms that it is about: one of them has to change."""

    fields: tuple[str, ...]
    code: TermFaultCode
    params: Mapping[str, int | str] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((self.fields, self.code, frozenset(self.params.items())))


def faults_of(rules: BookingTerms) -> list[TermFault]:
    """Return everything that makes it impossible to request any date at all."""
    found = [*_lengths(rules), *_reach(rules)]
    if rules.half_day_time == time(0):
        found.append(TermFault(("half_day_time",), TermFaultCode.NO_MORNING))
    return found


def _lengths(rules: BookingTerms) -> list[TermFault]:
    shortest, longest, unit = rules.minimum_units, rules.maximum_units, rules.unit
    most = MOST_UNITS[unit]
    found = []
    for name, value in (("minimum_units", shortest), ("maximum_units", longest)):
        if value is not None and value > most:
            params: dict[str, int | str] = {"most": most, "unit": unit.value}
            found.append(TermFault((name,), TermFaultCode.LONGER_THAN_ANY, params))
    if shortest is not None and longest is not None and shortest > longest:
        params = {"shortest": shortest, "longest": longest, "unit": unit.value}
        both = ("minimum_units", "maximum_units")
        found.append(TermFault(both, TermFaultCode.SHORTEST_OVER_LONGEST, params))
    elif unit is Unit.HOUR and longest is not None and not _fits_step(rules, longest):
        names = ("step_minutes", "maximum_units", "minimum_units")
        params = {"step": rules.step_minutes}
        found.append(TermFault(names, TermFaultCode.NO_LENGTH_ON_STEP, params))
    return found


def _fits_step(rules: BookingTerms, longest: int) -> bool:
    """Return whether some number of steps is between the shortest and the longest length."""
    steps = longest * _HOUR_MINUTES // rules.step_minutes
    return steps > 0 and steps * rules.step_minutes >= (rules.minimum_units or 0) * _HOUR_MINUTES


def _reach(rules: BookingTerms) -> list[TermFault]:
    lead, horizon = rules.lead_time_days, rules.horizon_days
    if lead is None or horizon is None or lead <= horizon:
        return []
    params = {"lead": lead, "horizon": horizon}
    return [
        TermFault(("lead_time_days", "horizon_days"), TermFaultCode.LEAD_BEYOND_HORIZON, params)
    ]
