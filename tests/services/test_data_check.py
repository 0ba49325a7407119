"""`flask check-data` finds what must never be, and nothing else."""

import sqlite3
from contextlib import closing
from datetime import date, datetime

import pytest
import sqlalchemy as sa

from booking.data_check.commands import TEXTS
from booking.data_check.queries import find_faults
from booking.extensions import db
from booking.facilities.models import Facility
from booking.rules.data_faults import FaultCode
from booking.rules.lifecycle import State
from tests.databases import new_app
from tests.factories import (
    make_closure,
    make_cluster,
    make_facility,
    make_partner,
    make_request,
    slot_on,
)

THURSDAY, FRIDAY = date(2027, 1, 14), date(2027, 1, 15)


@pytest.fixture
def data(app_context):
    """A hall with a bench: dates that take all of it, a place and a hold, and one cancelled.

    It has the ids of the dates by these names.
    """
    cluster = make_cluster()
    hall = make_facility(cluster, "hall", places=2)
    bench = make_facility(cluster, "bench", parent=hall)
    make_facility(make_cluster(), "elsewhere")
    partner = make_partner()
    ends = datetime.fromisoformat("2026-12-20T12:00:00Z")
    dates = {
        "whole": make_request(
            partner, hall, [slot_on(THURSDAY)], state=State.CONFIRMED, whole=True, places=2
        ),
        "place": make_request(partner, bench, [slot_on(FRIDAY)], state=State.CONFIRMED),
        "hold": make_request(partner, hall, [slot_on(FRIDAY)], holds=True, lapses_at=ends),
        "waiting": make_request(partner, hall, [slot_on(FRIDAY)], lapses_at=ends),
        "cancelled": make_request(partner, bench, [slot_on(FRIDAY)], state=State.CANCELLED),
    }
    return {name: one.bookings[0].occurrences[0].id for name, one in dates.items()}


def found():
    db.session.rollback()
    return {fault.code for fault in find_faults()}


def change(statement, **values):
    """Write past all services, and on SQLite past what guards the tables."""
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET session_replication_role = replica"))
    connection.execute(sa.text(statement), values)
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET session_replication_role = origin"))
    db.session.commit()


def test_nothing_is_wrong_with_what_services_write(data):
    assert found() == set()


OCCUPANCY = (
    "INSERT INTO occupancy (place_id, occurrence_id, starts_at, ends_at)"
    " SELECT {place}, :{date}, starts_at, ends_at FROM occurrence WHERE id = :{date}"
)
PLACE = "(SELECT min(p.id) FROM place p JOIN facility f ON f.id = p.facility_id WHERE slug = '{}')"
WRONG = [
    ("DELETE FROM occupancy WHERE occurrence_id = :place", FaultCode.NO_PLACES),
    (
        f"DELETE FROM occupancy WHERE place_id = {PLACE.format('bench')}",
        FaultCode.TOO_FEW_PLACES,
    ),
    (
        OCCUPANCY.format(place=PLACE.format("elsewhere"), date="place"),
        FaultCode.OTHER_FACILITYS_PLACE,
    ),
    (
        "UPDATE occurrence SET ends_at = '2027-01-15 23:00:00.000000' WHERE id = :place",
        FaultCode.SLOT_NOT_COVERED,
    ),
    (
        (
            "UPDATE occupancy SET held_until = '2026-12-20 12:00:00.000000'"
            " WHERE occurrence_id = :place"
        ),
        FaultCode.CONFIRMED_BUT_HELD,
    ),
    (
        "UPDATE occupancy SET held_until = NULL WHERE occurrence_id = :hold",
        FaultCode.HOLD_ENDS_AT_ANOTHER_TIME,
    ),
    ("UPDATE occurrence SET lapses_at = NULL WHERE id = :waiting", FaultCode.NEVER_EXPIRES),
    (
        OCCUPANCY.format(place=PLACE.format("elsewhere"), date="cancelled"),
        FaultCode.ENDED_BUT_TAKES,
    ),
    (
        (
            "UPDATE occurrence SET facility_id = (SELECT id FROM facility WHERE slug = 'hall')"
            " WHERE id = :place"
        ),
        FaultCode.OTHER_FACILITY_THAN_BOOKING,
    ),
    (
        (
            "INSERT INTO affected (occurrence_id, cause, marked_at, reason)"
            " VALUES (:cancelled, 'hours', '2026-11-24 09:00:00.000000', '')"
        ),
        FaultCode.ENDED_BUT_AFFECTED,
    ),
    (
        "UPDATE occurrence SET replaces_id = :place WHERE id = :waiting",
        FaultCode.REPLACES_DATE_OF_OTHER_REQUEST,
    ),
    ("UPDATE occurrence SET state = 'declined' WHERE id = :waiting", FaultCode.STATE_NOT_FROM_LOG),
    (
        (
            "UPDATE booking_log SET occurrence_ids = '[]' WHERE booking_id ="
            " (SELECT booking_id FROM occurrence WHERE id = :waiting)"
        ),
        FaultCode.NOT_IN_LOG,
    ),
    ("UPDATE booking_log SET before = 'declined'", FaultCode.LOG_DOES_NOT_FOLLOW),
    (
        "UPDATE booking_log SET booking_id = (SELECT max(id) FROM booking)",
        FaultCode.LOG_OF_OTHER_BOOKING,
    ),
    (
        (
            "UPDATE facility SET parent_id = (SELECT id FROM facility f WHERE f.slug = 'bench')"
            " WHERE slug = 'hall'"
        ),
        FaultCode.CYCLE,
    ),
    ("UPDATE facility SET root_id = id WHERE slug = 'bench'", FaultCode.WRONG_ROOT),
    (
        "UPDATE facility SET cluster_id = (SELECT max(id) FROM cluster) WHERE slug = 'bench'",
        FaultCode.OTHER_CLUSTER,
    ),
    (
        (
            "INSERT INTO timetable (facility_id, valid_from)"
            " SELECT id, '2027-03-01' FROM facility WHERE slug = 'bench'"
        ),
        FaultCode.TIMETABLES_OVERLAP,
    ),
    ("UPDATE booking_request SET organisation_id = NULL", FaultCode.NO_ORGANISATION),
    ("UPDATE booking SET request_id = (SELECT min(request_id) FROM booking)", FaultCode.NO_DATES),
    (
        (
            "INSERT INTO notice"
            " (person_id, booking_id, log_id, side, after, created_at, mail_tries)"
            " SELECT id, (SELECT max(id) FROM booking), (SELECT min(id) FROM booking_log),"
            " 'owner', 'requested', '2026-11-24 09:00:00.000000', 0 FROM person"
        ),
        FaultCode.NOTICE_OF_OTHER_BOOKING,
    ),
]


