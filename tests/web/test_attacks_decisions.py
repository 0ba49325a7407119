"""Deciding what is not one's own to decide, and reading what is others' to decide on."""

from datetime import date

import pytest
from flask.testing import FlaskClient

from booking.accounts.models import Role
from booking.accounts.queries import account_of
from booking.bookings.models import Booking, BookingRequest, LogEntry, Occurrence
from booking.extensions import db
from booking.notices.models import Notice
from booking.requests.service import cancel
from booking.rules.lifecycle import State
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_person,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, post

DAY = date(2027, 1, 12)


@pytest.fixture
def bench(app_context: None):
    hall = make_facility(make_cluster("here"), "hall")
    return make_facility(hall.cluster, "bench", parent=hall)


@pytest.fixture
def partner(bench):
    return make_person(organisation=make_organisation("Demo Drones"))


def booking_of(request: BookingRequest) -> Booking:
    db.session.rollback()
    return db.session.query(Booking).filter_by(request_id=request.id).one()


def uids(request: BookingRequest) -> list[str]:
    return [occurrence.uid for occurrence in booking_of(request).occurrences]


def everything() -> list[tuple]:
    """What deciding changes: states, and the numbers of log lines and notices."""
    db.session.rollback()
    dates = db.session.query(Occurrence.id, Occurrence.state, Occurrence.revision)
    counts = [db.session.query(model).count() for model in (LogEntry, Notice, BookingRequest)]
    return [*dates.order_by(Occurrence.id).all(), tuple(counts)]


def test_a_booking_on_behalf_is_seen_only_by_its_organisation_and_deciders(
    client: FlaskClient, other_client: FlaskClient, bench, partner
) -> None:
    approver, above = make_approver(bench), make_approver(bench.parent)
    request = make_request(
        approver,
        bench,
        [slot_on(DAY)],
        state=State.CONFIRMED,
        entered=True,
        organisation_id=partner.organisation_id,
        title="Night flight",
    )
    address = "/facilities/bench?view=day&on=2027-01-12"

    sign_in(client, approver)
    assert "Night flight" in get_page(client, address).text
    sign_in(other_client, above)
    page = get_page(other_client, address)
    assert "Night flight" not in page.text
    assert "Demo Drones" not in page.text

    booking = booking_of(request)
    ids = {occurrence.id for occurrence in booking.occurrences}
    cancel(account_of(partner.id), booking.id, ids, "Rain.")
    notified = {person_id for (person_id,) in db.session.query(Notice.person_id)}
    assert notified == {approver.id}


@pytest.mark.parametrize("act", ["confirm", "decline", "cancel"])
def test_nobody_decides_on_their_own_request(client: FlaskClient, bench, partner, act) -> None:
    state = State.CONFIRMED if act == "cancel" else State.REQUESTED
    coordinator = make_coordinator(bench.cluster, organisation=partner.organisation)
    approver = make_approver(bench, organisation=partner.organisation)
    for person in (coordinator, approver):
        request = make_request(person, bench, [slot_on(DAY)], state=state)
        before = everything()
        sign_in(client, person)

        kind = "cancel" if act == "cancel" else "answer"
        form = {
            "part": "1",
            f"{kind}-1-dates": uids(request),
            f"{kind}-1-reason": "Mine.",
            "answer-1-code": "safety",
        }
        answer = post(client, f"/inbox/{request.reference}/{act}", form)

        assert answer.status_code == 404
        assert everything() == before


@pytest.mark.parametrize("act", ["confirm", "decline", "cancel"])
def test_a_decision_with_dates_of_other_bookings_is_refused(
    client: FlaskClient, bench, partner, act
) -> None:
    state = State.CONFIRMED if act == "cancel" else State.REQUESTED
    shed = make_facility(bench.cluster, "shed")
    approver = make_approver(bench)
    mine = make_request(partner, bench, [slot_on(DAY)], state=state)
    others = make_request(partner, shed, [slot_on(DAY)], state=state)
    ids = [str(occurrence.id) for occurrence in booking_of(mine).occurrences]
    before = everything()
    sign_in(client, approver)
    kind = "cancel" if act == "cancel" else "answer"

    for dates in (uids(others), [*uids(mine), *uids(others)], ids, ["\0"], ["%"], ["x" * 9000]):
        form = {
            "part": "1",
            f"{kind}-1-dates": dates,
            f"{kind}-1-reason": "No.",
            "answer-1-code": "safety",
        }
        assert post(client, f"/inbox/{mine.reference}/{act}", form).status_code == 404, dates
    for part in ("0", "2", "-1", str(2**63), "9" * 400):
        form = {
            "part": part,
            f"{kind}-1-dates": uids(mine),
            f"{kind}-1-reason": "No.",
            "answer-1-code": "safety",
        }
        answer = post(client, f"/inbox/{mine.reference}/{act}", form)
        assert answer.status_code in (404, 422), part
    assert everything() == before


def test_a_decision_from_a_page_opened_before_losing_the_right_is_refused(
    client: FlaskClient, bench, partner
) -> None:
    approver = make_approver(bench)
    request = make_request(partner, bench, [slot_on(DAY)])
    sign_in(client, approver)
    get_page(client, f"/inbox/{request.reference}")
    db.session.rollback()
    db.session.query(Role).delete()
    db.session.commit()
    before = everything()

    form = {"part": "1", "answer-1-dates": uids(request)}
    assert post(client, f"/inbox/{request.reference}/confirm", form).status_code == 404
    assert everything() == before
