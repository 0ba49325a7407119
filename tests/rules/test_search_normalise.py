"""Words in the form in which the search compares them."""

import pytest

from booking.concepts.normalise import fold, stem, written_out
from booking.search.words import MAX_WORDS, query_words


@pytest.mark.parametrize(
    "forms",
    [
        "drone drones",
        "laboratory laboratories",
        "vehicle vehicles",
        "box boxes",
        "bus buses",
        "fly flies flying",
        "detect detects detecting detected detection detector detectors",
        "simulate simulated simulating simulation simulator simulators",
        "map maps mapping mapped",
        "protect protection protective",
        "dive diver diving",
        "measure measuring measurement",
    ],
)
def test_forms_of_a_word_are_compared_as_one(forms):
    assert len({stem(word) for word in forms.split()}) == 1


@pytest.mark.parametrize(
    "words",
    ["tamper tampere", "state station", "gas gate", "fire firm", "count counter", "car care"],
)
def test_different_words_stay_different(words):
    assert len({stem(word) for word in words.split()}) == 2


@pytest.mark.parametrize("word", ["gas", "ring", "class", "5g", "uas", "bus", "access"])
def test_short_words_and_those_with_digits_have_one_form(word):
    assert stem(word) == word


def test_accents_and_letters_that_a_keyboard_lacks_are_written_in_their_usual_ways():
    assert fold("Pôle MÜLLERSTRASSE Straße Malmö") == "pole mullerstrasse strasse malmo"
    assert written_out("München") == "muenchen"
    assert written_out("Aarhus Å, Malmö, Ærø") == "aarhus aa, malmoe, aeroe"


def searched(text):
    return [word.folded for word in query_words(text)]


def test_words_that_say_nothing_are_left_out_unless_nothing_else_is_typed():
    assert searched("a place to test drones in France") == ["drones", "france"]
    assert searched("in the") == ["in", "the"]
    assert searched("% _") == []
    assert len(searched("word " * 50)) == MAX_WORDS
