"""The inbox in the browser: what waits, in which order, with what remark."""

from datetime import UTC, date, datetime, timedelta

import pytest

from booking.decisions.queries import PAGE_SIZE
from booking.extensions import db
from booking.rules.lifecycle import State
from booking.rules.roles import RoleKind
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    make_role,
    sign_in,
    slot_on,
)
from tests.pages import get_page
from tests.statements import count_statements

DAY, NEXT_DAY = date(2027, 1, 14), date(2027, 1, 15)


def sign_in_anew(client, person):
    """Sign in, and start a new transaction so that the test's own session sees it."""
    sign_in(client, person)
    db.session.rollback()


@pytest.fixture
def cluster(app_context):
    return make_cluster("censec")


@pytest.fixture
def lab(cluster):
    return make_facility(cluster, "drone-lab", name="Drone lab")


@pytest.fixture
def approver(lab, client):
    approver = make_approver(lab)
    sign_in_anew(client, approver)
    return approver


def lines(page):
    return [link.text for link in page.one("ul", class_="pick-list").all("a")]


def test_the_inbox_leads_anonymous_visitors_to_sign_in(client, app_context):
    answer = client.get("/inbox?show=upcoming")

    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/inbox?show%3Dupcoming"


def test_people_who_decide_on_nothing_have_no_inbox(client, app_context):
    sign_in_anew(client, make_partner())

    assert client.get("/inbox").status_code == 404
    assert client.get("/manage/bookings/new").status_code == 404


def test_the_inbox_counts_waiting_requests_and_shows_organisation_country_facility_and_dates(
    client, approver, lab
):
    drones = make_organisation("Demo Drones", country="FR")
    partner = make_partner(organisation=drones)
    make_request(partner, lab, [slot_on(DAY), slot_on(NEXT_DAY)])
    make_request(partner, lab, [slot_on(date(2027, 2, 1))])

    page = get_page(client, "/inbox")

    assert page.one("h1").text == "2 requests to decide"
    first = lines(page)[0]
    for said in ("Drone lab", "Demo Drones, FR", "2 dates from Thu 14 Jan 2027", "due Tue 8 Dec"):
        assert said in first
    assert "2 waiting for you" in page.text


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (NOW - timedelta(minutes=1), "overdue"),
        (NOW, "overdue"),
        (NOW + timedelta(hours=1), "answer due today"),
        (datetime(2026, 11, 24, 22, 59, tzinfo=UTC), "answer due today"),
        (datetime(2026, 11, 24, 23, 0, tzinfo=UTC), "answer due tomorrow"),
        (datetime(2026, 12, 3, 17, 0, tzinfo=UTC), "answer due Thu 3 Dec"),
    ],
)
def test_the_answer_date_is_given_in_working_days_of_the_cluster(client, approver, lab, due, words):
    make_request(make_partner(), lab, [slot_on(DAY)], due_at=due)

    page = get_page(client, "/inbox")

    due_text = page.one("span", class_="pick-due")
    assert due_text.text == words
    pressing = words in ("overdue", "answer due today")
    assert ("due-now" in due_text.get("class")) == pressing


def test_rivals_and_dates_that_no_longer_fit_are_marked(client, approver, lab):
    make_request(make_partner(), lab, [slot_on(DAY)])
    make_request(make_partner(), lab, [slot_on(DAY, "11:00", "15:00")])
    make_request(make_partner(), lab, [slot_on(NEXT_DAY)], state=State.CONFIRMED)
    make_request(make_partner(), lab, [slot_on(NEXT_DAY)])
    make_request(make_partner(), lab, [slot_on(date(2027, 3, 1))])

    found = lines(get_page(client, "/inbox"))

    assert ["same days" in line for line in found] == [True, True, False, False]
    assert ["clashes" in line for line in found] == [False, False, True, False]


def test_late_answers_and_what_expires_soon_are_counted_where_they_are(client, approver, lab):
    make_request(make_partner(), lab, [slot_on(DAY)], due_at=NOW, lapses_at=NOW + timedelta(days=2))
    make_request(make_partner(), lab, [slot_on(NEXT_DAY)])

    page = get_page(client, "/inbox")

    assert "1 expires within 5 days." in page.text
    assert "expires Thu 26 Nov" in lines(page)[0]
    assert "expires" not in lines(page)[1]
    assert page.one("a", href="/inbox?show=late").text == "Late (1)"
    late = get_page(client, "/inbox?show=late")
    assert late.one("h1").text == "1 late answer"
    assert len(lines(late)) == 1


def test_an_empty_inbox_says_what_it_is_for(client, approver):
    page = get_page(client, "/inbox")

    assert page.one("h1").text == "Nothing to decide"
    assert "the date by which to answer" in page.one("div", class_="empty").text


