"""The vocabulary: nothing is missing in it, and nothing has two meanings."""

import json

import pytest

from booking.catalogue.mapping import ALSO, MAPPING, concepts_of
from booking.catalogue.reading import SHIPPED
from booking.concepts.normalise import IGNORED, LANGUAGES, fold
from booking.concepts.vocabulary import (
    AMBIGUOUS,
    CONCEPTS,
    Facet,
    concept_word,
    name_keys,
    named_in,
    spellings,
    with_broader,
)
from booking.concepts.word_sources import (
    ABBREVIATIONS,
    ATTESTED_CONCEPTS,
    OWN,
    SOURCES,
    attested_words,
)
from booking.search.spelling import typing_errors

FACILITIES = json.loads(SHIPPED.read_text("utf-8"))["facilities"]


def test_each_capability_of_the_catalogue_means_something_in_the_vocabulary():
    phrases = {(one["slug"], phrase) for one in FACILITIES for phrase in one["capabilities"]}
    mapped = {(slug, phrase) for slug, known in MAPPING.items() for phrase in known}

    assert len({phrase for _, phrase in phrases}) == 209
    assert phrases == {one for one in mapped if one[1] != ALSO}
    assert all(MAPPING[slug][phrase] for slug, phrase in phrases)
    assert {one["slug"] for one in FACILITIES} == set(MAPPING)


def test_what_is_mapped_and_each_hazard_kind_subject_and_country_is_a_concept():
    content = json.loads(SHIPPED.read_text("utf-8"))
    of_facilities = {one for facts in FACILITIES for one in concepts_of(facts)}
    codes = {one.partition(" (")[0] for facts in FACILITIES for one in facts["hazards"]}
    codes |= {one.replace(" ", "-") for one in content["vocabulary"]["kinds"]} - {"facility"}
    codes |= set(content["vocabulary"]["focus_areas"])
    codes |= {f"country-{one['country'].lower()}" for one in content["clusters"]}

    assert of_facilities | codes <= set(CONCEPTS)
    of_no_facility = {Facet.CAPABILITY, Facet.EQUIPMENT, Facet.ACCESS, Facet.SETTING}
    broader = {one for concept in CONCEPTS.values() for one in concept.broader}
    unused = [one.id for one in CONCEPTS.values() if one.facet in of_no_facility]
    assert not set(unused) - of_facilities - broader


@pytest.mark.parametrize(
    ("stated", "concepts"),
    [
        (["radar", "radar"], ["radar"]),
        ([], []),
        (None, ["automated-driving", "real-life-testing", "outdoor"]),
    ],
)
def test_concepts_that_a_file_states_count_instead_of_the_mapping(stated, concepts):
    facts = {
        "slug": "hiedanranta-pilot-district",
        "capabilities": ["autonomous bus trials"],
        "concepts": stated,
    }

    assert concepts_of(facts) == concepts


@pytest.mark.parametrize("concept", CONCEPTS.values(), ids=lambda one: one.id)
def test_a_concept_has_names_in_six_languages(concept):
    assert set(concept.names) == set(LANGUAGES) == {"en", "nl", "fr", "de", "da", "fi"}
    for names in concept.names.values():
        assert all(names)
        assert len(set(names)) == len(names)
        assert all(name == name.strip() for name in names)
    assert {*concept.broader, *concept.related} <= set(CONCEPTS)


def test_each_word_has_a_source_that_the_table_knows_or_is_the_teams_own():
    found = {
        (concept.id, language, name): source
        for concept in CONCEPTS.values()
        for language, name, source in concept.words()
    }
    known = {key for key, source in found.items() if source}

    # A source is never named for a word that the concept does not have.
    stated = {(one, *word) for one in ATTESTED_CONCEPTS for word in attested_words(one)}
    assert stated == known
    assert {source.source.key for source in found.values() if source} == set(SOURCES)
    assert OWN not in SOURCES
    for source in SOURCES.values():
        assert all((source.name, source.title, source.publisher, source.licence, source.read_on))
        assert all(one.startswith("https://") for one in (source.licence_url, source.address))
        assert source.entry.count("{}") == (1 if source.entry else 0)


