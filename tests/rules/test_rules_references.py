import random
import re

import pytest

from booking.rules.references import ALPHABET, new_reference, parse_reference


def test_a_reference_has_two_parts_of_three_signs():
    source = random.Random(7)
    for _ in range(200):
        reference = new_reference(source)
        assert re.fullmatch(rf"[{ALPHABET}]{{3}}-[{ALPHABET}]{{3}}", reference)
        assert parse_reference(reference) == reference


def test_references_come_from_the_random_source_and_differ():
    assert new_reference(random.Random(7)) == new_reference(random.Random(7))
    source = random.Random(7)
    assert len({new_reference(source) for _ in range(1000)}) == 1000


@pytest.mark.parametrize("sign", "01OILUAE")
def test_letters_that_are_misread_or_form_words_do_not_occur(sign):
    assert sign not in ALPHABET


@pytest.mark.parametrize(
    "typed",
    [
        "K7M-4QX",
        "k7m-4qx",
        "K7M4QX",
        " k7m4qx\n",
        "K7M 4QX",
        "K7M – 4QX",
        "k7M‑4qX",
        "K7M\u22124QX",
    ],
)
def test_references_are_read_in_any_notation(typed):
    assert parse_reference(typed) == "K7M-4QX"


@pytest.mark.parametrize(
    "typed",
    ["", "K7M", "K7M-4Q", "K7M-4QXX", "K7M-4Q0", "K7M_4QX", "K7M-4QX!", "K-7M4QX", "ß7M-4QX"],
)
def test_other_text_is_not_a_reference(typed):
    assert parse_reference(typed) is None
