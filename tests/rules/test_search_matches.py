from booking.search.matches import matched_phrases


def test_the_phrase_with_most_words_of_the_text_is_the_reason():
    phrases = ["indoor flight", "flights beyond visual line of sight", "pilot training"]

    assert matched_phrases("drone flights beyond sight", phrases) == [phrases[1]]


def test_two_short_phrases_are_told_and_only_one_of_long_ones():
    assert matched_phrases("fire", ["fire lab", "fire hall", "fire tank"]) == [
        "fire lab",
        "fire hall",
    ]
    long = ["effect of fire on installations in tunnels", "simulated fire in rooms of any size"]
    assert matched_phrases("fire", long) == long[:1]


def test_nothing_is_told_where_no_word_begins_like_one_that_was_typed():
    assert matched_phrases("arm of a robot", ["farming", "old harbour"]) == []
    assert matched_phrases("", ["farming"]) == []
