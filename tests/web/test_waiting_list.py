"""The waiting list on the pages of both sides."""

from datetime import date

import pytest

from booking.accounts.queries import account_of
from booking.db import clock
from booking.decisions.expiry import lapse_due
from booking.decisions.service import Decision, cancel
from booking.decisions.turns import offer_free_time
from booking.extensions import db
from booking.facilities.models import Facility
from booking.rules.lifecycle import State
from tests.factories import (
    make_approver,
    make_cluster,
    make_condition,
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

SLOT = slot_on(date(2027, 1, 12), "08:00", "11:00")  # 09:00 to 12:00 in Copenhagen


@pytest.fixture
def lab(app_context):
    cluster = make_cluster("censec", short_name="CenSec")
    return make_facility(cluster, "lab", name="Drone lab", waiting_list_days=2)


@pytest.fixture
def approver(lab):
    return make_approver(lab)


@pytest.fixture
def taken(lab, approver):
    request = make_request(make_partner(), lab, [SLOT], state=State.CONFIRMED)
    return Decision(request.bookings[0].id, frozenset({request.bookings[0].occurrences[0].id}))


@pytest.fixture
def partner(client, lab):
    partner = make_partner(organisation=make_organisation("Demo Drones"))
    sign_in(client, partner)
    return partner


def close_the_list(lab):
    db.session.rollback()
    db.session.get_one(Facility, lab.id).waiting_list_days = None
    db.session.commit()


def press(client, page, button, **typed):
    """The page after pressing a button of the request form, where it leads."""
    response = submit(client, request_form(page), typed, button)
    return get_page(client, response.location) if response.location else read_page(response.text)


def join(client):
    review = press(client, check(client, status=422), "Wait for these dates")
    assert "This date is taken. You ask for a place on the waiting list." in review.text
    return press(client, review, "Join the waiting list")


def test_who_finds_a_time_taken_waits_gets_a_proposal_and_accepts_it(
    client, lab, approver, taken, partner
):
    page = join(client)
    assert page.one("h1").text == "On the waiting list"
    assert "held for you for 2 working days" in page.text
    assert "answer due" not in page.text
    cancel(account_of(approver.id), taken)
    offer_free_time()

    reference = get_page(client, "/requests").one("span", class_="reference").text
    page = get_page(client, f"/requests/{reference}")
    assert "Free now, and held for you" in page.text
    assert "Accept it and it is booked" in page.text
    assert "waits next" not in page.text  # whether others wait is not said
    assert not page.all("a", text="Suggest other dates")
    (form,) = page.all("form", action=f"/requests/{reference}/accept")
    page = get_page(client, submit(client, form, {}, "Accept this").location)
    assert page.one("h1").text == "Confirmed"


def test_accepting_is_not_said_to_book_where_conditions_come_first(
    client, lab, approver, taken, partner
):
    join(client)
    cancel(account_of(approver.id), taken)
    offer_free_time()
    make_condition(lab)
    reference = get_page(client, "/requests").one("span", class_="reference").text

    page = get_page(client, f"/requests/{reference}")

    assert "Free now, and held for you" in page.text
    assert "it is booked" not in page.text
    assert "Accepting is not final yet." in page.text


def test_waiting_is_not_offered_where_there_is_no_list_or_something_else_is_wrong(
    client, lab, taken, partner
):
    late = check(client, {"dates-0-ends_time": "23:00"}, status=422)
    assert "Wait for these dates" not in late.text

    close_the_list(lab)
    assert "Wait for these dates" not in check(client, status=422).text


def test_who_waited_in_vain_reads_so_and_nobody_is_blamed(client, lab, taken, partner):
    join(client)
    db.session.rollback()
    with clock.fixed(SLOT.starts_at):
        lapse_due()

    reference = get_page(client, "/requests").one("span", class_="reference").text
    page = get_page(client, f"/requests/{reference}")
    assert page.one("h1").text == "The time did not become free"
    assert "did not answer" not in page.text


def test_the_owner_compares_and_lets_the_others_wait_in_one_step(client, lab, approver):
    partners = [make_partner(organisation=make_organisation(n)) for n in ("Demo A", "Demo B")]
    one, other = (make_request(person, lab, [SLOT]) for person in partners)
    sign_in(client, approver)
    page = get_page(client, f"/inbox/{one.reference}/competing")
    form = page.one("form", action=f"/inbox/{one.reference}/competing")
    answers = {f"answer-{one.reference}-1": "confirm", f"answer-{other.reference}-1": "list"}

    response = submit(client, form, answers | {"reason": "You come next."}, "Send these answers")

    page = get_page(client, response.location)
    assert "1 request put on the waiting list." in page.text
    page = get_page(client, "/inbox?show=waiting-list")
    assert page.one("h1").text == "1 request on the waiting list"
    assert "Demo B" in page.one("ul", class_="pick-list").text
    assert "Demo A" not in page.one("ul", class_="pick-list").text


def test_the_owner_puts_a_date_on_the_list_and_takes_it_off_with_a_reason(client, lab, approver):
    request = make_request(make_partner(), lab, [SLOT])
    sign_in(client, approver)
    page = get_page(client, f"/inbox/{request.reference}")
    form = page.one("form", class_="answers")
    submit(
        client, form, {"answer-1-wait_note": "You come next."}, "Put this date on the waiting list"
    )

    page = get_page(client, f"/inbox/{request.reference}")
    assert "You come next." in page.text
    form = page.one("form", action=f"/inbox/{request.reference}/take-off")
    response = submit(client, form, {}, "Take this date off the list")
    assert response.status_code == 422
    assert "Give a reason. The requester will see this." in read_page(response.text).text
    submit(client, form, {"off-1-reason": "The lab moves."}, "Take this date off the list")
    page = get_page(client, f"/inbox/{request.reference}")
    assert "The lab moves." in page.text
    assert page.all("form", action=f"/inbox/{request.reference}/take-off") == []


def test_a_facility_without_a_list_offers_no_waiting_to_its_owner(client, lab, approver):
    close_the_list(lab)
    one, other = (make_request(make_partner(), lab, [SLOT]) for _ in range(2))
    sign_in(client, approver)

    for path in (f"/inbox/{one.reference}", f"/inbox/{other.reference}/competing"):
        assert "waiting list" not in get_page(client, path).one("main").text.lower()
