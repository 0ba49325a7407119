"""Messages between the two sides of a booking, and the clock that a question stops."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import Booking, BookingRequest, LogEntry, Occupancy, Occurrence
from booking.data_check.queries import find_faults
from booking.decisions.expiry import lapse_due
from booking.decisions.proposing import Proposal, propose
from booking.decisions.service import Decision, confirm
from booking.errors import Conflict, Invalid, NotFound
from booking.extensions import db
from booking.messages.models import Message
from booking.messages.queries import threads_of
from booking.messages.service import NewMessage, write
from booking.notices.models import Notice
from booking.requests.service import send
from booking.rules.lifecycle import Event, Side, State
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_partner,
    make_person,
    move_to,
    slot_on,
)
from tests.request_factories import sending_for

pytestmark = pytest.mark.usefixtures("app_context")

#: Tuesday, 10:00 in the cluster's zone.
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY = date(2027, 1, 12)
#: Of the same week.
FRIDAY = date(2026, 11, 27)
At = Callable[[datetime], None]


def evening(month: int, day: int, year: int = 2026) -> datetime:
    """18:00 in Copenhagen, in winter."""
    return datetime(year, month, day, 17, tzinfo=UTC)


class Ground:
    """A hall whose requests hold, its approver, a partner with a request, and a rival."""

    def __init__(self, *slots, **fields) -> None:
        self.cluster = make_cluster()
        self.hall = make_facility(self.cluster, pending_holds=True, **fields)
        self.approver, self.coordinator = make_approver(self.hall), make_coordinator(self.cluster)
        self.partner, self.rival = make_partner(), make_partner()
        reference = send(
            account_of(self.partner.id), sending_for(self.hall, *(slots or (slot_on(DAY),)))
        )
        request = db.session.query(BookingRequest).filter_by(reference=reference).one()
        self.booking_id = request.bookings[0].id

    def ask(self, day=FRIDAY, text="Do you fly above 120 m?", by=None) -> None:
        account = account_of((by or self.approver).id)
        write(account, Side.OWNER, NewMessage(self.booking_id, text, True, day))

    def answer(self, text="No, up to 90 m.", by=None) -> None:
        account = account_of((by or self.partner).id)
        write(account, Side.REQUESTER, NewMessage(self.booking_id, text))

    @property
    def booking(self) -> Booking:
        db.session.rollback()
        return db.session.get_one(Booking, self.booking_id)

    @property
    def clock(self) -> tuple[datetime, list[datetime], set[datetime]]:
        """When the answer is due, when dates lapse, until when places are held."""
        booking = self.booking
        holds = set(db.session.scalars(sa.select(Occupancy.held_until)))
        return booking.due_at, [date.lapses_at for date in booking.occurrences], holds

    def events(self) -> list[str]:
        query = sa.select(LogEntry.event).order_by(LogEntry.id)
        return list(db.session.scalars(query))


def told(event: Event) -> set[tuple[int, str]]:
    return set(
        db.session.execute(
            sa.select(Notice.person_id, Notice.side)
            .join(LogEntry, LogEntry.id == Notice.log_id)
            .where(LogEntry.event == event)
        ).all()
    )


@pytest.fixture
def ground(at: At) -> Ground:
    at(NOW)
    return Ground()


def test_a_message_is_kept_with_its_booking_and_the_other_side_is_told(ground: Ground) -> None:
    ground.answer("The drone weighs 4 kg.")

    [message] = threads_of([ground.booking_id])[ground.booking_id]
    assert (message.text, message.side, message.author_id, message.at) == (
        "The drone weighs 4 kg.",
        Side.REQUESTER,
        ground.partner.id,
        NOW,
    )
    assert told(Event.MESSAGE) == {(ground.approver.id, "owner")}
    assert ground.events() == [Event.STEP, Event.MESSAGE]


def test_of_what_the_owner_writes_the_requester_is_told_and_no_colleague_of_the_owner(
    ground: Ground,
) -> None:
    ground.ask()

    assert told(Event.QUESTION) == {(ground.partner.id, "requester")}


def test_a_question_moves_due_date_expiry_and_holds_by_the_working_days_that_it_may_wait(
    ground: Ground,
) -> None:
    assert ground.clock == (evening(12, 8), [evening(12, 15)], {evening(12, 15)})
    ground.ask(FRIDAY)
    # Tuesday to Friday: four evenings.
    assert ground.clock == (evening(12, 14), [evening(12, 21)], {evening(12, 21)})
    assert list(find_faults()) == []


def test_an_answer_lets_the_clock_go_on_with_what_remained(ground: Ground, at: At) -> None:
    ground.ask(FRIDAY)
    at(NOW + timedelta(days=1))
    ground.answer()

    assert ground.clock == (evening(12, 9), [evening(12, 16)], {evening(12, 16)})
    [question, answer] = threads_of([ground.booking_id])[ground.booking_id]
    assert (question.answered_at, question.is_open(NOW)) == (NOW + timedelta(days=1), False)
    assert answer.text == "No, up to 90 m."
    assert ground.events() == [Event.STEP, Event.QUESTION, Event.ANSWER]
    assert list(find_faults()) == []


def test_an_answer_lets_no_date_expire_before_a_proposal_that_is_open_in_its_place(
    ground: Ground, at: At
) -> None:
    at(NOW + timedelta(days=13))
    ground.ask(date(2026, 12, 11))
    [old] = ground.booking.occurrences
    slots = [slot_on(date(2027, 1, 13))]
    until = date(2026, 12, 21)
    account = account_of(ground.approver.id)
    propose(account, Proposal(ground.booking_id, old.id, slots, False, 1, until, ""))
    at(NOW + timedelta(days=14))
    ground.answer()

    [old, proposed] = ground.booking.occurrences
    assert proposed.lapses_at == evening(12, 21)
    assert old.lapses_at >= proposed.lapses_at


def test_an_answer_within_the_same_working_day_leaves_the_deadlines_as_they_were(
    ground: Ground, at: At
) -> None:
    before = ground.clock
    ground.ask(FRIDAY)
    at(NOW + timedelta(hours=2))
    ground.answer()

    assert ground.clock == before


def test_a_question_without_an_answer_stops_the_clock_until_its_own_date_only(
    ground: Ground, at: At
) -> None:
    ground.ask(FRIDAY)
    moved = ground.clock
    at(evening(11, 30))
    [question] = threads_of([ground.booking_id])[ground.booking_id]
    assert not question.is_open(evening(11, 30))
    ground.answer("Late: up to 90 m.")

    assert ground.clock == moved
    at(evening(12, 21))
    assert lapse_due() == 1
    assert [date.state for date in ground.booking.occurrences] == [State.LAPSED]


def test_a_date_does_not_expire_while_a_question_waits_for_its_answer(
    ground: Ground, at: At
) -> None:
    at(evening(12, 15) - timedelta(hours=1))
    ground.ask(date(2026, 12, 17))
    at(evening(12, 15) + timedelta(hours=1))
    assert lapse_due() == 0
    ground.answer()

    assert ground.clock[1:] == ([evening(12, 16)], {evening(12, 16)})


def test_the_clock_never_stops_beyond_the_start_of_a_date(at: At) -> None:
    at(NOW)
    ground = Ground(slot_on(date(2026, 12, 9)), slot_on(DAY))
    starts = slot_on(date(2026, 12, 9)).starts_at
    at(evening(12, 7) - timedelta(hours=1))
    ground.ask(date(2026, 12, 8))

    due_at, lapses_at, _ = ground.clock
    assert (due_at, lapses_at) == (evening(12, 8), [starts, evening(12, 17)])


def test_a_hold_that_is_gone_is_not_brought_back(ground: Ground) -> None:
    gone = NOW - timedelta(hours=1)
    db.session.execute(sa.update(Occupancy).values(held_until=gone))
    db.session.commit()
    ground.ask(FRIDAY)

    assert ground.clock == (evening(12, 14), [evening(12, 21)], {gone})


def test_a_question_does_not_bring_back_a_date_that_has_expired(ground: Ground, at: At) -> None:
    at(evening(12, 15))
    ground.ask(date(2026, 12, 17))

    assert ground.clock[1:] == ([evening(12, 15)], {evening(12, 15)})
    assert lapse_due() == 1


def test_a_decided_date_keeps_its_places_whatever_is_answered(at: At) -> None:
    at(NOW)
    ground = Ground(slot_on(DAY), slot_on(date(2027, 1, 13)))
    ground.ask(FRIDAY)
    first = ground.booking.occurrences[0].id
    confirm(account_of(ground.approver.id), Decision(ground.booking_id, frozenset({first})))
    at(NOW + timedelta(days=1))
    ground.answer()

    rows = sa.select(Occupancy.held_until).join(
        Occurrence, Occurrence.id == Occupancy.occurrence_id
    )
    held = db.session.scalars(rows.order_by(Occurrence.starts_at)).all()
    assert held == [None, evening(12, 16)]
    assert list(find_faults()) == []


def test_a_question_of_the_requester_stands_open_and_does_not_stop_the_owners_clock(
    ground: Ground,
) -> None:
    before = ground.clock
    write(
        account_of(ground.partner.id),
        Side.REQUESTER,
        NewMessage(ground.booking_id, "Is there a fence?", is_question=True),
    )
    assert ground.clock == before
    [question] = threads_of([ground.booking_id])[ground.booking_id]
    assert question.is_open(NOW)
    write(account_of(ground.coordinator.id), Side.OWNER, NewMessage(ground.booking_id, "Yes."))

    assert threads_of([ground.booking_id])[ground.booking_id][0].answered_at == NOW


def test_a_side_has_one_open_question_at_a_time(ground: Ground, at: At) -> None:
    ground.ask(FRIDAY)
    moved = ground.clock
    with pytest.raises(Conflict, match="question_open"):
        ground.ask(FRIDAY, "And the mass?", by=ground.coordinator)
    assert ground.clock == moved
    at(evening(11, 27))
    ground.ask(date(2026, 12, 1), "And the mass?")

    assert ground.clock[0] == evening(12, 16)


def test_a_second_press_of_the_button_writes_the_message_once(ground: Ground) -> None:
    ground.ask()
    ground.ask()
    ground.answer()
    ground.answer()

    assert ground.events() == [Event.STEP, Event.QUESTION, Event.ANSWER]


@pytest.mark.parametrize("text", ["", "  \n "])
def test_a_question_without_text_is_refused(ground: Ground, text: str) -> None:
    with pytest.raises(Invalid, match="text: missing"):
        ground.ask(FRIDAY, text)
    assert ground.events() == [Event.STEP]


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (None, "missing"),
        (date(2026, 11, 23), "past"),
        (date(2026, 12, 23), "too_far"),
    ],
)
def test_a_question_of_the_owner_needs_a_day_by_which_it_is_answered(
    ground: Ground, day: date | None, code: str
) -> None:
    with pytest.raises(Invalid, match=f"answer_needed_by: {code}"):
        ground.ask(day)
    assert ground.events() == [Event.STEP]


def test_outsiders_and_the_other_side_can_write_nothing(ground: Ground) -> None:
    outsiders = [ground.rival, make_person(is_admin=True), make_coordinator(make_cluster())]
    for person, side in [
        *((one, side) for one in outsiders for side in (Side.OWNER, Side.REQUESTER)),
        (ground.partner, Side.OWNER),
        (ground.approver, Side.REQUESTER),
    ]:
        with pytest.raises(NotFound):
            write(account_of(person.id), side, NewMessage(ground.booking_id, "Hello"))
    assert ground.events() == [Event.STEP]


def test_who_works_for_an_organisation_that_competes_can_write_nothing_as_owner(
    ground: Ground,
) -> None:
    """Their organisation's own request would no longer fit."""
    move_to(ground.approver, ground.rival.organisation)
    ground.hall.pending_holds = False
    db.session.commit()
    ground.ask(FRIDAY, "Before they compete")
    rivals = db.session.scalar(sa.select(Occupancy.id))
    assert rivals is not None
    db.session.execute(sa.delete(Occupancy))
    db.session.commit()
    send(account_of(ground.rival.id), sending_for(ground.hall, slot_on(DAY)))

    with pytest.raises(NotFound):
        write(account_of(ground.approver.id), Side.OWNER, NewMessage(ground.booking_id, "Now"))
    assert db.session.scalar(sa.select(sa.func.count(Message.id))) == 1


def test_a_message_about_another_booking_than_its_log_is_found(ground: Ground) -> None:
    ground.answer()
    other = send(account_of(ground.rival.id), sending_for(ground.hall, slot_on(date(2027, 1, 14))))
    entry = sa.select(LogEntry.id).join(Booking, Booking.id == LogEntry.booking_id)
    entry = entry.join(BookingRequest, BookingRequest.id == Booking.request_id)
    log_id = db.session.scalar(entry.where(BookingRequest.reference == other))
    db.session.execute(sa.update(Message).values(log_id=log_id))
    db.session.commit()

    assert [fault.code for fault in find_faults()] == ["message_of_other_booking"]
