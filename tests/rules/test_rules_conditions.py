"""Conditions of a booking: who moves them on, and until when they may wait."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.rules.conditions import (
    ConditionAct,
    ConditionStage,
    ConditionStatus,
    accepted_until,
    arrival_due,
    concerns,
    condition_day_fault,
    needs_words,
    side_of,
    status_after,
    usual_condition_day,
)
from booking.rules.deadlines import AnswerDayFault, Deadlines
from booking.rules.lifecycle import Event, Side, State
from booking.rules.updates import audiences_of

S, A = ConditionStatus, ConditionAct
STEPS = {
    (S.OPEN, A.MARK_DONE): S.DONE,
    (S.NOT_YET, A.MARK_DONE): S.DONE,
    (S.OPEN, A.FIND_MET): S.MET,
    (S.DONE, A.FIND_MET): S.MET,
    (S.NOT_YET, A.FIND_MET): S.MET,
    (S.DONE, A.FIND_MISSING): S.NOT_YET,
    (S.OPEN, A.WAIVE): S.WAIVED,
    (S.DONE, A.WAIVE): S.WAIVED,
    (S.NOT_YET, A.WAIVE): S.WAIVED,
}
#: Tuesday, 10:00 in Copenhagen.
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
START = datetime(2027, 1, 12, 8, tzinfo=UTC)
DEADLINES = Deadlines(10, ZoneInfo("Europe/Copenhagen"), frozenset({date(2026, 12, 25)}))


@pytest.mark.parametrize(("status", "act"), list(itertools.product(S, A)))
def test_a_condition_only_takes_the_steps_of_its_life(status, act):
    assert status_after(status, act) is STEPS.get((status, act))


def test_the_requester_marks_as_done_and_the_owner_does_the_rest():
    assert [act for act in A if side_of(act) is Side.REQUESTER] == [A.MARK_DONE]


def test_what_is_missing_or_waived_needs_words():
    assert {act for act in A if needs_words(act)} == {A.FIND_MISSING, A.WAIVE}


@pytest.mark.parametrize(
    ("day", "start", "fault"),
    [
        (date(2026, 11, 24), START, None),
        (date(2026, 11, 23), START, AnswerDayFault.PAST),
        (date(2027, 1, 12), START, None),
        (date(2027, 1, 13), START, AnswerDayFault.AFTER_START),
        (date(2027, 1, 23), START + timedelta(days=90), None),
        (date(2027, 1, 24), START + timedelta(days=90), AnswerDayFault.TOO_FAR),
        (date(1, 1, 2), START, AnswerDayFault.PAST),
    ],
)
def test_conditions_wait_at_most_sixty_days_and_until_the_first_date(day, start, fault):
    assert condition_day_fault(day, NOW, start, DEADLINES) is fault


def test_dates_are_accepted_until_the_evening_of_the_day_but_never_beyond_their_start():
    evening = datetime(2026, 12, 1, 17, tzinfo=UTC)
    assert accepted_until(date(2026, 12, 1), START, DEADLINES) == evening
    assert accepted_until(date(2027, 1, 12), START, DEADLINES) == START


@pytest.mark.parametrize(
    ("start", "day"),
    [
        (START, date(2026, 12, 8)),
        (datetime(2026, 12, 2, 8, tzinfo=UTC), date(2026, 12, 1)),
        (NOW + timedelta(hours=3), date(2026, 11, 24)),
    ],
)
def test_the_usual_day_is_in_ten_working_days_or_the_last_one_before_the_date(start, day):
    assert usual_condition_day(NOW, start, DEADLINES) == day
    assert condition_day_fault(day, NOW, start, DEADLINES) is None


def test_after_the_last_evening_the_day_of_the_date_is_left():
    late = datetime(2026, 11, 24, 18, tzinfo=UTC)
    day = usual_condition_day(late, datetime(2026, 11, 25, 8, tzinfo=UTC), DEADLINES)
    assert day == date(2026, 11, 25)


def test_a_condition_before_arrival_is_due_days_before_or_at_the_start_if_that_is_past():
    assert arrival_due(START, 3, NOW) == START - timedelta(days=3)
    assert arrival_due(START, 0, NOW) == START
    assert arrival_due(START, 60, NOW) == START


@pytest.mark.parametrize(
    ("stage", "state", "expected"),
    [
        (ConditionStage.BEFORE_FINAL, State.ACCEPTED, True),
        (ConditionStage.BEFORE_FINAL, State.CONFIRMED, False),
        (ConditionStage.BEFORE_ARRIVAL, State.ACCEPTED, True),
        (ConditionStage.BEFORE_ARRIVAL, State.CONFIRMED, True),
        (ConditionStage.BEFORE_ARRIVAL, State.WITHDRAWN, False),
        (ConditionStage.BEFORE_FINAL, State.REQUESTED, False),
    ],
)
def test_a_condition_matters_for_dates_that_wait_for_it(stage, state, expected):
    in_time = {"lapses_at": NOW + timedelta(days=1), "ends_at": START, "now": NOW}
    assert concerns(stage, state, **in_time) is expected
    assert not concerns(stage, state, lapses_at=NOW, ends_at=NOW, now=NOW)


@pytest.mark.parametrize(
    ("event", "side", "told"),
    [
        (Event.CONDITION_DONE, "requester", {"owner"}),
        (Event.CONDITION_MET, "owner", {"requester"}),
        (Event.CONDITION_MISSED, "nobody", {"owner"}),
        (Event.STEP, "owner", {"owner", "requester"}),
    ],
)
def test_of_conditions_the_other_side_is_told_and_of_a_missed_one_the_owner(event, side, told):
    assert audiences_of(event, side) == told
