"""The log of who changed what: appending, its order, its chain, and erasing."""

import ast
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

import booking
from booking.audit.erasing import erase_addresses, erase_person
from booking.audit.models import AuditEntry, AuditHead
from booking.audit.recording import record
from booking.audit.verifying import verify
from booking.db.origin import WORKER, Origin, coming_from
from booking.db.transactions import _take_last_step, writing
from booking.extensions import db
from booking.rules.audit_chain import BEGINNING, ChainFault
from booking.rules.audit_events import Actor, Event
from booking.rules.lifecycle import Event as Step
from booking.rules.lifecycle import State
from booking.wording.audit import AREA_WORDS, EVENT_WORDS, Told, field_word, step_word
from booking.wording.terms import TERM_WORDS
from tests.conftest import NOW
from tests.factories import make_cluster, make_facility
from tests.statements import statements

pytestmark = pytest.mark.usefixtures("app_context")


VISITOR = Origin(Actor.VISITOR, "192.0.2.0/24")
#: An entry that does not follow from the one before.
APPENDED = (
    "INSERT INTO audit_entry (position, at, event, actor_kind, previous_hash, hash) "
    "SELECT 3, at, event, actor_kind, 'x', 'y' FROM audit_entry WHERE position = 1"
)


#: What gives its values to the log not in the call itself.
VALUES_OF_CALLS = {"_columns", "_logged", "_cluster_values", "_facility_values"}


def logged_names(node):
    """Return the names of the values that a call, or a function for calls, gives to the log."""
    given = []
    if isinstance(node, ast.Call):
        given = [one.value for one in node.keywords if one.arg in {"before", "after"}]
    elif isinstance(node, ast.FunctionDef) and node.name in VALUES_OF_CALLS:
        given = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
    written = [inner for one in given for inner in ast.walk(one) if isinstance(inner, ast.Dict)]
    return {key.value for one in written for key in one.keys if isinstance(key, ast.Constant)}


def entries():
    return db.session.scalars(
        sa.select(AuditEntry)
        .order_by(AuditEntry.position)
        .execution_options(populate_existing=True)
    ).all()


def write(number=1, **fields):
    """Append entries about a person, in one transaction."""
    with writing() as now:
        for _ in range(number):
            record(Event.PASSWORD_CHANGED, **{"now": now, "actor": 1, "person": 1, **fields})


def execute(sql):
    """Run SQL as somebody with access to the database would."""
    with db.engine.begin() as connection:
        connection.execute(sa.text(sql))


def past_the_guards(*statements):
    """Do what the database refuses, as somebody who owns it can."""
    with db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
            guards = []
        else:
            guards = connection.execute(
                sa.text(
                    "SELECT name, sql FROM sqlite_master "
                    "WHERE type = 'trigger' AND tbl_name LIKE 'audit%'"
                )
            ).all()
        for name, _ in guards:
            connection.execute(sa.text(f"DROP TRIGGER {name}"))
        for statement in statements:
            connection.execute(sa.text(statement))
        for _, guard in guards:
            connection.execute(sa.text(guard))
    db.session.rollback()  # what is read next is what is stored now


def test_entries_stand_in_one_order_and_the_chain_holds():
    write(2)
    write()

    assert [one.position for one in entries()] == [1, 2, 3]
    found = verify()
    assert (found.position, found.hash, found.fault) == (3, entries()[2].hash, None)


def test_what_is_rolled_back_leaves_no_entry():
    def failing():
        with writing() as now:
            record(Event.PASSWORD_CHANGED, now=now, actor=1, person=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    write()

    assert [one.position for one in entries()] == [1]


def test_nothing_is_recorded_outside_of_a_writing_transaction():
    with pytest.raises(RuntimeError, match="writing"):
        record(Event.PASSWORD_CHANGED, now=NOW, actor=1, person=1)


def test_what_changes_nothing_is_not_recorded():
    write(before={"a": 1}, after={"a": 1})

    assert entries() == []


def test_a_facility_names_its_cluster_and_all_of_a_transaction_takes_two_statements():
    facility = make_facility(make_cluster())
    with writing() as now:
        for _ in range(3):
            record(Event.STATUS_CHANGED, now=now, actor=1, facility=facility.id)
        with statements() as seen:
            _take_last_step()

    assert {one.cluster_id for one in entries()} == {facility.cluster_id}
    assert len(seen) == 2, seen


def test_an_entry_says_from_where_it_came():
    write(actor=None)
    with coming_from(WORKER):
        write(actor=None)
    with coming_from(VISITOR):
        write(actor=None)
        write()
        write(actor=None, by=Actor.PRODUCT)

    assert [(one.actor_kind, one.address) for one in entries()] == [
        ("operator", None),
        ("worker", None),
        ("visitor", "192.0.2.0/24"),
        ("person", "192.0.2.0/24"),
        ("product", None),
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_entry SET actor_id = 2",
        "UPDATE audit_entry SET content = NULL",
        "UPDATE audit_entry SET content = 'other', erased_by = 2",
        "UPDATE audit_entry SET erased_by = 1 WHERE position = 2",
        "DELETE FROM audit_entry WHERE position = 2",
        "UPDATE audit_head SET position = 1",
        "DELETE FROM audit_head",
        APPENDED,
    ],
)
def test_the_database_refuses_to_change_the_log(sql):
    write(2, why="Because.")

    with pytest.raises(DBAPIError, match="audit_"):
        execute(sql)

    assert verify().fault is None


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_postgresql_refuses_to_empty_the_log():
    with pytest.raises(DBAPIError, match="audit_"):
        execute("TRUNCATE audit_entry")


