import pytest

from booking.search.normalise import MAX_WORDS, fold, search_words

TEXTS = {
    "zone": "Outdoor drone test zone: flight box of 500 m",
    "arena": "Flight arena for unmanned aircraft, indoor",
    "lab": "Forensic laboratory: trace handling, batteries and boxes",
}


def found(typed):
    words = search_words(typed)
    return [
        name
        for name, text in TEXTS.items()
        if all(any(form in fold(text) for form in forms) for forms in words)
    ]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("drone flying", ["zone", "arena"]),
        ("we need to fly UAVs", ["zone", "arena"]),
        ("drones outdoor", ["zone"]),
        ("flights", ["zone", "arena"]),
        ("lab", ["lab"]),
        ("labs for batteries", ["lab"]),
        ("laboratories", ["lab"]),
        ("testing", ["zone"]),
        ("boxes", ["zone", "lab"]),
        ("submarines", []),
    ],
)
def test_words_are_found_in_other_forms(typed, names):
    assert found(typed) == names


@pytest.mark.parametrize("typed", ["gas", "ring", "class", "100%", "a_b", "5g", "uas-dk"])
def test_short_words_and_signs_are_searched_unchanged(typed):
    assert search_words(typed)[0][0] == typed


def test_stop_words_are_ignored_unless_nothing_else_is_typed():
    assert search_words("in the") == [("in",), ("the",)]
    assert search_words("hall in the north") == [("hall",), ("north",)]
    assert len(search_words("word " * 50)) == MAX_WORDS
