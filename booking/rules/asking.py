"""The door to all that says what can be asked for: free times, days, and why not."""

from booking.rules.deadlines import Deadlines
from booking.rules.drawn_days import Asking, DayState, day_states
from booking.rules.free_times import free_slots
from booking.rules.many_dates import MAX_DATES, MAX_OCCUPANCIES, why_not_all
from booking.rules.reasons import units_of, why_not
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.terms import (
    Ask,
    AskingRules,
    BookingMode,
    earliest_day,
    earliest_open_day,
    latest_day,
)

__all__ = [
    "MAX_DATES",
    "MAX_OCCUPANCIES",
    "Ask",
    "Asking",
    "AskingRules",
    "BookingMode",
    "DayState",
    "Deadlines",
    "Refusal",
    "RefusalCode",
    "day_states",
    "earliest_day",
    "earliest_open_day",
    "free_slots",
    "latest_day",
    "units_of",
    "why_not",
    "why_not_all",
]
