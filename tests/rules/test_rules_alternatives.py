"""What can be requested instead of a refused date: which dates, in which order."""

import random
from datetime import timedelta

import pytest

from booking.rules.alternatives import (
    Change,
    alternative_there,
    alternatives_to_dates,
    extent_there,
    slot_there,
)
from booking.rules.facility_snapshot import FacilitySnapshot
from booking.rules.many_dates import why_not_all
from booking.rules.near_dates import shift_window
from booking.rules.opening import Unit
from booking.rules.quotas import Measure, Period, QuotaRule, QuotaUsage
from booking.rules.refusals import RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode, RequestedDate
from tests.rules.examples import HELSINKI, MORNING, NOW, PARIS, at, deadlines, room, span, terms


def snapshot(rules, places=None, closures=(), ignore=(), *, is_drawn=True):
    return FacilitySnapshot(
        rules, deadlines(), places or room(), closures, NOW, frozenset(ignore), is_drawn=is_drawn
    )


def alternatives(where, slots, *, places=1, whole=False, people=None):
    requested = tuple(RequestedDate(slot, places, whole, people) for slot in slots)
    window = shift_window(where.rules, where.deadlines, slots, NOW)
    return alternatives_to_dates(where, requested, window)


def said(found, zone=PARIS):
    """Alternatives as short texts: what changes, then the first day and the times of each date."""
    return [
        " ".join(
            [
                one.change.value,
                *(
                    f"{slot.starts_at.astimezone(zone):%d.%m %H:%M}-"
                    f"{slot.ends_at.astimezone(zone):%H:%M}"
                    for slot in one.slots
                ),
            ]
        )
        for one in found
    ]


TAKEN = {1: [span("2027-01-11 10:00", "11:00")]}
DAYS = Slot(at("2027-01-14 08:00"), at("2027-01-15 17:00"))
THURSDAY = {1: [span("2027-01-14 10:00", "11:00")]}
WEEKEND = Slot(at("2027-01-16 00:00"), at("2027-01-18 00:00"))
HALF = span("2027-01-14 08:00", "12:30")
CASES = {
    "taken: later that day, the next and the last day": (
        snapshot(terms(), room(taken=TAKEN)),
        MORNING,
        ["later 11.01 11:00-14:00", "later 12.01 09:00-12:00", "earlier 08.01 09:00-12:00"],
    ),
    "shut: the same time on days that are not": (
        snapshot(terms(), closures=[span("2027-01-11 00:00", "2027-01-13 00:00")]),
        MORNING,
        ["later 13.01 09:00-12:00", "earlier 08.01 09:00-12:00"],
    ),
    "too long: as long as can be, and nothing that differs for no reason": (
        snapshot(terms(maximum_units=2)),
        MORNING,
        ["shorter 11.01 09:00-11:00"],
    ),
    "too short: no longer than must be": (
        snapshot(terms(minimum_units=4)),
        MORNING,
        ["longer 11.01 09:00-13:00"],
    ),
    "too late: the first day in time on which it is open": (
        snapshot(terms(lead_time_days=60)),
        MORNING,
        ["later 25.01 09:00-12:00"],
    ),
    "too far ahead: the last day": (
        snapshot(terms(horizon_days=30)),
        MORNING,
        ["earlier 24.12 09:00-12:00"],
    ),
    "years ahead: the last day, too": (
        snapshot(terms(horizon_days=30)),
        span("2033-01-11 09:00", "12:00"),
        ["earlier 24.12 09:00-12:00"],
    ),
    "a Saturday: the working days beside it": (
        snapshot(terms()),
        span("2027-01-09 09:00", "12:00"),
        ["earlier 08.01 09:00-12:00", "later 11.01 09:00-12:00"],
    ),
    "off the grid: on it": (
        snapshot(terms()),
        span("2027-01-11 09:10", "11:50"),
        ["earlier 11.01 09:00-12:00", "later 11.01 09:30-12:30", "shorter 11.01 09:30-11:30"],
    ),
    "half of it free: the free half": (
        snapshot(terms(), room(taken={1: [span("2027-01-11 08:00", "10:00")]})),
        MORNING,
        [
            "later 11.01 10:00-13:00",
            "later 12.01 09:00-12:00",
            "earlier 08.01 09:00-12:00",
            "shorter 11.01 10:00-12:00",
        ],
    ),
    "days: as many, and never over a weekend that was not requested": (
        snapshot(terms(unit=Unit.DAY), room(taken=THURSDAY)),
        DAYS,
        ["earlier 12.01 08:00-17:00", "later 18.01 08:00-17:00", "shorter 15.01 08:00-17:00"],
    ),
    "a weekend: two days before or after it": (
        snapshot(terms(unit=Unit.DAY)),
        WEEKEND,
        ["earlier 14.01 08:00-17:00", "later 18.01 08:00-17:00"],
    ),
    "half days: the other half, then the same half of other days": (
        snapshot(terms(unit=Unit.HALF_DAY), room(taken=THURSDAY)),
        HALF,
        ["later 14.01 12:30-17:00", "later 15.01 08:00-12:30", "earlier 13.01 08:00-12:30"],
    ),
    "by agreement: other working days, hours unasked": (
        snapshot(
            terms(mode=BookingMode.BY_AGREEMENT),
            room(taken={1: [span("2027-01-14 20:00", "21:00")]}),
            is_drawn=False,
        ),
        span("2027-01-14 19:00", "22:00"),
        ["later 15.01 19:00-22:00", "earlier 13.01 19:00-22:00"],
    ),
    "booked elsewhere, shut for good, unanswered: nothing": (
        snapshot(terms(has_deciders=False)),
        MORNING,
        [],
    ),
    "nothing against it: nothing": (snapshot(terms()), MORNING, []),
}


