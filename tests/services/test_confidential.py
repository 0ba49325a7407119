"""Confidential requests: of the organisation only the people named on them read them."""

from datetime import date

import pytest
import sqlalchemy as sa

from booking.accounts.membership_service import current_membership, end_membership
from booking.accounts.models import Membership, Person
from booking.accounts.queries import account_of
from booking.availability.checks import check_context, refusals_for_requester
from booking.availability.own_dates import requests_on_same_days
from booking.availability.quota_usage import quota_usages
from booking.bookings.models import Booking, BookingRequest, LogEntry, RequestReader
from booking.bookings.readers import readers_of
from booking.calendars.rows import calendar_context, calendar_rows
from booking.data_check.queries import find_faults
from booking.db import clock
from booking.db.transactions import writing
from booking.decisions.review import request_for_review
from booking.errors import Forbidden, Invalid, NotFound
from booking.extensions import db
from booking.facilities.quota_models import Quota
from booking.feeds.kinds import FeedKind
from booking.feeds.reading import FeedReader, dates_of_request, open_feed
from booking.feeds.service import make_feed
from booking.messages.service import NewMessage, write
from booking.notices.queries import updates
from booking.organisation.queries import organisation_page
from booking.requests.confidential import confidential_counts, hand_over_unread, name_readers
from booking.requests.listing import Order, list_requests
from booking.requests.queries import get_request, organisation_of, visible_requests
from booking.requests.service import cancel, send, withdraw
from booking.rules.lifecycle import Event, Side, State
from booking.rules.refusals import RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import RequestedDate
from booking.rules.visibility import may_act_as_requester
from booking.wording.refusals import refusal_text
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_membership,
    make_organisation,
    make_person,
    make_request,
    slot_on,
)
from tests.request_factories import kept, sending_for

DAY = date(2027, 1, 12)
WINDOW = Slot(slot_on(DAY, "00:00").starts_at, slot_on(DAY, end="23:00").ends_at)
one_engine = pytest.mark.parametrize("engine_name", ["sqlite"])
pytestmark = pytest.mark.usefixtures("app_context")


class Scene:
    """A firm with three people and a manager; one of them sends what only two may read."""

    def __init__(self, **fields):
        self.lab = make_facility(make_cluster("here"), "lab", **fields)
        self.approver = make_approver(self.lab)
        self.firm = make_organisation("Firm")
        self.sender, self.named, self.other = (
            make_person(f"{name}@firm.example", organisation=self.firm)
            for name in ("sender", "named", "other")
        )
        self.manager = make_person("manager@firm.example")
        make_membership(self.manager, self.firm, role="manager")

    @property
    def insiders(self):
        return self.sender, self.named

    @property
    def others(self):
        return self.other, self.manager

    def key(self, person):
        db.session.rollback()
        return db.session.scalar(sa.select(Membership.key).where(Membership.person_id == person.id))

    def send(self, *slots, confidential=True, **fields):
        keys = frozenset({self.key(self.named)}) if confidential else None
        new = sending_for(self.lab, *(slots or [slot_on(DAY)]), **{"readers": keys, **fields})
        reference = send(account_of(self.sender.id), new)
        db.session.rollback()
        return db.session.scalars(
            sa.select(BookingRequest).where(BookingRequest.reference == reference)
        ).one()

    def leave(self, person):
        with writing() as now:
            membership = current_membership(person.id, self.firm.id)
            end_membership(membership, now, actor_id=person.id)
        db.session.rollback()


@pytest.fixture
def scene(app_context):
    return Scene()


def viewer_of(person):
    db.session.rollback()
    return account_of(person.id).viewer


def readers(request):
    db.session.rollback()
    return readers_of(db.session.get_one(BookingRequest, request.id))


