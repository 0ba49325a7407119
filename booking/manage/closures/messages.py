"""What is wrong with a closure, in words at the field."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, cast

from flask_babel import gettext

from booking.rules.closure_times import MOST_STRETCHES, ClosingFault, ClosingFaultCode
from booking.rules.recurrence import SeriesFaultCode
from booking.wording import formats

Params = Mapping[str, int | date]


def add_fault_errors(form: Any, faults: list[ClosingFault]) -> None:
    """Put each fault at its field, or at the reason if the form has no such field."""
    for fault in faults:
        field: Any = form[fault.field if fault.field in form else "reason"]
        field.errors = [*field.errors, closure_fault_text(fault)]


def closure_fault_text(fault: ClosingFault) -> str:
    """Return what is wrong, and what to do."""
    return _TEXTS[fault.code](fault.params)


def _day(params: Params, name: str) -> str:
    return formats.day(cast("date", params[name]))


def _too_far(params: Params) -> str:
    if "latest" not in params:
        return gettext("Too far ahead. Choose an earlier day.")
    return gettext(
        "Too far ahead. The latest day is %(latest)s. To close for longer, change the "
        "status to closed.",
        latest=_day(params, "latest"),
    )


def _only_earlier(params: Params) -> str:
    if "latest" not in params:
        return gettext("You cannot extend a repeating closure. Add a new closure for later days.")
    return gettext(
        "You cannot extend a repeating closure beyond %(latest)s, its last start. Add a "
        "new closure for later days.",
        latest=_day(params, "latest"),
    )


def _first_not_in_it(params: Params) -> str:
    return gettext(
        "%(first)s is not one of these days. Tick its day of the week too, or start on "
        "%(following)s.",
        first=_day(params, "first"),
        following=_day(params, "following"),
    )


def _too_many(params: Params) -> str:
    return gettext(
        "Too many repeats: at most %(limit)s. Choose an earlier end.",
        limit=MOST_STRETCHES,
    )


_TEXTS: dict[ClosingFaultCode | SeriesFaultCode, Callable[[Params], str]] = {
    ClosingFaultCode.BEGINS_IN_PAST: lambda params: gettext(
        "The closure cannot start in the past. Choose today or a later day."
    ),
    ClosingFaultCode.OVER_ALREADY: lambda params: gettext(
        "This is in the past. Choose a later end, or end the closure now."
    ),
    ClosingFaultCode.END_BEFORE_START: lambda params: gettext(
        "The end is before the start. Choose a later end."
    ),
    ClosingFaultCode.TOO_FAR: _too_far,
    ClosingFaultCode.WORD_IN_PAST: lambda params: gettext(
        "This day is over. Choose a day by which you will have an update."
    ),
    ClosingFaultCode.REPEATS_WITHOUT_END: lambda params: gettext(
        "A repeating closure needs an end. Choose “once”, or enter the day on which it ends."
    ),
    ClosingFaultCode.ONLY_EARLIER: _only_earlier,
    SeriesFaultCode.NO_END: lambda params: gettext("Enter the day until which it repeats."),
    SeriesFaultCode.TOO_MANY: _too_many,
    SeriesFaultCode.TOO_LONG: _too_far,
    SeriesFaultCode.UNTIL_BEFORE_FIRST: lambda params: gettext(
        "The repeat would end before it starts. Choose a later day."
    ),
    SeriesFaultCode.FIRST_NOT_IN_IT: _first_not_in_it,
}
