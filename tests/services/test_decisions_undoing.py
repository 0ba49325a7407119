"""A confirmation can be undone for a minute, as long as the requester does not know of it."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import LogEntry, Occupancy, Occurrence
from booking.conditions.queries import conditions_of, to_be_asked
from booking.db import clock
from booking.decisions import service
from booking.decisions.service import Decision
from booking.decisions.undoing import undo_confirmation, undo_offer
from booking.errors import Conflict, NotFound
from booking.extensions import db
from booking.notices.models import Notice
from booking.notices.outbox import take_next
from booking.notices.service import mark_read
from booking.rules.conditions import ConditionsChoice
from booking.rules.lifecycle import State
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_closure,
    make_cluster,
    make_condition,
    make_facility,
    make_partner,
    make_request,
    slot_on,
)

DAY, NEXT_DAY = date(2027, 1, 14), date(2027, 1, 15)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster())


@pytest.fixture
def approver(lab):
    return account_of(make_approver(lab).id)


@pytest.fixture
def partner(lab):
    return make_partner()


def ids_of(request):
    return frozenset(one.id for one in request.bookings[0].occurrences)


def confirm(account, request, **changes):
    service.confirm(account, Decision(request.bookings[0].id, ids_of(request), **changes))


def undo(account, request, ids=None):
    undo_confirmation(account, request.bookings[0].id, ids or ids_of(request))


def states():
    db.session.rollback()
    return db.session.scalars(sa.select(Occurrence.state).order_by(Occurrence.id)).all()


def occupancies():
    return db.session.execute(sa.select(Occupancy.occurrence_id, Occupancy.held_until)).all()


@pytest.mark.parametrize("holds", [True, False])
def test_undone_dates_are_requested_again_with_the_hold_that_they_had(
    lab, approver, partner, holds
):
    request = make_request(partner, lab, [slot_on(DAY)], holds=holds)
    before = occupancies()
    confirm(approver, request)

    undo(approver, request)

    assert states() == [State.REQUESTED]
    assert occupancies() == before
    assert len(before) == holds
    lines = db.session.execute(
        sa.select(LogEntry.before, LogEntry.after).order_by(LogEntry.id)
    ).all()
    assert lines == [
        (None, "requested"),
        ("requested", "confirmed"),
        ("confirmed", "requested"),
    ]
    confirm(approver, request)
    assert states() == [State.CONFIRMED]


def test_conditions_that_came_with_an_undone_confirmation_are_taken_off(lab, approver, partner):
    listed = make_condition(lab, stage="before_arrival", days_before=3)
    make_condition(lab, kind="permit", stage="before_arrival")
    request = make_request(partner, lab, [slot_on(DAY)])
    booking_id = request.bookings[0].id
    waiving = ConditionsChoice(None, frozenset({listed.id}), "Insured with us.")
    confirm(approver, request, conditions=waiving)
    offer = undo_offer(approver.viewer, NOW)
    assert offer is not None
    assert offer.reference == request.reference

    undo(approver, request)

    assert conditions_of([booking_id]) == {}
    assert len(to_be_asked({booking_id: lab.id})[booking_id]) == 2
    confirm(approver, request)
    assert [one.status for one in conditions_of([booking_id])[booking_id]] == ["open", "open"]


def test_the_requester_hears_neither_of_the_confirmation_nor_that_it_was_undone(
    lab, approver, partner
):
    colleague = make_approver(lab)
    request = make_request(partner, lab, [slot_on(DAY)])
    confirm(approver, request)

    undo(approver, request)

    told = db.session.execute(sa.select(Notice.person_id, Notice.after).order_by(Notice.id)).all()
    assert told == [(colleague.id, "confirmed"), (colleague.id, "requested")]


def test_the_mail_of_a_confirmation_waits_until_it_can_no_longer_be_undone(lab, approver, partner):
    confirm(approver, make_request(partner, lab, [slot_on(DAY)]))

    with clock.fixed(NOW + MINUTE - timedelta(seconds=1)):
        assert take_next() is None
    with clock.fixed(NOW + MINUTE):
        assert take_next() is not None


def _after_a_minute(request, approver):
    return NOW + MINUTE


def _read(request, approver):
    mark_read(request.requester_id)


def _mailed(request, approver):
    db.session.execute(
        sa.update(Notice).where(Notice.person_id == request.requester_id).values(mail_tries=1)
    )
    db.session.commit()


def _cancelled(request, approver):
    service.cancel(approver, Decision(request.bookings[0].id, ids_of(request), "No."))


@pytest.mark.parametrize("happens", [_after_a_minute, _read, _mailed, _cancelled])
def test_it_is_too_late_when_somebody_knows_or_a_minute_has_passed(lab, approver, partner, happens):
    request = make_request(partner, lab, [slot_on(DAY)])
    confirm(approver, request)
    db.session.rollback()
    assert undo_offer(approver.viewer, clock.now()) is not None
    db.session.rollback()
    now = happens(request, approver) or NOW
    before = states()

    with clock.fixed(now):
        assert undo_offer(approver.viewer, now) is None
        db.session.rollback()
        with pytest.raises(Conflict, match="too_late"):
            undo(approver, request)

    assert states() == before
    assert occupancies() or before == [State.CANCELLED]


def test_only_what_was_confirmed_together_is_undone(lab, approver, partner):
    request = make_request(partner, lab, [slot_on(DAY), slot_on(NEXT_DAY)])
    first, second = request.bookings[0].occurrences
    for one in (first, second):
        service.confirm(approver, Decision(request.bookings[0].id, frozenset({one.id})))

    for ids in ({first.id}, {first.id, second.id}):
        with pytest.raises(Conflict, match="too_late"):
            undo(approver, request, ids)
    undo(approver, request, {second.id})

    assert states() == [State.CONFIRMED, State.REQUESTED]


def test_what_was_confirmed_as_an_exception_or_entered_cannot_be_undone(lab, approver, partner):
    request = make_request(partner, lab, [slot_on(DAY)])
    make_closure(lab, slot_on(DAY))
    confirm(approver, request, exception_reason="It is on the roof.")

    with pytest.raises(Conflict, match="too_late"):
        undo(approver, request)


def test_nobody_undoes_what_they_do_not_decide_on(lab, approver, partner):
    request = make_request(partner, lab, [slot_on(DAY)])
    confirm(approver, request)
    stranger = account_of(make_approver(make_facility(make_cluster())).id)

    with pytest.raises(NotFound):
        undo(stranger, request)
    db.session.rollback()
    assert undo_offer(stranger.viewer, clock.now()) is None
