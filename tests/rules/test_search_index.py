"""Which facilities a text finds, in which order, and what is said about it."""

import pytest

from booking.search.index import Fact, SearchIndex
from booking.search.words import words_of

NAME, CAPABILITY, DESCRIPTION = 7, 6, 3


def index_of(**texts):
    """An index of facilities: for each its name, then its capabilities."""
    return SearchIndex(
        {
            number: [
                Fact(texts[name][0], NAME, is_name=True),
                *(Fact(text, CAPABILITY) for text in texts[name][1:]),
            ]
            for number, name in enumerate(texts)
        }
    ), list(texts)


def found(text, **texts):
    """Return the facilities that a text finds, the best first."""
    index, names = index_of(**texts)
    ranks = index.find(text)
    return [names[one] for one in sorted(ranks, key=lambda one: (ranks[one], one))]


def test_whole_words_come_before_beginnings_of_words():
    texts = {"beginning": ["Fireworks hall"], "whole": ["Hall", "fire"]}

    assert found("fire", **texts) == ["whole", "beginning"]


@pytest.mark.parametrize("typed", ["emi", "hall", "emical"])
def test_a_word_is_never_found_inside_another(typed):
    assert found(typed, one=["Chemical works", "marshalling"]) == []


def test_a_short_word_finds_beginnings_only_where_it_is_no_word_itself():
    assert found("sea", search=["Search room"], sea=["Sea trials"]) == ["sea"]
    assert found("cbr", one=["CBRN hall"]) == ["one"]


def test_all_words_come_before_some_of_them():
    texts = {
        "one": ["Drone hall"],
        "both": ["Hall", "smoke", "drone"],
        "other": ["Smoke hall"],
        "none": ["Hall"],
    }

    assert found("drone smoke", **texts) == ["both", "one", "other"]
    assert found("drone submarine", **texts) == ["one", "both"]


def test_facilities_with_less_than_half_of_the_words_of_the_best_are_left_out():
    texts = {"three": ["Wind water fire"], "two": ["Wind water"], "one": ["Wind"]}

    assert found("wind water fire", **texts) == ["three", "two"]
    assert found("wind snow ice", **texts) == ["three", "two", "one"]


def test_a_word_in_the_name_is_worth_more_than_one_in_a_capability():
    assert found("smoke", capability=["Hall", "smoke"], name=["Smoke hall"]) == [
        "name",
        "capability",
    ]


def test_words_next_to_each_other_come_before_words_apart():
    texts = {
        "apart": ["Hall", "water basin", "rope rescue"],
        "together": ["Hall", "rope and water rescue"],
    }

    assert found("water rescue", **texts) == ["together", "apart"]


@pytest.mark.parametrize("typed", ["cleanroom", "clean room", "clean-room", "CLEAN ROOMS"])
@pytest.mark.parametrize("written", ["clean room", "cleanroom", "Clean-room"])
def test_two_words_and_the_same_written_as_one_are_found_by_each_other(typed, written):
    assert found(typed, one=["Hall", written]) == ["one"]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("drone", "unmanned aircraft"),
        ("UAV", "drones"),
        ("drone flying", "unmanned flight"),
        ("counter-drone", "drone defence"),
        ("drone detection", "counter-UAS"),
        ("pentest", "penetration testing"),
        ("EMC", "immunity tests"),
        ("VR", "virtual reality studies"),
        ("virtual reality", "VR"),
        ("smoke room", "ship and smoke modules"),
        ("lab", "laboratories"),
    ],
)
def test_words_for_one_thing_are_found_by_each_other(typed, written):
    index, _ = index_of(one=["Hall", written])

    assert index.find(typed)[0].missing == 0


def test_what_only_a_wider_word_finds_does_not_find_the_wider_word():
    assert found("EMC", one=["Hall", "immunity tests"]) == ["one"]
    assert found("immunity", one=["EMC hall"]) == []


def found_by_concepts(text, **concepts):
    """Return the facilities that a text finds, of those with these concepts, the best first."""
    names = list(concepts)
    facts = {
        number: [Fact("Hall", NAME, is_name=True), Fact("x", CAPABILITY, concepts=concepts[name])]
        for number, name in enumerate(names)
    }
    ranks = SearchIndex(facts).find(text)
    return [names[one] for one in sorted(ranks, key=lambda one: (ranks[one], one))]


@pytest.mark.parametrize(
    "typed",
    ["wildfire", "natuurbrand", "feux de forêt", "Waldbrände", "skovbrand", "metsäpalo", "forêt"],
)
def test_a_concept_is_found_by_its_names_in_all_languages(typed):
    assert found_by_concepts(typed, wild=("wildfire",), clean=("clean-room",)) == ["wild"]


def test_the_concept_itself_comes_before_narrower_ones():
    assert found_by_concepts("Drohne", flight=("bvlos",), drone=("drones-uas",)) == [
        "drone",
        "flight",
    ]
    assert found_by_concepts("BVLOS", flight=("bvlos",), drone=("drones-uas",)) == ["flight"]


