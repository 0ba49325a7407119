"""A database that cannot be used answers 503 with a page, and the health check says why."""

import pytest
import sqlalchemy as sa

from booking.extensions import db
from tests.factories import make_cluster, make_facility, make_partner, sign_in
from tests.pages import post, read_page

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"], scope="session")


@pytest.fixture
def read_only(app_context):
    """Call it to make the database read-only for all later connections."""
    engine = db.engine

    def protect(connection, _record):
        writes = "PRAGMA query_only=on"
        if engine.dialect.name == "postgresql":
            writes = "SET default_transaction_read_only = on"
        with connection.cursor() if engine.dialect.name == "postgresql" else connection as cursor:
            cursor.execute(writes)
            connection.commit()

    def make_read_only():
        db.session.remove()
        engine.dispose()
        sa.event.listen(engine, "connect", protect)

    yield make_read_only
    sa.event.remove(engine, "connect", protect)
    db.session.remove()
    engine.dispose()


def rename_a_column():
    db.session.execute(sa.text("ALTER TABLE facility RENAME COLUMN name TO gone"))
    db.session.commit()


def test_a_database_that_lacks_a_column_answers_503(app_context, client):
    rename_a_column()

    for path in ("/", "/calendar", "/facilities/hall"):
        answer = client.get(path)
        assert answer.status_code == 503, path
        assert answer.headers["Retry-After"]
        assert read_page(answer.text).one("main").all("a", href="/")


def test_a_database_of_another_revision_is_not_ready(app_context, client, monkeypatch):
    assert client.get("/readyz").status_code == 200
    monkeypatch.setattr("booking.db.readiness._newest_revision", lambda: "9999")

    answer = client.get("/readyz")

    assert (answer.status_code, answer.text) == (
        503,
        "The database has not been migrated: run flask db upgrade.\n",
    )


def test_a_read_only_database_is_not_ready_and_refuses_to_store(app_context, client, read_only):
    make_facility(make_cluster(), "hall")
    sign_in(client, make_partner())
    read_only()

    ready = client.get("/readyz")
    stored = post(client, "/account", {"name": "Anna"})

    assert (ready.status_code, ready.text) == (503, "The database is read-only.\n")
    assert stored.status_code == 503
    assert read_page(stored.text).one("main").all("a", href="/")


def test_pages_are_still_read_from_a_read_only_database(app_context, client, read_only, at):
    make_facility(make_cluster(), "hall")
    read_only()

    for path in ("/", "/?first=2027-01-11&last=2027-01-22&length=2-hour", "/facilities/hall"):
        assert client.get(path).status_code == 200


def test_the_check_of_the_database_waits_for_no_writer(app_context, client):
    with db.engine.connect().execution_options(writes=True) as writer, writer.begin():
        writer.execute(sa.text("UPDATE facility SET name = name"))

        assert client.get("/readyz").status_code == 200
