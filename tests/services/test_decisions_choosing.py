"""Choosing between competing requests: one step, all or nothing."""

from datetime import date

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import LogEntry, Occupancy, Occurrence
from booking.db import clock
from booking.decisions import service
from booking.decisions.choosing import Choice, choose
from booking.decisions.comparison import compare, competing_references
from booking.decisions.review import request_for_review
from booking.decisions.service import Decision
from booking.errors import Conflict, NotFound, Refused
from booking.extensions import db
from booking.notices.models import Notice
from booking.rules.lifecycle import State
from tests.factories import (
    make_approver,
    make_closure,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    slot_on,
)

DAY, NEXT_DAY = date(2027, 1, 14), date(2027, 1, 15)


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster(), places=1)


@pytest.fixture
def approver(lab):
    return make_approver(lab)


def decision(request, reason="", days=None):
    dates = request.bookings[0].occurrences
    ids = [one.id for one in dates if days is None or one.starts_at.date() in days]
    return Decision(request.bookings[0].id, frozenset(ids), reason)


def states(*requests):
    db.session.rollback()
    query = sa.select(Occurrence.state).order_by(Occurrence.starts_at, Occurrence.id)
    return [
        list(db.session.scalars(query.where(Occurrence.booking_id == one.bookings[0].id)))
        for one in requests
    ]


def group(person, request):
    db.session.rollback()
    viewer, now = account_of(person.id).viewer, clock.now()
    return competing_references(viewer, request_for_review(viewer, request.reference, now), now)[0]


def test_one_is_confirmed_and_the_others_are_declined_each_with_line_and_notice(lab, approver):
    chosen = make_request(make_partner(), lab, [slot_on(DAY)])
    others = [make_request(make_partner(), lab, [slot_on(DAY)]) for _ in range(2)]

    choose(
        account_of(approver.id),
        Choice([decision(chosen, "Gate 2")], [decision(one, "Another trial") for one in others]),
    )

    assert states(chosen, *others) == [[State.CONFIRMED], [State.DECLINED], [State.DECLINED]]
    for request, after, reason in (
        (chosen, "confirmed", "Gate 2"),
        (others[0], "declined", "Another trial"),
        (others[1], "declined", "Another trial"),
    ):
        booking = request.bookings[0]
        lines = db.session.execute(
            sa.select(LogEntry.after, LogEntry.reason).where(
                LogEntry.booking_id == booking.id, LogEntry.before.is_not(None)
            )
        ).all()
        assert lines == [(after, reason)]
        told = db.session.execute(
            sa.select(Notice.person_id, Notice.after).where(Notice.booking_id == booking.id)
        ).all()
        assert told == [(request.requester_id, after)]


def test_what_a_declined_request_held_goes_to_the_chosen_one(lab, approver):
    holder = make_request(make_partner(), lab, [slot_on(DAY)], holds=True)
    chosen = make_request(make_partner(), lab, [slot_on(DAY)])

    choose(account_of(approver.id), Choice([decision(chosen)], [decision(holder, "Sorry")]))

    assert states(chosen, holder) == [[State.CONFIRMED], [State.DECLINED]]
    taken = db.session.scalars(sa.select(Occupancy.occurrence_id)).all()
    assert taken == [chosen.bookings[0].occurrences[0].id]


@pytest.mark.parametrize("which", ["chosen", "declined"])
def test_nothing_is_decided_if_one_of_them_was_decided_meanwhile(lab, approver, which):
    chosen, other, third = (make_request(make_partner(), lab, [slot_on(DAY)]) for _ in range(3))
    decided = {"chosen": chosen, "declined": other}[which]
    choice = Choice([decision(chosen)], [decision(third, "No"), decision(other, "No")])
    account = account_of(approver.id)
    service.decline(account, decision(decided, "Too late"))
    before = states(chosen, other, third)

    with pytest.raises(Conflict, match="already_decided"):
        choose(account, choice)

    assert states(chosen, other, third) == before
    assert db.session.scalar(sa.select(sa.func.count(LogEntry.id))) == 4


