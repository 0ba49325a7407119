"""How complete facilities are, and one press that says they are still true."""

import pytest

from booking.extensions import db
from booking.facilities.models import Facility
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_facility,
    make_keeper,
    make_person,
    sign_in,
)
from tests.pages import get_page, submit
from tests.statements import count_statements


@pytest.fixture
def cluster(app_context):
    return make_cluster("censec", short_name="CenSec")


def entry(page, slug):
    return page.one("li", id=slug)


def test_the_list_says_what_is_missing_and_leads_to_its_field(cluster, client):
    make_facility(cluster, "hall", description="Big.", capabilities=["fire"], concepts=[])
    keeper = make_keeper(make_facility(cluster, "bench"))
    coordinator = make_coordinator(cluster)
    db.session.commit()
    sign_in(client, coordinator)
    page = get_page(client, "/manage/completeness/censec")
    hall = entry(page, "hall")
    assert "3 of 20" in hall.text  # with its opening hours
    assert hall.one("a", href="/manage/facilities/hall/facts#concepts-0").text == "Concepts"
    assert "Never confirmed." in hall.text
    sign_in(client, keeper)
    theirs = get_page(client, "/manage/completeness/censec")
    assert [one.get("id") for one in theirs.one("ul", class_="completeness").all("li")] == ["bench"]


def test_one_press_confirms_and_a_change_in_between_is_said(cluster, client):
    make_facility(cluster, "hall")
    coordinator = make_coordinator(cluster)
    db.session.commit()
    sign_in(client, coordinator)
    form = entry(get_page(client, "/manage/completeness/censec"), "hall").one("form")
    answer = submit(client, form)
    assert answer.location == "/manage/completeness/censec#hall"
    hall = entry(get_page(client, "/manage/completeness/censec"), "hall")
    assert "Confirmed on Tue 24 Nov." in hall.text
    assert not hall.all("form")
    db.session.rollback()
    facility = db.session.query(Facility).one()
    facility.confirmed_on = None
    db.session.commit()
    submit(client, form)  # as it was before: it has been confirmed since
    assert "Somebody has changed Hall since" in client.get("/manage/completeness/censec").text


def test_the_number_of_statements_does_not_grow_with_facilities(cluster, client):
    make_facility(cluster, "hall")
    coordinator = make_coordinator(cluster)
    db.session.commit()
    sign_in(client, coordinator)
    get_page(client, "/manage/completeness/censec")
    few = count_statements(lambda: client.get("/manage/completeness/censec"))
    db.session.rollback()
    for _ in range(5):
        make_facility(cluster)
    db.session.commit()
    client.get("/manage/completeness/censec")
    assert count_statements(lambda: client.get("/manage/completeness/censec")) == few


def test_an_unknown_town_is_said_with_what_to_do_until_coordinates_are_stated(cluster, client):
    hall = make_facility(cluster, "hall", city="Tolkingen (north)")
    make_facility(cluster, "yard", city="Odense")
    make_facility(cluster, "bench")
    coordinator, admin = make_coordinator(cluster), make_person(is_admin=True)
    db.session.commit()

    def said(person, address):
        sign_in(client, person)
        return get_page(client, address).one("main").text

    unknown = "does not know where Tolkingen (north) is"
    pages = (
        "/manage/completeness/censec", "/manage/facilities/hall", "/manage/facilities/hall/facts",
    )  # fmt: skip
    assert all(unknown in said(coordinator, page) for page in pages)
    assert said(coordinator, pages[0]).count("Not on the map") == 2
    listed = said(admin, "/admin/clusters/not-on-map")
    assert "Hall unknown town: Tolkingen (north)" in listed
    assert "Bench no town stated" in listed
    assert "Yard" not in listed

    db.session.rollback()
    hall.lat, hall.lon = 56.1, 9.1
    db.session.commit()

    assert not any(unknown in said(coordinator, page) for page in pages)
    assert "Tolkingen" not in said(admin, "/admin/clusters/not-on-map")
    near = get_page(client, "/facilities?sort=near-Tolkingen")
    assert "Nearest to Tolkingen" in near.one("main").text
    first = near.one("ol", class_="answer-list").all("h3")[0]
    assert first.text == "Hall"
    assert "Hall" in get_page(client, "/map").one("div", class_="map-and-list").text