def test_what_is_related_to_a_concept_is_found_after_it():
    assert found_by_concepts("rookkamer", hazard=("smoke",), room=("smoke-training",)) == [
        "room",
        "hazard",
    ]
    assert found_by_concepts("rook", room=("smoke-training",), hazard=("smoke",))[0] == "hazard"


def test_a_concept_is_shown_where_no_text_says_why():
    immunity = Fact("immunity testing", CAPABILITY, concepts=("immunity-testing",))

    assert explained("Störfestigkeit", Fact("500 V/m", CAPABILITY), immunity) == (
        ["[immunity testing]"],
        [],
    )


def test_a_compound_that_is_not_known_finds_what_the_word_finds_with_which_it_begins():
    concepts = {"fire": ("fire",), "clean": ("clean-room",)}

    assert found_by_concepts("brandblussers", **concepts) == ["fire"]
    assert found_by_concepts("brandet", **concepts) == ["fire"]
    assert found_by_concepts("firetruck", fire=("clean-room",)) == []


def test_a_word_of_an_english_name_counts_where_no_text_has_it():
    assert found_by_concepts("jamming", jam=("counter-uas",)) == ["jam"]


def test_texts_that_people_type_are_not_kept_with_those_of_the_catalogue():
    found("fire departments", one=["Fire hall"])  # spelling is read where a word is not known
    kept = words_of.cache_info().currsize

    assert found("fire extinguishers for ships", one=["Fire hall"]) == ["one"]
    assert words_of.cache_info().currsize == kept


def test_small_typing_errors_are_forgiven_where_the_word_is_not_known():
    texts = {"one": ["Hall", "anechoic chamber"], "other": ["Hall", "cyber range"]}

    assert found("anecoic", **texts) == found("chmaber", **texts) == ["one"]
    assert found("chain", **texts) == found("cyb3r", **texts) == []
    assert found("tunnel", one=["Hall", "tunge"]) == []
    assert found("anecoic", wrong=["Hall", "anecoic"], right=["Hall", "anechoic"]) == ["wrong"]


def explained(text, *facts):
    """Return what is said: the texts with marks in brackets, and the missing words."""
    match = SearchIndex({0: facts}).explain(0, text)
    texts = [
        "".join(f"[{piece}]" if is_marked else piece for piece, is_marked in one)
        for one in match.texts
    ]
    return texts, list(match.missing)


def test_the_fact_that_matches_is_named_with_its_words_marked():
    facts = [
        Fact("Odense airport", NAME, is_name=True),
        Fact("night vision", CAPABILITY),
        Fact("flights beyond visual line of sight", CAPABILITY),
    ]

    assert explained("BVLOS flying", *facts) == (["[flights beyond visual line of sight]"], [])
    assert explained("flight, Submarines", *facts) == (
        ["[flights] beyond visual line of sight"],
        ["Submarines"],
    )


def test_what_can_be_done_is_named_even_if_the_name_has_the_word_too():
    name = Fact("Drone hall", NAME, is_name=True)

    assert explained("drone", name, Fact("drone crates", CAPABILITY)) == (["[drone] crates"], [])
    assert explained("drone", name) == ([], [])


def test_a_match_says_whether_it_is_only_about_where_something_is():
    facts = [Fact("Denmark", 4, is_where=True), Fact("smoke", CAPABILITY)]
    index = SearchIndex({0: facts})

    assert not index.explain(0, "denmark").says_what
    assert index.explain(0, "smoke in Denmark").says_what


def test_two_facts_together_say_why_all_words_match():
    facts = [
        Fact("Hall", NAME, is_name=True),
        Fact("smoke", CAPABILITY),
        Fact("drones", CAPABILITY),
        Fact("Denmark", 4),
    ]

    assert explained("drones in Denmark", *facts) == (["[drones]", "[Denmark]"], [])


def test_a_subject_found_by_its_description_is_marked_as_a_whole():
    subject = Fact("Contactless and identity", 1, "Smartcards, RFID, NFC")

    assert explained("nfc", subject) == (["[Contactless and identity]"], [])


def test_of_a_long_text_the_part_that_matches_is_shown():
    text = "A hall for many things. " * 8 + "Smoke is made here. " + "And more is said. " * 8

    (shown,), _ = explained("smoke", Fact(text, DESCRIPTION))
    assert shown.startswith("…")
    assert "[Smoke] is made here. And more" in shown
    assert shown.endswith("…")
    assert len(shown) < 130


def test_accents_may_be_typed_as_one_letter_or_two():
    assert explained("Mu\u0308nchen", Fact("Neubiberg bei München", 4)) == (
        ["Neubiberg bei [München]"],
        [],
    )


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("cyberange", ["Cyber range"]),
        ("anacoic chamber", ["anechoic chamber"]),
        ("anechoic chamber", []),
        ("zeppelin", []),
        ("zeppelin anacoic", ["anechoic"]),
        ("", []),
        ("%", []),
    ],
)
def test_unknown_words_are_replaced_by_those_that_are_spelled_most_like_them(typed, nearest):
    index, _ = index_of(one=["Cyber range", "anechoic chamber"])

    assert index.nearest(typed) == nearest
