"""Proposals at another facility of the cluster: a second booking of the same request."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.models import Person
from booking.accounts.queries import account_of
from booking.availability.requestable import get_requestable
from booking.bookings import records
from booking.bookings.disruption_models import Affected
from booking.bookings.models import Booking, BookingCondition, LogEntry, Occupancy, Occurrence
from booking.conditions.service import ConditionStep, take_condition_step
from booking.data_check.queries import find_faults
from booking.db import transactions
from booking.decisions.competing import competition
from booking.decisions.expiry import lapse_due
from booking.decisions.propose_elsewhere import free_facilities, offered_facilities
from booking.decisions.proposing import Proposal, propose, withdraw_proposals
from booking.decisions.queries import waiting_count
from booking.decisions.review import request_for_review
from booking.decisions.service import Decision, cancel, confirm, decline
from booking.decisions.waiting_list import put_on_waiting_list
from booking.disruptions.resolve import end_disrupted
from booking.errors import Conflict, Invalid, NotFound, Refused
from booking.extensions import db
from booking.facilities.quota_models import Quota
from booking.feeds.reading import dates_of_request
from booking.notices.models import Notice
from booking.requests.answering import Suggestion, accept, decline_proposals, suggest
from booking.requests.changing import Change, change_request
from booking.requests.listing import Order, list_requests
from booking.requests.queries import get_request
from booking.requests.service import cancel as cancel_own
from booking.requests.service import withdraw
from booking.rules.conditions import ConditionAct
from booking.rules.lifecycle import IN_FEEDS, State
from booking.rules.terms import RequestedDate
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_closure,
    make_cluster,
    make_condition,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    move_to,
    slot_on,
)

one_engine = pytest.mark.parametrize("engine_name", ["sqlite"])

DAY, LATER = date(2027, 1, 14), date(2027, 1, 15)
FRIDAY = date(2026, 12, 4)  # within 14 days
HELD_UNTIL = datetime(2026, 12, 4, 17, tzinfo=UTC)
DUE, LAPSES = datetime(2026, 11, 26, 17, tzinfo=UTC), datetime(2026, 12, 3, 17, tzinfo=UTC)


class Scene:
    """A request for the lab, and a hall of the same cluster; one approver decides on both."""

    def __init__(self, **fields):
        self.cluster = make_cluster()
        self.lab = make_facility(self.cluster, "lab")
        self.hall = make_facility(self.cluster, "hall", **fields)
        self.partner = account_of(make_partner().id)
        self.approver = account_of(make_approver(self.lab, self.hall).id)

    def send(self, *slots, facility=None, **fields):
        """Send a request; its booking and its first date are known from then on."""
        person = db.session.get_one(Person, self.partner.person_id)
        request = make_request(person, facility or self.lab, slots or [slot_on(DAY)], **fields)
        self.reference = request.reference
        self.booking_id = request.bookings[0].id
        self.ids = [one.id for one in request.bookings[0].occurrences]
        return self

    def propose(self, *slots, facility=None, account=None, until=FRIDAY, whole=False, places=1):
        """Propose dates at the hall, and return their ids."""
        values = (self.booking_id, self.ids[0], slots or (slot_on(DAY),), whole, places, until)
        where = (facility or self.hall).id
        propose(account or self.approver, Proposal(*values, "Or there?", facility_id=where))
        db.session.rollback()
        query = sa.select(Occurrence.id).where(Occurrence.state == State.PROPOSED)
        return list(db.session.scalars(query.order_by(Occurrence.starts_at)))

    @property
    def there(self):
        """The id of the request's second booking."""
        db.session.rollback()
        return db.session.scalar(sa.select(sa.func.max(Booking.id)))

    def states(self):
        """The state of each date of the request, in the order in which they were made."""
        db.session.rollback()
        return [one.state.value for one in db.session.scalars(self._dates())]

    def _dates(self):
        return sa.select(Occurrence).join(Booking).order_by(Occurrence.id)

    def page(self):
        db.session.rollback()
        return get_request(self.partner.viewer, self.reference, NOW)

    def review(self, account):
        db.session.rollback()
        return request_for_review(account.viewer, self.reference, NOW)


@pytest.fixture
def scene(app_context):
    return Scene()


