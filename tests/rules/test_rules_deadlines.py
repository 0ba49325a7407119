from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.rules.deadlines import (
    AnswerDayFault,
    Deadlines,
    add_working_days,
    answer_day_fault,
    due_at,
    first_day_in_time,
    is_working_day,
    lapses_at,
    last_working_day_before,
    may_propose_until,
    moved,
    moved_back,
    pause,
    proposal_lapses_at,
    usual_answer_day,
    usual_proposal_day,
)
from tests.rules.examples import HELSINKI, PARIS, at, deadlines

CHRISTMAS = ("2026-12-25", "2027-01-01")


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-12-24", True),
        ("2026-12-25", False),  # a holiday
        ("2026-12-26", False),  # Saturday
        ("2026-12-27", False),
        ("2026-12-28", True),
    ],
)
def test_weekends_and_holidays_are_not_working_days(day, works):
    assert is_working_day(date.fromisoformat(day), deadlines(holidays=CHRISTMAS).holidays) is works


@pytest.mark.parametrize(
    ("day", "count", "found"),
    [
        ("2026-12-24", 0, "2026-12-24"),
        ("2026-12-23", 1, "2026-12-24"),
        ("2026-12-24", 1, "2026-12-28"),
        ("2026-12-26", 1, "2026-12-28"),  # sent on a Saturday
        ("2026-11-24", 10, "2026-12-08"),
        ("2026-12-24", 5, "2027-01-04"),
    ],
)
def test_working_days_are_counted_after_the_day(day, count, found):
    holidays = deadlines(holidays=CHRISTMAS).holidays
    assert add_working_days(date.fromisoformat(day), count, holidays) == date.fromisoformat(found)


def test_working_days_are_not_counted_backwards():
    with pytest.raises(ValueError, match="forwards"):
        add_working_days(date(2026, 12, 24), -1, frozenset())


def test_the_last_working_day_before_is_never_the_day_itself():
    holidays = deadlines(holidays=CHRISTMAS).holidays
    assert last_working_day_before(date(2026, 12, 24), holidays) == date(2026, 12, 23)
    assert last_working_day_before(date(2026, 12, 28), holidays) == date(2026, 12, 24)


@pytest.mark.parametrize(
    ("sent", "first", "due"),
    [
        # Far ahead: ten working days after the day on which it was sent.
        ("2026-11-24 10:00", "2027-03-01 09:00", "2026-12-08 18:00"),
        ("2026-11-24 23:59", "2027-03-01 09:00", "2026-12-08 18:00"),
        ("2026-11-28 10:00", "2027-03-01 09:00", "2026-12-11 18:00"),
        # Near: the last working day before the first date.
        ("2026-11-24 10:00", "2026-12-08 09:00", "2026-12-07 18:00"),
        ("2026-11-24 10:00", "2026-12-09 09:00", "2026-12-08 18:00"),
        ("2026-11-24 10:00", "2026-12-07 09:00", "2026-12-04 18:00"),  # a Monday
        ("2026-11-24 10:00", "2026-11-24 15:00", "2026-11-23 18:00"),
        # Ten working days after 18 Dec jump over both holidays.
        ("2026-12-18 10:00", "2027-03-01 09:00", "2027-01-05 18:00"),
    ],
)
def test_an_answer_is_due_at_six_in_the_evening(sent, first, due):
    assert due_at(at(sent), at(first), deadlines(holidays=CHRISTMAS)) == at(due)


def test_the_cluster_counts_in_its_own_zone():
    sent = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)  # already the 25th in Helsinki
    first = at("2027-03-01 09:00")
    assert due_at(sent, first, deadlines(1, PARIS)) == at("2026-11-25 18:00", PARIS)
    assert due_at(sent, first, deadlines(1, HELSINKI)) == at("2026-11-26 18:00", HELSINKI)


