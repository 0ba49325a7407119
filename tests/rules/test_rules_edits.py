"""What a requester changes: which rows of the table hold at once, and which need a new yes."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from booking.rules.edits import (
    NEEDS_YES,
    Edit,
    EditField,
    EditKind,
    Plan,
    edits_of,
    is_decided,
    verdict_on,
)
from booking.rules.lifecycle import FIRM, State
from booking.rules.slots import Slot


def at(first, last, day=14):
    return Slot(datetime(2027, 1, day, first, tzinfo=UTC), datetime(2027, 1, day, last, tzinfo=UTC))


OLD = Plan(
    slot=at(9, 12),
    whole=False,
    places=2,
    title="Drone test",
    purpose="Find the range.",
    activity="test",
    people=4,
    hazards=False,
    hazards_note="",
)
WHOLE = replace(OLD, whole=True)
HAZARDOUS = replace(OLD, hazards=True, hazards_note="Laser.")

AT_ONCE, TO_ANSWER = False, True

ROWS = [
    (OLD, {"slot": at(9, 11)}, EditKind.SHORTER, AT_ONCE),
    (OLD, {"slot": at(10, 12)}, EditKind.SHORTER, AT_ONCE),
    (OLD, {"slot": at(9, 13)}, EditKind.LONGER, TO_ANSWER),
    (OLD, {"slot": at(8, 12)}, EditKind.LONGER, TO_ANSWER),
    (OLD, {"slot": at(10, 13)}, EditKind.MOVED, TO_ANSWER),
    (OLD, {"slot": at(9, 10, day=15)}, EditKind.MOVED, TO_ANSWER),
    (OLD, {"places": 1}, EditKind.FEWER_PLACES, AT_ONCE),
    (OLD, {"places": 3}, EditKind.MORE_PLACES, TO_ANSWER),
    (OLD, {"whole": True}, EditKind.WHOLE_INSTEAD, TO_ANSWER),
    (WHOLE, {"whole": False, "places": 4}, EditKind.PLACES_INSTEAD, AT_ONCE),
    (OLD, {"title": "Drone tests"}, EditKind.NEW_TITLE, AT_ONCE),
    (OLD, {"purpose": "Find the height."}, EditKind.NEW_PURPOSE, TO_ANSWER),
    (OLD, {"activity": "visit"}, EditKind.NEW_ACTIVITY, AT_ONCE),
    (OLD, {"people": 3}, EditKind.FEWER_PEOPLE, AT_ONCE),
    (OLD, {"people": 5}, EditKind.MORE_PEOPLE, TO_ANSWER),
    (replace(OLD, people=None), {"people": 1}, EditKind.MORE_PEOPLE, TO_ANSWER),
    (OLD, {"hazards": True, "hazards_note": "Laser."}, EditKind.NEW_HAZARDS, TO_ANSWER),
    (HAZARDOUS, {"hazards_note": "Smoke."}, EditKind.NEW_HAZARDS, TO_ANSWER),
    (HAZARDOUS, {"hazards": False, "hazards_note": ""}, EditKind.NO_HAZARDS, AT_ONCE),
    (OLD, {"billing_reference": "PO 17"}, EditKind.NEW_BILLING_REFERENCE, AT_ONCE),
]


@pytest.mark.parametrize(("old", "changed", "kind", "needs_yes"), ROWS)
def test_each_change_of_an_agreed_date_goes_by_the_table(old, changed, kind, needs_yes):
    (edit,) = edits_of(old, replace(old, **changed))

    assert edit.kind is kind
    verdict = verdict_on([edit], is_decided=True)
    assert (verdict.to_answer if needs_yes else verdict.at_once) == (edit,)
    assert not (verdict.at_once if needs_yes else verdict.to_answer)


def test_the_table_has_a_row_for_each_kind_and_each_row_is_tried():
    assert set(NEEDS_YES) == set(EditKind) == {kind for _, _, kind, _ in ROWS}


def test_what_is_equal_is_no_change():
    unused = {"hazards_note": "not said", "whole": False}
    assert edits_of(OLD, replace(OLD, **unused)) == []
    assert edits_of(WHOLE, replace(WHOLE, places=7)) == []


def test_time_and_extent_wait_together():
    edits = edits_of(OLD, replace(OLD, slot=at(13, 16), places=1, people=2))

    verdict = verdict_on(edits, is_decided=True)

    assert [one.field for one in verdict.to_answer] == [EditField.TIME, EditField.EXTENT]
    assert [one.field for one in verdict.at_once] == [EditField.PEOPLE]


def test_before_anybody_has_decided_only_time_and_extent_can_wait():
    new = replace(HAZARDOUS, slot=at(9, 13), people=9, purpose="Find the height.")

    verdict = verdict_on(edits_of(OLD, new), is_decided=False)

    assert [one.field for one in verdict.to_answer] == [EditField.TIME]
    assert [one.field for one in verdict.at_once] == [
        EditField.PURPOSE,
        EditField.PEOPLE,
        EditField.HAZARDS,
    ]


def test_the_owner_has_decided_on_what_is_agreed_and_not_on_what_is_requested():
    assert all(is_decided(state) for state in FIRM)
    assert not is_decided(State.REQUESTED)


@pytest.mark.parametrize(("old", "changed", "kind", "needs_yes"), ROWS)
def test_a_change_is_stored_as_json_and_read_again(old, changed, kind, needs_yes):
    (edit,) = edits_of(old, replace(old, **changed))
    assert Edit.of_stored(edit.stored()) == edit
