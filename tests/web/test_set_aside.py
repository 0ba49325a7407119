"""Set-aside time on the pages: owners keep it, the named see it free, others busy."""

from datetime import date

import pytest
import sqlalchemy as sa

from booking.accounts.models import Organisation
from booking.extensions import db
from booking.rules.lifecycle import State
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
from tests.web.requests_pages import check, request_form

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])

PAGE = "/manage/facilities/lab/set-aside"
TIMES = "/facilities/lab/times.json?first=2027-01-12&last=2027-01-12"
TYPED = {
    "first_day": "2027-01-12",
    "starts_time": "08:00",
    "ends_time": "18:00",
    "organisations": "Friends",
}


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster("censec", short_name="CenSec"), "lab", name="Drone lab")


@pytest.fixture
def approver(lab, client):
    person = make_approver(lab)
    make_organisation("Friends")
    sign_in(client, person)
    db.session.rollback()
    return person


@pytest.fixture
def friends_of(app, approver):
    """Clients of a named organisation, of another one, and of nobody."""
    friends = db.session.scalars(
        sa.select(Organisation).where(Organisation.name == "Friends")
    ).one()
    clients = signed_in(app, friends), signed_in(app, make_organisation("Strangers"))
    return *clients, app.test_client()


def signed_in(app, organisation):
    client = app.test_client()
    sign_in(client, make_partner(organisation=organisation))
    db.session.rollback()
    return client


def keep(client, **typed):
    form = get_page(client, PAGE).one("form", action=PAGE)
    return submit(client, form, TYPED | typed)


def day_of(client):
    (day,) = client.get(TIMES).json["days"]
    return day["free"], day["busy"]


def test_the_named_see_free_and_the_others_busy_also_from_memory(app, lab, client, friends_of):
    friend, stranger, nobody = friends_of
    before = [day_of(one) for one in (friend, stranger, nobody)]
    pages = ("/facilities/lab?view=week&on=2027-01-12", "/calendar?view=week&on=2027-01-12")
    drawn = [[one.get(page).text for page in pages] for one in (friend, stranger, nobody)]
    assert len(set(map(str, before))) == 1

    assert keep(client).status_code == 302

    assert day_of(friend) == before[0]
    for one, seen in zip((stranger, nobody), drawn[1:], strict=True):
        assert day_of(one) != before[0]
        now = [one.get(page).text for page in pages]
        assert all(new != old for new, old in zip(now, seen, strict=True))
        assert "Friends" not in "".join(now)
        assert day_of(one) != before[0], "not from memory either"


def test_the_named_send_a_request_and_others_are_told_that_it_is_taken(lab, client, friends_of):
    friend, stranger, _ = friends_of
    keep(client)

    refused = check(stranger, status=422)
    assert "Taken:" in refused.text
    assert "Friends" not in refused.text
    assert "set aside" not in refused.text.casefold()

    answer = submit(friend, request_form(check(friend)), {}, "Send")
    assert answer.status_code in (302, 303)


def test_the_page_lists_it_and_releases_it(lab, client, friends_of):
    stranger = friends_of[1]
    keep(client, release_day="2027-01-05")
    page = get_page(client, PAGE)
    assert "Tue 12 Jan 2027, 08:00 – 18:00" in page.text
    assert "Free for everyone from" in page.text
    assert "Friends" in get_page(client, "/manage/facilities/lab").text

    answer = submit(client, page.one("form", action=f"{PAGE}/release"), {})

    assert answer.status_code == 302
    assert "No time is set aside." in get_page(client, PAGE).text
    assert "Taken:" not in check(stranger).text


