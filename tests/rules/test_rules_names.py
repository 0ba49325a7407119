import pytest

from booking.rules.names import (
    NameProblem,
    isolated,
    look_alikes,
    looks_like,
    name_problem,
    normalised_name,
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Demo Drones", None),
        ("Łódź Ørsted Żółć", None),
        ("Nguyễn Thị Hà", None),
        ("שלום 東京 Иванов", None),
        ("Ada\u0301", None),
        ("e\u0323\u0302", None),  # two marks, as in Vietnamese
        ("Demo\u200bDrones", NameProblem.UNSEEN),  # zero width space
        ("Demo\u200dDrones", NameProblem.UNSEEN),  # zero width joiner
        ("Demo\ufeffDrones", NameProblem.UNSEEN),
        ("Demo\u00adDrones", NameProblem.UNSEEN),  # soft hyphen
        ("Demo \u202esenorD", NameProblem.UNSEEN),  # right-to-left override
        ("Demo \u2067Drones", NameProblem.UNSEEN),
        ("Demo\u200fDrones", NameProblem.UNSEEN),
        ("Demo\U000e0041Drones", NameProblem.UNSEEN),  # tag letter
        ("Demo\ufe0fDrones", NameProblem.UNSEEN),
        ("Demo\U000e0101Drones", NameProblem.UNSEEN),
        ("Demo\u3164Drones", NameProblem.UNSEEN),
        ("Demo\u2028Drones", NameProblem.UNSEEN),
        ("Demo\x00Drones", NameProblem.UNSEEN),
        ("Demo\ue000Drones", NameProblem.UNSEEN),  # private use
        ("D\u0335\u0336\u0337emo", NameProblem.STACKED),
        ("Z\u0300\u0301\u0302\u0303\u0304\u0305algo", NameProblem.STACKED),
    ],
)
def test_names_hold_nothing_unseen_and_no_stacked_marks(text, problem):
    assert name_problem(text) is problem


def test_names_are_stored_composed_with_single_plain_blanks():
    assert normalised_name(" Cafe\u0301\u00a0 Security\u2003Lab ") == "Café Security Lab"


@pytest.mark.parametrize(
    "other",
    [
        "demo drones",
        "Démo Drönes",
        "Demo Drones GmbH",
        "Demo Drones B.V.",
        "Demo-Drones A/S",
        "DemoDrones",
        "Dеmo Drоnes",  # two Cyrillic letters
        "Dεmo Drοnes",  # two Greek letters
        "Dem0 Dr0nes",
        "Dem\u0585 Dr\u0585nes",  # two Armenian letters
        "\u13a0emo Drones",  # a Cherokee letter
        "\u216eem\uff4f Drones Oy",  # a Roman numeral and a wide letter
        "Ｄｅｍｏ Drones",  # wide letters
        "Derno Drones",
        "Demo Drone",
        "Demo Drohnes",
        "Demo & Drones",
    ],
)
def test_a_name_looks_like_another_despite_spelling_script_and_legal_form(other):
    assert looks_like("Demo Drones", other)
    assert looks_like(other, "Demo Drones")


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Demo Drones", "Demo Sensors"),
        ("Demo Drones", "Demo Drones Denmark"),
        ("KIT", "KID"),  # too short for a letter to be a slip
        ("AG", "SE"),  # legal forms alone are names
    ],
)
def test_different_names_do_not_look_alike(name, other):
    assert not looks_like(name, other)


def test_look_alikes_keep_their_order():
    others = ["Other", "Demo Drones Oy", "DEMO DRONES"]
    assert look_alikes("Demo Drones", others) == ["Demo Drones Oy", "DEMO DRONES"]


def test_only_a_name_from_right_to_left_is_set_apart():
    assert isolated("Demo Drones") == "Demo Drones"
    assert isolated("שלום") == "\u2068שלום\u2069"
