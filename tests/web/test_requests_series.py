"""A date that comes again: shown before it is sent, and nothing left out unsaid."""

from datetime import date

import pytest

from booking.bookings.models import Occurrence
from booking.extensions import db
from booking.facilities.quota_models import Quota
from booking.rules.lifecycle import State
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_facility,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, read_page, submit
from tests.request_factories import kept
from tests.statements import statements
from tests.web.requests_pages import FILLED, JANUARY_12, open_form, request_form, summary

WEEKLY = {"repeat-pattern": "weekly", "repeat-count": "4"}


@pytest.fixture
def cluster(app_context):
    cluster = make_cluster("censec")
    make_coordinator(cluster)
    return cluster


@pytest.fixture
def lab(cluster):
    return make_facility(cluster, "lab", places=1)


def press(client, page, button, typed=None, status=200):
    response = submit(client, request_form(page), typed, button)
    assert response.status_code == status, response.status
    return read_page(response.text)


def shown(client, typed, status=200, facility="lab"):
    page = get_page(client, f"/requests/new?facility={facility}")
    return press(client, page, "Show the dates", typed, status)


def strip(page):
    return [item.text for item in page.all("li", class_="series-date")]


def test_a_series_is_shown_date_by_date_and_conflicts_are_left_out_only_on_request(client, lab):
    partner = make_partner("anna@example.org")
    make_request(
        make_partner(), lab, [slot_on(date(2027, 1, 19), "09:00", "10:00")], state=State.CONFIRMED
    )
    sign_in(client, partner)

    page = shown(client, JANUARY_12 | WEEKLY)
    assert page.one(id="series-title").text == "4 dates: 3 can be requested · 1 conflicts"
    assert strip(page)[0].startswith("Tue 12 Jan 2027 ✓ free")
    assert strip(page)[1].startswith(
        "Tue 19 Jan 2027 ▮ busy Leave out Tue 19 Jan 2027 Taken: Tue 19 Jan 2027, 10:00"
    )

    refused = press(client, page, "Review request", FILLED, 422)
    assert "1 of the 4 dates conflicts" in summary(refused)
    page = press(client, refused, "Leave out the one that conflicts")
    assert page.one(id="series-title").text == "4 dates: 3 can be requested · 1 left out"

    checked = press(client, page, "Review request")
    assert "1 left out Tue 19 Jan 2027" in checked.text
    sent = submit(client, request_form(checked), button="Send")
    assert sent.status_code == 302
    db.session.rollback()
    asked_for = db.session.query(Occurrence).filter_by(state=State.REQUESTED)
    assert sorted(o.starts_at.date().isoformat() for o in asked_for) == [
        "2027-01-12",
        "2027-01-26",
        "2027-02-02",
    ]


def test_a_series_calls_an_own_booking_in_the_way_by_its_reference(client, lab):
    partner = make_partner()
    taken = [slot_on(date(2027, 1, 19), "09:00", "10:00")]
    make_request(partner, lab, taken, state=State.CONFIRMED, reference="K7M-4QX")
    rival = make_partner()
    sign_in(client, partner)
    assert (
        "Taken by your own booking K7M-4QX: Tue 19 Jan 2027, 10:00"
        in (strip(shown(client, JANUARY_12 | WEEKLY))[1])
    )

    sign_in(client, rival)
    page = shown(client, JANUARY_12 | WEEKLY)

    assert "Taken: Tue 19 Jan 2027, 10:00" in strip(page)[1]
    assert "K7M-4QX" not in page.text


