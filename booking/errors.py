"""Errors that services raise; `booking.web.error_pages` answers each with a page."""

from collections.abc import Sequence
from datetime import timedelta

from booking.rules.refusals import Refusal


class BookingError(Exception):
    """Base of all errors that people can cause and understand."""


class Refused(BookingError):
    """The rules refuse it; `refusals` has every reason. Answered with 422."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(", ".join(refusal.code for refusal in refusals))
        self.refusals = tuple(refusals)


class Conflict(BookingError):
    """Somebody else was faster; `code` says how. Answered with 409.

    Codes: `taken` (the places are gone), `already_decided` (the date has another state now),
    `set_aside` (the time is set aside for others), `expired` (it lapsed or the hold ended),
    `sent_before` (another person used this key), `question_open`
    (a question of this side waits for its answer).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Invalid(BookingError):
    """A value cannot be stored; `field` names the form's field, `code` the reason."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field = field
        self.code = code


class Busy(BookingError):
    """Too many came from one place or person; the next has to wait. Answered with 429.

    `wait` is the longest that it may take until it can be tried again.
    """

    wait = timedelta(hours=1)

    def __init__(self, message: str = "", wait: timedelta | None = None) -> None:
        super().__init__(message)
        self.wait = wait or self.wait


class NotFound(BookingError):
    """It does not exist, or the person may not know that it does. Answered with 404."""


class Forbidden(BookingError):
    """The person sees it but may not do this. Answered with 403."""
