"""Pages on which owners propose concepts and administrators answer."""

import pytest

from booking.extensions import db
from tests.factories import make_cluster, make_facility, make_keeper, make_person, sign_in
from tests.pages import get_page, submit

TANK = {"facility": "pool", "en": "wave tank, wave basin", "de": "Wellenbecken", "source": "trade"}


@pytest.fixture
def browsers(app_context, app):
    """A keeper's and an administrator's."""
    cluster = make_cluster()
    make_facility(cluster, "net", concepts=["flight-cage"])
    keeper = make_keeper(make_facility(cluster, "pool", concepts=[]))
    admin = make_person(is_admin=True)
    db.session.commit()
    clients = app.test_client(), app.test_client()
    for client, person in zip(clients, (keeper, admin), strict=True):
        sign_in(client, person)
    return clients


def form_of(page, action):
    return next(one for one in page.all("form") if (one.get("action") or "").endswith(action))


def test_a_proposal_is_made_and_accepted_and_its_proposer_reads_so(browsers):
    keeper, admin = browsers
    form = form_of(get_page(keeper, "/manage/concepts/new"), "/manage/concepts/new")
    made = submit(keeper, form, TANK)
    assert "Waits for an administrator." in keeper.get(made.location).text
    listed = get_page(admin, "/admin/concepts").one("main")
    link = next(one.get("href") for one in listed.all("a") if one.text == "wave tank")
    accepted = submit(admin, form_of(get_page(admin, link), "/accept"))
    assert accepted.location == link
    assert "it is in the vocabulary" in keeper.get(made.location).text
    assert "Wellenbecken" in keeper.get(made.location).text
    again = submit(keeper, form, TANK | {"de": ""})
    assert again.status_code == 422
    assert "“wave tank” is in the vocabulary already." in again.text
    assert 'value="wave tank, wave basin"' in again.text


def test_a_proposal_is_merged_once_into_something_and_a_decline_needs_a_reason(browsers):
    keeper, admin = browsers
    form = form_of(get_page(keeper, "/manage/concepts/new"), "/manage/concepts/new")
    made = submit(keeper, form, TANK).location.replace("/manage/", "/admin/")
    refused = submit(admin, form_of(get_page(admin, made), "/decline"), {"why": " "})
    assert refused.status_code == 422
    assert "Say why, in a few words." in refused.text
    assert submit(admin, form_of(get_page(admin, made), "/merge")).status_code == 422
    merge = form_of(get_page(admin, made), "/merge")
    merged = submit(admin, merge, {"into": "indoor-flight"})
    assert "The facility has “indoor flight”." in admin.get(merged.location).text
    assert submit(admin, merge, {"into": "indoor-flight"}).status_code == 409


def test_a_merge_shows_first_what_would_change_and_is_undone(browsers, app):
    _, admin = browsers
    page = get_page(admin, "/admin/vocabulary/flight-cage?into=indoor-flight")
    assert "1 facility is found by “indoor flight”" in page.one("main").text
    assert "flight net" in page.one("main").text
    merged = submit(admin, form_of(page, "/merge"))
    assert "Undo the merge" in admin.get(merged.location).text
    assert "flight cage" in admin.get("/admin/concepts").text
    visitor = app.test_client()
    for address in ("/vocabulary/", "/synergies/capabilities/"):
        old = visitor.get(f"{address}flight-cage")
        assert (old.status_code, old.location) == (302, f"{address}indoor-flight")
    found = visitor.get("/facilities?equipment=flight-cage").text
    assert "indoor flight" in found
    assert "/facilities/net" in found
    undo = form_of(get_page(admin, "/admin/vocabulary/flight-cage"), "/undo-merge")
    submit(admin, undo)
    logged = get_page(admin, "/admin/log").one("main").text
    assert "brought a merged concept of the vocabulary back" in logged
    assert "flight cage" in logged
    assert "indoor flight" in logged
    assert visitor.get("/vocabulary/flight-cage").status_code == 200
    assert submit(admin, undo).status_code == 404


@pytest.mark.parametrize(
    ("concept", "into", "message"),
    [
        ("radar", "radar", "This is the concept itself."),
        ("drone-flight-testing", "indoor-flight", "This is a kind of the concept that would go."),
        ("radar", "", "Choose a concept of the vocabulary."),
        ("radar", "laser", "Only capabilities and equipment can be merged."),
    ],
)
def test_what_cannot_be_merged_is_said_at_the_field_before_and_after(
    browsers, concept, into, message
):
    _, admin = browsers
    before = admin.get(f"/admin/vocabulary/{concept}?into={into}")
    assert (before.status_code, message in before.text) == (422, True)
    other = "runway"
    form = form_of(get_page(admin, f"/admin/vocabulary/{concept}?into={other}"), "/merge")
    after = submit(admin, form, {"into": into})
    assert (after.status_code, message in after.text) == (422, True)
