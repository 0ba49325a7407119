import itertools
from dataclasses import replace

import pytest

from booking.rules.lifecycle import Side
from booking.rules.routing import Deciders
from booking.rules.visibility import (
    ANONYMOUS,
    CalendarLevel,
    Viewer,
    calendar_level,
    may_act_as_requester,
    may_decide,
    may_write_as,
    reading_rights,
    sees_booking,
)

BUSY, NOTHING = CalendarLevel.BUSY, CalendarLevel.NOTHING
CLUSTER, ELSEWHERE = 10, 20

PARTNER = Viewer(person_id=1, organisation_id=5)
AT_HOME = Viewer(person_id=2, organisation_id=6, home_cluster_id=CLUSTER)
AWAY = Viewer(person_id=3, organisation_id=7, home_cluster_id=ELSEWHERE)
COORDINATOR = Viewer(person_id=4, coordinates=frozenset({CLUSTER}))
APPROVER = Viewer(person_id=5, approves=frozenset({77}), approver_clusters=frozenset({CLUSTER}))
OTHER_APPROVER = Viewer(person_id=6, approver_clusters=frozenset({ELSEWHERE}))
ADMIN = Viewer(person_id=7, is_admin=True)

AUDIENCES = [
    (ANONYMOUS, {"public"}),
    (PARTNER, {"public", "signed_in"}),
    (AWAY, {"public", "signed_in"}),
    (OTHER_APPROVER, {"public", "signed_in"}),
    (ADMIN, {"public", "signed_in"}),
    (AT_HOME, {"public", "signed_in", "own_cluster"}),
    (COORDINATOR, {"public", "signed_in", "own_cluster"}),
    (APPROVER, {"public", "signed_in", "own_cluster"}),
]


@pytest.mark.parametrize(("viewer", "audiences"), AUDIENCES)
@pytest.mark.parametrize("levels", list(itertools.product([BUSY, NOTHING], repeat=3)))
def test_a_viewer_gets_the_most_generous_level_of_their_audiences(viewer, audiences, levels):
    by_audience = dict(zip(["public", "signed_in", "own_cluster"], levels, strict=True))
    expected = BUSY if BUSY in {by_audience[audience] for audience in audiences} else NOTHING
    assert calendar_level(*levels, viewer, CLUSTER) is expected


def test_nobody_is_signed_in_without_an_account():
    assert not ANONYMOUS.signed_in
    assert PARTNER.signed_in


DECIDERS = Deciders(frozenset({5}), frozenset({4}))


@pytest.mark.parametrize(
    ("viewer", "organisation_id", "sees", "acts", "decides"),
    [
        (PARTNER, 5, True, True, False),
        (PARTNER, 6, False, False, False),
        (PARTNER, None, False, False, False),
        (AT_HOME, 5, False, False, False),  # being at home shows no bookings of others
        (APPROVER, 5, True, False, True),
        (APPROVER, None, True, False, True),
        (COORDINATOR, 5, True, False, True),
        (OTHER_APPROVER, 5, False, False, False),
        (ADMIN, 5, False, False, False),
        (ADMIN, None, False, False, False),
        (ANONYMOUS, 5, False, False, False),
        (ANONYMOUS, None, False, False, False),
        (Viewer(organisation_id=5), 5, False, False, False),  # nobody is signed in
    ],
)
def test_the_requesters_organisation_and_deciders_see_a_booking(
    viewer, organisation_id, sees, acts, decides
):
    assert sees_booking(viewer, organisation_id, None, DECIDERS) is sees
    assert may_act_as_requester(viewer, organisation_id, None) is acts
    assert may_decide(viewer, DECIDERS) is decides


@pytest.mark.parametrize(
    ("viewer", "organisation_id", "as_requester", "as_owner"),
    [
        (PARTNER, 5, True, False),
        (PARTNER, 6, False, False),
        (AT_HOME, 5, False, False),
        (APPROVER, 5, False, True),
        (COORDINATOR, 5, False, True),
        (OTHER_APPROVER, 5, False, False),
        (ADMIN, 5, False, False),
        (ANONYMOUS, 5, False, False),
        (APPROVER, None, False, False),  # own use has nobody to write to
        (Viewer(person_id=5, organisation_id=5), 5, True, True),
    ],
)
def test_messages_are_read_and_written_by_the_requesters_organisation_and_deciders(
    viewer, organisation_id, as_requester, as_owner
):
    assert may_write_as(Side.REQUESTER, viewer, organisation_id, None, DECIDERS) is as_requester
    assert may_write_as(Side.OWNER, viewer, organisation_id, None, DECIDERS) is as_owner
    assert may_write_as(Side.NOBODY, viewer, organisation_id, None, DECIDERS) is False


def test_a_colleague_of_the_requester_may_decide_and_act_for_the_organisation():
    colleague = Viewer(person_id=5, organisation_id=5)
    assert may_decide(colleague, DECIDERS)
    assert may_act_as_requester(colleague, 5, None)


def test_a_coordinator_to_whom_a_booking_is_not_routed_does_not_see_it():
    own_request = Deciders(frozenset({5}), frozenset())
    assert not sees_booking(COORDINATOR, 5, None, own_request)


def test_of_a_confidential_request_only_named_people_act_as_requester():
    named, colleague = (
        Viewer(person_id=1, organisation_id=5),
        Viewer(person_id=2, organisation_id=5),
    )
    gone = Viewer(person_id=1, organisation_id=6)
    for viewer, acts in ((named, True), (colleague, False), (gone, False), (ANONYMOUS, False)):
        assert may_act_as_requester(viewer, 5, {1}) is acts
        assert sees_booking(viewer, 5, {1}, DECIDERS) is acts
        assert may_write_as(Side.REQUESTER, viewer, 5, {1}, DECIDERS) is acts
    assert sees_booking(COORDINATOR, 5, {1}, DECIDERS)
    assert not may_act_as_requester(named, 5, ())


def test_who_is_named_on_a_confidential_request_sees_calendars_of_their_own():
    person, colleague = (
        Viewer(person_id=1, organisation_id=5),
        Viewer(person_id=2, organisation_id=5),
    )
    assert reading_rights(person) == reading_rights(colleague)
    named = replace(person, reads_confidential=True)
    assert reading_rights(named) != reading_rights(replace(colleague, reads_confidential=True))
