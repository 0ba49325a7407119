"""The owning cluster answers in the browser: confirm, decline, cancel."""

from datetime import date

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import LogEntry, Occupancy, Occurrence
from booking.decisions import service
from booking.decisions.service import Decision
from booking.extensions import db
from booking.notices.models import Notice
from booking.rules.lifecycle import State
from booking.rules.roles import RoleKind
from tests.factories import (
    add_booking,
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
from tests.pages import csrf_token, get_page, post, read_page, submit

DAY, NEXT_DAY, THIRD_DAY = date(2027, 1, 14), date(2027, 1, 15), date(2027, 1, 18)


def sign_in_anew(client, person):
    """Sign in, and start a new transaction so that the test's own session sees it."""
    sign_in(client, person)
    db.session.rollback()


@pytest.fixture
def cluster(app_context):
    return make_cluster("censec", short_name="CenSec")


@pytest.fixture
def lab(cluster):
    return make_facility(cluster, "drone-lab", name="Drone lab")


@pytest.fixture
def approver(lab, client):
    approver = make_approver(lab, email="approver@example.org")
    sign_in_anew(client, approver)
    return approver


@pytest.fixture
def partner(cluster):
    drones = make_organisation("Demo Drones", home_cluster=make_cluster("safe"), country="FR")
    return make_partner("anna@example.org", organisation=drones)


@pytest.fixture
def booking_request(approver, lab, partner):
    return make_request(partner, lab, [slot_on(DAY)], reference="K7M-4QX")


def states(request):
    db.session.rollback()
    ids = [booking.id for booking in request.bookings]
    return list(
        db.session.scalars(
            sa.select(Occurrence.state)
            .where(Occurrence.booking_id.in_(ids))
            .order_by(Occurrence.booking_id, Occurrence.starts_at)
        )
    )


def form_to(page, answer, reference="K7M-4QX"):
    return page.one("form", action=f"/inbox/{reference}/{answer}")


def open_request(client, status=200, reference="K7M-4QX"):
    page = get_page(client, f"/inbox/{reference}", status)
    db.session.rollback()
    return page


def test_the_page_shows_who_requests_what_and_when(client, approver, lab, partner):
    make_request(partner, lab, [slot_on(date(2026, 11, 2))], state=State.CONFIRMED)
    make_request(
        partner,
        lab,
        [slot_on(DAY)],
        reference="K7M-4QX",
        title="Counter-drone trial",
        purpose="Compare two radars.",
        people=6,
        hazards=True,
        hazards_note="flight up to 120 m",
    )

    page = open_request(client)

    assert page.one("h1").text == "Demo Drones: Thu 14 Jan 2027"
    for said in (
        "Counter-drone trial",
        "Demo Drones",
        "France",
        "small or medium-sized firm",
        "home cluster: Safe",
        "Anna",
        "Compare two radars.",
        "experiment",
        "flight up to 120 m",
        "Thu 14 Jan 2027, 10:00 – 13:00",
        "Copenhagen time",
        "CenSec: 1 completed",
        "No other request is affected",
    ):
        assert said in page.text
    assert len(page.all("button", class_="btn-primary")) == 1


def test_after_a_decision_the_next_request_opens(client, booking_request, lab, partner):
    fly = make_partner(organisation=make_organisation("Demo Fly"))
    other = make_request(fly, lab, [slot_on(NEXT_DAY)], title="The next one")

    answer = submit(client, form_to(open_request(client), "confirm"))

    assert (answer.status_code, answer.location) == (302, f"/inbox/{other.reference}")
    page = get_page(client, answer.location)
    assert "Confirmed: Drone lab, Thu 14 Jan 2027, 10:00 – 13:00." in page.text
    assert "Next: Demo Fly." in page.text
    assert page.one("nav", class_="crumbs").one("a").get("href") == "/inbox"
    assert states(booking_request) == [State.CONFIRMED]
    assert db.session.scalar(sa.select(sa.func.count(Occupancy.id))) == 1
    assert submit(client, form_to(page, "confirm", other.reference)).location == "/inbox"


def test_a_request_stays_open_while_dates_of_it_wait(client, booking_request, lab, partner):
    make_request(partner, lab, [slot_on(NEXT_DAY), slot_on(THIRD_DAY)], reference="222-222")
    form = form_to(open_request(client, reference="222-222"), "confirm", "222-222")
    dates = [value for name, value in form.values() if name == "answer-1-dates"]

    answer = submit(client, form, {"answer-1-dates": dates[:1]})

    assert answer.location == "/inbox/222-222"


def test_the_next_request_is_one_of_the_list_that_was_gone_through(
    client, booking_request, cluster, lab, partner, approver
):
    hall = make_facility(cluster, "hall")
    make_role(approver, RoleKind.APPROVER, hall)
    make_request(partner, hall, [slot_on(DAY)])
    other = make_request(partner, lab, [slot_on(THIRD_DAY)])
    page = get_page(client, "/inbox/K7M-4QX?facility=drone-lab")
    db.session.rollback()

    answer = submit(client, page.one("form", action="/inbox/K7M-4QX/confirm?facility=drone-lab"))

    assert answer.location == f"/inbox/{other.reference}?facility=drone-lab"


def test_a_note_can_be_sent_with_a_confirmation(client, booking_request):
    submit(client, form_to(open_request(client), "confirm"), {"answer-1-note": "Gate 2, 8:00"})

    db.session.rollback()
    reasons = db.session.scalars(sa.select(LogEntry.reason).order_by(LogEntry.id)).all()
    assert reasons == ["", "Gate 2, 8:00"]


def test_a_decline_needs_a_reason_and_keeps_what_was_ticked(client, approver, lab, partner):
    request = make_request(
        partner, lab, [slot_on(DAY), slot_on(NEXT_DAY), slot_on(THIRD_DAY)], reference="K7M-4QX"
    )
    form = form_to(open_request(client), "confirm")
    first = [value for name, value in form.values() if name == "answer-1-dates"][:1]

    answer = submit(client, form, {"answer-1-dates": first}, "Decline selected dates")

    assert answer.status_code == 422
    page = read_page(answer.text)
    summary = page.one("div", class_="error-summary").text
    assert "Choose why you decline." in summary
    assert "Give a reason" in summary
    kept = [value for name, value in form_to(page, "confirm").values() if name == "answer-1-dates"]
    assert kept == first
    assert states(request) == [State.REQUESTED] * 3


def test_some_dates_can_be_declined_and_the_others_wait(client, approver, lab, partner):
    request = make_request(partner, lab, [slot_on(DAY), slot_on(NEXT_DAY)], reference="K7M-4QX")
    form = form_to(open_request(client), "confirm")
    dates = [value for name, value in form.values() if name == "answer-1-dates"]
    assert len(dates) == 2

    submit(
        client,
        form,
        {
            "answer-1-dates": dates[1:],
            "answer-1-code": "maintenance",
            "answer-1-reason": "The rig is away.",
        },
        "Decline selected dates",
    )

    assert states(request) == [State.REQUESTED, State.DECLINED]
    notices = db.session.execute(sa.select(Notice.person_id, Notice.after)).all()
    assert notices == [(partner.id, "declined")]


def test_choosing_no_date_is_an_error_and_changes_nothing(client, approver, lab, partner):
    request = make_request(partner, lab, [slot_on(DAY), slot_on(NEXT_DAY)], reference="K7M-4QX")

    answer = submit(client, form_to(open_request(client), "confirm"), {"answer-1-dates": None})

    assert answer.status_code == 422
    assert "Select at least one date." in read_page(answer.text).text
    assert states(request) == [State.REQUESTED] * 2


def test_before_confirming_the_rivals_that_would_no_longer_fit_are_shown(
    client, booking_request, lab
):
    fly = make_partner(organisation=make_organisation("Demo Fly"))
    rival = make_request(fly, lab, [slot_on(DAY, "10:00", "11:00")])

    page = open_request(client)

    note = page.one("div", class_="note-effect")
    assert "Demo Fly (Thu 14 Jan 2027) would clash; you still need to answer it." in note.text
    assert note.one("a", href=f"/inbox/{rival.reference}")
    submit(client, form_to(page, "confirm"))
    assert states(rival) == [State.REQUESTED]
    after = open_request(client, reference=rival.reference)
    assert "This clashes" in after.text
    assert [b.text for b in after.all("button", class_="btn-primary")] == []


def test_a_date_that_no_longer_fits_is_not_preselected(client, approver, lab, partner):
    make_request(partner, lab, [slot_on(NEXT_DAY)], state=State.CONFIRMED)
    request = make_request(partner, lab, [slot_on(DAY), slot_on(NEXT_DAY)], reference="K7M-4QX")

    page = open_request(client)
    assert "1 date clashes" in page.text
    submit(client, form_to(page, "confirm"))

    assert states(request) == [State.CONFIRMED, State.REQUESTED]


def test_confirming_what_no_longer_fits_answers_409_and_writes_nothing(
    client, booking_request, lab
):
    form = form_to(open_request(client), "confirm")
    make_request(make_partner(), lab, [slot_on(DAY)], state=State.CONFIRMED)

    answer = submit(client, form)

    assert answer.status_code == 409
    assert "have been taken since" in read_page(answer.text).text
    assert states(booking_request) == [State.REQUESTED]


def test_the_second_of_two_deciders_sees_what_the_first_did(client, booking_request, lab):
    colleague = make_approver(lab, email="first@example.org", name="Fenna First")
    form = form_to(open_request(client), "confirm")
    ids = frozenset(o.id for o in booking_request.bookings[0].occurrences)
    service.decline(
        account_of(colleague.id), Decision(booking_request.bookings[0].id, ids, "No crew.")
    )

    answer = submit(client, form)

    assert answer.status_code == 409
    page = read_page(answer.text)
    assert "Fenna First declined: Thu 14 Jan 2027" in page.text
    assert "No crew." in page.text
    assert "Tue 24 Nov, 10:00, Copenhagen time" in page.text
    assert page.all("a", href="/inbox/K7M-4QX", class_="btn")
    assert states(booking_request) == [State.DECLINED]


def test_a_confirmed_date_is_cancelled_with_a_reason(client, approver, lab, partner):
    request = make_request(partner, lab, [slot_on(DAY)], state=State.CONFIRMED, reference="K7M-4QX")
    form = form_to(open_request(client), "cancel")
    assert submit(client, form).status_code == 422
    assert states(request) == [State.CONFIRMED]

    submit(client, form, {"cancel-1-reason": "The roof leaks."})

    assert states(request) == [State.CANCELLED]
    assert db.session.scalar(sa.select(sa.func.count(Occupancy.id))) == 0


def test_a_date_that_is_over_cannot_be_cancelled(client, approver, lab, partner):
    request = make_request(
        partner, lab, [slot_on(date(2026, 11, 2))], state=State.CONFIRMED, reference="K7M-4QX"
    )
    assert open_request(client).all("form", action="/inbox/K7M-4QX/cancel") == []

    uid = request.bookings[0].occurrences[0].uid
    answer = post(
        client,
        "/inbox/K7M-4QX/cancel",
        {"part": "1", "cancel-1-dates": uid, "cancel-1-reason": "Late"},
    )

    assert answer.status_code == 409
    assert states(request) == [State.CONFIRMED]


@pytest.mark.parametrize(
    "whose", ["another facility", "another cluster", "the requester", "nobody"]
)
def test_requests_that_a_person_may_not_decide_on_answer_404(client, cluster, lab, whose):
    asker = make_coordinator(cluster, organisation=make_organisation())
    request = make_request(asker, lab, [slot_on(DAY)], reference="K7M-4QX")
    person = {
        "another facility": lambda: make_approver(make_facility(cluster)),
        "another cluster": lambda: make_coordinator(make_cluster()),
        "the requester": lambda: asker,
        "nobody": make_partner,
    }[whose]()
    sign_in_anew(client, person)
    uid = request.bookings[0].occurrences[0].uid
    typed = {"part": "1", "answer-1-dates": uid, "answer-1-reason": "x"}

    def missing_page(answer):
        assert answer.status_code == 404
        return read_page(answer.text).one("main").text

    missing = missing_page(client.get("/inbox/222-222"))
    token = csrf_token(client)
    assert missing_page(client.get("/inbox/K7M-4QX")) == missing
    for answer in ("confirm", "decline", "cancel"):
        refused = client.post(f"/inbox/K7M-4QX/{answer}", data={"csrf_token": token, **typed})
        assert missing_page(refused) == missing
    assert states(request) == [State.REQUESTED]


def test_a_colleague_of_the_requester_may_decide_and_page_and_log_say_so(client, cluster, lab):
    organisation = make_organisation()
    asker = make_coordinator(cluster, organisation=organisation)
    colleague = make_coordinator(cluster, organisation=organisation)
    make_request(asker, lab, [slot_on(DAY)], reference="K7M-4QX")
    sign_in_anew(client, colleague)

    page = open_request(client)
    assert "You work for the organisation that sent this request." in page.text
    submit(client, form_to(page, "confirm"))

    assert "decided by someone from the requesting organisation" in open_request(client).text


def test_only_bookings_that_the_viewer_decides_on_are_shown(client, booking_request):
    secret = make_facility(make_cluster(), name="Secret range")
    add_booking(booking_request, secret, [slot_on(DAY)])

    page = open_request(client)

    assert "Secret range" not in page.text
    submit(client, form_to(page, "confirm"))
    assert states(booking_request) == [State.CONFIRMED, State.REQUESTED]


def test_each_booking_of_a_request_is_decided_on_separately(
    client, booking_request, cluster, approver
):
    hall = make_facility(cluster, "hall", name="Hall")
    make_role(approver, RoleKind.APPROVER, hall)
    add_booking(booking_request, hall, [slot_on(DAY)])

    page = open_request(client)
    forms = page.all("form", action="/inbox/K7M-4QX/confirm")
    assert len(forms) == 2
    assert len(page.all("button", class_="btn-primary")) == 1
    submit(client, forms[1])

    assert states(booking_request) == [State.REQUESTED, State.CONFIRMED]


def test_a_date_of_another_booking_is_refused(client, booking_request, lab):
    other = make_request(make_partner(), lab, [slot_on(NEXT_DAY)])
    uid = other.bookings[0].occurrences[0].uid

    answer = post(client, "/inbox/K7M-4QX/confirm", {"part": "1", "answer-1-dates": uid})

    assert answer.status_code == 404
    assert states(other) == [State.REQUESTED]


@pytest.mark.parametrize("part", ["0", "2", "-1", "x", "9" * 30, ""])
def test_a_booking_that_does_not_exist_is_refused(client, booking_request, part):
    uid = booking_request.bookings[0].occurrences[0].uid

    answer = post(client, "/inbox/K7M-4QX/confirm", {"part": part, "answer-1-dates": uid})

    assert answer.status_code in (302, 404, 422)
    if part not in ("x", "", "9" * 30):
        assert states(booking_request) == [State.REQUESTED]


def test_another_day_of_the_request_can_be_shown(client, approver, lab, partner):
    make_request(partner, lab, [slot_on(DAY), slot_on(NEXT_DAY)], reference="K7M-4QX")

    assert "Thursday 14 January 2027" in open_request(client).text
    shown = get_page(client, "/inbox/K7M-4QX?on=2027-01-15")
    assert "Friday 15 January 2027" in shown.text
    for odd in ("2027-02-15", "tomorrow", "\x00", "9999-12-31", "0001-01-01"):
        page = get_page(client, f"/inbox/K7M-4QX?on={odd}")
        assert "Thursday 14 January 2027" in page.text


def test_the_day_of_a_booking_by_the_day_shows_no_hours(client, approver, cluster, partner):
    by_day = make_facility(cluster, unit="day", name="Range")
    make_approver(by_day)
    coordinator = make_coordinator(cluster)
    make_request(partner, by_day, [slot_on(DAY, "07:00", "17:00")], reference="RNG-222")
    sign_in_anew(client, coordinator)

    page = open_request(client, reference="RNG-222")

    assert page.one("h1").text.endswith(": Thu 14 Jan 2027")
    strip = page.one("div", class_="decision-day-wide")
    assert [day.text for day in strip.all("span", class_="tick-above")][:2] == ["Mon", "Tue"]
    assert strip.one("p").text == "this request, Thu 14 Jan 2027"


def test_deciders_see_the_whole_day_of_a_calendar_hidden_from_everybody(client, cluster, partner):
    hidden = dict.fromkeys(("sees_public", "sees_signed_in", "sees_own_cluster"), "nothing")
    vault = make_facility(cluster, places=2, **hidden)
    approver = make_approver(vault)
    fly = make_partner(organisation=make_organisation("Demo Fly"))
    make_request(fly, vault, [slot_on(DAY)], state=State.CONFIRMED)
    make_request(partner, vault, [slot_on(DAY)], reference="K7M-4QX")
    sign_in_anew(client, approver)

    assert "Demo Fly" in open_request(client).text


def test_a_decision_sent_twice_says_that_the_first_one_counted(client, booking_request):
    form = form_to(open_request(client), "confirm")
    first = {"answer-1-code": "maintenance", "answer-1-reason": "The rig is away."}
    second = {**first, "answer-1-reason": "Away for long."}
    assert submit(client, form, first, "Decline this date").status_code == 302
    again = submit(client, form, second, "Decline this date")
    assert again.status_code == 409
    page = read_page(again.text)
    assert page.one("h1").text == "You have already answered"
    assert "Away for long." in page.text
    assert states(booking_request) == [State.DECLINED]


def test_the_code_of_a_decline_is_counted_and_the_requester_reads_words_for_it(
    client, booking_request, lab, cluster, partner
):
    hall = make_facility(cluster, name="Drone hall")
    make_approver(hall)
    for facility in (lab, hall):
        facility.capabilities = ["drone flight in wind"]
        db.session.add(facility)
    db.session.commit()
    form = form_to(open_request(client), "confirm")
    odd = {"answer-1-code": "odd", "answer-1-reason": "No."}
    bad = submit(client, form, odd, "Decline this date")
    assert bad.status_code == 422
    assert states(booking_request) == [State.REQUESTED]

    typed = {"answer-1-code": "not_suitable", "answer-1-reason": "The mast is too low."}
    submit(client, form, typed, "Decline this date")

    db.session.rollback()
    codes = db.session.execute(sa.select(LogEntry.after, LogEntry.reason_code)).all()
    assert codes == [("requested", None), ("declined", "not_suitable")]
    assert "Reason: The facility is not suitable for this." in open_request(client).text
    sign_in_anew(client, partner)
    page = get_page(client, "/requests/K7M-4QX")
    assert "Reason: The facility is not suitable for this." in page.text
    assert "The mast is too low." in page.text
    assert "Similar facilities free on Thu 14 Jan 2027:" in page.text
    assert "Drone hall" in page.text
    updates = get_page(client, "/account/updates")
    assert "Reason: The facility is not suitable for this." in updates.text


def test_a_confirmation_can_be_undone_on_the_next_page(client, booking_request, partner):
    answer = submit(client, form_to(open_request(client), "confirm"))
    page = get_page(client, answer.location)
    db.session.rollback()
    offer = page.one("form", action="/inbox/K7M-4QX/undo")

    undone = submit(client, offer)

    assert undone.location == "/inbox/K7M-4QX"
    page = get_page(client, undone.location)
    assert "The confirmation is undone. The request waits again." in page.text
    assert "You undid the confirmation: Thu 14 Jan 2027" in page.text
    assert page.all("form", action="/inbox/K7M-4QX/undo") == []
    assert states(booking_request) == [State.REQUESTED]
    again = submit(client, offer)
    assert again.status_code == 409
    assert "It is too late to undo this" in read_page(again.text).text
    sign_in_anew(client, partner)
    assert "confirmed" not in get_page(client, "/account/updates").text
