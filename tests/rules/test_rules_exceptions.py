"""Which refusals allow an exception."""

import pytest

from booking.rules.exceptions import allows_exception
from booking.rules.refusals import Refusal, RefusalCode

NEVER = {
    RefusalCode.BEYOND_HORIZON,
    RefusalCode.DATES_OVERLAP,
    RefusalCode.IN_THE_PAST,
    RefusalCode.NO_PEOPLE,
    RefusalCode.NO_PLACES,
    RefusalCode.TAKEN,
    RefusalCode.TOO_MANY_DATES,
    RefusalCode.TOO_MANY_OCCUPANCIES,
    RefusalCode.TOO_MANY_PLACES,
    RefusalCode.LEFT_TO_OTHERS,
}


@pytest.mark.parametrize("code", RefusalCode)
def test_every_refusal_allows_an_exception_but_taken_past_and_impossible_dates(code):
    assert allows_exception(Refusal(code)) is (code not in NEVER)


@pytest.mark.parametrize(
    ("maximum", "unit", "lifted"), [(5, "day", True), (400, "hour", True), (400, "day", False)]
)
def test_a_date_of_impossible_length_stays_refused(maximum, unit, lifted):
    refusal = Refusal(RefusalCode.TOO_LONG, {"maximum": maximum, "asked": 500, "unit": unit})

    assert allows_exception(refusal) is lifted
