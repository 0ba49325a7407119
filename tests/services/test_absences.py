"""Who is away does not decide, from midnight to midnight; a stand-in or the next in line does."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from booking.absences.queries import away_now
from booking.absences.service import (
    CoordinatorsDecide,
    NewAbsence,
    NobodyLeft,
    end_absence,
    enter_absence,
)
from booking.accounts.models import Absence
from booking.accounts.queries import account_of
from booking.bookings.models import Booking
from booking.db import clock
from booking.decisions.queries import InboxView, enterable_facilities, inbox_page
from booking.decisions.review import request_for_review
from booking.decisions.service import Decision, confirm
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.facilities.effective_terms import effective_terms
from booking.feeds.kinds import FeedKind
from booking.feeds.reading import FeedReader, open_feed
from booking.feeds.service import make_feed
from booking.manage.closures.queries import closable
from booking.manage.queries import managed_facility, my_facilities
from booking.notices.mail import letter
from booking.notices.models import Notice
from booking.notices.outbox import take_next
from booking.notices.queries import header_counts, updates
from booking.notices.sentences import sentence
from booking.requests.service import send
from tests.conftest import NOW
from tests.databases import settings_for
from tests.factories import (
    make_absence,
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    move_to,
    slot_on,
)
from tests.request_factories import sending_for

SLOT = slot_on(date(2027, 1, 14))
MONDAY, SUNDAY = date(2026, 12, 7), date(2026, 12, 13)
#: Midnights in Copenhagen.
BEGINS, ENDS = (datetime(2026, 12, day, 23, tzinfo=UTC) for day in (6, 13))
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def hall(app_context):
    """A hall with a bench, and a lab beside it, each with an approver of its own."""
    cluster = make_cluster("here")
    hall = make_facility(cluster, "hall")
    hall.bench = make_facility(cluster, "bench", parent=hall)
    hall.lab = make_facility(cluster, "lab")
    hall.anna, hall.above = make_approver(hall.bench, name="Anna"), make_approver(hall)
    hall.ben = make_approver(hall.lab, name="Ben")
    hall.coordinator = make_coordinator(cluster)
    return hall


def viewer(person):
    return account_of(person.id).viewer


def decision(request):
    booking = db.session.query(Booking).filter_by(request_id=request.id).one()
    return Decision(booking.id, frozenset(date.id for date in booking.occurrences))


def decides(person, request) -> bool:
    """Whatever says what a person decides on must agree; return what it says."""
    who, now = viewer(person), clock.now()
    db.session.rollback()  # each reading is one snapshot
    try:
        request_for_review(who, request.reference, now)
        opened = True
    except NotFound:
        opened = False
    lines = inbox_page(who, now, InboxView.WAITING).lines
    assert opened == (request.reference in {line.reference for line in lines})
    assert header_counts(who, now).inbox == len(lines)
    slug = db.session.query(Booking).filter_by(request_id=request.id).one().facility.slug
    assert opened == (slug in {one.slug for one in enterable_facilities(who)})
    mine = [one.facility.slug for of_cluster in my_facilities(who) for one in of_cluster.facilities]
    assert opened == (slug in mine)
    assert opened == (slug in {one.slug for one in closable(who).facilities})
    if opened:
        assert managed_facility(who, slug)
    return opened


def reads(person, request) -> bool:
    """Whether they may open the request, which says nothing of others for the facility."""
    db.session.rollback()
    try:
        request_for_review(viewer(person), request.reference, clock.now())
    except NotFound:
        return False
    return True


def changes_at_midnight(at, read):
    """Return what `read` reads just before and at the beginning, and just before and at the end."""
    found = []
    for moment in (BEGINS - MOMENT, BEGINS, ENDS - MOMENT, ENDS):
        at(moment)
        found.append(read())
    return found


def test_a_stand_in_decides_from_midnight_to_midnight_without_any_row_changing(hall, at):
    request = make_request(make_partner(), hall.bench, [SLOT])
    make_absence(hall.anna, MONDAY, SUNDAY, stand_in=hall.ben)

    assert changes_at_midnight(
        at, lambda: [decides(one, request) for one in (hall.anna, hall.ben, hall.above)]
    ) == [[True, False, False], [False, True, False], [False, True, False], [True, False, False]]
    assert decides(hall.coordinator, request)


def test_without_a_stand_in_the_next_in_line_decides(hall, at):
    request = make_request(make_partner(), hall.bench, [SLOT])
    make_absence(hall.anna, MONDAY, SUNDAY)

    assert changes_at_midnight(
        at, lambda: [decides(one, request) for one in (hall.anna, hall.ben, hall.above)]
    ) == [[True, False, False], [False, False, True], [False, False, True], [True, False, False]]


def test_a_stand_in_of_a_coordinator_decides_on_all_of_the_cluster(hall, at):
    request = make_request(make_partner(), hall.bench, [SLOT])
    make_absence(hall.coordinator, MONDAY, SUNDAY, stand_in=hall.ben)

    assert changes_at_midnight(at, lambda: decides(hall.ben, request)) == [False, True, True, False]


def test_the_mark_of_a_feed_changes_at_midnight(hall, at):
    make_request(make_partner(), hall.bench, [SLOT])
    make_absence(hall.anna, MONDAY, SUNDAY, stand_in=hall.ben)
    tokens = {
        one.id: make_feed(account_of(one.id), FeedKind.DECIDING, with_titles=False)
        for one in (hall.anna, hall.ben)
    }

    def shown(person):
        db.session.rollback()
        reader = FeedReader(open_feed(tokens[person.id]), clock.now(), "secret")
        dates = reader.dates()
        assert reader.mark() == reader.mark_of(dates)
        return len(dates)

    assert changes_at_midnight(at, lambda: (shown(hall.anna), shown(hall.ben))) == [
        (1, 0),
        (0, 1),
        (0, 1),
        (1, 0),
    ]


def test_a_facility_on_which_nobody_is_left_says_so_from_midnight_to_midnight(app_context, at):
    lab = make_facility(make_cluster("here"))
    make_absence(make_approver(lab), MONDAY, SUNDAY)

    def answers():
        db.session.rollback()
        return effective_terms([lab.id])[lab.id].rules.has_deciders

    assert changes_at_midnight(at, answers) == [True, False, False, True]


def test_each_cluster_has_its_own_midnight(app_context, at):
    here, there = make_cluster("here"), make_cluster("there", time_zone="Europe/Helsinki")
    labs = [make_facility(here), make_facility(there)]
    anna, partner = make_approver(*labs), make_partner()
    make_absence(anna, MONDAY, SUNDAY)
    for one in (here, there):
        make_coordinator(one)
    requests = [make_request(partner, lab, [SLOT]) for lab in labs]

    at(BEGINS - timedelta(minutes=30))
    assert [decides(anna, one) for one in requests] == [True, False]


def test_who_works_for_a_rival_does_not_stand_in(hall, at):
    firm = make_organisation("Rival Robotics")
    rival = make_approver(hall.lab, organisation=firm)
    request = make_request(make_partner(), hall.bench, [SLOT])
    make_absence(hall.anna, MONDAY, SUNDAY, stand_in=rival)
    at(BEGINS)
    assert decides(rival, request)

    make_request(make_partner(organisation=firm), hall.bench, [SLOT])

    assert [reads(one, request) for one in (rival, hall.above)] == [False, True]
    move_to(rival, None)  # nor once they have left it
    assert [reads(one, request) for one in (rival, hall.above)] == [False, True]


def test_a_decision_of_a_stand_in_says_for_whom(hall, at):
    request = make_request(make_partner(), hall.bench, [SLOT])
    make_absence(hall.anna, MONDAY, SUNDAY, stand_in=hall.ben)
    chosen = decision(request)
    with pytest.raises(NotFound):
        confirm(account_of(hall.ben.id), chosen)
    at(BEGINS)

    confirm(account_of(hall.ben.id), chosen)

    booking = db.session.get_one(Booking, chosen.booking_id)
    entry = booking.log[-1]
    assert (entry.actor_id, entry.stood_in_for_id) == (hall.ben.id, hall.anna.id)
    review = request_for_review(viewer(hall.coordinator), request.reference, clock.now())
    assert review.bookings[0].log[0].stood_in_for == "Anna"


def test_a_new_request_is_announced_to_who_decides_that_day(hall, at):
    make_absence(hall.anna, MONDAY, SUNDAY, stand_in=hall.ben)
    partner = make_partner()
    at(BEGINS)

    send(account_of(partner.id), sending_for(hall.bench, SLOT))

    told = set(db.session.scalars(sa.select(Notice.person_id)))
    assert told == {hall.ben.id}


def test_what_absences_mean_today_is_said_to_both(hall, at):
    make_absence(hall.anna, MONDAY, SUNDAY, stand_in=hall.ben)

    def said():
        db.session.rollback()
        anna, ben = (away_now(viewer(one), clock.now()) for one in (hall.anna, hall.ben))
        return anna.away_until, anna.stand_in, ben.decides_for

    present, away = (None, None, ()), (SUNDAY, "Ben", (("Anna", SUNDAY),))
    assert changes_at_midnight(at, said) == [present, away, away, present]


def test_a_stand_in_is_told_the_days_and_mailed_no_name(hall):
    entering(hall.anna, stand_in=hall.ben)

    def said():
        db.session.rollback()
        return [sentence(one, UTC) for one in updates(viewer(hall.ben)).notices]

    (told,) = said()
    assert "Anna" in told
    assert "is away (Mon 7 – Sun 13 Dec 2026) and named you" in told
    assert updates(viewer(hall.anna)).notices == ()
    mail = take_next()
    assert mail.account.email == hall.ben.email
    text = letter(mail, settings_for("sqlite://")).get_body(("plain",)).get_content()
    assert "Anna" not in text
    assert "Mon 7 – Sun 13 Dec 2026" in text

    end_absence(account_of(hall.anna.id), MONDAY)

    assert "not away any more" in said()[0]


def entering(person, first=MONDAY, last=SUNDAY, stand_in=None, acknowledged=""):
    db.session.rollback()
    new = NewAbsence(first, last, stand_in.email if stand_in else None, acknowledged)
    enter_absence(account_of(person.id), new)


def entered():
    return db.session.scalar(sa.select(sa.func.count()).select_from(Absence))


def test_somebody_else_must_decide_in_the_same_cluster_to_stand_in(hall):
    elsewhere = make_approver(make_facility(make_cluster("there")))
    closed = make_approver(hall.lab, is_active=False)
    away = make_approver(hall.lab)
    make_absence(away, SUNDAY, SUNDAY + timedelta(days=3))
    for other, code in [
        (hall.anna, "self"),
        (elsewhere, "unknown"),
        (make_partner(), "unknown"),
        (closed, "unknown"),
        (away, "away"),
    ]:
        with pytest.raises(Invalid) as refused:
            entering(hall.anna, stand_in=other)
        assert (refused.value.field, refused.value.code) == ("stand_in", code)
    assert entered() == 1

    entering(hall.anna, last=SUNDAY - timedelta(days=1), stand_in=away)

    assert entered() == 2


def test_what_the_rules_refuse_is_refused_at_its_field(hall):
    make_absence(hall.above, SUNDAY)
    for first, last, field, code in [
        (SUNDAY, MONDAY, "last", "before_first"),
        (date(2026, 11, 23), SUNDAY, "first", "past"),
        (MONDAY, SUNDAY, "first", "overlaps"),
    ]:
        with pytest.raises(Invalid) as refused:
            entering(hall.above, first, last)
        assert (refused.value.field, refused.value.code) == (field, code)
    assert entered() == 1


def test_who_leaves_facilities_to_the_coordinators_has_to_know(hall):
    with pytest.raises(CoordinatorsDecide) as asked:
        entering(hall.above)
    assert asked.value.facilities == ("Hall",)
    with pytest.raises(CoordinatorsDecide):
        entering(hall.above, last=SUNDAY + timedelta(days=1), acknowledged=asked.value.key)
    assert entered() == 0

    entering(hall.above, acknowledged=asked.value.key)
    entering(hall.ben, stand_in=hall.anna)

    assert entered() == 2


def test_nobody_goes_away_without_anybody_left_to_decide(hall):
    make_facility(hall.cluster, "alone")
    with pytest.raises(NobodyLeft) as refused:
        entering(hall.coordinator)
    assert refused.value.facilities == ("Alone",)
    assert entered() == 0

    entering(hall.coordinator, stand_in=hall.ben)

    assert entered() == 1


def test_who_stands_in_goes_away_only_if_somebody_is_left(hall):
    make_facility(hall.cluster, "alone")
    make_absence(hall.coordinator, MONDAY, SUNDAY, stand_in=hall.ben)
    with pytest.raises(NobodyLeft) as refused:
        entering(hall.ben, SUNDAY, SUNDAY + timedelta(days=3))
    assert refused.value.facilities == ("Alone", "Lab")

    entering(hall.ben, SUNDAY + timedelta(days=1), SUNDAY + timedelta(days=3), hall.above)

    assert entered() == 2


def test_an_absence_that_is_ended_lets_its_person_decide_today(hall, at):
    request = make_request(make_partner(), hall.bench, [SLOT])
    make_absence(hall.anna, MONDAY, SUNDAY, stand_in=hall.ben)
    make_absence(hall.anna, date(2027, 1, 4))
    at(NOW + timedelta(days=15))  # the Wednesday
    assert not decides(hall.anna, request)

    end_absence(account_of(hall.anna.id), MONDAY)
    end_absence(account_of(hall.anna.id), date(2027, 1, 4))

    assert decides(hall.anna, request)
    (left,) = db.session.scalars(sa.select(Absence)).all()
    assert left.last_day == date(2026, 12, 8)
    with pytest.raises(NotFound):
        end_absence(account_of(hall.anna.id), MONDAY)
    with pytest.raises(NotFound):
        end_absence(account_of(hall.ben.id), MONDAY)
