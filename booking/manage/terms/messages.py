"""What is wrong with the terms of a facility, in words."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flask_babel import gettext

from booking.rules.opening import Unit
from booking.rules.term_faults import TermFault, TermFaultCode
from booking.wording import formats


def term_fault_text(fault: TermFault) -> str:
    """Return in a sentence what is wrong and what to do."""
    text = _FAULTS[fault.code](fault.params)
    below = fault.params.get("facility")
    if below is None:
        return text
    return gettext("%(facility)s uses the same value. There: %(fault)s", facility=below, fault=text)


def _length(params: Mapping[str, Any], name: str) -> str:
    return formats.units(params[name], Unit(params["unit"]))


_FAULTS: dict[TermFaultCode, Callable[[Mapping[str, Any]], str]] = {
    TermFaultCode.SHORTEST_OVER_LONGEST: lambda params: gettext(
        "The shortest length, %(shortest)s, is longer than the longest, %(longest)s. Change one.",
        shortest=_length(params, "shortest"),
        longest=_length(params, "longest"),
    ),
    TermFaultCode.LONGER_THAN_ANY: lambda params: gettext(
        "No date lasts that long. Enter %(most)s or less.", most=_length(params, "most")
    ),
    TermFaultCode.NO_LENGTH_ON_STEP: lambda params: gettext(
        "With a step of %(step)s no length is possible between the shortest and the longest.",
        step=formats.duration(timedelta(minutes=params["step"])),
    ),
    TermFaultCode.NO_MORNING: lambda params: gettext(
        "With a half-day boundary at midnight there would be no morning. Enter a later time."
    ),
    TermFaultCode.LEAD_BEYOND_HORIZON: lambda params: gettext(
        "The notice, %(lead)s days, is longer than the booking window, %(horizon)s days, "
        "so nobody could send a request. Change one.",
        lead=params["lead"],
        horizon=params["horizon"],
    ),
    TermFaultCode.NOTHING_TO_REQUEST: lambda params: gettext(
        "Without a place there is nothing to request. Enter 1 or more."
    ),
}
