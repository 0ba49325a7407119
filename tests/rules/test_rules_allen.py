"""The thirteen relations of two dates in time, and what they mean for places."""

import itertools
from datetime import UTC, datetime

import pytest

from booking.rules.availability import PlaceDemand, no_longer_fit
from booking.rules.free_times import free_slots
from booking.rules.many_dates import why_not_all
from booking.rules.refusals import RefusalCode
from booking.rules.terms import RequestedDate
from tests.rules.examples import deadlines, m, room, terms

C = RefusalCode
HOUR = 60
#: Long before: nothing here is about lead time.
NOW = datetime(2026, 12, 1, tzinfo=UTC)
#: The existing date, in minutes; each other date is in one of Allen's relations to it.
FIRST = (10 * HOUR, 20 * HOUR)
SETUP, CLEANUP = 30, 60

# Name; the second date in hours; whether the two share an instant; whether they do when each has
# half an hour of set-up and an hour of clean-up.
RELATIONS = [
    ("before, with room for clean-up and set-up", (22, 24), False, False),
    ("before, with a gap that is too short", (21, 24), False, True),
    ("after, with room for clean-up and set-up", (6, 8), False, False),
    ("after, with a gap that is too short", (6, 9), False, True),
    ("meets", (20, 24), False, True),
    ("met by", (5, 10), False, True),
    ("overlaps", (15, 24), True, True),
    ("overlapped by", (5, 15), True, True),
    ("starts", (10, 24), True, True),
    ("started by", (10, 15), True, True),
    ("during", (5, 24), True, True),
    ("contains", (12, 18), True, True),
    ("finishes", (5, 20), True, True),
    ("finished by", (15, 20), True, True),
    ("equals", (10, 20), True, True),
]
# Own places, places below, what the first date takes, what the second requests, whether both fit
# at the same time.
EXTENTS = [
    ("one place twice", 1, 0, (1, False), (1, False), False),
    ("one of two places twice", 2, 0, (1, False), (1, False), True),
    ("one of two places, then both", 2, 0, (1, False), (2, False), False),
    ("both places, then one", 2, 0, (2, False), (1, False), False),
    ("one of two places, then the whole", 2, 0, (1, False), (1, True), False),
    ("the whole, then one of two places", 2, 0, (1, True), (1, False), False),
    ("the whole twice", 2, 0, (1, True), (1, True), False),
    ("one place, then the whole with a part below", 1, 1, (1, False), (1, True), False),
    ("the whole with a part below, then its own place", 1, 1, (1, True), (1, False), False),
]

relations = pytest.mark.parametrize("relation", RELATIONS, ids=[r[0] for r in RELATIONS])


def rules_for(buffered):
    return terms(
        spans=None,
        setup_minutes=SETUP if buffered else 0,
        cleanup_minutes=CLEANUP if buffered else 0,
    )


def in_hours(hours):
    return m(hours[0] * HOUR, hours[1] * HOUR)


def codes(rules, holder, *requested):
    refusals = why_not_all(rules, deadlines(), holder, [], requested, NOW)
    return [(refusal.code, refusal.date_index) for refusal in refusals]


def taken_by_first(holder, takes, buffered):
    """Return what is taken: by the places of the first date, as many as it takes."""
    count, whole = takes
    places = holder.own + holder.below if whole else holder.own[:count]
    slot = m(*FIRST).widened(SETUP, CLEANUP) if buffered else m(*FIRST)
    return {place: [slot] for place in places}


def clash_of(relation, buffered, fit_together=False):
    """Return whether a second date in this relation to the first one conflicts with it."""
    _, _, share, share_with_buffers = relation
    return (share_with_buffers if buffered else share) and not fit_together


@relations
def test_a_date_is_refused_where_it_overlaps_and_places_are_missing(relation):
    slot = in_hours(relation[1])
    for buffered, extent in itertools.product((False, True), EXTENTS):
        name, own, below, takes, (places, whole), fit_together = extent
        taken = taken_by_first(room(own, below), takes, buffered)

        found = codes(
            rules_for(buffered), room(own, below, taken), RequestedDate(slot, places, whole, None)
        )

        clash = clash_of(relation, buffered, fit_together)
        assert found == ([(C.TAKEN, 0)] if clash else []), (name, buffered)


@relations
def test_two_dates_of_one_request_conflict_like_those_of_two_requests(relation):
    slots = (m(*FIRST), in_hours(relation[1]))
    extents = [(1, 1, False), (2, 2, False), (2, 1, True), (2, 1, False)]
    for buffered, (own, places, whole) in itertools.product((False, True), extents):
        requested = [RequestedDate(slot, places, whole, None) for slot in slots]

        found = codes(rules_for(buffered), room(own), *requested)

        clash = clash_of(relation, buffered, own > places and not whole)
        assert found == ([(C.DATES_OVERLAP, 1)] if clash else []), (buffered, own, places, whole)


@relations
def test_an_overlapping_request_is_a_rival_where_places_are_missing(relation):
    for buffered, extent in itertools.product((False, True), EXTENTS):
        name, own, below, takes, requested, fit_together = extent
        around = (SETUP, CLEANUP) if buffered else (0, 0)
        places = room(own, below)
        chosen = PlaceDemand(1, m(*FIRST).widened(*around), *takes, places.own, places.below)
        slot = in_hours(relation[1]).widened(*around)
        other = PlaceDemand(2, slot, *requested, places.own, places.below)

        rivals = no_longer_fit({}, chosen, [other])

        clash = clash_of(relation, buffered, fit_together)
        assert rivals == ([other] if clash else []), (name, buffered)


@relations
def test_time_drawn_free_beside_a_date_fits_the_next_one(relation):
    for buffered in (False, True):
        holder = room(1, 0, taken_by_first(room(1), (1, False), buffered))
        day = m(0, 30 * HOUR)
        free = free_slots(rules_for(buffered), deadlines(), holder, [], day, NOW)
        between = CLEANUP + SETUP if buffered else 0
        assert free == [m(0, FIRST[0] - between), m(FIRST[1] + between, 30 * HOUR)]
        fits = any(slot.contains(in_hours(relation[1])) for slot in free)
        assert fits is not clash_of(relation, buffered)


def test_time_drawn_free_beside_a_closure_leaves_room_for_set_up_and_clean_up():
    closed = [m(*FIRST)]
    for buffered in (False, True):
        free = free_slots(rules_for(buffered), deadlines(), room(1), closed, m(0, 30 * HOUR), NOW)
        before, after = (CLEANUP, SETUP) if buffered else (0, 0)
        assert free == [m(0, FIRST[0] - before), m(FIRST[1] + after, 30 * HOUR)]


def test_the_table_has_each_of_thirteen_relations():
    """They are told apart by how the four ends compare."""

    def compare(one, other):
        return (one > other) - (one < other)

    first = in_hours((10, 20))
    found = {
        tuple(
            compare(mine, theirs)
            for mine in (first.starts_at, first.ends_at)
            for theirs in (slot.starts_at, slot.ends_at)
        )
        for slot in (in_hours(relation[1]) for relation in RELATIONS)
    }
    assert len(found) == 13