@pytest.mark.parametrize(
    ("sql", "position", "fault"),
    [
        ("UPDATE audit_entry SET actor_id = 9 WHERE position = 2", 2, ChainFault.CHANGED),
        ("UPDATE audit_entry SET event = 'x' WHERE position = 1", 1, ChainFault.CHANGED),
        (
            "UPDATE audit_entry SET hash = previous_hash WHERE position = 3",
            3,
            ChainFault.CHANGED,
        ),
        ("DELETE FROM audit_entry WHERE position = 2", 2, ChainFault.MISSING),
        ("DELETE FROM audit_entry WHERE position = 1", 1, ChainFault.MISSING),
        ("DELETE FROM audit_entry WHERE position = 3", 3, ChainFault.END_MISSING),
        ("UPDATE audit_head SET position = 2", 4, ChainFault.END_MISSING),
        (
            'UPDATE audit_entry SET content = \'{"why":"y"}\' WHERE position = 2',
            2,
            ChainFault.CONTENT_CHANGED,
        ),
        (
            "UPDATE audit_entry SET address = '10.0.0.0/24' WHERE position = 2",
            2,
            ChainFault.CONTENT_CHANGED,
        ),
        (
            "UPDATE audit_entry SET content = NULL WHERE position = 2",
            2,
            ChainFault.ERASED_BY_NOTHING,
        ),
        (
            "UPDATE audit_entry SET content = NULL, erased_by = 3 WHERE position = 2",
            2,
            ChainFault.ERASED_BY_NOTHING,
        ),
    ],
)
def test_the_first_entry_that_was_changed_is_named(sql, position, fault):
    write(3, why="x")

    past_the_guards(sql)

    found = verify()
    assert (found.position, found.fault) == (position, fault)


def test_a_log_that_was_written_anew_is_found_by_what_was_noted_of_it():
    write(3)
    noted = (2, entries()[1].hash)
    assert verify(expected=noted).fault is None

    anew = f"UPDATE audit_head SET position = 0, hash = '{BEGINNING}'"
    past_the_guards("DELETE FROM audit_entry", anew)
    assert verify().fault is None
    assert verify(expected=noted).fault is ChainFault.END_MISSING
    write(3, actor=2)

    assert verify().fault is None
    found = verify(expected=noted)
    assert (found.position, found.fault) == (2, ChainFault.CHANGED)


def test_erasing_a_person_leaves_a_chain_that_holds():
    with coming_from(VISITOR):
        write(person=5, actor=5, why="Lost my phone.", after={"street": "Kaivokatu 1"})
        write(person=6, actor=5, why="Asked for it.")
        write(person=6, actor=6, why="Mine.")
    with coming_from(VISITOR), writing() as now:
        erase_person(5, now, actor=5, why="They asked for it.")

    own, others, mine, erasure = entries()
    assert (own.content, own.content_salt, own.address, own.address_salt) == (None,) * 4
    assert (others.address, others.address_salt) == (None, None)
    assert "Asked for it." in others.content
    assert mine.address == "192.0.2.0/24"
    assert "They asked for it." in erasure.content
    found = verify()
    assert (found.fault, found.erased) == (None, 3)


def test_addresses_are_erased_once_they_are_old(at):
    with coming_from(VISITOR):
        write()
        at(NOW + timedelta(days=40))
        write()
    with coming_from(WORKER):
        for expected in (True, False):
            with writing() as now:
                assert erase_addresses(now - timedelta(days=30), now) is expected

    assert [one.address for one in entries()] == [None, "192.0.2.0/24", None]
    assert entries()[0].erased_by == 3
    assert verify().fault is None


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_writers_of_different_trees_append_one_after_the_other(app):
    facilities = [make_facility(make_cluster()).id for _ in range(4)]
    together = Barrier(len(facilities), timeout=20)

    def change(facility_id):
        with app.app_context():
            together.wait()
            for _ in range(5):
                with writing(facility_id) as now:
                    record(Event.STATUS_CHANGED, now=now, actor=1, facility=facility_id)

    threads = [Thread(target=change, args=[one]) for one in facilities]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    db.session.rollback()
    assert verify().position == 20
    assert verify().fault is None


def test_each_event_has_words():
    told = Told("Ada", "Bo", "Nordic Ltd", "Karup", "Range", "K7M-4QX")

    assert set(EVENT_WORDS) == set(Event)
    for event, words in EVENT_WORDS.items():
        assert str(words.label), event
        assert words.sentence(told).endswith("."), event
    assert all(AREA_WORDS.values())


def test_each_step_of_a_booking_has_a_word():
    # What changes the state is told by the new one.
    assert all(step_word(step) for step in {*Step, *State} - {Step.STEP})


def test_every_value_that_is_logged_has_a_word():
    names = {
        name
        for path in Path(booking.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in logged_names(node)
    }
    assert {"factor", "mails", "closed", "asked_from", "last_day"} <= names
    without = {name for name in names if field_word(name) == name.replace("_", " ")}
    assert without - set(TERM_WORDS) == {"step"}  # has words of its own


def test_the_head_names_the_last_entry():
    write(2)

    head = db.session.execute(sa.select(AuditHead.position, AuditHead.hash)).one()
    assert tuple(head) == (2, entries()[-1].hash)