def test_two_that_do_not_fit_together_are_not_confirmed(lab, approver):
    one, two = (make_request(make_partner(), lab, [slot_on(DAY)]) for _ in range(2))

    with pytest.raises(Conflict, match="taken"):
        choose(account_of(approver.id), Choice([decision(one), decision(two)], []))

    assert states(one, two) == [[State.REQUESTED], [State.REQUESTED]]


def test_a_broken_rule_leaves_all_of_them_as_they_are(lab, approver):
    one, two = (make_request(make_partner(), lab, [slot_on(DAY)]) for _ in range(2))
    make_closure(lab, slot_on(DAY))

    with pytest.raises(Refused):
        choose(account_of(approver.id), Choice([decision(one)], [decision(two, "No")]))

    assert states(one, two) == [[State.REQUESTED], [State.REQUESTED]]


def test_who_may_not_decide_on_one_of_them_decides_on_none(lab, approver):
    elsewhere = make_facility(make_cluster())
    one = make_request(make_partner(), lab, [slot_on(DAY)])
    foreign = make_request(make_partner(), elsewhere, [slot_on(DAY)])

    with pytest.raises(NotFound):
        choose(account_of(approver.id), Choice([decision(one)], [decision(foreign, "No")]))

    assert states(one, foreign) == [[State.REQUESTED], [State.REQUESTED]]


def test_all_that_compete_directly_or_not_are_compared_and_nothing_else(lab, approver):
    first = make_request(make_partner(), lab, [slot_on(DAY, "09:00", "11:00")])
    second = make_request(make_partner(), lab, [slot_on(DAY, "10:00", "14:00"), slot_on(NEXT_DAY)])
    third = make_request(make_partner(), lab, [slot_on(NEXT_DAY, "10:00", "11:00")])
    holder = make_request(make_partner(), lab, [slot_on(DAY, "10:00", "10:30")], holds=True)
    make_request(make_partner(), lab, [slot_on(DAY, "15:00", "16:00")])

    found = group(approver, first)

    assert found[0] == first.reference
    assert set(found) == {one.reference for one in (first, second, third, holder)}
    assert set(group(approver, third)) == set(found)


def test_only_what_a_person_decides_on_is_compared(app_context):
    hall = make_facility(cluster := make_cluster())
    bench = make_facility(cluster, parent=hall)
    make_approver(hall)
    approver, coordinator = make_approver(bench), make_coordinator(cluster)
    mine = make_request(make_partner(), bench, [slot_on(DAY)])
    whole = make_request(make_partner(), hall, [slot_on(DAY)], whole=True)

    assert group(approver, mine) == [mine.reference]
    assert group(coordinator, mine) == [mine.reference, whole.reference]


def test_who_works_for_a_competing_organisation_compares_nothing(lab):
    organisation = make_organisation()
    approver = make_approver(lab, organisation=organisation)
    make_approver(lab)
    make_request(make_partner(organisation=organisation), lab, [slot_on(DAY)])
    rival = make_request(make_partner(), lab, [slot_on(DAY)])

    with pytest.raises(NotFound):
        group(approver, rival)


def test_dates_that_compete_are_told_from_those_that_do_not(lab, approver):
    series = make_request(make_partner(), lab, [slot_on(DAY), slot_on(NEXT_DAY)])
    single = make_request(make_partner(), lab, [slot_on(DAY)])
    db.session.rollback()

    compared = compare(
        account_of(approver.id).viewer, [series.reference, single.reference], clock.now()
    )

    first, second = compared.bookings
    assert [one.slot.starts_at.date() for one in first.competing] == [DAY]
    assert (len(first.confirmable), first.rest, first.rivals) == (2, 1, (second.key,))
    assert (len(second.competing), second.rest, second.rivals) == (1, 0, (first.key,))
