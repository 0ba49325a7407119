"""Who comes today, and what came of it, on the pages of both sides."""

from datetime import UTC, date, datetime

import pytest

from booking.db import clock
from booking.extensions import db
from booking.rules.lifecycle import State
from booking.rules.slots import Slot
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, read_page, submit

DAY = date(2027, 1, 14)
NOON = datetime(2027, 1, 14, 11, 5, tzinfo=UTC)


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster("censec", short_name="CenSec"), "lab", name="Drone lab")


@pytest.fixture
def partner(lab):
    return make_partner("anna@example.org", organisation=make_organisation("Demo Drones"))


@pytest.fixture
def visit(lab, partner, client):
    """A confirmed date of today, with its approver signed in: 09:00 to 13:00 in Copenhagen."""
    request = make_request(
        partner, lab, [slot_on(DAY, "08:00", "12:00")], state=State.CONFIRMED, reference="K7M-4QX"
    )
    with clock.fixed(NOON):
        sign_in_anew(client, make_approver(lab))
        yield request


def sign_in_anew(client, person):
    """Sign in, and start a new transaction so that the test's own session sees it."""
    sign_in(client, person)
    db.session.rollback()


def form_to(page, answer):
    return page.one("form", action=f"/inbox/K7M-4QX/{answer}")


def times_page(client):
    today = get_page(client, "/inbox/today")
    return get_page(
        client, next(a.get("href") for a in today.all("a") if "/attendance" in a.get("href"))
    )


def test_the_list_of_today_says_who_comes_and_notes_arrival_and_leaving(client, visit):
    page = get_page(client, "/inbox/today")
    assert "Who comes today, Thu 14 Jan" in page.one("h1").text
    line = page.one("li", class_="visit").text
    for text in ("09:00 – 13:00", "Demo Drones", "Sensor trial"):
        assert text in line

    response = submit(client, form_to(page, "arrived"))
    page = get_page(client, response.location)
    assert "arrived 12:05" in page.one("li", class_="visit").text
    with clock.fixed(NOON.replace(minute=50)):
        response = submit(client, form_to(page, "left"))
    page = get_page(client, response.location)
    assert "arrived 12:05, left 12:50" in page.one("li", class_="visit").text


def test_other_days_and_facilities_are_a_link_away(client, visit):
    assert "Nobody comes on this day" in get_page(client, "/inbox/today?on=2027-01-15").text
    assert "Demo Drones" in get_page(client, "/inbox/today?on=2027-01-14&facility=lab").text
    for day in ("nonsense", "0001-01-01", "9999-12-31"):
        address = f"/inbox/today?on={day}&facility=nonsense"
        assert "Demo Drones" in get_page(client, address).text


def test_times_are_typed_in_the_facilitys_time_and_both_sides_see_them(
    client, other_client, visit, partner
):
    page = times_page(client)
    form = form_to(page, "attendance")
    typed = {"arrived_time": "9.10", "left_time": "11:55"}
    response = submit(client, form, typed, "Save times")
    page = get_page(client, response.location)
    assert "arrived 09:10, left 11:55" in page.one("article").text

    sign_in_anew(other_client, partner)
    assert "arrived 09:10, left 11:55" in get_page(other_client, "/requests/K7M-4QX").text


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"arrived_time": "soon"}, "arrived_time", "Enter a time like 14:30."),
        ({"arrived_time": "09:10", "arrived_day": ""}, "arrived_day", "Enter the day."),
        ({"arrived_time": "23:10"}, "arrived_time", "has not come yet"),
        ({"arrived_time": "09:10", "arrived_day": "2027-01-02"}, "arrived_time", "at most a day"),
        ({"arrived_time": "09:10", "left_time": "09:10"}, "left_time", "leave after they arrive"),
    ],
)
def test_wrong_times_are_said_at_the_field_and_stay(client, visit, typed, field, message):
    response = submit(client, form_to(times_page(client), "attendance"), typed, "Save times")

    assert response.status_code == 422
    page = read_page(response.text)
    assert message in page.one("div", id=f"{field}-error").text
    values = dict(form_to(page, "attendance").values())
    assert {name: values[name] for name in typed} == typed
    assert "Noted" not in page.text


@pytest.mark.parametrize(
    ("day", "text"),
    [(date(2027, 10, 31), "twice"), (date(2027, 3, 28), "the clock goes forward")],
)
def test_a_time_that_the_clock_shows_twice_is_asked_about_and_one_that_it_skips_refused(
    client, lab, partner, day, text
):
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    slot = Slot(midnight, midnight.replace(hour=4))
    request = make_request(partner, lab, [slot], state=State.CONFIRMED)
    uid = request.bookings[0].occurrences[0].uid
    address = f"/inbox/{request.reference}/attendance"
    with clock.fixed(slot.ends_at):
        sign_in_anew(client, make_approver(lab))
        form = get_page(client, f"{address}?date={uid}").one("form", action=address)
        response = submit(client, form, {"arrived_time": "02:30"}, "Save times")
        assert response.status_code == 422
        assert text in response.text
        if text == "twice":
            form = read_page(response.text).one("form", action=address)
            response = submit(client, form, {"arrived_fold": "1"}, "Save times")
            assert response.status_code == 302


def test_a_no_show_is_told_to_the_requester_and_does_not_read_as_completed(
    client, other_client, visit, partner
):
    page = get_page(client, "/inbox/today")
    response = submit(client, form_to(page, "no-show"))
    line = get_page(client, response.location).one("li", class_="visit")
    assert "no-show" in line.text
    assert not line.all("button")

    with clock.fixed(NOON.replace(hour=15)):
        sign_in_anew(other_client, partner)
        page = get_page(other_client, "/requests/K7M-4QX")
        assert page.one("h1").text == "Nobody came"
        assert "completed" not in page.text.casefold()
        assert "CenSec recorded that nobody came" in get_page(other_client, "/account/updates").text


def test_a_no_show_recorded_by_somebody_else_meanwhile_says_so(client, visit):
    form = form_to(get_page(client, "/inbox/today"), "no-show")
    assert submit(client, form).status_code == 302
    assert submit(client, form).status_code == 409


def test_a_no_show_despite_an_arrival_changes_nothing_and_says_why(client, visit):
    page = get_page(client, "/inbox/today")
    no_show = form_to(page, "no-show")
    submit(client, form_to(page, "arrived"))

    response = submit(client, no_show)
    assert response.status_code == 409
    assert "Remove the times" in read_page(response.text).text


def test_dates_that_took_place_read_as_completed_on_both_sides(
    client, other_client, visit, lab, partner
):
    two = [slot_on(DAY, "13:00", "14:00"), slot_on(DAY, "17:00", "18:00")]
    request = make_request(partner, lab, two, state=State.CONFIRMED)
    sign_in_anew(other_client, partner)
    one, some = "/requests/K7M-4QX", f"/requests/{request.reference}"

    def badges(page):
        return {span.text for span in page.all("span", class_="state-yes")}

    with clock.fixed(NOON.replace(hour=15)):
        assert get_page(other_client, one).one("h1").text == "Completed"
        assert badges(get_page(other_client, "/requests")) == {"✓ completed", "✓ confirmed"}
        assert badges(get_page(other_client, some)) == {"✓ completed", "✓ confirmed"}
        assert "✓ completed" in badges(get_page(client, "/inbox/K7M-4QX"))
    with clock.fixed(NOON.replace(hour=18)):
        assert get_page(other_client, some).one("h1").text == "All 2 dates completed"
        assert badges(get_page(client, f"/inbox/{request.reference}")) == {"✓ completed"}
