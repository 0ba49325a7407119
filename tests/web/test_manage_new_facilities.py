"""New facilities: nobody knows of a draft but coordinators, and keepers of what it is part of."""

from datetime import time
from io import BytesIO

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from booking.audit.models import AuditEntry
from booking.extensions import db
from booking.facilities.facts import set_here
from booking.facilities.models import Facility
from booking.files.models import DraftFile, FacilityFile
from booking.rules.audit_events import Event
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_keeper,
    sign_in,
)
from tests.pages import csrf_token, get_page, read_page, submit
from tests.uploads import PDF, picture

BEGIN = "/manage/clusters/here/facilities/new"
DRAFT = "/manage/new-facilities/smoke-hall-2"
FACTS = f"{DRAFT}/facts"
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
    return get_page(client, FACTS).one("form", action=FACTS)


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
def test_nobody_else_knows_of_a_draft(hall, app, client, other_client, anonymous, files_here):
    begun(client, parent="hall")
    page = get_page(other_client, "/manage").one("main")
    assert DRAFT in [one.get("href") for one in page.all("a")], "the cluster's coordinators do"
    files = filled(client)
    there = make_cluster("there")
    shed, cellar = make_facility(there, "shed"), make_facility(hall.cluster, "cellar")
    strangers = [make_approver(hall), make_coordinator(there), make_keeper(shed, cellar)]
    pages = {
        (method, str(rule).replace("<string:slug>", "smoke-hall-2"))
        for rule in app.url_map.iter_rules()
        for method in rule.methods & {"GET", "POST"}
        if str(rule).startswith("/manage/new-facilities/")
    }
    assert len(pages) > 20
    for person in strangers:
        sign_in(anonymous, person)
        db.session.rollback()
        token = csrf_token(anonymous)
        for method, rule in [*pages, *(("GET", one) for one in files)]:
            address = rule.replace("<string:kind>", "pictures").replace("<int:number>", "1")
            answer = anonymous.open(address, method=method, data={"csrf_token": token})
            assert answer.status_code == 404, (method, address)
        assert "Smoke hall 2" not in anonymous.get("/manage").text


def filled(client):
    """Give the draft hours, rules, a picture and a document; return the addresses of both."""
    week = get_page(client, f"{DRAFT}/hours/week").one("form", action=f"{DRAFT}/hours/week")
    typed = {"mon-first-opens": "6", "mon-first-closes": "22:15", "step": "check"}
    assert submit(client, week, typed).location == f"{DRAFT}/hours"
    special = f"{DRAFT}/hours/special-days"
    form = get_page(client, special).one("form", action=special)
    typed = {"first": "2026-12-28", "note": "Stocktaking", "step": "check"}
    assert submit(client, form, typed).location == f"{DRAFT}/hours"
    terms = get_page(client, f"{DRAFT}/terms").one("form", action=f"{DRAFT}/terms")
    typed = {"people_limit": "17", "places": "3", "half_day_time": "13:00"}
    assert submit(client, terms, typed).status_code == 302
    addresses = []
    for kind, data, said in (
        ("pictures", picture(), {"alt": "A hall full of smoke."}),
        ("documents", PDF, {"title": "Site rules", "audience": "signed_in"}),
    ):
        there = f"{DRAFT}/files/{kind}"
        form = get_page(client, there).one("form", action=there)
        boundary, body = encode_multipart(
            {**dict(form.values()), **said, "file": FileStorage(BytesIO(data), "a.file")}
        )
        answer = client.post(
            there, data=body, content_type=f"multipart/form-data; boundary={boundary}"
        )
        assert answer.location == there, answer.text
        listed = get_page(client, there).one("ol", class_="file-list")
        found = (
            listed.all("img")[0].get("src")
            if kind == "pictures"
            else listed.all("a")[0].get("href")
        )
        addresses.append(found)
    db.session.rollback()
    return addresses


