"""Changing a request: what holds at once, what waits for an answer, and what becomes of both."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.date_details import details_of
from booking.bookings.disruption_models import Affected
from booking.bookings.models import Booking, LogEntry, Occupancy, Occurrence
from booking.data_check.queries import find_faults
from booking.decisions.proposing import Proposal, propose
from booking.decisions.service import Decision, confirm, decline
from booking.errors import Conflict, Invalid, NotFound, Refused
from booking.extensions import db
from booking.facilities.models import Facility
from booking.manage.hours.service import NewSpecial, set_special_days
from booking.notices.models import Notice
from booking.requests.changing import Change, DateChange, change_request, preview_change
from booking.requests.service import withdraw
from booking.rules.edits import Edit, EditKind
from booking.rules.lifecycle import State
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_closure,
    make_cluster,
    make_facility,
    make_partner,
    make_request,
    slot_on,
)

DAY, LATER = date(2027, 1, 14), date(2027, 1, 15)
FRIDAY = date(2026, 12, 4)


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster(), "lab", places=3, minimum_units=1)


@pytest.fixture
def partner(lab):
    return account_of(make_partner().id)


@pytest.fixture
def one_open_request(lab):
    db.session.get_one(Facility, lab.id).most_open_requests = 1
    db.session.commit()


@pytest.fixture(autouse=True)
def approver(lab):
    return account_of(make_approver(lab).id)


class Sent:
    """A request that was sent, and what became of it."""

    def __init__(self, request):
        self.booking_id = request.bookings[0].id

    @property
    def booking(self):
        db.session.rollback()
        return db.session.get_one(Booking, self.booking_id)

    @property
    def dates(self):
        return sorted(self.booking.occurrences, key=lambda one: one.id)

    @property
    def states(self):
        return [one.state.value for one in self.dates]

    @property
    def details(self):
        return self.booking.request.details

    def change(self, account, *, index=None, slot=None, whole=None, places=None, **details):
        """Make a change as the page does: all that is not given is as it is."""
        wanted = None
        if index is not None:
            one = self.dates[index]
            wanted = DateChange(
                one.id,
                slot or slot_of(one),
                one.whole if whole is None else whole,
                places or one.places,
            )
        change = Change(self.booking_id, replace(self.details, **details), wanted)
        db.session.rollback()
        return change_request(account, change)

    def log(self):
        db.session.rollback()
        query = sa.select(LogEntry).where(LogEntry.booking_id == self.booking_id)
        return list(db.session.scalars(query.order_by(LogEntry.id)))

    def kinds(self):
        return [
            [Edit.of_stored(one).kind for one in entry.changes]
            for entry in self.log()
            if entry.changes
        ]


@pytest.fixture
def sent(lab, partner):
    def send(*slots, **fields):
        from booking.accounts.models import Person

        person = db.session.get_one(Person, partner.person_id)
        values = {"places": 2, "people": 4, **fields}
        return Sent(make_request(person, lab, slots or [slot_on(DAY)], **values))

    return send


def slot_of(one):
    from booking.bookings.occupancy import occurrence_slot

    return occurrence_slot(one)


def taken(one):
    query = sa.select(Occupancy.starts_at, Occupancy.ends_at, Occupancy.held_until)
    rows = db.session.execute(query.where(Occupancy.occurrence_id == one.id)).all()
    return sorted((f"{a:%H}", f"{b:%H}", held is None) for a, b, held in rows)


def told(person_id):
    db.session.rollback()
    query = sa.select(LogEntry.event).join(Notice, Notice.log_id == LogEntry.id)
    return list(db.session.scalars(query.where(Notice.person_id == person_id).order_by(Notice.id)))


def test_a_shorter_confirmed_date_holds_at_once_and_frees_the_rest(sent, partner, approver):
    booked = sent(slot_on(DAY, "09:00", "12:00"), state=State.CONFIRMED)

    booked.change(partner, index=0, slot=slot_on(DAY, "09:00", "11:00"))

    (one,) = booked.dates
    assert (one.state, slot_of(one)) == (State.CONFIRMED, slot_on(DAY, "09:00", "11:00"))
    assert taken(one) == [("09", "11", True)] * 2
    assert one.revision == 1
    assert booked.kinds() == [[EditKind.SHORTER]]
    assert told(approver.person_id) == ["changed"]
    assert list(find_faults()) == []


def test_fewer_places_are_free_at_once_for_others(sent, partner, approver):
    booked = sent(state=State.CONFIRMED, whole=True, places=3)

    booked.change(partner, index=0, whole=False, places=1)

    (one,) = booked.dates
    assert (one.whole, one.places, taken(one)) == (False, 1, [("09", "12", True)])
    other = sent(state=State.REQUESTED, places=2)
    confirm(approver, Decision(other.booking_id, frozenset({other.dates[0].id})))
    assert list(find_faults()) == []


def test_a_shorter_hold_ends_when_it_would_have_ended(sent, partner, approver):
    held = sent(holds=True)
    until = held.dates[0].lapses_at

    held.change(partner, index=0, slot=slot_on(DAY, "10:00", "12:00"), places=1)

    (one,) = held.dates
    rows = db.session.execute(sa.select(Occupancy.starts_at, Occupancy.held_until)).all()
    assert [held_until for _, held_until in rows] == [until]
    assert one.state is State.REQUESTED


@pytest.mark.parametrize(
    "wanted",
    [
        {"slot": slot_on(DAY, "09:00", "13:00")},
        {"whole": True},
    ],
)
def test_more_of_a_date_waits_in_its_place_until_the_yes(sent, partner, approver, wanted):
    booked = sent(state=State.CONFIRMED)

    booked.change(partner, index=0, **wanted)

    old, new = booked.dates
    assert booked.states == ["confirmed", "requested"]
    assert new.replaces_id == old.id
    assert slot_of(old) == slot_on(DAY)
    confirm(approver, Decision(booked.booking_id, frozenset({new.id})))
    assert booked.states == ["replaced", "confirmed"]
    assert list(find_faults()) == []


def test_more_people_for_an_agreed_date_are_kept_with_what_waits_until_the_yes(
    sent, partner, approver
):
    booked = sent(state=State.CONFIRMED)

    booked.change(partner, people=6, hazards=True, hazards_note="Laser.", title="New name")

    old, new = booked.dates
    assert (booked.details.people, booked.details.hazards) == (4, False)
    assert booked.details.title == "New name"
    assert (details_of(new).people, details_of(new).hazards_note) == (6, "Laser.")
    assert slot_of(new) == slot_of(old)
    assert booked.kinds() == [
        [EditKind.NEW_TITLE],
        [EditKind.MORE_PEOPLE, EditKind.NEW_HAZARDS],
    ]
    confirm(approver, Decision(booked.booking_id, frozenset({new.id})))
    assert (booked.details.people, booked.details.hazards_note) == (6, "Laser.")
    assert booked.dates[1].own_details is None


def test_a_no_to_more_people_leaves_the_booking_as_it_was(sent, partner, approver):
    booked = sent(state=State.CONFIRMED)
    booked.change(partner, people=6)

    decline(approver, Decision(booked.booking_id, frozenset({booked.dates[1].id}), "Too many."))

    assert booked.states == ["confirmed", "declined"]
    assert booked.details.people == 4
    assert details_of(booked.dates[0]).people == 4


def test_a_yes_to_some_dates_leaves_the_others_with_their_people(sent, partner, approver):
    booked = sent(slot_on(DAY), slot_on(LATER), state=State.CONFIRMED)
    booked.change(partner, people=6)
    first = booked.dates[2]

    confirm(approver, Decision(booked.booking_id, frozenset({first.id})))

    people = {one.id: details_of(one).people for one in booked.dates if one.state == "confirmed"}
    assert people == {first.id: 6, booked.dates[1].id: 4}


def test_before_anybody_decided_more_people_hold_at_once_and_the_clock_goes_on(
    sent, partner, approver
):
    asked = sent()
    due, lapses = asked.booking.due_at, asked.dates[0].lapses_at

    asked.change(partner, people=6, purpose="Something else.")

    assert asked.states == ["requested"]
    assert (asked.details.people, asked.details.purpose) == (6, "Something else.")
    assert (asked.booking.due_at, asked.dates[0].lapses_at) == (due, lapses)
    assert told(approver.person_id) == ["changed"]


def test_who_decides_on_what_has_changed_since_they_looked_is_asked_to_look_again(
    sent, partner, approver
):
    asked = sent()
    ids = frozenset({asked.dates[0].id})
    asked.change(partner, people=6)

    with pytest.raises(Conflict, match="changed"):
        confirm(approver, Decision(asked.booking_id, ids, seen=0))
    assert asked.states == ["requested"]
    confirm(approver, Decision(asked.booking_id, ids, seen=1))
    assert asked.states == ["confirmed"]


def test_a_limit_of_people_refuses_more_of_them_in_every_state(lab, sent, partner, approver):
    lab.people_limit = 5
    db.session.commit()
    for state in (State.REQUESTED, State.CONFIRMED):
        with pytest.raises(Refused) as refused:
            sent(state=state).change(partner, people=6)
        assert {one.code.value for one in refused.value.refusals} == {"too_many_people"}


@pytest.mark.parametrize(
    ("first", "last", "code"), [("09:00", "09:30", "too_short"), ("09:00", "11:10", "off_grid")]
)
def test_a_shorter_date_breaks_no_rule_that_it_did_not_break_before(
    sent, partner, first, last, code
):
    booked = sent(state=State.CONFIRMED)

    with pytest.raises(Refused) as refused:
        booked.change(partner, index=0, slot=slot_on(DAY, first, last))

    assert [(one.code.value, one.date_index) for one in refused.value.refusals] == [(code, 0)]
    assert slot_of(booked.dates[0]) == slot_on(DAY)


def test_a_closed_part_is_in_the_way_of_the_whole_only(lab, sent, partner):
    """And of no other date that changes with it."""
    part = make_facility(lab.cluster, parent=lab)
    make_closure(part, slot_on(LATER))
    booked = sent(slot_on(DAY), slot_on(LATER), state=State.CONFIRMED)

    booked.change(partner, index=0, whole=True, people=5)

    assert booked.states == ["confirmed", "confirmed", "requested", "requested"]


def test_a_shorter_date_is_resolved_once_it_is_open_again(lab, sent, partner, approver):
    booked = sent(slot_on(DAY, "09:00", "15:00"), state=State.CONFIRMED)
    morning = NewSpecial(DAY, DAY, ((time(8), time(12)),), "")
    version = set_special_days(approver.viewer, lab.id, morning, None).version
    set_special_days(approver.viewer, lab.id, morning, version)

    booked.change(partner, index=0, slot=slot_on(DAY, "09:00", "13:00"))
    (mark,) = db.session.scalars(sa.select(Affected))
    assert mark.resolved_at is None
    booked.change(partner, index=0, slot=slot_on(DAY, "09:00", "11:00"))

    db.session.refresh(mark)
    assert mark.resolved_how == "lifted"


def test_notice_does_not_count_while_the_time_does_not_move(lab, sent, partner):
    booked = sent(slot_on(date(2026, 11, 25)), state=State.CONFIRMED)
    lab.lead_time_days = 45
    db.session.commit()

    booked.change(partner, index=0, slot=slot_on(date(2026, 11, 25), "09:00", "11:00"), people=6)

    assert booked.states == ["confirmed", "requested"]
    assert slot_of(booked.dates[0]).duration == timedelta(hours=2)


def test_a_date_that_runs_can_end_earlier_but_not_in_the_past(sent, partner, at):
    booked = sent(slot_on(DAY, "09:00", "15:00"), state=State.CONFIRMED)
    at(datetime(2027, 1, 14, 10, 15, tzinfo=UTC))

    with pytest.raises(Refused) as refused:
        booked.change(partner, index=0, slot=slot_on(DAY, "09:00", "10:00"))
    assert [one.code.value for one in refused.value.refusals] == ["in_the_past"]
    booked.change(partner, index=0, slot=slot_on(DAY, "09:00", "12:00"))

    assert taken(booked.dates[0]) == [("09", "12", True)] * 2


def test_what_is_already_decided_or_over_or_expired_cannot_be_changed(sent, partner, approver, at):
    asked = sent()
    decline(approver, Decision(asked.booking_id, frozenset({asked.dates[0].id}), "No."))
    with pytest.raises(Conflict, match="already_decided"):
        asked.change(partner, people=3)
    booked, open_one = sent(state=State.CONFIRMED), sent(slot_on(LATER))
    at(open_one.dates[0].lapses_at)
    with pytest.raises(Conflict, match="expired"):
        open_one.change(partner, index=0, slot=slot_on(LATER, "09:00", "10:00"))
    at(datetime(2027, 1, 20, tzinfo=UTC))
    with pytest.raises(Conflict, match="over"):
        booked.change(partner, index=0, slot=slot_on(DAY, "09:00", "10:00"))


def test_nothing_is_changed_by_what_is_as_it_was(sent, partner):
    booked = sent(state=State.CONFIRMED)

    with pytest.raises(Invalid, match="nothing"):
        booked.change(partner, index=0)

    assert booked.dates[0].revision == 0


def test_only_the_organisation_that_asked_may_change_it(sent, partner):
    booked = sent(state=State.CONFIRMED)

    with pytest.raises(NotFound):
        booked.change(account_of(make_partner().id), people=1)


def test_a_change_that_leads_to_something_else_than_was_shown_is_not_made(sent, partner, approver):
    asked = sent()
    wanted = Change(asked.booking_id, replace(asked.details, people=6))
    shown = preview_change(partner, wanted, NOW)
    assert [one.edit.kind for one in shown.at_once] == [EditKind.MORE_PEOPLE]
    confirm(approver, Decision(asked.booking_id, frozenset({asked.dates[0].id})))

    with pytest.raises(Conflict, match="changed"):
        change_request(partner, replace(wanted, expected=shown.key))

    again = preview_change(partner, wanted, NOW)
    assert (again.at_once, len(again.to_answer)) == ((), 1)
    change_request(partner, replace(wanted, expected=again.key))
    assert asked.states == ["confirmed", "requested"]


def test_a_second_change_takes_the_place_of_the_first(sent, partner):
    booked = sent(state=State.CONFIRMED)
    booked.change(partner, index=0, slot=slot_on(DAY, "09:00", "13:00"))

    booked.change(partner, index=1, people=6)

    assert booked.states == ["confirmed", "withdrawn", "requested"]
    last = booked.dates[2]
    assert (slot_of(last), details_of(last).people) == (slot_on(DAY, "09:00", "13:00"), 6)
    booked.change(partner, index=2, slot=slot_on(DAY), people=4)
    assert booked.states == ["confirmed", "withdrawn", "withdrawn"]
    assert list(find_faults()) == []


def test_a_new_title_leaves_what_waits_as_it_is(sent, partner):
    booked = sent(state=State.CONFIRMED)
    booked.change(partner, people=6)

    booked.change(partner, title="Another name")

    assert booked.states == ["confirmed", "requested"]
    assert details_of(booked.dates[1]).title == "Another name"


@pytest.mark.parametrize(
    ("change", "left"), [({"people": 6}, "declined"), ({"people": 2}, "proposed")]
)
def test_more_than_the_owner_proposed_for_declines_the_proposal(
    sent, partner, approver, change, left
):
    asked = sent()
    propose(
        approver,
        Proposal(asked.booking_id, asked.dates[0].id, (slot_on(LATER),), False, 2, FRIDAY),
    )

    asked.change(partner, **change)

    assert asked.states == ["requested", left]


def test_the_log_keeps_what_it_was_and_what_it_is(sent, partner):
    booked = sent(state=State.CONFIRMED)

    booked.change(partner, index=0, slot=slot_on(DAY, "09:00", "11:00"), people=2)

    (line,) = [one for one in booked.log() if one.changes]
    assert (line.event, line.before, line.after) == ("changed", "confirmed", "confirmed")
    edits = [Edit.of_stored(one) for one in line.changes]
    assert [(one.before, one.after) for one in edits] == [
        (slot_on(DAY), slot_on(DAY, "09:00", "11:00")),
        (4, 2),
    ]


def test_dates_that_are_withdrawn_meanwhile_are_not_changed(sent, partner):
    asked = sent()
    first = asked.dates[0]
    wanted = Change(
        asked.booking_id,
        asked.details,
        DateChange(first.id, slot_on(DAY, "09:00", "10:00"), False, 2),
    )
    withdraw(partner, asked.booking_id, {first.id})

    with pytest.raises(Conflict, match="already_decided"):
        change_request(partner, wanted)

    assert db.session.get_one(Occurrence, first.id).ends_at == slot_on(DAY).ends_at


def test_what_only_waits_becomes_less_at_once_and_never_more(lab, partner, sent):
    waiting = sent(state=State.WAITING, lapses_at=slot_on(DAY).starts_at)
    waiting.change(partner, index=0, places=1, people=9, purpose="Otherwise.")
    waiting.change(partner, index=0, slot=slot_on(DAY, "10:00", "12:00"))

    (one,) = waiting.dates
    assert (one.state, one.places, slot_of(one)) == (
        State.WAITING,
        1,
        slot_on(DAY, "10:00", "12:00"),
    )
    assert (waiting.details.people, waiting.details.purpose) == (9, "Otherwise.")
    assert one.lapses_at == one.starts_at
    for more in ({"places": 2}, {"slot": slot_on(LATER)}):
        with pytest.raises(Invalid, match="waits"):
            waiting.change(partner, index=0, **more)
    assert waiting.states == ["waiting"]
    assert list(find_faults()) == []


def test_a_firm_at_its_limit_of_open_requests_can_move_a_date_of_one(
    one_open_request, partner, sent
):
    open_request = sent(slot_on(DAY), slot_on(LATER))

    open_request.change(partner, index=0, slot=slot_on(date(2027, 1, 18)))

    assert open_request.states == ["requested", "requested", "requested"]