BAD = (
    ({"repeat-count": ""}, "repeat-until", "Enter an end date or a number of dates."),
    ({"repeat-until": "2027-03-01"}, "repeat-count", "not both"),
    ({"repeat-every": "0"}, "repeat-every", "at least 1"),
    ({"repeat-every": "-3"}, "repeat-every", "at least 1"),
    ({"repeat-every": "999999999999"}, "repeat-every", "Enter a smaller number."),
    ({"repeat-every": "every"}, "repeat-every", "Enter a whole number."),
    ({"repeat-count": "0"}, "repeat-count", "at least 1"),
    ({"repeat-count": "10000"}, "repeat-count", "at most 60 before you sign in; these are 10000"),
    ({"repeat-count": "", "repeat-until": "2077-01-12"}, "repeat-until", "Too far ahead"),
    ({"repeat-count": "", "repeat-until": "9999-12-31"}, "repeat-until", "Enter a date like"),
    ({"repeat-count": "", "repeat-until": "2027-01-11"}, "repeat-until", "before the first date"),
    ({"repeat-count": "", "repeat-until": "soon"}, "repeat-until", "Enter a date like"),
    (
        {"repeat-pattern": "daily", "repeat-count": "", "repeat-until": "2028-01-11"},
        "repeat-until",
        "these are 365",
    ),
    ({"repeat-extra": "2027-02-03, someday"}, "repeat-extra", "“someday” is not a date"),
    ({"repeat-extra": "2099-02-03"}, "repeat-extra", "too far ahead"),
    ({"repeat-extra": "x" * 4001}, "repeat-extra", "at most 4000"),
    ({"repeat-extra": "2027-02-03\0"}, "repeat-extra", "cannot be shown"),
    ({"repeat-pattern": "monthly_last"}, "repeat-pattern", "Start on Tue 26 Jan 2027"),
    ({"repeat-pattern": "yearly"}, "repeat-pattern", "Choose one of these."),
    ({"repeat-pattern": ""}, "repeat-pattern", "Choose how it repeats"),
    ({"repeat-weekdays": ["3"]}, "repeat-weekdays", "Start on Thu 14 Jan 2027"),
    ({"repeat-weekdays": ["7"]}, "repeat-weekdays", "Choose one of these."),
)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_an_impossible_series_is_explained_at_its_field_and_input_is_kept(client, lab):
    form = open_form(client)
    for typed, field, message in BAD:
        everything = JANUARY_12 | FILLED | WEEKLY | {"repeat-skipped": ["2027-01-19"]} | typed
        for button in ("Show the dates", "Review request"):
            answer = submit(client, form, everything, button)
            assert answer.status_code == 422, (typed, button)
            page = read_page(answer.text)
            assert message in page.one(id=f"{field}-error").text, (typed, button)
            kept = dict(request_form(page).values())
            for name, value in (everything | {"title": "Sensor trial"}).items():
                if isinstance(value, str) and "\0" not in value and value != "yearly":
                    assert kept[name] == value, (typed, name)
            assert kept["repeat-skipped"] == "2027-01-19"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_all_errors_of_a_series_are_shown_at_once_and_each_once(client, lab):
    wrong = {"repeat-every": "0", "repeat-until": "soon", "repeat-count": "", "repeat-extra": "x"}
    page = shown(client, JANUARY_12 | WEEKLY | wrong, 422)

    assert [item.text.partition(":")[0] for item in page.one(id="errors").all("li")] == [
        "Every",
        "Until",
        "Extra days",
    ]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_series_needs_its_first_date(client, lab):
    page = shown(client, WEEKLY, 422)

    assert page.one(id="dates-0-day-error").text == "Error: Enter the day."
    assert not page.all(id="title-error")


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_an_address_can_open_the_fields_of_a_series(client, lab):
    page = get_page(client, "/requests/new?facility=lab&repeat=weekly")

    assert "open" in page.one("details", id="repeat").attributes
    assert dict(request_form(page).values())["repeat-pattern"] == "weekly"
    other = get_page(client, "/requests/new?facility=lab&repeat=hourly")
    assert "open" not in other.one("details", id="repeat").attributes


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_date_in_the_skipped_hour_is_named_and_not_sent(client, cluster):
    make_facility(cluster, "night", hours=("00:00", "00:00"), weekdays=range(7))
    typed = (
        FILLED
        | WEEKLY
        | {
            "dates-0-day": "2027-03-21",
            "dates-0-starts_time": "02:30",
            "dates-0-ends_time": "05:00",
        }
    )
    page = shown(client, typed, facility="night")

    assert strip(page)[1].startswith(
        "Sun 28 Mar 2027 ∅ does not exist Leave out Sun 28 Mar 2027 There is no 02:30"
    )
    refused = press(client, page, "Review request", status=422)
    assert "1 of the 4 dates conflicts" in summary(refused)
    page = press(client, refused, "Leave out the one that conflicts")
    assert "1 left out Sun 28 Mar 2027" in press(client, page, "Review request").text


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_series_asks_which_of_two_repeated_hours_is_meant(client, cluster):
    make_facility(cluster, "night", hours=("00:00", "00:00"), weekdays=range(7))
    typed = WEEKLY | {
        "dates-0-day": "2027-10-24",
        "dates-0-starts_time": "02:30",
        "dates-0-ends_time": "05:00",
    }
    page = shown(client, typed, 422, facility="night")
    assert "happens twice" in strip(page)[1]

    page = press(client, page, "Show the dates", {"repeat-fold": "1"})
    assert page.one(id="series-title").text == "4 dates: all can be requested"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_months_without_the_day_and_repeated_extra_days_are_named(client, cluster):
    make_facility(cluster, "range", unit="day", weekdays=range(7))
    typed = {
        "dates-0-first_day": "2027-01-31",
        "repeat-pattern": "monthly_date",
        "repeat-count": "2",
        "repeat-extra": "2027-02-02, 2 Feb 2027",
    }
    page = press(client, get_page(client, "/requests/new?facility=range"), "Show the dates", typed)

    assert len(strip(page)) == 3
    said = page.one("section", id="series").text
    assert "No such day, so no date: February 2027." in said
    assert "Entered twice and counted once: Tue 2 Feb 2027." in said


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_single_date_that_overlaps_the_series_is_reported_at_its_own_field(client, lab):
    page = shown(client, JANUARY_12 | WEEKLY | FILLED)
    page = press(client, page, "Add another date")
    beside = {
        "dates-1-day": "2027-01-19",
        "dates-1-starts_time": "11:00",
        "dates-1-ends_time": "13:00",
    }

    page = press(client, page, "Review request", beside, 422)

    error = page.one(id="dates-1-day-error").text
    assert "This overlaps with another of your dates: Tue 19 Jan 2027, 11:00 – 12:00." in error


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_leaving_out_conflicts_is_not_offered_if_no_date_would_remain(client, lab):
    page = shown(client, JANUARY_12 | WEEKLY | {"dates-0-day": "2027-01-16"})

    assert "None of these dates can be requested." in page.one(id="series").text
    assert "Leave out the" not in page.text


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_series_without_remaining_dates_is_not_sent(client, lab):
    typed = JANUARY_12 | WEEKLY | FILLED | {"repeat-count": "1", "repeat-skipped": ["2027-01-12"]}
    page = read_page(submit(client, open_form(client), typed, "Review request").text)

    assert "You have left out all dates. Keep at least one." in summary(page)


