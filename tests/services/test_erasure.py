"""An account's copy, and its erasure: the name is nowhere, the organisation's bookings stay."""

import json
import sqlite3
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.models import (
    Membership,
    Person,
    SignIn,
)
from booking.accounts.name_service import change_name
from booking.accounts.queries import account_of
from booking.audit.models import AuditEntry
from booking.audit.verifying import verify
from booking.bookings.models import BookingRequest, LogEntry, Occurrence
from booking.db import clock
from booking.enquiries.service import ask
from booking.errors import Conflict, Forbidden, NotFound
from booking.extensions import db
from booking.facilities.arrival_models import Arrival
from booking.feeds.kinds import FeedKind
from booking.feeds.service import make_feed
from booking.messages.models import Message
from booking.notices.choices import choose
from booking.notices.models import Notice
from booking.privacy.copy import copy_of
from booking.privacy.erasure_service import erase_account, erase_again, erase_own_account
from booking.rules.erasure import FORMER_MEMBER
from booking.rules.lifecycle import State
from booking.rules.retention import TABLES, Erased
from booking.rules.roles import RoleKind
from booking.rules.updates import Choice
from booking.wording.personal_data import FIELD_WORDS, TABLE_WORDS
from tests.conftest import NOW
from tests.factories import (
    make_absence,
    make_account_request,
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_membership,
    make_organisation,
    make_partner,
    make_person,
    make_request,
    make_role,
    move_to,
    slot_on,
)

NAME, EMAIL = "Zöe Quackenbush", "zoe.q@example.org"
SLOT = slot_on(date(2026, 12, 1))
no_database = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def erasures(tmp_path):
    """The list of erased accounts."""
    return tmp_path / "erasures.txt"


@pytest.fixture
def zoe(app_context):
    """Somebody who is named in many tables, works for a firm with a colleague, and decides."""
    cluster = make_cluster("here")
    lab = make_facility(cluster, "lab")
    firm = make_organisation("Firm Ltd", home_cluster=cluster)
    zoe = make_person(EMAIL, organisation=firm, name=NAME)
    make_person("bo@example.org", organisation=firm, name="Bo Colleague")
    other = make_facility(make_cluster("there"), "range")
    make_role(zoe, RoleKind.APPROVER, other)
    make_role(zoe, RoleKind.COORDINATOR, other.cluster)
    make_coordinator(other.cluster, email="co@example.org")
    make_absence(zoe, date(2026, 12, 24))
    make_absence(make_person("away@example.org"), date(2026, 12, 24), stand_in=zoe)
    make_account_request(cluster, email=EMAIL, name=NAME, person_id=zoe.id, message="I am Zoe")
    make_account_request(cluster, email=EMAIL, name=NAME)
    request = make_request(
        zoe, lab, [SLOT], title=f"Trial of {NAME}", purpose=f"Ask {NAME.upper()} or {EMAIL}."
    )
    entry = LogEntry(
        booking_id=request.bookings[0].id,
        at=NOW,
        actor_id=zoe.id,
        side="requester",
        event="message",
        after=State.REQUESTED,
        reason=f"Says {NAME}",
        changes=[{"what": "purpose", "before": NAME, "after": "x"}],
    )
    db.session.add(entry)
    db.session.flush()
    db.session.add_all(
        [
            Message(booking_id=entry.booking_id, log_id=entry.id, text=f"Regards, {NAME}"),
            Notice(
                person_id=zoe.id,
                booking_id=entry.booking_id,
                log_id=entry.id,
                side="requester",
                after=State.REQUESTED,
                created_at=NOW,
            ),
            SignIn(token_hash="here", person_id=zoe.id, created_at=NOW, seen_at=NOW),
        ]
    )
    db.session.commit()
    make_approver(lab, email="approver@example.org")
    ask(account_of(zoe.id), lab.id, f"Is it dark? {NAME}")
    make_feed(account_of(zoe.id), FeedKind.OWN, with_titles=True)
    choose(zoe.id, Choice())
    make_membership(zoe, make_organisation("Second Ltd"), role="manager")
    return zoe


def search_everywhere(*words):
    """Return each table and column that holds one of these words, in capitals or not."""
    found = set()
    for table in db.metadata.sorted_tables:
        for row in db.session.execute(sa.select(table)).mappings():
            for column, value in row.items():
                text = json.dumps(value, ensure_ascii=False, default=str).casefold()
                if any(word.casefold() in text for word in words):
                    found.add((table.name, column))
    return found


