"""Each fact of a facility is stored and read as its declaration says."""

import pytest

from booking.clusters.models import FocusArea
from booking.extensions import db
from booking.facilities.described import described_facility
from booking.facilities.facts import (
    changed_facts,
    fact_values,
    mark_set_here,
    set_here,
    text_in,
    write_facts,
)
from booking.facilities.models import Facility
from booking.rules.facts import FACTS, FactKind, fact_faults
from booking.wording.facts import FACT_WORDS, fact_label, fact_text
from tests.factories import make_cluster, make_facility


def stated(fact):
    """A value to state."""
    if fact.kind is FactKind.POSITION:
        return [55.4763, 10.3309, True]
    if fact.name == "focus_areas":
        return ["cbrn"]
    if fact.kind in (FactKind.CHOICE, FactKind.CODES) and fact.choices:
        return fact.choices[-1] if fact.kind is FactKind.CHOICE else [fact.choices[-1]]
    if fact.is_list:
        return ["first", "second"]
    return "https://example.org/" if fact.kind is FactKind.LINK else f"some {fact.name}"


@pytest.fixture
def hall(app_context):
    db.session.add(FocusArea(slug="cbrn", description="-"))
    return make_facility(make_cluster("here"), "hall")


def test_every_fact_is_stored_and_read_and_can_be_taken_back(hall):
    areas = {one.slug: one for one in db.session.query(FocusArea)}
    values = {fact.name: stated(fact) for fact in FACTS}
    assert fact_faults(values) == []
    before = fact_values(hall)
    assert set(changed_facts(hall, values)) == values.keys()

    write_facts(hall, values, areas)
    db.session.commit()
    db.session.expire_all()
    assert fact_values(db.session.get(Facility, hall.id)) == values

    write_facts(hall, {fact.name: fact.nothing for fact in FACTS if not fact.needed}, areas)
    write_facts(hall, {"name": before["name"], "kind": before["kind"]}, areas)
    db.session.commit()
    db.session.expire_all()
    found = fact_values(hall)
    assert {found[fact.name] for fact in FACTS if not (fact.needed or fact.is_list)} == {None}
    assert (hall.texts, hall.lat, hall.position_is_rounded) == ({}, None, False)


def test_a_changed_fact_is_on_the_page_at_once(hall):
    assert described_facility("hall").size is None
    write_facts(hall, {"size": "4 by 5 m", "description.fr": "Un hangar"}, {})
    db.session.commit()

    found = described_facility("hall")

    assert (found.size, found.texts["fr"]) == ("4 by 5 m", {"description": "Un hangar"})
    assert text_in(found, "description", "fr") == "Un hangar"


def test_a_text_is_read_in_the_next_language_if_that_of_the_reader_has_none(hall):
    write_facts(hall, {"description": None, "description.nl": "Een hal"}, {})

    assert text_in(hall, "description", "fi") == "Een hal"
    assert text_in(hall, "access_conditions", "fi") is None


def test_what_somebody_here_has_set_is_remembered(hall):
    assert set_here(hall) == frozenset()
    mark_set_here(hall, ["size", "city"])
    mark_set_here(hall, ["size", "status"])
    db.session.commit()
    db.session.expire_all()

    assert set_here(hall) == {"city", "size", "status"}


def test_every_fact_and_every_value_has_words(app_context):
    assert {fact.of or fact.name for fact in FACTS} == FACT_WORDS.keys()
    for fact in FACTS:
        assert fact_label(fact.name)
        for choice in fact.choices:
            value = [choice] if fact.is_list else choice
            assert "_" not in fact_text(fact.name, value)
