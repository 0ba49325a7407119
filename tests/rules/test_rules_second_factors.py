"""From which day a cluster may ask for a second factor, and when people are reminded."""

from datetime import UTC, date, datetime, timedelta

import pytest

from booking.rules.roles import CoordinatorRole, leaves_nobody
from booking.rules.second_factors import (
    FARTHEST,
    RoleHolder,
    day_fault,
    earliest_day,
    is_reminder_due,
    is_withheld,
)

TODAY = date(2026, 11, 24)
SINCE = datetime(2026, 12, 1, tzinfo=UTC)
HAS_ONE = RoleHolder(1, is_active=True, has_second_factor=True)
LATE = RoleHolder(2, is_active=True, has_second_factor=False)
GONE = RoleHolder(3, is_active=False, has_second_factor=False)


def days(number):
    return TODAY + timedelta(days=number)


@pytest.mark.parametrize(
    ("since", "has_one", "now", "withheld"),
    [
        (None, False, SINCE, False),
        (SINCE, True, SINCE, False),
        (SINCE, False, SINCE - timedelta(seconds=1), False),
        (SINCE, False, SINCE, True),
    ],
)
def test_a_role_is_withheld_from_the_instant_on_and_only_without_a_second_factor(
    since, has_one, now, withheld
):
    assert is_withheld(since, has_one, now) is withheld


@pytest.mark.parametrize(
    ("holders", "set_for", "earliest"),
    [
        ([HAS_ONE, GONE], None, days(0)),
        ([HAS_ONE, LATE], None, days(7)),
        ([LATE], days(3), days(3)),  # they have been told of it
        ([LATE], days(20), days(7)),
        ([LATE], days(-3), days(7)),  # it holds already, so it would begin anew
    ],
)
def test_people_without_one_get_a_week_unless_they_were_told_of_an_earlier_day(
    holders, set_for, earliest
):
    assert earliest_day(TODAY, holders, set_for) == earliest


@pytest.mark.parametrize(
    ("day", "fault"),
    [
        (days(-1), "past"),
        (days(6), "too_soon"),
        (days(7), None),
        (TODAY + FARTHEST, None),
        (TODAY + FARTHEST + timedelta(days=1), "too_far"),
    ],
)
def test_a_day_is_neither_past_nor_too_soon_nor_too_far(day, fault):
    assert day_fault(day, TODAY, days(7)) == fault


@pytest.mark.parametrize(
    ("hours_before", "due"), [(73, False), (72, True), (1, True), (0, False), (-1, False)]
)
def test_a_reminder_is_due_in_the_three_days_before_and_not_after(hours_before, due):
    assert is_reminder_due(SINCE, SINCE - timedelta(hours=hours_before)) is due


def test_neither_the_last_who_holds_the_role_nor_the_last_whose_role_works_is_taken_away():
    acts = CoordinatorRole(1, is_active=True, ends=False)
    withheld = CoordinatorRole(2, is_active=True, ends=False, is_withheld=True)

    assert leaves_nobody([acts, withheld], [withheld])
    assert leaves_nobody([withheld], [])
    assert not leaves_nobody([acts, withheld], [acts])
    assert not leaves_nobody([withheld, withheld], [withheld])
