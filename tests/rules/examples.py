"""Values that the tests of the rules start from: one facility in Paris, open on working days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.rules.availability import Room
from booking.rules.deadlines import Deadlines
from booking.rules.opening import OpeningHours, Unit, WeeklySpan
from booking.rules.reasons import why_not
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode, BookingTerms, RequestedDate

PARIS = ZoneInfo("Europe/Paris")
HELSINKI = ZoneInfo("Europe/Helsinki")

#: Tuesday 24 November 2026, 10:00 in Paris.
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)

WORKING_HOURS = tuple(WeeklySpan(weekday, time(8), time(17)) for weekday in range(5))
WITH_LUNCH = tuple(
    WeeklySpan(weekday, opens, closes)
    for weekday in range(5)
    for opens, closes in ((time(8), time(12)), (time(13), time(17)))
)


def hours_of(spans, **others):
    """Return hours of these weekly spans; None is "not stated"."""
    return OpeningHours(None if spans is None else tuple(spans), **others)


def at(text, zone=PARIS, fold=0):
    """Return the instant of a wall time such as "2027-01-11 09:00"."""
    local = datetime.fromisoformat(text)
    return local.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def span(starts, ends, zone=PARIS):
    """Return the slot between two wall times; the end may leave out its date."""
    if len(ends) == len("12:00"):
        ends = f"{starts[:10]} {ends}"
    return Slot(at(starts, zone), at(ends, zone))


def m(start, end):
    """Return a slot by minutes after a fixed instant."""
    zero = datetime(2027, 1, 11, tzinfo=UTC)
    return Slot(zero + timedelta(minutes=start), zero + timedelta(minutes=end))


def terms(**changes):
    """Return asking rules without any limit, in hours on a grid of 30 minutes."""
    values = {
        "zone": PARIS,
        "unit": Unit.HOUR,
        "minimum_units": None,
        "maximum_units": None,
        "lead_time_days": None,
        "horizon_days": None,
        "step_minutes": 30,
        "half_day_time": time(12, 30),
        "people_limit": None,
        "setup_minutes": 0,
        "cleanup_minutes": 0,
        "status": "open",
        "mode": BookingMode.HERE,
        "has_deciders": True,
        "allows_shared": True,
        "allows_exclusive": True,
    }
    spans = changes.pop("spans", WORKING_HOURS)
    values["hours"] = changes.pop("hours", hours_of(spans))
    return BookingTerms(**(values | changes))


def deadlines(answer_days=10, zone=PARIS, holidays=()):
    return Deadlines(answer_days, zone, frozenset(date.fromisoformat(day) for day in holidays))


def room(own=1, below=0, taken=None):
    """Return a room whose own places are 1, 2, ... and whose places below are 101, 102, ..."""
    return Room(tuple(range(1, own + 1)), tuple(range(101, 101 + below)), taken or {})


def requested_date(slot, places=1, whole=False, people=None):
    return RequestedDate(slot, places, whole, people)


#: A Monday morning, far enough ahead.
MORNING = span("2027-01-11 09:00", "12:00")


def reasons(
    rules=None, requested=MORNING, *, places=None, closures=(), now=NOW, ignore=(), due=None
):
    requested = requested_date(requested) if isinstance(requested, Slot) else requested
    return why_not(
        rules or terms(),
        due or deadlines(),
        places or room(),
        closures,
        requested,
        now,
        ignore=frozenset(ignore),
    )


def codes(*args, **kwargs):
    return {refusal.code for refusal in reasons(*args, **kwargs)}