def test_every_list_count_and_feed_is_the_policy_applied_row_by_row(scene):
    make_request(scene.other, scene.lab, [slot_on(DAY, "13:00", "14:00")], state=State.CONFIRMED)
    scene.send(slot_on(DAY, "09:00", "10:00"), confidential=False)
    scene.send(slot_on(DAY, "10:00", "11:00"))
    scene.send(slot_on(DAY, "11:00", "12:00"), readers=frozenset())
    everything = db.session.scalars(sa.select(BookingRequest).order_by(BookingRequest.id)).all()
    references = {one.id: one.reference for one in everything}

    for person in (*scene.insiders, *scene.others, scene.approver):
        account, viewer = account_of(person.id), viewer_of(person)
        everything = db.session.scalars(sa.select(BookingRequest)).all()
        policy = {
            one.id
            for one in everything
            if may_act_as_requester(viewer, one.organisation_id, readers_of(one))
        }
        known = {references[key] for key in policy}
        assert {one.id for one in db.session.scalars(visible_requests(viewer))} == policy
        listed = list_requests(viewer, NOW, phase=None, order=Order.NEWEST)
        assert {one.reference for one in listed.requests} == known
        assert listed.total == len(policy)
        (row,) = calendar_rows(
            calendar_context([scene.lab.id]), [scene.lab.id], WINDOW, viewer, NOW
        )
        drawn = {one.reference for one in row.data.dates}
        assert drawn == (set(references.values()) if person is scene.approver else known)
        if person is scene.approver:
            continue
        assert organisation_page(account, NOW).open_requests == len(policy) - 1
        token = make_feed(account, FeedKind.ORGANISATION, with_titles=True)
        carried = FeedReader(open_feed(token), NOW, "secret").dates()
        assert {one.reference for one in carried} == known
        rules = check_context(scene.lab.id, [slot_on(DAY)], NOW, whole=False).effective.rules
        same_days = requests_on_same_days(scene.lab.id, viewer, rules, [slot_on(DAY)], NOW)
        assert set(same_days) == known
    assert len({len(known)}) == 1


def test_to_who_is_not_named_it_does_not_exist(scene):
    request = scene.send()
    booking_id, key = request.bookings[0].id, request.bookings[0].occurrences[0].id
    reference = request.reference

    for person in scene.others:
        account = account_of(person.id)
        with pytest.raises(NotFound):
            get_request(account.viewer, reference, NOW)
        with pytest.raises(NotFound):
            dates_of_request(account, reference)
        with pytest.raises(NotFound):
            withdraw(account, booking_id, {key})
        with pytest.raises(NotFound):
            cancel(account, booking_id, {key}, "Ill.")
        with pytest.raises(NotFound):
            write(account, Side.REQUESTER, NewMessage(booking_id, "Hello."))
        with pytest.raises(NotFound):
            name_readers(account, booking_id, [scene.key(person)])
        assert organisation_of(reference, person.id) is None
    write(account_of(scene.named.id), Side.REQUESTER, NewMessage(booking_id, "Hello."))


@one_engine
def test_who_decides_reads_it_and_that_it_is_confidential(scene):
    request = scene.send()

    found = request_for_review(viewer_of(scene.approver), request.reference, NOW)

    assert found.is_confidential
    assert found.details.title == "Sensor trial"


@one_engine
def test_it_counts_for_limits_without_saying_which_it_is(app_context):
    scene = Scene(most_open_requests=1, pending_holds=True)
    kept(Quota(facility_id=scene.lab.id, measure="hours", period="week", most=50))
    request = scene.send()
    slots = [slot_on(DAY)]

    for person in (scene.named, scene.other):
        viewer = viewer_of(person)
        facts = check_context(
            scene.lab.id, slots, NOW, whole=False, organisation_id=scene.firm.id, viewer=viewer
        )
        refusals = refusals_for_requester(
            facts, [RequestedDate(slots[0], 1, False, 2)], NOW, viewer
        )
        texts = {one.code: refusal_text(one, facts.effective.rules.zone) for one in refusals}
        knows = person is scene.named
        for code in (RefusalCode.TOO_MANY_OPEN, RefusalCode.TAKEN):
            assert (request.reference in texts[code]) is knows
        assert ("confidential" in texts[RefusalCode.TOO_MANY_OPEN]) is not knows
        (usage,) = quota_usages(scene.lab.id, scene.firm.id, slots, facts.effective.rules.zone, NOW)
        assert len(usage.used) == 1


def test_named_people_say_who_reads_it_and_it_is_logged(scene):
    request = scene.send(confidential=False)
    booking_id = request.bookings[0].id
    sender = account_of(scene.sender.id)

    assert name_readers(sender, booking_id, [scene.key(scene.other)])
    assert readers(request) == {scene.sender.id, scene.other.id}
    assert name_readers(account_of(scene.other.id), booking_id, [scene.key(scene.named)]) is False
    assert readers(request) == {scene.sender.id, scene.named.id}
    assert name_readers(sender, booking_id, None)
    assert readers(request) is None

    assert db.session.scalars(sa.select(RequestReader)).all() == []
    log = db.session.scalars(sa.select(LogEntry).where(LogEntry.event == Event.READERS)).all()
    assert [one.actor_id for one in log] == [scene.sender.id, scene.other.id, scene.sender.id]
    assert list(find_faults()) == []


