import pytest

from booking.rules.refusals import Refusal, RefusalCode
from tests.rules.examples import m


def test_refusals_compare_by_value_and_are_hashable():
    one = Refusal(RefusalCode.TAKEN, {"free": 0, "asked": 1, "slot": m(1, 2)})
    same = Refusal(RefusalCode.TAKEN, {"slot": m(1, 2), "asked": 1, "free": 0})
    other = Refusal(RefusalCode.TAKEN, {"free": 0, "asked": 1, "slot": m(1, 2)}, 3)
    assert one == same
    assert {one, same, other} == {one, other}
    assert Refusal(RefusalCode.NO_PEOPLE) == Refusal(RefusalCode.NO_PEOPLE)


def test_a_refusal_does_not_change_with_the_mapping_it_was_made_from():
    params = {"limit": 4}
    refusal = Refusal(RefusalCode.TOO_MANY_PEOPLE, params)
    params["limit"] = 5
    assert refusal.params["limit"] == 4
    with pytest.raises(TypeError):
        refusal.params["limit"] = 6
