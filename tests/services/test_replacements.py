"""Proposals and moves: what they hold, who may take them, and what becomes of both dates."""

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import sqlalchemy as sa

from booking.accounts.models import Person
from booking.accounts.queries import account_of
from booking.availability.place_changes import add_places
from booking.bookings.disruption_models import Affected
from booking.bookings.models import Booking, LogEntry, Occupancy, Occurrence
from booking.data_check.queries import find_faults
from booking.db.transactions import writing
from booking.decisions.expiry import lapse_due
from booking.decisions.proposing import Proposal, propose, withdraw_proposals
from booking.decisions.service import Decision, cancel, confirm, decline
from booking.disruptions.resolve import end_disrupted
from booking.errors import Conflict, Invalid, NotFound, Refused
from booking.extensions import db
from booking.facilities.models import Facility
from booking.facilities.quota_models import Quota
from booking.feeds.kinds import FeedKind
from booking.feeds.service import make_feed
from booking.notices.models import Notice
from booking.requests.answering import Suggestion, accept, decline_proposals, suggest
from booking.requests.service import cancel as cancel_own
from booking.requests.service import withdraw
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

DAY, LATER, LATEST = date(2027, 1, 14), date(2027, 1, 15), date(2027, 1, 18)
FRIDAY = date(2026, 12, 4)  # within 14 days
HELD_UNTIL = datetime(2026, 12, 4, 17, tzinfo=UTC)


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster(), "lab")


@pytest.fixture
def partner(lab):
    return account_of(make_partner().id)


@pytest.fixture
def approver(lab):
    return account_of(make_approver(lab).id)


@pytest.fixture
def sent(lab, partner):
    """Return a function that sends a request, and returns its booking's and first date's ids."""

    def send(*slots, facility=lab, **fields):
        person = db.session.get_one(Person, partner.person_id)
        request = make_request(person, facility, slots or [slot_on(DAY)], **fields)
        booking = request.bookings[0]
        return booking.id, booking.occurrences[0].id

    return send


def proposed(approver, ids, *slots, until=FRIDAY, places=1, whole=False):
    booking_id, date_id = ids
    propose(approver, Proposal(booking_id, date_id, slots, whole, places, until, "Rather then?"))
    return [
        one.id
        for one in db.session.scalars(
            sa.select(Occurrence)
            .where(Occurrence.state == State.PROPOSED)
            .order_by(Occurrence.starts_at)
        )
    ]


def states(ids):
    db.session.rollback()
    query = sa.select(Occurrence).where(Occurrence.booking_id == ids[0]).order_by(Occurrence.id)
    return [one.state.value for one in db.session.scalars(query)]


def taken():
    """What each date takes: (date, start, end, whether for good)."""
    db.session.rollback()
    rows = db.session.execute(
        sa.select(
            Occupancy.occurrence_id, Occupancy.starts_at, Occupancy.ends_at, Occupancy.held_until
        ).order_by(Occupancy.starts_at, Occupancy.id)
    )
    return [
        (key, f"{starts:%a %H}", f"{ends:%H}", held is None) for key, starts, ends, held in rows
    ]


def steps(ids):
    db.session.rollback()
    query = sa.select(LogEntry).where(LogEntry.booking_id == ids[0]).order_by(LogEntry.id)
    return [f"{e.before} > {e.after} {e.side}" for e in db.session.scalars(query)][1:]


def faults():
    return list(find_faults())


def test_a_proposal_holds_what_the_date_does_not_have_and_moves_it_when_taken(
    sent, partner, approver
):
    ids = sent(slot_on(DAY, "09:00", "12:00"), state=State.CONFIRMED)

    (new,) = proposed(approver, ids, slot_on(DAY, "10:00", "14:00"))

    assert states(ids) == ["confirmed", "proposed"]
    assert taken() == [(ids[1], "Thu 09", "12", True), (new, "Thu 12", "14", False)]
    assert faults() == []
    accept(partner, ids[0], new)
    assert states(ids) == ["replaced", "confirmed"]
    assert taken() == [(new, "Thu 10", "14", True)]
    assert steps(ids)[-3:] == [
        "None > proposed owner",
        "confirmed > replaced requester",
        "proposed > confirmed requester",
    ]
    assert faults() == []


