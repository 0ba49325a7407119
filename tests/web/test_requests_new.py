"""Asking for a facility in the browser, from the first field to the sent request."""

from datetime import date

import pytest

from booking.bookings.models import Occurrence
from booking.extensions import db
from tests.factories import make_cluster, make_coordinator, make_facility, make_partner, sign_in
from tests.pages import get_page, read_page, submit
from tests.web.requests_pages import (
    FILLED,
    JANUARY_12,
    check,
    open_form,
    request_form,
    summary,
    value,
)


@pytest.fixture
def cluster(app_context):
    cluster = make_cluster("censec")
    make_coordinator(cluster)
    return cluster


@pytest.fixture
def lab(cluster):
    return make_facility(cluster, "lab", places=3, lead_time_days=7, people_limit=8)


@pytest.fixture
def partner(cluster):
    return make_partner("anna@example.org")


def test_a_request_is_filled_in_checked_and_sent(client, lab, partner):
    sign_in(client, partner)
    form = request_form(get_page(client, "/requests/new?facility=lab"))

    checked = submit(client, form, FILLED | JANUARY_12, "Review request")
    assert checked.status_code == 200
    page = read_page(checked.text)
    assert "Tue 12 Jan 2027, 09:00 – 12:00" in page.text
    assert "not a booking yet" in page.text

    sent = submit(client, request_form(page), button="Send")
    assert sent.status_code == 302
    shown = get_page(client, sent.location)
    assert shown.one("h1").text == "Awaiting Censec's decision"
    assert "Sensor trial" in shown.one("p", class_="lead").text


def test_the_form_is_filled_from_the_address(client, lab):
    page = get_page(
        client, "/requests/new?facility=lab&from=2027-01-12T09:00&to=2027-01-12T12:00&people=5"
    )

    values = dict(request_form(page).values())
    assert values["dates-0-day"] == "2027-01-12"
    assert values["dates-0-starts_time"] == "09:00"
    assert values["dates-0-ends_time"] == "12:00"
    assert values["people"] == "5"
    assert values["extent"] == "part"
    assert "Karup" not in values.values()


def test_an_address_can_choose_the_whole_facility(client, lab):
    assert value(get_page(client, "/requests/new?facility=lab&whole=1"), "extent") == "whole"


def test_half_days_are_filled_from_the_address_and_run_from_opening_to_closing(client, cluster):
    make_facility(cluster, "hall", unit="half_day")
    address = "facility=hall&first_day=2027-01-12&first_half=afternoon&last_day=2027-01-13"

    form = open_form(client, f"{address}&last_half=morning")
    page = read_page(submit(client, form, FILLED, "Review request").text)

    assert "Tue 12 Jan, 12:30 – Wed 13 Jan 2027, 12:30" in page.text
    assert "2 half days" in page.text


def test_days_are_requested_by_first_and_last_day(client, cluster):
    make_facility(cluster, "range", unit="day")

    form = open_form(client, "facility=range&first_day=2027-01-12&last_day=2027-01-13")
    page = read_page(submit(client, form, FILLED, "Review request").text)

    assert "Tue 12 – Wed 13 Jan 2027" in page.text
    assert "2 days" in page.text


@pytest.mark.parametrize(
    ("typed_day", "typed_start", "typed_end"),
    [("12.1.2027", "9", "12.00"), ("Tue 12 January 2027", "0900", "12h00")],
)
def test_days_and_times_are_accepted_in_common_notations(
    client, lab, typed_day, typed_start, typed_end
):
    page = check(
        client,
        {
            "dates-0-day": typed_day,
            "dates-0-starts_time": typed_start,
            "dates-0-ends_time": typed_end,
        },
    )

    assert "Tue 12 Jan 2027, 09:00 – 12:00" in page.text


def test_an_invalid_day_stays_in_the_form_as_typed(client, lab):
    page = check(client, {"dates-0-day": "next Tuesday"}, 422)

    assert value(page, "dates-0-day") == "next Tuesday"
    assert page.one("input", id="dates-0-day").get("type") == "text"
    assert "Enter a date like" in summary(page)


def test_all_missing_values_are_reported_at_once_at_their_fields(client, lab):
    response = submit(client, open_form(client), {"people": ""}, "Review request")

    assert response.status_code == 422
    page = read_page(response.text)
    for name in ("dates-0-day", "title", "purpose", "activity", "people"):
        assert page.one(id=name).get("aria-invalid") == "true", name
    assert page.one("title").text.startswith("Error:")