def test_six_in_the_evening_is_wall_time_on_both_sides_of_the_clock_change():
    due = due_at(at("2027-03-26 10:00"), at("2027-06-01 09:00"), deadlines(1))
    assert due == datetime(2027, 3, 29, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("due", "start", "lapses"),
    [
        ("2026-12-08 18:00", "2027-03-01 09:00", "2026-12-15 18:00"),
        ("2026-12-08 18:00", "2026-12-15 18:00", "2026-12-15 18:00"),
        ("2026-12-08 18:00", "2026-12-15 17:59", "2026-12-15 17:59"),
        ("2026-12-08 18:00", "2026-12-09 09:00", "2026-12-09 09:00"),
        ("2026-12-22 18:00", "2027-03-01 09:00", "2026-12-30 18:00"),
    ],
)
def test_a_date_lapses_five_working_days_later_but_never_after_its_start(due, start, lapses):
    assert lapses_at(at(due), at(start), deadlines(holidays=CHRISTMAS)) == at(lapses)


@pytest.mark.parametrize(
    ("now", "first"),
    [
        ("2026-11-24 17:59", "2026-11-25"),
        ("2026-11-24 18:00", "2026-11-26"),
        ("2026-11-27 17:59", "2026-11-28"),  # a Friday: the weekend is still in time
        ("2026-11-27 18:00", "2026-12-01"),  # due would be Friday 18:00 until Monday
        ("2026-11-28 10:00", "2026-12-01"),
        ("2026-12-24 18:00", "2026-12-29"),
    ],
)
def test_the_first_day_in_time_follows_a_working_day_that_is_not_over(now, first):
    found = first_day_in_time(at(now), deadlines(holidays=CHRISTMAS))
    assert found == date.fromisoformat(first)


@given(st.integers(0, 60 * 24 * 60), st.integers(0, 10 * 24), st.integers(1, 12))
def test_a_date_is_due_already_exactly_before_the_first_day_in_time(minutes, hours, answer_days):
    now = at("2026-11-24 10:00") + timedelta(minutes=minutes)
    starts_at = now + timedelta(hours=hours)
    rules = deadlines(answer_days, holidays=CHRISTMAS)
    in_time = starts_at.astimezone(PARIS).date() >= first_day_in_time(now, rules)
    assert (due_at(now, starts_at, rules) > now) is in_time


def test_a_cluster_needs_time_to_answer():
    with pytest.raises(ValueError, match="at least one"):
        Deadlines(0, PARIS, frozenset())


@pytest.mark.parametrize(
    ("stopped", "goes_on", "days"),
    [
        ("2026-11-24 10:00", "2026-11-24 17:59", 0),
        ("2026-11-24 10:00", "2026-11-24 18:00", 1),
        ("2026-11-24 18:00", "2026-11-25 10:00", 0),  # 18:00 of the first day was over
        ("2026-11-24 10:00", "2026-11-26 10:00", 2),
        ("2026-11-27 19:00", "2026-11-30 09:00", 0),  # a weekend
        ("2026-12-24 10:00", "2026-12-28 19:00", 2),  # and a holiday
    ],
)
def test_a_clock_that_stands_still_moves_deadlines_by_the_working_evenings_that_pass(
    stopped, goes_on, days
):
    assert pause(at(stopped), at(goes_on), deadlines(holidays=CHRISTMAS)) == days


@given(
    st.integers(0, 24 * 40),
    st.integers(0, 24 * 20),
    st.integers(1, 15),
    st.sampled_from([PARIS, HELSINKI]),
)
def test_after_a_pause_as_many_working_evenings_remain_as_before(asked, waited, ahead, zone):
    rules = Deadlines(10, zone, frozenset(date.fromisoformat(day) for day in CHRISTMAS))
    stopped_at = datetime(2026, 12, 1, tzinfo=UTC) + timedelta(hours=asked)
    goes_on_at = stopped_at + timedelta(hours=waited)
    far = stopped_at + timedelta(days=400)
    deadline = lapses_at(
        due_at(stopped_at, far, Deadlines(ahead, zone, rules.holidays)), far, rules
    )
    later = moved(deadline, pause(stopped_at, goes_on_at, rules), rules, latest=far)

    assert later > goes_on_at
    assert pause(goes_on_at, later, rules) == pause(stopped_at, deadline, rules)


