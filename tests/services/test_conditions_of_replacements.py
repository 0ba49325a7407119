"""A date in the place of another one, at a facility with conditions: when which of them ends."""

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import sqlalchemy as sa

from booking.accounts.models import Person
from booking.accounts.queries import account_of
from booking.bookings.models import Booking, BookingCondition, Occupancy, Occurrence
from booking.conditions.service import ConditionStep, take_condition_step
from booking.data_check.queries import find_faults
from booking.decisions.expiry import lapse_due
from booking.decisions.proposing import Proposal, propose
from booking.decisions.queries import inbox_counts
from booking.decisions.reminders import remind_due
from booking.decisions.service import Decision, cancel, confirm
from booking.errors import Conflict, Invalid
from booking.extensions import db
from booking.facilities.condition_models import FacilityCondition
from booking.feeds.kinds import FeedKind
from booking.feeds.service import make_feed
from booking.requests.answering import Suggestion, accept, suggest
from booking.requests.service import withdraw
from booking.rules.conditions import ConditionAct, ConditionsChoice
from booking.rules.lifecycle import State
from tests.factories import (
    make_approver,
    make_cluster,
    make_condition,
    make_facility,
    make_partner,
    make_request,
    slot_on,
)

DAY, LATER, LATEST = date(2027, 1, 14), date(2027, 1, 15), date(2027, 1, 18)
FRIDAY = date(2026, 12, 4)
#: Ten working days from now, when what is taken expires unless somebody chose another day.
USUAL = datetime(2026, 12, 8, 17, tzinfo=UTC)
CONFIRMED, REQUESTED = State.CONFIRMED, State.REQUESTED


@pytest.fixture
def lab(app_context):
    found = make_facility(make_cluster(), "lab")
    make_condition(found)
    return found


@pytest.fixture
def partner(lab):
    return account_of(make_partner().id)


@pytest.fixture
def approver(lab):
    return account_of(make_approver(lab).id)


class Moved:
    """A date of nine to twelve, and what would be in its place from ten to two."""

    def __init__(self, lab, partner, approver, state, *, holds=True):
        self.partner, self.approver = partner, approver
        person = db.session.get_one(Person, partner.person_id)
        request = make_request(
            person, lab, [slot_on(DAY, "09:00", "12:00")], state=state, holds=holds
        )
        self.booking_id, self.old = request.bookings[0].id, request.bookings[0].occurrences[0].id

    def propose(self, *slots) -> list[int]:
        proposal = Proposal(self.booking_id, self.old, slots, False, 1, FRIDAY)
        propose(self.approver, proposal)
        return self.ids[-len(slots) :]

    def take(self, *slots) -> int:
        """Propose something, and take the first of it; returns its id."""
        new, *_ = self.propose(*slots or [slot_on(DAY, "10:00", "14:00")])
        assert accept(self.partner, self.booking_id, new) is State.ACCEPTED
        return new

    def meet(self) -> None:
        first = BookingCondition.stage == "before_final"
        key = db.session.scalars(sa.select(BookingCondition.id).where(first)).one()
        assert take_condition_step(self.approver, ConditionStep(key, ConditionAct.FIND_MET))

    @property
    def ids(self) -> list[int]:
        db.session.rollback()
        return list(db.session.scalars(sa.select(Occurrence.id).order_by(Occurrence.id)))

    @property
    def states(self) -> list[str]:
        db.session.rollback()
        query = sa.select(Occurrence.state).order_by(Occurrence.id)
        return [state.value for state in db.session.scalars(query)]

    @property
    def date(self) -> Occurrence:
        db.session.rollback()
        return db.session.get_one(Occurrence, self.old)


def taken() -> list[tuple[int, str, bool]]:
    """What each date takes: (date, hours, whether for good)."""
    db.session.rollback()
    rows = db.session.execute(
        sa.select(Occupancy).order_by(Occupancy.starts_at, Occupancy.id)
    ).scalars()
    return [
        (one.occurrence_id, f"{one.starts_at:%H}-{one.ends_at:%H}", one.held_until is None)
        for one in rows
    ]


@pytest.fixture(params=[CONFIRMED, REQUESTED])
def moved(request, lab, partner, approver):
    return Moved(lab, partner, approver, request.param)


def test_a_proposal_taken_on_conditions_replaces_the_date_only_when_they_are_met(moved):
    before = moved.date.state
    new = moved.take()

    assert moved.states == [before, "accepted"]
    assert taken() == [(moved.old, "09-12", before is CONFIRMED), (new, "12-14", False)]
    assert db.session.get_one(Occurrence, new).lapses_at == USUAL
    assert list(find_faults()) == []
    moved.meet()
    assert moved.states == ["replaced", "confirmed"]
    assert taken() == [(new, "10-14", True)]
    assert list(find_faults()) == []


def test_a_missed_condition_leaves_the_date_as_it_was(moved, at):
    before = moved.date.state
    moved.take()
    at(USUAL)

    with pytest.raises(Conflict, match="condition_expired"):
        moved.meet()
    assert lapse_due() == 1

    assert moved.states == [before, "lapsed"]
    assert taken() == [(moved.old, "09-12", before is CONFIRMED)]
    assert list(find_faults()) == []


def test_withdrawing_what_is_accepted_leaves_the_date_as_it_was(moved):
    before = moved.date.state
    new = moved.take()

    withdraw(moved.partner, moved.booking_id, {new})

    assert moved.states == [before, "withdrawn"]
    assert taken() == [(moved.old, "09-12", before is CONFIRMED)]


