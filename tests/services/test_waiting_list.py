"""The waiting list: who gets on it, whose turn it is when time frees, and what others learn."""

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import Booking, LogEntry, Occupancy, Occurrence
from booking.data_check.queries import find_faults
from booking.db import clock
from booking.decisions.choosing import Choice, choose
from booking.decisions.expiry import lapse_due
from booking.decisions.proposing import Proposal, propose, withdraw_proposals
from booking.decisions.review import request_for_review
from booking.decisions.service import Decision, cancel, confirm, decline
from booking.decisions.turns import offer_free_time
from booking.decisions.waiting_list import put_on_waiting_list
from booking.errors import Conflict, NotFound, Refused
from booking.extensions import db
from booking.facilities.models import Facility
from booking.feeds.kinds import FeedKind
from booking.feeds.service import make_feed
from booking.notices.models import Notice
from booking.requests.answering import Suggestion, accept, decline_proposals, suggest
from booking.requests.service import send, withdraw
from booking.rules.lifecycle import State
from booking.rules.terms import AutomaticFor
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_closure,
    make_cluster,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    slot_on,
)
from tests.request_factories import sending_for

DAY, LATER = date(2027, 1, 14), date(2027, 1, 15)
SLOT = slot_on(DAY)
one_engine = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster(), "lab", waiting_list_days=2, pending_holds=True)


@pytest.fixture
def approver(lab):
    return account_of(make_approver(lab).id)


@pytest.fixture
def taken(lab, approver):
    """A confirmed booking on the day; returns what its approver says of it."""
    return decision(make_request(make_partner(), lab, [SLOT], state=State.CONFIRMED))


def decision(request, reason="Because."):
    ids = frozenset(date.id for date in request.bookings[0].occurrences)
    return Decision(request.bookings[0].id, ids, reason)


def waits(lab, *slots, partner=None, at=NOW, **fields):
    """A partner's account and booking with these dates, some of them on the waiting list."""
    account = account_of((partner or make_partner()).id)
    with clock.fixed(at):
        reference = send(account, sending_for(lab, *(slots or [SLOT]), may_wait=True, **fields))
    db.session.rollback()
    query = sa.select(Booking).where(Booking.request.has(reference=reference))
    return account, db.session.scalars(query).one().id


def states(booking_id):
    db.session.rollback()
    query = sa.select(Occurrence).where(Occurrence.booking_id == booking_id)
    return [one.state.value for one in db.session.scalars(query.order_by(Occurrence.starts_at))]


def dates(booking_id):
    query = sa.select(Occurrence.id).where(Occurrence.booking_id == booking_id)
    return list(db.session.scalars(query.order_by(Occurrence.starts_at)))


def steps(booking_id):
    db.session.rollback()
    query = sa.select(LogEntry).where(LogEntry.booking_id == booking_id).order_by(LogEntry.id)
    return [f"{one.before} > {one.after} {one.side}" for one in db.session.scalars(query)]


def held(booking_id):
    db.session.rollback()
    query = (
        sa.select(Occupancy.held_until)
        .join(Occurrence, Occurrence.id == Occupancy.occurrence_id)
        .where(Occurrence.booking_id == booking_id)
    )
    return list(db.session.scalars(query))


def test_a_taken_date_waits_and_holds_nothing_while_the_others_are_requested(lab, taken):
    _, booking = waits(lab, SLOT, slot_on(LATER))

    assert states(booking) == ["waiting", "requested"]
    assert steps(booking) == ["None > requested requester", "None > waiting requester"]
    assert len(held(booking)) == 1
    assert list(find_faults()) == []


@one_engine
def test_only_what_is_taken_waits_and_only_where_there_is_a_list(lab, taken):
    _, free = waits(lab, slot_on(LATER))
    assert states(free) == ["requested"]

    db.session.get_one(Facility, lab.id).waiting_list_days = None
    db.session.commit()
    with pytest.raises(Refused):
        waits(lab)


