"""Who sees plans and comments, and which steps lead where."""

import pytest

from booking.rules.plans import NEXT, OPEN, PlanStatus, reads_comment, sees_plan
from booking.rules.visibility import ANONYMOUS, Viewer

FIRM, RIVAL = Viewer(person_id=1, organisation_id=1), Viewer(person_id=2, organisation_id=2)
HERE = Viewer(person_id=3, coordinates=frozenset({1}))
THERE = Viewer(person_id=4, coordinates=frozenset({2}))
KEEPER = Viewer(person_id=5, keeps=frozenset({1}), keeper_clusters=frozenset({1}))


@pytest.mark.parametrize(
    ("viewer", "suggested", "taken_up"),
    [
        (ANONYMOUS, False, False),
        (FIRM, True, True),
        (RIVAL, False, True),
        (HERE, True, True),
        (THERE, False, True),
        (KEEPER, False, True),
    ],
)
def test_what_is_only_suggested_is_seen_by_both_sides_alone(viewer, suggested, taken_up):
    def sees(was_taken_up):
        return sees_plan(
            viewer, was_taken_up=was_taken_up, cluster_id=1, suggested_for_id=1
        )  # fmt: skip

    assert (sees(False), sees(True)) == (suggested, taken_up)


@pytest.mark.parametrize(
    ("viewer", "of_firm", "of_cluster"),
    [(FIRM, True, True), (RIVAL, False, True), (THERE, True, True), (KEEPER, False, True)],
)
def test_organisations_read_no_comments_of_others(viewer, of_firm, of_cluster):
    assert (reads_comment(viewer, 1), reads_comment(viewer, None)) == (of_firm, of_cluster)


def test_every_status_leads_on_but_built_and_none_back_to_suggested():
    assert [one for one in PlanStatus if not NEXT[one]] == [PlanStatus.BUILT]
    assert all(PlanStatus.SUGGESTED not in steps for steps in NEXT.values())
    assert PlanStatus.DROPPED not in OPEN