def test_every_reason_against_a_date_is_shown_at_the_date_and_input_is_kept(client, lab):
    page = check(
        client,
        {
            "dates-0-day": "2026-11-28",  # a Saturday within the lead time
            "dates-0-starts_time": "09:10",
            "people": "9",
            "places": "4",
        },
        422,
    )

    shown = summary(page)
    assert "Notice too short" in shown
    assert "Not open on Sat 28 Nov" in shown
    assert "steps of 30 minutes" in shown
    assert "at most 8" in shown
    assert "room for 3 groups" in shown
    assert "Notice too short" in page.one(id="dates-0-day-error").text
    assert value(page, "title") == "Sensor trial"
    assert value(page, "dates-0-starts_time") == "09:10"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"dates-0-ends_time": "08:00"}, "The end is before the start"),
        ({"dates-0-ends_time": "09:00"}, "The end is before the start"),
        ({"dates-0-day": "2026-11-20"}, "in the past"),
        ({"dates-0-day": "2026-11-30"}, "Notice too short"),
        ({"dates-0-day": "2029-01-12"}, "Too far ahead"),
        ({"dates-0-day": "2199-12-31"}, "Too far ahead"),
        ({"dates-0-day": "0001-01-01"}, "Enter a date like"),
        ({"dates-0-day": "9999-12-31"}, "Enter a date like"),
        ({"dates-0-day": "2027-02-30"}, "Enter a date like"),
        ({"dates-0-starts_time": "25:00"}, "Enter a time like"),
        ({"dates-0-ends_time": "21:00"}, "Open on Tue 12 Jan 2027: 08:00 – 18:00"),
        ({"places": "0"}, "at least 1"),
        ({"places": "-1"}, "at least 1"),
        ({"places": "4"}, "room for 3 groups"),
        ({"places": "many"}, "Enter a whole number"),
        ({"places": "9" * 4000}, "smaller number"),
        ({"people": "0"}, "at least 1"),
        ({"people": "9"}, "at most 8"),
        ({"title": "a\x00b"}, "cannot be shown"),
        ({"title": "a\u2028b"}, "cannot be shown"),
        ({"title": "\u200fabc"}, "cannot be shown"),
        ({"title": "\u200b\u3164"}, "Enter text that can be seen."),
        ({"purpose": "a\u202eb"}, "cannot be shown"),
        ({"title": "x" * 121}, "at most 120"),
        ({"purpose": "x" * 4001}, "at most 4000"),
        ({"activity": "forged"}, "Choose one of these"),
        ({"hazards": "yes"}, "Enter the hazards"),
        ({"hazards": "perhaps"}, "Choose one of these"),
        ({"extent": "half"}, "Choose one of these"),
    ],
)
@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_impossible_values_are_refused_at_their_field(client, lab, typed, message):
    page = check(client, typed, 422)

    assert message in summary(page)
    for name, text in typed.items():
        if name not in ("extent", "hazards", "activity", "title"):
            assert value(page, name) == text


def test_a_local_time_that_does_not_exist_is_refused_at_its_field(client, cluster):
    make_facility(cluster, "nights", hours=("00:00", "00:00"), weekdays=range(7))
    gap = {
        "dates-0-day": "2027-03-28",
        "dates-0-starts_time": "02:30",
        "dates-0-ends_time": "05:00",
    }

    page = check(client, gap, 422, "facility=nights")

    assert "There is no 02:30 on Sun 28 Mar 2027" in page.one(id="dates-0-starts_time-error").text


def test_a_local_time_that_exists_twice_is_asked_about(client, cluster):
    make_facility(cluster, "nights", hours=("00:00", "00:00"), weekdays=range(7))
    doubled = {
        "dates-0-day": "2027-10-31",
        "dates-0-starts_time": "02:30",
        "dates-0-ends_time": "05:00",
    }

    page = check(client, doubled, 422, "facility=nights")

    assert "02:30 twice on Sun 31 Oct 2027" in summary(page)
    assert "the first 02:30 (UTC+2)" in page.text
    assert "the second 02:30 (UTC+1), an hour later" in page.text
    form = request_form(page)
    checked = submit(client, form, {"dates-0-starts_fold": "1"}, "Review request")
    assert checked.status_code == 200
    page = read_page(checked.text)
    assert "02:30 (UTC+1) – 05:00" in page.text
    changed = read_page(submit(client, request_form(page), button="Change").text)
    assert value(changed, "dates-0-starts_fold") == "1"


