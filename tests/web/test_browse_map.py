"""The map of facilities, and the list beside it."""

import pytest

from booking.browse.facility_map import small_map
from booking.clusters.map import EUROPE, PIN_RADIUS, view_of
from booking.extensions import db
from booking.facilities.listed import listed_by_slug
from tests.factories import make_cluster, make_facility
from tests.pages import get_page
from tests.statements import count_statements


@pytest.fixture
def catalogue(app_context):
    munich = make_cluster("munich", short_name="Munich", country="DE")
    tampere = make_cluster("tampere", short_name="Tampere", country="FI")
    for slug, cluster, city in (
        ("aisec", munich, "Garching"),
        ("chamber", munich, "Ottobrunn"),
        ("cyber", munich, "Neubiberg"),
        ("bench", munich, "Neubiberg"),
        ("track", tampere, "Tampere"),
        ("secret", tampere, "location not published"),
    ):
        make_facility(cluster, slug, city=city, hazards=["smoke"] if slug == "cyber" else [])
    make_facility(tampere, "pier", city="Tampere", lat=60.2, lon=24.9, position_is_rounded=True)
    make_facility(tampere, "overseas", city="Tampere", lat=-33.9, lon=18.4)


def pins(page):
    return {one.get("aria-label"): one.get("href") for one in page.all("a", class_="pin")}


def places(page):
    return {
        one.one("h3").text: [link.text for link in one.all("a")]
        for one in page.all("section", class_="map-place")
    }


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_each_facility_is_on_the_map_or_said_not_to_be(catalogue, client):
    page = get_page(client, "/map")

    assert page.one("span", role="status").text == "8 facilities, 6 of them on the map"
    # What would overlap is one pin; it leads to a map of its cities.
    assert pins(page) == {
        "4 Neubiberg +2: facilities": "/map?city=Neubiberg&city=Garching&city=Ottobrunn",
        "1 Tampere: Pier": "/facilities/pier",
        "1 Tampere: Track": "/facilities/track",
    }
    listed = places(page)
    assert listed["DEGermany Neubiberg"] == ["Bench", "Cyber"]
    assert listed["FIFinland Tampere position to about 10 km"] == ["Pier"]
    assert listed["FIFinland location not published not on the map"] == ["Secret"]
    assert sorted(name for names in listed.values() for name in names) == sorted(
        one.name for one in listed_by_slug().values()
    )


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_map_shows_what_the_search_finds_as_large_as_possible(catalogue, client):
    page = get_page(client, "/map?cluster=munich&people=4")

    assert pins(page) == {
        "1 Garching: Aisec": "/facilities/aisec",
        # No closer map would tell these two apart.
        "3 Neubiberg +1: facilities": "#place-2",
    }
    links = {one.text: one.get("href") for one in page.one("main").all("a")}
    assert links["Show free times"] == "/facilities?cluster=munich&people=4"
    assert ("people", "4") in page.one("form", role="search").values()
    near = get_page(client, "/map?city=Neubiberg")
    assert pins(near)["2 Neubiberg: facilities"] == "#place-1"
    assert near.one("section", id="place-1").one("h3").text.endswith("Neubiberg")
    smoke = get_page(client, "/map?hazard=smoke&city=Tampere")
    assert "Without Tampere: 1 facility" in smoke.text


def test_a_view_holds_all_its_points_and_never_more_than_europe():
    for points in (
        [(500.0, 400.0)],
        [(400.0, 300.0), (470.0, 420.0)],
        [(480.0, 90.0), (490.0, 300.0)],
    ):
        view = view_of(points)
        assert view.width < EUROPE.width
        for x, y in map(view.at, *zip(*points, strict=True)):
            assert PIN_RADIUS < x < 745 - PIN_RADIUS
            assert PIN_RADIUS < y < 868 - PIN_RADIUS
    assert view_of([(120.0, 100.0), (840.0, 860.0)]) is EUROPE
    assert view_of([]) is EUROPE


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_small_map_says_how_sure_the_place_is(catalogue):
    db.session.rollback()
    notes = {
        slug: found and found.note
        for slug in ("track", "pier", "secret", "overseas")
        for found in [small_map(listed_by_slug()[slug])]
    }

    assert notes == {
        "track": "The city, not the site.",
        "pier": "To about 10 km, as its owner states it.",
        "secret": None,
        "overseas": None,
    }


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_page_of_a_facility_shows_where_it_is_if_that_is_public(catalogue, client):
    figure = get_page(client, "/facilities/track").one("figure", class_="small-map")
    assert figure.one("svg").get("aria-label") == "Map: Tampere"
    assert figure.text == "Tampere The city, not the site. Show on the map"
    assert figure.one("a").get("href") == "/map?city=Tampere"
    assert not get_page(client, "/facilities/secret").all("figure", class_="small-map")


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_map_costs_as_many_statements_whatever_the_number(catalogue, client, warm):
    def cost(url):
        db.session.rollback()
        return count_statements(lambda: get_page(client, url))

    get_page(client, "/map?what=lab")
    few = cost("/map?what=bench")
    cluster = make_cluster()
    for _ in range(30):
        make_facility(cluster, description="bench", city="Odense")
    get_page(client, "/map?what=lab")

    assert cost("/map?what=bench+") == few
