from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.rules.absences import (
    FARTHEST,
    LONGEST_DAYS,
    NO_CHANGE_YET,
    Absence,
    Absences,
    AbsentDays,
    StandIn,
    absence_fault,
)
from booking.rules.opening import local_day
from booking.rules.routing import Candidate, deciders
from booking.rules.slots import OPEN_END

COPENHAGEN, HELSINKI = ZoneInfo("Europe/Copenhagen"), ZoneInfo("Europe/Helsinki")
TODAY = date(2026, 11, 24)
CLUSTER, X, Y, Z = 1, 11, 12, 13
WEEK = AbsentDays(date(2026, 12, 7), date(2026, 12, 13))


def stand_in(person_id=Y, *, active=True, clusters=(CLUSTER,)):
    return StandIn(person_id, active, frozenset(), frozenset(clusters))


@pytest.mark.parametrize(
    ("zone", "first", "last", "begins", "ends"),
    [
        (COPENHAGEN, "2026-12-07", "2026-12-07", "2026-12-06T23:00", "2026-12-07T23:00"),
        (HELSINKI, "2026-12-07", "2026-12-07", "2026-12-06T22:00", "2026-12-07T22:00"),
        # The clocks change on 28 March and 31 October 2027.
        (COPENHAGEN, "2027-03-28", "2027-03-28", "2027-03-27T23:00", "2027-03-28T22:00"),
        (HELSINKI, "2027-10-31", "2027-10-31", "2027-10-30T21:00", "2027-10-31T22:00"),
    ],
)
def test_an_absence_begins_and_ends_at_midnight_of_the_zone(zone, first, last, begins, ends):
    days = AbsentDays(date.fromisoformat(first), date.fromisoformat(last))
    at = [datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (begins, ends)]
    assert list(days.changes_at(zone)) == at
    away = Absences([Absence(X, days)], [zone])
    moments = [at[0] - timedelta(seconds=1), at[0], at[1] - timedelta(seconds=1), at[1]]
    present = [away.on(X, local_day(moment, zone)) is None for moment in moments]
    assert present == [True, False, False, True]
    assert [away.unchanged(moment) for moment in moments] == [
        (NO_CHANGE_YET, at[0]),
        tuple(at),
        tuple(at),
        (at[1], OPEN_END),
    ]


def test_an_absence_that_ends_before_it_begins_does_not_exist():
    with pytest.raises(ValueError, match="first day"):
        AbsentDays(date(2026, 12, 8), date(2026, 12, 7))


@pytest.mark.parametrize(
    ("first", "last", "fault"),
    [
        (TODAY, TODAY, None),
        (date(2026, 12, 8), date(2026, 12, 7), ("last", "before_first")),
        (TODAY - timedelta(days=1), date(2026, 12, 7), ("first", "past")),
        (TODAY + FARTHEST, TODAY + FARTHEST, None),
        (TODAY + FARTHEST + timedelta(days=1), date.max, ("first", "too_far")),
        (TODAY, TODAY + timedelta(days=LONGEST_DAYS - 1), None),
        (TODAY, TODAY + timedelta(days=LONGEST_DAYS), ("last", "too_long")),
    ],
)
def test_an_absence_lies_ahead_and_ends_within_a_year(first, last, fault):
    assert absence_fault(first, last, TODAY, []) == fault


def test_two_absences_of_a_person_share_no_day():
    assert absence_fault(date(2026, 12, 1), date(2026, 12, 7), TODAY, [WEEK]) == (
        "first",
        "overlaps",
    )
    assert absence_fault(date(2026, 12, 1), date(2026, 12, 6), TODAY, [WEEK]) is None
    assert absence_fault(date(2026, 12, 14), date(2026, 12, 15), TODAY, [WEEK]) is None


@pytest.mark.parametrize(
    ("other", "decides"),
    [
        (stand_in(), {Y}),
        (stand_in(active=False), set()),
        (stand_in(clusters=[2]), set()),
        (stand_in(Z), set()),  # away as well
        (None, set()),
    ],
)
def test_a_stand_in_decides_while_active_present_and_named_in_the_cluster(other, decides):
    away = Absences([Absence(X, WEEK, other), Absence(Z, WEEK)], [COPENHAGEN])
    candidates = [away.candidate(Candidate(X, True), CLUSTER, WEEK.last)]
    assert deciders([candidates], [], None).approvers == decides
    candidates = [away.candidate(Candidate(X, True), CLUSTER, WEEK.last + timedelta(days=1))]
    assert deciders([candidates], [], None).approvers == {X}


def test_nobody_stands_in_for_an_account_that_is_closed():
    away = Absences([Absence(X, WEEK, stand_in())], [COPENHAGEN])
    assert away.candidate(Candidate(X, False), CLUSTER, WEEK.first).stand_in is None


def test_a_stand_in_keeps_the_decision_at_the_level_and_is_told_apart():
    absent = Candidate(X, False, stand_in=Candidate(Y, True))
    above, coordinator = [Candidate(Z, True)], [Candidate(9, True)]
    found = deciders([[absent], above], coordinator, None)
    assert (found.approvers, found.coordinators) == ({Y}, {9})
    assert found.stand_ins == {Y: X}
    # Who is named there decides in their own right; a coordinator is not named there.
    assert deciders([[absent, Candidate(Y, True)]], coordinator, None).stand_ins == {}
    assert deciders([[absent]], [Candidate(Y, True)], None).stand_ins == {Y: X}
    assert deciders([[Candidate(Y, True)]], [absent], None).stand_ins == {}


def test_who_stands_in_may_be_neither_requester_nor_rival_nor_stand_in_for_one():
    absent = Candidate(X, False, frozenset({70}), Candidate(Y, True, frozenset({80})))
    above = [Candidate(Z, True)]
    assert deciders([[absent], above], [], Y).approvers == {Z}
    assert deciders([[absent], above], [], X).approvers == {Z}
    assert deciders([[absent], above], [], None, frozenset({80})).approvers == {Z}
    assert deciders([[absent], above], [], None, frozenset({70})).approvers == {Z}


def test_the_days_to_look_at_are_those_on_which_somebody_leaves_or_returns():
    away = Absences([Absence(Y, AbsentDays(date(2026, 12, 9), date(2026, 12, 10)))])
    assert away.days_of_change(WEEK) == [date(2026, 12, day) for day in (7, 9, 11)]
