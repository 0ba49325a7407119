"""Calendars kept in memory: their version rises with all that is drawn, whoever writes it."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from booking.db.transactions import writing
from booking.extensions import db
from booking.facilities import calendar_cache
from booking.facilities.calendar_cache import (
    ENTRY_BYTES,
    Drawn,
    calendar_versions,
    drawn_once,
    kept_bytes,
    text_bytes,
    written_once,
)
from booking.rules.lifecycle import State
from tests.conftest import NOW
from tests.factories import (
    make_closure,
    make_cluster,
    make_facility,
    make_partner,
    make_request,
    slot_on,
)
from tests.statements import statements

DAY = date(2027, 1, 12)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def hall(app_context, at):
    """A hall with a bench, and a date in the hall."""
    cluster = make_cluster("censec")
    hall = make_facility(cluster, "hall", places=2)
    make_facility(cluster, "bench", parent=hall)
    make_facility(cluster, "field")
    make_request(make_partner(), hall, [slot_on(DAY)], state=State.CONFIRMED)
    return hall


def versions():
    """The version of each facility, by slug, as a new transaction reads it."""
    db.session.rollback()
    slugs = dict(db.session.execute(sa.text("SELECT id, slug FROM facility")).all())
    found = calendar_versions(slugs)
    return {slugs[facility_id]: version for facility_id, version in found.items()}


CHANGES = {
    "date moved": "UPDATE occurrence SET state = 'cancelled'",
    "place taken": "INSERT INTO occupancy (place_id, occurrence_id, starts_at, ends_at)"
    " SELECT max(place_id) + 1, max(occurrence_id), min(starts_at), max(ends_at) FROM occupancy",
    "place held": "UPDATE occupancy SET held_until = ends_at",
    "place freed": "DELETE FROM occupancy",
    "title": "UPDATE booking_request SET title = 'Another'",
    "place added": "INSERT INTO place (facility_id) SELECT id FROM facility WHERE slug = 'bench'",
    "quota": "INSERT INTO quota (facility_id, period, measure, most)"
    " SELECT id, 'week', 'hours', 3 FROM facility WHERE slug = 'hall'",
    "closure": "INSERT INTO closure (cluster_id, facility_id, reason_is_public)"
    " SELECT cluster_id, id, true FROM facility WHERE slug = 'bench'",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_by_anybody_raises_the_version_of_its_tree_and_of_no_other(hall, change):
    before = versions()
    with db.engine.begin() as connection:
        assert connection.execute(sa.text(CHANGES[change])).rowcount == 1

    after = versions()
    assert after["hall"] > before["hall"]
    assert after["bench"] == after["hall"]
    assert after["field"] == before["field"]


def test_a_closure_of_the_cluster_raises_the_versions_of_all_its_trees(hall):
    closure = make_closure(hall, slot_on(DAY))
    with db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE closure SET facility_id = NULL"))
    before = versions()
    with db.engine.begin() as connection:
        connection.execute(
            sa.text("DELETE FROM closure_slot WHERE closure_id = :id"), {"id": closure.id}
        )

    assert all(versions()[slug] > version for slug, version in before.items())


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE organisation SET name = 'Another'",
        "UPDATE membership SET until = since",
        "UPDATE facility SET name = 'Another'",
    ],
)
def test_a_change_of_who_and_what_is_named_raises_the_versions_of_all(hall, change):
    before = versions()
    with db.engine.begin() as connection:
        connection.execute(sa.text(change))

    assert all(versions()[slug] > version for slug, version in before.items())


@pytest.fixture
def draw():
    """Draws a number that rises each time."""
    drawn = []

    def draw(until=LATER):
        drawn.append(None)
        return Drawn(len(drawn), until, size=10)

    return draw


def drawn(hall, draw, now=NOW, key="key"):
    db.session.rollback()
    return drawn_once(key, [hall.id], now, draw)


def test_what_was_drawn_is_kept_until_something_changes(hall, draw):
    assert [drawn(hall, draw), drawn(hall, draw)] == [1, 1]
    with db.engine.begin() as connection:
        connection.execute(sa.text(CHANGES["title"]))

    assert drawn(hall, draw) == 2


def test_what_was_drawn_is_kept_up_to_its_end_and_not_before_it_was_drawn(hall, draw):
    drawn(hall, draw)
    assert drawn(hall, draw, LATER - timedelta(microseconds=1)) == 1
    assert drawn(hall, lambda: draw(LATER + timedelta(hours=1)), LATER) == 2
    assert drawn(hall, draw, NOW) == 3


def test_what_changes_at_any_moment_is_not_kept(hall, draw):
    assert drawn(hall, lambda: draw(until=None)) == 1
    assert drawn(hall, draw) == 2


def test_a_writing_transaction_neither_reads_nor_keeps(hall, draw):
    drawn(hall, draw)
    with writing(hall.id):
        assert drawn_once("key", [hall.id], NOW, draw) == 2

    assert drawn(hall, draw) == 1


def test_a_reader_keeps_what_holds_in_their_snapshot(hall, draw):
    db.session.rollback()
    calendar_versions([hall.id])
    with db.engine.begin() as connection:
        connection.execute(sa.text(CHANGES["title"]))
    assert drawn_once("key", [hall.id], NOW, draw) == 1  # read before the change

    assert drawn(hall, draw) == 2


def test_no_more_is_kept_than_allowed(hall, draw):
    calendar_cache.prepare(db.engine, 1)
    for number in range(2000):
        drawn_once(number, [hall.id], NOW, draw)
    try:
        assert 900_000 < kept_bytes() <= 2**20
    finally:
        calendar_cache.prepare(db.engine, 64)


def test_long_keys_and_letters_that_take_more_than_a_byte_are_counted(hall, draw):
    assert text_bytes("–" * 1000) > 2000
    drawn_once(("page", ("an address", b"x" * 4000)), [hall.id], NOW, draw)

    assert kept_bytes() > ENTRY_BYTES + 4000


def test_nothing_is_kept_where_no_memory_is_allowed(hall, draw):
    calendar_cache.prepare(db.engine, 0)
    try:
        assert [drawn(hall, draw), drawn(hall, draw)] == [1, 2]
    finally:
        calendar_cache.prepare(db.engine, 64)


def test_the_versions_of_many_calendars_are_read_in_one_statement(hall):
    ids = [hall.id, hall.id + 1, hall.id + 2]
    versions()
    db.session.rollback()
    with statements() as run:
        calendar_versions(ids)
        calendar_versions(ids)
    # The number of the rules, and those of the trees.
    assert sum(text.startswith("SELECT") for text in run) == 2


def test_a_text_is_written_once_for_each_key(hall):
    written = []

    def write(key):
        written.append(key)
        return f"text of {key}"

    texts = [written_once(keys, write, len) for keys in (["a", "b"], ["b", "c"])]

    assert texts == [["text of a", "text of b"], ["text of b", "text of c"]]
    assert written == ["a", "b", "c"]
    assert kept_bytes() == 3 * (ENTRY_BYTES + len("text of a"))