def test_each_act_has_one_notice_for_each_person(sent, lab, partner, approver):
    other = make_approver(lab)
    ids = sent()
    first, _ = proposed(approver, ids, slot_on(LATER), slot_on(LATEST))
    accept(partner, ids[0], first)

    db.session.rollback()
    told = sa.select(Notice.person_id, Notice.after).order_by(Notice.id)
    by_person = {}
    for person_id, after in db.session.execute(told):
        by_person.setdefault(person_id, []).append(after)
    assert by_person[partner.person_id] == ["proposed"]
    assert by_person[other.id] == ["proposed", "confirmed"]
    assert by_person[approver.person_id] == ["confirmed"]


def test_after_one_alternative_is_taken_the_others_are_withdrawn(sent, partner, approver):
    ids = sent()
    first, second = proposed(approver, ids, slot_on(LATER), slot_on(LATEST))

    accept(partner, ids[0], second)

    assert states(ids) == ["replaced", "withdrawn", "confirmed"]
    assert taken() == [(second, "Mon 09", "12", True)]
    with pytest.raises(Conflict, match="already_decided"):
        accept(partner, ids[0], first)


def test_a_no_leaves_the_date_as_it_was(sent, partner, approver):
    ids = sent(state=State.CONFIRMED)
    new = proposed(approver, ids, slot_on(LATER), slot_on(LATEST))

    decline_proposals(partner, ids[0], new, "We need that day.")

    assert states(ids) == ["confirmed", "declined", "declined"]
    assert taken() == [(ids[1], "Thu 09", "12", True)]
    assert steps(ids)[-1] == "proposed > declined requester"
    with pytest.raises(Conflict, match="already_decided"):
        accept(partner, ids[0], new[0])


def test_the_owner_withdraws_a_proposal_and_the_date_stays(sent, partner, approver):
    ids = sent()
    (new,) = proposed(approver, ids, slot_on(LATER))

    withdraw_proposals(approver, ids[0], [new])

    assert states(ids) == ["requested", "withdrawn"]
    with pytest.raises(Conflict, match="already_decided"):
        accept(partner, ids[0], new)


def test_an_expired_proposal_cannot_be_taken_and_leaves_the_date(sent, partner, approver, at):
    ids = sent(state=State.CONFIRMED)
    (new,) = proposed(approver, ids, slot_on(LATER))
    at(HELD_UNTIL)

    with pytest.raises(Conflict, match="proposal_expired"):
        accept(partner, ids[0], new)
    assert lapse_due() == 1

    assert states(ids) == ["confirmed", "lapsed"]
    assert taken() == [(ids[1], "Thu 09", "12", True)]


def test_a_requested_date_waits_for_its_proposal_and_then_gets_the_time_that_was_left(
    sent, partner, approver, at
):
    due = datetime(2026, 11, 26, 17, tzinfo=UTC)
    lapses = datetime(2026, 12, 3, 17, tzinfo=UTC)
    ids = sent(due_at=due, lapses_at=lapses, holds=True)
    (new,) = proposed(approver, ids, slot_on(LATER))
    booking, old = db.session.get_one(Booking, ids[0]), db.session.get_one(Occurrence, ids[1])
    # Nine working evenings, until Friday next week, do not count.
    assert booking.due_at == datetime(2026, 12, 9, 17, tzinfo=UTC)
    assert old.lapses_at == datetime(2026, 12, 16, 17, tzinfo=UTC)
    assert faults() == []

    at(NOW + timedelta(days=1))
    decline_proposals(partner, ids[0], [new])

    # One day has passed.
    assert booking.due_at == datetime(2026, 11, 27, 17, tzinfo=UTC)
    assert old.lapses_at == datetime(2026, 12, 4, 17, tzinfo=UTC)
    assert faults() == []


