"""The pages of requests: who sees which, what they say, taking back and cancelling."""

from datetime import date, timedelta

import pytest

from booking.accounts.queries import account_of
from booking.bookings.models import Occurrence
from booking.decisions.service import Decision, Entering, confirm, decline, enter
from booking.extensions import db
from booking.rules.lifecycle import State
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, post, read_page, submit
from tests.request_factories import sending_for
from tests.statements import count_statements
from tests.web.requests_pages import request_form

MONDAY = date(2027, 1, 11)


@pytest.fixture
def cluster(app_context):
    return make_cluster("censec")


@pytest.fixture
def coordinator(cluster):
    return make_coordinator(cluster)


@pytest.fixture
def lab(cluster, coordinator):
    return make_facility(cluster, "lab", places=3)


@pytest.fixture
def partner(lab):
    return make_partner("anna@example.org")


def slots(number):
    return [slot_on(MONDAY + timedelta(weeks=week)) for week in range(number)]


def ids(request):
    return [occurrence.id for occurrence in request.bookings[0].occurrences]


def uids(request):
    return [occurrence.uid for occurrence in request.bookings[0].occurrences]


def states():
    db.session.rollback()
    return [one.state for one in db.session.query(Occurrence).order_by(Occurrence.starts_at)]


def decide(act, person, request, occurrence_ids, reason=""):
    booking_id = request.bookings[0].id
    act(account_of(person.id), Decision(booking_id, frozenset(occurrence_ids), reason))


def test_the_page_shows_state_who_must_act_and_history(client, lab, partner, coordinator):
    request = make_request(partner, lab, slots(12))
    decide(confirm, coordinator, request, ids(request)[:9])
    decide(decline, coordinator, request, ids(request)[9:10], "The rig is in calibration.")
    sign_in(client, partner)

    page = get_page(client, f"/requests/{request.reference}")

    assert page.one("h1").text == ("9 of 12 dates confirmed. 2 dates awaiting Censec's decision")
    assert "9 of 12 confirmed" in page.text
    assert "Copenhagen time" in page.text
    log = [line.text for line in page.one("ol", class_="log").all("li")]
    assert [line.split(" Tue 24")[0] for line in log] == [
        "Censec declined: Mon 15 Mar 2027 “The rig is in calibration.”",
        "Censec confirmed: 9 dates",
        "You sent the request",
    ]


@pytest.mark.parametrize(
    ("state", "headline"),
    [
        (State.REQUESTED, "Awaiting Censec's decision"),
        (State.CONFIRMED, "Confirmed"),
        (State.DECLINED, "Censec declined"),
        (State.WITHDRAWN, "Withdrawn"),
        (State.CANCELLED, "Cancelled"),
        (State.LAPSED, "Expired because there was no final answer from Censec in time"),
    ],
)
@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_headline_of_a_single_date_says_its_state(client, lab, partner, state, headline):
    request = make_request(partner, lab, slots(1), state=state)
    sign_in(client, partner)

    page = get_page(client, f"/requests/{request.reference}")

    assert page.one("h1").text == headline
    assert page.one("p", class_="lead").text == "Sensor trial · Lab"
    can_be_in_a_calendar = state in (State.REQUESTED, State.CONFIRMED)
    assert ("Add to calendar" in page.text) is can_be_in_a_calendar


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("state", "steps"),
    [
        (State.REQUESTED, ["Requested", "Decision", "Confirmed", "Visit"]),
        (State.CONFIRMED, ["Requested", "Decision", "Confirmed", "Visit"]),
        (State.DECLINED, ["Requested", "Declined"]),
        (State.LAPSED, ["Requested", "Expired"]),
    ],
)
def test_steps_show_how_far_a_request_is_and_where_it_ended(client, lab, partner, state, steps):
    request = make_request(partner, lab, slots(1), state=state)
    sign_in(client, partner)

    shown = get_page(client, f"/requests/{request.reference}").one("ol", class_="steps").all("li")

    assert [step.one("strong").text for step in shown] == steps
    current = [step.one("strong").text for step in shown if step.get("aria-current")]
    assert current == (["Decision"] if state is State.REQUESTED else [])
    looks = [step.get("class") for step in shown]
    assert ("step-ended" in looks) is (state in (State.DECLINED, State.LAPSED))
    assert ("step-done" in looks[2:]) is (state is State.CONFIRMED)