def test_an_end_at_midnight_is_the_end_of_the_day(client, cluster):
    make_facility(cluster, "nights", hours=("00:00", "00:00"), weekdays=range(7))
    late = {"dates-0-starts_time": "22:00", "dates-0-ends_time": "24:00"}

    page = check(client, late, 200, "facility=nights")

    assert "Tue 12 Jan 2027, 22:00 – 24:00" in page.text


def test_a_date_may_end_on_another_day_if_the_facility_is_open_overnight(client, cluster):
    make_facility(cluster, "nights", hours=("00:00", "00:00"), weekdays=range(7))
    late = {
        "dates-0-starts_time": "22:00",
        "dates-0-ends_time": "04:00",
        "dates-0-ends_day": "2027-01-13",
    }

    page = check(client, late, 200, "facility=nights")

    assert "Tue 12 Jan, 22:00 – Wed 13 Jan 2027, 04:00" in page.text


def test_lengths_under_an_hour_are_shown_in_minutes(client, cluster):
    make_facility(cluster, "bench", unit="hour", minimum_units=2)
    short = {"dates-0-starts_time": "09:00", "dates-0-ends_time": "09:30"}

    page = check(client, short, 422, "facility=bench")

    assert "Too short: at least 2 hours; you requested 30 minutes." in summary(page)


def test_dates_are_added_and_removed_and_input_is_kept(client, lab):
    form = open_form(client)
    two = read_page(submit(client, form, FILLED | JANUARY_12, "Add another date").text)
    second = {
        "dates-1-day": "2027-01-13",
        "dates-1-starts_time": "10:00",
        "dates-1-ends_time": "11:00",
    }
    three = read_page(submit(client, request_form(two), second, "Add another date").text)
    assert value(three, "title") == "Sensor trial"
    assert [value(two, f"dates-1-{name}_time") for name in ("starts", "ends")] == ["09:00", "12:00"]
    assert [value(three, f"dates-2-{name}") for name in ("day", "ends_time")] == ["", "11:00"]
    assert "autofocus" in three.one("input", id="dates-2-day").attributes

    buttons = request_form(three).all("button", value="remove-0")
    assert [button.get("aria-label") for button in buttons] == ["Remove date 1"]
    values = dict(request_form(three).values()) | {"step": "remove-0"}
    left = read_page(client.post("/requests/new", data=values).text)

    assert value(left, "dates-0-day") == "2027-01-13"
    assert value(left, "dates-1-day") == ""
    page = read_page(submit(client, request_form(left), {}, "Review request").text)
    assert "Wed 13 Jan 2027, 10:00 – 11:00" in page.text, (
        "a date that was added and not filled in is left out"
    )


def test_reasons_are_shown_at_their_date(client, lab):
    second = {
        "dates-1-day": "2027-01-16",  # a Saturday
        "dates-1-starts_time": "10:00",
        "dates-1-ends_time": "11:00",
    }
    third = {
        "dates-2-day": "2027-01-12",
        "dates-2-starts_time": "11:00",
        "dates-2-ends_time": "13:00",
    }
    page = check(client, second | third | {"places": "2"}, 422)

    assert "Not open on Sat 16 Jan 2027" in page.one(id="dates-1-day-error").text
    assert "overlaps with your date 1" in page.one(id="dates-2-day-error").text
    assert not page.all(id="dates-0-day-error")


def test_an_invalid_date_does_not_hide_the_reasons_against_other_dates(client, lab):
    others = {
        f"dates-{number}-{name}": text
        for number, start in ((1, "10:00"), (2, "11:00"))
        for name, text in (
            ("day", "2027-01-13"),
            ("starts_time", start),
            ("ends_time", "13:00"),
        )
    }
    page = check(client, others | {"dates-0-day": "soon", "places": "2"}, 422)

    assert "Enter a date like" in page.one(id="dates-0-day-error").text
    assert "overlaps with your date 2" in page.one(id="dates-2-day-error").text
    assert not page.all(id="dates-1-day-error")


def rows(number):
    first = date(2027, 1, 4).toordinal()
    return {
        name: text
        for index in range(number)
        for name, text in (
            (f"dates-{index}-day", date.fromordinal(first + index).isoformat()),
            (f"dates-{index}-starts_time", "09:00"),
            (f"dates-{index}-ends_time", "10:00"),
        )
    }


