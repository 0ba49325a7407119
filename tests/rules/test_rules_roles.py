"""When a role ends, and that no cluster loses its last coordinator."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.rules.owner_changes import KEPT_PARTS, ChangedPart
from booking.rules.roles import FARTHEST, CoordinatorRole, ends_at, last_day_fault, leaves_nobody
from booking.rules.routing import Deciders
from booking.rules.visibility import (
    CalendarLevel,
    Viewer,
    calendar_level,
    is_keeper,
    may_decide,
    sees_booking,
)

TODAY = date(2026, 11, 24)
STAYS = CoordinatorRole(1, is_active=True, ends=False)
ENDS = CoordinatorRole(2, is_active=True, ends=True)
RESTS = CoordinatorRole(3, is_active=False, ends=False)


@pytest.mark.parametrize(
    ("before", "after", "nobody"),
    [
        ([STAYS], [], True),
        ([STAYS, STAYS], [STAYS], False),
        ([STAYS, ENDS], [ENDS], True),
        ([STAYS, RESTS], [RESTS], True),
        ([ENDS], [], False),
        ([RESTS], [], False),
        ([], [], False),
    ],
)
def test_the_last_coordinator_who_can_sign_in_and_has_no_last_day_must_stay(before, after, nobody):
    assert leaves_nobody(before, after) is nobody


@pytest.mark.parametrize(
    ("zone", "instant"),
    [
        ("Europe/Helsinki", datetime(2027, 3, 28, 21, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2027, 3, 28, 22, tzinfo=UTC)),
    ],
)
def test_a_role_ends_at_midnight_after_its_last_day_in_the_zone_of_the_cluster(zone, instant):
    assert ends_at(date(2027, 3, 28), ZoneInfo(zone)) == instant  # the clocks change that day


@pytest.mark.parametrize(
    ("last_day", "fault"),
    [
        (None, None),
        (TODAY, None),
        (TODAY - timedelta(days=1), "past"),
        (TODAY + FARTHEST, None),
        (TODAY + FARTHEST + timedelta(days=1), "too_far"),
    ],
)
def test_a_last_day_is_today_or_later_and_not_too_far(last_day, fault):
    assert last_day_fault(last_day, TODAY) == fault


def test_a_keeper_and_an_auditor_see_no_booking_and_decide_on_nothing():
    viewer = Viewer(
        person_id=1,
        keeps=frozenset({5}),
        keeper_clusters=frozenset({2}),
        audited_cluster_ids=frozenset({2}),
    )
    nobody = Deciders(frozenset(), frozenset())

    assert not sees_booking(viewer, 7, None, nobody)
    assert not may_decide(viewer, nobody)


def test_a_keeper_keeps_a_facility_and_all_below_it():
    viewer = Viewer(person_id=1, keeps=frozenset({5}))

    assert is_keeper(viewer, [5])
    assert is_keeper(viewer, [7, 5, 4])
    assert not is_keeper(viewer, [4])
    assert not is_keeper(Viewer(person_id=1, approves=frozenset({5})), [5])


def test_keepers_change_hours_and_facts_and_nothing_else():
    others = {"mode", "terms", "quotas", "automatic", "parent", "approvers", "audiences"}
    others |= {"closures", "set_aside", "cluster"}

    assert {str(part) for part in ChangedPart} - KEPT_PARTS == others


@pytest.mark.parametrize(("keeper_clusters", "level"), [({2}, "busy"), ({3}, "nothing")])
def test_a_keeper_belongs_to_the_audience_of_their_own_cluster_and_an_auditor_does_not(
    keeper_clusters, level
):
    viewer = Viewer(
        person_id=1, keeper_clusters=frozenset(keeper_clusters), audited_cluster_ids=frozenset({2})
    )
    hidden = CalendarLevel.NOTHING

    assert calendar_level(hidden, hidden, CalendarLevel.BUSY, viewer, 2) == level
