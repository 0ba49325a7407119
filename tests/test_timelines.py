"""Timelines and months say in words what they draw, and place bars without styles of their own."""

from datetime import date

import pytest
from flask import Flask, render_template_string
from flask_babel import Babel

from booking.calendars.drawing.row_markup import TEMPLATE_FUNCTIONS
from tests.pages import Element, read_page
from tools.grid_css import grid_css

PAGE = """
{% from "_timeline.html" import timeline %}{% from "_month.html" import month %}
<!doctype html><html lang="en"><title>Times</title><main><h1>Times</h1>
{% if rows %}{{ timeline(rows, axis) }}{% else %}{{ month(weeks, weekdays, "January") }}{% endif %}
</main></html>
"""
AXIS = {
    "title": "Tuesday 12 January 2027",
    "zone_name": "Paris time",
    "columns": 64,
    "ticks": [(1, "06:00"), (5, ""), (9, "08:00")],
    "now_col": 12,
}


def bar(start_col: int, span: int, kind: str, **values: object) -> dict:
    """One bar, as a layout gives it."""
    label = f"{kind}, Tue 12 Jan"
    return {
        "start_col": start_col,
        "span": span,
        "kind": kind,
        "text": kind,
        "label": label,
    } | values


ROWS = [
    {"kind": "group", "title": "Tampere", "note": "1 h ahead", "ticks": [(1, "07:00")]},
    {
        "kind": "facility",
        "name": "Arena",
        "url": "/facilities/arena",
        "depth": 1,
        "bars": [
            bar(1, 8, "not_open"),
            bar(9, 12, "busy"),
            bar(9, 4, "asked", url="/requests/K7M-4QX", line=2),
        ],
        "sentences": [("free 10:00 – 18:00", "free"), "busy 08:00 – 10:00"],
    },
]


def drawn(**values: object) -> Element:
    """The page with a timeline (rows) or a month (weeks)."""
    app = Flask("booking")
    Babel(app)
    for function in TEMPLATE_FUNCTIONS:
        app.add_template_global(function)
    with app.test_request_context():
        return read_page(render_template_string(PAGE, **values))


def test_each_bar_has_its_state_and_time_at_its_column():
    page = drawn(rows=ROWS, axis=AXIS)
    ground, busy, asked = page.one("ol", class_="lane").all("li", class_="bar")

    assert "busy, Tue 12 Jan" in busy.text
    assert {"bar-not-open", "s1", "w8"} <= set(ground.get("class").split())
    assert {"bar-busy", "s9", "w12"} <= set(busy.get("class").split())
    assert {"bar-asked", "s9", "w4", "l2"} <= set(asked.get("class").split())
    assert asked.one("a").get("href") == "/requests/K7M-4QX"
    assert busy.all("a") == []


def test_a_lane_has_as_many_lines_as_its_bars_need():
    drawn_lane = drawn(rows=ROWS, axis=AXIS).one("ol", class_="lane")

    assert {"cols-64", "lines-2"} <= set(drawn_lane.get("class").split())


def test_every_facility_heads_its_row_and_its_sentences():
    page = drawn(rows=ROWS, axis=AXIS)

    assert page.one("th", scope="row").text == "Arena"
    assert page.one("h3").text == "Arena"
    sentences = page.one("section", class_="timeline-list-row").all("li")
    assert [one.text for one in sentences] == ["free 10:00 – 18:00", "busy 08:00 – 10:00"]


def test_a_facility_without_anything_taken_has_an_empty_lane():
    page = drawn(rows=[ROWS[1] | {"bars": [], "sentences": []}], axis=AXIS)

    assert page.one("ol", class_="lane").all("li") == []


def test_the_key_explains_the_now_line_only_if_it_is_drawn():
    assert "now" in drawn(rows=ROWS, axis=AXIS).one(class_="timeline-key").text
    key = drawn(rows=ROWS, axis=AXIS | {"now_col": None}).one(class_="timeline-key")
    assert "now" not in key.text.split()


def test_the_longest_day_and_week_have_places_for_every_column():
    css = grid_css()

    assert all(f".s{n}{{" in css and f".w{n}{{" in css for n in (1, 96, 100, 168, 169))


def cell(state: str, **values: object) -> dict:
    """Thursday 14 January 2027 in a state."""
    day = {"day": date(2027, 1, 14), "number_text": "14", "label": "Thu 14 Jan 2027"}
    return day | {"in_month": True, "state": state, "words": [], "url": None} | values


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (cell("free"), "free"),
        (cell("too_late"), "notice too short"),
        (cell("partly", words=["afternoon free"]), "afternoon free"),
        (cell("free", chosen=True), "your choice"),
    ],
)
def test_each_day_of_a_month_is_read_out_with_its_date_and_state(given, words):
    day = drawn(weeks=[[given]], weekdays=[("Thu", "Thursday")]).one("td")

    assert day.one(class_="day-words").text == words
    assert "Thu 14 Jan 2027:" in day.text


def test_a_day_that_can_be_requested_is_a_link():
    page = drawn(weeks=[[cell("free", url="/requests/new"), cell("busy")]], weekdays=[])

    assert [link.get("href") for link in page.one("table").all("a")] == ["/requests/new"]
