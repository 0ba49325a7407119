"""The rows of calendars: what each viewer may see, and with how many statements."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from booking.accounts.queries import account_of
from booking.calendars.drawing.axis import days_window
from booking.calendars.drawing.row_layout import row_segments
from booking.calendars.drawing.segments import SegmentKind
from booking.calendars.rows import CalendarAccess, calendar_context, calendar_rows
from booking.db import clock
from booking.extensions import db
from booking.rules.lifecycle import State
from booking.rules.visibility import ANONYMOUS
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
from tests.statements import statements

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
DAY = date(2027, 1, 12)
WINDOW = days_window(DAY, DAY, COPENHAGEN)


def taken(start="09:00", end="12:00"):
    return slot_on(DAY, start, end, COPENHAGEN)


def viewer_of(person):
    return account_of(person.id).viewer


def row_of(facility, viewer=ANONYMOUS):
    (row,) = calendar_rows(
        calendar_context([facility.id]), [facility.id], WINDOW, viewer, clock.now()
    )
    return row


def kinds(facility, viewer=ANONYMOUS):
    row = row_of(facility, viewer)
    return {s.kind for s in row_segments(row.data, WINDOW, clock.now())} - {SegmentKind.NOT_OPEN}


@pytest.fixture
def lab(app_context):
    """A facility that somebody answers for."""
    facility = make_facility(make_cluster())
    make_approver(facility, email="approver@example.org")
    return facility


def test_only_its_organisation_and_its_deciders_see_a_date(lab):
    organisation = make_organisation("Demo Drones")
    partner = make_partner("p@example.org", organisation=organisation)
    colleague = make_partner("c@example.org", organisation=organisation)
    make_request(partner, lab, [taken()], state=State.CONFIRMED)
    coordinator = make_coordinator(lab.cluster)
    stranger = make_partner("s@example.org")
    elsewhere = make_approver(make_facility(make_cluster()))

    assert SegmentKind.YOURS in kinds(lab, viewer_of(partner))
    assert SegmentKind.YOURS in kinds(lab, viewer_of(colleague))
    assert SegmentKind.BOOKED in kinds(lab, viewer_of(coordinator))
    for viewer in (ANONYMOUS, viewer_of(stranger), viewer_of(elsewhere)):
        assert kinds(lab, viewer) == {SegmentKind.FREE, SegmentKind.BUSY}
        assert not row_of(lab, viewer).data.dates


def test_approvers_see_their_own_request_as_theirs(lab):
    organisation = make_organisation()
    approver = make_approver(lab, organisation=organisation)
    make_request(approver, lab, [taken()])

    assert SegmentKind.ASKED in kinds(lab, viewer_of(approver))


def test_only_deciders_see_own_use(lab):
    approver = make_approver(lab)
    make_request(approver, lab, [taken()], state=State.CONFIRMED, entered=True)

    assert SegmentKind.BOOKED in kinds(lab, viewer_of(approver))
    assert row_of(lab, viewer_of(approver)).data.dates[0].organisation is None
    assert SegmentKind.BUSY in kinds(lab)


@pytest.mark.parametrize("state", [State.DECLINED, State.WITHDRAWN, State.CANCELLED, State.LAPSED])
def test_a_date_that_has_ended_is_not_drawn(lab, state):
    partner = make_partner()
    make_request(partner, lab, [taken()], state=state)

    assert kinds(lab, viewer_of(partner)) == {SegmentKind.FREE}


def test_a_lapsed_request_is_not_drawn(lab, at):
    partner = make_partner()
    lapses_at = datetime(2026, 12, 1, 17, tzinfo=UTC)
    make_request(partner, lab, [taken()], lapses_at=lapses_at, holds=True)

    assert SegmentKind.ASKED in kinds(lab, viewer_of(partner))
    at(lapses_at)
    assert kinds(lab, viewer_of(partner)) == {SegmentKind.FREE}


def test_a_whole_booking_of_a_hall_takes_its_benches_and_is_named_to_the_requester(app_context):
    cluster = make_cluster()
    hall = make_facility(cluster, "hall")
    bench = make_facility(cluster, "bench", parent=hall)
    make_coordinator(cluster)
    partner = make_partner()
    make_request(partner, hall, [taken()], state=State.CONFIRMED, whole=True)

    assert kinds(bench) == {SegmentKind.FREE, SegmentKind.BUSY}
    (seen,) = row_of(bench, viewer_of(partner)).data.dates
    assert seen.part_of == "Hall"


def test_deciders_on_a_bench_only_do_not_see_who_booked_the_hall(app_context):
    cluster = make_cluster()
    hall = make_facility(cluster, "hall")
    bench = make_facility(cluster, "bench", parent=hall)
    make_approver(hall)
    approver = make_approver(bench)
    make_request(make_partner(), hall, [taken()], state=State.CONFIRMED, whole=True)

    assert kinds(bench, viewer_of(approver)) == {SegmentKind.FREE, SegmentKind.BUSY}


def test_a_taken_bench_makes_the_hall_partly_taken(app_context):
    cluster = make_cluster()
    hall = make_facility(cluster, "hall")
    bench = make_facility(cluster, "bench", parent=hall)
    make_coordinator(cluster)
    make_request(make_partner(), bench, [taken()], state=State.CONFIRMED)

    assert kinds(hall) == {SegmentKind.FREE, SegmentKind.PARTLY}


def test_a_closure_closes_all_below_and_a_closed_part_closes_a_whole_only_facility(app_context):
    cluster = make_cluster()
    hall = make_facility(cluster, "hall", allows_shared=False)
    bench = make_facility(cluster, "bench", parent=hall)
    other = make_facility(cluster, "other", parent=hall)
    make_coordinator(cluster)
    make_closure(bench, taken())

    assert SegmentKind.CLOSED in kinds(bench)
    assert SegmentKind.CLOSED in kinds(hall)
    assert SegmentKind.CLOSED not in kinds(other)

    make_closure(hall, taken("14:00", "15:00"))
    assert SegmentKind.CLOSED in kinds(other)


def test_a_hidden_calendar_is_not_read(app_context):
    cluster = make_cluster()
    facility = make_facility(cluster, sees_public="nothing", sees_signed_in="nothing")
    make_coordinator(cluster)
    insider = make_partner(organisation=make_organisation(home_cluster=cluster))

    assert row_of(facility).access is CalendarAccess.HIDDEN
    assert row_of(facility).data is None
    assert row_of(facility, viewer_of(insider)).access is CalendarAccess.DRAWN


@pytest.mark.parametrize(
    ("fields", "access"),
    [
        ({}, CalendarAccess.DRAWN),
        ({"mode": "by_agreement"}, CalendarAccess.BY_AGREEMENT),
        ({"mode": "elsewhere"}, CalendarAccess.ELSEWHERE),
        ({"status": "closed"}, CalendarAccess.STATUS),
        ({"status": "planned-in-2019"}, CalendarAccess.STATUS),
    ],
)
def test_a_row_says_why_no_free_times_are_shown(app_context, fields, access):
    cluster = make_cluster()
    make_coordinator(cluster)

    assert row_of(make_facility(cluster, **fields)).access is access


def test_a_row_says_that_nobody_decides(app_context):
    assert row_of(make_facility(make_cluster())).access is CalendarAccess.NOBODY


@pytest.mark.parametrize("who", ["nobody", "partner", "coordinator"])
def test_fifty_facilities_take_as_many_statements_as_five(app_context, who):
    clusters = [make_cluster() for _ in range(3)]
    partner = make_partner()
    person = {
        "nobody": None,
        "partner": partner,
        "coordinator": make_coordinator(*clusters),
    }[who]
    viewer = viewer_of(person) if person else ANONYMOUS
    facilities = []
    for number in range(50):
        parent = facilities[-1] if number % 5 == 4 else None
        cluster = parent.cluster if parent else clusters[number % 3]
        facility = make_facility(cluster, parent=parent)
        facilities.append(facility)
        make_request(partner, facility, [taken()], state=State.CONFIRMED)
    all_ids = [facility.id for facility in facilities]
    counts = []
    for number in (50, 5, 50):  # the first reads what is kept in memory
        ids = all_ids[:number]
        db.session.expunge_all()
        db.session.rollback()  # each page is a transaction of its own
        with statements() as sent:
            rows = calendar_rows(calendar_context(ids), ids, WINDOW, viewer, clock.now())
            for row in rows:
                row_segments(row.data, WINDOW, clock.now())
        counts.append(len(sent))

    assert counts[1] == counts[2] <= 21