@pytest.mark.parametrize(("statement", "code"), WRONG, ids=[code.value for _, code in WRONG])
def test_each_thing_that_must_never_be_is_found(data, statement, code):
    used = {name: value for name, value in data.items() if f":{name}" in statement}

    change(statement, **used)

    assert code in found()


def test_a_closure_over_a_confirmed_date_that_was_not_marked_is_found(data):
    bench = db.session.scalars(sa.select(Facility).where(Facility.slug == "bench")).one()
    make_closure(bench, slot_on(THURSDAY))

    assert found() == {FaultCode.CLOSED_BUT_NOT_AFFECTED}


def test_an_expired_hold_may_have_lost_its_places(data, at):
    at(datetime.fromisoformat("2026-12-21T09:00:00Z"))
    place = PLACE.format("hall")
    change(
        f"DELETE FROM occupancy WHERE occurrence_id = :hold AND place_id = {place}",
        hold=data["hold"],
    )

    assert found() == set()


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_overlaps_and_rows_that_refer_to_nothing_are_found_where_nothing_guards_them(data):
    db.session.rollback()
    seat = OCCUPANCY.format(place=PLACE.format("bench"), date="place")
    with closing(sqlite3.connect(db.engine.url.database)) as connection:  # it checks nothing
        for trigger in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'occupancy'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {trigger[0]}")
        connection.execute(seat, {"place": data["place"]})
        connection.execute("DELETE FROM organisation")
        connection.commit()

    wanted = {FaultCode.NO_OVERLAP_GUARD, FaultCode.OVERLAP, FaultCode.MISSING_ROW}
    assert found() == wanted | {FaultCode.TOO_MANY_PLACES}


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_a_missing_constraint_is_found(data):
    db.session.execute(sa.text("ALTER TABLE occupancy DROP CONSTRAINT occupancy_no_overlap"))
    db.session.commit()

    assert found() == {FaultCode.NO_OVERLAP_GUARD}


def test_every_fault_has_words():
    assert TEXTS.keys() == set(FaultCode)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_command_prints_a_line_for_each_fault_and_fails(data, app):
    runner = app.test_cli_runner()
    assert runner.invoke(args=["check-data"]).output == "nothing wrong\n"
    change("DELETE FROM occupancy WHERE occurrence_id = :place", place=data["place"])
    reference = db.session.scalar(
        sa.text(
            "SELECT reference FROM booking_request r JOIN booking b ON b.request_id = r.id"
            " JOIN occurrence o ON o.booking_id = b.id WHERE o.id = :id"
        ),
        {"id": data["place"]},
    )

    failed = runner.invoke(args=["check-data"])

    where = f"{reference}, date {data['place']}, facility bench"
    assert failed.output == f"{where}: takes no place\n1 wrong\n"
    assert failed.exit_code == 1


def test_the_command_says_in_a_line_that_there_are_no_tables(tmp_path):
    app = new_app(f"sqlite:///{tmp_path}/empty.db")

    failed = app.test_cli_runner().invoke(args=["check-data"])

    assert failed.exit_code == 1
    assert failed.output.startswith("Error: The database does not answer or was not migrated.")