def test_a_date_taken_between_checking_and_sending_can_be_left_out(client, lab):
    sign_in(client, make_partner("anna@example.org"))
    page = shown(client, JANUARY_12 | WEEKLY | FILLED)
    page = press(client, page, "Review request")
    db.session.rollback()
    make_request(
        make_partner(), lab, [slot_on(date(2027, 1, 26), "09:00", "10:00")], state=State.CONFIRMED
    )

    page = press(client, page, "Send", status=422)

    assert "1 of the 4 dates conflicts" in summary(page)
    assert "busy" in strip(page)[2]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_dates_in_a_hidden_calendar_are_called_neither_free_nor_busy(client, cluster):
    hidden = dict.fromkeys(("sees_public", "sees_signed_in", "sees_own_cluster"), "nothing")
    lab = make_facility(cluster, "lab", **hidden)
    make_request(make_partner(), lab, [slot_on(date(2027, 1, 19))], state=State.CONFIRMED)

    page = shown(client, JANUARY_12 | WEEKLY)

    assert len(strip(page)) == 4
    assert all("✓ can be requested" in text for text in strip(page))


def statements_of(client, typed):
    """How many statements it takes to show a form, check it, and send it."""
    form = open_form(client)
    counts = []
    db.session.rollback()
    with statements() as seen:
        for button in ("Show the dates", "Review request"):
            answer = submit(client, form, typed, button)
            assert answer.status_code == 200
            counts.append(len(seen))
        assert "dates" in answer.text
    return counts


def test_two_hundred_dates_are_checked_with_as_many_statements_as_two(client, cluster):
    make_facility(cluster, "lab", hours=None)
    sign_in(client, make_partner())
    daily = JANUARY_12 | FILLED | {"repeat-pattern": "daily"}
    few = statements_of(client, daily | {"repeat-count": "2"})

    assert statements_of(client, daily | {"repeat-count": "200"}) == few


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_all_dates_over_a_quota_are_named_and_left_out_together(client, lab):
    kept(Quota(facility_id=lab.id, period="week", measure="hours", most=7))
    sign_in(client, make_partner("anna@example.org"))
    typed = JANUARY_12 | {"repeat-pattern": "daily", "repeat-count": "4"}

    page = shown(client, typed | FILLED)
    assert page.one(id="series-title").text == "4 dates: 2 can be requested · 2 conflict"
    assert ["over the limit" in text for text in strip(page)] == [False, False, True, True]

    page = press(client, page, "Leave out the 2 that conflict")
    assert page.one(id="series-title").text == "4 dates: 2 can be requested · 2 left out"
    press(client, page, "Review request")