def test_a_proposal_takes_over_what_the_date_held_when_that_ends(sent, lab, partner, approver):
    ids = sent(slot_on(DAY, "09:00", "12:00"), state=State.CONFIRMED)
    (new,) = proposed(approver, ids, slot_on(DAY, "10:00", "14:00"))

    cancel(approver, Decision(ids[0], frozenset({ids[1]}), "Broken until ten."))

    assert {(key, for_good) for key, _, _, for_good in taken()} == {(new, False)}
    accept(partner, ids[0], new)
    assert states(ids) == ["cancelled", "confirmed"]
    assert taken() == [(new, "Thu 10", "14", True)]


def test_a_proposal_for_a_declined_date_can_still_be_taken(sent, partner, approver):
    ids = sent()
    (new,) = proposed(approver, ids, slot_on(LATER))
    decline(approver, Decision(ids[0], frozenset({ids[1]}), "Not on Thursday."))

    accept(partner, ids[0], new)

    assert states(ids) == ["declined", "confirmed"]


@pytest.mark.parametrize(
    ("state", "end"), [(State.REQUESTED, withdraw), (State.CONFIRMED, cancel_own)]
)
def test_when_the_requester_gives_the_date_up_its_proposals_end_with_it(
    sent, partner, approver, state, end
):
    ids = sent(state=state)
    proposed(approver, ids, slot_on(LATER))

    end(partner, ids[0], {ids[1]}, *(["No longer needed."] if end is cancel_own else []))

    assert states(ids)[1] == "declined"
    assert taken() == []


def test_when_the_owner_confirms_the_date_after_all_its_proposals_are_withdrawn(
    sent, partner, approver
):
    ids = sent()
    (new,) = proposed(approver, ids, slot_on(LATER))

    confirm(approver, Decision(ids[0], frozenset({ids[1]})))

    assert states(ids) == ["confirmed", "withdrawn"]
    with pytest.raises(Conflict, match="already_decided"):
        accept(partner, ids[0], new)


def test_a_proposal_counts_for_a_quota_only_once_it_is_taken(sent, lab, partner, approver):
    db.session.add(Quota(facility_id=lab.id, period="week", measure="days", most=1))
    db.session.commit()
    ids = sent()
    # In the place of the date itself there is room in the quota.
    (new,) = proposed(approver, ids, slot_on(LATER))
    other = sent(slot_on(LATEST))  # another week

    accept(partner, ids[0], new)

    with pytest.raises(Refused) as refused:
        proposed(approver, other, slot_on(date(2027, 1, 13)))
    assert [one.code.value for one in refused.value.refusals] == ["over_quota"]


def test_a_quota_that_is_used_up_meanwhile_refuses_the_proposal(sent, lab, partner, approver):
    ids = sent(slot_on(LATEST))
    (new,) = proposed(approver, ids, slot_on(LATER))
    db.session.add(Quota(facility_id=lab.id, period="week", measure="days", most=1))
    db.session.commit()
    sent(slot_on(DAY), state=State.CONFIRMED)

    with pytest.raises(Refused) as refused:
        accept(partner, ids[0], new)

    assert [one.code.value for one in refused.value.refusals] == ["over_quota"]
    assert states(ids) == ["requested", "proposed"]


def test_a_proposal_in_a_closure_made_since_cannot_be_taken(sent, lab, partner, approver):
    ids = sent()
    (new,) = proposed(approver, ids, slot_on(LATER))
    make_closure(lab, slot_on(LATER, "08:00", "18:00"))

    with pytest.raises(Refused) as refused:
        accept(partner, ids[0], new)

    assert "closure" in [one.code.value for one in refused.value.refusals]


def test_an_open_proposal_may_be_nobody_elses(sent, lab, partner, approver):
    ids = sent()
    (new,) = proposed(approver, ids, slot_on(LATER))
    rival, elsewhere = make_partner(), make_approver(make_facility(make_cluster()))

    with pytest.raises(NotFound):
        accept(account_of(rival.id), ids[0], new)
    with pytest.raises(NotFound):
        decline_proposals(account_of(rival.id), ids[0], [new])
    with pytest.raises(NotFound):
        withdraw_proposals(account_of(elsewhere.id), ids[0], [new])
    with pytest.raises(NotFound):
        proposed(account_of(elsewhere.id), ids, slot_on(LATEST))
    assert states(ids) == ["requested", "proposed"]


