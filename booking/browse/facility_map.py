"""Facilities on the map: pins, those that would overlap as one, and the list beside it."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from booking.clusters.map import (
    EUROPE,
    PIN_RADIUS,
    MapPicture,
    MapPoint,
    MapView,
    Pin,
    is_shown,
    map_picture,
    project,
    view_of,
)
from booking.clusters.towns import town
from booking.facilities.listed import ListedFacility, listed_facilities
from booking.facilities.positions import Position, position_of
from booking.facilities.terms_cache import cached
from booking.wording.translator import gettext, ngettext
from booking.wording.words import country_name

#: So many places are listed on one page, and so many facilities of each.
PLACES_LISTED, FACILITIES_LISTED = 40, 8
_TOGETHER = 2.2  # pins nearer than so many of their radiuses would overlap
_SMALL_VIEW = 260.0  # how wide the part of the outline is that a small map shows


@dataclass(frozen=True)
class MapPlace:
    """The facilities of one city, or at one position of its own: a heading of the list.

    `key` is the id of the heading. `position` is None where it is not public.
    """

    key: str
    city: str
    country: str
    position: Position | None
    facilities: Sequence[ListedFacility]


@dataclass(frozen=True)
class MapPin:
    """A pin: how many facilities it stands for, and where it leads; `text` is its spoken name."""

    pin: Pin
    count: int
    url: str
    text: str


@dataclass(frozen=True)
class FacilityMap:
    """The map with its pins, and all places in the order of the list: on the map, then others."""

    picture: MapPicture
    pins: Sequence[MapPin]
    places: Sequence[MapPlace]
    is_whole: bool

    @property
    def on_map(self) -> int:
        """Return how many facilities are on the map."""
        return sum(one.count for one in self.pins)


@dataclass(frozen=True, eq=False)
class _Where:
    """Where facilities are; it is the same object for all that are at one place."""

    country: str
    city: str
    position: Position | None


def places_of(facilities: Iterable[ListedFacility]) -> list[MapPlace]:
    """Return where facilities are, by country and city; those whose place is not public last.

    The facilities of a place are in the order in which they were given.
    """
    where = cached("where facilities are", _read_places)
    found: dict[_Where, list[ListedFacility]] = {}
    for one in facilities:
        found.setdefault(where[one.id], []).append(one)

    def order(one: tuple[_Where, list[ListedFacility]]) -> tuple[bool, str, str, str]:
        place, there = one
        return place.position is None, country_name(place.country), place.city, there[0].name

    none = gettext("City not stated")
    return [
        MapPlace(f"place-{number}", one.city or none, one.country, one.position, there)
        for number, (one, there) in enumerate(sorted(found.items(), key=order), start=1)
    ]


def _read_places() -> dict[int, _Where]:
    """Return where each facility is, by id."""
    places: dict[tuple[str, str, Position | None], _Where] = {}
    found = {}
    for one in listed_facilities().values():
        place = one.cluster.country, town(one.city or ""), position_of(one)
        found[one.id] = places.setdefault(place, _Where(*place))
    return found


def map_of(
    facilities: Iterable[ListedFacility],
    facility_url: Callable[[str], str],
    cities_url: Callable[[Sequence[str]], str],
) -> FacilityMap:
    """Return the map of these facilities, given by name, as close as they all fit.

    A pin leads to its facility, to the heading of its city in the list, or where it stands for
    several cities, to the map of those, if that is a closer one.
    """
    places = places_of(facilities)
    positions = {
        one.key: project(one.position.lat, one.position.lon) for one in places if one.position
    }
    shown = {key: at for key, at in positions.items() if is_shown(*at)}
    view = view_of(shown.values())
    groups = _grouped([one for one in places if one.key in shown], shown, view)
    points = []
    for group in groups:
        first = max(group, key=lambda one: len(one.facilities))
        at = first.position
        if at is not None:
            points.append(MapPoint(group[0].key, _label(first, group), at.lat, at.lon))
    picture = map_picture(points, view)
    pin_of = {pin.key: pin for pin in picture.pins}
    pins = [
        _pin(
            group,
            pin_of[group[0].key],
            facility_url,
            None if view.is_closest else cities_url,
        )
        for group in groups
        if group[0].key in pin_of
    ]
    return FacilityMap(picture, pins, places, is_whole=view is EUROPE)


def _grouped(
    places: Sequence[MapPlace], shown: dict[str, tuple[float, float]], view: MapView
) -> list[list[MapPlace]]:
    """Return the places, those together whose pins would overlap, in the order of the list."""
    apart = PIN_RADIUS * _TOGETHER / view.scale
    groups: list[list[MapPlace]] = []
    # The largest first, so that smaller ones gather around them.
    for place in sorted(places, key=lambda one: -len(one.facilities)):
        near = next(
            (one for one in groups if math.dist(shown[one[0].key], shown[place.key]) < apart), None
        )
        if near is None:
            groups.append([place])
        else:
            near.append(place)
    order = {place.key: number for number, place in enumerate(places)}
    return sorted(groups, key=lambda group: order[group[0].key])


def _label(first: MapPlace, group: Sequence[MapPlace]) -> str:
    others = len({one.city for one in group} - {first.city})
    return gettext("%(city)s +%(number)s", city=first.city, number=others) if others else first.city


def _pin(
    group: Sequence[MapPlace],
    pin: Pin,
    facility_url: Callable[[str], str],
    cities_url: Callable[[Sequence[str]], str] | None,
) -> MapPin:
    count = sum(len(one.facilities) for one in group)
    cities = list(dict.fromkeys(one.city for one in group))
    if count == 1:
        only = group[0].facilities[0]
        text = gettext("1 %(city)s: %(facility)s", city=pin.label, facility=only.name)
        return MapPin(pin, count, facility_url(only.slug), text)
    url = f"#{group[0].key}"
    if cities_url is not None and len(cities) > 1:
        url = cities_url(cities)
    text = ngettext(
        "%(num)s %(city)s: facility", "%(num)s %(city)s: facilities", count, city=pin.label
    )
    return MapPin(pin, count, url, text)


@dataclass(frozen=True)
class SmallMap:
    """Where one facility is: a piece of the map with one pin, and how sure the place is."""

    picture: MapPicture
    pin: Pin
    note: str


def small_map(facility: ListedFacility) -> SmallMap | None:
    """Return the map of one facility; None where its place is not public or not on the map."""
    position = position_of(facility)
    if position is None:
        return None
    x, y = project(position.lat, position.lon)
    if not is_shown(x, y):
        return None
    label = town(facility.city or facility.cluster.city)
    view = MapView.around(x, y, _SMALL_VIEW)
    picture = map_picture([MapPoint(facility.slug, label, position.lat, position.lon)], view)
    note = gettext("As its owner states it.")
    if position.of_city:
        note = gettext("The city, not the site.")
    elif position.is_rounded:
        note = gettext("To about 10 km, as its owner states it.")
    return SmallMap(picture, picture.pins[0], note)
