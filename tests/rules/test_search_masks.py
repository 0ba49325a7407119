"""Facilities as bits of one number: what is read of them is what was put in."""

import random

from booking.search.masks import Found, Ordered, WordRank, at, mask_of


def test_masks_give_back_their_places_in_the_order_of_the_items():
    chance = random.Random(7)
    for number in (1, 9, 300):
        items = [f"item {one}" for one in range(number)]
        for share in (0.0, 0.01, 0.2, 1.0):  # few are looked for one by one, many are not
            places = [one for one in range(number) if chance.random() < share]
            assert list(at(mask_of(places, number), items)) == [items[one] for one in places]


def test_some_of_what_is_in_order_are_those_that_a_list_of_all_has_there():
    chance = random.Random(8)
    items = list(range(200))
    for _ in range(30):
        groups: list[list[int]] = [[], [], [], []]
        for one in items:
            groups[chance.randrange(4)].append(one)
        groups.insert(chance.randrange(3), [])
        ordered = Ordered(items, [mask_of(one, len(items)) for one in groups[:4]])
        everything = [one for group in groups[:4] for one in group]
        assert list(ordered) == everything
        assert len(ordered) == len(everything)
        start, number = chance.randrange(220), chance.randrange(60)
        assert ordered.first(number, start) == everything[start : start + number]


def test_what_words_find_has_each_facility_with_its_rank():
    whole, part = WordRank(0, 0, -9), WordRank(1, 0, -4)
    found = Found([30, 10, 20, 40], [(whole, 0b0100), (part, 0b0011)])

    assert dict(found) == {20: whole, 30: part, 10: part}
    assert len(found) == 3
    assert 40 not in found
    assert (found.mask, found.lacking) == (0b0111, 0b0011)
