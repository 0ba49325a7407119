"""Making, changing and ending closures: who may, which dates are affected, and what stays."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.disruption_models import Affected
from booking.bookings.models import LogEntry
from booking.disruptions.queries import closure_disruptions, open_disruption_counts
from booking.errors import Conflict, Forbidden, Invalid, NotFound
from booking.extensions import db
from booking.facilities.closure_models import Closure
from booking.manage.closures.queries import ClosurePhase, closable, get_closure, list_closures
from booking.manage.closures.service import (
    ClosureChange,
    NewClosure,
    NewEnd,
    change,
    end_now,
    make,
    preview,
)
from booking.manage.closures.targets import Target
from booking.rules.closure_times import PlannedClosure
from booking.rules.lifecycle import State
from booking.rules.recurrence import RepeatPattern, Series
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_partner,
    make_request,
    slot_on,
)

pytestmark = pytest.mark.usefixtures("app_context")

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TODAY, DAY, NEXT_DAY = date(2026, 11, 24), date(2027, 1, 12), date(2027, 1, 13)


class Ground:
    """Two clusters; a hall with a bench that has an approver of its own; a shed."""

    def __init__(self) -> None:
        self.here, self.there = make_cluster("here"), make_cluster("there")
        self.hall = make_facility(self.here, "hall")
        self.bench = make_facility(self.here, "bench", parent=self.hall)
        self.shed = make_facility(self.here, "shed")
        self.barn = make_facility(self.there, "barn")
        self.coordinator = account_of(make_coordinator(self.here).id)
        self.hallmaster = account_of(make_approver(self.hall, self.shed).id)
        self.benchmaster = account_of(make_approver(self.bench).id)
        self.stranger = account_of(make_approver(self.barn).id)
        self.partner = make_partner()

    def target(self, facility=None):
        return Target(self.here.id, facility.id if facility else None)

    def making(self, facility=None, closing=None, reason="New floor", public=True):
        return NewClosure(self.target(facility), closing or PlannedClosure(DAY), reason, public)

    def requested(self, facility, *days, state=State.CONFIRMED, **fields):
        slots = [slot_on(day) for day in days]
        request = make_request(self.partner, facility, slots, state=state, **fields)
        return [one.id for one in request.bookings[0].occurrences]


@pytest.fixture
def ground(at):
    at(NOW)
    return Ground()


def marked():
    """(date, how settled) of all that is marked."""
    db.session.rollback()
    rows = db.session.scalars(sa.select(Affected).order_by(Affected.id))
    return [(row.occurrence_id, row.resolved_how) for row in rows]


def reason_in_log():
    query = sa.select(LogEntry.reason).where(LogEntry.event == "affected")
    return db.session.scalars(query).all()


def test_a_saved_closure_affects_the_dates_that_its_preview_named(ground):
    (disruption, _) = ground.requested(ground.bench, DAY, NEXT_DAY)
    making = ground.making(ground.bench)

    assert [one.occurrence_id for one in preview(ground.benchmaster, making)] == [disruption]
    assert marked() == []
    assert db.session.scalars(sa.select(Closure)).all() == []
    made = make(ground.benchmaster, making)

    assert marked() == [(disruption, None)]
    assert reason_in_log() == ["New floor"]
    assert make(ground.benchmaster, making) == made
    assert len(marked()) == 1
    assert preview(ground.benchmaster, making)[0].occurrence_id == disruption


WHO_MAY = [
    ("coordinator", "hall", None),
    ("coordinator", None, None),
    ("benchmaster", "bench", None),
    ("hallmaster", "shed", None),
    ("hallmaster", "hall", Forbidden),  # the bench in it is somebody else's
    ("hallmaster", None, Forbidden),
    ("benchmaster", "hall", NotFound),
    ("stranger", "hall", NotFound),
    ("stranger", None, NotFound),
]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_closure_needs_the_right_to_decide_on_everything_that_it_closes(ground):
    changing = ClosureChange("Later", False, None, None)
    for who, what, error in WHO_MAY:
        account = getattr(ground, who)
        making = ground.making(getattr(ground, what) if what else None)
        if error is None:
            made = make(account, making)
            change(account, made, changing)
            assert end_now(account, made) is False
            continue
        made = make(ground.coordinator, making)
        # Approvers of a part read that it is closed, and that they cannot change that.
        seen = Forbidden if who == "benchmaster" else error
        for act, about, raised in (
            (preview, (making,), error),
            (make, (making,), error),
            (change, (made, changing), seen),
            (end_now, (made,), seen),
        ):
            with pytest.raises(raised):
                act(account, *about)
        assert db.session.scalars(sa.select(Closure.reason)).all() == ["New floor"], (who, what)
        end_now(ground.coordinator, made)


def test_a_closure_of_a_cluster_closes_all_its_facilities_and_no_others(ground):
    dates = [
        *ground.requested(ground.hall, DAY),
        *ground.requested(ground.bench, DAY),
        *ground.requested(ground.shed, DAY),
    ]
    ground.requested(ground.barn, DAY)

    make(ground.coordinator, ground.making())

    assert [key for key, _ in marked()] == dates


def test_a_repeating_closure_closes_each_of_its_days(ground):
    series = Series(RepeatPattern.WEEKLY, until=date(2027, 1, 26))
    (first, _, third) = ground.requested(ground.shed, DAY, NEXT_DAY, date(2027, 1, 26))

    made = make(
        ground.hallmaster,
        ground.making(ground.shed, PlannedClosure(DAY, None, time(8), time(12), series=series)),
    )

    assert marked() == [(first, None), (third, None)]
    change(ground.hallmaster, made, ClosureChange("x", False, None, NewEnd(date(2027, 1, 20))))
    assert marked() == [(first, None), (third, "lifted")]
    with pytest.raises(Invalid, match="only_earlier"):
        change(ground.hallmaster, made, ClosureChange("x", False, None, NewEnd(date(2027, 2, 20))))


def test_an_earlier_end_unmarks_dates_and_a_later_one_marks_them(ground):
    (first, second) = ground.requested(ground.shed, DAY, NEXT_DAY)
    made = make(ground.hallmaster, ground.making(ground.shed, PlannedClosure(DAY), public=False))
    assert reason_in_log() == [""]

    change(ground.hallmaster, made, ClosureChange("Dust", True, None, NewEnd(NEXT_DAY)))
    assert marked() == [(first, None), (second, None)]
    change(ground.hallmaster, made, ClosureChange("Dust", True, None, NewEnd(DAY, time(9))))

    assert marked() == [(first, "lifted"), (second, "lifted")]
    change(ground.hallmaster, made, ClosureChange("Dust", True, NEXT_DAY, NewEnd(None)))
    assert [how for _, how in marked()] == ["lifted", "lifted", None, None]
    line = get_closure(ground.hallmaster.viewer, made, NOW)
    assert (line.reason, line.next_word_on, line.closed[0].ends_at) == ("Dust", NEXT_DAY, None)


def test_a_closure_ended_now_keeps_its_past_and_frees_later_dates(ground, at):
    (disruption,) = ground.requested(ground.shed, DAY)
    open_ended = PlannedClosure(TODAY, open_ended=True, next_word_on=NEXT_DAY)
    running = make(ground.hallmaster, ground.making(ground.shed, open_ended))
    coming = make(ground.hallmaster, ground.making(ground.shed, PlannedClosure(NEXT_DAY)))
    at(NOW + timedelta(days=2))

    assert end_now(ground.hallmaster, running) is True
    assert end_now(ground.hallmaster, coming) is False

    assert marked() == [(disruption, "lifted")]
    found = list_closures(ground.hallmaster.viewer, NOW + timedelta(days=2))
    assert [line.id for line in found[ClosurePhase.PAST]] == [running]
    assert not found[ClosurePhase.NOW]
    assert not found[ClosurePhase.COMING]
    assert found[ClosurePhase.PAST][0].closed[0].ends_at == NOW + timedelta(days=2)
    with pytest.raises(Conflict, match="over"):
        change(ground.hallmaster, running, ClosureChange("x", False, None, None))


def test_removing_one_of_two_closures_leaves_the_date_affected_by_the_other(ground):
    (disruption,) = ground.requested(ground.shed, DAY)
    first = make(ground.hallmaster, ground.making(ground.shed, reason="one"))
    second = make(ground.hallmaster, ground.making(ground.shed, reason="two"))

    end_now(ground.hallmaster, first)

    assert marked() == [(disruption, None)]
    assert db.session.scalars(sa.select(Affected.closure_id)).all() == [second]


def test_approvers_of_a_part_read_only_their_own_dates_of_a_closure(ground):
    ground.requested(ground.hall, DAY, whole=True)
    (own,) = ground.requested(ground.bench, DAY, state=State.REQUESTED)
    ids = [ground.hall.id, ground.bench.id]
    made = make(ground.coordinator, ground.making(ground.hall))

    def seen(account):
        return [line.occurrence_id for line in closure_disruptions(account.viewer, made, ids, NOW)]

    assert len(seen(ground.coordinator)) == 2
    assert seen(ground.benchmaster) == [own]
    assert seen(ground.stranger) == []
    assert open_disruption_counts(ground.benchmaster.viewer, [made], NOW) == {made: 1}
    assert not get_closure(ground.benchmaster.viewer, made, NOW).may_change
    with pytest.raises(NotFound):
        get_closure(ground.stranger.viewer, made, NOW)
    assert [one.slug for one in closable(ground.hallmaster.viewer).facilities] == ["shed"]
    assert [one.slug for one in closable(ground.coordinator.viewer).clusters] == ["here"]


def test_a_closure_sent_twice_is_saved_once_but_a_different_one_is_saved_too(ground):
    first = make(ground.hallmaster, ground.making(ground.shed, public=False))

    assert make(ground.hallmaster, ground.making(ground.shed, public=False)) == first
    assert make(ground.hallmaster, ground.making(ground.shed, public=True)) != first