def test_hours_rules_and_files_are_published_with_the_facts(hall, client, anonymous, files_here):
    begun(client, parent="hall")
    shown, document = filled(client)
    assert [client.get(one).headers["Cache-Control"] for one in (shown, document)] == [
        "no-store"
    ] * 2
    preview = get_page(client, f"{DRAFT}/preview")
    for text in ("06:00 – 22:15", "Up to 17 people", "3 groups at a time", "Site rules", "28 Dec"):
        assert text in preview.one("main").text, text
    assert shown in str(preview.one("main").all("img")[0].get("src"))
    db.session.rollback()
    for table in (Facility, FacilityFile):
        there = db.session.scalar(sa.select(sa.func.count()).select_from(table))
        assert there == (table is Facility), "only the hall"

    published = submit(client, preview.one("form", action=f"{DRAFT}/publish"))

    assert published.location == "/manage/facilities/smoke-hall-2"
    page = anonymous.get(PUBLIC).text
    assert "06:00 – 22:15" in page
    assert shown in page
    assert anonymous.get(shown).status_code == 200
    assert client.get(document).status_code == 404, "it has another address now"
    db.session.rollback()
    made = db.session.scalars(sa.select(Facility).where(Facility.slug == "smoke-hall-2")).one()
    assert (made.people_limit, made.half_day_time) == (17, time(13))
    assert "opening_hours" in set_here(made)
    assert set(
        db.session.scalars(sa.select(AuditEntry.event).where(AuditEntry.facility_id == made.id))
    ) == {
        Event.FACILITY_ADDED,
        Event.HOURS_CHANGED,
        Event.SPECIAL_DAYS_CHANGED,
        Event.TERMS_CHANGED,
        Event.PICTURE_ADDED,
        Event.DOCUMENT_ADDED,
    }
    log = get_page(client, "/manage/facilities/smoke-hall-2/history").one("main").text
    assert "Site rules" in log
    assert db.session.scalar(sa.select(sa.func.count()).select_from(DraftFile)) == 0


@sqlite_only
def test_a_keeper_of_what_it_is_part_of_fills_a_draft_and_publishes_nothing(
    hall, client, anonymous, files_here
):
    begun(client, parent="hall")
    sign_in(anonymous, make_keeper(hall))
    db.session.rollback()
    page = get_page(anonymous, "/manage").one("main")
    assert DRAFT in [one.get("href") for one in page.all("a")]
    form = form_of(anonymous)
    assert "parent" not in dict(form.values())
    assert (
        submit(anonymous, form, {"size": "Large", "parent": "", "step": "draft"}).location == DRAFT
    )
    week = get_page(anonymous, f"{DRAFT}/hours/week").one("form", action=f"{DRAFT}/hours/week")
    assert submit(anonymous, week, {"sat-first-opens": "9", "sat-first-closes": "12"}).location
    assert "09:00 – 12:00" in get_page(anonymous, f"{DRAFT}/preview").one("main").text
    assert anonymous.get(f"{DRAFT}/terms").status_code == 404
    sent = {"csrf_token": csrf_token(anonymous), "version": "1"}
    for way in ("publish", "discard"):
        assert anonymous.post(f"{DRAFT}/{way}", data=sent).status_code == 403
    kept = get_page(client, DRAFT).one("main").text
    assert "Large" not in kept
    assert "keepers of Hall" in kept


@sqlite_only
def test_two_people_at_once_overwrite_no_hours_of_a_draft(hall, client, other_client):
    begun(client, parent="hall")
    week = f"{DRAFT}/hours/week"
    mine, theirs = (get_page(one, week).one("form", action=week) for one in (client, other_client))
    submit(other_client, theirs, {"mon-first-opens": "7", "mon-first-closes": "9"})

    refused = submit(client, mine, {"mon-first-opens": "8", "mon-first-closes": "9"})

    assert refused.status_code == 409
    page = read_page(refused.text)
    assert "Saved by Bo on" in page.one("main").text
    again = page.one("form", action=week)
    assert dict(again.values())["mon-first-opens"] == "8"
    assert submit(client, again).location == f"{DRAFT}/hours"


@sqlite_only
def test_a_draft_whose_place_is_gone_or_taken_says_so(hall, client):
    begun(client, parent="hall")
    make_facility(hall.cluster, "smoke-hall-2")
    db.session.rollback()

    answer = client.get(DRAFT)

    assert answer.location == FACTS
    assert "so this draft can only be deleted" in client.get(FACTS).text


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
    again = read_page(refused.text).one("form", action=FACTS)
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