def test_what_else_was_proposed_ends_as_one_is_taken_on_conditions(moved):
    moved.take(slot_on(LATER), slot_on(LATEST))

    assert moved.states[1:] == ["accepted", "withdrawn"]


def test_accepting_what_the_requester_wants_replaces_the_date_when_conditions_are_met(moved):
    before = moved.date.state
    slots = (slot_on(DAY, "10:00", "14:00"),)
    suggest(moved.partner, Suggestion(moved.booking_id, moved.old, slots, False, 1))
    new = moved.ids[-1]
    decision = Decision(moved.booking_id, frozenset({new}))

    assert confirm(moved.approver, decision) is State.ACCEPTED

    assert moved.states == [before, "accepted"]
    assert taken() == [(moved.old, "09-12", before is CONFIRMED), (new, "12-14", False)]
    moved.meet()
    assert moved.states == ["replaced", "confirmed"]
    assert taken() == [(new, "10-14", True)]


def test_another_date_taken_later_ends_the_accepted_one_at_once(moved):
    before = moved.date.state
    first = moved.take()
    second = moved.take(slot_on(LATER, "09:00", "12:00"))

    assert moved.states == [before, "replaced", "accepted"]
    assert first not in {key for key, *_ in taken()}
    moved.meet()
    assert moved.states == ["replaced", "replaced", "confirmed"]
    assert taken() == [(second, "09-12", True)]


def test_suggesting_again_leaves_what_is_accepted(moved):
    moved.take()
    slots = (slot_on(DAY, "11:00", "13:00"),)

    suggest(moved.partner, Suggestion(moved.booking_id, moved.old, slots, False, 1))

    assert moved.states[1:] == ["accepted", "requested"]
    assert list(find_faults()) == []
    moved.meet()
    assert moved.states == ["replaced", "confirmed", "replaced"]


def test_a_date_that_is_cancelled_leaves_its_places_to_the_accepted_one(lab, partner, approver):
    moved = Moved(lab, partner, approver, CONFIRMED)
    new = moved.take()

    cancel(approver, Decision(moved.booking_id, frozenset({moved.old}), "Broken."))

    assert {(key, for_good) for key, _, for_good in taken()} == {(new, False)}
    moved.meet()
    assert moved.states == ["cancelled", "confirmed"]
    assert taken() == [(new, "10-14", True)]


def test_a_move_can_wait_until_the_confirmed_date_begins(lab, partner, approver):
    moved = Moved(lab, partner, approver, CONFIRMED)
    near = db.session.get_one(Occurrence, moved.old)
    near.starts_at, near.ends_at = (datetime(2026, 11, 26, hour, tzinfo=UTC) for hour in (9, 11))
    db.session.commit()
    new = moved.take()

    assert db.session.get_one(Occurrence, new).lapses_at < near.starts_at
    slots = (slot_on(LATER),)
    suggest(partner, Suggestion(moved.booking_id, moved.old, slots, False, 1))
    choice = ConditionsChoice(date(2026, 11, 27))
    withdraw(partner, moved.booking_id, {new})
    with pytest.raises(Invalid, match="after_start"):
        confirm(
            approver,
            Decision(moved.booking_id, frozenset({moved.ids[-1]}), conditions=choice),
        )


def test_a_requested_date_does_not_wait_for_its_owner_while_another_is_accepted(
    lab, partner, approver, at
):
    moved = Moved(lab, partner, approver, REQUESTED)
    booking = db.session.get_one(Booking, moved.booking_id)
    booking.due_at = datetime(2026, 11, 27, 17, tzinfo=UTC)
    db.session.commit()
    new = moved.take()

    assert inbox_counts(approver.viewer, USUAL - timedelta(hours=1)).waiting == 0
    assert booking.due_at > USUAL
    assert moved.date.lapses_at > USUAL
    at(USUAL - timedelta(hours=1))
    assert remind_due() == 0
    withdraw(partner, moved.booking_id, {new})
    assert inbox_counts(approver.viewer, USUAL).waiting == 1
    assert moved.date.lapses_at > booking.due_at > USUAL


@pytest.mark.parametrize("on_conditions", [True, False])
def test_what_is_due_before_arrival_follows_the_date_that_moves(
    lab, partner, approver, on_conditions
):
    if not on_conditions:
        db.session.execute(sa.delete(FacilityCondition))
        db.session.commit()
    make_condition(lab, kind="visitor_list", stage="before_arrival", days_before=3)
    moved = Moved(lab, partner, approver, REQUESTED)
    confirm(approver, Decision(moved.booking_id, frozenset({moved.old})))
    due = sa.select(BookingCondition.due_at).where(BookingCondition.kind == "visitor_list")
    before = db.session.scalars(due).one()

    (new,) = moved.propose(slot_on(LATER, "09:00", "12:00"))
    accept(partner, moved.booking_id, new)
    if on_conditions:
        assert db.session.scalars(due).one() == before
        moved.meet()

    db.session.rollback()
    assert db.session.scalars(due).one() == before + timedelta(days=1)


def test_in_calendars_both_are_one_event_that_moves_when_it_is_final(
    lab, partner, approver, client
):
    moved = Moved(lab, partner, approver, CONFIRMED)
    token = make_feed(partner, FeedKind.OWN, with_titles=True)

    def event():
        calendar = icalendar.Calendar.from_ical(client.get(f"/feeds/{token}.ics").data)
        (one,) = calendar.walk("VEVENT")
        return str(one["uid"]), one.decoded("dtstart").hour, str(one["status"])

    uid, hour, status = event()
    moved.take()
    assert event() == (uid, hour, status)
    moved.meet()
    assert event() == (uid, hour + 1, "CONFIRMED")
