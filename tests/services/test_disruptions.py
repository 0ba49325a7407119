"""Dates affected by a closure or new hours: marked, both sides notified, resolved once."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.disruption_models import Affected, GrantedException
from booking.bookings.models import LogEntry, Occupancy, Occurrence
from booking.db.transactions import writing
from booking.decisions.expiry import lapse_due
from booking.decisions.queries import to_do_count
from booking.disruptions import resolve
from booking.disruptions.detection import disrupted_dates
from booking.disruptions.queries import affected_dates
from booking.disruptions.service import preview_disruptions, recheck
from booking.errors import Conflict, NotFound
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
from booking.facilities.hours_models import SpecialDayRow
from booking.notices.models import Notice
from booking.requests.service import withdraw
from booking.rules.lifecycle import State
from tests.factories import (
    make_approver,
    make_closure,
    make_cluster,
    make_facility,
    make_partner,
    make_request,
    slot_on,
)

pytestmark = pytest.mark.usefixtures("app_context")

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY, NEXT_DAY, LATER = date(2027, 1, 12), date(2027, 1, 13), date(2027, 1, 19)
CLOSED = slot_on(DAY, "00:00", "23:00")


class Ground:
    """A hall with a bench, approvers of each, a partner who sends requests."""

    def __init__(self) -> None:
        self.cluster = make_cluster("censec")
        self.hall = make_facility(self.cluster, "hall")
        self.bench = make_facility(self.cluster, "bench", parent=self.hall)
        self.other = make_facility(self.cluster, "other", parent=self.hall)
        self.approver = make_approver(self.hall)
        self.benchmaster = make_approver(self.bench)
        self.partner = make_partner()

    def requested(self, facility, *days, state=State.CONFIRMED, **fields):
        """Ids of the dates of a request for these days, 09:00 to 12:00 UTC."""
        slots = [slot_on(day) for day in days]
        request = make_request(self.partner, facility, slots, state=state, **fields)
        return [date.id for date in request.bookings[0].occurrences]


@pytest.fixture
def ground(at):
    at(NOW)
    return Ground()


def change(facility, make, cause="closure", actor=None):
    """Change something in one writing transaction; ids of the dates newly affected."""
    with writing(facility.id) as now:
        before = disrupted_dates([facility.id], now)
        make()
        new = recheck([facility.id], now, cause=cause, actor_id=actor, before=before)
    return [one.occurrence_id for one in new]


def closing(facility, slot=CLOSED):
    def make():
        slots = [ClosureSlot(starts_at=slot.starts_at, ends_at=slot.ends_at)]
        db.session.add(
            Closure(cluster_id=facility.cluster_id, facility_id=facility.id, slots=slots)
        )

    return make


def opening_again():
    db.session.execute(sa.delete(ClosureSlot))


def rows():
    """(date, how settled) of all that is marked."""
    db.session.rollback()
    found = db.session.scalars(sa.select(Affected).order_by(Affected.id))
    return [(row.occurrence_id, row.resolved_how) for row in found]


def events():
    """(event, before, after, dates) of the log, but for the steps."""
    lines = db.session.scalars(
        sa.select(LogEntry).where(LogEntry.event != "step").order_by(LogEntry.id)
    )
    return [(one.event, one.before, one.after, one.occurrence_ids) for one in lines]


def notified():
    """Who was notified of anything but a step."""
    return sorted(
        db.session.execute(
            sa.select(Notice.person_id, Notice.side)
            .join(LogEntry, LogEntry.id == Notice.log_id)
            .where(LogEntry.event != "step")
        )
    )


def test_a_closure_marks_the_dates_it_affects_and_notifies_both_sides(ground):
    (confirmed, _untouched) = ground.requested(ground.hall, DAY, LATER)
    (requested,) = ground.requested(ground.other, DAY, state=State.REQUESTED)
    taken = db.session.scalar(sa.select(sa.func.count()).select_from(Occupancy))

    new = change(ground.hall, closing(ground.hall))

    assert sorted(new) == sorted([confirmed, requested])
    assert sorted(rows()) == sorted([(confirmed, None), (requested, None)])
    assert sorted(events()) == [
        ("affected", "confirmed", "confirmed", [confirmed]),
        ("affected", "requested", "requested", [requested]),
    ]
    assert notified() == sorted(
        [(ground.partner.id, "requester"), (ground.approver.id, "owner")] * 2
    )
    assert taken == db.session.scalar(sa.select(sa.func.count()).select_from(Occupancy))
    states = db.session.scalars(sa.select(Occurrence.state).order_by(Occurrence.id)).all()
    assert states == [State.CONFIRMED, State.CONFIRMED, State.REQUESTED]


def test_a_closure_of_a_part_affects_dates_of_the_part_and_the_whole_but_not_of_its_neighbours(
    ground,
):
    (whole,) = ground.requested(ground.hall, DAY, whole=True, state=State.REQUESTED)
    (allows_shared,) = ground.requested(ground.hall, DAY, state=State.REQUESTED)
    (part,) = ground.requested(ground.bench, DAY, state=State.REQUESTED)
    (neighbour,) = ground.requested(ground.other, DAY, state=State.REQUESTED)

    new = change(ground.bench, closing(ground.bench))

    assert sorted(new) == sorted([whole, part])
    assert not {allows_shared, neighbour} & set(new)
    owners = {person for person, side in notified() if side == "owner"}
    assert owners == {ground.approver.id, ground.benchmaster.id}
    # The requester of the whole is not notified of a closed part: its calendar may be hidden.
    assert affected_dates([whole])[whole].starts_at is None
    assert affected_dates([whole], for_owner=True)[whole].starts_at == CLOSED.starts_at
    assert affected_dates([part])[part].starts_at == CLOSED.starts_at


def test_dates_already_affected_or_over_are_not_marked_again(ground, at):
    make_closure(ground.bench, slot_on(DAY, "00:00", "23:00"))
    (before,) = ground.requested(ground.bench, DAY, state=State.REQUESTED)
    (ended,) = ground.requested(ground.bench, NEXT_DAY, state=State.DECLINED)
    (lapsed,) = ground.requested(ground.bench, NEXT_DAY, state=State.REQUESTED, lapses_at=NOW)
    long = slot_on(NEXT_DAY, "00:00", "23:00")

    assert change(ground.hall, closing(ground.other)) == []
    assert change(ground.hall, closing(ground.bench, long)) == []
    # Another closure at the same time is another reason.
    assert change(ground.hall, closing(ground.bench)) == [before]
    assert not {ended, lapsed} & {key for key, _ in rows()}


def test_a_date_is_unmarked_when_nothing_affects_it_any_more(ground):
    (disruption,) = ground.requested(ground.bench, DAY)
    change(ground.bench, closing(ground.bench))

    change(ground.bench, opening_again)

    assert rows() == [(disruption, "lifted")]
    assert [event for event, *_ in events()] == ["affected", "lifted"]


def test_new_hours_mark_dates_outside_them(ground):
    (disruption, _untouched) = ground.requested(ground.bench, DAY, NEXT_DAY)

    def shut_the_day():
        db.session.add(SpecialDayRow(facility_id=ground.bench.id, day=DAY, spans=[]))

    with writing(ground.hall.id) as now:
        preview = preview_disruptions([ground.hall.id], now, shut_the_day)
    assert [one.occurrence_id for one in preview] == [disruption]
    assert rows() == []
    assert db.session.scalars(sa.select(SpecialDayRow)).all() == []
    assert change(ground.hall, shut_the_day, "hours") == [disruption]
    assert rows() == [(disruption, None)]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_checking_again_without_an_earlier_state_marks_no_date_twice(ground):
    (disruption, kept) = ground.requested(ground.bench, DAY, NEXT_DAY)
    make_closure(ground.bench, CLOSED)
    db.session.add(SpecialDayRow(facility_id=ground.bench.id, day=NEXT_DAY, spans=[]))
    db.session.add(
        GrantedException(
            occurrence_id=kept,
            codes=["not_open"],
            reason="we come",
            person_id=ground.approver.id,
            at=NOW,
        )
    )
    db.session.commit()
    for _ in range(2):
        with writing(ground.bench.id) as now:
            recheck([ground.bench.id], now, cause="hours", actor_id=None)
            recheck([ground.bench.id], now, cause="closure", actor_id=None)
    assert rows() == [(disruption, None)]


def test_a_kept_date_keeps_its_reason_and_is_marked_again_only_for_a_new_cause(ground):
    (disruption,) = ground.requested(ground.bench, DAY, state=State.REQUESTED)
    change(ground.bench, closing(ground.bench))

    resolve.keep_disrupted(
        account_of(ground.benchmaster.id), {disruption}, "We open the back door."
    )

    override = db.session.scalars(sa.select(GrantedException)).one()
    assert (override.occurrence_id, override.codes) == (disruption, ["closure"])
    assert (override.reason, override.person_id) == (
        "We open the back door.",
        ground.benchmaster.id,
    )
    assert rows() == [(disruption, "kept")]
    assert events()[-1] == ("kept", "requested", "requested", [disruption])
    assert change(ground.bench, closing(ground.other)) == []
    with writing(ground.bench.id) as now:
        assert recheck([ground.bench.id], now, cause="closure", actor_id=None) == []
    assert change(ground.bench, closing(ground.bench)) == [disruption]


def test_every_way_to_end_an_affected_date_resolves_it(ground, at):
    (cancelled,) = ground.requested(ground.hall, DAY)
    (declined,) = ground.requested(ground.other, DAY, state=State.REQUESTED)
    (withdrawn,) = ground.requested(ground.other, DAY, state=State.REQUESTED)
    (lapsing,) = ground.requested(ground.other, DAY, state=State.REQUESTED)
    change(ground.hall, closing(ground.hall))
    booking = db.session.get(Occurrence, withdrawn).booking_id

    resolve.end_disrupted(account_of(ground.approver.id), {cancelled, declined}, "No power.")
    withdraw(account_of(ground.partner.id), booking, {withdrawn})
    at(datetime(2027, 1, 12, 12, tzinfo=UTC))
    lapse_due()

    assert sorted(rows()) == [(key, "ended") for key in (cancelled, declined, withdrawn, lapsing)]
    states = dict(db.session.execute(sa.select(Occurrence.id, Occurrence.state)).all())
    assert states[cancelled] is State.CANCELLED
    assert states[declined] is State.DECLINED


def test_only_deciders_resolve_dates_and_only_unresolved_ones(ground):
    (disruption,) = ground.requested(ground.bench, DAY)
    (beside,) = ground.requested(ground.hall, LATER)
    change(ground.bench, closing(ground.bench))
    master, stranger = account_of(ground.benchmaster.id), account_of(ground.approver.id)

    for act in (resolve.keep_disrupted, resolve.end_disrupted):
        with pytest.raises(NotFound):
            act(stranger, {disruption}, "not mine")
        with pytest.raises(NotFound):
            act(master, {disruption, beside}, "one is not mine")
        with pytest.raises(NotFound):
            act(master, set(), "nothing")
    resolve.keep_disrupted(master, {disruption}, "first")
    for act in (resolve.keep_disrupted, resolve.end_disrupted):
        with pytest.raises(Conflict, match="already_decided"):
            act(master, {disruption}, "second")
    assert rows() == [(disruption, "kept")]


def test_an_affected_date_waits_in_the_inbox_until_it_is_resolved(ground):
    (disruption,) = ground.requested(ground.hall, DAY)

    def to_do():
        db.session.rollback()
        return to_do_count(account_of(ground.approver.id).viewer, NOW)

    assert to_do() == 0
    change(ground.hall, closing(ground.hall))
    assert to_do() == 1
    resolve.keep_disrupted(account_of(ground.approver.id), {disruption}, "We open the back door.")
    assert to_do() == 0
