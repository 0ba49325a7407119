"""What waits for whose decision."""

from datetime import UTC, date, datetime, timedelta

import pytest

from booking.accounts.queries import account_of
from booking.db import clock
from booking.decisions.queries import (
    PAGE_SIZE,
    InboxCounts,
    InboxView,
    inbox_counts,
    inbox_page,
    waiting_count,
)
from booking.decisions.review import request_for_review
from booking.errors import NotFound
from booking.extensions import db
from booking.rules.lifecycle import State
from booking.rules.visibility import ANONYMOUS
from tests.factories import (
    add_booking,
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    slot_on,
)
from tests.statements import statements

DAY = date(2027, 1, 14)


def viewer(person):
    return account_of(person.id).viewer


def references(person, inbox_view=InboxView.WAITING, **kwargs):
    return [
        line.reference
        for line in inbox_page(viewer(person), clock.now(), inbox_view, **kwargs).lines
    ]


def count(person):
    return waiting_count(viewer(person), clock.now())


def sees(person, request):
    """List, single page and count must agree; return what they say."""
    try:
        request_for_review(viewer(person), request.reference, clock.now())
        opened = True
    except NotFound:
        opened = False
    listed = request.reference in references(person)
    assert opened == listed
    assert count(person) == len(references(person))
    return listed


def test_the_approver_of_the_facility_sees_a_request_and_another_facilitys_does_not(app_context):
    cluster = make_cluster()
    facility, other = make_facility(cluster), make_facility(cluster)
    request = make_request(make_partner(), facility, [slot_on(DAY)])

    assert sees(make_approver(facility), request)
    assert not sees(make_approver(other), request)


def test_a_coordinator_sees_the_requests_of_the_own_cluster_only(app_context):
    facility = make_facility(cluster := make_cluster())
    request = make_request(make_partner(), facility, [slot_on(DAY)])

    assert sees(make_coordinator(cluster), request)
    assert not sees(make_coordinator(make_cluster()), request)


def test_an_approver_above_sees_requests_for_parts_without_their_own_approver(app_context):
    hall = make_facility(cluster := make_cluster())
    bench, lab = make_facility(cluster, parent=hall), make_facility(cluster, parent=hall)
    above = make_approver(hall)
    make_approver(lab)

    assert sees(above, make_request(make_partner(), bench, [slot_on(DAY)]))
    assert not sees(above, make_request(make_partner(), lab, [slot_on(DAY)]))


def test_a_request_of_the_only_approver_goes_to_the_one_above(app_context):
    hall = make_facility(cluster := make_cluster())
    bench = make_facility(cluster, parent=hall)
    above = make_approver(hall)
    asker = make_approver(bench, organisation=make_organisation())

    request = make_request(asker, bench, [slot_on(DAY)])

    assert sees(above, request)
    assert not sees(asker, request)


def test_nobody_sees_their_own_request_but_a_colleague_may(app_context):
    facility = make_facility(cluster := make_cluster())
    organisation = make_organisation()
    asker = make_coordinator(cluster, organisation=organisation)
    colleague = make_coordinator(cluster, organisation=organisation)

    request = make_request(asker, facility, [slot_on(DAY)])

    assert not sees(asker, request)
    assert sees(colleague, request)


def test_an_approver_can_cancel_what_they_entered(app_context):
    facility = make_facility(make_cluster())
    approver = make_approver(facility)

    request = make_request(approver, facility, [slot_on(DAY)], state=State.CONFIRMED, entered=True)

    assert references(approver, InboxView.UPCOMING) == [request.reference]
    assert request_for_review(viewer(approver), request.reference, clock.now()).bookings


def test_an_expired_date_does_not_wait_in_the_inbox(app_context):
    facility = make_facility(make_cluster())
    approver = make_approver(facility)
    make_request(make_partner(), facility, [slot_on(DAY)], lapses_at=clock.now())

    assert count(approver) == 0
    assert references(approver) == []
    assert len(references(approver, InboxView.EARLIER)) == 1


def test_the_inbox_is_sorted_by_answer_date_and_counts_each_request_once(app_context):
    facility = make_facility(cluster := make_cluster())
    other = make_facility(cluster)
    approver = make_approver(facility, other)
    soon, later = datetime(2026, 12, 1, 17, tzinfo=UTC), datetime(2026, 12, 8, 17, tzinfo=UTC)
    second = make_request(make_partner(), facility, [slot_on(DAY)], due_at=later)
    first = make_request(make_partner(), facility, [slot_on(DAY), slot_on(DAY, "13:00", "14:00")],
                         due_at=soon)  # fmt: skip
    add_booking(first, other, [slot_on(DAY)])

    assert references(approver) == [first.reference, second.reference]
    assert count(approver) == 2


def test_what_expires_first_comes_first_whatever_its_answer_date(app_context):
    facility = make_facility(make_cluster())
    approver = make_approver(facility)
    at = [datetime(2026, 12, day, 17, tzinfo=UTC) for day in (1, 2, 3, 4)]
    partner = make_partner()
    safe = make_request(partner, facility, [slot_on(DAY)], due_at=at[0], lapses_at=at[3])
    risky = make_request(partner, facility, [slot_on(DAY)], due_at=at[1], lapses_at=at[2])

    assert references(approver) == [risky.reference, safe.reference]


