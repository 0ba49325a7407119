"""Writing transactions: one at a time in a session."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

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
def test_trees_are_locked_before_the_rules_and_time_is_read_last():
    cluster = make_cluster()
    first, second = make_facility(cluster).id, make_facility(cluster).id
    with statements() as seen, writing_by_rules(second, first):
        pass

    assert len(seen) == 3
    assert [one.rpartition("FOR ")[2] for one in seen[:2]] == ["NO KEY UPDATE", "SHARE"]
    assert "clock_timestamp" in seen[2]
