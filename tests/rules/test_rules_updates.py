"""Who is told of a change, and when its mail goes out."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.rules.lifecycle import Audience, Event, State
from booking.rules.routing import Deciders
from booking.rules.updates import (
    DEFAULT_CHOICE,
    Delivery,
    UpdateKind,
    always_at_once,
    kind_of,
    next_digest,
    owners_to_tell,
)

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
COPENHAGEN, HELSINKI = ZoneInfo("Europe/Copenhagen"), ZoneInfo("Europe/Helsinki")
BOTH = Deciders(frozenset({1}), frozenset({2, 3}))


def told(deciders=BOTH, *, wanting=frozenset(), before=State.REQUESTED, due_at=None):
    return owners_to_tell(deciders, wanting, before=before, due_at=due_at, now=NOW)


def test_approvers_are_told_and_coordinators_are_not():
    assert told() == {1}
    assert told(due_at=NOW + timedelta(seconds=1)) == {1}


def test_coordinators_are_told_where_no_approver_can_decide():
    assert told(Deciders(frozenset(), frozenset({2, 3}))) == {2, 3}


def test_a_coordinator_who_wants_every_step_is_told_of_it():
    assert told(wanting={2, 9}) == {1, 2}


@pytest.mark.parametrize(("before", "people"), [("requested", {1, 2, 3}), ("confirmed", {1})])
def test_from_the_due_date_on_coordinators_are_told_of_what_waited(before, people):
    assert told(before=before, due_at=NOW) == people


@pytest.mark.parametrize(
    ("now", "zone", "due"),
    [
        (datetime(2026, 11, 24, 5, 59, tzinfo=UTC), COPENHAGEN, "2026-11-24T06:00Z"),
        (datetime(2026, 11, 24, 6, tzinfo=UTC), COPENHAGEN, "2026-11-25T06:00Z"),
        (NOW, HELSINKI, "2026-11-25T05:00Z"),
        # The clock goes forward on 28 March 2027.
        (datetime(2027, 3, 27, 12, tzinfo=UTC), COPENHAGEN, "2027-03-28T05:00Z"),
    ],
)
def test_the_digest_comes_at_seven_on_the_clock_of_its_reader(now, zone, due):
    assert next_digest(now, zone) == datetime.fromisoformat(due)


def test_what_an_update_is_about_follows_from_who_is_told():
    kinds = {audience: kind_of(audience, None) for audience in Audience}

    assert kinds == {
        Audience.REQUESTER: UpdateKind.ANSWERS,
        Audience.OWNER: UpdateKind.TO_DECIDE,
        Audience.ADMIN: UpdateKind.CLUSTER,
        Audience.MEMBER: UpdateKind.CLUSTER,
        Audience.CATALOGUE: UpdateKind.CATALOGUE,
    }


def test_a_person_who_never_chose_gets_all_at_once():
    assert {DEFAULT_CHOICE.delivery(kind) for kind in UpdateKind} == {Delivery.AT_ONCE}
    assert not DEFAULT_CHOICE.every_step
    assert not DEFAULT_CHOICE.details


@pytest.mark.parametrize(
    ("event", "after", "days", "urgent"),
    [
        (Event.STEP, State.CANCELLED, 90, True),
        (Event.STEP, State.DECLINED, 1, False),
        (Event.AFFECTED, State.CONFIRMED, 5, True),
        (Event.AFFECTED, State.CONFIRMED, 6, False),
        (Event.LIFTED, State.CONFIRMED, 1, False),
    ],
)
def test_cancellations_and_near_closures_are_mailed_at_once(event, after, days, urgent):
    assert always_at_once(event, after, NOW + timedelta(days=days), NOW) is urgent
