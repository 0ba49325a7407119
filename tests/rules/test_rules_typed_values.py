"""Reading days and times as people type them."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.rules.typed_values import parse_day, parse_time


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-14",
        "2027/1/14",
        " 14.1.2027 ",
        "14/01/2027",
        "14-01-2027",
        "14 Jan 2027",
        "14. January 2027",
        "Thu 14 Jan 2027",
        "Thursday, 14 January 2027",
        "Jan 14, 2027",
        "January 14th 2027",
    ],
)
def test_a_day_is_read_in_common_notations(text):
    assert parse_day(text) == date(2027, 1, 14)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2027-02-30",
        "31.4.2027",
        "14.13.2027",
        "14 Foo 2027",
        "1999-12-31",
        "2200-01-01",
        "20270-01-14",
        "14.1.27",
        "٢٠٢٧-٠١-١٤",
        "2027-01-14T09:00",
    ],
)
def test_other_text_is_not_read_as_a_day(text):
    assert parse_day(text) is None


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("9", time(9)),
        ("09:00", time(9)),
        ("9.30", time(9, 30)),
        ("9h30", time(9, 30)),
        ("9h", time(9)),
        ("0930", time(9, 30)),
        ("09:30:00", time(9, 30)),
        ("9 am", time(9)),
        ("12 am", time(0)),
        ("12pm", time(12)),
        ("9:30 pm", time(21, 30)),
        ("24:00", time(0)),
        ("0", time(0)),
    ],
)
def test_a_time_is_read_in_common_notations(text, read):
    assert parse_time(text) == read


@pytest.mark.parametrize(
    "text", ["", "noon", "25", "9:60", "24:30", "13 pm", "0 am", "9:3", "-9", "²"]
)
def test_other_text_is_not_read_as_a_time(text):
    assert parse_time(text) is None


@given(st.dates(date(2000, 1, 1), date(2199, 12, 31)))
def test_every_day_is_read_as_a_browser_sends_it(day):
    assert parse_day(day.isoformat()) == day


@given(st.times())
def test_every_time_is_read_as_a_browser_sends_it(moment):
    assert parse_time(moment.strftime("%H:%M")) == time(moment.hour, moment.minute)


@given(st.text())
def test_no_text_raises_an_error(text):
    parse_day(text)
    parse_time(text)
