"""Filling the form from an address: a click on a free time, or a bookmark."""

from werkzeug.datastructures import MultiDict

from booking.requests.forms import PART, WHOLE, Pairs
from booking.rules.asking import AskingRules
from booking.rules.opening import Unit

_COPIED = ("facility", "people", "places", "title", "activity")
_BY_DAY = ("first_day", "last_day", "first_half", "last_half")
_HALVES = {"0": "morning", "1": "afternoon"}


def prefilled(asked_for: MultiDict[str, str], rules: AskingRules) -> Pairs:
    """Return the form's fields as the query says: what it does not know, it leaves out.

    `from` and `to` (wall time, `YYYY-MM-DDTHH:MM`) by the hour; `first_day`, `last_day` and,
    by the half day, `first_half`, `last_half` (`morning` or 0, `afternoon` or 1); `whole`,
    `places`, `people`.
    """
    pairs = [(name, asked_for[name]) for name in _COPIED if asked_for.get(name)]
    if asked_for.get("whole"):
        pairs.append(("extent", PART if asked_for["whole"] in ("0", "no", "false") else WHOLE))
    if rules.unit is Unit.HOUR:
        return pairs + _hours(asked_for.get("from", ""), asked_for.get("to", ""))
    return pairs + [
        (f"dates-0-{name}", _HALVES.get(asked_for[name], asked_for[name]))
        for name in _BY_DAY
        if asked_for.get(name)
    ]


def _hours(start: str, end: str) -> Pairs:
    day, _, starts_time = start.partition("T")
    ends_day, _, ends_time = end.partition("T")
    pairs = [
        ("dates-0-day", day),
        ("dates-0-starts_time", starts_time),
        ("dates-0-ends_time", ends_time),
    ]
    if ends_day and ends_day != day:
        pairs.append(("dates-0-ends_day", ends_day))
    return pairs