@pytest.mark.parametrize(
    ("deadline", "days", "latest", "found"),
    [
        ("2026-12-08 18:00", 0, "2027-03-01 09:00", "2026-12-08 18:00"),
        ("2026-12-08 18:00", 2, "2027-03-01 09:00", "2026-12-10 18:00"),
        ("2026-12-08 18:00", 2, "2026-12-09 18:00", "2026-12-09 18:00"),
        ("2026-12-08 18:00", 2, "2026-12-08 18:00", "2026-12-08 18:00"),
        ("2026-12-08 18:00", 2, "2026-12-07 18:00", "2026-12-08 18:00"),  # never earlier
        ("2026-12-09 09:00", 2, "2026-12-09 09:00", "2026-12-09 09:00"),  # a date's start
    ],
)
def test_a_moved_deadline_is_never_after_the_latest_and_never_earlier(
    deadline, days, latest, found
):
    assert moved(at(deadline), days, deadlines(), latest=at(latest)) == at(found)


@pytest.mark.parametrize(
    ("day", "first_start", "fault"),
    [
        ("2026-11-24", None, None),  # until this evening
        ("2026-11-23", None, AnswerDayFault.PAST),
        ("2026-12-22", None, None),
        ("2026-12-23", None, AnswerDayFault.TOO_FAR),
        ("2026-12-01", "2026-12-01 18:01", None),
        ("2026-12-01", "2026-12-01 18:00", AnswerDayFault.AFTER_START),
    ],
)
def test_an_answer_is_asked_for_within_four_weeks_and_before_the_first_date(
    day, first_start, fault
):
    start = at(first_start) if first_start else None
    found = answer_day_fault(
        date.fromisoformat(day), at("2026-11-24 10:00"), start, deadlines(holidays=CHRISTMAS)
    )
    assert found == fault


@pytest.mark.parametrize(
    ("first_start", "day"),
    [
        (None, "2026-12-01"),
        ("2027-01-12 09:00", "2026-12-01"),
        ("2026-11-30 09:00", "2026-11-27"),
        ("2026-11-24 15:00", "2026-11-24"),
    ],
)
def test_the_day_offered_for_an_answer_is_a_week_away_or_before_the_first_date(first_start, day):
    start = at(first_start) if first_start else None
    found = usual_answer_day(at("2026-11-24 10:00"), start, deadlines(holidays=CHRISTMAS))
    assert found == date.fromisoformat(day)


TUESDAY = at("2026-11-24T10:00", PARIS)
DUE = at("2026-11-26T18:00", PARIS)  # Thursday


@pytest.mark.parametrize(
    ("days", "due"),
    [
        (0, "2026-11-26T18:00"),
        (1, "2026-11-25T18:00"),
        (9, "2026-11-25T18:00"),  # never in the past
    ],
)
def test_a_clock_that_goes_on_early_moves_the_due_date_back(days, due):
    assert moved_back(DUE, days, TUESDAY, deadlines()) == at(due, PARIS)


def test_a_proposal_is_usually_held_for_five_working_days_and_at_most_for_14_days():
    rules = deadlines()
    assert usual_proposal_day(TUESDAY, rules) == date(2026, 12, 1)
    assert may_propose_until(date(2026, 11, 24), TUESDAY, rules)
    assert may_propose_until(date(2026, 12, 8), TUESDAY, rules)
    assert not may_propose_until(date(2026, 12, 9), TUESDAY, rules)
    assert not may_propose_until(date(2026, 11, 23), TUESDAY, rules)
    assert not may_propose_until(date(2026, 11, 24), at("2026-11-24T18:00", PARIS), rules)


def test_a_proposal_lapses_in_the_evening_or_when_it_would_begin():
    start = at("2026-12-01T09:00", PARIS)
    assert proposal_lapses_at(date(2026, 12, 1), start, deadlines()) == start
    evening = at("2026-11-30T18:00", PARIS)
    assert proposal_lapses_at(date(2026, 11, 30), start, deadlines()) == evening