def taken():
    """What each date takes: (date, facility, start, end, whether for good)."""
    db.session.rollback()
    rows = db.session.execute(
        sa.select(Occupancy, Occurrence.id)
        .join(Occurrence, Occurrence.id == Occupancy.occurrence_id)
        .order_by(Occupancy.starts_at, Occupancy.id)
    )
    return [
        (key, f"{one.starts_at:%a %H}", f"{one.ends_at:%H}", one.held_until is None)
        for one, key in rows
    ]


def log_of(booking_id):
    db.session.rollback()
    query = sa.select(LogEntry).where(LogEntry.booking_id == booking_id).order_by(LogEntry.id)
    return [
        f"{e.before} > {e.after} {e.side}" if e.event == "step" else f"{e.event} {e.side}"
        for e in db.session.scalars(query)
    ]


def told(account):
    """What somebody was told, in order: the state, or the event if it is no step."""
    db.session.rollback()
    query = (
        sa.select(LogEntry)
        .join(Notice, Notice.log_id == LogEntry.id)
        .where(Notice.person_id == account.person_id)
        .order_by(Notice.id)
    )
    return [one.after if one.event == "step" else one.event for one in db.session.scalars(query)]


def test_a_date_moves_to_another_facility_once_the_proposal_is_taken(app_context):
    scene = Scene(setup_minutes=60)
    scene.send(slot_on(DAY, "09:00", "12:00"), state=State.CONFIRMED)

    (new,) = scene.propose(slot_on(DAY, "10:00", "14:00"))

    assert scene.states() == ["confirmed", "proposed"]
    # Another place: nothing of it is there already. Set-up is as long as it is there.
    assert taken() == [
        (scene.ids[0], "Thu 09", "12", True),
        (new, "Thu 09", "14", False),
    ]
    assert list(find_faults()) == []
    accept(scene.partner, scene.there, new)
    assert scene.states() == ["replaced", "confirmed"]
    assert taken() == [(new, "Thu 09", "14", True)]
    assert log_of(scene.booking_id)[2:] == [
        "elsewhere_proposed owner",
        "confirmed > replaced requester",
        "elsewhere_confirmed requester",
    ]
    assert log_of(scene.there) == ["None > proposed owner", "proposed > confirmed requester"]
    assert list(find_faults()) == []


def events(scene):
    db.session.rollback()
    dates = dates_of_request(scene.partner, scene.reference)
    return [one for one in dates if one.state in IN_FEEDS]


def test_in_calendars_it_stays_one_event(scene):
    scene.send(state=State.CONFIRMED)
    (before,) = events(scene)

    (new,) = scene.propose()
    assert events(scene) == [before]
    accept(scene.partner, scene.there, new)

    (moved,) = events(scene)
    assert (before.facility, moved.facility) == ("Lab", "Hall")
    assert moved.uid == before.uid
    assert moved.revision > before.revision


def test_a_no_leaves_the_old_date_and_its_clock_goes_on(scene, at):
    scene.send(due_at=DUE, lapses_at=LAPSES, holds=True)
    (new,) = scene.propose()
    booking, old = (
        db.session.get_one(Booking, scene.booking_id),
        db.session.get_one(Occurrence, scene.ids[0]),
    )
    # Nine working evenings, until Friday next week, do not count.
    assert booking.due_at == datetime(2026, 12, 9, 17, tzinfo=UTC)
    assert old.lapses_at == datetime(2026, 12, 16, 17, tzinfo=UTC)

    at(NOW + timedelta(days=1))
    decline_proposals(scene.partner, scene.there, [new], "Too far.")

    assert scene.states() == ["requested", "declined"]
    assert booking.due_at == datetime(2026, 11, 27, 17, tzinfo=UTC)
    assert old.lapses_at == datetime(2026, 12, 4, 17, tzinfo=UTC)
    assert log_of(scene.booking_id)[1:] == ["elsewhere_proposed owner", "elsewhere_ended requester"]
    assert [key for key, *_ in taken()] == scene.ids
    assert list(find_faults()) == []


