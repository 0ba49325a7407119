"""The plans of the demonstration are checked when they are read: one clear line for each fault."""

from datetime import time

import pytest

from booking.demo.plans import Action, PlanError, PlanStep, read_plans

PLANS = """
account_requests = []
closures = []
enquiries = []

[[organisations]]
login = "rail"
person = "Demo Rail Desk"
name = "Demo Rail Networks"
kind = "large"
country = "FR"

[[plans]]
title = "Signal box"
facility = "encs-red-blue-range"
by = "rail"
weekdays_ago = 9
dates = { days_ahead = 5, at_time = 13:00:00, weeks = 3 }
purpose = "Red against blue."
steps = [{ weekdays_ago = 6, action = "confirm", only_dates = [1, 3] }]

[[plans]]
title = "Own use"
facility = "encs-test-lab"
weekdays_ago = 4
dates = { days_ahead = 5 }
purpose = "Own use."
"""


def read_text(tmp_path, text):
    path = tmp_path / "plans.toml"
    path.write_text(text, encoding="utf-8")
    return read_plans(path)


def test_plans_are_read_in_the_order_of_the_file_with_defaults_for_what_is_left_out(tmp_path):
    series, own_use = read_text(tmp_path, PLANS).plans

    assert (series.title, series.by, series.activity) == ("Signal box", "rail", "test")
    assert (series.dates.at_time, series.dates.weeks, series.dates.units) == (time(13), 3, 1)
    assert series.steps == (PlanStep(weekdays_ago=6, action=Action.CONFIRM, only_dates=(1, 3)),)
    assert (own_use.title, own_use.by, own_use.steps) == ("Own use", None, ())


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ('purpose = "Red', 'purpos = "Red', 'plan "Signal box": key "purpos" is unknown'),
        ("weeks = 3", "week = 3", 'plan "Signal box": dates: key "week" is unknown'),
        ("only_dates", "dates", 'plan "Signal box": step 1: key "dates" is unknown'),
        ("closures", "closure", 'key "closure" is unknown'),
        ("by = ", "# ", 'plan "Signal box": step 1: nobody can cancel without `by`'),
        ('title = "Signal box"', "", 'plan 1: the key "title" is missing'),
        ("encs-red-blue-range", "encs", 'plan "Signal box": facility "encs" is unknown'),
        ('"confirm"', '"confrim"', 'plan "Signal box": step 1: action "confrim" is unknown'),
        ('by = "rail"', 'by = "tram"', 'plan "Signal box": by "tram" is unknown'),
        (
            "weekdays_ago = 9",
            'weekdays_ago = "9"',
            "plan \"Signal box\": weekdays_ago cannot be '9'",
        ),
        ("days_ahead = 5,", "days_ahead = true,", "days_ahead cannot be True"),
        ("[1, 3]", "[1, 4]", 'plan "Signal box": step 1: there is no date 4'),
        (
            '"Own use."',
            '"Own use."\nsame_dates_as = "X"',
            'plan "Own use": no plan "X" is sent before',
        ),
        (
            'country = "FR"',
            'home_cluster = "x"\ncountry = "FR"',
            'organisation "rail": home_cluster "x"',
        ),
        ("[[plans]]", "[plans]]", "plans.toml: "),
    ],
)
def test_an_error_is_one_line_that_names_the_plan(tmp_path, right, wrong, message):
    text = PLANS.replace("confirm", "cancel") if "nobody" in message else PLANS
    assert right in text

    with pytest.raises(PlanError) as caught:
        read_text(tmp_path, text.replace(right, wrong, 1))

    assert str(caught.value).startswith("plans.toml: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_shipped_plans_are_valid_and_have_different_titles():
    titles = [plan.title for plan in read_plans().plans]

    assert len(titles) > 50
    assert len(set(titles)) == len(titles)
