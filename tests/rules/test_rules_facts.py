"""What may be stated as a fact of a facility, and what is refused."""

import pytest

from booking.concepts.normalise import LANGUAGES
from booking.rules.facts import (
    FACTS,
    TEXT_LANGUAGES,
    FactFault,
    fact_faults,
    fact_named,
    stored_position,
    texts_of,
)
from booking.rules.new_facilities import is_slug, slug_of

SOUND = {
    "name": "Hall",
    "kind": "lab",
    "description": "<b>bold</b> is only text",
    "asking_cost": "free",
    "use_cost": "price_list",
    "use_prices_url": "https://example.org/prices",
    "hazards": ["smoke"],
    "contact_role": "Test centre office",
    "contact_languages": ["da", "en"],
    "position": [55.4763, 10.3309, False],
}
OFFERED = {"hazards": ["smoke", "water"]}


def test_sound_values_have_no_faults():
    assert fact_faults(SOUND, OFFERED) == []


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("name", None, FactFault.MISSING),
        ("name", "x" * 201, FactFault.TOO_LONG),
        ("kind", "castle", FactFault.UNKNOWN),
        ("setting", "upstairs", FactFault.UNKNOWN),
        ("size", 12, FactFault.WRONG_TYPE),
        ("use_prices_url", "http://example.org/prices", FactFault.NOT_HTTPS),
        ("use_prices_url", None, FactFault.NO_PRICE_LIST),
        ("capabilities", ["x" * 121], FactFault.TOO_LONG),
        ("capabilities", [str(one) for one in range(41)], FactFault.TOO_MANY),
        ("capabilities", ["drones", "drones"], FactFault.TWICE),
        ("capabilities", "drones", FactFault.WRONG_TYPE),
        ("hazards", ["dragons"], FactFault.UNKNOWN),
        ("contact_languages", ["xx"], FactFault.UNKNOWN),
        ("contact_role", "anna@example.org", FactFault.ADDRESS_OF_A_PERSON),
        ("position", [91.0, 10.0, False], FactFault.NO_POSITION),
        ("position", [float("nan"), 10.0, False], FactFault.NO_POSITION),
        ("position", [55.0], FactFault.NO_POSITION),
    ],
)
def test_what_cannot_be_stated_is_named_once(name, value, fault):
    (found,) = fact_faults(SOUND | {name: value}, OFFERED)

    assert (found.name, found.fault) == (name, fault)


def test_of_a_rounded_position_the_rest_is_not_stored():
    assert stored_position(55.4763, 10.3309, is_rounded=True) == [55.5, 10.3, True]


def test_texts_are_stated_in_each_language_of_the_vocabulary():
    assert sorted(TEXT_LANGUAGES) == sorted(LANGUAGES)
    in_french = fact_named("description.fr")
    assert (in_french.of, in_french.key) == ("description", "texts.fr.description")
    assert texts_of({"description.fr": "Hangar", "description.de": None}) == {
        "fr": {"description": "Hangar"}
    }


def test_each_fact_has_its_own_key_in_the_file():
    assert len({fact.key for fact in FACTS}) == len(FACTS)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Smoke hall 2", "smoke-hall-2"),
        ("Hal 3, Ørsted (Störfestigkeit)", "hal-3-orsted-storfestigkeit"),
        ("†", ""),
        ("a" * 79 + " b", "a" * 79),
    ],
)
def test_a_name_is_written_in_an_address_with_plain_letters(name, slug):
    assert slug_of(name) == slug
    assert is_slug(slug) is bool(slug)
