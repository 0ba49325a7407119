"""Searching by words: what facilities are found by, and that changes are seen at once."""

import pytest
import sqlalchemy as sa

from booking.catalogue import reading, service
from booking.db import clock
from booking.extensions import db
from booking.rules.visibility import ANONYMOUS
from booking.search.criteria import SearchCriteria
from booking.search.filters import Filters
from booking.search.reader_words import reader_words
from booking.search.service import search
from tests.factories import make_cluster, make_coordinator, make_facility, make_focus_area


@pytest.fixture
def cluster(app_context):
    cluster = make_cluster(
        "censec", name="Centre for Defence", short_name="CenSec", city="Karup", country="DK"
    )
    make_coordinator(cluster)
    return cluster


def page_of(text, **filters):
    filters = Filters(text=text, **filters)
    return search(filters, SearchCriteria(), ANONYMOUS, clock.now(), words=reader_words())


def found(text, **filters):
    """Return the slugs of the facilities that have all words, the best first."""
    page = page_of(text, **filters)
    return [one.facility.slug for one in page.results][: page.matches]


@pytest.mark.parametrize(
    "text",
    [
        "Tank",
        "collision tests",
        "wave machine",
        "range",
        "moving machines",
        "Esbjerg",
        "Denmark",
        "Danish",
        "CenSec",
        "centre for defence",
        "Maritime Institute",
        "Borders and sea",
        "border-maritime",
        "coasts",
    ],
)
def test_each_kind_of_fact_about_a_facility_is_searched(cluster, text):
    make_facility(
        cluster,
        "tank",
        name="Tank",
        kind="range",
        city="Esbjerg",
        run_by="Maritime Institute",
        capabilities=["collision tests"],
        description="A basin with a wave machine.",
        hazards=["machines"],
        focus_areas=[make_focus_area("border-maritime", description="Coasts")],
    )
    other = make_cluster("kit", country="DE", city="Karlsruhe", name="KIT", short_name="KIT")
    make_facility(other, "bench", name="Bench", kind="workbench")

    assert found(text) == ["tank"]


def test_all_that_a_subject_counts_is_found_by_its_name(app_context):
    service.load(reading.read_catalogue())

    for text, slug, number in (
        ("cybersecurity", "cybersecurity", 14),
        ("forensics", "forensics", 4),
        ("crisis management", "crisis-management", 11),
    ):
        subject = found("", focus_areas=(slug,))
        assert len(subject) == number
        assert set(subject) <= set(found(text))


SEARCHES = {
    "drone detection": ["ced-salon", "space53", "uas-denmark"],
    "EMC": ["dtu-electromagnetic", "force-reverberation-chamber", "iabg-space-test-centre"],
    "smoke room": [
        "dema-tinglev", "twente-fire-research-building", "twente-safety-campus", "valabre-ceren",
    ],
    "pentest": ["encs-test-lab"],
    "red team": [
        "code-cyber-range", "encs-red-blue-range", "iosb-it-security-lab", "ish-munich-airport",
    ],
    "VR": ["code-behavr-lab", "smart-city-innovation-center", "valabre-cesir"],
    "AI": ["karlsruhe-research-factory", "kastel-production"],
    "5G": ["com4innov", "hervanta-mobility-testbed", "vtt-classified-comms"],
    "workbench for chip security": [
        "aisec-hardware-bench", "charpak-cleanroom", "force-reverberation-chamber",
    ],
    "a place to test drones in France": [
        "avignon-technopole", "c2rd-pourrieres", "ced-salon", "luminy-flight-arena",
        "valabre-gis-bench",
    ],
    "pentest an EV charger": ["encs-test-lab"],
    "anechoic chamber": ["dtu-electromagnetic", "r2lab"],
}  # fmt: skip


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_people_type_finds_what_the_catalogue_has(app_context):
    service.load(reading.read_catalogue())

    assert {text: sorted(found(text)) for text in SEARCHES} == SEARCHES


def test_the_order_of_results_is_the_same_on_each_database(cluster):
    for slug in ("c", "a", "b"):
        make_facility(cluster, slug, name=f"Hall {slug}", capabilities=["smoke"])
    make_facility(cluster, "d", name="Smoke hall")
    make_facility(cluster, "e", name="Hall e", capabilities=["fire", "smoke"])

    page = page_of("smoke fire")

    assert [one.facility.slug for one in page.results] == ["e", "d", "a", "b", "c"]
    assert (page.matches, page.in_part) == (1, 4)


def test_filters_and_words_narrow_together(cluster):
    other = make_cluster("kit", country="DE")
    make_facility(cluster, "here", name="Smoke hall")
    make_facility(other, "there", name="Smoke room")

    assert found("smoke", clusters=("kit",)) == ["there"]


def change(statement):
    """Change something as somebody else does, whom no service knows of."""
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.execute(sa.text(statement))


def test_a_change_of_facts_or_subjects_is_found_at_once(cluster):
    make_facility(cluster, "hall", name="Hall")
    make_focus_area("forensics")
    assert found("smoke") == found("forensics") == []

    change("UPDATE facility SET description = 'Smoke is made here.'")
    assert found("smoke") == ["hall"]
    change("INSERT INTO facility_focus_area SELECT f.id, a.id FROM facility f, focus_area a")
    assert found("forensics") == ["hall"]
    change("UPDATE focus_area SET slug = 'space', description = ''")
    assert (found("forensics"), found("space")) == ([], ["hall"])
    change("DELETE FROM facility_focus_area")
    assert found("space") == []
