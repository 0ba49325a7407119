"""Who decides and works for a firm is shown as such, to both sides, as it was then."""

from datetime import UTC, date

import pytest

from booking.accounts.membership_service import current_membership, end_membership
from booking.accounts.queries import account_of
from booking.db.transactions import writing
from booking.decisions.service import Decision, confirm
from booking.extensions import db
from booking.messages.service import NewMessage, write
from booking.notices.queries import updates
from booking.notices.sentences import sentence
from booking.rules.lifecycle import Side
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
from tests.pages import get_page

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])
FIRM = "Zanthor <i>works</i>"


@pytest.fixture
def decided(app_context):
    """A request, a message about it and its confirmation, by somebody who worked for a firm."""
    hall = make_facility(make_cluster("here"), "hall")
    firm = make_organisation(FIRM)
    anna = make_approver(hall, name="Anna", organisation=firm)
    partner = make_partner()
    request = make_request(partner, hall, [slot_on(date(2027, 1, 12))])
    request.anna, request.firm_id, request.partner = anna, firm.id, partner
    booking = request.bookings[0]
    account = account_of(anna.id)
    write(account, Side.OWNER, NewMessage(booking.id, "Bring a key."))
    write(account_of(partner.id), Side.REQUESTER, NewMessage(booking.id, "We will."))
    confirm(account, Decision(booking.id, frozenset(one.id for one in booking.occurrences)))
    db.session.rollback()
    return request


def leave(decided):
    with writing() as now:
        membership = current_membership(decided.anna.id, decided.firm_id)
        end_membership(membership, now, actor_id=decided.anna.id)


def test_both_sides_read_for_whom_somebody_worked_who_decided_also_later(
    decided, client, other_client
):
    leave(decided)
    sign_in(client, decided.partner)
    sign_in(other_client, decided.anna)

    for browser, page in ((client, "requests"), (other_client, "inbox")):
        main = get_page(browser, f"/{page}/{decided.reference}").one("main").text
        assert main.count(f"by someone who works for {FIRM}") == 1
        assert main.count(f" works for {FIRM}") == 2  # the message, too, and not the partner's


def test_the_update_of_the_requester_says_for_whom_somebody_works_who_decided(decided):
    told = [sentence(one, UTC) for one in updates(account_of(decided.partner.id).viewer).notices]

    assert len(told) == 2
    assert all("The person who did this works for" in one and FIRM in one for one in told)


def test_an_approver_who_works_for_nobody_is_not_marked(decided, client):
    leave(decided)
    account = account_of(decided.anna.id)
    booking = decided.bookings[0]
    write(account, Side.OWNER, NewMessage(booking.id, "And a lamp."))

    told = [sentence(one, UTC) for one in updates(account_of(decided.partner.id).viewer).notices]
    assert sum("works for" in one for one in told) == 2
    assert len(told) == 3


def test_those_who_manage_a_facility_read_for_whom_those_named_there_work(decided, client):
    sign_in(client, decided.anna)

    people = get_page(client, "/manage/facilities/hall").one("section", aria_labelledby="people")
    assert f"Anna works for {FIRM}" in people.text