def test_who_sent_first_gets_what_becomes_free_then_who_comes_next(lab, approver, taken):
    _, second = waits(lab, at=NOW + timedelta(minutes=2))
    first_account, first = waits(lab, at=NOW + timedelta(minutes=1))
    assert offer_free_time() == 0
    cancel(approver, taken)

    assert (offer_free_time(), offer_free_time()) == (1, 0)

    assert (states(first), states(second)) == (["proposed"], ["waiting"])
    until = datetime(2026, 11, 26, 17, tzinfo=UTC)  # two working days, 18:00 in Copenhagen
    assert held(first) == [until]
    with clock.fixed(until):
        lapse_due()
        assert offer_free_time() == 1
    assert (states(first), states(second)) == (["lapsed"], ["proposed"])
    assert steps(first)[1:] == ["waiting > proposed nobody", "proposed > lapsed nobody"]
    assert list(find_faults()) == []
    with pytest.raises(Conflict):
        accept(first_account, first, dates(first)[0])


def test_who_accepts_has_it_for_good_and_each_side_is_told_once(lab, approver, taken):
    account, booking = waits(lab)
    cancel(approver, taken)
    offer_free_time()
    accept(account, booking, dates(booking)[0])

    assert states(booking) == ["confirmed"]
    assert held(booking) == [None]
    told = sa.select(Notice.person_id, Notice.after).where(Notice.booking_id == booking)
    assert sorted(tuple(row) for row in db.session.execute(told)) == sorted(
        [
            (approver.person_id, "waiting"),
            (account.person_id, "proposed"),
            (approver.person_id, "proposed"),
            (approver.person_id, "confirmed"),
        ]
    )


@one_engine
@pytest.mark.parametrize("frees", ["withdrawn", "declined", "expired", "proposal", "more places"])
def test_it_does_not_matter_what_frees_the_time(lab, approver, frees):
    partner = make_partner()
    other = make_request(partner, lab, [SLOT], holds=True, lapses_at=NOW + timedelta(hours=1))
    account, booking = waits(lab)
    if frees == "withdrawn":
        withdraw(account_of(partner.id), *_ids(other))
    elif frees == "declined":
        decline(approver, decision(other))
    elif frees == "proposal":
        waits(lab)
        decline(approver, decision(other))
        offer_free_time()
        decline_proposals(account, booking, dates(booking))
        (booking,) = set(_waiting_bookings())
    elif frees == "more places":
        from booking.facilities.models import Place

        db.session.add(Place(facility_id=lab.id))
        db.session.commit()
    with clock.fixed(NOW + timedelta(hours=2)):
        lapse_due()
        offer_free_time()

    assert states(booking) == ["proposed"]


def _ids(request):
    return request.bookings[0].id, [one.id for one in request.bookings[0].occurrences]


def _waiting_bookings():
    db.session.rollback()
    return db.session.scalars(
        sa.select(Occurrence.booking_id).where(Occurrence.state == State.WAITING)
    ).all()


@one_engine
def test_a_closure_keeps_free_time_from_who_waits_until_it_is_lifted(lab, approver, taken):
    _, booking = waits(lab)
    cancel(approver, taken)
    closure = make_closure(lab, slot_on(DAY, "06:00", "18:00"))
    assert offer_free_time() == 0

    db.session.delete(db.session.get_one(type(closure), closure.id))
    db.session.commit()

    assert offer_free_time() == 1
    assert states(booking) == ["proposed"]


@one_engine
def test_a_request_sent_before_who_waits_is_not_passed_over(lab, approver):
    db.session.get_one(Facility, lab.id).pending_holds = False
    db.session.commit()
    with clock.fixed(NOW - timedelta(days=1)):
        earlier = make_request(make_partner(), lab, [slot_on(DAY, "11:00", "14:00")])
    agreed = make_request(make_partner(), lab, [SLOT], state=State.CONFIRMED)
    _, booking = waits(lab)
    cancel(approver, decision(agreed))

    assert offer_free_time() == 0
    make_request(make_partner(), lab, [SLOT], sent_at=NOW + timedelta(hours=1))
    decline(approver, decision(earlier))

    assert offer_free_time() == 1
    assert states(booking) == ["proposed"]