@one_engine
def test_an_expired_proposal_cannot_be_taken_and_leaves_the_old_date(scene, at):
    scene.send(state=State.CONFIRMED)
    (new,) = scene.propose()
    at(HELD_UNTIL)

    with pytest.raises(Conflict, match="proposal_expired"):
        accept(scene.partner, scene.there, new)
    assert lapse_due() == 1

    assert scene.states() == ["confirmed", "lapsed"]
    assert log_of(scene.booking_id)[-1] == "elsewhere_ended nobody"


@one_engine
def test_of_several_one_is_taken_once(scene):
    scene.send()
    first, second = scene.propose(slot_on(DAY), slot_on(LATER))

    accept(scene.partner, scene.there, second)

    assert scene.states() == ["replaced", "withdrawn", "confirmed"]
    for again in (first, second):
        with pytest.raises(Conflict, match="already_decided"):
            accept(scene.partner, scene.there, again)


def test_parts_of_one_whole_hold_only_what_the_old_date_does_not_have(app_context):
    scene = Scene()
    whole = make_facility(scene.cluster, "whole", places=1)
    benches = [make_facility(scene.cluster, f"bench-{n}", parent=whole) for n in (1, 2)]
    scene.approver = account_of(make_approver(whole).id)
    scene.send(facility=benches[0], state=State.CONFIRMED)

    # Half an hour of the bench is beyond what the old date has of it.
    (new,) = scene.propose(slot_on(DAY, "09:00", "12:30"), facility=whole, whole=True)

    held = [(start, end) for key, start, end, _ in taken() if key == new]
    assert sorted(held) == [("Thu 09", "12"), ("Thu 09", "12"), ("Thu 12", "12")]
    accept(scene.partner, scene.there, new)
    assert [key for key, *_ in taken()] == [new] * 3
    assert list(find_faults()) == []


@one_engine
@pytest.mark.parametrize("ends", [True, False])
def test_when_the_old_date_ends_the_proposal_takes_over_what_it_had(app_context, ends):
    scene = Scene()
    whole = make_facility(scene.cluster, "whole", places=1)
    bench = make_facility(scene.cluster, "bench", parent=whole)
    scene.approver = account_of(make_approver(whole).id)
    scene.send(facility=bench, state=State.CONFIRMED)
    (new,) = scene.propose(facility=whole, whole=True)

    if ends:
        cancel(scene.approver, Decision(scene.booking_id, frozenset(scene.ids), "Broken."))

    assert len([key for key, *_ in taken() if key == new]) == (2 if ends else 1)
    accept(scene.partner, scene.there, new)
    assert scene.states() == ["cancelled" if ends else "replaced", "confirmed"]
    assert list(find_faults()) == []


@one_engine
@pytest.mark.parametrize(
    ("state", "end"), [(State.REQUESTED, withdraw), (State.CONFIRMED, cancel_own)]
)
def test_who_gives_the_old_date_up_declines_what_is_proposed_elsewhere(scene, state, end):
    scene.send(state=state)
    scene.propose()

    end(scene.partner, scene.booking_id, {scene.ids[0]}, *(["Ill."] if end is cancel_own else []))

    assert scene.states()[1] == "declined"
    assert taken() == []


@one_engine
def test_who_confirms_the_old_date_withdraws_what_is_proposed_elsewhere(scene):
    scene.send()
    (new,) = scene.propose()

    confirm(scene.approver, Decision(scene.booking_id, frozenset(scene.ids)))

    assert scene.states() == ["confirmed", "withdrawn"]
    with pytest.raises(Conflict, match="already_decided"):
        accept(scene.partner, scene.there, new)


def test_a_counter_proposal_there_is_answered_there_and_replaces_the_old_date(scene):
    only_there = account_of(make_approver(scene.hall).id)
    scene.send()
    (new,) = scene.propose()

    suggest(scene.partner, Suggestion(scene.there, new, (slot_on(LATER),), False, 1, "Friday?"))

    assert scene.states() == ["requested", "declined", "requested"]
    assert waiting_count(only_there.viewer, NOW) == 1
    asked = db.session.scalar(sa.select(sa.func.max(Occurrence.id)))
    confirm(only_there, Decision(scene.there, frozenset({asked})))
    assert scene.states() == ["replaced", "declined", "confirmed"]
    assert taken() == [(asked, "Fri 09", "12", True)]
    assert log_of(scene.booking_id)[-2:] == [
        "requested > replaced owner",
        "elsewhere_confirmed owner",
    ]
    assert list(find_faults()) == []


