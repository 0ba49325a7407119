"""New facilities: nobody but the coordinators of their cluster knows of a draft."""

import pytest
import sqlalchemy as sa

from booking.audit.models import AuditEntry
from booking.extensions import db
from booking.facilities.facts import set_here
from booking.facilities.models import Facility
from booking.rules.audit_events import Event
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    sign_in,
)
from tests.pages import get_page, read_page, submit

BEGIN = "/manage/clusters/here/facilities/new"
DRAFT = "/manage/new-facilities/smoke-hall-2"
PUBLIC = "/facilities/smoke-hall-2"
NAMED = {"name": "Smoke hall 2", "kind": "workbench"}
sqlite_only = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def hall(app_context, client, other_client):
    """A hall; two coordinators of its cluster are signed in."""
    cluster = make_cluster("here")
    hall = make_facility(cluster, "hall")
    one, other = make_coordinator(cluster, name="Ana"), make_coordinator(cluster, name="Bo")
    sign_in(client, one)
    sign_in(other_client, other)
    db.session.rollback()
    return hall


@pytest.fixture
def anonymous(app):
    """A browser of somebody who is not signed in."""
    return app.test_client()


def begun(client, **typed):
    form = get_page(client, BEGIN).one("form", action=BEGIN)
    answer = submit(client, form, NAMED | typed)
    db.session.rollback()
    return answer


def form_of(client):
    return get_page(client, DRAFT).one("form", action=DRAFT)


def errors_in(answer):
    return read_page(answer.text).one("div", class_="error-summary").text


def test_a_workbench_is_drafted_previewed_and_published(hall, client, anonymous):
    answer = begun(client, parent="hall", places="2")

    assert (answer.status_code, answer.location) == (303, DRAFT)
    form = form_of(client)
    typed = {"description": "Smells of smoke.", "capabilities": "smoke tests", "step": "preview"}
    assert submit(client, form, typed).location == f"{DRAFT}/preview"
    preview = get_page(client, f"{DRAFT}/preview")
    assert "Smells of smoke." in preview.one("main").text
    for page in (PUBLIC, "/facilities", "/catalogue.json", "/sitemap.xml", "/?what=smoke"):
        seen = anonymous.get(page)
        assert "Smells of smoke" not in seen.text, page
        assert "smoke-hall-2" not in seen.text, page
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Facility)) == 1

    published = submit(client, preview.one("form", action=f"{DRAFT}/publish"))

    assert published.location == "/manage/facilities/smoke-hall-2"
    assert "Smells of smoke." in anonymous.get(PUBLIC).text
    assert "Smoke hall 2" in anonymous.get("/?what=smoke").text
    db.session.rollback()
    made = db.session.scalars(sa.select(Facility).where(Facility.slug == "smoke-hall-2")).one()
    assert (made.parent_id, made.root_id) == (hall.id, hall.id)
    assert {"description", "status"} <= set_here(made), "no file overwrites it"
    assert db.session.scalars(
        sa.select(AuditEntry.event).where(AuditEntry.facility_id == made.id)
    ).all() == [Event.FACILITY_ADDED]
    log = get_page(client, "/manage/facilities/smoke-hall-2/history").one("main").text
    assert "Part of after Hall" in log
    assert client.get(DRAFT).status_code == 404


@sqlite_only
def test_nobody_else_knows_of_a_draft(hall, client, other_client, anonymous):
    begun(client)
    page = get_page(other_client, "/manage").one("main")
    assert DRAFT in [one.get("href") for one in page.all("a")], "the cluster's coordinators do"
    there = make_cluster("there")
    approver, stranger = make_approver(hall), make_coordinator(there)
    make_facility(there, "shed")
    for person in (approver, stranger):
        sign_in(anonymous, person)
        db.session.rollback()
        for address in (DRAFT, f"{DRAFT}/preview"):
            assert anonymous.get(address).status_code == 404
        assert "Smoke hall 2" not in anonymous.get("/manage").text


@sqlite_only
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"slug": "hall"}, "Another facility has the address hall."),
        ({"name": "Hall", "slug": ""}, "Another facility has the address hall."),
        ({"slug": "Smoke Hall"}, "Use small letters, digits and single dashes"),
        ({"name": "†", "slug": ""}, "Use small letters, digits and single dashes"),
        ({"name": ""}, "Enter a name."),
        ({"kind": ""}, "Choose one of these."),
        ({"parent": "shed"}, "Choose one of these."),
        ({"places": "0"}, "Enter 1 or more."),
        ({"places": "501"}, "Enter 500 or less."),
        ({"status": "closed"}, "Choose one of these."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(hall, client, typed, said):
    make_facility(make_cluster("there"), "shed")
    db.session.rollback()

    answer = begun(client, **typed)

    assert answer.status_code == 422
    if "kind" not in typed:
        assert said in errors_in(answer)
    kept = dict(read_page(answer.text).one("form", action=BEGIN).values())
    assert kept.get("places") == typed.get("places", "1")


@sqlite_only
def test_the_slug_of_a_draft_is_taken_too(hall, client, other_client):
    begun(client)

    assert "has the address smoke-hall-2" in errors_in(begun(other_client))


@sqlite_only
def test_two_coordinators_at_once_lose_nothing(hall, client, other_client):
    begun(client)
    mine, theirs = form_of(client), form_of(other_client)
    submit(other_client, theirs, {"size": "Large", "city": "Aarhus", "step": "draft"})

    refused = submit(client, mine, {"size": "Small", "step": "draft"})

    assert refused.status_code == 409
    assert "Saved by Bo on" in read_page(refused.text).one("main").text
    again = read_page(refused.text).one("form", action=DRAFT)
    kept = dict(again.values())
    assert (kept["size"], kept["city"]) == ("Small", "Aarhus")
    assert submit(client, again, {"step": "draft"}).status_code == 303
    stale = get_page(client, f"{DRAFT}/preview").one("form", action=f"{DRAFT}/publish")
    submit(other_client, form_of(other_client), {"size": "Huge", "step": "draft"})
    assert submit(client, stale).status_code == 409
    assert client.get(PUBLIC).status_code == 404, "only what was looked at is published"


@sqlite_only
def test_a_draft_that_is_deleted_is_gone_and_its_slug_free(hall, client):
    begun(client)
    page = get_page(client, DRAFT)

    gone = submit(client, page.one("form", action=f"{DRAFT}/discard"))

    assert gone.location == "/manage"
    assert begun(client).status_code == 303