def test_abbreviations_are_the_same_in_all_languages_and_count_once():
    drones = CONCEPTS["drones-uas"]

    assert all("UAV" in names for names in drones.names.values())
    assert [language for language, name, _ in drones.words() if name == "UAV"] == [ABBREVIATIONS]
    source = {name: source for _, name, source in drones.words()}["UAV"]
    assert (source.source.name, source.entry) == ("EuroVoc", "c_681e6d24")
    assert source.address == "http://eurovoc.europa.eu/c_681e6d24"


def test_no_concept_is_a_kind_of_itself():
    for concept in CONCEPTS.values():
        assert not any(concept.id in with_broader(one) for one in concept.broader)


def test_no_name_stands_for_two_concepts_unless_it_is_declared():
    meant = {}
    for concept in CONCEPTS.values():
        for language, names in concept.names.items():
            for name in names:
                for folded in spellings(name):
                    for key in name_keys(folded, language):
                        meant.setdefault((language, key), {})[concept.id] = name
    two = {
        frozenset(concepts.values()): set(concepts)
        for concepts in meant.values()
        if len(concepts) > 1
    }
    declared = set(AMBIGUOUS)

    assert {names: ids for names, ids in two.items() if not names & declared} == {}
    assert declared <= {name for names in two for name in names}


def test_words_that_are_ignored_mean_nothing_in_any_language():
    alone = {
        folded[0]
        for concept in CONCEPTS.values()
        for names in concept.names.values()
        for name in names
        for folded in spellings(name)
        if len(folded) == 1
    }

    assert IGNORED & alone == set()
    assert all(word == fold(word) for word in IGNORED)


def named(text):
    return {one for found in named_in(fold(text).split()) for one in found.concepts}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Drohnen", "drones-uas"),
        ("droonien", "drones-uas"),
        ("quadcopters", "drones-uas"),
        ("UAV", "drones-uas"),
        ("rookkamers", "smoke-training"),
        ("Störfestigkeit", "immunity-testing"),
        ("stoerfestigkeit", "immunity-testing"),
        ("chambre anechoique", "anechoic-chamber"),
        ("cartes à puces", "smartcards"),
        ("smart kort", "smartcards"),
        ("smartkortet", "smartcards"),
        ("älykorttien", "smartcards"),
        ("cleanroom", "clean-room"),
        ("Waldbrände", "wildfire"),
        ("metsäpalot", "wildfire"),
        ("skovbrande", "wildfire"),
        ("forêts feu de forêt", "wildfire"),
        ("Gefahrgüter", "hazardous-substances"),
    ],
)
def test_forms_of_names_in_all_languages_name_their_concept(typed, meant):
    assert meant in named(typed)


def test_halves_of_a_word_have_at_least_three_letters():
    assert "ev-charging" not in named("e v")
    assert "ev-charging" in named("ev")


def test_a_concept_has_a_word_in_each_language_and_the_english_one_elsewhere():
    assert concept_word("wildfire", "fi") == "maastopalo"
    assert concept_word("wildfire", "es") == concept_word("wildfire") == "wildfire"
    assert concept_word("gone") == "gone"
    assert with_broader("gone") == ()


@pytest.mark.parametrize(
    ("one", "other", "errors"),
    [
        ("anecoic", "anechoic", 1),
        ("anechoic", "anechoic", 0),
        ("anehcoic", "anechoic", 1),
        ("anacoic", "anechoic", 2),
        ("drone", "crane", 2),
        ("drone", "smoke", None),
        ("dr", "drones", None),
    ],
)
def test_typing_errors_are_letters_left_out_added_changed_or_swapped(one, other, errors):
    assert typing_errors(one, other, 2) == errors
    assert typing_errors(other, one, 2) == errors
