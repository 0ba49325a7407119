"""Refusals: why something cannot be requested, as codes and params; `wording` has the texts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from booking.rules.slots import Slot

Param = int | str | date | datetime | Slot


class RefusalCode(StrEnum):
    """The reasons for a refusal; comments name the params."""

    BOOKED_ELSEWHERE = "booked_elsewhere"
    CLOSED_STATUS = "closed_status"  # status
    NOBODY_ANSWERS = "nobody_answers"
    IN_THE_PAST = "in_the_past"
    TOO_LATE = "too_late"  # earliest (date), days, asked (days ahead)
    DUE_ALREADY = "due_already"  # earliest (date)
    # latest (date), where the facility states it also days and asked (days ahead)
    BEYOND_HORIZON = "beyond_horizon"
    # day (date), unit, hours_1, hours_2, ... (Slot): what is open that day; holiday (its name)
    NOT_OPEN = "not_open"
    CLOSURE = "closure"  # slot (the whole closure), until (its end); one refusal a closure
    # minimum, asked, unit, by the hour also asked_minutes; left_out as for TOO_LONG
    TOO_SHORT = "too_short"
    # maximum, asked, unit; left_out (1: days in between that are not open do not count)
    TOO_LONG = "too_long"
    OFF_GRID = "off_grid"  # step (minutes)
    NOT_BOOKABLE_WHOLE = "not_bookable_whole"
    NOT_BOOKABLE_BY_PLACE = "not_bookable_by_place"
    NO_PLACES = "no_places"
    TOO_MANY_PLACES = "too_many_places"  # own, asked
    # free, asked (whole: 0 of 1), slot (the first stretch without room); where only bookings of
    # the requester's organisation are in the way: own (their references, as one text), own_count,
    # own_holds (1: none of them is confirmed)
    TAKEN = "taken"
    # for those who decide only, params as for TAKEN: only time set aside for others is in the way
    SET_ASIDE = "set_aside"
    NO_PEOPLE = "no_people"
    TOO_MANY_PEOPLE = "too_many_people"  # limit, asked
    # most, used (before these dates), asked, period (week, month, quarter, year), first (its first
    # day), measure (hours, days), facility (the name of the one that sets it)
    OVER_QUOTA = "over_quota"
    # about the whole request; limit, open (requests), references (of them, as one text)
    TOO_MANY_OPEN = "too_many_open"
    # the same; limit, held (days), asked (days more), references
    TOO_MANY_HELD_DAYS = "too_many_held_days"
    LEFT_TO_OTHERS = "left_to_others"  # cluster (its name): somebody else there must enter it
    DATES_OVERLAP = "dates_overlap"  # other (index of the earlier date), slot (in common)
    TOO_MANY_DATES = "too_many_dates"  # limit, asked
    TOO_MANY_OCCUPANCIES = "too_many_occupancies"  # limit, asked


#: Refusals without exceptions, not even by those who decide: the date would be a double booking,
#: past or empty, or is not theirs to enter.
NEVER_LIFTED = frozenset(
    {
        RefusalCode.IN_THE_PAST,
        RefusalCode.NO_PLACES,
        RefusalCode.TOO_MANY_PLACES,
        RefusalCode.TAKEN,
        RefusalCode.NO_PEOPLE,
        RefusalCode.LEFT_TO_OTHERS,
        RefusalCode.DATES_OVERLAP,
        RefusalCode.TOO_MANY_DATES,
        RefusalCode.TOO_MANY_OCCUPANCIES,
    }
)


@dataclass(frozen=True)
class Refusal:
    """One reason why not. `RefusalCode` names its `params`; `date_index` counts dates from 0.

    Refusals compare by value and are hashable.
    """

    code: RefusalCode
    params: Mapping[str, Param] = field(default_factory=dict)
    date_index: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "params", MappingProxyType(dict(self.params)))

    def __hash__(self) -> int:
        return hash((self.code, frozenset(self.params.items()), self.date_index))
