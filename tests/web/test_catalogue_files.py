"""The catalogue for other programs: files, what search engines read, and that it leads back."""

import csv
import io
import json
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa

from booking.catalogue import reading, service
from booking.extensions import db
from booking.facilities.models import Facility
from tests.factories import make_cluster, make_facility
from tests.pages import get_page

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture
def catalogue(app_context):
    service.load(reading.read_catalogue())


def data_of(page):
    """Return the data that a page has for other programs."""
    (text,) = page.one("script", type="application/ld+json").children
    return json.loads(text)


def facility(slug):
    return db.session.scalars(sa.select(Facility).where(Facility.slug == slug)).one()


def test_what_is_exported_and_loaded_again_changes_nothing(catalogue, client, tmp_path):
    facility("uas-denmark").description = "Mended by its owner"
    facility("hsd-campus").people_limit = 31
    facility("hsd-campus").concepts = ["offices"]
    db.session.commit()
    file = tmp_path / "catalogue.json"
    file.write_bytes(client.get("/catalogue.json").data)

    report = service.load(reading.read_catalogue(file))

    assert report.lines == []


def test_the_exported_file_builds_the_same_catalogue_elsewhere(catalogue, client, tmp_path, app):
    exported = client.get("/catalogue.json").json
    shipped = json.loads(reading.SHIPPED.read_text(encoding="utf-8"))

    def facts(content):
        """Return the facilities without the number of groups, of which there is at least one."""
        return {
            one["slug"]: {
                **one,
                "capacity": {**one["capacity"], "simultaneous_groups": None},
                "focus_areas": sorted(one["focus_areas"]),
            }
            for one in content["facilities"]
        }

    assert facts(exported) == facts(shipped)
    assert exported["illustrative_defaults_by_kind"] == shipped["illustrative_defaults_by_kind"]
    assert {one["slug"] for one in exported["clusters"]} == {
        one["slug"] for one in shipped["clusters"]
    }


def test_the_table_has_a_row_for_each_facility_with_its_sources_and_page(catalogue, client):
    answer = client.get("/catalogue.csv")
    rows = {row["slug"]: row for row in csv.DictReader(io.StringIO(answer.text))}

    assert answer.mimetype == "text/csv"
    assert 'rel="license"' in answer.headers["Link"]
    assert len(rows) == 68
    row = rows["uas-photogrammetry-field"]
    assert row["part_of"] == "uas-denmark"
    assert row["country"] == "DK"
    assert row["capabilities"] == "camera and sensor calibration; map quality tests"
    assert row["source"].startswith("seen: https://")
    assert row["page"] == "http://localhost/facilities/uas-photogrammetry-field"


def test_no_cell_of_the_table_is_read_as_a_formula(app_context, client):
    make_facility(make_cluster(), slug="hall", description="=HYPERLINK(1)")
    db.session.commit()

    row = next(csv.DictReader(io.StringIO(client.get("/catalogue.csv").text)))

    assert row["description"] == "'=HYPERLINK(1)"


def test_the_sitemap_names_pages_that_everybody_can_open(catalogue, client):
    root = ElementTree.fromstring(client.get("/sitemap.xml").text)  # noqa: S314  # our own
    addresses = [one.text for one in root.iter(f"{SITEMAP}loc")]

    assert len([one for one in addresses if "/facilities/" in one]) == 68
    assert len(addresses) == len(set(addresses))
    for one in [*addresses[:12], addresses[-1]]:
        assert client.get(one.removeprefix("http://localhost")).status_code == 200


def test_search_engines_are_told_of_the_sitemap_and_kept_from_searches(client, app_context):
    lines = client.get("/robots.txt").text.splitlines()

    assert "Disallow: /*?" in lines
    assert "Sitemap: http://localhost/sitemap.xml" in lines


def test_a_facility_says_what_it_is_to_other_programs_at_its_one_address(catalogue, client):
    page = get_page(client, "/facilities/uas-photogrammetry-field?view=month&on=2027-01-11")

    here = "http://localhost/facilities/uas-photogrammetry-field"
    assert page.one("link", rel="canonical").get("href") == here
    data = data_of(page)
    assert data["@type"] == "Place"
    assert data["@id"] == here
    assert data["containedInPlace"]["@id"] == "http://localhost/facilities/uas-denmark"
    assert [one["name"] for one in data["amenityFeature"]] == [
        "camera and sensor calibration",
        "map quality tests",
    ]
    assert data["owner"]["name"] == "UAS Denmark with the national mapping agency"
    assert "maximumAttendeeCapacity" not in data  # it is a demo value


def test_what_an_owner_writes_cannot_leave_the_data_for_other_programs(app_context, client):
    text = '</script><script>alert(1)</script>"'
    make_facility(make_cluster(), slug="hall", description=text)
    db.session.commit()

    page = get_page(client, "/facilities/hall")

    assert data_of(page)["description"] == text
    assert not [one for one in page.all("script") if one.children == ["alert(1)"]]


def test_a_cluster_is_an_organisation_with_its_place(catalogue, client):
    data = data_of(get_page(client, "/clusters/censec"))

    assert data["@type"] == "Organization"
    assert data["address"]["addressCountry"] == "DK"
    assert set(data["location"]["geo"]) == {"@type", "latitude", "longitude"}