def test_upcoming_and_earlier_bookings_have_their_own_lists(client, approver, lab):
    partner = make_partner()
    make_request(partner, lab, [slot_on(DAY)], state=State.CONFIRMED, title="Ahead")
    make_request(partner, lab, [slot_on(DAY)], state=State.DECLINED, title="Declined")

    upcoming = get_page(client, "/inbox?show=upcoming")
    earlier = get_page(client, "/inbox?show=earlier")

    assert "Ahead" in upcoming.one("article").text
    assert "Declined" in earlier.one("article").text


def test_the_list_is_filtered_by_facility_and_the_filter_is_kept(client, cluster, lab):
    coordinator = make_coordinator(cluster)
    sign_in_anew(client, coordinator)
    hall = make_facility(cluster, "hall", name="Hall")
    make_request(make_partner(), lab, [slot_on(DAY)])
    make_request(make_partner(), hall, [slot_on(DAY)], reference="HHH-222")

    page = get_page(client, "/inbox?facility=hall")

    assert len(lines(page)) == 1
    href = page.one("ul", class_="pick-list").one("a").get("href")
    assert href == "/inbox/HHH-222?facility=hall"
    assert page.all("a", class_="chip-on", href="/inbox")
    assert len(lines(get_page(client, href))) == 1


def test_a_coordinator_can_filter_by_facilities_of_the_own_cluster(client, cluster, lab):
    hall = make_facility(cluster, "hall", name="Hall")
    coordinator = make_coordinator(cluster)
    make_role(coordinator, RoleKind.APPROVER, hall)
    sign_in_anew(client, coordinator)
    make_request(make_partner(), lab, [slot_on(DAY)])
    make_request(make_partner(), hall, [slot_on(DAY)])

    assert len(lines(get_page(client, "/inbox"))) == 2
    (only,) = lines(get_page(client, "/inbox?mine=1"))
    assert "Hall" in only


def test_filtering_by_a_facility_of_others_shows_nothing(client, approver, lab, cluster):
    other = make_facility(cluster, "other-lab")
    make_request(make_partner(), lab, [slot_on(DAY)])
    make_request(make_partner(), other, [slot_on(DAY)])

    for slug in ("other-lab", "no-such-lab", "\x00"):
        page = get_page(client, f"/inbox?facility={slug}")
        assert page.all("ul", class_="pick-list") == []
        assert "Show all" in page.text


def test_a_long_inbox_comes_in_pages(client, approver, lab):
    partner = make_partner()
    for _ in range(PAGE_SIZE + 1):
        make_request(partner, lab, [slot_on(DAY)])

    first = get_page(client, "/inbox")
    assert len(lines(first)) == PAGE_SIZE
    second = get_page(client, first.one("a", rel="next").get("href"))
    assert len(lines(second)) == 1


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "page=99999999999999999999", "show=nothing", "mine=2", "on=x"]
)
def test_invalid_arguments_of_the_address_are_ignored(client, approver, lab, query):
    make_request(make_partner(), lab, [slot_on(DAY)])

    get_page(client, f"/inbox?{query}")


@pytest.mark.parametrize("written", ["k7m-4qx", "K7M4QX", "k7m4qx"])
def test_a_reference_is_found_in_any_notation(client, approver, lab, written):
    make_request(make_partner(), lab, [slot_on(DAY)], reference="K7M-4QX", title="Trial")

    assert "Trial" in get_page(client, f"/inbox/{written}").one("article").text


def test_a_page_of_the_inbox_takes_as_many_statements_for_ten_requests_as_for_two(
    client, approver, lab
):
    def cost():
        number = count_statements(lambda: get_page(client, "/inbox"))
        db.session.rollback()
        return number

    for _ in range(2):
        make_request(make_partner(), lab, [slot_on(DAY)])
    cost()  # terms are cached in memory once they were read
    few = cost()
    for _ in range(8):
        make_request(make_partner(), lab, [slot_on(DAY)])
    assert cost() == few
    assert few < 100


def test_a_facility_booked_by_the_day_shows_two_weeks_of_days(client, app_context):
    range_ = make_facility(make_cluster(), "range", unit="day")
    dates = [slot_on(date(2027, month, 14), "07:00", "17:00") for month in (1, 3)]
    make_request(make_partner(), range_, dates, reference="R4N-63X")
    sign_in(client, make_approver(range_))

    page = get_page(client, "/inbox/R4N-63X")

    shown = page.one("div", class_="decision-day").text
    assert "Mon 11 Jan – Sun 24 Jan 2027" in shown
    assert "this request, Thu 14 Jan 2027" in shown
    assert "08:00" not in shown
    links = page.one("nav", class_="day-links").all("a")
    assert [link.text for link in links] == ["Thu 14 Jan", "Sun 14 Mar"]
    other = get_page(client, links[1].get("href")).one("div", class_="decision-day").text
    assert "Mon 8 Mar – Sun 21 Mar 2027" in other