@pytest.mark.parametrize(
    ("slots", "until", "error"),
    [
        ([slot_on(DAY)], FRIDAY, "same"),
        ([slot_on(LATER)], date(2026, 12, 9), "too_late"),
        ([slot_on(LATER)], date(2026, 11, 23), "too_late"),
        ([slot_on(LATER + timedelta(days=7 * n)) for n in range(6)], FRIDAY, "too_many"),
    ],
)
def test_a_proposal_is_something_else_for_at_most_14_days(sent, approver, slots, until, error):
    ids = sent()

    with pytest.raises(Invalid) as invalid:
        proposed(approver, ids, *slots, until=until)

    assert invalid.value.code == error
    assert states(ids) == ["requested"]


@pytest.mark.parametrize(
    ("slot", "code"),
    [
        (slot_on(date(2026, 11, 23)), "in_the_past"),
        (slot_on(date(2027, 1, 16)), "not_open"),
        (slot_on(date(2027, 1, 19)), "taken"),
        (slot_on(date(2027, 1, 20)), "closure"),
    ],
)
def test_a_proposal_is_checked_like_a_booking_that_the_owner_enters(
    sent, lab, approver, slot, code
):
    sent(slot_on(date(2027, 1, 19)), state=State.CONFIRMED)
    make_closure(lab, slot_on(date(2027, 1, 20), "07:00", "19:00"))
    ids = sent()

    with pytest.raises(Refused) as refused:
        proposed(approver, ids, slot)

    assert [one.code.value for one in refused.value.refusals] == [code]
    assert states(ids) == ["requested"]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_the_date_has_itself_is_in_the_way_of_no_alternative(sent, approver):
    """Also where something else is in the way of another alternative."""
    sent(slot_on(LATER), state=State.CONFIRMED)
    ids = sent(state=State.CONFIRMED)

    with pytest.raises(Refused) as refused:
        proposed(approver, ids, slot_on(LATER), slot_on(DAY, "09:00", "13:00"))

    assert [(one.date_index, one.code.value) for one in refused.value.refusals] == [(0, "taken")]


def test_fewer_places_hold_nothing_more(sent, approver, partner):
    hall = make_facility(make_cluster(), "hall", places=4)
    owner = account_of(make_approver(hall).id)
    ids = sent(facility=hall, places=4, state=State.CONFIRMED)

    (new,) = proposed(owner, ids, slot_on(DAY), places=2)

    assert new not in [key for key, *_ in taken()]
    accept(partner, ids[0], new)
    assert [key for key, *_ in taken()] == [new, new]


@pytest.mark.parametrize("state", [State.DECLINED, State.CANCELLED, State.WITHDRAWN, State.LAPSED])
def test_what_has_ended_gets_no_proposal(sent, approver, state):
    ids = sent(state=state)

    with pytest.raises(Conflict, match="already_decided"):
        proposed(approver, ids, slot_on(LATER))


def test_a_counter_proposal_is_requested_and_declines_what_was_proposed(sent, partner, approver):
    ids = sent()
    proposed(approver, ids, slot_on(LATER))

    suggest(partner, Suggestion(ids[0], ids[1], (slot_on(LATEST),), False, 1, "Or Monday?"))

    assert states(ids) == ["requested", "declined", "requested"]
    new = db.session.scalar(sa.select(sa.func.max(Occurrence.id)))
    confirm(approver, Decision(ids[0], frozenset({new})))
    assert states(ids) == ["replaced", "declined", "confirmed"]
    assert taken() == [(new, "Mon 09", "12", True)]
    assert faults() == []


def test_a_move_that_the_requester_wants_leaves_a_confirmed_date_until_the_yes(
    sent, partner, approver
):
    ids = sent(slot_on(DAY, "09:00", "12:00"), state=State.CONFIRMED)

    suggest(partner, Suggestion(ids[0], ids[1], (slot_on(DAY, "10:00", "13:00"),), False, 1))

    new = db.session.scalar(sa.select(sa.func.max(Occurrence.id)))
    assert states(ids) == ["confirmed", "requested"]
    decline(approver, Decision(ids[0], frozenset({new}), "No."))
    assert states(ids) == ["confirmed", "declined"]
    assert taken() == [(ids[1], "Thu 09", "12", True)]


