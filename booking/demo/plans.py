"""What a plan of the demonstration is made of; the plans stand in the files beside."""

from dataclasses import dataclass, field
from enum import StrEnum

from booking.demo.dates import DateWish


class Does(StrEnum):
    """What somebody does with a request, beyond sending it."""

    CONFIRM = "confirm"
    DECLINE = "decline"
    CANCEL_AS_OWNER = "cancel_as_owner"
    WITHDRAW = "take_back"
    CANCEL = "cancel"


@dataclass(frozen=True)
class PlanStep:
    """One thing done so many weekdays before the demonstration's first day.

    `dates` names some of the dates by their position; None means all.
    """

    weekdays_ago: int
    does: Does
    reason: str = ""
    dates: tuple[int, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One request, and what becomes of it.

    `by` is the login of who sends it. None: the owner enters it, for `on_behalf_of` (a login) or
    for own use. `same_dates_as` names the title of an earlier plan whose dates it asks for too.
    """

    facility: str
    by: str | None
    sent: int = field(metadata={"unit": "weekdays ago"})
    date_wish: DateWish
    title: str
    purpose: str
    activity: str = "test"
    hazards_note: str = ""
    on_behalf_of: str | None = None
    same_dates_as: str | None = None
    steps: tuple[PlanStep, ...] = ()


def confirmed(
    weekdays_ago: int, reason: str = "", dates: tuple[int, ...] | None = None
) -> PlanStep:
    """Return the step of an approver who confirms."""
    return PlanStep(weekdays_ago, Does.CONFIRM, reason, dates)


def declined(weekdays_ago: int, reason: str, dates: tuple[int, ...] | None = None) -> PlanStep:
    """Return the step of an approver who declines."""
    return PlanStep(weekdays_ago, Does.DECLINE, reason, dates)