@one_engine
def test_a_counter_proposal_at_the_old_facility_declines_what_is_proposed_elsewhere(scene):
    scene.send()
    scene.propose()

    wanted = (slot_on(LATER),)
    suggest(scene.partner, Suggestion(scene.booking_id, scene.ids[0], wanted, False, 1))

    assert scene.states() == ["requested", "declined", "requested"]


@one_engine
def test_one_request_does_not_compete_with_itself(app_context):
    scene = Scene()
    whole = make_facility(scene.cluster, "whole", places=1)
    bench = make_facility(scene.cluster, "bench", parent=whole)
    scene.approver = account_of(make_approver(whole).id)
    scene.send(facility=bench)
    (new,) = scene.propose(facility=whole, whole=True)
    slot = slot_on(DAY, "09:00", "12:30")
    suggest(scene.partner, Suggestion(scene.there, new, (slot,), True, 1))

    asked = db.session.scalar(sa.select(sa.func.max(Occurrence.id)))
    around = competition(scene.approver.viewer, [bench.id, whole.id], [slot], NOW)

    effects = around.effects([asked])
    assert (effects.unfit, effects.rivals) == (frozenset(), ())


def test_only_who_decides_on_both_proposes_elsewhere(scene):
    only_lab = account_of(make_approver(scene.lab).id)
    only_hall = account_of(make_approver(scene.hall).id)
    coordinator = account_of(make_coordinator(scene.cluster).id)
    scene.send()

    with pytest.raises(Invalid, match="not_offered"):
        scene.propose(account=only_lab)
    with pytest.raises(NotFound):
        scene.propose(account=only_hall)
    assert scene.states() == ["requested"]
    assert len(db.session.scalars(sa.select(Booking)).all()) == 1
    scene.propose(account=coordinator)
    assert scene.states() == ["requested", "proposed"]


@one_engine
@pytest.mark.parametrize(
    "fields",
    [
        {"sees_public": "nothing", "sees_signed_in": "nothing"},
        {"status": "closed"},
        {"status": "planned 2028"},
        {"mode": "elsewhere"},
    ],
)
def test_only_what_the_requester_may_see_and_request_is_proposed(app_context, fields):
    scene = Scene(**fields).send()

    with pytest.raises(Invalid) as invalid:
        scene.propose()

    assert invalid.value.field == "facility"
    assert scene.states() == ["requested"]


@one_engine
def test_facilities_of_other_clusters_and_unknown_ones_are_not_proposed(scene):
    elsewhere = make_facility(make_cluster(), "far")
    both = account_of(make_coordinator(scene.cluster, elsewhere.cluster).id)
    scene.send()

    with pytest.raises(Invalid, match="not_offered"):
        scene.propose(account=both, facility=elsewhere)
    with pytest.raises(NotFound):
        propose(
            both,
            Proposal(
                scene.booking_id, scene.ids[0], (slot_on(DAY),), False, 1, FRIDAY, facility_id=999
            ),
        )


@one_engine
@pytest.mark.parametrize(
    ("slot", "code"),
    [
        (slot_on(date(2026, 11, 23)), "in_the_past"),
        (slot_on(date(2027, 1, 16)), "not_open"),
        (slot_on(date(2027, 1, 19)), "taken"),
        (slot_on(date(2027, 1, 20)), "closure"),
    ],
)
def test_the_rules_of_the_other_facility_count(scene, slot, code):
    scene.send(slot_on(date(2027, 1, 19)), facility=scene.hall, state=State.CONFIRMED)
    make_closure(scene.hall, slot_on(date(2027, 1, 20), "07:00", "19:00"))
    scene.send()

    with pytest.raises(Refused) as refused:
        scene.propose(slot)

    assert [one.code.value for one in refused.value.refusals] == [code]
    assert scene.states() == ["confirmed", "requested"]
    assert len(db.session.scalars(sa.select(Booking)).all()) == 2


