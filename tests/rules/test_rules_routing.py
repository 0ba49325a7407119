import pytest

from booking.rules.routing import Candidate, Deciders, deciders

ASKER = 1


def people(*ids, away=()):
    return [Candidate(person_id, person_id not in away) for person_id in ids]


@pytest.mark.parametrize(
    ("chain", "approvers"),
    [
        ([people(2, 3), people(4)], {2, 3}),
        ([people(2, 3, away=[2]), people(4)], {3}),
        ([people(2, 3, away=[2, 3]), people(4)], {4}),
        ([[], [], people(4)], {4}),
        ([people(ASKER), people(4)], {4}),
        ([people(ASKER, 2), people(4)], {2}),
        ([people(ASKER, 2, away=[2]), people(4)], {4}),
        ([people(ASKER)], set()),
        ([people(2, away=[2]), []], set()),
        ([], set()),
    ],
)
def test_the_nearest_level_with_another_active_approver_decides(chain, approvers):
    found = deciders(chain, people(9), ASKER)
    assert found == Deciders(frozenset(approvers), frozenset({9}))


def test_coordinators_may_always_decide_but_not_for_themselves():
    found = deciders([people(2)], people(ASKER, 8, 9, away=[8]), ASKER)
    assert found.coordinators == {9}
    assert found.all == {2, 9}


def test_without_a_requester_everybody_active_may_decide():
    assert deciders([people(ASKER, 2)], people(9), None).all == {ASKER, 2, 9}


def test_without_anybody_the_deciders_are_empty():
    assert not deciders([people(ASKER)], people(ASKER, 9, away=[9]), ASKER).all


def test_who_works_for_a_rival_counts_as_absent():
    rival, other = Candidate(2, True, frozenset({60, 70})), Candidate(3, True, frozenset({80}))
    coordinators = [Candidate(8, True, frozenset({70})), Candidate(9, True)]

    def found(*levels, rivals=frozenset({70})):
        return deciders(levels, coordinators, ASKER, rivals)

    assert found([rival, other], people(4)).approvers == {3}
    assert found([rival], people(4)).approvers == {4}
    assert found([rival], people(4)).coordinators == {9}
    assert found([rival], people(4), rivals=frozenset({80})).all == {2, 8, 9}
    # Any organisation that they work for counts, whichever they act for.
    assert found([rival], people(4), rivals=frozenset({60})).approvers == {4}
