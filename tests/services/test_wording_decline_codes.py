"""The words of why dates were declined."""

from booking.rules.decline_codes import DeclineCode
from booking.wording.decline_codes import WORDS


def test_every_code_of_a_decline_has_words():
    assert set(WORDS) == set(DeclineCode)
    assert len({str(words) for words in WORDS.values()}) == len(DeclineCode)
