"""Time set aside for named organisations: who may have it, and who finds it busy."""

from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.models import Person
from booking.accounts.queries import account_of
from booking.availability.place_changes import add_places, remove_places
from booking.bookings.changes_to_come import changes_to_come
from booking.bookings.models import Occurrence
from booking.bookings.set_aside_models import SetAside, SetAsidePlace
from booking.db import clock
from booking.decisions.service import Decision, Entering, confirm, enter
from booking.disruptions.pending import DatesInTheWay
from booking.errors import Conflict, Invalid, NotFound, Refused
from booking.extensions import db
from booking.facilities.change_models import OwnerChange
from booking.facilities.models import Facility, Place
from booking.feeds.busy import busy_calendar, facility_feed
from booking.manage.set_aside.queries import set_aside_at
from booking.manage.set_aside.service import InvalidSetAside, NewSetAside, release, set_aside
from booking.manage.status.service import move, set_status
from booking.requests.service import send
from booking.rules.lifecycle import State
from booking.rules.refusals import RefusalCode
from booking.rules.set_aside import PlannedSetAside
from booking.rules.visibility import ANONYMOUS
from booking.search.criteria import SearchCriteria
from booking.search.filters import Filters
from booking.search.matcher import Fit
from booking.search.occupied import next_hold_end
from booking.search.service import search
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    slot_on,
)
from tests.request_factories import sending_for

DAY = date(2027, 1, 12)
SLOT = slot_on(DAY)  # 09:00 to 12:00 UTC
RELEASE = date(2027, 1, 5)
one_engine = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def cluster(app_context):
    return make_cluster()


@pytest.fixture
def lab(cluster):
    return make_facility(cluster, "lab")


@pytest.fixture
def friends(app_context):
    return make_organisation("Friends")


@pytest.fixture
def approver(lab, friends):
    return account_of(make_approver(lab).id)


@pytest.fixture
def friend(lab, friends):
    return account_of(make_partner(organisation=friends).id)


@pytest.fixture
def stranger(lab):
    return account_of(make_partner(organisation=make_organisation("Strangers")).id)


def keep(approver, slug="lab", names=("Friends",), version=None, **fields):
    planned = PlannedSetAside(**{"first_day": DAY, **fields})
    set_aside(approver, slug, NewSetAside(planned, frozenset(names)), version=version)
    db.session.rollback()


def asks(account, facility, slot=SLOT, **fields):
    """Send a request; returns whether it could be sent."""
    codes = []
    try:
        send(account, sending_for(facility, slot, **fields))
    except Refused as refused:
        codes = [one.code.value for one in refused.refusals]
    db.session.rollback()
    assert codes in ([], ["taken"])
    return not codes


def is_found(facility, viewer):
    """Whether a search for the day finds the facility free."""
    criteria = SearchCriteria(first=DAY, last=DAY)
    page = search(Filters(), criteria, viewer, clock.now())
    (found,) = [one.verdict.fit for one in page.results if one.facility.id == facility.id]
    return found is Fit.FITS


def busy(viewer):
    calendar = busy_calendar(facility_feed("lab", viewer), viewer, clock.now())
    db.session.rollback()
    return [one.slot for one in calendar.times]


def test_others_find_it_taken_and_named_organisations_free(lab, approver, friend, stranger):
    keep(approver)

    assert not asks(stranger, lab)
    assert asks(friend, lab)


def test_named_organisations_get_what_is_set_aside_first(cluster, friend, stranger):
    hall = make_facility(cluster, "hall", places=2, pending_holds=True)
    keep(account_of(make_approver(hall).id), "hall", places=1)
    last = sa.select(sa.func.max(Place.id)).where(Place.facility_id == hall.id)
    db.session.execute(sa.update(SetAsidePlace).values(place_id=last.scalar_subquery()))
    db.session.commit()

    assert asks(friend, hall)
    assert asks(stranger, hall)