def test_a_declined_request_shows_the_reason_and_can_be_sent_again_with_new_dates(
    client, lab, partner, coordinator
):
    request = make_request(partner, lab, slots(1), people=7, places=2)
    decide(decline, coordinator, request, ids(request), "The rig is in calibration.")
    sign_in(client, partner)

    page = get_page(client, f"/requests/{request.reference}")

    assert "The rig is in calibration." in page.one("section", aria_labelledby="booking-1").text
    (again,) = [link for link in page.all("a") if link.text == "Request again with new dates"]
    filled = dict(request_form(get_page(client, again.get("href"))).values())
    assert (filled["title"], filled["people"], filled["places"]) == ("Sensor trial", "7", "2")
    assert filled["purpose"] == request.purpose
    assert filled["dates-0-day"] == ""


def test_the_details_of_a_rivals_request_cannot_be_taken_over(client, lab, partner):
    request = make_request(partner, lab, slots(1))
    sign_in(client, make_partner("eve@example.org"))

    address = f"/requests/new?facility=lab&again={request.reference}"
    assert client.get(address).status_code == 404
    assert client.get(address).text == client.get(f"{address[:-7]}222-333").text


def test_an_undecided_date_reads_as_expired_before_the_worker_runs(client, lab, partner):
    request = make_request(partner, lab, slots(1), lapses_at=NOW)
    sign_in(client, partner)

    shown = get_page(client, f"/requests/{request.reference}").text
    assert "there was no final answer from" in shown
    page = get_page(client, "/requests")
    assert "Waiting (0)" in page.text
    assert "Ended (1)" in page.text
    assert page.one("ul", class_="panel-list").one("span", class_="state").text.endswith("expired")


def test_colleagues_see_a_request_and_other_organisations_do_not(
    client, other_client, lab, partner
):
    request = make_request(partner, lab, slots(1))
    colleague = make_partner("ben@example.org", organisation=db.session.merge(partner).organisation)
    eve = make_partner("eve@example.org")
    sign_in(client, colleague)
    sign_in(other_client, eve)

    page = get_page(client, f"/requests/{request.reference}")
    assert "Anna sent the request" in page.text

    foreign = other_client.get(f"/requests/{request.reference}")
    unknown = other_client.get("/requests/222-333")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.text == unknown.text
    assert request.title not in get_page(other_client, "/requests").text


def test_deciders_find_a_request_in_the_inbox_and_get_404_here(client, lab, partner, coordinator):
    request = make_request(partner, lab, slots(1))
    sign_in(client, coordinator)

    assert client.get(f"/requests/{request.reference}").status_code == 404


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    "path", ["", "/{reference}", "/{reference}/withdraw", "/{reference}/cancel"]
)
def test_anonymous_visitors_are_sent_to_sign_in(client, lab, partner, path):
    request = make_request(partner, lab, slots(1))

    response = client.get("/requests" + path.format(reference=request.reference))

    assert response.status_code == 302
    assert response.location.startswith("/sign-in?next=")


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("reference", ["x", "K7M-4Q", "²²²-²²²", "%00", "x" * 3000])
def test_an_invalid_reference_answers_404(client, partner, reference):
    sign_in(client, partner)

    assert client.get(f"/requests/{reference}").status_code == 404


def test_a_reference_is_found_as_people_write_it(client, lab, partner):
    request = make_request(partner, lab, slots(1))
    sign_in(client, partner)

    spoken = request.reference.lower().replace("-", "")

    assert (
        get_page(client, f"/requests/{spoken}")
        .one("p", class_="lead")
        .text.startswith(request.title)
    )


def test_a_booking_entered_by_the_owner_says_so(client, lab, partner, coordinator):
    sending = sending_for(lab, *slots(1))
    reference = enter(account_of(coordinator.id), Entering(sending, partner.organisation_id))
    sign_in(client, partner)

    page = get_page(client, f"/requests/{reference}")
    assert "entered by Censec" in page.text
    assert "Censec entered this booking" in page.text
    steps = page.one("ol", class_="steps").all("strong")
    assert [step.text for step in steps] == ["Entered", "Visit"]
    assert "Entered by Censec" in get_page(client, "/requests").text


def test_one_of_several_dates_can_be_withdrawn(client, lab, partner):
    request = make_request(partner, lab, slots(3))
    sign_in(client, partner)
    page = get_page(client, f"/requests/{request.reference}")
    link = next(a for a in page.all("a") if a.text == "Withdraw the request")
    form = page_form(get_page(client, link.get("href")), "withdraw")
    assert [name for name, _ in form.values()].count("dates") == 3, "all are ticked at first"

    response = submit(client, form, {"dates": [uids(request)[1]]})

    assert response.location == f"/requests/{request.reference}"
    assert states() == [State.REQUESTED, State.WITHDRAWN, State.REQUESTED]
    page = get_page(client, response.location)
    assert "1 date withdrawn." in page.text
    assert "You withdrew: Mon 18 Jan 2027" in page.text


