"""A request's life in the services: what holds, what competes, who may end what, and when."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.models import Person, Role
from booking.accounts.queries import account_of
from booking.bookings.models import Booking, BookingRequest, LogEntry, Occupancy, Occurrence
from booking.bookings.new_request import NewRequest
from booking.decisions.expiry import lapse_due
from booking.decisions.service import Decision, Entering, confirm, decline, enter
from booking.decisions.service import cancel as cancel_as_owner
from booking.errors import Busy, Conflict, Forbidden, Invalid, NotFound, Refused
from booking.extensions import db
from booking.facilities.models import Facility
from booking.notices.models import Notice
from booking.requests.service import cancel, send, withdraw
from booking.rules.lifecycle import State
from booking.rules.limits import DEFAULT_LIMITS, LimitName
from booking.rules.roles import RoleKind
from booking.rules.slots import Slot
from tests.factories import (
    make_approver,
    make_closure,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_person,
    make_request,
    make_role,
    move_to,
    slot_on,
)
from tests.request_factories import sending_for

ORGANISATION_SENDING_LIMIT = DEFAULT_LIMITS[LimitName.SEND_ORGANISATION]
PERSON_SENDING_LIMIT = DEFAULT_LIMITS[LimitName.SEND_PERSON]

pytestmark = pytest.mark.usefixtures("app_context")

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY = date(2027, 1, 12)
MORNING, NOON, AFTERNOON = (
    slot_on(DAY, "08:00", "11:00"),
    slot_on(DAY, "10:00", "13:00"),
    slot_on(DAY, "13:00", "16:00"),
)
At = Callable[[datetime], None]


def new_request(facility: Facility, *slots: Slot, **fields: object) -> NewRequest:
    return sending_for(facility, *(slots or (MORNING,)), **fields)


def requested(person: Person, facility: Facility, *slots: Slot, **fields: object) -> Booking:
    reference = send(account_of(person.id), new_request(facility, *slots, **fields))
    request = db.session.query(BookingRequest).filter_by(reference=reference).one()
    return request.bookings[0]


def decision(booking: Booking, *numbers: int, reason: str = "") -> Decision:
    ids = [occurrence.id for occurrence in booking.occurrences]
    return Decision(booking.id, frozenset(ids[n] for n in numbers) or frozenset(ids), reason)


def states(booking: Booking) -> list[State]:
    db.session.rollback()
    return [o.state for o in db.session.get(Booking, booking.id).occurrences]


def taken() -> list[tuple[int, Slot, bool]]:
    """(place, time, is it a hold) of all that is taken."""
    db.session.rollback()
    rows = db.session.scalars(sa.select(Occupancy).order_by(Occupancy.starts_at, Occupancy.id))
    return [(o.place_id, Slot(o.starts_at, o.ends_at), o.held_until is not None) for o in rows]


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {refusal.code for refusal in refused.value.refusals}


class Ground:
    """A hall with two benches; an approver; two partners."""

    def __init__(self, **fields: object) -> None:
        self.cluster = make_cluster()
        self.hall = make_facility(self.cluster, **fields)
        self.bench = make_facility(self.cluster, parent=self.hall, **fields)
        self.approver = make_approver(self.hall)
        self.deciding = account_of(self.approver.id)
        self.partner, self.rival = make_partner(), make_partner()


@pytest.fixture
def ground(at: At) -> Ground:
    at(NOW)
    return Ground()


def test_a_competing_date_takes_no_place_until_confirmed(ground: Ground) -> None:
    booking = requested(ground.partner, ground.hall)
    assert taken() == []
    confirm(ground.deciding, decision(booking))
    assert [(slot, hold) for _, slot, hold in taken()] == [(MORNING, False)]
    assert states(booking) == [State.CONFIRMED]


def test_a_date_that_holds_keeps_others_out_until_it_lapses(at: At) -> None:
    ground = Ground(pending_holds=True)
    booking = requested(ground.partner, ground.bench)
    assert [hold for _, _, hold in taken()] == [True]
    with pytest.raises(Refused) as refused:
        requested(ground.rival, ground.bench, NOON)
    assert codes(refused) == {"taken"}
    lapses_at = booking.occurrences[0].lapses_at
    at(lapses_at - timedelta(seconds=1))
    with pytest.raises(Refused):
        requested(ground.rival, ground.bench, NOON)


def test_an_expired_hold_blocks_nobody_even_before_the_worker_runs(at: At) -> None:
    ground = Ground(pending_holds=True)
    first = requested(ground.partner, ground.bench)
    late = first.occurrences[0].lapses_at
    at(late)
    second = requested(ground.rival, ground.bench, NOON)
    assert [(slot, hold) for _, slot, hold in taken()] == [(NOON, True)]
    with pytest.raises(Conflict, match="expired"):
        confirm(ground.deciding, decision(first))
    confirm(ground.deciding, decision(second))
    assert states(second) == [State.CONFIRMED]


def test_confirming_a_hold_keeps_its_places(at: At) -> None:
    ground = Ground(pending_holds=True)
    booking = requested(ground.partner, ground.bench)
    before = [place for place, _, _ in taken()]
    confirm(ground.deciding, decision(booking))
    assert [(place, hold) for place, _, hold in taken()] == [(before[0], False)]


def test_the_second_of_two_competing_dates_is_refused_as_taken(ground: Ground) -> None:
    first, second = (
        requested(ground.partner, ground.hall),
        requested(ground.rival, ground.hall, NOON),
    )
    confirm(ground.deciding, decision(first))
    with pytest.raises(Conflict, match="taken"):
        confirm(ground.deciding, decision(second))
    assert states(second) == [State.REQUESTED]
    assert len(taken()) == 1


def test_all_chosen_dates_are_confirmed_or_none(ground: Ground) -> None:
    confirm(ground.deciding, decision(requested(ground.rival, ground.hall, AFTERNOON)))
    with pytest.raises(Refused):
        requested(ground.partner, ground.hall, MORNING, AFTERNOON)
    free_then = slot_on(DAY + timedelta(days=1), "08:00", "11:00")
    both = requested(ground.partner, ground.hall, MORNING, free_then)
    confirm(ground.deciding, decision(requested(ground.rival, ground.hall, free_then)))
    with pytest.raises(Conflict, match="taken"):
        confirm(ground.deciding, decision(both))
    assert states(both) == [State.REQUESTED, State.REQUESTED]
    confirm(ground.deciding, decision(both, 0))
    decline(ground.deciding, decision(both, 1, reason="The day went to another."))
    assert states(both) == [State.CONFIRMED, State.DECLINED]


def test_a_whole_booking_takes_own_places_and_all_below(ground: Ground) -> None:
    booking = requested(ground.partner, ground.hall, whole=True, places=0)
    confirm(ground.deciding, decision(booking))
    assert len(taken()) == 2
    with pytest.raises(Refused) as refused:
        requested(ground.rival, ground.bench, NOON)
    assert codes(refused) == {"taken"}


def test_a_booked_part_blocks_booking_the_whole_hall_but_not_its_own_places(ground: Ground) -> None:
    confirm(ground.deciding, decision(requested(ground.partner, ground.bench)))
    with pytest.raises(Refused) as refused:
        requested(ground.rival, ground.hall, whole=True, places=0)
    assert codes(refused) == {"taken"}
    assert states(requested(ground.rival, ground.hall)) == [State.REQUESTED]


def test_a_closure_of_a_part_prevents_booking_the_whole_but_not_places(ground: Ground) -> None:
    make_closure(ground.bench, MORNING)
    with pytest.raises(Refused) as refused:
        requested(ground.partner, ground.hall, whole=True, places=0)
    assert codes(refused) == {"closure"}
    assert states(requested(ground.partner, ground.hall)) == [State.REQUESTED]
    with pytest.raises(Refused):
        requested(ground.partner, ground.bench)


@pytest.mark.parametrize("status", ["closed", "planned-in-2019"])
def test_closed_and_planned_facilities_cannot_be_requested(ground: Ground, status: str) -> None:
    closed = make_facility(ground.cluster, status=status)
    make_approver(closed)
    with pytest.raises(Refused) as refused:
        requested(ground.partner, closed)
    assert codes(refused) == {"closed_status"}


def test_a_facility_without_other_deciders_cannot_be_requested(ground: Ground) -> None:
    alone = make_facility(make_cluster())
    with pytest.raises(Refused) as refused:
        requested(ground.partner, alone)
    assert codes(refused) == {"nobody_answers"}
    own = make_partner()
    make_role(own, RoleKind.APPROVER, alone)
    with pytest.raises(Refused) as refused:
        requested(own, alone)
    assert codes(refused) == {"nobody_answers"}


def test_a_request_sent_twice_with_one_token_is_saved_once(ground: Ground) -> None:
    account, form = account_of(ground.partner.id), new_request(ground.hall)
    first = send(account, form)
    assert send(account, form) == first
    assert send(account_of(ground.rival.id), form) != first
    assert db.session.query(BookingRequest).count() == 2


def test_a_refused_request_saves_nothing(ground: Ground) -> None:
    with pytest.raises(Refused):
        requested(ground.partner, ground.hall, slot_on(DAY, "20:00", "21:00"))
    for table in (BookingRequest, Booking, Occurrence, Occupancy, LogEntry, Notice):
        assert db.session.query(table).count() == 0


def test_people_without_an_organisation_cannot_send_requests(ground: Ground) -> None:
    with pytest.raises(Forbidden):
        requested(make_person(), ground.hall)


def test_colleagues_of_the_requester_may_withdraw_and_cancel_and_others_may_not(
    ground: Ground,
) -> None:
    colleague = account_of(make_person(organisation=ground.partner.organisation).id)
    booking = requested(ground.partner, ground.hall, MORNING, AFTERNOON)
    one, two = (occurrence.id for occurrence in booking.occurrences)
    for person in (ground.rival, ground.approver):
        with pytest.raises(NotFound):
            withdraw(account_of(person.id), booking.id, [one])
    withdraw(colleague, booking.id, [one])
    confirm(ground.deciding, decision(booking, 1))
    cancel(colleague, booking.id, [two], "Not needed.")
    assert states(booking) == [State.WITHDRAWN, State.CANCELLED]
    assert taken() == []


def test_former_colleagues_cannot_withdraw_even_from_an_open_page(
    ground: Ground,
) -> None:
    booking = requested(ground.partner, ground.hall)
    before = account_of(ground.partner.id)
    move_to(ground.partner, None)

    with pytest.raises(NotFound):
        withdraw(before, booking.id, [booking.occurrences[0].id])

    assert states(booking) == [State.REQUESTED]


def test_ended_dates_never_change(ground: Ground) -> None:
    booking = requested(ground.partner, ground.hall)
    decline(ground.deciding, decision(booking, reason="No."))
    (occurrence,) = booking.occurrences
    account = account_of(ground.partner.id)
    for act in (
        lambda: confirm(ground.deciding, decision(booking)),
        lambda: decline(ground.deciding, decision(booking)),
        lambda: cancel_as_owner(ground.deciding, decision(booking)),
        lambda: withdraw(account, booking.id, [occurrence.id]),
        lambda: cancel(account, booking.id, [occurrence.id], "x"),
    ):
        with pytest.raises(Conflict, match="already_decided"):
            act()
    assert states(booking) == [State.DECLINED]


def test_a_decision_cannot_include_dates_of_another_booking(ground: Ground) -> None:
    mine, other = requested(ground.partner, ground.hall), requested(ground.rival, ground.hall, NOON)
    forged = Decision(mine.id, frozenset({other.occurrences[0].id}))
    for act in (confirm, decline):
        with pytest.raises(NotFound):
            act(ground.deciding, forged)
    with pytest.raises(NotFound):
        confirm(ground.deciding, Decision(mine.id, frozenset()))


def test_a_colleague_may_decide_on_a_request_but_not_its_author_and_the_log_says_so(
    ground: Ground,
) -> None:
    organisation = make_organisation()
    asker, colleague = (
        make_person(organisation=organisation),
        make_person(organisation=organisation),
    )
    for person in (asker, colleague):
        make_role(person, RoleKind.APPROVER, ground.hall)
    booking = requested(asker, ground.hall)
    with pytest.raises(NotFound):
        confirm(account_of(asker.id), decision(booking))
    confirm(account_of(colleague.id), decision(booking))
    entry = db.session.query(LogEntry).order_by(LogEntry.id.desc()).first()
    assert (entry.actor_id, entry.colleague) == (colleague.id, True)


def test_an_approver_whose_role_ended_since_opening_the_page_cannot_decide(ground: Ground) -> None:
    booking = requested(ground.partner, ground.hall)
    make_coordinator(ground.cluster)
    db.session.query(Role).filter_by(kind="approver").delete()
    db.session.commit()
    with pytest.raises(NotFound):
        confirm(ground.deciding, decision(booking))


def test_the_approver_of_a_part_decides_on_the_part_and_not_on_the_hall(ground: Ground) -> None:
    near = make_approver(ground.bench)
    part, hall = requested(ground.partner, ground.bench), requested(ground.partner, ground.hall)
    with pytest.raises(NotFound):
        confirm(ground.deciding, decision(part))
    with pytest.raises(NotFound):
        confirm(account_of(near.id), decision(hall))
    confirm(account_of(near.id), decision(part))


def test_own_use_is_confirmed_at_once_without_lead_time_or_horizon(ground: Ground) -> None:
    soon = slot_on(date(2026, 11, 25), "09:00", "10:00")
    slow = make_facility(ground.cluster, lead_time_days=30)
    account = account_of(make_approver(slow).id)
    with pytest.raises(Refused):
        requested(ground.partner, slow, soon)
    enter(account, Entering(new_request(slow, soon), None))
    request = db.session.query(BookingRequest).one()
    assert (request.organisation_id, request.entered) == (None, True)
    assert states(request.bookings[0]) == [State.CONFIRMED]
    with pytest.raises(Refused) as refused:
        enter(account, Entering(new_request(slow, soon), None))
    assert codes(refused) == {"taken"}


def test_a_booking_on_behalf_belongs_to_its_organisation(ground: Ground) -> None:
    organisation = ground.partner.organisation_id
    enter(ground.deciding, Entering(new_request(ground.hall), organisation))
    (booking,) = db.session.query(Booking).all()
    cancel(account_of(ground.partner.id), booking.id, [booking.occurrences[0].id], "No.")
    assert states(booking) == [State.CANCELLED]


def test_a_booking_on_behalf_notifies_everybody_in_the_organisation(ground: Ground) -> None:
    organisation = ground.partner.organisation
    colleague = make_person(organisation=organisation)
    make_person(organisation=organisation, is_active=False)
    enter(ground.deciding, Entering(new_request(ground.hall), organisation.id))
    notices = db.session.query(Notice).order_by(Notice.person_id).all()
    assert [(notice.person_id, notice.side) for notice in notices] == [
        (ground.partner.id, "requester"),
        (colleague.id, "requester"),
    ]


def test_nobody_enters_bookings_for_facilities_of_others_or_for_their_own_organisation(
    ground: Ground,
) -> None:
    stranger = account_of(make_approver(make_facility(make_cluster())).id)
    with pytest.raises(NotFound):
        enter(stranger, Entering(new_request(ground.hall), None))
    organisation = make_organisation()
    both = make_approver(ground.hall, organisation=organisation)
    with pytest.raises(Invalid, match="own"):
        enter(account_of(both.id), Entering(new_request(ground.hall), organisation.id))
    with pytest.raises(Invalid, match="unknown"):
        enter(ground.deciding, Entering(new_request(ground.hall), 10**6))


def test_undecided_dates_lapse_once_and_everybody_is_notified(ground: Ground, at: At) -> None:
    booking = requested(ground.partner, ground.hall)
    lapses_at = booking.occurrences[0].lapses_at
    at(lapses_at - timedelta(seconds=1))
    assert lapse_due() == 0
    at(lapses_at)
    assert lapse_due() == 1
    assert lapse_due() == 0
    assert states(booking) == [State.LAPSED]
    notices = db.session.query(Notice).filter_by(after="lapsed").all()
    assert {notice.person_id for notice in notices} == {ground.partner.id, ground.approver.id}


def test_a_date_that_is_over_is_not_cancelled_by_either_side(ground: Ground, at: At) -> None:
    booking = requested(ground.partner, ground.hall)
    confirm(ground.deciding, decision(booking))
    (occurrence,) = booking.occurrences
    at(MORNING.ends_at)
    with pytest.raises(Conflict, match="over"):
        cancel(account_of(ground.partner.id), booking.id, [occurrence.id], "Late.")
    with pytest.raises(Conflict, match="over"):
        cancel_as_owner(ground.deciding, decision(booking, reason="Late."))


def test_each_step_is_one_line_of_the_log_and_one_notice_to_each_other_person(
    ground: Ground,
) -> None:
    booking = requested(ground.partner, ground.hall, MORNING, AFTERNOON)
    confirm(ground.deciding, decision(booking, reason="Bring your badge."))
    lines = [(e.before, e.after, e.side, len(e.occurrence_ids)) for e in booking.log]
    assert lines == [
        (None, "requested", "requester", 2),
        ("requested", "confirmed", "owner", 2),
    ]
    notices = db.session.query(Notice).order_by(Notice.id).all()
    assert [(n.person_id, n.after, n.side) for n in notices] == [
        (ground.approver.id, "requested", "owner"),
        (ground.partner.id, "confirmed", "requester"),
    ]


def test_a_refusal_reveals_nothing_of_a_hidden_calendar(ground: Ground) -> None:
    hidden = make_facility(ground.cluster, sees_public="nothing", sees_signed_in="nothing")
    approver = account_of(make_approver(hidden).id)
    confirm(approver, decision(requested(ground.rival, hidden)))
    clash = requested(ground.partner, hidden, NOON)
    assert states(clash) == [State.REQUESTED]
    with pytest.raises(Conflict, match="taken"):
        confirm(approver, decision(clash))


def test_an_occurrences_revision_rises_by_one_with_each_change(ground: Ground) -> None:
    booking = requested(ground.partner, ground.hall)
    seen = [booking.occurrences[0].revision]
    confirm(ground.deciding, decision(booking))
    seen.append(db.session.get(Occurrence, booking.occurrences[0].id).revision)
    cancel_as_owner(ground.deciding, decision(booking, reason="Storm."))
    seen.append(db.session.get(Occurrence, booking.occurrences[0].id).revision)
    assert seen == [0, 1, 2]


def test_a_person_sends_only_so_many_requests_an_hour_even_if_they_withdraw_them(at):
    ground = Ground()
    for _ in range(PERSON_SENDING_LIMIT.tries - 1):
        make_request(ground.partner, ground.hall, [slot_on(DAY)], state=State.WITHDRAWN)
    make_request(ground.rival, ground.hall, [slot_on(DAY)], state=State.WITHDRAWN)
    own_use = sending_for(ground.bench, slot_on(DAY))
    last = sending_for(ground.hall, slot_on(DAY))
    account = account_of(ground.partner.id)

    reference = send(account, last)
    with pytest.raises(Busy):
        send(account, sending_for(ground.bench, slot_on(DAY)))

    assert send(account, last) == reference, "sent twice it is one request"
    assert send(account_of(ground.rival.id), sending_for(ground.bench, slot_on(DAY)))
    assert enter(ground.deciding, Entering(own_use, ground.partner.organisation_id))
    at(NOW + PERSON_SENDING_LIMIT.within)
    assert send(account, sending_for(ground.hall, slot_on(DAY)))


def test_an_organisation_sends_only_so_many_requests_a_day(at):
    ground = Ground()
    colleague, newcomer = (make_partner(organisation=ground.partner.organisation) for _ in "ab")
    for number in range(ORGANISATION_SENDING_LIMIT.tries):
        person = (ground.partner, colleague)[number % 2]
        make_request(person, ground.hall, [slot_on(DAY)], state=State.WITHDRAWN)

    at(NOW + PERSON_SENDING_LIMIT.within)
    with pytest.raises(Busy):
        send(account_of(newcomer.id), sending_for(ground.hall, slot_on(DAY)))

    assert send(account_of(ground.rival.id), sending_for(ground.hall, slot_on(DAY)))
    at(NOW + ORGANISATION_SENDING_LIMIT.within)
    assert send(account_of(newcomer.id), sending_for(ground.hall, slot_on(DAY)))


def test_bookings_entered_for_an_organisation_do_not_count_as_sent_by_it():
    ground = Ground()
    for _ in range(ORGANISATION_SENDING_LIMIT.tries):
        make_request(
            ground.approver, ground.hall, [slot_on(DAY)], state=State.CANCELLED, entered=True,
            organisation_id=ground.partner.organisation_id,
        )  # fmt: skip

    assert send(account_of(ground.partner.id), sending_for(ground.hall, slot_on(DAY)))