def test_late_and_risky_requests_are_counted_for_who_decides_on_them(app_context):
    facility = make_facility(cluster := make_cluster())
    approver, coordinator = make_approver(facility), make_coordinator(cluster)
    now, partner = clock.now(), make_partner()
    minute, days = timedelta(minutes=1), timedelta(days=5)
    late = make_request(partner, facility, [slot_on(DAY)], due_at=now, lapses_at=now + days)
    make_request(
        partner, facility, [slot_on(DAY)], due_at=now + minute, lapses_at=now + days + minute
    )
    make_request(partner, facility, [slot_on(DAY)], due_at=now, lapses_at=now)
    make_request(partner, facility, [slot_on(DAY)], due_at=now, state=State.CONFIRMED)

    for person in (approver, coordinator):
        assert inbox_counts(viewer(person), now) == InboxCounts(waiting=2, late=1, at_risk=1)
        assert references(person, InboxView.LATE) == [late.reference]
    assert inbox_counts(viewer(make_coordinator(make_cluster())), now) == InboxCounts()
    assert inbox_counts(viewer(partner), now) == InboxCounts()


def test_only_the_bookings_that_a_person_may_decide_on_are_shown(app_context):
    mine, theirs = make_facility(make_cluster()), make_facility(make_cluster())
    approver = make_approver(mine)
    request = make_request(make_partner(), mine, [slot_on(DAY)])
    add_booking(request, theirs, [slot_on(DAY)])

    opened = request_for_review(viewer(approver), request.reference, clock.now())

    assert [booking.facility for booking in opened.bookings] == [mine.name]
    (line,) = inbox_page(viewer(approver), clock.now(), InboxView.WAITING).lines
    assert line.facilities == (mine.name,)
    assert len(line.dates) == 1


def test_each_request_is_in_exactly_one_view_of_the_inbox(app_context):
    facility = make_facility(make_cluster())
    approver = make_approver(facility)
    partner = make_partner()
    past = slot_on(date(2026, 11, 2))
    waiting = make_request(partner, facility, [slot_on(DAY)])
    upcoming = make_request(partner, facility, [slot_on(DAY)], state=State.CONFIRMED)
    over = make_request(partner, facility, [past], state=State.CONFIRMED)
    declined = make_request(partner, facility, [slot_on(DAY)], state=State.DECLINED)

    assert references(approver) == [waiting.reference]
    assert references(approver, InboxView.UPCOMING) == [upcoming.reference]
    assert references(approver, InboxView.EARLIER) == [declined.reference, over.reference]


def test_the_list_can_be_filtered_by_facility(app_context):
    cluster = make_cluster()
    one, two = make_facility(cluster), make_facility(cluster)
    coordinator = make_coordinator(cluster)
    make_request(make_partner(), one, [slot_on(DAY)])
    wanted = make_request(make_partner(), two, [slot_on(DAY)])

    assert references(coordinator, only_facilities=frozenset({two.id})) == [wanted.reference]


def test_a_filter_never_shows_requests_of_other_facilities(app_context):
    cluster = make_cluster()
    mine, theirs = make_facility(cluster), make_facility(cluster)
    make_request(make_partner(), theirs, [slot_on(DAY)])

    assert references(make_approver(mine), only_facilities=frozenset({theirs.id})) == []


def test_a_long_list_comes_in_pages(app_context):
    facility = make_facility(make_cluster())
    approver = make_approver(facility)
    partner = make_partner()
    for _ in range(PAGE_SIZE + 1):
        make_request(partner, facility, [slot_on(DAY)])

    first = inbox_page(viewer(approver), clock.now(), InboxView.WAITING)
    second = inbox_page(viewer(approver), clock.now(), InboxView.WAITING, number=2)

    assert (len(first.lines), first.has_more) == (PAGE_SIZE, True)
    assert (len(second.lines), second.has_more) == (1, False)
    assert count(approver) == PAGE_SIZE + 1


def test_earlier_bookings_are_counted_in_the_own_cluster_only(app_context):
    facility, elsewhere = make_facility(make_cluster()), make_facility(make_cluster())
    approver = make_approver(facility)
    partner = make_partner()
    past = slot_on(date(2026, 11, 2))
    make_request(partner, facility, [past], state=State.CONFIRMED)
    make_request(partner, facility, [past], state=State.CANCELLED)
    make_request(partner, elsewhere, [past], state=State.CONFIRMED)
    make_request(make_partner(), facility, [slot_on(date(2026, 11, 3))], state=State.CONFIRMED)
    request = make_request(partner, facility, [slot_on(DAY)])

    (booking,) = request_for_review(viewer(approver), request.reference, clock.now()).bookings

    assert (booking.earlier.kept, booking.earlier.cancelled) == (1, 1)


def test_people_who_decide_on_nothing_have_no_count_and_cost_no_statement(app_context):
    with statements() as seen:
        assert waiting_count(ANONYMOUS, clock.now()) == 0

    assert seen == []


@pytest.mark.parametrize("inbox_view", InboxView)
def test_the_number_of_statements_does_not_grow_with_the_inbox(app_context, inbox_view):
    cluster = make_cluster()
    coordinator = make_coordinator(cluster)
    whom = viewer(coordinator)
    state = State.CONFIRMED if inbox_view is InboxView.UPCOMING else State.REQUESTED
    slot = slot_on(DAY - timedelta(days=90) if inbox_view is InboxView.EARLIER else DAY)

    def cost():
        db.session.expire_all()
        with statements() as seen:
            inbox_page(whom, clock.now(), inbox_view)
            waiting_count(whom, clock.now())
        return len(seen)

    make_request(make_partner(), make_facility(cluster), [slot], state=state)
    once = cost()
    for _ in range(4):
        make_request(make_partner(), make_facility(cluster), [slot], state=state)
    assert cost() == once
