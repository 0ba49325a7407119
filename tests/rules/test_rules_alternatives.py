"""What else can be asked for when a date cannot be: which dates, in which order."""

import random
from datetime import timedelta

import pytest

from booking.rules.alternatives import Change, options_here
from booking.rules.alternatives_elsewhere import extent_there, option_there, slot_there
from booking.rules.facility_snapshot import FacilitySnapshot, search_window
from booking.rules.many_dates import why_not_all
from booking.rules.opening import Unit
from booking.rules.quotas import Measure, Period, QuotaRule, QuotaUsage
from booking.rules.refusals import RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode, RequestedDate
from tests.rules.examples import HELSINKI, MORNING, NOW, PARIS, at, deadlines, room, span, terms


def ground(rules, places=None, closures=(), ignore=(), *, is_drawn=True):
    return FacilitySnapshot(
        rules, deadlines(), places or room(), closures, frozenset(ignore), is_drawn=is_drawn
    )


def options(where, slots, *, places=1, whole=False, people=None):
    asks = [RequestedDate(slot, places, whole, people) for slot in slots]
    look = search_window(where.rules, where.deadlines, slots, NOW)
    return options_here(where, asks, NOW, look)


def said(found, zone=PARIS):
    """Options as short texts: what changes, then the first day and the times of each date."""
    return [
        " ".join(
            [
                option.change.value,
                *(
                    f"{one.slot.starts_at.astimezone(zone):%d.%m %H:%M}-"
                    f"{one.slot.ends_at.astimezone(zone):%H:%M}"
                    for one in option.asks
                ),
            ]
        )
        for option in found
    ]


TAKEN = {1: [span("2027-01-11 10:00", "11:00")]}
DAYS = Slot(at("2027-01-14 08:00"), at("2027-01-15 17:00"))
THURSDAY = {1: [span("2027-01-14 10:00", "11:00")]}
WEEKEND = Slot(at("2027-01-16 00:00"), at("2027-01-18 00:00"))
HALF = span("2027-01-14 08:00", "12:30")
CASES = {
    "taken: later that day, the next and the last day": (
        ground(terms(), room(taken=TAKEN)),
        MORNING,
        ["shifted 11.01 11:00-14:00", "shifted 12.01 09:00-12:00", "shifted 08.01 09:00-12:00"],
    ),
    "shut: the same time on days that are not": (
        ground(terms(), closures=[span("2027-01-11 00:00", "2027-01-13 00:00")]),
        MORNING,
        ["shifted 13.01 09:00-12:00", "shifted 08.01 09:00-12:00"],
    ),
    "too long: as long as can be, and nothing that differs for no reason": (
        ground(terms(maximum_units=2)),
        MORNING,
        ["length 11.01 09:00-11:00"],
    ),
    "too short: no longer than must be": (
        ground(terms(minimum_units=4)),
        MORNING,
        ["length 11.01 09:00-13:00"],
    ),
    "too late: the first day in time on which it is open": (
        ground(terms(lead_time_days=60)),
        MORNING,
        ["shifted 25.01 09:00-12:00"],
    ),
    "too far ahead: the last day": (
        ground(terms(horizon_days=30)),
        MORNING,
        ["shifted 24.12 09:00-12:00"],
    ),
    "years ahead: the last day, too": (
        ground(terms(horizon_days=30)),
        span("2033-01-11 09:00", "12:00"),
        ["shifted 24.12 09:00-12:00"],
    ),
    "a Saturday: the working days beside it": (
        ground(terms()),
        span("2027-01-09 09:00", "12:00"),
        ["shifted 08.01 09:00-12:00", "shifted 11.01 09:00-12:00"],
    ),
    "off the grid: on it": (
        ground(terms()),
        span("2027-01-11 09:10", "11:50"),
        ["shifted 11.01 09:00-12:00", "shifted 11.01 09:30-12:30", "length 11.01 09:30-11:30"],
    ),
    "half of it free: the free half": (
        ground(terms(), room(taken={1: [span("2027-01-11 08:00", "10:00")]})),
        MORNING,
        [
            "shifted 11.01 10:00-13:00",
            "shifted 12.01 09:00-12:00",
            "shifted 08.01 09:00-12:00",
            "length 11.01 10:00-12:00",
        ],
    ),
    "days: as many, and never over a weekend that was not asked for": (
        ground(terms(unit=Unit.DAY), room(taken=THURSDAY)),
        DAYS,
        ["shifted 12.01 08:00-17:00", "shifted 18.01 08:00-17:00", "length 15.01 08:00-17:00"],
    ),
    "a weekend: two days before or after it": (
        ground(terms(unit=Unit.DAY)),
        WEEKEND,
        ["shifted 14.01 08:00-17:00", "shifted 18.01 08:00-17:00"],
    ),
    "half days: the other half, then the same half of other days": (
        ground(terms(unit=Unit.HALF_DAY), room(taken=THURSDAY)),
        HALF,
        ["shifted 14.01 12:30-17:00", "shifted 15.01 08:00-12:30", "shifted 13.01 08:00-12:30"],
    ),
    "by agreement: other working days, hours unasked": (
        ground(
            terms(mode=BookingMode.BY_AGREEMENT),
            room(taken={1: [span("2027-01-14 20:00", "21:00")]}),
            is_drawn=False,
        ),
        span("2027-01-14 19:00", "22:00"),
        ["shifted 15.01 19:00-22:00", "shifted 13.01 19:00-22:00"],
    ),
    "booked elsewhere, shut for good, unanswered: nothing": (
        ground(terms(has_deciders=False)),
        MORNING,
        [],
    ),
    "nothing against it: nothing": (ground(terms()), MORNING, []),
}


