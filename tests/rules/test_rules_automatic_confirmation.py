"""Which requests a rule of the owner confirms at once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from booking.rules.automatic_confirmation import Applicant, AutomaticRule, automatic_rule
from booking.rules.opening import Unit
from booking.rules.slots import Slot
from booking.rules.terms import AutomaticFor, BookingMode
from tests.rules.examples import terms

NOW = datetime(2027, 1, 12, 9, tzinfo=UTC)
AT = datetime(2027, 1, 19, 9, tzinfo=UTC)
FOUR_HOURS = Slot(AT, AT + timedelta(hours=4))
NOBODY, OWN, NAMED, EVERYONE = AutomaticFor


def rules(**changes):
    values = {"automatic_for": EVERYONE, "automatic_maximum_units": 4, "automatic_notice_days": 7}
    return terms(**{**values, **changes})


def confirmed(of, *slots, applicant=None, has_hazards=False):
    found = automatic_rule(
        of, applicant or Applicant(), slots or (FOUR_HOURS,), NOW, has_hazards=has_hazards
    )
    return found is not None


def test_the_rule_that_confirms_is_named_as_the_log_keeps_it():
    found = automatic_rule(rules(), Applicant(), [FOUR_HOURS], NOW, has_hazards=False)

    assert found == AutomaticRule(EVERYONE, 4, Unit.HOUR, 7)
    assert AutomaticRule.of_stored(found.stored()) == found


@pytest.mark.parametrize(
    ("for_whom", "applicant", "expected"),
    [
        (NOBODY, Applicant(of_own_cluster=True, is_named=True), False),
        (OWN, Applicant(of_own_cluster=True), True),
        (OWN, Applicant(is_named=True), False),
        (NAMED, Applicant(is_named=True), True),
        (NAMED, Applicant(of_own_cluster=True), False),
        (EVERYONE, Applicant(), True),
    ],
)
def test_the_rule_confirms_for_whom_it_is_meant(for_whom, applicant, expected):
    assert confirmed(rules(automatic_for=for_whom), applicant=applicant) is expected


def test_one_date_that_is_too_long_leaves_all_to_the_approvers():
    longer = Slot(AT + timedelta(days=1), AT + timedelta(days=1, hours=4, minutes=30))

    assert not confirmed(rules(), FOUR_HOURS, longer)
    assert confirmed(rules(automatic_maximum_units=None), FOUR_HOURS, longer)


def test_one_date_that_is_too_soon_leaves_all_to_the_approvers():
    sooner = Slot(AT - timedelta(days=1), AT - timedelta(hours=23))

    assert not confirmed(rules(), FOUR_HOURS, sooner)
    assert confirmed(rules(automatic_notice_days=6), FOUR_HOURS, sooner)
    assert confirmed(rules(automatic_notice_days=None), FOUR_HOURS, sooner)


def test_hazards_are_never_confirmed_at_once():
    assert not confirmed(rules(), has_hazards=True)


@pytest.mark.parametrize("mode", [BookingMode.BY_AGREEMENT, BookingMode.ELSEWHERE])
def test_what_is_not_drawn_as_free_is_never_confirmed_at_once(mode):
    assert not confirmed(replace(rules(), mode=mode))