def test_a_date_and_its_replacement_are_not_confirmed_together(sent, partner, approver):
    ids = sent()
    suggest(partner, Suggestion(ids[0], ids[1], (slot_on(LATER),), False, 1))
    new = db.session.scalar(sa.select(sa.func.max(Occurrence.id)))

    with pytest.raises(Conflict, match="both_chosen"):
        confirm(approver, Decision(ids[0], frozenset({ids[1], new})))


def test_a_counter_proposal_to_what_has_ended_is_a_conflict(sent, partner, approver, at):
    ids = sent()
    proposed(approver, ids, slot_on(LATER))
    decline(approver, Decision(ids[0], frozenset({ids[1]}), "Not on Thursday."))
    at(HELD_UNTIL)

    with pytest.raises(Conflict, match="already_decided"):
        suggest(partner, Suggestion(ids[0], ids[1], (slot_on(LATEST),), False, 1))


def events_of(client, token):
    """The events of a feed as a calendar program reads them: UID, SEQUENCE, start, STATUS."""
    calendar = icalendar.Calendar.from_ical(client.get(f"/feeds/{token}.ics").data)
    return [
        (str(one["uid"]), int(one["sequence"]), one.decoded("dtstart").date(), str(one["status"]))
        for one in calendar.walk("VEVENT")
    ]


@pytest.mark.parametrize("kind", [FeedKind.OWN, FeedKind.DECIDING])
def test_in_calendars_a_date_that_moves_stays_one_event(
    client, warm, sent, partner, approver, kind
):
    ids = sent(state=State.CONFIRMED)
    reader = partner if kind is FeedKind.OWN else approver
    token = make_feed(reader, kind, with_titles=True)
    ((uid, sequence, _, _),) = events_of(client, token)

    first, _ = proposed(approver, ids, slot_on(LATER), slot_on(LATEST))
    assert events_of(client, token) == [(uid, sequence, DAY, "CONFIRMED")]
    accept(partner, ids[0], first)
    ((moved, after_move, day, status),) = events_of(client, token)
    assert (moved, day, status) == (uid, LATER, "CONFIRMED")
    assert after_move > sequence

    (again,) = proposed(approver, (ids[0], first), slot_on(LATEST))
    accept(partner, ids[0], again)
    ((moved, after_two, day, _),) = events_of(client, token)
    assert (moved, day) == (uid, LATEST)
    assert after_two > after_move
    cancel(approver, Decision(ids[0], frozenset({again}), "Broken."))
    ((moved, at_the_end, _, status),) = events_of(client, token)
    assert (moved, status) == (uid, "CANCELLED")
    assert at_the_end > after_two


def test_an_answer_to_a_counter_proposal_ends_all_that_was_there_before(sent, partner, approver):
    ids = sent()
    suggest(partner, Suggestion(ids[0], ids[1], (slot_on(LATER),), False, 1))
    counter = db.session.scalar(sa.select(sa.func.max(Occurrence.id)))
    (new,) = proposed(approver, (ids[0], counter), slot_on(LATEST))

    accept(partner, ids[0], new)

    assert states(ids) == ["replaced", "replaced", "confirmed"]
    assert taken() == [(new, "Mon 09", "12", True)]
    assert faults() == []


def test_a_proposal_may_overlap_what_the_requester_suggested_and_holds(sent, partner, approver):
    lab = make_facility(make_cluster(), pending_holds=True)
    owner = account_of(make_approver(lab).id)
    ids = sent(facility=lab, holds=True)
    suggest(partner, Suggestion(ids[0], ids[1], (slot_on(LATER, "09:00", "12:00"),), False, 1))
    counter = db.session.scalar(sa.select(sa.func.max(Occurrence.id)))

    (new,) = proposed(owner, (ids[0], counter), slot_on(LATER, "10:00", "13:00"))
    assert taken()[-1] == (new, "Fri 12", "13", False)
    withdraw(partner, ids[0], [counter])

    # What was suggested has ended: the proposal now holds all that it needs.
    assert {key for key, *_ in taken()} == {ids[1], new}
    accept(partner, ids[0], new)
    assert taken() == [(new, "Fri 10", "13", True)]