@pytest.mark.parametrize("case", CASES)
def test_other_dates_at_the_same_place(case):
    where, slot, expected = CASES[case]

    assert said(alternatives(where, [slot])) == expected


def test_the_same_time_of_day_wins_over_a_slightly_nearer_day():
    mornings = [span(f"2027-01-{day} 08:00", "12:00") for day in (11, 12, 13)]
    mornings.append(span("2027-01-11 12:00", "17:00"))

    found = alternatives(snapshot(terms(), room(taken={1: sorted(mornings)})), [MORNING])

    assert "later 14.01 09:00-12:00" in said(found)
    assert not [text for text in said(found) if "12.01" in text]


def test_fewer_places_are_offered_if_not_enough_are_free():
    places = room(own=3, taken=TAKEN)

    found = alternatives(snapshot(terms(), places), [MORNING], places=3)

    (fewer,) = [one for one in found if one.change is Change.FEWER_PLACES]
    assert (list(fewer.slots), fewer.places, fewer.is_whole) == ([MORNING], 2, False)


def test_a_part_is_offered_if_the_whole_is_taken_and_the_whole_if_no_part_is_free():
    of_whole = alternatives(snapshot(terms(), room(own=3, taken=TAKEN)), [MORNING], whole=True)
    of_part = alternatives(snapshot(terms(allows_shared=False), room(own=3)), [MORNING])

    assert [(one.is_whole, one.places) for one in of_whole if one.change is Change.PART] == [
        (False, 2)
    ]
    assert [one.is_whole for one in of_part if one.change is Change.WHOLE] == [True]


WEEKLY = [span(f"2027-01-{day} 09:00", "12:00") for day in (11, 18, 25)]


def test_several_dates_are_all_shifted_alike_or_only_the_refused_one_is_moved():
    places = room(taken={1: [span("2027-01-18 10:00", "11:00")]})

    assert said(alternatives(snapshot(terms(), places), WEEKLY)) == [
        "moved 11.01 09:00-12:00 18.01 11:00-14:00 25.01 09:00-12:00",
        "later 11.01 11:00-14:00 18.01 11:00-14:00 25.01 11:00-14:00",
        "later 12.01 09:00-12:00 19.01 09:00-12:00 26.01 09:00-12:00",
        "earlier 08.01 09:00-12:00 15.01 09:00-12:00 22.01 09:00-12:00",
        "earlier 07.01 09:00-12:00 14.01 09:00-12:00 21.01 09:00-12:00",
    ]


