"""Every facility has a picture that is drawn, and the picture shows what is there."""

import json
import re
from pathlib import Path

import pytest

from booking.wording.pictures import PICTURES, picture_of
from booking.wording.surroundings import surroundings
from booking.wording.words import KINDS

BOOKING = Path(__file__).resolve().parents[2] / "booking"
CATALOGUE = json.loads((BOOKING / "catalogue" / "catalogue.json").read_text())
FACILITIES = {one["slug"]: one for one in CATALOGUE["facilities"]}


def symbols(file):
    return re.findall(r'<symbol id="([a-z-]+)"', (BOOKING / "static" / file).read_text())


@pytest.mark.parametrize(
    ("slug", "picture"),
    [
        ("uas-denmark", "drone-runway"),
        ("unmanned-valley-test-zone", "drone-sea"),
        ("luminy-flight-arena", "drone-hall"),
        ("uas-photogrammetry-field", "drone-field"),
        ("space53", "drone-watch"),
        ("pori-emergency-centre", "fire-ground"),
        ("dbi-component-lab", "fire-lab"),
        ("valabre-ecasc", "wildfire"),
        ("valabre-cesir", "simulator"),
        ("code-cyber-range", "cyber-range"),
        ("encs-red-blue-range", "cyber-range"),
        ("aisec-labs", "cyber-lab"),
        ("aisec-hardware-bench", "bench"),
        ("micro-packs", "chip"),
        ("r2lab", "chamber"),
        ("com4innov", "mast"),
        ("vtt-classified-comms", "mast"),
        ("living-lab-scheveningen", "city"),
        ("nokia-arena", "arena"),
        ("taf-bw", "mobility"),
        ("iosb-it-security-lab", "industry"),
        ("energy-lab-2", "energy"),
        ("csi-lab", "forensics"),
        ("lfs-hazmat-lab", "cbrn"),
        ("lfs-interlab", "crisis"),
        ("iabg-cco", "space-chamber"),
        ("dlr-zki", "earth"),
        ("hsd-campus", "campus"),
        ("censec-karup-matchmaking-room", "meeting"),
        ("code-behavr-lab", "headset"),
    ],
)
def test_the_picture_shows_what_is_there(slug, picture):
    one = FACILITIES[slug]

    assert picture_of(one["kind"], one["focus_areas"], one["capabilities"]) == picture


@pytest.mark.parametrize("kind", [*KINDS, "something new"])
def test_a_facility_of_which_nothing_is_known_has_a_picture(kind):
    assert picture_of(kind, [], []) in PICTURES


def test_each_picture_is_drawn_once():
    assert sorted(symbols("pictures.svg")) == sorted(PICTURES)


def test_each_colour_of_the_pictures_is_known_light_and_dark():
    drawn = set(
        re.findall(r"var\((--pic-[a-z-]+)\)", (BOOKING / "static" / "pictures.svg").read_text())
    )
    light, dark = (BOOKING / "static" / "pictures.css").read_text().split("@media", 2)[:2]

    for scheme in (light, dark):
        assert set(re.findall(r"(--pic-[a-z-]+): #", scheme)) == drawn | {"--pic-sky"}


def test_each_icon_that_a_template_names_is_drawn():
    named = set()
    for template in (BOOKING / "templates").rglob("*.html"):
        named |= set(re.findall(r"\bicon\(\"([a-z-]+)\"\)", template.read_text()))

    drawn = symbols("icons.svg")
    assert named | {kind.replace(" ", "-") for kind in KINDS} <= set(drawn)
    assert len(drawn) == len(set(drawn))


@pytest.mark.parametrize(
    ("slug", "where"),
    [
        ("valkenburg-indoor-hangar", ["indoors"]),
        ("unmanned-valley-test-zone", ["outdoors"]),
        ("dbi-component-lab", ["indoors"]),
        ("taf-bw", ["outdoors"]),
        ("polamk-campus", []),
        ("cedim", []),
    ],
)
def test_indoors_and_outdoors_are_said_where_they_are_known(slug, where):
    assert surroundings(FACILITIES[slug]["name"], FACILITIES[slug]["capabilities"]) == where