@one_engine
def test_people_of_a_firm_that_competes_there_do_not_propose_it(scene):
    firm = make_organisation()
    employee = make_approver(scene.lab, scene.hall, organisation=firm)
    make_request(make_partner(organisation=firm), scene.hall, [slot_on(DAY)])
    rival = make_request(make_partner(), scene.hall, [slot_on(DAY)])
    scene.send()

    with pytest.raises(Refused) as refused:
        scene.propose(account=account_of(employee.id))
    assert "left_to_others" in [one.code.value for one in refused.value.refusals]
    (new,) = scene.propose()
    # Nor do they decide on what somebody else has proposed there.
    with pytest.raises(NotFound):
        withdraw_proposals(account_of(employee.id), scene.there, [new])
    assert rival.reference != scene.reference


def test_who_decides_on_one_sees_that_booking_alone(scene):
    only_lab = account_of(make_approver(scene.lab).id)
    only_hall = account_of(make_approver(scene.hall).id)
    scene.send()
    scene.propose(slot_on(LATER))

    (here,) = scene.review(only_lab).bookings
    (there,) = scene.review(only_hall).bookings
    both = scene.review(scene.approver).bookings

    assert [one.facility for one in (here, there)] == ["Lab", "Hall"]
    # They know that something is proposed, and until when; not where.
    (known,) = here.open_elsewhere
    assert (known.standing.state, known.lapses_at) == (State.PROPOSED, HELD_UNTIL)
    assert (known.facility, here.undecided) == (None, ())
    assert there.replaced_elsewhere(there.dates[0]).facility is None
    assert [one.facility for one in both] == ["Lab", "Hall"]
    assert both[0].open_elsewhere[0].facility == "Hall"


def test_each_is_told_once(scene):
    only_lab = account_of(make_approver(scene.lab).id)
    only_hall = account_of(make_approver(scene.hall).id)
    scene.send()
    (new,) = scene.propose()
    accept(scene.partner, scene.there, new)

    assert told(scene.partner) == ["proposed"]
    assert told(scene.approver) == ["confirmed"]
    assert told(only_hall) == ["proposed", "confirmed"]
    assert told(only_lab) == ["elsewhere_proposed", "elsewhere_confirmed"]


def test_what_is_proposed_in_a_closure_made_since_is_not_taken_but_ended(scene):
    scene.send(due_at=DUE, lapses_at=LAPSES)
    (new,) = scene.propose()
    make_closure(scene.hall, slot_on(DAY, "08:00", "18:00"))

    with pytest.raises(Refused) as refused:
        accept(scene.partner, scene.there, new)
    assert "closure" in [one.code.value for one in refused.value.refusals]
    mark_affected(new)
    end_disrupted(scene.approver, [new], "The floor is wet.")

    assert scene.states() == ["requested", "withdrawn"]
    assert db.session.get_one(Booking, scene.booking_id).due_at < HELD_UNTIL


def mark_affected(occurrence_id):
    db.session.add(Affected(occurrence_id=occurrence_id, cause="closure", marked_at=NOW))
    db.session.commit()


def test_conditions_of_the_other_facility_come_first(scene):
    make_condition(scene.hall)
    scene.send()
    (new,) = scene.propose()

    assert accept(scene.partner, scene.there, new) is State.ACCEPTED

    assert scene.states() == ["requested", "accepted"]
    assert log_of(scene.booking_id)[-1] == "elsewhere_accepted requester"
    (here, _) = scene.review(scene.approver).bookings
    assert here.waiting == ()
    (condition,) = ids_of_conditions()
    done = take_condition_step(
        scene.approver, ConditionStep(condition, ConditionAct.FIND_MET, "Seen.")
    )
    assert done
    assert scene.states() == ["replaced", "confirmed"]
    assert list(find_faults()) == []


def ids_of_conditions():
    return list(db.session.scalars(sa.select(BookingCondition.id)))


@one_engine
def test_a_quota_counts_both_dates_once(app_context):
    scene = Scene()
    db.session.add(Quota(facility_id=scene.hall.id, period="week", measure="days", most=1))
    db.session.commit()
    scene.send()
    (new,) = scene.propose()
    accept(scene.partner, scene.there, new)

    # There and back again: what it would replace does not count beside it.
    moved = scene.there
    propose(scene.approver, Proposal(moved, new, (slot_on(LATER),), False, 1, FRIDAY))
    last = db.session.scalar(sa.select(sa.func.max(Occurrence.id)))
    accept(scene.partner, moved, last)

    assert scene.states() == ["replaced", "replaced", "confirmed"]


