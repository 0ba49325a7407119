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
        return gettext("That is too far ahead. Choose an earlier day.")
    return gettext(
        "That is too far ahead. The latest day is %(latest)s. What is closed for longer is given "
        "the status closed.",
        latest=_day(params, "latest"),
    )


def _only_earlier(params: Params) -> str:
    if "latest" not in params:
        return gettext("It cannot come more often than before. For later days close it anew.")
    return gettext(
        "It begins for the last time on %(latest)s, and cannot come more often than before. For "
        "later days close it anew.",
        latest=_day(params, "latest"),
    )


def _first_not_in_it(params: Params) -> str:
    return gettext(
        "%(first)s is none of these days. Tick its day of the week too, or begin on %(following)s.",
        first=_day(params, "first"),
        following=_day(params, "following"),
    )


def _too_many(params: Params) -> str:
    return gettext(
        "That is too often: it can come at most %(limit)s times. Choose an earlier end.",
        limit=MOST_STRETCHES,
    )


_TEXTS: dict[ClosingFaultCode | SeriesFaultCode, Callable[[Params], str]] = {
    ClosingFaultCode.BEGINS_IN_PAST: lambda params: gettext(
        "It cannot begin in the past. Choose today or a later day."
    ),
    ClosingFaultCode.OVER_ALREADY: lambda params: gettext(
        "This is over already. Choose a later end, or end it now."
    ),
    ClosingFaultCode.END_BEFORE_START: lambda params: gettext(
        "It ends before it starts. Choose a later end."
    ),
    ClosingFaultCode.TOO_FAR: _too_far,
    ClosingFaultCode.WORD_IN_PAST: lambda params: gettext(
        "This day is over. Choose one by which you will have word."
    ),
    ClosingFaultCode.REPEATS_WITHOUT_END: lambda params: gettext(
        "What repeats must have an end. Choose “once”, or say on which day it ends."
    ),
    ClosingFaultCode.ONLY_EARLIER: _only_earlier,
    SeriesFaultCode.NO_END: lambda params: gettext("Say until which day it repeats."),
    SeriesFaultCode.TOO_MANY: _too_many,
    SeriesFaultCode.TOO_LONG: _too_far,
    SeriesFaultCode.UNTIL_BEFORE_FIRST: lambda params: gettext(
        "It would end before it first comes. Choose a later day."
    ),
    SeriesFaultCode.FIRST_NOT_IN_IT: _first_not_in_it,
}
