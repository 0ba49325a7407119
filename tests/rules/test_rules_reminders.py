from datetime import UTC, datetime, timedelta

import pytest

from booking.rules.reminders import Reminder, half_time, may_remind, next_reminder

SENT = datetime(2026, 11, 24, 9, tzinfo=UTC)
DUE = SENT + timedelta(days=14)
HALF = SENT + timedelta(days=7)
MOMENT = timedelta(microseconds=1)


def test_half_time_lies_halfway_between_sending_and_the_due_date():
    assert half_time(SENT, DUE) == HALF


@pytest.mark.parametrize(
    ("now", "reminded", "escalated", "expected"),
    [
        (HALF - MOMENT, False, False, None),
        (HALF, False, False, Reminder.HALF_TIME),
        (HALF, True, False, None),
        (DUE - MOMENT, True, False, None),
        (DUE, True, False, Reminder.OVERDUE),
        # The worker was down: half time is no longer worth a word.
        (DUE, False, False, Reminder.OVERDUE),
        (DUE, False, True, None),
        # A question has moved the due date since.
        (HALF, False, True, None),
    ],
)
def test_each_reminder_comes_once_and_the_one_of_half_time_not_when_the_answer_is_due(
    now, reminded, escalated, expected
):
    assert next_reminder(SENT, DUE, now, reminded=reminded, escalated=escalated) is expected


def test_the_requester_reminds_once_from_the_due_date_on():
    assert not may_remind(DUE, None, DUE - MOMENT)
    assert may_remind(DUE, None, DUE)
    assert not may_remind(DUE, DUE, DUE + MOMENT)
    assert not may_remind(None, None, DUE)
