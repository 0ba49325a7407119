"""Which passwords are accepted."""

import pytest

from booking.rules.passwords import PasswordProblem, password_problem


def problem(password, email="anna.berg@example.org", name="Anna van Berg"):
    return password_problem(password, email=email, name=name)


@pytest.mark.parametrize(
    "password",
    [
        "lighthouse fog",
        "anna likes long walks in the rain",
        "æøåæøåñ-ß-12",
        "x7$kQ!9m#Lz2",
        "a" * 60 + "bcde" * 17,
    ],
)
def test_any_characters_are_accepted_if_there_are_enough(password):
    assert problem(password) is None


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("elevenchars", PasswordProblem.TOO_SHORT),
        ("", PasswordProblem.TOO_SHORT),
        ("abcdefghijk " * 11, PasswordProblem.TOO_LONG),
        ("password1234", PasswordProblem.WELL_KNOWN),
        ("Password-1234", PasswordProblem.WELL_KNOWN),
        ("correct horse battery staple", PasswordProblem.WELL_KNOWN),
        ("aaaaaaaaaaaaaa", PasswordProblem.WELL_KNOWN),
        ("abababababababab", PasswordProblem.WELL_KNOWN),
        ("anna.berg@example.org", PasswordProblem.YOUR_NAME),
        ("Anna van Berg", PasswordProblem.YOUR_NAME),
        ("AnnaBerg2026!", PasswordProblem.YOUR_NAME),
        ("berg-anna-berg-1", PasswordProblem.YOUR_NAME),
        ("annabergexample", PasswordProblem.YOUR_NAME),
    ],
)
def test_short_known_and_own_names_are_refused(password, expected):
    assert problem(password) is expected


def test_very_short_parts_of_a_name_do_not_count():
    assert problem("sailing to li po", email="li@example.org", name="Li Po") is None


@pytest.mark.parametrize(("length", "ok"), [(11, False), (12, True), (128, True), (129, False)])
def test_the_bounds_of_the_length_are_12_and_128(length, ok):
    assert (problem(("lighthouse" * 13)[:length]) is None) == ok
