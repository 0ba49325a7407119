"""How long answers take is said once there are ten of them, in whole days, rounded up."""

from datetime import timedelta

import pytest

from booking.rules.answer_times import usual_days


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ([1] * 9, None),
        ([1] * 10, 1),
        ([0.1] * 10, 1),
        ([0] * 10, 1),
        ([2.1] * 10, 3),
        ([1] * 6 + [50] * 5, 1),
        ([1] * 5 + [50] * 6, 50),
    ],
)
def test_the_usual_time_is_that_within_which_half_of_the_answers_came(days, said):
    assert usual_days([timedelta(days=one) for one in days]) == said
