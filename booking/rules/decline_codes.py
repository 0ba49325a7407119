"""Why dates are declined, as a code that figures can count; the words go with it."""

from enum import StrEnum


class DeclineCode(StrEnum):
    """The reason for which an owner declines."""

    NO_CAPACITY = "no_capacity"  # no room then
    NOT_SUITABLE = "not_suitable"  # the facility does not fit what is planned
    SAFETY = "safety"
    NOT_ELIGIBLE = "not_eligible"  # who asks may not use it
    MAINTENANCE = "maintenance"  # or no staff
    INCOMPLETE = "incomplete"  # the request does not say enough
    OTHER = "other"
