"""Series, expanded into days, or their faults."""

from datetime import date, timedelta

import pytest

from booking.rules.recurrence import (
    LONGEST_DAYS,
    Expansion,
    RepeatPattern,
    Series,
    SeriesFault,
    SeriesFaultCode,
    expand,
)

C = SeriesFaultCode
TUESDAY = date(2027, 1, 12)
TUE_AND_THU = frozenset({1, 3})


def days(text):
    """The days written as "2027-01-12 14 19 2027-02-02": a day alone is of the month before it."""
    found = []
    for word in text.split():
        found.append(date.fromisoformat(word) if "-" in word else found[-1].replace(day=int(word)))
    return tuple(found)


def expanded(first, series, limit=200):
    expansion, faults = expand(first, series, limit)
    assert faults == []
    return expansion


@pytest.mark.parametrize(
    ("first", "rule", "wanted"),
    [
        ("2027-01-12", {"pattern": RepeatPattern.DAILY, "count": 3}, "2027-01-12 13 14"),
        (
            "2027-01-12",
            {"pattern": RepeatPattern.DAILY, "every": 3, "count": 3},
            "2027-01-12 15 18",
        ),
        ("2027-01-12", {"pattern": RepeatPattern.DAILY, "count": 1}, "2027-01-12"),
        # Until is inclusive, and a day short of a date ends before it.
        (
            "2027-01-12",
            {"pattern": RepeatPattern.WEEKLY, "until": date(2027, 1, 26)},
            "2027-01-12 19 26",
        ),
        (
            "2027-01-12",
            {"pattern": RepeatPattern.WEEKLY, "until": date(2027, 1, 25)},
            "2027-01-12 19",
        ),
        ("2027-01-12", {"pattern": RepeatPattern.WEEKLY, "until": TUESDAY}, "2027-01-12"),
        # Weeks begin on Monday: from a Thursday, the next of every two weeks is 12 days off.
        (
            "2027-01-14",
            {"pattern": RepeatPattern.WEEKLY, "every": 2, "weekdays": TUE_AND_THU, "count": 5},
            "2027-01-14 26 28 2027-02-09 11",
        ),
        (
            "2027-01-12",
            {"pattern": RepeatPattern.WEEKLY, "every": 2, "weekdays": TUE_AND_THU, "count": 4},
            "2027-01-12 14 26 28",
        ),
        (
            "2027-01-17",
            {
                "pattern": RepeatPattern.WEEKLY,
                "every": 2,
                "weekdays": frozenset({1, 6}),
                "count": 3,
            },
            "2027-01-17 26 31",
        ),
        # Over the year's end, which falls into the week of a Friday.
        (
            "2026-12-28",
            {"pattern": RepeatPattern.WEEKLY, "weekdays": frozenset({0, 4}), "count": 3},
            "2026-12-28 2027-01-01 04",
        ),
        ("2026-12-30", {"pattern": RepeatPattern.DAILY, "count": 4}, "2026-12-30 31 2027-01-01 02"),
        (
            "2026-11-12",
            {"pattern": RepeatPattern.MONTHLY_DATE, "every": 2, "count": 3},
            "2026-11-12 2027-01-12 2027-03-12",
        ),
        # The third Tuesday, the last Friday.
        (
            "2027-01-19",
            {"pattern": RepeatPattern.MONTHLY_WEEKDAY, "count": 4},
            "2027-01-19 2027-02-16 2027-03-16 2027-04-20",
        ),
        (
            "2027-01-29",
            {"pattern": RepeatPattern.MONTHLY_LAST, "until": date(2027, 5, 28)},
            "2027-01-29 2027-02-26 2027-03-26 2027-04-30 2027-05-28",
        ),
        # The leap day of 2028 is a day like others.
        ("2028-02-28", {"pattern": RepeatPattern.DAILY, "count": 3}, "2028-02-28 29 2028-03-01"),
        (
            "2028-02-29",
            {"pattern": RepeatPattern.MONTHLY_DATE, "every": 12, "count": 2},
            "2028-02-29 2032-02-29",
        ),
    ],
)
def test_a_series_has_the_days_of_its_pattern_up_to_its_end(first, rule, wanted):
    assert expanded(date.fromisoformat(first), Series(**rule)).days == days(wanted)


@pytest.mark.parametrize(
    ("first", "rule", "wanted", "missing_months"),
    [
        (
            "2027-01-31",
            {"pattern": RepeatPattern.MONTHLY_DATE, "count": 4},
            "2027-01-31 2027-03-31 2027-05-31 2027-07-31",
            "2027-02-01 2027-04-01 2027-06-01",
        ),
        (
            "2027-12-30",
            {"pattern": RepeatPattern.MONTHLY_DATE, "until": date(2028, 2, 29)},
            "2027-12-30 2028-01-30",
            "2028-02-01",
        ),
        # A month that is not over by the last day lacks nothing yet.
        (
            "2027-12-30",
            {"pattern": RepeatPattern.MONTHLY_DATE, "until": date(2028, 2, 28)},
            "2027-12-30 2028-01-30",
            "",
        ),
        # The fifth Friday.
        (
            "2027-01-29",
            {"pattern": RepeatPattern.MONTHLY_WEEKDAY, "count": 2},
            "2027-01-29 2027-04-30",
            "2027-02-01 2027-03-01",
        ),
        (
            "2028-02-29",
            {"pattern": RepeatPattern.MONTHLY_DATE, "every": 12, "until": date(2030, 3, 1)},
            "2028-02-29",
            "2029-02-01 2030-02-01",
        ),
    ],
)
def test_a_month_without_the_date_is_skipped_and_named(first, rule, wanted, missing_months):
    found = expanded(date.fromisoformat(first), Series(**rule))

    assert (found.days, found.missing_months) == (days(wanted), days(missing_months))