def test_search_and_feed_show_it_free_to_those_named_only(lab, approver, friend, stranger):
    assert is_found(lab, stranger.viewer)
    assert busy(ANONYMOUS) == busy(friend.viewer) == []
    keep(approver)

    for viewer in (stranger.viewer, ANONYMOUS, approver.viewer):
        assert not is_found(lab, viewer)
        assert [one.overlaps(SLOT) for one in busy(viewer)] == [True]
    assert is_found(lab, friend.viewer)
    assert busy(friend.viewer) == []


def test_it_is_free_for_all_from_the_release_day_on_to_the_second(lab, approver, at, stranger):
    keep(approver, release_day=RELEASE)
    until = db.session.scalars(sa.select(SetAside.kept_until)).one()

    at(until - timedelta(seconds=1))
    assert not asks(stranger, lab)
    assert not is_found(lab, stranger.viewer)
    assert busy(stranger.viewer) != []
    at(until)
    assert busy(stranger.viewer) == []
    assert is_found(lab, stranger.viewer)
    assert asks(stranger, lab)


def test_pages_kept_in_memory_end_when_it_becomes_free_for_all(lab, approver):
    assert (changes_to_come([lab.id], NOW), next_hold_end(NOW)) == ({}, None)
    keep(approver, release_day=RELEASE)
    (line,) = set_aside_at(lab.id, NOW)

    assert changes_to_come([lab.id], NOW) == {lab.id: line.kept_until}
    assert next_hold_end(NOW) == line.kept_until
    assert next_hold_end(line.kept_until) is None

    release(approver, "lab", line.key)
    db.session.rollback()

    assert (changes_to_come([lab.id], NOW), next_hold_end(NOW)) == ({}, None)


def test_released_time_is_free_for_all_at_once(lab, approver, stranger):
    keep(approver)
    assert busy(stranger.viewer) != []
    (line,) = set_aside_at(lab.id, NOW)

    release(approver, "lab", line.key)
    db.session.rollback()

    assert set_aside_at(lab.id, NOW) == []
    assert busy(stranger.viewer) == []
    assert asks(stranger, lab)
    row = db.session.scalars(sa.select(SetAside)).one()
    assert (row.ended_at, row.ended_by_id) == (NOW, approver.person_id)


@one_engine
def test_the_log_of_the_facility_says_who_changed_it(lab, approver):
    keep(approver)
    (line,) = set_aside_at(lab.id, NOW)
    release(approver, "lab", line.key)
    release(approver, "lab", line.key)  # released already: nothing changes
    db.session.rollback()

    changes = db.session.execute(sa.select(OwnerChange.part, OwnerChange.person_id)).all()
    assert changes == [("set_aside", approver.person_id)] * 2


@one_engine
def test_only_those_who_decide_set_aside_and_release(lab, approver, friend):
    keep(approver)
    (line,) = set_aside_at(lab.id, NOW)

    with pytest.raises(NotFound):
        keep(friend)
    with pytest.raises(NotFound):
        release(friend, "lab", line.key)
    with pytest.raises(NotFound):
        release(approver, "lab", "another")


@pytest.mark.parametrize("state", [State.CONFIRMED, State.REQUESTED])
def test_confirmed_and_held_dates_of_others_prevent_it(lab, approver, stranger, state):
    holds = True if state is State.REQUESTED else None
    partner = make_partner(organisation=make_organisation("Rivals"))
    make_request(partner, lab, [SLOT], state=state, holds=holds)

    with pytest.raises(DatesInTheWay) as in_the_way:
        keep(approver)
    db.session.rollback()

    assert [one.slot for one in in_the_way.value.dates] == [SLOT]
    assert db.session.scalars(sa.select(SetAside.id)).all() == []


def test_dates_of_named_organisations_stay_in_it(lab, approver, friend, stranger):
    person = db.session.get_one(Person, friend.person_id)
    make_request(person, lab, [SLOT], state=State.CONFIRMED)
    keep(approver)

    assert not asks(stranger, lab, slot_on(DAY, "13:00", "14:00"))
    assert not asks(friend, lab)
    assert asks(friend, lab, slot_on(DAY, "13:00", "14:00"))