def test_the_name_is_nowhere_and_the_bookings_stay_with_a_former_member(zoe, erasures):
    words = (NAME, EMAIL, "I am Zoe")
    named = {table for table, _ in search_everywhere(*words)}
    assert {"person", "account_request", "booking_request", "message", "enquiry_message"} <= named
    assert "booking_log" in named

    erase_own_account(zoe.id, erasures)

    db.session.rollback()
    assert search_everywhere(*words) == set()
    person = db.session.get_one(Person, zoe.id)
    assert (person.name, person.is_active, person.password_hash) == (FORMER_MEMBER, False, None)
    request = db.session.scalars(sa.select(BookingRequest)).one()
    assert request.requester_id == zoe.id
    assert request.details.title == f"Trial of {FORMER_MEMBER}"
    assert request.details.purpose == f"Ask {FORMER_MEMBER} or {FORMER_MEMBER}."
    assert db.session.get_one(Person, request.contact_id).name == "Bo Colleague"
    assert db.session.scalars(sa.select(Occurrence.state)).all() == [State.REQUESTED]
    for name, rule in TABLES.items():
        table = db.metadata.tables[name]
        for column, naming in rule.people.items():
            left = sa.select(sa.func.count()).where(table.c[column] == zoe.id)
            if naming.erased is not Erased.FORMER:
                assert db.session.scalar(left) == 0, (name, column)
    assert db.session.scalars(
        sa.select(Membership.until).where(Membership.person_id == zoe.id)
    ).all() == [clock.now(), clock.now()]
    assert "person_erased" in db.session.scalars(sa.select(AuditEntry.event)).all()
    assert verify().fault is None
    assert erasures.read_text() == f"{zoe.id} {zoe.created_at.isoformat()}\n"


def test_the_copy_has_each_table_that_names_the_person_and_nobody_else(zoe):
    copied = copy_of(zoe.id)
    db.session.rollback()

    sections = {(one.table, one.column) for one in copied}
    for name, rule in TABLES.items():
        table = db.metadata.tables[name]
        for column in rule.people:
            there = sa.select(sa.func.count()).where(table.c[column] == zoe.id)
            assert ((name, column) in sections) == bool(db.session.scalar(there)), (name, column)
    assert len(sections) >= 15
    text = json.dumps([list(one.rows) for one in copied], ensure_ascii=False)
    for mine in (NAME, EMAIL, "Firm Ltd", "Is it dark?", "Regards", "I am Zoe"):
        assert mine in text
    for foreign in ("Bo Colleague", "bo@example.org", "away@", "Away", "Co", "approver@", "hash"):
        assert foreign not in text.replace("Copenhagen", ""), foreign
    for one in copied:
        assert one.table in TABLE_WORDS
        assert {key for row in one.rows for key in row} <= set(FIELD_WORDS)


def test_what_was_written_for_an_organisation_that_one_left_is_not_in_the_copy(zoe):
    move_to(zoe, make_organisation("Elsewhere Ltd"))

    text = json.dumps([list(one.rows) for one in copy_of(zoe.id)], ensure_ascii=False)

    for written in ("Trial of", "Regards", "Is it dark?", "Says"):
        assert written not in text
    reference = db.session.scalar(sa.select(BookingRequest.reference))
    assert reference in text, "that they sent it, and when"


def test_the_last_manager_coordinator_or_administrator_is_not_erased(app_context, erasures):
    firm = make_organisation()
    manager = make_person(email="manager@example.org")
    make_membership(manager, firm, role="manager")
    make_person(organisation=firm)
    coordinator = make_coordinator(make_cluster())
    admin = make_person(is_admin=True)

    for person, code in (
        (manager, "last_manager"),
        (coordinator, "last_coordinator"),
        (admin, "last_admin"),
    ):
        with pytest.raises(Conflict, match=code):
            erase_own_account(person.id, erasures)
        db.session.rollback()
        assert db.session.get_one(Person, person.id).is_active
    assert not erasures.exists()

    second = make_person(is_admin=True)
    erase_own_account(admin.id, erasures)
    with pytest.raises(NotFound):
        erase_account(second.id, second.email, erasures)
    with pytest.raises(Forbidden):
        erase_account(manager.id, coordinator.email, erasures)
    plain = make_partner("plain@example.org")
    erase_account(second.id, "Plain@example.org", erasures)
    db.session.rollback()
    assert not db.session.get_one(Person, plain.id).is_active
    assert len(erasures.read_text().splitlines()) == 2


