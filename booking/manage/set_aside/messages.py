"""What is wrong with time to set aside, in words at the field."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, cast

from flask_babel import gettext, ngettext

from booking.rules.set_aside import SetAsideFault, SetAsideFaultCode
from booking.wording import formats

Params = Mapping[str, int | date]


def add_fault_errors(form: Any, faults: Iterable[SetAsideFault]) -> None:
    """Put each fault at its field."""
    for fault in faults:
        field: Any = form[fault.field]
        field.errors = [*field.errors, set_aside_fault_text(fault)]


def set_aside_fault_text(fault: SetAsideFault) -> str:
    """Return what is wrong, and what to do."""
    return _TEXTS[fault.code](fault.params)


def _day(params: Params, name: str) -> str:
    return formats.day(cast("date", params[name]))


def _too_far(params: Params) -> str:
    if "latest" not in params:
        return gettext("Too far ahead. Choose an earlier day.")
    return gettext("Too far ahead. The latest day is %(latest)s.", latest=_day(params, "latest"))


def _too_many_places(params: Params) -> str:
    own = cast("int", params["own"])
    return ngettext(
        "The facility has %(num)s place. Enter at most that many.",
        "The facility has %(num)s places. Enter at most that many.",
        own,
    )


_TEXTS: dict[SetAsideFaultCode, Callable[[Params], str]] = {
    SetAsideFaultCode.BEGINS_IN_PAST: lambda params: gettext(
        "In the past. Choose %(today)s or later.", today=_day(params, "today")
    ),
    SetAsideFaultCode.OVER_ALREADY: lambda params: gettext(
        "This end has already passed. Choose a later one."
    ),
    SetAsideFaultCode.END_BEFORE_START: lambda params: gettext(
        "It would end before it begins. Choose a later end."
    ),
    SetAsideFaultCode.TOO_FAR: _too_far,
    SetAsideFaultCode.RELEASE_IN_PAST: lambda params: gettext(
        "Choose a day after today, %(today)s, or leave this empty.", today=_day(params, "today")
    ),
    SetAsideFaultCode.RELEASE_AFTER_END: lambda params: gettext(
        "This is after the end. Choose a day up to the last day, or leave this empty."
    ),
    SetAsideFaultCode.TOO_MANY_PLACES: _too_many_places,
    SetAsideFaultCode.NO_PLACES: lambda params: gettext("Enter 1 or more."),
}