def test_extra_days_are_sorted_in_and_skipped_days_listed_apart():
    series = Series(
        RepeatPattern.WEEKLY,
        count=3,
        extra=days("2027-01-21 11"),
        skipped=frozenset(days("2027-01-19 20")),
    )

    found = expanded(TUESDAY, series)

    assert found == Expansion(days=days("2027-01-11 12 21 26"), skipped=days("2027-01-19"))
    assert found.all_days == list(days("2027-01-11 12 19 21 26"))


def test_a_duplicate_extra_day_is_one_date_and_is_named():
    found = expanded(
        TUESDAY, Series(RepeatPattern.WEEKLY, count=2, extra=days("2027-01-21 21 19 2027-02-01"))
    )

    assert found.days == days("2027-01-12 19 21 2027-02-01")
    assert found.duplicates == days("2027-01-19 21")


def test_a_skipped_day_counts_so_that_skipping_never_makes_a_series_longer():
    found = expanded(TUESDAY, Series(RepeatPattern.WEEKLY, count=3, skipped=frozenset({TUESDAY})))

    assert found.days == days("2027-01-19 26")


LATEST = TUESDAY + timedelta(days=LONGEST_DAYS)


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ({}, SeriesFault("until", C.NO_END)),
        ({"until": LATEST, "count": 3}, SeriesFault("count", C.TWO_ENDS)),
        ({"every": 0, "count": 3}, SeriesFault("every", C.EVERY_BELOW_ONE)),
        ({"every": -2, "count": 3}, SeriesFault("every", C.EVERY_BELOW_ONE)),
        ({"every": 367, "count": 3}, SeriesFault("every", C.EVERY_TOO_LARGE, {"limit": 366})),
        ({"count": 0}, SeriesFault("count", C.COUNT_BELOW_ONE)),
        (
            {"until": date(2027, 1, 11)},
            SeriesFault("until", C.UNTIL_BEFORE_FIRST, {"first": TUESDAY}),
        ),
        ({"count": 201}, SeriesFault("count", C.TOO_MANY, {"limit": 200, "asked": 201})),
        ({"count": 10_000}, SeriesFault("count", C.TOO_MANY, {"limit": 200, "asked": 10_000})),
        (
            {"count": 200, "extra": (date(2027, 1, 13),)},
            SeriesFault("count", C.TOO_MANY, {"limit": 200, "asked": 201}),
        ),
        (
            {"pattern": RepeatPattern.DAILY, "until": date(2027, 12, 31)},
            SeriesFault("until", C.TOO_MANY, {"limit": 200, "asked": 354}),
        ),
        ({"until": date(2077, 1, 12)}, SeriesFault("until", C.TOO_LONG, {"latest": LATEST})),
        (
            {"pattern": RepeatPattern.MONTHLY_DATE, "count": 122},
            SeriesFault("count", C.TOO_LONG, {"latest": LATEST}),
        ),
        (
            {"pattern": RepeatPattern.MONTHLY_LAST, "every": 366, "count": 3},
            SeriesFault(
                "pattern",
                C.FIRST_NOT_IN_IT,
                {"first": TUESDAY, "following": date(2027, 1, 26)},
            ),
        ),
        (
            {"weekdays": frozenset({3}), "count": 3},
            SeriesFault(
                "weekdays",
                C.FIRST_NOT_IN_IT,
                {"first": TUESDAY, "following": date(2027, 1, 14)},
            ),
        ),
        (
            {"count": 2, "extra": (date(2199, 12, 31),)},
            SeriesFault("extra", C.EXTRA_TOO_FAR, {"day": date(2199, 12, 31), "latest": LATEST}),
        ),
    ],
)
def test_a_series_that_cannot_be_expanded_says_what_is_wrong_and_where(rule, fault):
    assert expand(TUESDAY, Series(**{"pattern": RepeatPattern.WEEKLY} | rule), 200) == (
        None,
        [fault],
    )


def test_all_errors_in_the_numbers_are_returned_at_once():
    series = Series(RepeatPattern.DAILY, every=0, until=date(2027, 1, 1), count=0)

    _, faults = expand(TUESDAY, series, 200)

    assert [fault.code for fault in faults] == [
        C.EVERY_BELOW_ONE,
        C.TWO_ENDS,
        C.COUNT_BELOW_ONE,
        C.UNTIL_BEFORE_FIRST,
    ]


def test_a_series_may_have_two_hundred_dates():
    assert len(expanded(TUESDAY, Series(RepeatPattern.WEEKLY, count=200)).days) == 200


def test_the_last_possible_days_are_refused_without_an_exception():
    _, faults = expand(
        date(2199, 12, 31), Series(RepeatPattern.MONTHLY_DATE, every=366, count=5), 200
    )

    assert [fault.code for fault in faults] == [C.TOO_LONG]
