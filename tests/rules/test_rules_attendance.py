"""When people came and left: from when on it can be noted, and which times cannot be."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.rules.attendance import (
    Attendance,
    AttendanceFault,
    AttendanceFaultCode,
    attendance_faults,
    attendance_from,
    may_note_attendance,
)
from booking.rules.lifecycle import FIRM, State
from booking.rules.slots import Slot

TAMPERE = ZoneInfo("Europe/Helsinki")
DATE = Slot(datetime(2027, 1, 14, 7, tzinfo=UTC), datetime(2027, 1, 14, 10, tzinfo=UTC))
EVENING = DATE.ends_at + timedelta(hours=10)
ONE_DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
FUTURE, TOO_FAR, NOT_AFTER = AttendanceFaultCode


def test_arrivals_are_noted_from_the_local_midnight_of_the_date_on():
    midnight = datetime(2027, 1, 13, 22, tzinfo=UTC)

    assert attendance_from(DATE, TAMPERE) == midnight
    assert may_note_attendance(State.CONFIRMED, DATE, TAMPERE, midnight)
    assert not may_note_attendance(State.CONFIRMED, DATE, TAMPERE, midnight - MINUTE)


@pytest.mark.parametrize("state", sorted(set(State) - FIRM))
def test_arrivals_are_noted_of_agreed_dates_only(state):
    assert not may_note_attendance(state, DATE, TAMPERE, EVENING)


@pytest.mark.parametrize(
    ("arrived_at", "left_at", "faults"),
    [
        (None, None, []),
        (DATE.starts_at - 10 * MINUTE, DATE.ends_at, []),
        (None, DATE.ends_at, []),
        (DATE.starts_at - ONE_DAY, DATE.ends_at + 10 * MINUTE, []),
        (EVENING, None, []),
        (EVENING + MINUTE, None, [("arrived_at", FUTURE)]),
        (None, EVENING + MINUTE, [("left_at", FUTURE)]),
        (DATE.starts_at - ONE_DAY - MINUTE, None, [("arrived_at", TOO_FAR)]),
        (DATE.starts_at, DATE.starts_at, [("left_at", NOT_AFTER)]),
        (DATE.starts_at, DATE.starts_at - MINUTE, [("left_at", NOT_AFTER)]),
        (
            EVENING + MINUTE,
            DATE.starts_at - 2 * ONE_DAY,
            [("arrived_at", FUTURE), ("left_at", TOO_FAR)],
        ),
    ],
)
def test_times_are_past_near_the_date_and_people_leave_after_they_came(arrived_at, left_at, faults):
    found = attendance_faults(Attendance(arrived_at, left_at), DATE, EVENING)

    assert list(found) == [AttendanceFault(*one) for one in faults]


def test_a_time_more_than_a_day_after_the_end_is_too_far():
    at = DATE.ends_at + ONE_DAY

    assert not list(attendance_faults(Attendance(left_at=at), DATE, at + MINUTE))
    assert list(attendance_faults(Attendance(left_at=at + MINUTE), DATE, at + MINUTE)) == [
        AttendanceFault("left_at", TOO_FAR)
    ]
