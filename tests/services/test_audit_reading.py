"""Who reads which entry of the log: the query finds what the rule says, entry by entry."""

import random
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from booking.audit.models import AuditEntry
from booking.audit.reading import PAGE, LogFilter, entries_read_by, log_page, seen_by
from booking.audit.recording import record
from booking.db.transactions import writing
from booking.extensions import db
from booking.rules.audit_events import EVENTS, Event, Subject
from booking.rules.audit_reading import LogReader, Reads, may_read_entry, reads_entry
from tests.statements import count_statements

pytestmark = pytest.mark.usefixtures("app_context")

IDS = (1, 2, 3)
_NAMES = {
    Subject.PERSON: "person",
    Subject.ORGANISATION: "organisation",
    Subject.CLUSTER: "cluster",
    Subject.FACILITY: "facility",
    Subject.BOOKING: "reference",
}


def write_some(rng, number):
    """Append random entries: each about what its event needs, and some of what it may name."""
    with writing() as now:
        for _ in range(number):
            event = rng.choice(list(Event))
            rules = EVENTS[event]
            about = [*rules.about, *(one for one in sorted(rules.also) if rng.random() < 0.7)]
            if Subject.FACILITY in about and Subject.CLUSTER not in about:
                about.append(Subject.CLUSTER)
            subjects = {_NAMES[one]: rng.choice(IDS) for one in about}
            if "reference" in subjects:
                subjects["reference"] = "K7M-4QX"
            record(event, now=now, actor=rng.choice((None, *IDS)), **subjects)


def some_reader(rng):
    return LogReader(
        person_id=rng.choice(IDS),
        organisation_id=rng.choice((None, *IDS)),
        is_manager=rng.random() < 0.5,
        clusters=frozenset(rng.sample(IDS, rng.randrange(3))),
        facilities=frozenset(rng.sample(IDS, rng.randrange(3))),
        is_admin=rng.random() < 0.3,
        works_for_others=rng.random() < 0.5,
    )


def test_the_query_finds_exactly_what_the_rule_lets_somebody_read():
    rng = random.Random(11)
    write_some(rng, 300)
    entries = db.session.scalars(sa.select(AuditEntry)).all()
    for _ in range(40):
        reader = some_reader(rng)
        for condition, rule in (
            (entries_read_by(reader), lambda one, who=reader: may_read_entry(who, one)),
            (seen_by(reader), lambda one, who=reader: reads_entry(who, one) is not Reads.NOTHING),
        ):
            found = set(db.session.scalars(sa.select(AuditEntry.position).where(condition)))
            assert found == {one.position for one in entries if rule(one)}, reader


def test_pages_go_on_where_the_last_one_ended_and_filters_hold_on_each():
    rng = random.Random(5)
    write_some(rng, 3 * PAGE)
    reader = LogReader(person_id=99, clusters=frozenset(IDS))
    here = AuditEntry.cluster_id == 1
    wanted = LogFilter(people=frozenset({2}))
    seen, before = [], None
    while True:
        page = log_page(reader, here, before=before)
        seen += [one.position for one in page.entries]
        before = page.older
        if before is None:
            break

    all_here = db.session.scalars(sa.select(AuditEntry.position).where(here)).all()
    assert seen == sorted(all_here, reverse=True)
    filtered = log_page(reader, here, wanted=wanted).entries
    assert filtered
    assert all(2 in (one.actor_id, one.person_id) for one in filtered)
    assert count_statements(lambda: log_page(reader, here, wanted=wanted)) == 1


def line(event, **subjects):
    nothing = dict.fromkeys(("person_id", "organisation_id", "cluster_id", "facility_id"))
    return SimpleNamespace(event=event, **{**nothing, **subjects})


@pytest.mark.parametrize(
    ("reader", "read", "expected"),
    [
        # A person reads what is about them, wherever it happened.
        ({"person_id": 1}, line(Event.APPROVER_NAMED, person_id=1, cluster_id=2), Reads.ALL),
        ({"person_id": 1}, line(Event.APPROVER_NAMED, person_id=2, cluster_id=2), Reads.NOTHING),
        # Members read who works with them, managers also that bookings went on.
        ({"organisation_id": 1}, line(Event.MEMBER_JOINED, organisation_id=1), Reads.ALL),
        ({"organisation_id": 1}, line(Event.BOOKING_STEP, organisation_id=1), Reads.NOTHING),
        (
            {"organisation_id": 1, "is_manager": True},
            line(Event.BOOKING_STEP, organisation_id=1),
            Reads.ALL,
        ),
        (
            {"organisation_id": 1, "is_manager": True},
            line(Event.BOOKING_STEP, organisation_id=2),
            Reads.NOTHING,
        ),
        (
            {"organisation_id": 1, "is_manager": True},
            line(Event.AUTOMATIC_NAMED, organisation_id=1, facility_id=1, cluster_id=1),
            Reads.NOTHING,
        ),
        # A cluster reads its own; who may compete reads no steps of others.
        ({"clusters": {1}}, line(Event.TERMS_CHANGED, cluster_id=1), Reads.ALL),
        ({"clusters": {1}}, line(Event.TERMS_CHANGED, cluster_id=2), Reads.NOTHING),
        ({"clusters": {1}}, line(Event.BOOKING_STEP, cluster_id=1), Reads.ALL),
        (
            {"clusters": {1}, "works_for_others": True},
            line(Event.BOOKING_STEP, cluster_id=1, organisation_id=3),
            Reads.NOTHING,
        ),
        # Who decides on a facility reads its settings.
        ({"facilities": {1}}, line(Event.TERMS_CHANGED, facility_id=1, cluster_id=9), Reads.ALL),
        ({"facilities": {1}}, line(Event.BOOKING_STEP, facility_id=1), Reads.NOTHING),
        # An admin reads people, roles and settings; of bookings that something happened.
        ({"is_admin": True}, line(Event.ADMIN_NAMED, person_id=9), Reads.ALL),
        ({"is_admin": True}, line(Event.TERMS_CHANGED, cluster_id=9), Reads.ALL),
        ({"is_admin": True}, line(Event.BOOKING_STEP, cluster_id=9), Reads.HAPPENED),
    ],
)
def test_each_entry_is_read_by_those_whom_it_concerns(reader, read, expected):
    values = {
        name: frozenset(value) if isinstance(value, set) else value
        for name, value in reader.items()
    }
    assert reads_entry(LogReader(**{"person_id": 50, **values}), read) is expected