def test_two_hundred_dates_go_into_one_request_and_one_more_does_not(client, cluster, partner):
    make_facility(cluster, "always", weekdays=range(7), opens_on_holidays=True)
    sign_in(client, partner)
    form = open_form(client, "facility=always")

    too_many = submit(client, form, FILLED | rows(201), "Review request")
    assert too_many.status_code == 422
    assert "at most 200; you requested 201" in summary(read_page(too_many.text))

    checked = submit(client, form, FILLED | rows(200), "Review request")
    assert checked.status_code == 200
    sent = submit(client, request_form(read_page(checked.text)), button="Send")
    assert sent.status_code == 302
    db.session.rollback()  # to see what the pages wrote
    assert db.session.query(Occurrence).count() == 200


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_ten_thousand_dates_are_refused(client, lab):
    data = dict(open_form(client).values())
    data |= {f"dates-{index}-day": "" for index in range(10_000)}

    response = client.post("/requests/new", data=data)

    assert response.status_code in (413, 422)
    read_page(response.text)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_megabyte_of_text_is_refused_and_kept_for_who_is_signed_in(client, lab, partner):
    typed = {"purpose": "x" * 1_000_000}
    anonymous = client.post("/requests/new", data=dict(open_form(client).values()) | typed)
    sign_in(client, partner)
    signed_in = client.post("/requests/new", data=dict(open_form(client).values()) | typed)

    assert anonymous.status_code == 413
    assert signed_in.status_code == 422
    assert dict(request_form(read_page(signed_in.text)).values())["purpose"] == typed["purpose"]


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("name", ["dates-²-day", f"dates-{'9' * 5000}-day", "dates", "dates-1"])
def test_forged_field_names_are_ignored(client, lab, name):
    data = dict(open_form(client).values()) | {name: "2027-01-12"}

    assert client.post("/requests/new", data=data).status_code == 422


def test_the_first_value_of_a_repeated_field_counts(client, lab):
    page = check(client, {"title": ["First", "Second"]})

    assert value(page, "title") == "First"


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("slug", ["nowhere", "²", "x" * 500, "\x00"])
def test_a_facility_that_does_not_exist_answers_404(client, lab, slug):
    assert client.get("/requests/new", query_string={"facility": slug}).status_code == 404
    data = dict(open_form(client).values()) | {"facility": slug}
    assert client.post("/requests/new", data=data).status_code == 404


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"status": "closed"}, "is closed"),
        ({"status": "planned-in-2019"}, "is planned"),
        ({"mode": "elsewhere", "elsewhere_url": "https://example.org/"}, "on its own site"),
    ],
)
def test_a_facility_that_cannot_be_requested_says_so_before_and_after_sending(
    client, lab, cluster, fields, message
):
    make_facility(cluster, "shut", **fields)

    page = get_page(client, "/requests/new?facility=shut")
    assert message in page.text
    assert not [form for form in page.all("form") if form.get("action") == "/requests/new"]

    data = dict(open_form(client).values()) | FILLED | JANUARY_12 | {"facility": "shut"}
    response = client.post("/requests/new", data=data)
    assert response.status_code == 422
    page = read_page(response.text)
    assert message in summary(page)
    assert value(page, "title") == "Sensor trial"


def test_the_form_of_a_facility_without_deciders_says_so(client, app_context):
    make_facility(make_cluster("empty"), "orphan")

    assert "Nobody answers here yet" in get_page(client, "/requests/new?facility=orphan").text


def test_by_agreement_any_open_or_closed_date_can_be_requested(client, cluster):
    make_facility(cluster, "agreed", mode="by_agreement", unit="day")

    page = get_page(client, "/requests/new?facility=agreed")
    assert "by agreement" in page.text
    form = open_form(client, "facility=agreed&first_day=2026-11-28&last_day=2026-11-29")
    assert submit(client, form, FILLED, "Review request").status_code == 200


def test_places_and_whole_are_offered_only_where_both_are_possible(client, cluster):
    make_facility(cluster, "single")
    make_facility(cluster, "shared", places=3, allows_exclusive=False, place_word="bench")
    make_facility(cluster, "entire", places=3, allows_shared=False)
    tree = make_facility(cluster, "tree")
    make_facility(cluster, "branch", parent=tree)

    def names(slug):
        page = get_page(client, f"/requests/new?facility={slug}")
        return {name for name, _ in request_form(page).values()} & {"extent", "places"}

    assert names("single") == set()
    assert names("shared") == {"places"}
    assert names("entire") == set()
    assert names("tree") == {"extent"}
    assert "How many (bench)" in get_page(client, "/requests/new?facility=shared").text


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_without_a_facility_one_is_chosen_first(client, lab):
    page = get_page(client, "/requests/new")

    assert [option.get("value") for option in page.all("option")] == ["", "lab"]
