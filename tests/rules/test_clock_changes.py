"""When the clock alone changes a calendar."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.rules.clock_changes import next_clock_change, next_minute

COPENHAGEN, HELSINKI = ZoneInfo("Europe/Copenhagen"), ZoneInfo("Europe/Helsinki")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "zones", "changes"),
    [
        (at("2026-11-24T12:00"), [COPENHAGEN], at("2026-11-24T17:00")),  # 18:00 there
        (at("2026-11-24T12:00"), [COPENHAGEN, HELSINKI], at("2026-11-24T16:00")),
        (at("2026-11-24T18:30"), [COPENHAGEN, HELSINKI], at("2026-11-24T22:00")),
        (at("2026-11-24T22:00"), [COPENHAGEN, HELSINKI], at("2026-11-24T23:00")),
        (at("2026-11-24T23:00"), [COPENHAGEN], at("2026-11-25T00:00")),  # a new year by UTC
        (at("2027-03-27T23:30"), [COPENHAGEN], at("2027-03-28T00:00")),
        (at("2027-03-28T00:00"), [COPENHAGEN], at("2027-03-28T16:00")),  # summer time by now
    ],
)
def test_it_changes_at_midnight_and_when_the_working_day_ends(now, zones, changes):
    assert next_clock_change(now, zones) == changes


def test_other_instants_count_once_they_are_to_come():
    hold = NOON + timedelta(minutes=1)
    assert next_clock_change(NOON, [COPENHAGEN], [NOON, hold]) == hold
    assert next_clock_change(hold, [COPENHAGEN], [NOON, hold]) > hold


def test_the_present_minute_ends_with_the_next_one():
    assert next_minute(NOON + timedelta(seconds=1)) == NOON + timedelta(minutes=1)
    assert next_minute(NOON + timedelta(seconds=59.9)) == NOON + timedelta(minutes=1)


def test_on_the_minute_itself_nothing_can_be_kept():
    assert next_minute(NOON) is None