@pytest.mark.parametrize("case", CASES)
def test_other_dates_at_the_same_place(case):
    where, slot, expected = CASES[case]

    assert said(options(where, [slot])) == expected


def test_the_same_time_of_day_wins_over_a_slightly_nearer_day():
    mornings = [span(f"2027-01-{day} 08:00", "12:00") for day in (11, 12, 13)]
    mornings.append(span("2027-01-11 12:00", "17:00"))

    found = options(ground(terms(), room(taken={1: sorted(mornings)})), [MORNING])

    assert "shifted 14.01 09:00-12:00" in said(found)
    assert not [text for text in said(found) if "12.01" in text]


def test_fewer_places_are_offered_where_so_many_are_lacking():
    places = room(own=3, taken=TAKEN)

    found = options(ground(terms(), places), [MORNING], places=3)

    (part,) = [one for one in found if one.change is Change.PART]
    assert [(one.slot, one.places) for one in part.asks] == [(MORNING, 2)]


def test_a_part_is_offered_where_the_whole_is_taken_and_the_whole_where_parts_are_not_to_be_had():
    of_whole = options(ground(terms(), room(own=3, taken=TAKEN)), [MORNING], whole=True)
    of_part = options(ground(terms(allows_shared=False), room(own=3)), [MORNING])

    assert [(o.asks[0].whole, o.asks[0].places) for o in of_whole if o.change is Change.PART] == [
        (False, 2)
    ]
    assert [o.asks[0].whole for o in of_part if o.change is Change.PART] == [True]


WEEKLY = [span(f"2027-01-{day} 09:00", "12:00") for day in (11, 18, 25)]


def test_of_several_dates_all_are_shifted_alike_or_only_the_broken_one_is_moved():
    places = room(taken={1: [span("2027-01-18 10:00", "11:00")]})

    assert said(options(ground(terms(), places), WEEKLY)) == [
        "moved 11.01 09:00-12:00 18.01 11:00-14:00 25.01 09:00-12:00",
        "shifted 11.01 11:00-14:00 18.01 11:00-14:00 25.01 11:00-14:00",
        "shifted 12.01 09:00-12:00 19.01 09:00-12:00 26.01 09:00-12:00",
        "shifted 08.01 09:00-12:00 15.01 09:00-12:00 22.01 09:00-12:00",
        "shifted 07.01 09:00-12:00 14.01 09:00-12:00 21.01 09:00-12:00",
    ]


def test_a_date_that_overlaps_another_of_ones_own_is_moved_away_from_it():
    found = options(ground(terms()), [MORNING, span("2027-01-11 11:00", "13:00")])

    assert "moved 11.01 09:00-12:00 12.01 11:00-13:00" in said(found)


def test_a_calendar_that_is_not_drawn_gives_away_nothing_of_what_is_taken():
    """Who may not see it is only moved by what they may know: here the lead time."""
    hidden = {RefusalCode.TAKEN, RefusalCode.NOT_OPEN, RefusalCode.CLOSURE, RefusalCode.OFF_GRID}
    rules = terms(lead_time_days=60)

    found = options(ground(rules, ignore=hidden, is_drawn=False), [MORNING])

    # Saturday 23 is the first day in time; Monday follows, open or not.
    assert said(found) == ["shifted 25.01 09:00-12:00"]
    night = options(
        ground(rules, ignore=hidden, is_drawn=False), [span("2027-01-11 01:00", "04:00")]
    )
    assert said(night) == ["shifted 25.01 01:00-04:00"]


def test_every_option_is_accepted_by_the_rules_and_is_another():
    """150 facilities at random, with what is taken, shut, too long or too soon there."""
    dice = random.Random(27)
    seen = 0
    for _ in range(150):
        where, asks = any_question(dice)
        look = search_window(where.rules, where.deadlines, [ask.slot for ask in asks], NOW)
        found = options_here(where, asks, NOW, look)
        for option in found:
            assert not why_not_all(
                where.rules, where.deadlines, where.room, where.closures, option.asks, NOW
            ), (where, asks, option)
            assert len(option.asks) == len(asks)
        assert len({option.asks for option in found} | {tuple(asks)}) == len(found) + 1
        seen += len(found)
    assert seen > 150


