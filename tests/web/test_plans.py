"""Plans on their pages: proposing, joining, commenting, following."""

import pytest

from booking.accounts.queries import account_of
from booking.extensions import db
from booking.plans.service import PlanFacts, propose
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_facility,
    make_partner,
    make_person,
    sign_in,
)
from tests.pages import get_page, post, read_page, submit

TYPED = {
    "title": "EMC chamber",
    "cluster": "here",
    "kind": "lab",
    "description": "For <b>drones</b>.",
    "capabilities": "EMC testing\nindoor flight",
    "cost_class": "below_1m",
    "wanted_by": "2028-06-30",
}
FACTS = PlanFacts("Street", "range", "Of smoke.", ("smoke-training",), "", "unknown", None)


@pytest.fixture
def here(app_context):
    return make_cluster("here")


@pytest.fixture
def owner(here):
    return make_coordinator(here)


def form_of(page, name):
    return next(one for one in page.one("main").all("form") if name in (one.get("action") or ""))


def test_a_plan_is_proposed_with_errors_at_the_fields_and_all_that_was_typed(here, owner, client):
    sign_in(client, owner)
    assert "No plans yet" in get_page(client, "/plans").text
    form = form_of(get_page(client, "/plans/new?capability=emc-testing"), "/plans/new")
    assert dict(form.values())["capabilities"] == "electromagnetic compatibility testing"

    wrong = submit(client, form, TYPED | {"capabilities": "levitation", "wanted_by": "soon"})
    page = read_page(wrong.text)
    assert wrong.status_code == 422
    assert "Not in the vocabulary: levitation" in page.text
    assert dict(form_of(page, "/plans/new").values())["title"] == "EMC chamber"
    made = submit(client, form_of(page, "/plans/new"), TYPED)

    assert made.status_code == 303
    text = get_page(client, made.headers["Location"]).one("main").text
    for words in ("For <b>drones</b>.", "indoor flight", "€250,000 to €1 million", "30 Jun 2028"):
        assert words in text
    assert "EMC chamber" in get_page(client, "/plans").text


def test_a_partner_suggests_joins_and_comments(here, owner, client):
    key = propose(account_of(owner.id), "here", FACTS)
    sign_in(client, make_partner())
    address = f"/plans/{key}"
    page = get_page(client, address)
    assert "Say that your organisation would use it to comment" in page.text
    assert submit(client, form_of(page, "/organisation")).status_code == 303
    page = get_page(client, address)
    empty = submit(client, form_of(page, "/comments"), {"text": " "})
    assert empty.status_code == 422
    assert submit(client, form_of(page, "/comments"), {"text": "Ten days."}).status_code == 303

    page = get_page(client, address)

    assert "Ten days." in page.text
    assert "Organisations that would use it" not in page.text
    assert client.get(f"{address}/change").status_code == 403
    assert (
        post(client, f"{address}/status", {"status": "agreed", "seen": "idea"}).status_code == 403
    )
    suggested = post(client, "/plans/new", TYPED)
    assert "Others do not see it yet" in get_page(client, suggested.headers["Location"]).text


def test_late_steps_and_changes_show_how_it_stands_and_keep_what_was_typed(here, owner, client):
    key = propose(account_of(owner.id), "here", FACTS)
    sign_in(client, owner)
    step = {"status": "agreed", "seen": "idea"}
    assert post(client, f"/plans/{key}/status", step).status_code == 303
    assert post(client, f"/plans/{key}/status", step).status_code == 409
    assert post(client, f"/plans/{key}/status", {"status": "?"}).status_code == 404

    late = post(client, f"/plans/{key}/change", TYPED | {"revision": "0"})

    assert late.status_code == 409
    page = read_page(late.text)
    assert "Saved since you opened this page" in page.text
    form = form_of(page, "/change")
    assert dict(form.values())["title"] == "EMC chamber"
    assert submit(client, form).status_code == 303


def test_who_is_of_no_cluster_and_no_organisation_cannot_suggest(here, client):
    sign_in(client, make_person())

    assert "do not coordinate a cluster" in get_page(client, "/plans/new", 403).text
    assert post(client, "/plans/new", TYPED).status_code == 403


def test_a_planned_facility_is_followed_from_its_page(here, client):
    make_facility(here, "site", status="planned", hours=None)
    make_facility(here, "hall")
    page = get_page(client, "/facilities/site")
    assert page.all("a", href="/facilities/site/follow")
    assert not get_page(client, "/facilities/hall").all("a", href="/facilities/hall/follow")
    sign_in(client, make_partner())
    for text, answer in (("Tell me when it opens", "yes"), ("Do not tell me", "no")):
        page = get_page(client, "/facilities/site/follow")
        assert text in page.one("main").text
        assert post(client, "/facilities/site/follow", {"follow": answer}).status_code == 303
    assert post(client, "/facilities/hall/follow", {"follow": "yes"}).status_code == 409
    db.session.rollback()