@one_engine
def test_a_request_sent_before_cannot_be_confirmed_in_it(lab, approver, stranger):
    partner = make_partner(organisation=make_organisation("Rivals"))
    make_request(partner, lab, [SLOT])
    keep(approver)
    booking_id, date_id = db.session.execute(sa.select(Occurrence.booking_id, Occurrence.id)).one()
    db.session.rollback()

    with pytest.raises(Conflict, match="set_aside"):
        confirm(approver, Decision(booking_id, frozenset({date_id}), ""))


@one_engine
def test_a_request_of_a_named_organisation_is_confirmed_in_it(lab, approver, friend):
    keep(approver)
    assert asks(friend, lab)
    booking_id, date_id = db.session.execute(sa.select(Occurrence.booking_id, Occurrence.id)).one()
    db.session.rollback()

    confirm(approver, Decision(booking_id, frozenset({date_id}), ""))

    db.session.rollback()
    assert db.session.scalars(sa.select(Occurrence.state)).one() is State.CONFIRMED


def test_some_places_leave_the_others_free(cluster, friend, stranger):
    hall = make_facility(cluster, "hall", places=2)
    approver = account_of(make_approver(hall).id)
    keep(approver, "hall", places=1)

    assert not asks(stranger, hall, places=2)
    assert asks(friend, hall, places=2)


def test_the_whole_sets_aside_the_parts_too(cluster, friend, stranger):
    hall = make_facility(cluster, "hall")
    bench = make_facility(cluster, "bench", parent=hall)
    approver = account_of(make_approver(hall).id)
    keep(approver, "hall")

    assert not asks(stranger, bench)
    assert asks(friend, bench)


@one_engine
def test_what_is_wrong_is_refused(lab, approver):
    with pytest.raises(InvalidSetAside):
        keep(approver, first_day=date(2020, 1, 1))
    with pytest.raises(Invalid, match="organisations: unknown"):
        keep(approver, names=("Nobody",))
    keep(approver)
    with pytest.raises(Invalid, match="first_day: set_aside"):
        keep(approver, starts_time=time(23))


@one_engine
def test_places_that_are_set_aside_do_not_go(cluster, friend):
    hall = make_facility(cluster, "hall", places=2)
    approver = account_of(make_approver(hall).id)
    keep(approver, "hall", places=1)
    hall = db.session.get_one(Facility, hall.id)

    assert remove_places(hall, 1, NOW) == set()
    with pytest.raises(Invalid, match="places: set_aside"):
        remove_places(hall, 1, NOW)


@one_engine
def test_a_new_place_is_set_aside_with_the_whole(lab, approver, friend):
    keep(approver)
    add_places(db.session.get_one(Facility, lab.id), 1)

    assert db.session.scalar(sa.select(sa.func.count()).select_from(SetAsidePlace)) == 2


@one_engine
def test_a_facility_with_set_aside_time_is_not_retired_or_moved(cluster, lab, approver, friend):
    make_facility(cluster, "hall")
    coordinator = account_of(make_coordinator(cluster).id)
    keep(approver)

    with pytest.raises(Invalid, match="status: set_aside"):
        set_status(approver, "lab", "closed")
    with pytest.raises(Invalid, match="parent: set_aside"):
        move(coordinator, "lab", "hall")


def entering(facility, slot=SLOT, **fields):
    return Entering(sending_for(facility, slot), None, **fields)


def test_who_decides_can_enter_own_use_in_set_aside_time_as_an_exception_only(lab, approver):
    keep(approver)
    with pytest.raises(Refused) as refused:
        enter(approver, entering(lab))
    assert [one.code for one in refused.value.refusals] == [RefusalCode.SET_ASIDE]

    assert enter(approver, entering(lab, exception_reason="A repair."))

    with pytest.raises(Refused) as refused:
        enter(approver, entering(lab, exception_reason="Another repair."))
    assert [one.code for one in refused.value.refusals] == [RefusalCode.TAKEN]
