"""Retiring and moving a facility: never while future dates need it."""

from datetime import date

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.db.transactions import writing
from booking.disruptions.pending import DatesInTheWay
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.facilities.models import Facility
from booking.manage.status.service import move, set_status
from booking.manage.terms.service import InvalidTerms
from booking.rules.lifecycle import State
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_partner,
    make_request,
    slot_on,
)
from tests.statements import statements

DAYS = [date(2027, 1, day) for day in (11, 12, 13, 14)]
OVER = date(2026, 11, 20)


@pytest.fixture
def hall(app_context):
    """A hall with a bench and on it a rack, a shed next to it, and their coordinator."""
    cluster = make_cluster("here")
    hall = make_facility(cluster, "hall", places=2)
    hall.bench = make_facility(cluster, "bench", parent=hall)
    hall.rack = make_facility(cluster, "rack", parent=hall.bench)
    hall.shed = make_facility(cluster, "shed")
    hall.coordinator = account_of(make_coordinator(cluster).id)
    return hall


def requested(facility, day, state=State.REQUESTED, **fields):
    return make_request(make_partner(), facility, [slot_on(day)], state=state, **fields)


def in_the_way(change, *arguments):
    with pytest.raises(DatesInTheWay) as refused:
        change(*arguments)
    return [date.reference for date in refused.value.dates]


def tree():
    db.session.expire_all()
    parent = sa.orm.aliased(Facility)
    root = sa.orm.aliased(Facility)
    rows = db.session.execute(
        sa.select(Facility.slug, parent.slug, root.slug)
        .outerjoin(parent, parent.id == Facility.parent_id)
        .join(root, root.id == Facility.root_id)
    )
    return {slug: (above, top) for slug, above, top in rows}


def test_dates_of_a_facility_and_whole_bookings_above_prevent_retiring_it(hall):
    waiting = requested(hall.bench, DAYS[0])
    confirmed = requested(hall.bench, DAYS[1], State.CONFIRMED)
    whole = requested(hall, DAYS[2], State.CONFIRMED, whole=True)
    requested(hall, DAYS[3], State.CONFIRMED)
    requested(hall.rack, DAYS[3], State.CONFIRMED)
    requested(hall.bench, DAYS[3], State.CANCELLED)
    requested(hall.bench, OVER, State.CONFIRMED)
    references = [one.reference for one in (waiting, confirmed, whole)]

    for status in ("closed", "planned"):
        assert in_the_way(set_status, hall.coordinator, "bench", status) == references
    set_status(hall.coordinator, "bench", "winding-down")
    set_status(hall.coordinator, "shed", "closed")

    rows = db.session.execute(sa.select(Facility.slug, Facility.status)).all()
    assert dict(rows)["bench"] == "winding-down"
    assert dict(rows)["shed"] == "closed"


def test_approvers_of_a_part_learn_only_that_the_whole_is_busy(hall):
    approver = account_of(make_approver(hall.bench).id)
    requested(hall, DAYS[2], State.CONFIRMED, whole=True)
    requested(hall, DAYS[3], whole=True)

    with pytest.raises(DatesInTheWay) as refused:
        set_status(approver, "bench", "closed")

    (shown,) = refused.value.dates
    assert (shown.reference, shown.organisation, shown.state) == (None, None, None)


def test_only_offered_statuses_can_be_set(hall):
    with pytest.raises(Invalid, match="status"):
        set_status(hall.coordinator, "shed", "haunted")


def test_a_moved_facility_takes_its_parts_along(hall):
    move(hall.coordinator, "bench", "shed")
    assert tree() == {
        "hall": (None, "hall"),
        "shed": (None, "shed"),
        "bench": ("shed", "shed"),
        "rack": ("bench", "shed"),
    }

    move(hall.coordinator, "bench", None)
    assert tree()["bench"] == (None, "bench")
    assert tree()["rack"] == ("bench", "bench")


def test_dates_of_a_facility_and_whole_bookings_above_prevent_its_move(hall):
    on_rack = requested(hall.rack, DAYS[0])
    whole_hall = requested(hall, DAYS[1], whole=True)
    whole_shed = requested(hall.shed, DAYS[2], State.CONFIRMED, whole=True)
    requested(hall, DAYS[3], State.CONFIRMED)
    requested(hall.rack, OVER, State.CONFIRMED)

    references = [one.reference for one in (on_rack, whole_hall, whole_shed)]
    assert in_the_way(move, hall.coordinator, "bench", "shed") == references
    assert in_the_way(move, hall.coordinator, "bench", None) == references[:2]
    assert tree()["bench"] == ("hall", "hall")


def test_a_facility_cannot_move_into_itself_or_another_cluster_or_by_an_approver(hall):
    make_facility(make_cluster("there"), "barn")
    approver = account_of(make_approver(hall, hall.shed).id)

    for parent in ("bench", "rack", "barn", "nowhere", "no\0where"):
        with pytest.raises(Invalid, match="parent"):
            move(hall.coordinator, "bench", parent)
    with pytest.raises(NotFound):
        move(approver, "bench", "shed")


def test_a_move_that_leads_to_contradictory_terms_is_refused(hall):
    hall.rack.minimum_units = 5
    hall.shed.maximum_units = 2
    db.session.commit()

    with pytest.raises(InvalidTerms):
        move(hall.coordinator, "bench", "shed")
    assert tree()["rack"] == ("bench", "hall")


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_a_writer_that_waited_for_the_old_tree_also_locks_the_new_one(hall, monkeypatch):
    from booking.db import transactions

    hall_id, shed_id, rack_id = hall.id, hall.shed.id, hall.rack.id
    lock = transactions.lock_roots

    def moved_meanwhile(ids):
        locked = lock(ids)
        if locked == {hall_id}:
            with db.engine.begin() as other:  # as if it had been the previous holder
                other.execute(
                    sa.update(Facility).where(Facility.id == rack_id).values(root_id=shed_id)
                )
        return locked

    monkeypatch.setattr(transactions, "lock_roots", moved_meanwhile)
    with statements() as sent, writing(rack_id):
        pass

    assert len([one for one in sent if "FOR NO KEY UPDATE" in one]) == 2
    assert len([one for one in sent if "clock_timestamp" in one]) == 2
