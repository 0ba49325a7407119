"""Writing transactions: one at a time in a session."""

from threading import Thread

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from booking.app import KEPT_CONNECTIONS
from booking.db import clock
from booking.db.transactions import end_reading, writing, writing_by_rules, writing_options
from booking.extensions import db
from booking.facilities.models import FocusArea
from tests.factories import make_cluster, make_facility
from tests.statements import statements


def focus_areas():
    return db.session.scalars(sa.select(FocusArea.slug)).all()


@pytest.mark.usefixtures("app_context")
def test_a_write_inside_another_raises_and_nothing_of_the_outer_one_is_saved():
    def outer():
        with writing():
            db.session.add(FocusArea(slug="lost", description="lost"))
            with writing():
                pass

    with pytest.raises(RuntimeError, match="inside another"):
        outer()

    assert focus_areas() == []
    with writing():
        db.session.add(FocusArea(slug="kept", description="kept"))
    assert focus_areas() == ["kept"]


@pytest.mark.usefixtures("app_context")
def test_a_write_may_follow_one_that_failed():
    def failing():
        with writing():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()

    with writing():
        db.session.add(FocusArea(slug="kept", description="kept"))
    assert focus_areas() == ["kept"]


def changing_rules(database_url):
    """Another session, which does not wait long, tries to change the rules of all facilities."""
    engine = sa.create_engine(database_url)
    try:
        with engine.begin() as other:
            other.execute(sa.text("SET lock_timeout = '100ms'"))
            other.execute(sa.text("DELETE FROM kind_default"))
    finally:
        engine.dispose()


@pytest.mark.parametrize("engine_name", ["postgresql"])  # SQLite lets only one write anyway
@pytest.mark.usefixtures("app_context")
def test_nobody_changes_rules_while_somebody_decides_by_them(database_url):
    with writing_by_rules():
        with pytest.raises(OperationalError, match="lock timeout"):
            changing_rules(database_url)
        with db.engine.connect() as another, another.begin():  # who else decides need not wait
            another.execute(sa.text("SET LOCAL lock_timeout = '100ms'"))
            another.execute(sa.text("SELECT number FROM rules_revision FOR SHARE"))

    with writing():
        changing_rules(database_url)


@pytest.mark.parametrize("engine_name", ["postgresql"])
@pytest.mark.usefixtures("app_context")
def test_trees_are_locked_before_the_rules():
    cluster = make_cluster()
    first, second = make_facility(cluster).id, make_facility(cluster).id
    with statements() as seen, writing_by_rules(second, first):
        pass

    assert len(seen) == 2
    assert seen[0].endswith("FOR NO KEY UPDATE")
    assert "FOR SHARE" in seen[1]


@pytest.mark.parametrize("engine_name", ["postgresql"])
@pytest.mark.parametrize("locked", ["facility", "rules_revision"])
def test_time_is_read_after_the_locks(app, app_context, locked):
    clock.set_source(None)
    facility_id = make_facility(make_cluster()).id
    db.session.rollback()
    times = []

    def write():
        with app.app_context(), writing_by_rules(facility_id) as now:
            times.append(now)

    waits = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    time = sa.text("SELECT clock_timestamp()")
    writer = Thread(target=write)
    with db.engine.connect() as holder, holder.begin():
        holder.execute(sa.text(f"SELECT FROM {locked} FOR UPDATE"))
        writer.start()
        while not holder.scalar(waits):
            assert writer.is_alive()
        released = holder.scalar(time)
    writer.join()

    assert times[0] > released


def prepared():
    """How many statements the server has planned for the connection of the session."""
    return db.session.scalar(sa.text("SELECT count(*) FROM pg_prepared_statements"))


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_the_server_keeps_the_plans_of_what_pages_read(app, client):
    with app.app_context():
        db.engine.dispose()  # so that there is one connection from now on
    for _ in range(8):
        assert client.get("/facilities").status_code == 200

    with app.app_context():
        assert prepared() > 0


def processes_of(connections):
    """Return the server's process for each of these connections, which are closed then."""
    process = sa.text("SELECT pg_backend_pid()")
    found = [one.scalar(process) for one in connections]
    for one in connections:
        one.close()
    return found


@pytest.mark.usefixtures("app_context")
@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_connections_stay_open_and_the_one_given_back_last_is_used_first():
    db.engine.dispose()
    number = range(KEPT_CONNECTIONS)

    before = processes_of([db.engine.connect() for _ in number])

    assert len(set(before)) == KEPT_CONNECTIONS
    assert processes_of([db.engine.connect() for _ in number]) == before[::-1]


@pytest.mark.usefixtures("app_context")
def test_the_end_of_reading_drops_what_is_pending():
    focus_areas()
    db.session.add(FocusArea(slug="never", description="never"))

    end_reading()

    assert not db.session().in_transaction()
    assert focus_areas() == []


@pytest.mark.usefixtures("app_context")
@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_a_connection_that_is_lost_after_all_was_read_is_no_error(database_url):
    process = db.session.scalar(sa.text("SELECT pg_backend_pid()"))
    engine = sa.create_engine(database_url)
    with engine.begin() as other:
        other.execute(sa.text("SELECT pg_terminate_backend(:process)"), {"process": process})
    engine.dispose()

    end_reading()

    assert focus_areas() == []


@pytest.mark.usefixtures("app_context")
def test_the_end_of_reading_saves_nothing_of_a_transaction_that_writes():
    db.session.connection(execution_options=writing_options(db.engine))
    db.session.add(FocusArea(slug="never", description="never"))
    db.session.flush()

    end_reading()

    assert focus_areas() == []


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_tests_notice_a_request_that_writes_outside_of_writing(app):
    with app.test_request_context():
        with writing():
            db.session.add(FocusArea(slug="kept", description="kept"))
        db.session.add(FocusArea(slug="lost", description="lost"))
        with pytest.raises(AssertionError, match="outside of writing"):
            db.session.flush()
        db.session.rollback()
