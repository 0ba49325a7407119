"""Pages on which owners propose concepts and administrators answer."""

import pytest

from booking.extensions import db
from tests.factories import make_cluster, make_facility, make_keeper, make_person, sign_in
from tests.pages import get_page, submit

TANK = {"facility": "pool", "en": "wave tank, wave basin", "de": "Wellenbecken", "source": "trade"}


@pytest.fixture
def browsers(app_context, app):
    """A keeper's and an administrator's."""
    keeper = make_keeper(make_facility(make_cluster(), "pool", concepts=[]))
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
    assert "“wave tank” means “wave tank” already." in again.text
    assert 'value="wave tank, wave basin"' in again.text


def test_a_merge_into_itself_is_refused_at_the_field_and_a_decline_needs_a_reason(browsers):
    keeper, admin = browsers
    form = form_of(get_page(keeper, "/manage/concepts/new"), "/manage/concepts/new")
    made = submit(keeper, form, TANK).location.replace("/manage/", "/admin/")
    refused = submit(admin, form_of(get_page(admin, made), "/decline"), {"why": " "})
    assert refused.status_code == 422
    assert "Say why, in a few words." in refused.text
    assert submit(admin, form_of(get_page(admin, made), "/merge")).status_code == 422
    submit(admin, form_of(get_page(admin, made), "/accept"))
    merge = form_of(get_page(admin, made), "/merge")
    itself = submit(admin, merge, {"into": "wave-tank"})
    assert itself.status_code == 422
    assert "This is the concept itself." in itself.text
    merged = submit(admin, merge, {"into": "indoor-flight"})
    assert "1 facility has that now" in admin.get(merged.location).text
    late = submit(admin, merge, {"into": "indoor-flight"})
    assert late.status_code == 409
