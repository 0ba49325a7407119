"""Every reason against a date is one sentence with its numbers, and says what to do."""

from datetime import UTC, date, datetime

import pytest

from booking.rules.refusals import Refusal
from booking.rules.refusals import RefusalCode as C
from booking.rules.slots import OPEN_END, Slot
from booking.wording.exceptions import rule_word
from booking.wording.refusals import refusal_text
from tests.rules.examples import PARIS, span

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])

SLOT = span("2027-01-11 09:00", "12:00")
DAY = date(2027, 1, 11)
SENTENCES = [
    (
        C.BOOKED_ELSEWHERE,
        {},
        "This facility is booked on its own site and cannot be requested here.",
    ),
    (
        C.CLOSED_STATUS,
        {"status": "closed"},
        "This facility is closed and cannot be requested. Choose another facility.",
    ),
    (
        C.CLOSED_STATUS,
        {"status": "planned-in-2031"},
        "This facility is planned and cannot be requested yet. Choose another facility.",
    ),
    (
        C.NOBODY_ANSWERS,
        {},
        "Nobody answers here yet, so it cannot be requested. Choose another facility.",
    ),
    (C.IN_THE_PAST, {}, "This time is in the past. Choose a later one."),
    (
        C.TOO_LATE,
        {"earliest": DAY, "days": 7, "asked": 1},
        (
            "Notice too short: 7 days' notice needed; you gave 1 day. "
            "Choose Mon 11 Jan 2027 or later."
        ),
    ),
    (
        C.TOO_LATE,
        {"earliest": DAY, "days": 7},
        "Notice too short: 7 days' notice needed. Earliest date: Mon 11 Jan 2027.",
    ),
    (
        C.DUE_ALREADY,
        {"earliest": DAY},
        "Too soon: nobody could answer in time. Choose Mon 11 Jan 2027 or later.",
    ),
    (
        C.BEYOND_HORIZON,
        {"latest": DAY, "days": 60, "asked": 400},
        (
            "Too far ahead: at most 60 days ahead; you requested 400 days ahead. "
            "Choose Mon 11 Jan 2027 or earlier."
        ),
    ),
    (
        C.BEYOND_HORIZON,
        {"latest": DAY},
        "Too far ahead: the latest date you can request is Mon 11 Jan 2027.",
    ),
    (
        C.NOT_OPEN,
        {"day": DAY, "unit": "hour", "hours_1": SLOT},
        "Open on Mon 11 Jan 2027: 09:00 – 12:00. Choose a time within it.",
    ),
    (
        C.NOT_OPEN,
        {"day": DAY, "unit": "day", "hours_1": SLOT},
        "Open on Mon 11 Jan 2027: 09:00 – 12:00. Choose whole days or half days.",
    ),
    (C.NOT_OPEN, {"day": DAY, "unit": "day"}, "Not open on Mon 11 Jan 2027. Choose another day."),
    (
        C.CLOSURE,
        {"slot": SLOT, "until": SLOT.ends_at},
        "Closed until Mon 11 Jan 2027, 12:00. Choose another time.",
    ),
    (
        C.CLOSURE,
        {"slot": SLOT, "until": datetime(2027, 1, 11, 23, tzinfo=UTC)},
        "Closed until the end of Mon 11 Jan 2027. Choose another time.",
    ),
    (
        C.CLOSURE,
        {"slot": Slot(SLOT.starts_at, OPEN_END), "until": OPEN_END},
        "Closed from Mon 11 Jan 2027, 09:00 until further notice. Choose another facility or time.",
    ),
    (
        C.TOO_SHORT,
        {"minimum": 2, "asked": 1, "asked_minutes": 90, "unit": "hour"},
        "Too short: at least 2 hours; you requested 1 hour 30 minutes.",
    ),
    (
        C.TOO_LONG,
        {"maximum": 8, "asked": 10, "unit": "hour"},
        "Too long: at most 8 hours; you requested 10 hours.",
    ),
    (
        C.TOO_LONG,
        {"maximum": 10, "asked": 14, "unit": "day", "left_out": 1},
        "Too long: at most 10 days; you requested 14 open days.",
    ),
    (
        C.TOO_SHORT,
        {"minimum": 2, "asked": 1, "unit": "half_day", "left_out": 1},
        "Too short: at least 2 half days; you requested 1 open half day.",
    ),
    (
        C.OFF_GRID,
        {"step": 30},
        "Start and end times must be in steps of 30 minutes from the full hour.",
    ),
    (C.NOT_BOOKABLE_WHOLE, {}, "It cannot be requested as a whole. Choose a part of it."),
    (C.NOT_BOOKABLE_BY_PLACE, {}, "It can only be requested as a whole. Choose all of it."),
    (C.NO_PLACES, {}, "Enter the number of groups, at least 1."),
    (
        C.TOO_MANY_PLACES,
        {"own": 3, "asked": 5},
        "Too many: there is room for 3 groups at a time; you requested 5.",
    ),
    (
        C.TAKEN,
        {"free": 2, "asked": 3, "slot": SLOT},
        "Taken: Mon 11 Jan 2027, 09:00 – 12:00. 2 are free then; you requested 3.",
    ),
    (
        C.SET_ASIDE,
        {"free": 0, "asked": 1, "slot": SLOT},
        (
            "Set aside for other organisations: Mon 11 Jan 2027, 09:00 – 12:00. "
            "Choose another time, or make an exception."
        ),
    ),
    (
        C.TAKEN,
        {"free": 0, "asked": 1, "slot": SLOT},
        "Taken: Mon 11 Jan 2027, 09:00 – 12:00. Choose another time.",
    ),
    (
        C.TAKEN,
        {"free": 0, "asked": 1, "slot": SLOT, "own": "K7M-4QX", "own_count": 1, "own_holds": 0},
        "Taken by your own booking K7M-4QX: Mon 11 Jan 2027, 09:00 – 12:00. Choose another time.",
    ),
    (
        C.TAKEN,
        {
            "free": 0,
            "asked": 1,
            "slot": SLOT,
            "own": "B22-222, K7M-4QX",
            "own_count": 2,
            "own_holds": 1,
        },
        (
            "Held for your own requests B22-222, K7M-4QX: Mon 11 Jan 2027, 09:00 – 12:00. "
            "Choose another time."
        ),
    ),
    (C.NO_PEOPLE, {}, "Enter the number of people, at least 1."),
    (C.TOO_MANY_PEOPLE, {"limit": 4, "asked": 8}, "Too many people: at most 4; you requested 8."),
    (
        C.LEFT_TO_OTHERS,
        {"cluster": "Munich"},
        "Somebody else at Munich must enter this booking.",
    ),
    (
        C.DATES_OVERLAP,
        {"other": 0, "slot": SLOT},
        "This overlaps with your date 1: Mon 11 Jan 2027, 09:00 – 12:00. Change one of them.",
    ),
    (
        C.TOO_MANY_OPEN,
        {"limit": 2, "open": 2, "references": "AAA-222, BBB-333"},
        (
            "Your organisation already has 2 open requests for this facility: AAA-222, BBB-333. "
            "At most 2 may be open at a time. Wait for an answer, or withdraw one."
        ),
    ),
    (
        C.TOO_MANY_HELD_DAYS,
        {"limit": 60, "held": 50, "asked": 11, "references": "AAA-222"},
        (
            "Open requests of your organisation already hold this facility on 50 days: AAA-222. "
            "With these dates there would be 11 more, and at most 60 are possible. Request fewer, "
            "wait for an answer, or withdraw one."
        ),
    ),
    (
        C.TOO_MANY_HELD_DAYS,
        {"limit": 60, "held": 0, "asked": 61, "references": ""},
        (
            "Open requests of your organisation can hold this facility on at most 60 days; "
            "these dates are on 61 days. Request fewer."
        ),
    ),
    (
        C.TOO_MANY_DATES,
        {"limit": 200, "asked": 201},
        "Too many dates: at most 200; you requested 201. Send more than one request.",
    ),
    (
        C.TOO_MANY_OCCUPANCIES,
        {"limit": 5000, "asked": 6000},
        (
            "Too much at once: these dates would take 6000 places, and one request "
            "can take 5000. Send more than one request."
        ),
    ),
]


def test_each_reason_is_a_sentence_with_both_numbers_and_what_to_do(app):
    with app.test_request_context():
        said = [refusal_text(Refusal(code, params), PARIS) for code, params, _ in SENTENCES]

    assert said == [sentence for *_, sentence in SENTENCES]


def test_every_reason_has_a_sentence_for_partners_and_words_for_deciders(app):
    with app.test_request_context():
        words = [rule_word(code) for code in C]

    assert all(words)
    # What a quota says depends on its period and measure; tests of pages read it.
    assert {code for code, *_ in SENTENCES} == set(C) - {C.OVER_QUOTA}
