"""Who works for an organisation that competes for the same time neither reads nor decides."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.calendars.rows import calendar_context, calendar_rows
from booking.db import clock
from booking.decisions.entry_queries import get_enterable, why_not_enter
from booking.decisions.queries import InboxView, inbox_page, waiting_count
from booking.decisions.review import request_for_review
from booking.decisions.service import Decision, Entering, cancel, confirm, decline, enter
from booking.disruptions.pending import pending_dates
from booking.errors import NotFound, Refused
from booking.extensions import db
from booking.feeds.kinds import FeedKind
from booking.feeds.reading import FeedReader, open_feed
from booking.feeds.service import make_feed
from booking.notices.models import Notice
from booking.notices.outbox import take_next
from booking.notices.queries import header_counts, updates
from booking.requests.service import cancel as cancel_own
from booking.requests.service import send, withdraw
from booking.rules.lifecycle import State
from booking.rules.refusals import RefusalCode
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
from tests.statements import statements

DAY = date(2027, 1, 14)
SLOT, NEAR, LATER = slot_on(DAY), slot_on(DAY, "11:00", "15:00"), slot_on(DAY, "13:00", "16:00")


@pytest.fixture
def hall(app_context):
    """A hall with a bench; `judge` decides on both and works for a firm, `above` on the hall."""
    cluster = make_cluster("here")
    hall = make_facility(cluster, "hall")
    hall.bench = make_facility(cluster, "bench", parent=hall)
    hall.firm = make_organisation("Rival Robotics")
    hall.colleague = make_partner(organisation=hall.firm)
    hall.judge = make_approver(hall.bench, organisation=hall.firm)
    hall.above = make_approver(hall)
    hall.coordinator = make_coordinator(cluster)
    return hall


def viewer(person):
    return account_of(person.id).viewer


def booking_of(request: BookingRequest) -> Booking:
    return db.session.query(Booking).filter_by(request_id=request.id).one()


def decision(request: BookingRequest) -> Decision:
    booking = booking_of(request)
    return Decision(booking.id, frozenset(date.id for date in booking.occurrences), "Because.")


def reads(person, request: BookingRequest) -> bool:
    """List, page and count must agree; return what they say."""
    now = clock.now()
    try:
        request_for_review(viewer(person), request.reference, now)
        opened = True
    except NotFound:
        opened = False
    lines = inbox_page(viewer(person), now, InboxView.WAITING).lines
    assert opened == (request.reference in {line.reference for line in lines})
    assert waiting_count(viewer(person), now) == len(lines)
    assert header_counts(viewer(person), now).inbox == len(lines)
    return opened


def test_a_rival_does_not_read_a_competing_request_and_the_next_in_line_does(hall):
    request = make_request(make_partner(), hall.bench, [SLOT])
    assert (reads(hall.judge, request), reads(hall.above, request)) == (True, False)

    make_request(hall.colleague, hall.bench, [NEAR])

    assert not reads(hall.judge, request)
    assert reads(hall.above, request)
    assert reads(hall.coordinator, request)


def test_another_approver_of_the_facility_is_next_in_line(hall):
    other = make_approver(hall.bench)
    request = make_request(make_partner(), hall.bench, [SLOT])
    make_request(hall.colleague, hall.bench, [NEAR])

    assert not reads(hall.judge, request)
    assert (reads(other, request), reads(hall.above, request)) == (True, False)


def test_a_coordinator_who_works_for_a_rival_is_absent_too(hall):
    rival = make_coordinator(hall.cluster, organisation=hall.firm)
    request = make_request(make_partner(), hall.bench, [SLOT])
    assert reads(rival, request)

    make_request(hall.colleague, hall.bench, [NEAR])

    assert not reads(rival, request)


@pytest.mark.parametrize("state", [State.REQUESTED, State.CONFIRMED])
def test_what_an_organisation_requested_or_has_makes_its_people_rivals(hall, state):
    request = make_request(make_partner(), hall.bench, [SLOT])
    make_request(hall.colleague, hall.bench, [NEAR], state=state)

    assert not reads(hall.judge, request)


@pytest.mark.parametrize("state", [State.DECLINED, State.WITHDRAWN, State.CANCELLED, State.LAPSED])
def test_what_has_ended_makes_nobody_a_rival(hall, state):
    request = make_request(make_partner(), hall.bench, [SLOT])
    make_request(hall.colleague, hall.bench, [NEAR], state=state)

    assert reads(hall.judge, request)


def test_a_request_that_nobody_decided_on_in_time_makes_nobody_a_rival(hall):
    request = make_request(make_partner(), hall.bench, [SLOT])
    make_request(hall.colleague, hall.bench, [NEAR], lapses_at=clock.now())

    assert reads(hall.judge, request)


def test_dates_that_fit_beside_each_other_do_not_compete(hall):
    wide = make_facility(hall.cluster, places=2)
    judge = make_approver(wide, organisation=hall.firm)
    beside = make_request(make_partner(), wide, [SLOT])
    too_many = make_request(make_partner(), wide, [SLOT], places=2)
    later = make_request(make_partner(), hall.bench, [LATER])
    make_request(hall.colleague, wide, [NEAR])
    make_request(hall.colleague, hall.bench, [SLOT])

    assert reads(judge, beside)
    assert not reads(judge, too_many)
    assert reads(hall.judge, later)


def test_set_up_and_clean_up_count_as_time_that_competes(hall):
    lab = make_facility(hall.cluster, setup_minutes=60)
    judge = make_approver(lab, organisation=hall.firm)
    request = make_request(make_partner(), lab, [SLOT])
    make_request(hall.colleague, lab, [slot_on(DAY, "12:30", "15:00")])

    assert not reads(judge, request)


@pytest.mark.parametrize(("theirs", "competes"), [("bench", True), ("hall", False)])
def test_a_request_for_the_whole_competes_with_one_for_a_part(hall, theirs, competes):
    whole = make_request(make_partner(), hall, [SLOT], whole=True)
    approver = make_approver(hall, organisation=hall.firm)
    facility = hall.bench if theirs == "bench" else make_facility(hall.cluster)
    make_request(hall.colleague, facility, [NEAR])

    assert reads(approver, whole) is not competes


def test_two_agreed_dates_do_not_compete_but_an_agreed_one_with_a_requested_one(hall):
    wide = make_facility(hall.cluster, places=2)
    judge = make_approver(wide, organisation=hall.firm)
    agreed = make_request(make_partner(), wide, [SLOT], state=State.CONFIRMED)
    make_request(hall.colleague, wide, [SLOT], state=State.CONFIRMED)
    assert request_for_review(viewer(judge), agreed.reference, clock.now())

    make_request(hall.colleague, wide, [NEAR])

    with pytest.raises(NotFound):
        request_for_review(viewer(judge), agreed.reference, clock.now())
    with pytest.raises(NotFound):
        cancel(account_of(judge.id), decision(agreed))


def test_one_competing_date_makes_a_person_absent_for_the_whole_booking(hall):
    request = make_request(make_partner(), hall.bench, [SLOT, slot_on(DAY + timedelta(days=5))])
    make_request(hall.colleague, hall.bench, [NEAR])

    assert not reads(hall.judge, request)


def test_the_owners_own_use_is_out_of_reach_of_a_rival_too(hall):
    own_use = make_request(
        hall.coordinator, hall.bench, [SLOT], state=State.CONFIRMED, organisation_id=None,
        entered=True,
    )  # fmt: skip
    make_request(hall.colleague, hall.bench, [NEAR])

    with pytest.raises(NotFound):
        cancel(account_of(hall.judge.id), decision(own_use))


def test_a_colleague_of_the_requester_may_decide(hall):
    request = make_request(hall.colleague, hall.bench, [SLOT])
    make_request(make_partner(), hall.bench, [NEAR])

    confirm(account_of(hall.judge.id), decision(request))

    entry = booking_of(request).log[-1]
    assert (entry.after, entry.colleague) == ("confirmed", True)


@pytest.mark.parametrize("act", [confirm, decline])
def test_a_request_of_the_own_firm_that_arrives_meanwhile_stops_the_decision(hall, act):
    request = make_request(make_partner(), hall.bench, [SLOT])
    chosen = decision(request)
    assert reads(hall.judge, request)
    send(account_of(hall.colleague.id), sending_for(hall.bench, NEAR))

    with pytest.raises(NotFound):
        act(account_of(hall.judge.id), chosen)

    db.session.expire_all()
    states = db.session.scalars(sa.select(Occurrence.state)).all()
    assert set(states) == {State.REQUESTED}


@pytest.mark.parametrize("state", [State.REQUESTED, State.CONFIRMED])
def test_who_withdraws_or_cancels_their_own_request_stays_a_rival_of_those_sent_before(
    hall, at, state
):
    wide = make_facility(hall.cluster, places=2)
    judge = make_approver(wide, organisation=hall.firm)
    own = make_request(hall.colleague, wide, [NEAR], state=state)
    request = make_request(make_partner(), wide, [SLOT], places=2)
    chosen, colleague = decision(own), account_of(hall.colleague.id)
    at(NOW + timedelta(hours=1))

    if state is State.REQUESTED:
        withdraw(colleague, chosen.booking_id, chosen.occurrence_ids)
    else:
        cancel_own(colleague, chosen.booking_id, chosen.occurrence_ids, "Not needed.")
    later = make_request(make_partner(), wide, [SLOT], places=2)

    assert not reads(judge, request)
    assert refused_to_enter(judge, wide, SLOT) == [0]
    assert reads(judge, later)


def test_an_agreed_date_that_is_cancelled_still_does_not_compete_with_agreed_ones(hall, at):
    wide = make_facility(hall.cluster)
    judge = make_approver(wide, organisation=hall.firm)
    own = make_request(hall.colleague, wide, [SLOT], state=State.CONFIRMED, holds=False)
    agreed = make_request(make_partner(), wide, [SLOT], state=State.CONFIRMED)
    chosen = decision(own)
    at(NOW + timedelta(hours=1))

    cancel_own(account_of(hall.colleague.id), chosen.booking_id, chosen.occurrence_ids, "No.")

    assert request_for_review(viewer(judge), agreed.reference, clock.now())


def refused_to_enter(person, facility, *slots, organisation_id=None, **fields):
    """Entering and what is said before must agree; return which dates are left to others."""
    what = sending_for(facility, *slots, people=None, **fields)
    requestable = get_enterable(viewer(person), facility.slug, clock.now())
    said, _ = why_not_enter(viewer(person), requestable, what, (), organisation_id, clock.now())
    try:
        enter(account_of(person.id), Entering(what, organisation_id, "Because."))
        found = []
    except Refused as refused:
        found = list(refused.refusals)
    assert found == said
    assert {refusal.code for refusal in found} <= {RefusalCode.LEFT_TO_OTHERS}
    return [refusal.date_index for refusal in found]


@pytest.mark.parametrize("own_state", [State.REQUESTED, State.CONFIRMED])
@pytest.mark.parametrize("on_behalf", [False, True])
def test_a_rival_does_not_enter_a_booking_over_a_competing_request(hall, own_state, on_behalf):
    wide = make_facility(hall.cluster, places=2)
    judge = make_approver(wide, organisation=hall.firm)
    others = make_organisation().id if on_behalf else None
    make_request(hall.colleague, wide, [NEAR], state=own_state)
    make_request(make_partner(), wide, [SLOT], places=2)

    free = slot_on(DAY + timedelta(days=5))
    assert refused_to_enter(judge, wide, free, SLOT, organisation_id=others) == [1]
    assert refused_to_enter(judge, wide, free, organisation_id=others) == []


def test_a_rival_enters_what_fits_beside_the_competing_requests(hall):
    wide = make_facility(hall.cluster, places=3)
    judge = make_approver(wide, organisation=hall.firm)
    make_request(hall.colleague, wide, [SLOT], places=2)
    make_request(make_partner(), wide, [SLOT], places=2)

    assert refused_to_enter(judge, wide, SLOT, NEAR) == [1]
    assert refused_to_enter(judge, wide, SLOT, places=2) == [0]
    assert refused_to_enter(judge, wide, SLOT) == []


def test_a_rival_does_not_enter_the_whole_over_a_competing_request_for_a_part(hall):
    approver = make_approver(hall, organisation=hall.firm)
    make_request(hall.colleague, hall.bench, [NEAR])
    make_request(make_partner(), hall.bench, [SLOT])

    assert refused_to_enter(approver, hall, SLOT, whole=True) == [0]
    assert refused_to_enter(approver, hall, SLOT) == []


@pytest.mark.parametrize("state", [State.DECLINED, State.WITHDRAWN])
def test_a_competing_request_that_nobody_decides_any_more_stops_no_entry(hall, state):
    make_request(hall.colleague, hall.bench, [NEAR])
    make_request(make_partner(), hall.bench, [SLOT], state=state)

    assert refused_to_enter(hall.judge, hall.bench, SLOT) == []


def test_who_does_not_compete_enters_over_requests(hall):
    make_request(hall.colleague, hall.bench, [NEAR])
    make_request(make_partner(), hall.bench, [SLOT])

    assert refused_to_enter(hall.coordinator, hall.bench, SLOT) == []


def test_over_their_own_request_alone_people_enter_bookings(hall):
    make_request(hall.colleague, hall.bench, [SLOT])

    assert refused_to_enter(hall.judge, hall.bench, SLOT) == []


def test_a_competing_request_that_arrives_meanwhile_stops_the_entry(hall):
    make_request(hall.colleague, hall.bench, [NEAR])
    what = sending_for(hall.bench, SLOT, people=None)
    requestable = get_enterable(viewer(hall.judge), hall.bench.slug, clock.now())
    assert why_not_enter(viewer(hall.judge), requestable, what, (), None, clock.now())[0] == []
    send(account_of(make_partner().id), sending_for(hall.bench, SLOT))

    with pytest.raises(Refused):
        enter(account_of(hall.judge.id), Entering(what, None))


def test_a_rival_does_not_read_what_was_declined_for_the_same_time(hall):
    request = make_request(make_partner(), hall.bench, [SLOT], state=State.DECLINED)
    make_request(hall.colleague, hall.bench, [NEAR], state=State.CONFIRMED)

    lines = inbox_page(viewer(hall.judge), clock.now(), InboxView.EARLIER).lines
    assert request.reference not in {line.reference for line in lines}


def test_a_rival_gets_no_update_and_no_mail_and_reads_none_of_before(hall):
    partner = make_partner()
    before = send(account_of(partner.id), sending_for(hall.bench, SLOT))
    send(account_of(hall.colleague.id), sending_for(hall.bench, NEAR))
    after = send(account_of(partner.id), sending_for(hall.bench, NEAR))

    told = {
        person_id
        for (person_id,) in db.session.query(Notice.person_id)
        .join(Booking, Booking.id == Notice.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .filter(BookingRequest.reference == after)
    }
    assert hall.judge.id not in told
    assert hall.above.id in told
    shown = [notice.content for notice in updates(viewer(hall.judge)).notices]
    assert before not in {content.reference for content in shown if content}
    mails = []
    while mail := take_next():
        mails += [(mail.account.email, one.content.reference) for one in mail.notices]
    assert (hall.judge.email, before) not in mails
    assert (hall.above.email, after) in mails


def test_the_calendars_and_feeds_of_a_rival_show_nothing_of_it(hall):
    request = make_request(make_partner(), hall.bench, [SLOT])
    feed = open_feed(make_feed(account_of(hall.judge.id), FeedKind.DECIDING, with_titles=False))
    now, window = clock.now(), slot_on(DAY, "00:00", "23:00")

    def reader():
        return FeedReader(feed, now, "secret")

    def seen():
        context = calendar_context([hall.bench.id])
        (row,) = calendar_rows(context, [hall.bench.id], window, viewer(hall.judge), now)
        drawn = {date.reference for date in row.data.dates}
        return request.reference in drawn, [one.reference for one in reader().dates()]

    assert seen() == (True, [request.reference])
    mark = reader().mark()

    make_request(hall.colleague, hall.bench, [NEAR], reference="OWN-000")

    drawn, dates = seen()
    assert (drawn, dates) == (False, ["OWN-000"])
    assert reader().mark() != mark


def test_the_mark_of_a_feed_that_is_kept_changes_when_the_time_of_a_rival_is_over(hall, at):
    request = make_request(make_partner(), hall.bench, [LATER], lapses_at=LATER.ends_at)
    make_request(hall.colleague, hall.bench, [NEAR], state=State.CONFIRMED, reference="OWN-000")
    feed = open_feed(make_feed(account_of(hall.judge.id), FeedKind.DECIDING, with_titles=False))

    def seen(instant):
        at(instant)
        db.session.rollback()
        kept = FeedReader(feed, instant, "secret").mark()
        dates = FeedReader(feed, instant, "secret").dates()
        assert kept == FeedReader(feed, instant, "secret").mark_of(dates)
        return [one.reference for one in dates]

    assert seen(NEAR.starts_at) == seen(NEAR.ends_at - timedelta(seconds=1)) == ["OWN-000"]
    assert seen(NEAR.ends_at) == ["OWN-000", request.reference]


def test_what_prevents_a_change_is_not_named_to_a_rival(hall):
    make_request(make_partner(), hall.bench, [SLOT])
    make_request(hall.colleague, hall.bench, [NEAR], reference="OWN-000")

    found = pending_dates(Occurrence.facility_id == hall.bench.id, viewer(hall.judge), clock.now())
    assert [one.reference for one in found] == [None, "OWN-000"]


def test_the_number_of_statements_does_not_grow_with_the_bookings(hall):
    def counted() -> int:
        db.session.rollback()
        person = viewer(hall.judge)
        db.session.rollback()  # each page is a transaction of its own
        with statements() as sent:
            inbox_page(person, clock.now(), InboxView.WAITING)
        return len(sent)

    def add(number: int) -> None:
        for day in range(number):
            slot = slot_on(DAY + timedelta(days=day))
            make_request(make_partner(), hall.bench, [slot])
            make_request(hall.colleague, hall.bench, [slot])

    add(2)
    counted()  # the terms are kept in memory from now on
    few = counted()
    add(4)
    counted()  # new members end what was kept
    assert counted() == few
