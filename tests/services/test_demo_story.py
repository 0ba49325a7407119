"""The demonstration's bookings are believable on whatever day somebody starts it."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import current_app

from booking.accounts.models import AccountRequest, Organisation, Person
from booking.accounts.passwords import matches
from booking.app import create_app
from booking.audit.models import AuditEntry
from booking.audit.verifying import verify
from booking.bookings.models import Booking, BookingRequest, LogEntry, Occurrence
from booking.bookings.rooms import rooms
from booking.catalogue import reading, service
from booking.clusters.models import Cluster
from booking.data_check.queries import find_faults
from booking.db import clock
from booking.decisions.reminders import remind_due
from booking.demo import catalogue, people, plans, story
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
from booking.facilities.models import Facility
from booking.notices.models import Notice
from booking.rules.audit_events import Event as AuditEvent
from booking.rules.availability import busy_slots, partly_taken_slots
from booking.rules.lifecycle import State
from booking.rules.slots import Slot
from booking.rules.visibility import ANYBODY
from tests.conftest import Visitor
from tests.databases import settings_for
from tests.factories import sign_in
from tests.memory import nothing_kept, without_token

# An ordinary Tuesday, the eve of Christmas, Maundy Thursday, the Friday before the clocks go back.
DAYS = [(2026, 11, 24), (2026, 12, 23), (2027, 3, 25), (2027, 10, 29)]
PARTNER, RIVAL = (organisation.name for organisation in plans.read_plans().organisations[:2])


# What a day changes is in the rules; what the databases could do differently shows on one.
STARTS = [("postgresql", DAYS[0]), *(("sqlite", day) for day in DAYS[1:])]


def name_of(start):
    return f"{start[0]}-{date(*start[1])}"


@pytest.fixture(scope="module", params=STARTS, ids=name_of)
def now(request):
    """The instant at which the demonstration starts, in a context in which its plans are played."""
    engine_name, day = request.param
    now = datetime(*day, 9, 0, tzinfo=UTC)
    databases = request.getfixturevalue(f"{engine_name}_databases")
    with databases.fresh() as url:
        app = create_app(settings_for(url))
        with app.app_context(), clock.fixed(now):
            service.load(reading.read_catalogue())
            people.make_people(now - story.FIRST_DAY_AGO)
            assert not story.is_played()
            assert story.play(now) == [], "these found no dates"
            yield now
            db.session.remove()
            db.engine.dispose()


def bookings_of(name):
    """The bookings requested by the organisation of this name; None: own use."""
    query = sa.select(Booking).join(BookingRequest, BookingRequest.id == Booking.request_id)
    if name is None:
        return db.session.scalars(query.where(BookingRequest.organisation_id.is_(None))).all()
    query = query.join(Organisation, Organisation.id == BookingRequest.organisation_id)
    return db.session.scalars(query.where(Organisation.name == name)).all()


def facility(slug):
    return db.session.scalars(sa.select(Facility).where(Facility.slug == slug)).one()


def test_nothing_is_wrong_with_the_data_of_the_demonstration(now):
    assert list(find_faults()) == []


def test_the_partner_has_dates_in_every_state(now):
    states = {o.state for b in bookings_of(PARTNER) for o in b.occurrences}

    assert states == set(State)


def test_every_cluster_has_something_to_decide_and_something_confirmed(now):
    rows = db.session.execute(
        sa.select(Cluster.slug, Occurrence.state)
        .join(Facility, Facility.cluster_id == Cluster.id)
        .join(Occurrence, Occurrence.facility_id == Facility.id)
    ).all()
    everywhere = set(db.session.scalars(sa.select(Cluster.slug)))

    assert {slug for slug, state in rows if state is State.REQUESTED} == everywhere
    assert {slug for slug, state in rows if state is State.CONFIRMED} == everywhere


def test_two_organisations_wait_for_the_same_facility_and_dates(now):
    asked = Counter()
    for one in (PARTNER, RIVAL):
        asked.update(
            {
                (o.facility_id, o.starts_at, o.ends_at)
                for b in bookings_of(one)
                for o in b.occurrences
                if o.state is State.REQUESTED
            }
        )

    assert max(asked.values()) == 2


def test_a_series_keeps_its_time_of_day_and_is_decided_in_parts(now):
    series = max(bookings_of(PARTNER), key=lambda booking: len(booking.occurrences))
    states = Counter(occurrence.state for occurrence in series.occurrences)
    zone = ZoneInfo(series.facility.cluster.time_zone)
    starts = {occurrence.starts_at.astimezone(zone).time() for occurrence in series.occurrences}

    assert states == {State.CONFIRMED: 4, State.DECLINED: 1, State.REQUESTED: 1}
    assert len(starts) == 1


def test_owners_have_entered_own_use_and_bookings_for_others(now):
    entered = db.session.scalars(sa.select(BookingRequest).where(BookingRequest.entered)).all()

    assert bookings_of(None)
    assert any(request.organisation_id is not None for request in entered)
    assert any(b.request.entered for b in bookings_of(PARTNER))


def test_some_dates_are_over_and_some_last_for_days(now):
    confirmed = db.session.scalars(
        sa.select(Occurrence).where(Occurrence.state == State.CONFIRMED)
    ).all()

    assert any(occurrence.ends_at < now for occurrence in confirmed)
    assert any(o.ends_at - o.starts_at > timedelta(days=2) for o in confirmed)


def test_a_facility_booked_as_a_whole_makes_its_parts_busy(now):
    parent = facility("aisec-labs")
    whole = db.session.scalars(
        sa.select(Occurrence).where(Occurrence.facility_id == parent.id, Occurrence.whole)
    ).one()
    slot = Slot(whole.starts_at, whole.ends_at)
    part = facility("aisec-hardware-bench")

    assert busy_slots(
        rooms([part.id], slot, now, for_organisation=ANYBODY)[part.id],
        slot,
        only_whole=False,
    ) == [slot]


def test_a_hall_for_four_groups_is_partly_taken(now):
    hall = facility("lfs-bruchsal")
    year = Slot(now, now + timedelta(days=365))

    assert partly_taken_slots(
        rooms([hall.id], year, now, for_organisation=ANYBODY)[hall.id],
        year,
        only_whole=False,
    )


def test_a_facility_is_closed_for_a_public_reason(now):
    slots = sa.select(Closure).join(ClosureSlot).where(ClosureSlot.starts_at > now)
    closures = db.session.scalars(slots).all()

    assert any(closure.reason and closure.reason_is_public for closure in closures)


def test_an_account_request_waits_for_the_coordinators(now):
    waiting = db.session.scalars(sa.select(AccountRequest)).all()

    assert waiting
    assert all(request.answer is None and request.asked_at < now for request in waiting)


def test_all_organisations_are_plainly_invented(now):
    names = db.session.scalars(sa.select(Organisation.name)).all()

    assert len(names) > 5
    assert all(name.startswith("Demo ") for name in names)


def test_the_log_is_in_order_on_weekdays_and_never_in_the_future(now):
    entries = db.session.scalars(sa.select(LogEntry).order_by(LogEntry.id)).all()
    instants = [entry.at for entry in entries]

    assert instants == sorted(instants)
    assert instants[-1] < now
    assert all(entry.at.weekday() < 5 for entry in entries if entry.actor_id is not None)


def test_dates_that_nobody_answered_have_lapsed_in_time(now):
    lapsed = db.session.scalars(sa.select(Occurrence).where(Occurrence.state == State.LAPSED)).all()
    waiting = db.session.scalars(
        sa.select(Occurrence).where(Occurrence.state == State.REQUESTED)
    ).all()

    assert all(o.changed_at - o.lapses_at < timedelta(minutes=1) for o in lapsed)
    assert all(occurrence.lapses_at > now for occurrence in waiting)


def test_reminders_were_sent_when_they_were_due(now):
    sent = Counter(db.session.scalars(sa.select(LogEntry.event)))
    assert sent["reminded"] > 3
    assert sent["overdue"] > 0
    assert remind_due() == 0


def test_old_updates_are_marked_read_new_ones_are_not_and_none_is_mailed(now):
    notices = db.session.scalars(sa.select(Notice)).all()

    assert any(notice.read_at for notice in notices)
    assert any(notice.read_at is None for notice in notices)
    assert all(notice.mail_due_at is None for notice in notices)


def test_plans_once_played_are_not_played_again_and_accounts_are_not_made_twice(now):
    before = db.session.scalar(sa.select(sa.func.count(Person.id)))
    people.make_people(now)

    assert story.is_played()
    assert db.session.scalar(sa.select(sa.func.count(Person.id))) == before


def test_the_catalogue_counts_as_loaded_until_it_changes(now):
    shipped = reading.read_catalogue()
    assert catalogue.is_loaded(shipped)

    other = facility("lfs-bruchsal")
    other.description = "Something that the file does not say."
    db.session.flush()

    assert not catalogue.is_loaded(shipped)
    db.session.rollback()


def test_all_accounts_share_the_password_of_the_last_start(now):
    accounts = people.accounts_to_try()
    for password in ("first of two passwords", "second of two passwords"):
        people.set_password(accounts, password)
        hashes = db.session.scalars(
            sa.select(Person.password_hash).where(
                Person.email.in_([account.email for account in accounts])
            )
        ).all()

        assert len(hashes) == len(accounts)
        assert all(matches(known, password) for known in set(hashes))


@pytest.mark.parametrize("now", STARTS[:1], indirect=True, ids=name_of)
def test_what_is_kept_of_its_pages_is_what_would_be_drawn_anew(now):
    app = current_app._get_current_object()
    first = now.date() + timedelta(days=30)
    pages = (
        "/calendar?view=week",
        f"/facilities/{bookings_of(PARTNER)[0].facility.slug}",
        f"/?first={first}&length=4-hour",
    )
    readers = [account.email for account in people.accounts_to_try()]
    for email in (None, *readers):
        browser = Visitor(app)
        if email is not None:
            sign_in(browser, db.session.scalars(sa.select(Person).filter_by(email=email)).one())
        for page in pages:
            read = [without_token(browser.get(page).text) for _ in range(2)]
            with nothing_kept(db.engine):
                anew = without_token(browser.get(page).text)
            assert read == [anew, anew], f"{email} {page}"


def test_each_line_of_a_bookings_log_is_in_the_log_of_who_changed_what(now):
    steps = sa.select(sa.func.count()).where(AuditEntry.event == AuditEvent.BOOKING_STEP)

    assert db.session.scalar(steps) == db.session.scalar(
        sa.select(sa.func.count()).select_from(LogEntry)
    )
    assert verify().fault is None


def test_what_happens_by_the_clock_was_done_by_the_worker_and_not_by_the_operator(now):
    actors = db.session.scalars(
        sa.select(AuditEntry.actor_kind)
        .where(AuditEntry.event == AuditEvent.BOOKING_STEP, AuditEntry.actor_id.is_(None))
        .distinct()
    ).all()
    assert "worker" in actors
    assert "operator" not in actors