@one_engine
def test_what_fits_only_instead_of_a_turn_goes_on_waiting_and_who_asks_anew_comes_too_late(
    lab, approver, taken
):
    _, booking = waits(lab, slot_on(DAY, "09:00", "11:00"), slot_on(DAY, "13:00", "15:00"))
    _, next_one = waits(lab, slot_on(DAY, "10:00", "12:00"))
    assert states(booking) == ["waiting", "requested"]
    cancel(approver, taken)
    offer_free_time()

    assert (states(booking), states(next_one)) == (["proposed", "requested"], ["waiting"])
    with pytest.raises(Refused):
        send(account_of(make_partner().id), sending_for(lab, slot_on(DAY, "09:00", "11:00")))


@one_engine
def test_waiting_ends_when_the_notice_begins_and_when_there_is_no_list_any_more(
    lab, approver, taken
):
    db.session.get_one(Facility, lab.id).lead_time_days = 10
    db.session.commit()
    _, booking = waits(lab)
    _, other = waits(lab, slot_on(DAY, "10:00", "12:00"))
    withdraw(account_of(_requester(other)), other, dates(other))
    assert states(other) == ["withdrawn"]
    with clock.fixed(datetime(2027, 1, 4, 23, tzinfo=UTC)):
        lapse_due()
    assert states(booking) == ["lapsed"]

    _, last = waits(lab)
    db.session.get_one(Facility, lab.id).waiting_list_days = None
    db.session.commit()
    assert offer_free_time() == 0
    assert steps(last)[1:] == ["waiting > lapsed nobody"]


def _requester(booking_id):
    return db.session.get_one(Booking, booking_id).request.requester_id


@one_engine
def test_choosing_confirms_one_and_puts_the_others_on_the_list_in_one_step(lab, approver):
    db.session.get_one(Facility, lab.id).pending_holds = False
    db.session.commit()
    chosen, listed, declined = (make_request(make_partner(), lab, [SLOT]) for _ in range(3))

    choose(
        approver,
        Choice([decision(chosen)], [decision(declined)], [decision(listed, "You come next.")]),
    )

    found = [states(one.bookings[0].id) for one in (chosen, declined, listed)]
    assert found == [["confirmed"], ["declined"], ["waiting"]]
    entry = db.session.scalars(
        sa.select(LogEntry).where(LogEntry.booking_id == listed.bookings[0].id)
    ).all()[-1]
    assert (entry.before, entry.after, entry.reason) == ("requested", "waiting", "You come next.")


@one_engine
def test_where_there_is_no_list_nobody_is_put_on_it(lab, approver):
    db.session.get_one(Facility, lab.id).waiting_list_days = None
    db.session.commit()
    one, other = (make_request(make_partner(), lab, [SLOT]) for _ in range(2))

    with pytest.raises(Conflict, match="no_waiting_list"):
        choose(approver, Choice([decision(one)], [], [decision(other)]))

    assert states(one.bookings[0].id) == ["requested"]


@one_engine
def test_a_date_with_proposals_and_another_time_waits_alone(lab, approver):
    person = make_partner()
    request = make_request(person, lab, [SLOT], holds=True)
    booking, (old,) = _ids(request)
    until = date(2026, 12, 4)
    propose(approver, Proposal(booking, old, (slot_on(LATER),), False, 1, until))
    put_on_waiting_list(approver, Decision(booking, frozenset({old})))
    assert sorted(states(booking)) == ["waiting", "withdrawn"]

    moved = make_request(person, lab, [slot_on(LATER, "14:00", "15:00")], holds=True)
    booking, (old,) = _ids(moved)
    account = account_of(person.id)
    suggest(account, Suggestion(booking, old, (slot_on(LATER, "16:00", "17:00"),), False, 1))
    put_on_waiting_list(approver, Decision(booking, frozenset({old})))
    assert states(booking) == ["waiting", "declined"]
    assert list(find_faults()) == []