@one_engine
def test_a_date_that_moved_can_move_back(scene):
    scene.send(state=State.CONFIRMED)
    (new,) = scene.propose()
    accept(scene.partner, scene.there, new)
    there = scene.there

    values = (there, new, (slot_on(DAY),), False, 1, FRIDAY)
    propose(scene.approver, Proposal(*values, facility_id=scene.lab.id))
    last = db.session.scalar(sa.select(sa.func.max(Occurrence.id)))
    accept(scene.partner, scene.booking_id, last)

    assert scene.states() == ["replaced", "replaced", "confirmed"]
    assert len(db.session.scalars(sa.select(Booking)).all()) == 2
    assert list(find_faults()) == []


@one_engine
def test_a_request_is_summed_up_once_for_both_facilities(scene):
    slots = [slot_on(DAY + timedelta(days=7 * n)) for n in range(3)]
    scene.send(*slots, state=State.CONFIRMED)
    (new,) = scene.propose()

    page = scene.page()
    assert (page.headline.count, page.headline.total) == (3, 3)
    assert page.shown[0][1].facility_name == "Hall"  # what is to be answered comes first

    accept(scene.partner, scene.there, new)
    page = scene.page()
    assert (page.headline.count, page.headline.total) == (3, 3)
    assert [len(one.standing_states) for one in page.bookings] == [2, 1]
    (listed,) = list_requests(scene.partner.viewer, NOW, phase=None, order=Order.NEWEST).requests
    assert [one.tally.total for one in listed.bookings] == [2, 1]


@one_engine
def test_a_booking_that_is_left_or_came_to_nothing_is_not_listed(scene):
    scene.send()
    (new,) = scene.propose()

    decline_proposals(scene.partner, scene.there, [new])
    assert names_listed(scene) == ["Lab"]
    (again,) = scene.propose(slot_on(LATER))
    assert names_listed(scene) == ["Lab", "Hall"]
    accept(scene.partner, scene.there, again)
    assert names_listed(scene) == ["Hall"]
    assert [one.is_left for one in scene.page().bookings] == [True, False]


def names_listed(scene):
    db.session.rollback()
    (listed,) = list_requests(scene.partner.viewer, NOW, phase=None, order=Order.NEWEST).requests
    return [one.facility_name for one in listed.bookings]


@one_engine
def test_details_changed_at_one_facility_stay_at_the_other(scene):
    slots = [slot_on(DAY), slot_on(LATER)]
    scene.send(*slots, people=8)
    (new,) = scene.propose()
    accept(scene.partner, scene.there, new)
    details = scene.page().details

    change_request(scene.partner, Change(scene.booking_id, replace(details, people=3)))

    here, there = scene.page().bookings
    assert [date.details.people for date in here.listed] == [3]
    assert [date.details.people for date in there.listed] == [8]


@one_engine
def test_what_is_asked_for_elsewhere_is_answered_before_the_old_date_changes_or_waits(app_context):
    scene = Scene()
    scene.lab.waiting_list_days = 2
    db.session.commit()
    scene.send()
    (new,) = scene.propose()
    suggest(scene.partner, Suggestion(scene.there, new, (slot_on(LATER),), False, 1))

    assert [one.changeable for one in scene.page().bookings] == [[], []]
    with pytest.raises(Conflict, match="asked_elsewhere"):
        put_on_waiting_list(
            scene.approver, Decision(scene.booking_id, frozenset(scene.ids), "Later.")
        )