@one_engine
def test_nobody_of_another_organisation_and_no_former_colleague_is_named(scene):
    stranger = make_person(organisation=make_organisation())
    request = scene.send(confidential=False)
    keys = [scene.key(stranger), scene.key(scene.other), "unknown"]
    scene.leave(scene.other)

    name_readers(account_of(scene.sender.id), request.bookings[0].id, keys)

    assert readers(request) == {scene.sender.id}


@one_engine
def test_of_what_was_entered_for_a_firm_somebody_stays_named(scene):
    request = make_request(
        scene.approver, scene.lab, [slot_on(DAY)], organisation_id=scene.firm.id, entered=True
    )
    account = account_of(scene.named.id)

    with pytest.raises(Invalid, match="missing"):
        name_readers(account, request.bookings[0].id, [])
    name_readers(account, request.bookings[0].id, [scene.key(scene.named)])

    assert readers(request) == {scene.named.id}


def test_who_leaves_is_taken_off_and_a_named_colleague_looks_after_it(scene):
    request = scene.send()

    scene.leave(scene.sender)

    assert readers(request) == {scene.named.id}
    assert db.session.get_one(BookingRequest, request.id).contact_id == scene.named.id
    make_membership(scene.sender, scene.firm)
    with pytest.raises(NotFound):
        get_request(viewer_of(scene.sender), request.reference, NOW)


@one_engine
def test_when_the_last_one_leaves_who_inherits_it_is_named(scene):
    request = scene.send(readers=frozenset())

    scene.leave(scene.sender)

    assert readers(request) == {scene.manager.id}
    assert get_request(viewer_of(scene.manager), request.reference, NOW)


@one_engine
def test_only_a_manager_hands_over_what_nobody_can_read_and_no_more(scene):
    lost, read = scene.send(readers=frozenset()), scene.send(slot_on(DAY, "13:00", "14:00"))
    assert confidential_counts(scene.firm.id) == (2, 0)
    db.session.get_one(Person, scene.sender.id).is_active = False
    db.session.commit()
    assert confidential_counts(scene.firm.id) == (2, 1)
    key = scene.key(scene.other)

    with pytest.raises(Forbidden):
        hand_over_unread(account_of(scene.other.id), key)
    with pytest.raises(NotFound):
        hand_over_unread(account_of(scene.manager.id), "unknown")
    assert hand_over_unread(account_of(scene.manager.id), key) == 1

    assert readers(lost) == {scene.other.id}
    assert readers(read) == {scene.sender.id, scene.named.id}
    assert get_request(viewer_of(scene.other), lost.reference, NOW)


@one_engine
def test_updates_about_it_go_to_named_people_and_end_with_that(scene):
    request = make_request(
        scene.approver, scene.lab, [slot_on(DAY)], organisation_id=scene.firm.id, entered=True
    )
    booking_id = request.bookings[0].id
    name_readers(account_of(scene.named.id), booking_id, [scene.key(scene.named)])
    write(account_of(scene.approver.id), Side.OWNER, NewMessage(booking_id, "Come early."))

    assert [len(updates(viewer_of(one)).notices) for one in (scene.named, scene.other)] == [1, 0]
    account = account_of(scene.named.id)
    name_readers(account, booking_id, [scene.key(scene.other)])
    (notice,) = updates(viewer_of(scene.named)).notices
    assert notice.content is None


@one_engine
def test_calendars_kept_for_colleagues_are_drawn_anew(scene):
    """What is kept of calendars is found by a version, and by who sees the same."""
    version = sa.text("SELECT number FROM calendar_version WHERE root_id = :root")
    request = scene.send()
    before = db.session.scalar(version, {"root": scene.lab.id})
    assert not viewer_of(scene.other).reads_confidential

    name_readers(
        account_of(scene.sender.id),
        db.session.get_one(Booking, request.bookings[0].id).id,
        [scene.key(scene.other)],
    )

    assert db.session.scalar(version, {"root": scene.lab.id}) > before
    assert viewer_of(scene.other).reads_confidential
    assert clock.now() == NOW
