"""Writing transactions: one at a time in a session."""

from threading import Thread

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from booking.db import clock
from booking.db.transactions import writing, writing_by_rules
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