def any_question(dice):
    unit = dice.choice(list(Unit))
    rules = terms(
        unit=unit,
        minimum_units=dice.choice([None, 1, 2]),
        maximum_units=dice.choice([None, 3, 5]),
        lead_time_days=dice.choice([None, 10, 50]),
        horizon_days=dice.choice([None, 60, 400]),
        step_minutes=dice.choice([15, 30, 60, 45]),
        setup_minutes=dice.choice([0, 0, 30]),
        cleanup_minutes=dice.choice([0, 0, 60]),
        allows_shared=dice.random() < 0.9,
    )
    own = dice.choice([1, 2, 3])
    start = at("2027-01-04 00:00")

    def any_slot(longest):
        begins = start + timedelta(hours=dice.randrange(14 * 24))
        return Slot(begins, begins + timedelta(hours=dice.randrange(1, longest)))

    taken = {
        place: [slot]
        for place in range(1, own + 1)
        for slot in [any_slot(80)]
        if dice.random() < 0.8
    }
    closures = [any_slot(30)] if dice.random() < 0.3 else []
    slots = [any_slot(10 if unit is Unit.HOUR else 60) for _ in range(dice.choice([1, 1, 1, 2, 3]))]
    places, whole = dice.randrange(1, own + 2), dice.random() < 0.3
    asks = [RequestedDate(slot, places, whole, None) for slot in sorted(slots)]
    return ground(rules, room(own=own, taken=taken), closures), asks


HOURS_THERE = terms(zone=HELSINKI)
THERE = {
    "by the hour: the same wall time, whatever the zone": (
        terms(),
        MORNING,
        HOURS_THERE,
        Slot(at("2027-01-11 09:00", HELSINKI), at("2027-01-11 12:00", HELSINKI)),
    ),
    "by the day there: the day": (
        terms(),
        MORNING,
        terms(zone=HELSINKI, unit=Unit.DAY),
        Slot(at("2027-01-11 08:00", HELSINKI), at("2027-01-11 17:00", HELSINKI)),
    ),
    "by the half day there: the halves that are touched": (
        terms(),
        MORNING,
        terms(unit=Unit.HALF_DAY),
        span("2027-01-11 08:00", "12:30"),
    ),
    "a day, by the hour there: as much of its opening as can be had": (
        terms(unit=Unit.DAY),
        span("2027-01-11 08:00", "17:00"),
        terms(maximum_units=6),
        span("2027-01-11 08:00", "14:00"),
    ),
    "two days, by the hour there: nothing": (terms(unit=Unit.DAY), DAYS, terms(), None),
    "a day that is not open there: nothing": (
        terms(unit=Unit.DAY),
        span("2027-01-16 08:00", "17:00"),
        terms(unit=Unit.DAY),
        None,
    ),
}


@pytest.mark.parametrize("case", THERE)
def test_the_same_date_at_another_facility(case):
    here, slot, there, expected = THERE[case]

    assert slot_there(here, slot, there) == expected


def test_another_facility_offers_the_same_day_or_else_the_nearest_never_another_length():
    def option(rules, places=None):
        look = search_window(rules, deadlines(), [MORNING], NOW, days=14)
        return option_there(
            ground(rules, places), [RequestedDate(MORNING, 1, False, None)], NOW, look
        )

    same, shift = option(terms())
    assert (same.asks[0].slot, shift) == (MORNING, 0)
    moved, shift = option(terms(), room(taken=TAKEN))
    assert (moved.asks[0].slot, shift) == (span("2027-01-12 09:00", "12:00"), 1)
    assert option(terms(maximum_units=2)) is None
    assert option(terms(people_limit=2)) is not None


def test_who_wants_nobody_beside_them_gets_all_of_another_facility_or_nothing():
    whole = RequestedDate(MORNING, 1, True, None)

    assert extent_there(whole, terms(allows_exclusive=False), had_choice=True) is None
    assert extent_there(whole, terms(allows_exclusive=False), had_choice=False).whole is False
    assert (
        extent_there(
            RequestedDate(MORNING, 2, False, None), terms(allows_shared=False), had_choice=True
        )
        is None
    )


def test_what_a_quota_leaves_is_offered_and_nothing_beyond_it():
    """10 hours a week and 8 of them gone: 2 hours are left, or the week before or after."""
    rule = QuotaRule("Lab", Period.WEEK, Measure.HOURS, 10)
    used = QuotaUsage(rule, [span("2027-01-15 08:00", "16:00")])
    where = FacilitySnapshot(terms(), deadlines(), room(), (), quotas=[used])

    assert said(options(where, [MORNING])) == [
        "shifted 08.01 09:00-12:00",
        "shifted 18.01 09:00-12:00",
        "length 11.01 09:00-11:00",
    ]