def test_when_an_alternative_ends_the_others_still_hold_only_what_the_date_has_not(
    app_context, sent, partner
):
    hall = make_facility(make_cluster(), "hall", places=2)
    approver = account_of(make_approver(hall).id)
    ids = sent(slot_on(DAY, "09:00", "12:00"), facility=hall, state=State.CONFIRMED)
    near, far = proposed(approver, ids, slot_on(DAY, "10:00", "13:00"), slot_on(LATER))
    held = [row for row in taken() if row[0] != far]

    decline_proposals(partner, ids[0], [far])

    assert taken() == held == [(ids[1], "Thu 09", "12", True), (near, "Thu 12", "13", False)]


def test_an_affected_date_is_resolved_once_another_one_has_replaced_it(
    sent, lab, partner, approver
):
    ids = sent(state=State.CONFIRMED)
    (new,) = proposed(approver, ids, slot_on(LATER))
    closure = make_closure(lab, slot_on(DAY, "09:00", "10:00"))
    db.session.add(
        Affected(occurrence_id=ids[1], cause="closure", closure_id=closure.id, marked_at=NOW)
    )
    db.session.commit()

    accept(partner, ids[0], new)

    assert states(ids) == ["replaced", "confirmed"]
    assert faults() == []


def test_a_new_place_is_taken_by_the_whole_facility_that_was_proposed_for_one_place(
    app_context, sent, partner
):
    hall = make_facility(make_cluster(), "hall", places=2)
    approver = account_of(make_approver(hall).id)
    ids = sent(slot_on(DAY, "09:00", "12:00"), facility=hall, state=State.CONFIRMED)
    (new,) = proposed(approver, ids, slot_on(DAY, "09:00", "13:00"), whole=True)

    with writing(hall.id):
        add_places(db.session.get_one(Facility, hall.id), 1)

    assert taken() == [
        (ids[1], "Thu 09", "12", True),
        (new, "Thu 09", "13", False),
        (new, "Thu 09", "13", False),
        (new, "Thu 12", "13", False),
    ]
    accept(partner, ids[0], new)
    assert taken() == [(new, "Thu 09", "13", True)] * 3


def test_the_time_to_answer_goes_on_once_an_affected_proposal_is_withdrawn(
    sent, lab, partner, approver
):
    ids = sent(due_at=datetime(2026, 12, 1, 17, tzinfo=UTC))
    due = sa.select(Booking.due_at).where(Booking.id == ids[0])
    before = db.session.scalar(due)
    (new,) = proposed(approver, ids, slot_on(LATER))
    closure = make_closure(lab, slot_on(LATER))
    mark = {"cause": "closure", "closure_id": closure.id, "marked_at": NOW}
    db.session.add(Affected(occurrence_id=new, **mark))
    db.session.commit()
    assert db.session.scalar(due) > before

    end_disrupted(approver, [new], "Closed.")

    db.session.rollback()
    assert db.session.scalar(due) == before


def test_what_was_proposed_from_the_waiting_list_had_stopped_no_clock(sent, lab, approver):
    ids = sent(due_at=datetime(2026, 12, 11, 17, tzinfo=UTC))
    slot = slot_on(LATER)
    offered = Occurrence(
        booking_id=ids[0],
        facility_id=lab.id,
        uid="offered",
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        places=1,
        state=State.PROPOSED,
        lapses_at=HELD_UNTIL,
        changed_at=NOW,
    )
    db.session.add(offered)
    db.session.flush()
    closure = make_closure(lab, slot)
    mark = {"cause": "closure", "closure_id": closure.id, "marked_at": NOW}
    db.session.add(Affected(occurrence_id=offered.id, **mark))
    db.session.commit()

    end_disrupted(approver, [offered.id], "Closed.")

    assert states(ids) == ["requested", "withdrawn"]
    due = sa.select(Booking.due_at).where(Booking.id == ids[0])
    assert db.session.scalar(due) == datetime(2026, 12, 11, 17, tzinfo=UTC)
