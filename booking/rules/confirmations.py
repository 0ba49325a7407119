"""When the owner of a facility is asked whether its facts are still true."""

from datetime import date, timedelta
from enum import StrEnum

#: Facts are asked about so long after they were confirmed, and after the last question.
YEARLY = timedelta(days=365)
#: One reminder follows a question without an answer.
REMINDED_AFTER = timedelta(days=30)


class Asking(StrEnum):
    """What an owner gets."""

    QUESTION = "question"
    REMINDER = "reminder"


def is_confirmed(confirmed_on: date | None, today: date) -> bool:
    """Return whether the facts were confirmed, or published, less than a year ago.

    What was loaded from a file was never confirmed.
    """
    return confirmed_on is not None and today - confirmed_on < YEARLY


def asking_due(
    confirmed_on: date | None, asked_on: date | None, reminded_on: date | None, today: date
) -> Asking | None:
    """Return what is due today: the question, its one reminder, or nothing.

    `asked_on` and `reminded_on` are of the last question.
    """
    if is_confirmed(confirmed_on, today):
        return None
    is_open = asked_on is not None and (confirmed_on is None or asked_on >= confirmed_on)
    if asked_on is None or not is_open or today - asked_on >= YEARLY:
        return Asking.QUESTION
    was_reminded = reminded_on is not None and reminded_on >= asked_on
    if not was_reminded and today - asked_on >= REMINDED_AFTER:
        return Asking.REMINDER
    return None