def test_a_date_that_overlaps_another_of_the_request_is_moved_away_from_it():
    found = alternatives(snapshot(terms()), [MORNING, span("2027-01-11 11:00", "13:00")])

    assert "moved 11.01 09:00-12:00 12.01 11:00-13:00" in said(found)


def test_a_hidden_calendar_reveals_nothing_through_alternatives():
    """Who may not see it is only moved by what they may know: here the lead time."""
    hidden = {RefusalCode.TAKEN, RefusalCode.NOT_OPEN, RefusalCode.CLOSURE, RefusalCode.OFF_GRID}
    rules = terms(lead_time_days=60)

    found = alternatives(snapshot(rules, ignore=hidden, is_drawn=False), [MORNING])

    # Saturday 23 is the first day in time; Monday follows, open or not.
    assert said(found) == ["later 25.01 09:00-12:00"]
    night = alternatives(
        snapshot(rules, ignore=hidden, is_drawn=False), [span("2027-01-11 01:00", "04:00")]
    )
    assert said(night) == ["later 25.01 01:00-04:00"]


def test_every_alternative_is_accepted_by_the_rules_and_differs_from_the_request():
    """150 facilities at random, with what is taken, closed, too long or too soon there."""
    dice = random.Random(27)
    seen = 0
    for _ in range(150):
        where, requested = any_question(dice)
        window = shift_window(where.rules, where.deadlines, [one.slot for one in requested], NOW)
        found = alternatives_to_dates(where, requested, window)
        changed = [as_requested(one) for one in found]
        for dates in changed:
            assert not why_not_all(
                where.rules, where.deadlines, where.room, where.closures, dates, NOW
            ), (where, requested, dates)
            assert len(dates) == len(requested)
        assert len({*changed, requested}) == len(found) + 1
        seen += len(found)
    assert seen > 150


def as_requested(found):
    return tuple(
        RequestedDate(slot, found.places, found.is_whole, people=None) for slot in found.slots
    )


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
    requested = tuple(RequestedDate(slot, places, whole, None) for slot in sorted(slots))
    return snapshot(rules, room(own=own, taken=taken), closures), requested


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


def test_another_facility_offers_the_same_or_nearest_day_and_never_another_length():
    def there(rules, places=None):
        window = shift_window(rules, deadlines(), [MORNING], NOW, days=14)
        return alternative_there(
            snapshot(rules, places), (RequestedDate(MORNING, 1, False, None),), window
        )

    same = there(terms())
    assert (same.slots, same.number) == ((MORNING,), 0)
    moved = there(terms(), room(taken=TAKEN))
    assert (moved.slots, moved.number) == ((span("2027-01-12 09:00", "12:00"),), 1)
    assert there(terms(maximum_units=2)) is None
    assert there(terms(people_limit=2)) is not None


def test_a_chosen_whole_or_number_of_places_is_kept_at_another_facility():
    whole = RequestedDate(MORNING, 1, True, None)

    assert extent_there(whole, terms(allows_exclusive=False), had_choice=True) is None
    assert extent_there(whole, terms(allows_exclusive=False), had_choice=False).whole is False
    assert (
        extent_there(
            RequestedDate(MORNING, 2, False, None), terms(allows_shared=False), had_choice=True
        )
        is None
    )


def test_alternatives_stay_within_the_quota():
    """10 hours a week and 8 of them gone: 2 hours are left, or the week before or after."""
    rule = QuotaRule("Lab", Period.WEEK, Measure.HOURS, 10)
    used = QuotaUsage(rule, [span("2027-01-15 08:00", "16:00")])
    where = FacilitySnapshot(terms(), deadlines(), room(), (), NOW, quotas=[used])

    assert said(alternatives(where, [MORNING])) == [
        "earlier 08.01 09:00-12:00",
        "later 18.01 09:00-12:00",
        "shorter 11.01 09:00-11:00",
    ]