def page_form(page, act):
    return next(f for f in page.all("form") if (f.get("action") or "").endswith(act))


def test_a_confirmed_date_is_cancelled_with_a_reason_and_not_without(client, lab, partner):
    request = make_request(partner, lab, slots(2), state=State.CONFIRMED)
    sign_in(client, partner)
    form = page_form(get_page(client, f"/requests/{request.reference}/cancel"), "cancel")
    assert "dates" not in dict(form.values()), "nobody loses a series by one click"

    refused = submit(client, form, {"dates": [uids(request)[0]]})
    assert refused.status_code == 422
    page = read_page(refused.text)
    assert "Give a reason" in page.one("div", id="errors").text
    form = page_form(page, "cancel")
    assert [text for name, text in form.values() if name == "dates"] == [uids(request)[0]]

    done = submit(client, form, {"reason": "The sensor broke."})
    assert done.status_code == 302
    assert states() == [State.CANCELLED, State.CONFIRMED]
    assert "“The sensor broke.”" in get_page(client, done.location).text


@pytest.mark.parametrize("act", ["withdraw", "cancel"])
def test_choosing_no_date_is_reported_at_the_checkboxes(client, lab, partner, act):
    state = State.REQUESTED if act == "withdraw" else State.CONFIRMED
    request = make_request(partner, lab, slots(2), state=state)
    sign_in(client, partner)
    form = page_form(get_page(client, f"/requests/{request.reference}/{act}"), act)

    response = submit(client, form, {"dates": None, "reason": "x"})

    assert response.status_code == 422
    assert "Select at least one date" in read_page(response.text).text
    assert states() == [state] * 2


def test_withdrawing_a_date_decided_meanwhile_says_what_happened(client, lab, partner, coordinator):
    request = make_request(partner, lab, slots(2))
    sign_in(client, partner)
    form = page_form(get_page(client, f"/requests/{request.reference}/withdraw"), "withdraw")
    decide(confirm, coordinator, request, ids(request))

    response = submit(client, form)

    assert response.status_code == 409
    page = read_page(response.text)
    assert "Nothing was changed." in page.text
    assert "Censec confirmed" in page.text
    assert states() == [State.CONFIRMED] * 2


def test_cancelling_a_date_that_is_over_is_refused(client, lab, partner, at):
    request = make_request(partner, lab, slots(1), state=State.CONFIRMED)
    sign_in(client, partner)
    form = page_form(get_page(client, f"/requests/{request.reference}/cancel"), "cancel")
    at(slots(1)[0].ends_at)
    db.session.rollback()  # to see what the pages wrote
    sign_in(client, partner)

    response = submit(client, form, {"reason": "Too late."})

    assert response.status_code == 409
    assert states() == [State.CONFIRMED]
    read_page(response.text)


def test_forged_dates_and_bookings_answer_404_and_change_nothing(client, lab, partner):
    request = make_request(partner, lab, slots(1))
    foreign = make_request(make_partner("eve@example.org"), lab, slots(1))
    address = f"/requests/{request.reference}/withdraw"
    sign_in(client, partner)

    mine = uids(request)[0]
    for booking, dates in (
        ("1", uids(foreign)),
        ("1", [mine, *uids(foreign)]),
        ("1", [mine, "999999999999"]),
        ("1", [str(ids(request)[0])]),
        ("1", ["one"]),
        ("2", [mine]),
        ("0", [mine]),
        ("many", [mine]),
        ("9" * 500, [mine]),
    ):
        data = {"booking": booking, "dates": dates}
        assert post(client, address, data).status_code in (404, 422), data
    foreign_address = f"/requests/{foreign.reference}/withdraw"
    data = {"booking": "1", "dates": uids(foreign)}
    assert post(client, foreign_address, data).status_code == 404
    assert states() == [State.REQUESTED] * 2


def test_the_checkboxes_do_not_reveal_how_many_dates_others_have(client, lab, partner):
    request = make_request(partner, lab, slots(2))
    sign_in(client, partner)

    form = page_form(get_page(client, f"/requests/{request.reference}/withdraw"), "withdraw")

    sent = [value for name, value in form.values() if name == "dates"]
    assert sent == uids(request)
    assert not set(sent) & {str(one) for one in ids(request)}


def test_a_colleague_withdraws_and_the_log_says_who(client, lab, partner):
    request = make_request(partner, lab, slots(1))
    colleague = make_partner("ben@example.org", organisation=db.session.merge(partner).organisation)
    sign_in(client, colleague)

    submit(
        client, page_form(get_page(client, f"/requests/{request.reference}/withdraw"), "withdraw")
    )

    assert "You withdrew the request" in get_page(client, f"/requests/{request.reference}").text