@no_database
def test_a_name_that_somebody_else_has_or_of_one_word_stays_in_texts(app_context, erasures):
    lab = make_facility(make_cluster())
    twins = [make_partner(name="Jan Jansen") for _ in range(2)]
    hall = make_partner(name="Hall")
    request = make_request(twins[0], lab, [SLOT], purpose="Jan Jansen comes to the Hall.")

    erase_own_account(twins[0].id, erasures)
    erase_own_account(hall.id, erasures)
    db.session.rollback()
    purpose = sa.select(BookingRequest.purpose).where(BookingRequest.id == request.id)
    assert db.session.scalar(purpose) == "Jan Jansen comes to the Hall."


def test_a_short_name_in_a_text_of_full_length_is_replaced_too(app_context, erasures):
    firm = make_organisation("Firm Ltd", billing_name="Bo Li ".ljust(120, "x"))
    bo = make_person("bo@example.org", organisation=firm, name="Bo Li")
    reference = "Bo Li, cost centre ".ljust(60, "7")
    request = make_request(
        bo, make_facility(make_cluster()), [SLOT], title="Bo Li ".ljust(120, "x"),
        billing_reference=reference,
    )  # fmt: skip

    erase_own_account(bo.id, erasures)
    db.session.rollback()
    kept = db.session.get_one(BookingRequest, request.id).details
    assert kept.billing_reference == reference.replace("Bo Li", FORMER_MEMBER)[:60]
    assert not search_everywhere("Bo Li")


@no_database
def test_who_takes_common_words_as_a_name_erases_them_from_nobody_elses_texts(
    app_context, erasures
):
    lab = make_facility(make_cluster())
    lab_text = "Visitors must not enter alone."
    db.session.add(Arrival(facility_id=lab.id, text=lab_text))
    rival = make_partner(name="must not", organisation=make_organisation("Rival Ltd"))
    request = make_request(make_partner(), lab, [SLOT], purpose="It must not rain.")

    erase_own_account(rival.id, erasures)
    db.session.rollback()
    assert db.session.scalar(sa.select(Arrival.text)) == lab_text
    purpose = sa.select(BookingRequest.purpose).where(BookingRequest.id == request.id)
    assert db.session.scalar(purpose) == "It must not rain."


@no_database
def test_the_copy_has_nothing_of_a_confidential_request_that_does_not_name_the_person(zoe):
    request = db.session.scalars(sa.select(BookingRequest)).one()
    request.is_confidential = True
    db.session.commit()

    found = [one.rows for one in copy_of(zoe.id) if one.table in ("booking_request", "booking_log")]
    assert "Trial of" not in json.dumps(found, default=str)
    assert "Regards" not in json.dumps(found, default=str)


@no_database
def test_nothing_is_erased_when_the_list_cannot_be_written(zoe, tmp_path):
    with pytest.raises(OSError, match="missing"):
        erase_own_account(zoe.id, tmp_path / "missing" / "list.txt")
    db.session.rollback()
    assert db.session.get_one(Person, zoe.id).name == NAME


@no_database
def test_an_erasure_is_applied_again_after_a_restore(app, zoe, erasures, tmp_path):
    path = db.engine.url.database
    backup = tmp_path / "backup.db"
    db.session.rollback()
    with sqlite3.connect(path) as live:
        live.execute("VACUUM INTO ?", [str(backup)])
    live.close()
    erase_own_account(zoe.id, erasures)
    db.session.rollback()
    db.engine.dispose()
    with sqlite3.connect(backup) as kept, sqlite3.connect(path) as live:
        kept.backup(live)
    live.close()
    assert search_everywhere(NAME, EMAIL)
    db.session.rollback()
    # Somebody who got the same number after the backup is another person.
    bo_id = db.session.scalar(sa.select(Person.id).where(Person.email == "bo@example.org"))
    with erasures.open("a") as lines:
        lines.write(f"{bo_id} {(NOW - timedelta(days=3)).isoformat()}\n")

    assert erase_again(erasures) == 1

    db.session.rollback()
    assert search_everywhere(NAME, EMAIL) == set()
    assert search_everywhere("bo@example.org")
    assert erase_again(erasures) == 0
    erasures.write_text("Zoe\n")
    with pytest.raises(ValueError, match="line 1"):
        erase_again(erasures)


@no_database
def test_a_changed_name_is_logged_without_either_name(zoe):
    change_name(zoe.id, "Zoe Berg")
    change_name(zoe.id, "Zoe Berg")
    db.session.rollback()
    entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.event == "name_changed"))
    assert [(one.person_id, one.content) for one in entries] == [(zoe.id, None)]
