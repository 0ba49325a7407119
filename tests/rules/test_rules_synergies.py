"""What may be told of what clusters have in common, and of what people ask for."""

from datetime import UTC, datetime

import pytest

from booking.rules.synergies import (
    Held,
    SideBySide,
    counted_year,
    held_by,
    is_demand,
    shown_requests,
    side_by_side,
)


@pytest.mark.parametrize(
    ("clusters", "held"), [(0, Held.NOBODY), (1, Held.ONE), (2, Held.SEVERAL), (7, Held.SEVERAL)]
)
def test_nobody_one_or_several_have_something(clusters, held):
    assert held_by(clusters) is held


@pytest.mark.parametrize(("organisations", "told"), [(0, None), (4, None), (5, 9), (6, 9)])
def test_requests_of_fewer_than_five_organisations_are_not_told(organisations, told):
    assert shown_requests(9, organisations) == told


@pytest.mark.parametrize(
    ("days", "searches", "told"), [(5, 10, True), (4, 99, False), (99, 9, False), (5, 9, False)]
)
def test_searches_are_told_after_five_days_and_ten_searches(days, searches, told):
    assert is_demand(days, searches) is told


def test_the_year_ends_with_the_last_full_month():
    now = datetime(2028, 2, 29, 23, 30, tzinfo=UTC)

    assert counted_year(now) == (datetime(2027, 2, 1, tzinfo=UTC), datetime(2028, 2, 1, tzinfo=UTC))


def test_two_clusters_are_compared_in_the_order_given():
    assert side_by_side("cabde", {"a", "b", "c"}, {"b", "c", "d"}) == SideBySide(
        both=("c", "b"), only_first=("a",), only_second=("d",)
    )