def test_the_list_is_filtered_by_state_and_ordered_by_next_date(client, lab, partner):
    late = slot_on(MONDAY + timedelta(weeks=8))
    for title, when, state, days_ago in (
        ("Late and open", late, State.REQUESTED, 1),
        ("Soon and confirmed", slots(1)[0], State.CONFIRMED, 2),
        ("Declined", slots(1)[0], State.DECLINED, 3),
    ):
        sent_at = NOW - timedelta(days=days_ago)
        make_request(partner, lab, [when], state=state, title=title, sent_at=sent_at)
    past = slot_on(date(2026, 11, 2))
    make_request(partner, lab, [past], state=State.CONFIRMED, title="Over", sent_at=NOW)
    sign_in(client, partner)

    def titles(query):
        return [heading.text for heading in get_page(client, f"/requests{query}").all("h2")]

    assert titles("") == ["Over", "Late and open", "Soon and confirmed", "Declined"]
    assert titles("?state=open") == ["Late and open"]
    assert titles("?state=confirmed") == ["Soon and confirmed"]
    assert titles("?state=ended") == ["Over", "Declined"]
    assert titles("?order=next")[:2] == ["Soon and confirmed", "Late and open"]
    assert titles("?state=forged&order=forged&page=x") == titles("")


def test_the_list_is_read_in_pages(client, lab, partner):
    for number in range(21):
        make_request(partner, lab, slots(1), title=f"Trial {number}")
    sign_in(client, partner)

    first = get_page(client, "/requests")
    assert len(first.all("h2")) == 20
    assert "1 to 20 of 21" in first.text
    following = next(a for a in first.all("a") if a.text == "Next")
    assert "21 to 21 of 21" in get_page(client, following.get("href")).text
    assert "No such page" in get_page(client, "/requests?page=99").text
    get_page(client, "/requests?page=99999999999999999999")
    get_page(client, "/requests?page=-1")


def test_an_empty_list_says_what_to_do(client, partner):
    sign_in(client, partner)

    page = get_page(client, "/requests")

    assert "No requests yet" in page.text
    assert page.one("main").all("a", href="/")


def test_the_viewers_time_is_shown_next_to_the_facilitys_if_different(client, lab, partner, app):
    request = make_request(partner, lab, slots(1))
    sign_in(client, partner)
    client.set_cookie("browser_zone", "Europe/Helsinki")

    page = get_page(client, f"/requests/{request.reference}")

    assert "Mon 11 Jan 2027, 10:00 – 13:00" in page.text
    assert "your time: 11:00 – 14:00" in page.text


def test_a_decision_by_a_colleague_of_the_requester_is_shown_as_such(client, lab, partner):
    organisation = partner.organisation
    colleague = make_approver(lab, email="cleo@example.org", organisation=organisation)
    request = make_request(partner, lab, slots(1))
    decide(confirm, colleague, request, ids(request))
    sign_in(client, partner)

    page = get_page(client, f"/requests/{request.reference}")

    assert "someone from your own organisation" in page.text


def test_one_request_and_the_list_take_a_constant_number_of_statements(client, lab, partner):
    request = make_request(partner, lab, slots(1))
    long = make_request(partner, lab, slots(12))
    short_address, long_address = f"/requests/{request.reference}", f"/requests/{long.reference}"
    sign_in(client, partner)

    short_page = count_statements(lambda: get_page(client, short_address))
    assert count_statements(lambda: get_page(client, long_address)) == short_page

    short_list = count_statements(lambda: get_page(client, "/requests"))
    db.session.rollback()  # to see what the pages wrote
    for _ in range(5):
        make_request(partner, lab, slots(2))
    assert count_statements(lambda: get_page(client, "/requests")) == short_list


@pytest.mark.parametrize("state", [State.REQUESTED, State.DECLINED, State.LAPSED, State.CANCELLED])
def test_a_request_is_copied_to_another_facility_without_its_dates(client, lab, partner, state):
    elsewhere = make_cluster("elsewhere")
    other = make_facility(elsewhere, "shed")
    make_coordinator(elsewhere)
    request = make_request(partner, lab, slots(1), state=state, title="Night flight")
    sign_in(client, partner)
    page = get_page(client, f"/requests/{request.reference}")
    (address, *_) = [a.get("href") for a in page.all("a") if a.text == "Copy to another facility"]
    choice = get_page(client, address)
    assert "Everything but the dates is copied from “Night flight”" in choice.text

    form = choice.one("form", action="/requests/new", method="get")
    answer = submit(client, form, {"facility": other.slug})

    values = dict(read_page(answer.text).one("form", action="/requests/new").values())
    assert values["title"] == "Night flight"
    assert values["facility"] == "shed"
    assert not values["dates-0-day"]