def test_dates_in_the_way_are_shown_and_what_was_typed_is_kept(lab, client, approver):
    slot = slot_on(date(2027, 1, 12), "09:00", "11:00")
    partner = make_partner(organisation=make_organisation("Rivals"))
    make_request(partner, lab, [slot], state=State.CONFIRMED)

    refused = keep(client)

    assert refused.status_code == 422
    page = read_page(refused.text)
    assert "1 date prevents this change. Nothing was changed." in page.text
    assert "Other dates are in the way then." in page.one("div", id="errors").text
    assert dict(page.one("form", action=PAGE).values())["starts_time"] == "08:00"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"organisations": None}, "Choose at least one organisation."),
        ({"first_day": ""}, "Enter the first day."),
        ({"first_day": "2020-01-01"}, "In the past. Choose"),
        ({"ends_time": "07:00"}, "Choose a later end."),
        ({"extent": "places"}, "Enter how many places."),
        ({"extent": "places", "places": "9"}, "Enter at most that many."),
        ({"release_day": "2027-02-01"}, "This is after the end."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(lab, client, approver, typed, message):
    refused = keep(client, **typed)

    assert refused.status_code == 422
    assert message in read_page(refused.text).one("div", id="errors").text


def test_a_request_sent_before_says_to_whom_decides_that_its_time_is_set_aside(
    lab, client, approver
):
    partner = make_partner(organisation=make_organisation("Rivals"))
    slot = slot_on(date(2027, 1, 12), "09:00", "11:00")
    reference = make_request(partner, lab, [slot]).reference
    db.session.rollback()
    keep(client)

    form = get_page(client, f"/inbox/{reference}").one("form", action=f"/inbox/{reference}/confirm")
    refused = submit(client, form, {}, "Confirm")

    assert refused.status_code == 409
    assert "This time is set aside for other organisations." in refused.text


@pytest.mark.parametrize("view", ["day", "week", "month", "list"])
def test_calendars_say_to_those_who_decide_only_that_time_is_set_aside(
    lab, client, friends_of, view
):
    keep(client, release_day="2027-01-05")
    page = f"/facilities/lab?view={view}&on=2027-01-12"

    said = "set aside for 1 organisation, kept until Mon 4 Jan"
    assert said in get_page(client, page).text
    for one in friends_of:
        assert "set aside" not in one.get(page).text.casefold()


def test_entering_a_booking_in_set_aside_time_offers_an_exception(lab, client, friends_of):
    keep(client)
    address = "/manage/bookings/new?facility=lab&from=2027-01-12T09:00&to=2027-01-12T11:00"
    form = get_page(client, address).one("form", action="/manage/bookings/new")
    typed = {"title": "Repair", "activity": "maintenance"}

    refused = submit(client, form, typed, "Enter and confirm")

    assert refused.status_code == 422
    page = read_page(refused.text)
    assert "Set aside for other organisations: Tue 12 Jan 2027" in page.text
    again = page.one("form", action="/manage/bookings/new")
    (tick,) = [
        one.get("name")
        for one in again.all("input")
        if one.get("name", "").endswith("all_the_same")
    ]
    (why,) = [
        one.get("name")
        for one in again.all("textarea")
        if one.get("name", "").endswith("exception_reason")
    ]
    answer = submit(client, again, {tick: "y", why: "The crane."}, "Enter and confirm")
    assert answer.status_code == 302
    assert "kept free by the facility" in get_page(client, answer.location).text


def test_organisations_are_found_added_and_removed_and_what_was_typed_is_kept(
    lab, client, approver
):
    for name in ("Robots One", "Robots Two"):
        make_organisation(name, home_cluster_id=lab.cluster_id)
    db.session.rollback()

    def step(page, typed, button):
        answer = submit(client, page.one("form", action=PAGE), typed, button)
        assert answer.status_code == 200
        return read_page(answer.text)

    typed = {"first_day": "2027-01-12", "organisation": "robo"}
    page = step(get_page(client, PAGE), typed, "Find")
    assert "2 organisations found" in page.text
    answer = submit(client, page.one("form", action=PAGE), {"choose": "Robots Two"})
    page = step(read_page(answer.text), {"organisation": "Friends"}, "Find")
    page = step(page, {}, "Remove Robots Two")
    values = page.one("form", action=PAGE).values()
    assert [value for name, value in values if name == "organisations"] == ["Friends"]
    assert dict(values)["first_day"] == "2027-01-12"

    assert submit(client, page.one("form", action=PAGE), {}, "Set aside").status_code == 302
    assert "Friends" in get_page(client, PAGE).text


def test_a_part_of_a_name_sets_nothing_aside(lab, client, approver):
    make_organisation("Robots One", home_cluster_id=lab.cluster_id)

    refused = keep(client, organisation="robots", organisations=None)

    assert refused.status_code == 422
    page = read_page(refused.text)
    assert "Choose one of the organisations found" in page.one("div", id="errors").text
    assert "Robots One" in page.one("div", id="found-organisations").text
    assert "No time is set aside." in page.text
