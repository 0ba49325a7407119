"""Filling the form from an address: a click on a free time, or a bookmark."""

from collections.abc import Mapping

from werkzeug.datastructures import MultiDict

from booking.requests.forms import NO, PART, WHOLE, YES, Pairs
from booking.requests.queries import RequestPage
from booking.rules.many_dates import MAX_DATES
from booking.rules.opening import Unit
from booking.rules.recurrence import RepeatPattern
from booking.rules.terms import BookingTerms

_COPIED = ("facility", "people", "places", "title", "activity")
_BY_DAY = ("first_day", "last_day", "first_half", "last_half")
_HALVES = {"0": "morning", "1": "afternoon"}


def prefilled(query: MultiDict[str, str], rules: BookingTerms) -> Pairs:
    """Return the form's fields from a query; arguments that are unknown are left out.

    `from` and `to` (wall time, `YYYY-MM-DDTHH:MM`) by the hour; `first_day`, `last_day` and,
    by the half day, `first_half`, `last_half` (`morning` or 0, `afternoon` or 1); `whole`,
    `places`, `people`; `repeat` is a pattern of a series. Several dates are the same arguments
    repeated.
    """
    pairs = [(name, query[name]) for name in _COPIED if query.get(name)]
    if query.get("whole"):
        pairs.append(("extent", PART if query["whole"] in ("0", "no", "false") else WHOLE))
    if query.get("repeat") in set(RepeatPattern):
        pairs.append(("repeat-pattern", query["repeat"]))
    names = ("from", "to") if rules.unit is Unit.HOUR else _BY_DAY
    given = {name: query.getlist(name)[:MAX_DATES] for name in names}
    # The form has at least one date, even if the query has none.
    for number in range(max(1, *(len(values) for values in given.values()))):
        args = {name: values[number] for name, values in given.items() if number < len(values)}
        pairs += _hours(number, args) if rules.unit is Unit.HOUR else _days(number, args)
    return pairs


def repeated(page: RequestPage, slug: str) -> Pairs:
    """Return the form's fields from a request that was sent before: all but its dates.

    `slug` is the facility now requested; how much of it is taken over if it is the same one.
    """
    details = page.details
    pairs = [
        ("title", details.title),
        ("purpose", details.purpose),
        ("activity", details.activity),
        ("people", "" if details.people is None else str(details.people)),
        ("hazards", YES if details.hazards else NO),
        ("hazards_note", details.hazards_note),
        ("billing_reference", details.billing_reference),
    ]
    if page.readers is not None:  # what is copied is confidential too
        pairs += [("confidential", YES), *(("readers", one.key) for one in page.readers)]
    same = next((one for one in page.bookings if one.facility_slug == slug), None)
    if same is not None:
        first = same.dates[0]
        pairs += [("extent", WHOLE if first.whole else PART), ("places", str(first.places))]
    return pairs


def _days(number: int, args: Mapping[str, str]) -> Pairs:
    return [
        (f"dates-{number}-{name}", _HALVES.get(value, value))
        for name, value in args.items()
        if value
    ]


def _hours(number: int, args: Mapping[str, str]) -> Pairs:
    day, _, starts_time = args.get("from", "").partition("T")
    ends_day, _, ends_time = args.get("to", "").partition("T")
    pairs = [
        (f"dates-{number}-day", day),
        (f"dates-{number}-starts_time", starts_time),
        (f"dates-{number}-ends_time", ends_time),
    ]
    if ends_day and ends_day != day:
        pairs.append((f"dates-{number}-ends_day", ends_day))
    return pairs
