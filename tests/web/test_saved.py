"""Favourites, saved searches and what somebody has just looked at, as a person uses them."""

import pytest

from booking.accounts.models import Organisation
from booking.accounts.queries import account_of
from booking.extensions import db
from booking.favourites.queries import favourite_ids
from booking.saved.queries import searches_of
from tests.factories import make_cluster, make_coordinator, make_facility, make_partner, sign_in
from tests.pages import get_page, post, submit


@pytest.fixture
def partner(app_context):
    cluster = make_cluster("censec", short_name="CenSec")
    make_coordinator(cluster)
    make_facility(cluster, "hall", name="Fire hall")
    make_facility(cluster, "bench", name="Test bench")
    person = make_partner()
    db.session.commit()
    return person


def star(page, slug):
    return page.one("form", id=f"favourite-{slug}")


def kept_by(person):
    """The searches that a person keeps now."""
    db.session.rollback()
    return searches_of(person.id)


def test_a_star_says_what_it_does_and_leads_back_to_the_page(partner, client):
    assert "Add to favourites" not in client.get("/facilities").text  # nobody is signed in
    sign_in(client, partner)
    page = get_page(client, "/facilities")
    assert star(page, "hall").one("button").text == "Add to favourites Fire hall"
    answer = post(
        client,
        "/facilities/hall/favourite",
        headers={"Referer": "http://localhost/facilities?kind=lab"},
    )
    assert answer.location == "/facilities?kind=lab#favourite-hall"
    assert star(get_page(client, "/facilities"), "hall").one("button").text.startswith("Remove")
    assert (
        star(get_page(client, "/facilities/hall"), "hall").one("button").text.startswith("Remove")
    )


def test_a_page_kept_for_colleagues_has_each_readers_own_stars_and_favourites(partner, client, app):
    organisation = db.session.get(Organisation, account_of(partner.id).organisation_id)
    db.session.commit()
    colleague = make_partner(organisation=organisation)
    db.session.commit()
    sign_in(client, partner)
    post(client, "/facilities/hall/favourite")
    other = app.test_client()
    sign_in(other, colleague)
    assert star(get_page(client, "/facilities"), "hall").one("button").text.startswith("Remove")
    assert star(get_page(other, "/facilities"), "hall").one("button").text.startswith("Add")
    mine, theirs = (get_page(one, "/facilities?favourites=yes") for one in (client, other))
    assert "Fire hall" in mine.one("main").text
    assert "Test bench" not in mine.one("main").text
    assert "No favourites yet" in theirs.one("main").text
    assert app.test_client().get("/facilities?favourites=yes").location.startswith("/sign-in")


def test_a_search_is_saved_by_name_opened_and_deleted(partner, client):
    sign_in(client, partner)
    page = get_page(client, "/facilities?what=fire")
    link = next(one for one in page.all("a") if one.text == "Save this search")
    form = get_page(client, link.get("href")).one("main").one("form")
    faulty = submit(client, form, {"name": ""})
    assert faulty.status_code == 422
    assert "Give the search a name." in faulty.text
    assert submit(client, form, {"name": "Fire <b>"}).status_code == 303
    again = submit(client, form, {"name": "Twice"})
    assert again.status_code == 409
    assert 'value="Twice"' in again.text
    search = kept_by(partner)[0]
    assert (search.name, search.query, search.tells) == ("Fire <b>", "what=fire", True)
    assert "Fire &lt;b&gt;" in client.get("/account/saved").text
    opened = client.get(f"/account/saved/searches/{search.key}")
    assert opened.location == "/facilities?what=fire"
    post(client, f"/account/saved/searches/{search.key}/tell", {"tells": "no"})
    assert not kept_by(partner)[0].tells
    post(client, f"/account/saved/searches/{search.key}/delete")
    assert kept_by(partner) == []
    assert client.get("/account/saved/searches/new").location == "/facilities"


def test_what_one_looks_at_is_in_ones_browser_only_until_signing_out(partner, client):
    client.get("/facilities/hall")
    assert client.get_cookie("booking-viewed") is None  # nobody is signed in
    sign_in(client, partner)
    client.get("/facilities/bench")
    client.get("/facilities/hall")
    page = get_page(client, "/account/saved")
    assert [one.text for one in page.one("section", **{"aria-labelledby": "viewed"}).all("a")] == [
        "Fire hall",
        "Test bench",
    ]
    db.session.rollback()
    other = make_partner()
    db.session.commit()
    sign_in(client, other)  # at the same browser
    assert "Fire hall" not in client.get("/account/saved").text
    sign_in(client, partner)
    post(client, "/account/saved/viewed/off")
    client.get("/facilities/hall")
    assert "is not remembered" in client.get("/account/saved").text
    post(client, "/account/saved/viewed/forget")
    client.get("/facilities/hall")
    assert "Fire hall" in client.get("/account/saved").text
    post(client, "/sign-out")
    assert client.get_cookie("booking-viewed") is None
    assert favourite_ids(partner.id) == set()
