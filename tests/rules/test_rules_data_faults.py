"""What must be true of stored data, decided from values alone."""

from datetime import UTC, datetime

import pytest

from booking.rules.availability import PlaceAssignment
from booking.rules.data_faults import (
    FaultCode,
    LoggedStep,
    TreeNode,
    log_faults,
    place_faults,
    tree_faults,
)
from booking.rules.lifecycle import State
from booking.rules.slots import Slot

OWN, WHOLE = {1, 2, 3}, {1, 2, 3, 9}


def hours(first, last):
    return Slot(datetime(2027, 1, 14, first, tzinfo=UTC), datetime(2027, 1, 14, last, tzinfo=UTC))


def seats(*taken):
    return [PlaceAssignment(place_id, hours(first, last)) for place_id, first, last in taken]


@pytest.mark.parametrize(
    ("taken", "places", "whole", "expected"),
    [
        (seats((1, 9, 12), (2, 9, 12)), 2, None, []),
        (seats((1, 8, 13), (2, 8, 13)), 2, None, []),  # with set-up and clean-up
        (seats((1, 8, 10), (3, 10, 13)), 1, None, []),  # it changes places
        (seats((1, 8, 13), (2, 8, 13), (3, 8, 13), (9, 8, 13)), 3, WHOLE, []),
        (seats(), 1, None, [FaultCode.NO_PLACES]),
        (seats((1, 9, 12)), 2, None, [FaultCode.TOO_FEW_PLACES]),
        (seats((1, 9, 12), (2, 9, 12)), 1, None, [FaultCode.TOO_MANY_PLACES]),
        (seats((1, 8, 10), (3, 11, 13)), 1, None, [FaultCode.TOO_FEW_PLACES]),
        (seats((1, 8, 13), (2, 9, 12)), 2, None, [FaultCode.TOO_FEW_PLACES]),
        (seats((1, 10, 12)), 1, None, [FaultCode.SLOT_NOT_COVERED]),
        (seats((9, 9, 12)), 1, None, [FaultCode.OTHER_FACILITYS_PLACE]),
        (seats((1, 9, 12), (2, 9, 12), (3, 9, 12)), 3, WHOLE, [FaultCode.TOO_FEW_PLACES]),
    ],
)
def test_a_date_takes_its_places_throughout_and_no_others(taken, places, whole, expected):
    assert list(place_faults(hours(9, 12), taken, places, OWN, whole)) == expected


def test_facilities_stand_in_trees_of_one_cluster_and_know_their_top():
    sound = [TreeNode(1, None, 1, 7), TreeNode(2, 1, 1, 7), TreeNode(3, 2, 1, 7)]
    wrong = [
        TreeNode(4, 5, 4, 7),
        TreeNode(5, 4, 4, 7),
        TreeNode(6, 1, 6, 7),
        TreeNode(7, 1, 1, 8),
        TreeNode(8, None, None, 7),
    ]

    found = list(tree_faults({node.id: node for node in [*sound, *wrong]}))

    assert found == [
        (4, FaultCode.CYCLE),
        (5, FaultCode.CYCLE),
        (6, FaultCode.WRONG_ROOT),
        (7, FaultCode.OTHER_CLUSTER),
        (8, FaultCode.WRONG_ROOT),
    ]


SENT = LoggedStep("step", None, "requested", (1, 2))
CONFIRMED = LoggedStep("step", "requested", "confirmed", (1,))


@pytest.mark.parametrize(
    ("states", "log", "expected"),
    [
        ("confirmed requested", [SENT, CONFIRMED], []),
        ("requested requested", [SENT, LoggedStep("affected", "requested", "requested", (2,))], []),
        ("confirmed confirmed", [SENT, CONFIRMED], [(2, FaultCode.STATE_NOT_FROM_LOG)]),
        ("confirmed requested", [CONFIRMED, SENT], None),
        (
            "requested requested",
            [LoggedStep("step", None, "requested", (1,))],
            [(2, FaultCode.NOT_IN_LOG)],
        ),
        (
            "requested requested",
            [SENT, LoggedStep("kept", "requested", "requested", (3,))],
            [(3, FaultCode.LOG_OF_OTHER_BOOKING)],
        ),
    ],
)
def test_the_log_of_a_booking_leads_to_the_state_of_each_date(states, log, expected):
    stored = {key: State(state) for key, state in enumerate(states.split(), start=1)}

    found = list(log_faults(stored, log))

    if expected is None:
        assert (1, FaultCode.LOG_DOES_NOT_FOLLOW) in found
    else:
        assert found == expected
