"""Dates that are accepted until conditions are met, and what becomes of them."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.disruption_models import Affected
from booking.bookings.models import (
    Booking,
    BookingCondition,
    BookingRequest,
    LogEntry,
    Occupancy,
)
from booking.conditions.missed import tell_of_missed
from booking.conditions.service import ConditionStep, take_condition_step
from booking.data_check.queries import find_faults
from booking.decisions.expiry import lapse_due
from booking.decisions.queries import InboxView, inbox_counts, inbox_page, to_do_count
from booking.decisions.service import Decision, confirm, decline
from booking.disruptions.resolve import end_disrupted
from booking.errors import Conflict, Invalid, NotFound
from booking.extensions import db
from booking.messages.service import NewMessage, write
from booking.notices.models import Notice
from booking.requests.service import send, withdraw
from booking.rules.conditions import (
    ConditionAct,
    ConditionKind,
    ConditionsChoice,
    ConditionStage,
    NewCondition,
)
from booking.rules.lifecycle import Event, Side, State
from tests.factories import (
    make_approver,
    make_closure,
    make_cluster,
    make_condition,
    make_facility,
    make_partner,
    slot_on,
)
from tests.request_factories import sending_for

pytestmark = pytest.mark.usefixtures("app_context")

#: Tuesday, 10:00 in the cluster's zone.
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY = date(2027, 1, 12)
UNTIL = date(2026, 12, 4)
EVENING = datetime(2026, 12, 4, 17, tzinfo=UTC)
TO_THE_EVENING = ConditionsChoice(UNTIL)
PERMIT = NewCondition(ConditionKind.PERMIT, "Flight permit", ConditionStage.BEFORE_FINAL)


class Ground:
    """A hall that asks for insurance, its approver, and a partner with a request for two days."""

    def __init__(self, *, holds: bool = True, days: int = 2) -> None:
        self.hall = make_facility(make_cluster(), pending_holds=holds)
        self.listed = make_condition(self.hall)
        self.approver, self.partner = make_approver(self.hall), make_partner()
        slots = [slot_on(DAY + timedelta(days=number)) for number in range(days)]
        reference = send(account_of(self.partner.id), sending_for(self.hall, *slots))
        request = db.session.query(BookingRequest).filter_by(reference=reference).one()
        self.booking_id = request.bookings[0].id
        self.ids = [one.id for one in request.bookings[0].occurrences]

    def confirm(self, choice=TO_THE_EVENING, ids=None) -> State:
        chosen = frozenset(ids or self.ids)
        decision = Decision(self.booking_id, chosen, conditions=choice)
        return confirm(account_of(self.approver.id), decision)

    def step(self, act: ConditionAct, words="", number=0) -> bool:
        person = self.partner if act is ConditionAct.MARK_DONE else self.approver
        key = self.conditions[number].id
        return take_condition_step(account_of(person.id), ConditionStep(key, act, words))

    @property
    def conditions(self) -> list[BookingCondition]:
        db.session.rollback()
        return list(db.session.scalars(sa.select(BookingCondition).order_by(BookingCondition.id)))

    @property
    def states(self) -> list[State]:
        db.session.rollback()
        return [one.state for one in db.session.get_one(Booking, self.booking_id).occurrences]

    @property
    def holds(self) -> set[datetime | None]:
        db.session.rollback()
        return set(db.session.scalars(sa.select(Occupancy.held_until)))

    def log(self) -> list[tuple[str, str]]:
        db.session.rollback()
        query = sa.select(LogEntry.event, LogEntry.after).order_by(LogEntry.id)
        return [(event, after) for event, after in db.session.execute(query)][1:]


def told(*events: Event) -> set[tuple[int, str]]:
    return set(
        db.session.execute(
            sa.select(Notice.person_id, Notice.side)
            .join(LogEntry, LogEntry.id == Notice.log_id)
            .where(LogEntry.event.in_(events))
        ).all()
    )


@pytest.fixture
def ground(at) -> Ground:
    at(NOW)
    return Ground()


@pytest.mark.parametrize("holds", [True, False])
def test_confirming_where_a_condition_comes_first_accepts_and_holds_until_its_day(at, holds):
    at(NOW)
    ground = Ground(holds=holds)

    assert ground.confirm() is State.ACCEPTED
    assert ground.states == [State.ACCEPTED] * 2
    assert ground.holds == {EVENING}
    (condition,) = ground.conditions
    assert (condition.due_at, condition.status, condition.listed_id) == (EVENING, "open", 1)
    assert ground.log() == [("step", "accepted")]
    assert list(find_faults()) == []


def test_the_last_condition_that_is_found_met_confirms_all_dates_in_one_step(ground):
    ground.confirm(ConditionsChoice(UNTIL, added=PERMIT))
    assert ground.step(ConditionAct.MARK_DONE, "Certificate sent.") is False
    assert ground.step(ConditionAct.FIND_MET) is False
    assert ground.states == [State.ACCEPTED] * 2
    assert ground.step(ConditionAct.FIND_MET, number=1) is True

    assert ground.states == [State.CONFIRMED] * 2
    assert ground.holds == {None}
    assert ground.log() == [
        ("step", "accepted"),
        ("condition_done", "accepted"),
        ("condition_met", "accepted"),
        ("condition_met", "accepted"),
        ("step", "confirmed"),
    ]
    assert told(Event.CONDITION_DONE) == {(ground.approver.id, "owner")}
    assert told(Event.CONDITION_MET) == {(ground.partner.id, "requester")}
    last = sa.select(LogEntry.id).order_by(LogEntry.id.desc())
    ids = db.session.scalars(last).all()
    notices = sa.select(Notice.log_id).where(Notice.log_id.in_(ids[:2]))
    assert db.session.scalars(notices).all() == [ids[0]]  # one update for the last two lines
    assert list(find_faults()) == []


def test_what_is_missing_goes_back_to_the_requester_with_words(ground):
    ground.confirm()
    with pytest.raises(Conflict, match="condition_done"):
        ground.step(ConditionAct.FIND_MISSING, "Nothing came.")
    ground.step(ConditionAct.MARK_DONE)
    with pytest.raises(Invalid, match="words: missing"):
        ground.step(ConditionAct.FIND_MISSING, "  ")
    ground.step(ConditionAct.FIND_MISSING, "Page 2 is missing.")

    (condition,) = ground.conditions
    assert (condition.status, condition.note) == ("not_yet", "Page 2 is missing.")
    assert told(Event.CONDITION_NOT_YET) == {(ground.partner.id, "requester")}
    assert ground.step(ConditionAct.MARK_DONE) is False


def test_marking_as_done_twice_or_checking_twice_is_refused(ground):
    ground.confirm(ConditionsChoice(UNTIL, added=PERMIT))
    ground.step(ConditionAct.MARK_DONE)
    with pytest.raises(Conflict, match="condition_done"):
        ground.step(ConditionAct.MARK_DONE)
    ground.step(ConditionAct.FIND_MET)
    for act in (ConditionAct.MARK_DONE, ConditionAct.FIND_MET, ConditionAct.WAIVE):
        with pytest.raises(Conflict, match="condition_settled"):
            ground.step(act, "Late.")
    assert [event for event, _ in ground.log()][1:] == ["condition_done", "condition_met"]


def test_only_the_requesters_organisation_marks_and_only_who_decides_checks(ground):
    ground.confirm()
    (condition,) = ground.conditions
    for person, act in (
        (make_partner(), ConditionAct.MARK_DONE),
        (ground.approver, ConditionAct.MARK_DONE),
        (ground.partner, ConditionAct.FIND_MET),
    ):
        with pytest.raises(NotFound):
            take_condition_step(account_of(person.id), ConditionStep(condition.id, act))


def test_a_condition_waived_while_confirming_is_logged_and_lets_the_dates_be_confirmed(ground):
    waived = frozenset({ground.listed.id})
    with pytest.raises(Invalid, match="waive_reason: missing"):
        ground.confirm(ConditionsChoice(UNTIL, waived, " "))
    assert ground.conditions == []
    assert ground.confirm(ConditionsChoice(None, waived, "We insure it.")) is State.CONFIRMED

    (condition,) = ground.conditions
    assert (condition.status, condition.note) == ("waived", "We insure it.")
    assert ground.log() == [("condition_waived", "requested"), ("step", "confirmed")]
    assert ground.holds == {None}


def test_a_condition_waived_later_confirms_what_waited_for_it(ground):
    ground.confirm()
    assert ground.step(ConditionAct.WAIVE, "We insure it.") is True
    assert ground.states == [State.CONFIRMED] * 2


@pytest.mark.parametrize(
    ("choice", "error"),
    [
        (ConditionsChoice(None), "by: missing"),
        (ConditionsChoice(date(2026, 11, 23)), "by: past"),
        (ConditionsChoice(date(2027, 1, 13)), "by: after_start"),
        (
            ConditionsChoice(
                UNTIL, added=NewCondition(ConditionKind.OTHER, " ", ConditionStage.BEFORE_FINAL)
            ),
            "added_text: missing",
        ),
    ],
)
def test_bad_days_and_empty_words_leave_everything_as_it_was(ground, choice, error):
    held = ground.holds
    with pytest.raises(Invalid, match=error):
        ground.confirm(choice)
    assert (ground.states, ground.holds) == ([State.REQUESTED] * 2, held)
    assert ground.conditions == []
    assert ground.log() == []


def test_accepted_dates_whose_day_passes_expire_and_both_sides_are_told(ground, at):
    ground.confirm()
    at(EVENING)
    for act in (ConditionAct.FIND_MET, ConditionAct.MARK_DONE):
        with pytest.raises(Conflict, match="condition_expired"):
            ground.step(act)
    assert lapse_due() == 1
    assert lapse_due() == 0

    assert ground.states == [State.LAPSED] * 2
    assert ground.holds == set()
    last = sa.select(LogEntry).order_by(LogEntry.id.desc()).limit(1)
    entry = db.session.scalars(last).one()
    assert (entry.before, entry.after) == ("accepted", "lapsed")
    people = sa.select(Notice.person_id).where(Notice.log_id == entry.id)
    assert set(db.session.scalars(people)) == {ground.partner.id, ground.approver.id}
    with pytest.raises(Conflict, match="condition_over"):
        ground.step(ConditionAct.FIND_MET)


def test_a_hold_that_is_gone_cannot_become_final(ground):
    ground.confirm()
    db.session.execute(sa.delete(Occupancy))
    db.session.commit()
    with pytest.raises(Conflict, match="condition_expired"):
        ground.step(ConditionAct.FIND_MET)
    assert ground.states == [State.ACCEPTED] * 2
    assert ground.conditions[0].status == "open"


def test_accepted_dates_can_be_withdrawn_and_the_rest_goes_on(ground):
    ground.confirm()
    withdraw(account_of(ground.partner.id), ground.booking_id, {ground.ids[0]})
    ground.step(ConditionAct.FIND_MET)

    assert ground.states == [State.WITHDRAWN, State.CONFIRMED]
    assert ground.holds == {None}


def test_dates_confirmed_later_join_the_conditions_that_run_or_that_are_met(ground):
    first, second = ground.ids
    ground.confirm(ids=[first])
    assert ground.confirm(ConditionsChoice(date(2026, 12, 18)), ids=[second]) is State.ACCEPTED
    assert ground.holds == {EVENING}
    assert len(ground.conditions) == 1
    ground.step(ConditionAct.FIND_MET)
    assert ground.states == [State.CONFIRMED] * 2


def test_dates_confirmed_after_the_conditions_are_met_are_confirmed_at_once(ground):
    first, second = ground.ids
    ground.confirm(ids=[first])
    ground.step(ConditionAct.FIND_MET)
    assert ground.confirm(ConditionsChoice(None), ids=[second]) is State.CONFIRMED


def test_a_missed_condition_before_arrival_asks_the_owner_once_and_ends_nothing(at):
    at(NOW)
    ground = Ground(days=1)
    db.session.merge(ground.listed).stage = "before_arrival"
    db.session.merge(ground.listed).days_before = 7
    db.session.commit()
    assert ground.confirm(ConditionsChoice(None)) is State.CONFIRMED
    due = slot_on(DAY).starts_at - timedelta(days=7)
    assert ground.conditions[0].due_at == due
    at(due - timedelta(minutes=1))
    assert tell_of_missed() == 0
    at(due)
    assert tell_of_missed() == 1
    assert tell_of_missed() == 0

    assert ground.states == [State.CONFIRMED]
    assert ground.log()[-1] == ("condition_missed", "confirmed")
    assert told(Event.CONDITION_MISSED) == {(ground.approver.id, "owner")}
    assert ground.step(ConditionAct.MARK_DONE) is False
    assert ground.step(ConditionAct.FIND_MET) is False


def test_a_question_does_not_prolong_what_is_accepted(ground):
    ground.confirm()
    asking = account_of(ground.approver.id)
    write(asking, Side.OWNER, NewMessage(ground.booking_id, "Who?", True, date(2026, 11, 27)))
    assert ground.holds == {EVENING}


def test_what_is_marked_as_done_waits_in_the_inbox_until_it_is_checked(ground):
    def listed(view: InboxView) -> int:
        viewer = account_of(ground.approver.id).viewer
        return len(inbox_page(viewer, NOW, view).lines)

    ground.confirm()
    viewer = account_of(ground.approver.id).viewer
    assert (to_do_count(viewer, NOW), listed(InboxView.TO_CHECK)) == (0, 0)
    assert (listed(InboxView.UPCOMING), listed(InboxView.EARLIER)) == (1, 0)
    ground.step(ConditionAct.MARK_DONE)
    assert inbox_counts(viewer, NOW).to_check == 1
    assert (to_do_count(viewer, NOW), listed(InboxView.TO_CHECK)) == (1, 1)
    ground.step(ConditionAct.FIND_MET)
    assert (to_do_count(viewer, NOW), listed(InboxView.TO_CHECK)) == (0, 0)


def test_the_owner_may_decline_what_is_accepted_and_not_final(ground):
    ground.confirm(ids=ground.ids[:1])

    decline(
        account_of(ground.approver.id), Decision(ground.booking_id, frozenset(ground.ids), "No")
    )

    assert ground.states == [State.DECLINED, State.DECLINED]
    assert ground.holds == set()
    with pytest.raises(Conflict, match="condition_over"):
        ground.step(ConditionAct.FIND_MET)


def test_an_accepted_date_that_a_closure_hits_can_be_ended(ground):
    ground.confirm()
    closure = make_closure(ground.hall, slot_on(DAY))
    for key in ground.ids:
        mark = {"cause": "closure", "closure_id": closure.id, "marked_at": NOW}
        db.session.add(Affected(occurrence_id=key, **mark))
    db.session.commit()

    end_disrupted(account_of(ground.approver.id), ground.ids, "Closed.")

    assert ground.states == [State.DECLINED, State.DECLINED]
