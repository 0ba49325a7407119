"""Confirming and entering dates that break a rule: only with a reason, which is saved."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.disruption_models import Affected, GrantedException
from booking.bookings.models import LogEntry, Occurrence
from booking.decisions.service import Decision, Entering, confirm, enter
from booking.errors import Conflict, Refused
from booking.extensions import db
from booking.facilities.models import Place
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
from tests.request_factories import sending_for

pytestmark = pytest.mark.usefixtures("app_context")

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY, NEXT_DAY, SATURDAY = date(2027, 1, 12), date(2027, 1, 13), date(2027, 1, 16)
REASON = "The guard lets them in."


@pytest.fixture
def lab(at):
    at(NOW)
    return make_facility(make_cluster(), "lab", people_limit=4)


@pytest.fixture
def approver(lab):
    return account_of(make_approver(lab).id)


def requested(lab, *days, **fields):
    request = make_request(make_partner(), lab, [slot_on(day) for day in days], **fields)
    return request.bookings[0]


def decision(booking, *numbers, reason=""):
    ids = [booking.occurrences[number].id for number in numbers]
    return Decision(booking.id, frozenset(ids), exception_reason=reason)


def kept():
    """(codes, reason) of each date with an exception, by date."""
    db.session.rollback()
    rows = db.session.scalars(sa.select(GrantedException).order_by(GrantedException.occurrence_id))
    return [(row.codes, row.reason) for row in rows]


def codes(refused):
    return sorted(refusal.code for refusal in refused.value.refusals)


def test_a_date_closed_since_it_was_sent_is_confirmed_only_with_a_reason_which_is_saved(
    lab, approver
):
    booking = requested(lab, DAY, NEXT_DAY, SATURDAY, people=9)
    closure = make_closure(lab, slot_on(DAY, "00:00", "23:00"))
    db.session.add(
        Affected(
            occurrence_id=booking.occurrences[0].id,
            cause="closure",
            closure_id=closure.id,
            marked_at=NOW,
        )
    )
    db.session.commit()

    with pytest.raises(Refused) as refused:
        confirm(approver, decision(booking, 0, 1, 2))
    assert codes(refused) == [
        "closure",
        "not_open",
        "too_many_people",
        "too_many_people",
        "too_many_people",
    ]
    assert kept() == []
    confirm(approver, decision(booking, 0, 1, 2, reason=REASON))

    assert kept() == [
        (["closure", "too_many_people"], REASON),
        (["too_many_people"], REASON),
        (["not_open", "too_many_people"], REASON),
    ]
    states = db.session.scalars(sa.select(Occurrence.state)).all()
    assert states == [State.CONFIRMED] * 3
    assert db.session.scalars(sa.select(Affected.resolved_how)).all() == ["kept"]
    last = db.session.scalars(sa.select(LogEntry).order_by(LogEntry.id.desc())).first()
    assert (last.event, last.before, last.after) == ("override", "confirmed", "confirmed")
    assert last.reason == REASON


def test_lead_time_and_horizon_are_not_checked_again_on_confirming(lab, approver):
    booking = requested(lab, date(2026, 11, 25))
    lab.lead_time_days, lab.horizon_days = 45, 0
    db.session.add(lab)
    db.session.commit()

    confirm(approver, decision(booking, 0))

    assert kept() == []


def test_no_reason_gives_a_taken_place_away(lab, approver):
    first, second = requested(lab, DAY), requested(lab, DAY)
    confirm(approver, decision(first, 0))

    with pytest.raises(Conflict, match="taken"):
        confirm(approver, decision(second, 0, reason=REASON))


def entering(lab, *days, reason=""):
    slots = [slot_on(day) for day in days]
    sending = sending_for(lab, *slots, activity="maintenance", people=None)
    return Entering(sending, None, reason)


def test_a_booking_that_breaks_a_rule_is_entered_only_with_a_reason(lab, approver):
    with pytest.raises(Refused) as refused:
        enter(approver, entering(lab, SATURDAY, DAY))
    assert codes(refused) == ["not_open"]

    enter(approver, entering(lab, SATURDAY, DAY, reason=REASON))

    assert kept() == [(["not_open"], REASON)]
    events = db.session.scalars(sa.select(LogEntry.event).order_by(LogEntry.id)).all()
    assert events == ["step", "override"]
    with pytest.raises(Refused) as refused:
        enter(approver, entering(lab, SATURDAY, reason="again"))
    assert codes(refused) == ["not_open", "taken"]


def test_the_reason_is_saved_on_both_of_two_equal_dates(lab, approver):
    db.session.add(Place(facility_id=lab.id))
    db.session.commit()

    enter(approver, entering(lab, SATURDAY, DAY, SATURDAY, reason=REASON))

    assert kept() == [(["not_open"], REASON)] * 2
    (day,) = db.session.scalars(
        sa.select(Occurrence.id).where(Occurrence.starts_at == slot_on(DAY).starts_at)
    )
    assert day not in db.session.scalars(sa.select(GrantedException.occurrence_id)).all()
