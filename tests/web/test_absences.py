"""Pages: one's own absences, and what others see of them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.factories import (
    make_absence,
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, read_page, submit

PAGE = "/account/absences"
MONDAY, SUNDAY = date(2026, 12, 7), date(2026, 12, 13)
BEGINS, ENDS = (datetime(2026, 12, day, 23, tzinfo=UTC) for day in (6, 13))
MOMENT = timedelta(seconds=1)


@pytest.fixture
def lab(app, client):
    """A lab; its approver Anna is signed in on `client`."""
    with app.app_context():
        cluster = make_cluster("here")
        lab = make_facility(cluster, "lab")
        lab.anna = make_approver(lab, email="anna@example.org", name="Anna")
        lab.home = cluster
        lab.ben = make_approver(make_facility(cluster, "hall"), name="Ben")
        lab.coordinator = make_coordinator(cluster)
        lab.request = make_request(make_partner(), lab, [slot_on(date(2027, 1, 14))])
    sign_in(client, lab.anna)
    return lab


def enter(client, first, last, page=None, **typed):
    page = page or get_page(client, PAGE)
    form = next(one for one in page.all("form") if one.get("action") == PAGE)
    return submit(client, form, {"first": first, "last": last, **typed})


def test_an_absence_with_a_stand_in_is_entered_and_ended(lab, client):
    account = get_page(client, "/account").one("main")
    assert account.all("a", href=PAGE)

    answer = enter(client, "2026-12-07", "2026-12-13", stand_in=lab.ben.email)

    assert answer.location == PAGE
    page = get_page(client, PAGE)
    assert "Mon 7 – Sun 13 Dec" in page.text
    assert "Ben decides for you." in page.text
    (end,) = [one for one in page.all("form") if one.get("action").endswith("/end")]
    assert submit(client, end).location == PAGE
    assert "Ben decides for you." not in get_page(client, PAGE).text


@pytest.mark.parametrize(
    ("first", "last", "field", "says"),
    [
        ("2026-12-13", "2026-12-07", "last", "Enter the first day or a later one."),
        ("2026-11-23", "2026-12-07", "first", "Enter today or a later day."),
        ("soon", "2026-12-07", "first", "Enter a date like 2027-01-14."),
        ("", "2026-12-07", "first", "Enter the first day."),
        ("2001-01-01", "2099-12-31", "first", "Enter today or a later day."),
        ("2099-12-31", "2099-12-31", "first", "Enter a day within the next two years."),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_all_that_was_typed_is_kept(
    lab, client, first, last, field, says
):
    answer = enter(client, first, last, stand_in=lab.ben.email)

    assert answer.status_code == 422
    page = read_page(answer.text)
    assert says in page.one(id=f"{field}-error").text
    kept = {one.get("name"): one.get("value") for one in page.one("main").all("input")}
    assert (kept["first"], kept["last"]) == (first, last)
    (chosen,) = [
        one
        for one in page.one("select", id="stand_in").all("option")
        if "selected" in one.attributes
    ]
    assert chosen.get("value") == lab.ben.email


def test_a_stranger_is_no_stand_in(lab, client):
    answer = enter(client, "2026-12-07", "2026-12-13", stand_in="nobody@example.org")
    assert answer.status_code == 422
    assert (
        "decides on requests in your cluster"
        in read_page(answer.text).one(id="stand_in-error").text
    )


def test_who_leaves_facilities_to_the_coordinators_is_asked_first(lab, client):
    answer = enter(client, "2026-12-07", "2026-12-13")
    assert answer.status_code == 422
    page = read_page(answer.text)
    assert "Only the coordinators would decide on these facilities: Lab" in page.text

    form = next(one for one in page.all("form") if one.get("action") == PAGE)
    assert submit(client, form).location == PAGE
    assert "Nobody decides in your place." in get_page(client, PAGE).text


def test_nobody_goes_away_without_anybody_left(app, lab, client):
    with app.app_context():
        make_facility(lab.home, "alone")
    sign_in(client, lab.coordinator)
    answer = enter(client, "2026-12-07", "2026-12-13")
    assert answer.status_code == 422
    page = read_page(answer.text)
    assert "Nobody could decide on these facilities: Alone" in page.text
    form = next(one for one in page.all("form") if one.get("action") == PAGE)
    assert submit(client, form).status_code == 422


def test_the_inbox_says_for_whom_and_until_when(app, lab, client, at):
    with app.app_context():
        make_absence(lab.anna, MONDAY, SUNDAY, stand_in=lab.ben)
    at(BEGINS)
    sign_in(client, lab.anna)
    assert (
        "You are away until Sun 13 Dec, and Ben decides for you." in get_page(client, "/inbox").text
    )

    sign_in(client, lab.ben)
    page = get_page(client, "/inbox")
    assert "You decide for Anna until Sun 13 Dec." in page.text
    assert f"/inbox/{lab.request.reference}" in str([one.get("href") for one in page.all("a")])


def test_coordinators_see_who_is_away_and_who_decides_then(app, lab, client, at):
    with app.app_context():
        make_absence(lab.anna, MONDAY, SUNDAY, stand_in=lab.ben)
    sign_in(client, lab.coordinator)
    people = get_page(client, "/manage/facilities/lab/people").one("main").text
    assert "Anna Mon 7 – Sun 13 Dec Ben decides for them" in people
    assert "Anna" in get_page(client, "/manage/facilities/lab").text
    at(BEGINS)
    sign_in(client, lab.coordinator)
    assert "Ben" in get_page(client, "/manage/facilities/lab").text


def test_pages_in_memory_change_at_midnight(app, client, at, warm):
    with app.app_context():
        lab = make_facility(make_cluster("here"), "lab")
        make_absence(make_approver(lab), MONDAY, SUNDAY)

    def read():
        pages = [get_page(client, url) for url in ("/facilities/lab", "/calendar", "/facilities")]
        return ["obody answers" in page.text for page in pages]

    found = []
    for moment in (BEGINS - MOMENT, BEGINS, ENDS - MOMENT, ENDS):
        at(moment)
        found.append(read())
    assert [one[0] for one in found] == [False, True, True, False]
    assert found[0] == found[3]
    assert found[1] == found[2] != found[0]