@one_engine
def test_facilities_are_offered_by_name_and_similar_ones_with_when_they_are_free(app_context):
    scene = Scene(capabilities=["Drone detection"])
    scene.lab.capabilities = ["Drone detection radar"]
    other = make_facility(scene.cluster, "annex")
    make_approver(other)
    db.session.commit()
    coordinator = account_of(make_coordinator(scene.cluster).id)
    scene.send()
    here = get_requestable("lab", coordinator.viewer, NOW)

    requested = (RequestedDate(slot_on(DAY), 1, False, 2),)

    offered = offered_facilities(coordinator.viewer, scene.reference, here.facility_id)
    (free,) = free_facilities(scene.reference, here, requested, offered, NOW)

    assert [one.name for one in offered] == ["Annex", "Hall"]
    assert (free.name, free.free.slots) == ("Hall", [slot_on(DAY)])
    only_lab = account_of(make_approver(scene.lab).id)
    assert offered_facilities(only_lab.viewer, scene.reference, here.facility_id) == []


@one_engine
def test_declining_the_old_date_leaves_the_proposal_elsewhere(scene):
    scene.send()
    (new,) = scene.propose()
    decline(scene.approver, Decision(scene.booking_id, frozenset(scene.ids), "Not here."))

    accept(scene.partner, scene.there, new)

    assert scene.states() == ["declined", "confirmed"]


@one_engine
def test_a_step_begins_anew_if_the_request_gets_a_booking_before_it_has_its_locks(
    scene, monkeypatch
):
    scene.send()
    scene.propose()
    asked, real = [], records._facilities_around

    def too_few_at_first(booking_ids):
        asked.append(booking_ids)
        return {scene.lab.id} if len(asked) == 1 else real(booking_ids)

    monkeypatch.setattr(records, "_facilities_around", too_few_at_first)
    confirm(scene.approver, Decision(scene.booking_id, frozenset(scene.ids)))

    assert len(asked) == 4  # before and after taking the locks, twice
    assert scene.states() == ["confirmed", "withdrawn"]


@one_engine
def test_who_was_removed_answers_no_proposal_from_an_open_page(scene):
    scene.send()
    (new,) = scene.propose()
    move_to(db.session.get_one(Person, scene.partner.person_id), None)

    for act in (
        lambda: accept(scene.partner, scene.there, new),
        lambda: decline_proposals(scene.partner, scene.there, [new]),
        lambda: suggest(scene.partner, Suggestion(scene.there, new, (slot_on(LATER),), False, 1)),
    ):
        with pytest.raises(NotFound):
            act()
    assert scene.states() == ["requested", "proposed"]


@one_engine
def test_the_quota_of_the_other_facility_refuses_the_proposal(scene):
    db.session.add(Quota(facility_id=scene.hall.id, period="week", measure="days", most=1))
    db.session.commit()
    scene.send(slot_on(LATER), facility=scene.hall, state=State.CONFIRMED)
    scene.send()

    with pytest.raises(Refused) as refused:
        scene.propose(slot_on(DAY))

    assert [one.code.value for one in refused.value.refusals] == ["over_quota"]


@one_engine
def test_a_quota_of_the_whole_counts_a_move_between_its_parts_once(app_context):
    scene = Scene()
    whole = make_facility(scene.cluster, "whole", places=1)
    benches = [make_facility(scene.cluster, f"bench-{n}", parent=whole) for n in (1, 2)]
    db.session.add(Quota(facility_id=whole.id, period="week", measure="days", most=1))
    db.session.commit()
    scene.approver = account_of(make_approver(whole).id)
    scene.send(facility=benches[0], state=State.CONFIRMED)

    (new,) = scene.propose(slot_on(LATER), facility=benches[1])  # another day of the week
    accept(scene.partner, scene.there, new)

    assert scene.states() == ["replaced", "confirmed"]


@one_engine
def test_proposing_locks_the_other_facility_too(scene, monkeypatch):
    scene.send()
    locked, lock_roots = [], transactions.lock_roots

    def note(ids):
        ids = list(ids)
        locked.extend(ids)
        return lock_roots(ids)

    monkeypatch.setattr(transactions, "lock_roots", note)
    scene.propose()

    assert {scene.lab.id, scene.hall.id} <= set(locked)


@one_engine
def test_open_proposals_count_at_both_facilities(scene):
    scene.send()
    weeks = [slot_on(LATER + timedelta(days=7 * n)) for n in range(5)]
    scene.propose(*weeks[:3], facility=scene.lab)

    with pytest.raises(Invalid, match="too_many"):
        scene.propose(*weeks[:3])
    scene.propose(*weeks[:2])
