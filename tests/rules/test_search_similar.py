"""Which facilities are similar: they offer the same, and their kinds fit."""

import json
from types import SimpleNamespace

import pytest

from booking.catalogue.mapping import concepts_of
from booking.catalogue.reading import SHIPPED
from booking.concepts.vocabulary import present_vocabulary
from booking.search.similar import fits_in_kind, offers_of, shared_offers


def offers(*capabilities, concepts=()):
    facility = SimpleNamespace(capabilities=capabilities, concepts=tuple(concepts))
    return offers_of(facility, present_vocabulary())


@pytest.mark.parametrize(
    ("own", "others", "shared"),
    [
        ("immunity tests", "electromagnetic test", ["emc-testing"]),
        ("flights beyond visual line of sight", "flight beyond sight", ["bvlos", "flight"]),
        ("smoke tests", "smoke", ["smoke"]),
        ("wine tasting", "Wine tasting", ["wine tasting"]),
        # Two kinds of fire tests are not the same.
        ("vertical furnace", "flammability tests", []),
        ("screened meeting room", "reverberation chamber", []),
        # Nearly all have these.
        ("meeting room and training", "meeting room, training", []),
        ("drone prototypes", "drones", []),
        ("aircraft up to 150 kg", "thirteen aircraft shelters", []),
        ("cooking", "smoke tests", []),
    ],
)
def test_facilities_share_what_one_of_them_offers_by_itself(own, others, shared):
    assert shared_offers(offers(own), offers(others)) == shared
    assert shared_offers(offers(others), offers(own)) == shared


def test_of_what_is_shared_only_the_narrowest_is_named():
    one = offers(concepts=["immunity-testing", "emc-testing"])

    assert shared_offers(one, one) == ["immunity-testing"]


def test_concepts_that_are_stated_count_instead_of_the_words_of_capabilities():
    assert shared_offers(offers("wildfire", concepts=["clean-room"]), offers("wildfire")) == []


def test_hazards_access_and_places_make_no_facilities_similar():
    one = offers(concepts=["smoke", "remote-access", "indoor", "country-dk"])

    assert shared_offers(one, one) == []


@pytest.mark.parametrize(
    ("kind", "others", "fits"),
    [
        ("workbench", "lab", True),
        ("workbench", "facility", True),
        ("range", "living lab", True),
        ("workbench", "range", False),
        ("living lab", "workbench", False),
        ("lab", "living lab", False),
        ("ship", "lab", True),
    ],
)
def test_kinds_fit_where_one_can_stand_in_for_the_other(kind, others, fits):
    assert fits_in_kind(kind, others) is fits_in_kind(others, kind) is fits


def test_a_briefing_room_is_similar_to_nothing_and_emc_chambers_to_each_other():
    facilities = json.loads(SHIPPED.read_text("utf-8"))["facilities"]
    offered = {
        one["slug"]: offers(*one["capabilities"], concepts=concepts_of(one)) for one in facilities
    }
    alike = {
        slug: {
            other
            for other, others in offered.items()
            if other != slug and shared_offers(own, others)
        }
        for slug, own in offered.items()
    }

    assert alike["censec-karup-matchmaking-room"] == set()
    assert alike["force-reverberation-chamber"] == {"dtu-electromagnetic", "iabg-space-test-centre"}
    assert "space53" in alike["uas-denmark"]
