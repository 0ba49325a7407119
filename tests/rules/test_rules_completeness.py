"""What is missing of a facility, and when its owner is asked whether it is still true."""

from datetime import date, timedelta

from booking.rules.completeness import COUNTED, HOURS, PEOPLE, completeness
from booking.rules.confirmations import Asking, asking_due, is_confirmed
from booking.rules.facts import FACT_NAMES

TODAY = date(2026, 11, 24)


def ago(days):
    return TODAY - timedelta(days=days)


def test_what_counts_are_facts_hours_and_people():
    assert set(COUNTED) - {HOURS, PEOPLE} <= FACT_NAMES
    assert len(set(COUNTED)) == len(COUNTED)


def test_the_next_thing_is_the_most_wanted_of_what_is_missing():
    nothing = completeness({})
    assert (nothing.stated, nothing.percent, nothing.next) == (0, 0, COUNTED[0])
    everything = dict.fromkeys(COUNTED, "stated")
    assert completeness(everything).next is None
    assert completeness(everything).percent == 100
    almost = completeness({**everything, "size": None, "equipment": []})
    assert almost.missing == ("equipment", "size")
    assert almost.percent == 90


def test_what_was_never_confirmed_is_asked_about_once_reminded_once_and_again_in_a_year():
    assert asking_due(None, None, None, TODAY) is Asking.QUESTION
    assert asking_due(None, ago(29), None, TODAY) is None
    assert asking_due(None, ago(30), None, TODAY) is Asking.REMINDER
    assert asking_due(None, ago(364), ago(334), TODAY) is None
    assert asking_due(None, ago(365), ago(335), TODAY) is Asking.QUESTION


def test_a_confirmation_holds_for_a_year_and_ends_the_question_before_it():
    assert is_confirmed(ago(364), TODAY)
    assert not is_confirmed(ago(365), TODAY)
    assert not is_confirmed(None, TODAY)
    assert asking_due(ago(364), ago(400), None, TODAY) is None
    assert asking_due(ago(365), ago(400), ago(370), TODAY) is Asking.QUESTION
    assert asking_due(ago(366), ago(1), None, TODAY) is None
