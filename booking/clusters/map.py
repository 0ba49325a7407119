"""The map of Europe with the clusters' pins: what it counts, and where each pin leads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from flask_babel import gettext, ngettext

from booking.clusters.map_layout import Picture, Pin, Spot, picture


class OnMap(Protocol):
    """What the map needs of a cluster; without `lat` and `lon` it stands in the list only."""

    @property
    def slug(self) -> str:
        """Its name in addresses."""

    @property
    def short_name(self) -> str:
        """Its name as spoken."""

    @property
    def city(self) -> str:
        """Where it is."""

    @property
    def lat(self) -> float | None:
        """Degrees of latitude."""

    @property
    def lon(self) -> float | None:
        """Degrees of longitude."""


@dataclass(frozen=True)
class MapEntry:
    """One cluster on the map and in the list beside it; `pin` is None off the map."""

    pin: Pin | None
    count: int
    url: str
    text: str


@dataclass(frozen=True)
class Map:
    """The picture and its entries, as the template draws them."""

    picture: Picture
    entries: Sequence[MapEntry]


def cluster_map(
    clusters: Sequence[OnMap], counts: Mapping[str, int], url_of: Callable[[str], str]
) -> Map:
    """Return the map of these clusters; `counts` and `url_of` go by the cluster's slug."""
    spots = [
        Spot(one.slug, town(one.city), one.lat, one.lon)
        for one in clusters
        if one.lat is not None and one.lon is not None
    ]
    drawn = picture(spots)
    pins = {pin.key: pin for pin in drawn.pins}
    entries = [
        MapEntry(
            pin=pins.get(one.slug),
            count=counts.get(one.slug, 0),
            url=url_of(one.slug),
            text=_text(one, counts.get(one.slug, 0)),
        )
        for one in clusters
    ]
    return Map(drawn, entries)


def town(city: str) -> str:
    """Return the city without what stands in brackets behind it."""
    return city.partition("(")[0].strip()


def _text(cluster: OnMap, count: int) -> str:
    facilities = ngettext("%(num)s facility", "%(num)s facilities", count)
    return gettext(
        "%(cluster)s, %(city)s: %(facilities)s",
        cluster=cluster.short_name,
        city=town(cluster.city),
        facilities=facilities,
    )
