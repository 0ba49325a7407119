"""Days on which a cluster answers nobody."""

from datetime import date, timedelta

import pytest

from booking.rules.days_off import (
    FARTHEST,
    LONGEST,
    DaysOff,
    DaysOffFault,
    days_off_fault,
    kept_past,
    read_stored,
    stored,
)

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("first", "last", "fault"),
    [
        (TODAY, TODAY, None),
        (TODAY - timedelta(days=3), TODAY, None),
        (TODAY, TODAY - timedelta(days=1), DaysOffFault.ENDS_BEFORE),
        (TODAY - timedelta(days=3), TODAY - timedelta(days=1), DaysOffFault.OVER),
        (TODAY, TODAY + timedelta(days=LONGEST - 1), None),
        (TODAY, TODAY + timedelta(days=LONGEST), DaysOffFault.TOO_LONG),
        (TODAY + FARTHEST, TODAY + FARTHEST, None),
        (TODAY + FARTHEST, TODAY + FARTHEST + timedelta(days=1), DaysOffFault.TOO_FAR),
    ],
)
def test_days_off_end_after_they_begin_from_today_on_and_are_not_too_long(first, last, fault):
    assert days_off_fault(DaysOff(first, last, ""), TODAY) is fault


def test_days_off_are_stored_in_their_order_and_read_again():
    late = DaysOff(date(2027, 5, 1), date(2027, 5, 1), "")
    early = DaysOff(date(2026, 11, 1), date(2026, 11, 3), "Move")

    assert read_stored(stored([late, early])) == [early, late]
    assert kept_past([late, early], TODAY) == [early]
    assert list(early) == [date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 3)]
