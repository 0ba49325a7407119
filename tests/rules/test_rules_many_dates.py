from datetime import timedelta

import pytest

from booking.rules.many_dates import MAX_DATES, overlap_each_other, why_not_all
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import Slot
from tests.rules.examples import NOW, deadlines, requested_date, room, span, terms

C = RefusalCode
MONDAY = "2027-01-11"


def reasons(requested_dates, places=None, rules=None, ignore=()):
    return why_not_all(
        rules or terms(spans=None),
        deadlines(),
        places or room(),
        (),
        requested_dates,
        NOW,
        ignore=frozenset(ignore),
    )


def hours(starts, ends, **kwargs):
    return requested_date(span(f"{MONDAY} {starts}", ends), **kwargs)


def test_each_date_gets_its_own_reasons_with_its_index():
    morning = hours("09:00", "10:00")
    found = reasons([morning, hours("09:15", "10:15"), hours("11:00", "12:00", people=0)], room(2))
    assert found == [
        Refusal(C.OFF_GRID, {"step": 30}, 1),
        Refusal(C.NO_PEOPLE, {}, 2),
    ]


def test_dates_that_touch_share_a_place_one_after_the_other():
    assert reasons([hours("09:00", "10:00"), hours("10:00", "11:00")]) == []


def test_a_date_that_clashes_with_an_earlier_one_names_it():
    found = reasons([hours("07:00", "08:00"), hours("09:00", "11:00"), hours("10:30", "12:00")])
    shared = span(f"{MONDAY} 10:30", "11:00")
    assert found == [Refusal(C.DATES_OVERLAP, {"other": 1, "slot": shared}, 2)]


def test_set_up_and_clean_up_keep_the_dates_of_one_booking_apart_too():
    rules = terms(spans=None, setup_minutes=15, cleanup_minutes=15)
    near = [hours("09:00", "10:00"), hours("10:00", "11:00")]
    apart = [hours("09:00", "10:00"), hours("10:30", "11:30")]
    assert [refusal.code for refusal in reasons(near, rules=rules)] == [C.DATES_OVERLAP]
    assert reasons(apart, rules=rules) == []


def test_dates_may_overlap_as_long_as_there_are_places():
    same = hours("09:00", "10:00")
    assert reasons([same, same], room(2)) == []
    assert [r.date_index for r in reasons([same, same, same], room(2))] == [2]
    two = hours("09:00", "10:00", places=2)
    assert reasons([two, same], room(3)) == []
    assert [r.code for r in reasons([two, two], room(3))] == [C.DATES_OVERLAP]


@pytest.mark.parametrize(
    ("requested_dates", "places", "rules"),
    [
        ([hours("09:00", "10:00"), hours("10:00", "11:00")], 1, terms()),
        ([hours("09:00", "10:00"), hours("09:30", "11:00")], 1, terms()),
        ([hours("09:00", "10:00"), hours("09:30", "11:00")], 2, terms()),
        ([hours("09:00", "10:00", places=2), hours("09:30", "11:00")], 2, terms()),
        ([hours("09:00", "10:00", whole=True), hours("09:30", "11:00")], 2, terms()),
        ([hours("09:00", "10:00"), hours("10:00", "11:00")], 1, terms(setup_minutes=15)),
        ([], 1, terms()),
    ],
)
def test_dates_overlap_each_other_when_an_empty_calendar_has_no_room_for_them(
    requested_dates, places, rules
):
    found = overlap_each_other(rules, places, requested_dates)

    codes = {refusal.code for refusal in reasons(requested_dates, room(places), rules)}
    assert found == (C.DATES_OVERLAP in codes)


def test_a_date_taken_by_others_is_taken_and_does_not_overlap():
    morning = hours("09:00", "10:00")
    full = room(1, taken={1: [morning.slot]})
    assert [(r.code, r.date_index) for r in reasons([morning, morning], full)] == [
        (C.TAKEN, 0),
        (C.TAKEN, 1),
    ]


def test_a_whole_date_clashes_with_a_date_by_place():
    place, whole = hours("09:00", "10:00"), hours("09:30", "11:00", whole=True)
    assert [r.code for r in reasons([place, whole], room(3))] == [C.DATES_OVERLAP]
    assert [r.code for r in reasons([whole, place], room(3))] == [C.DATES_OVERLAP]


def test_too_many_places_are_refused_at_each_date():
    many = hours("09:00", "10:00", places=4)
    assert [(r.code, r.date_index) for r in reasons([many, many], room(3))] == [
        (C.TOO_MANY_PLACES, 0),
        (C.TOO_MANY_PLACES, 1),
    ]


def test_no_places_is_refused_at_its_date_but_not_for_a_whole_booking():
    none = hours("09:00", "10:00", places=0)
    assert [(r.code, r.date_index) for r in reasons([none, none])] == [
        (C.NO_PLACES, 0),
        (C.NO_PLACES, 1),
    ]
    whole = hours("09:00", "10:00", places=0, whole=True)
    assert [(r.code, r.date_index) for r in reasons([whole, whole])] == [(C.DATES_OVERLAP, 1)]


def test_ignored_refusals_are_ignored_for_all_dates():
    same = hours("09:00", "10:00")
    assert reasons([same, same], ignore=[C.DATES_OVERLAP]) == []


def dates(count, **kwargs):
    first = span(f"{MONDAY} 00:00", "00:30")
    step = timedelta(minutes=30)
    return [
        requested_date(Slot(first.starts_at + step * n, first.ends_at + step * n), **kwargs)
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (MAX_DATES, []),
        (MAX_DATES + 1, [Refusal(C.TOO_MANY_DATES, {"limit": 200, "asked": 201})]),
    ],
)
def test_a_booking_has_at_most_200_dates(count, expected):
    assert reasons(dates(count)) == expected


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        (24, []),
        (25, [Refusal(C.TOO_MANY_OCCUPANCIES, {"limit": 5000, "asked": 5200})]),
    ],
)
def test_a_booking_has_at_most_5000_occupancies(below, expected):
    assert reasons(dates(200, whole=True), room(1, below)) == expected


def test_only_the_requested_places_count_as_occupancies():
    assert reasons(dates(200, places=25), room(30)) == []


def test_occupancies_that_come_from_changing_places_count_too():
    # Each date of an hour must change between its places in the middle: twice the occupancies.
    requested_dates = [
        requested_date(Slot(a.slot.starts_at, b.slot.ends_at), places=15)
        for a, b in zip(dates(400)[::2], dates(400)[1::2], strict=True)
    ]
    first, second = [d.slot for d in dates(400)[::2]], [d.slot for d in dates(400)[1::2]]
    taken = {place: second if place <= 15 else first for place in range(1, 31)}
    found = reasons(requested_dates, room(30, taken=taken))
    assert found == [Refusal(C.TOO_MANY_OCCUPANCIES, {"limit": 5000, "asked": 6000})]


def test_without_dates_there_are_no_refusals():
    assert reasons([]) == []