@one_engine
def test_the_owner_takes_dates_and_proposals_off_the_list_with_a_reason(lab, approver, taken):
    _, first = waits(lab)
    _, second = waits(lab)
    decline(approver, Decision(first, frozenset(dates(first)), "The lab moves."))
    assert states(first) == ["declined"]
    cancel(approver, taken)
    offer_free_time()
    withdraw_proposals(approver, second, dates(second), "The lab moves.")

    assert states(second) == ["withdrawn"]
    assert held(second) == []


@one_engine
def test_a_proposal_from_the_list_stops_no_clock(lab, approver, taken):
    account, booking = waits(lab, SLOT, slot_on(LATER))
    due = db.session.get_one(Booking, booking).due_at
    cancel(approver, taken)
    offer_free_time()
    assert db.session.get_one(Booking, booking).due_at == due
    decline_proposals(account, booking, dates(booking)[:1])

    assert db.session.get_one(Booking, booking).due_at == due
    assert states(booking) == ["declined", "requested"]


def test_who_works_for_an_organisation_with_that_time_is_absent_and_who_waits_too(lab):
    firm, rival = make_organisation("Demo Firm"), make_organisation("Demo Rival")
    at_firm = make_approver(lab, organisation=firm)
    at_rival = make_approver(lab, organisation=rival)
    agreed = make_request(make_partner(organisation=firm), lab, [SLOT], state=State.CONFIRMED)
    _, booking = waits(lab, partner=make_partner(organisation=rival))
    waiting = db.session.get_one(Booking, booking).request.reference

    def reads(person, reference):
        try:
            return bool(request_for_review(account_of(person.id).viewer, reference, NOW))
        except NotFound:
            return False

    assert (reads(at_firm, waiting), reads(at_rival, agreed.reference)) == (False, False)
    assert reads(make_approver(lab), waiting)
    with pytest.raises(NotFound):
        confirm(account_of(at_firm.id), Decision(booking, frozenset(dates(booking))))


@one_engine
def test_what_was_only_on_the_list_is_in_no_feed_and_what_comes_of_it_is(
    client, lab, approver, taken
):
    account, booking = waits(lab)
    _, in_vain = waits(lab, slot_on(DAY, "11:00", "12:00"))
    token = make_feed(account, FeedKind.OWN, with_titles=False)
    own = make_feed(account_of(_requester(in_vain)), FeedKind.OWN, with_titles=False)

    def states_in_feed(of):
        db.session.rollback()
        events = icalendar.Calendar.from_ical(client.get(f"/feeds/{of}.ics").data).walk("VEVENT")
        return [str(event["status"]) for event in events]

    assert states_in_feed(token) == []
    cancel(approver, taken)
    offer_free_time()
    assert states_in_feed(token) == []
    accept(account, booking, dates(booking)[0])
    withdraw(account_of(_requester(in_vain)), in_vain, dates(in_vain))
    assert states_in_feed(token) == ["CONFIRMED"]
    assert states_in_feed(own) == []


@one_engine
def test_free_time_belongs_to_who_comes_first_and_nothing_says_that_others_wait(
    lab, approver, taken
):
    db.session.get_one(Facility, lab.id).automatic_for = AutomaticFor.EVERYONE
    db.session.commit()
    _, booking = waits(lab)
    cancel(approver, taken)

    send(account_of(make_partner().id), sending_for(lab, SLOT))

    assert offer_free_time() == 0
    assert states(booking) == ["waiting"]
    query = sa.select(Occurrence.state).order_by(Occurrence.id.desc()).limit(1)
    assert db.session.scalar(query) is State.CONFIRMED
