"""The map of Europe with pins: their positions and labels, and what is said of clusters."""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from markupsafe import Markup, escape

from booking.clusters.towns import town
from booking.wording.translator import gettext, ngettext

OUTLINE = Path(__file__).parent.parent / "catalogue" / "europe-outline.json"
# The part of the outline that is shown, in its units: from Brittany to Tampere.
VIEW_X, VIEW_Y, VIEW_WIDTH, VIEW_HEIGHT = 105.0, 0.0, 745.0, 868.0
#: The radius of a pin, in units of the picture.
PIN_RADIUS = 22.0
_NARROWEST = 90.0  # the outline is too coarse to show less of it
_MARGIN = 1.35
#: Approximate width of a letter, to keep labels inside the map and apart.
_LETTER_WIDTH = 14.6
_LABEL_HEIGHT = 34.0
_CENTRE_LAT, _CENTRE_LON = math.radians(52), math.radians(10)


@dataclass(frozen=True)
class MapPoint:
    """A point to show: its key, its label, and its position in degrees."""

    key: str
    label: str
    lat: float
    lon: float


@dataclass(frozen=True)
class Pin:
    """A pin in units of the outline; `anchor` is the SVG `text-anchor` of its label."""

    key: str
    label: str
    x: float
    y: float
    label_x: float
    label_y: float
    anchor: str

    def shapes(self, radius: float, count: int | None = None) -> Markup:
        """Return its dot, number and label as SVG; the number may be None."""
        dot, number = radius * 0.7, ""
        if count is not None:
            dot = radius
            number = (
                f'<text class="pin-count" x="{self.x}" y="{self.y}" text-anchor="middle"'
                f' dominant-baseline="central">{count}</text>'
            )
        return Markup(  # noqa: S704  # the label is escaped
            f'<circle class="pin-target" cx="{self.x}" cy="{self.y}" r="{radius * 1.5}"/>'
            f'<circle class="pin-dot" cx="{self.x}" cy="{self.y}" r="{dot}"/>{number}'
            f'<text class="pin-label" x="{self.label_x}" y="{self.label_y}"'
            f' text-anchor="{self.anchor}" dominant-baseline="central">{escape(self.label)}</text>'
        )


@dataclass(frozen=True)
class MapView:
    """A part of the outline, in its units; all parts are drawn at one size, in one shape."""

    x: float
    y: float
    width: float

    @property
    def scale(self) -> float:
        """Return how many units of the picture one of the outline takes."""
        return VIEW_WIDTH / self.width

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the outline is in the picture."""
        return (x - self.x) * self.scale, (y - self.y) * self.scale

    @property
    def is_closest(self) -> bool:
        """Return whether no smaller part is ever shown."""
        return self.width <= _NARROWEST

    @classmethod
    def around(cls, x: float, y: float, width: float) -> "MapView":
        """Return the part with this point in its middle."""
        return cls(x - width / 2, y - width * VIEW_HEIGHT / VIEW_WIDTH / 2, width)


#: All that is ever shown.
EUROPE = MapView(VIEW_X, VIEW_Y, VIEW_WIDTH)


def view_of(points: Iterable[tuple[float, float]]) -> MapView:
    """Return the part of the outline that shows these points as large as possible."""
    known = list(points)
    if not known:
        return EUROPE
    left, right = (choose(x for x, _ in known) for choose in (min, max))
    top, bottom = (choose(y for _, y in known) for choose in (min, max))
    across = max(right - left, (bottom - top) * VIEW_WIDTH / VIEW_HEIGHT)
    width = max(across * _MARGIN, _NARROWEST)
    if width >= VIEW_WIDTH * 0.8:
        return EUROPE
    return MapView.around((left + right) / 2, (top + bottom) / 2, width)


@dataclass(frozen=True)
class MapPicture:
    """The map to draw: the SVG view box, where the outline lies in it, and the pins."""

    view_box: str
    x: float
    y: float
    width: float
    height: float
    radius: float
    pins: tuple[Pin, ...]


@lru_cache(maxsize=1)
def outline() -> dict[str, Any]:
    """Return the content of the file of the outline."""
    found: dict[str, Any] = json.loads(OUTLINE.read_text(encoding="utf-8"))
    return found


def project(lat: float, lon: float) -> tuple[float, float]:
    """Return x and y in units of the outline for degrees of latitude and longitude.

    Lambert azimuthal equal-area, as `formula` in europe-outline.json has it.
    """
    drawn = outline()
    phi, turn = math.radians(lat), math.radians(lon) - _CENTRE_LON
    sin_c, cos_c = math.sin(_CENTRE_LAT), math.cos(_CENTRE_LAT)
    k = math.sqrt(2 / (1 + sin_c * math.sin(phi) + cos_c * math.cos(phi) * math.cos(turn)))
    x = k * math.cos(phi) * math.sin(turn)
    y = k * (cos_c * math.sin(phi) - sin_c * math.cos(phi) * math.cos(turn))
    scale = drawn["scale"]
    return (x - drawn["x_min"]) * scale, (drawn["y_max"] - y) * scale


def map_picture(points: Iterable[MapPoint], view: MapView = EUROPE) -> MapPicture:
    """Return the map with a pin for each point that is on it; labels do not overlap."""
    return _picture(tuple(points), view)


@lru_cache(maxsize=64)
def _picture(points: tuple[MapPoint, ...], view: MapView) -> MapPicture:
    drawn = outline()
    pins: list[Pin] = []
    boxes: list[tuple[float, float, float, float]] = []
    placed = sorted(
        (
            (view.at(x, y), point)
            for point in points
            for x, y in [project(point.lat, point.lon)]
            if is_shown(x, y)
        ),
        key=lambda one: one[0],
    )
    for (x, y), _ in placed:
        boxes.append((x - PIN_RADIUS, y - PIN_RADIUS, x + PIN_RADIUS, y + PIN_RADIUS))
    for (x, y), point in placed:
        pin, box = _labelled(point, x, y, boxes)
        pins.append(pin)
        boxes.append(box)
    left, top = view.at(0, 0)
    return MapPicture(
        view_box=f"0 0 {VIEW_WIDTH:g} {VIEW_HEIGHT:g}",
        x=round(left, 1),
        y=round(top, 1),
        width=round(drawn["width"] * view.scale, 1),
        height=round(drawn["height"] * view.scale, 1),
        radius=PIN_RADIUS,
        pins=tuple(pins),
    )


def is_shown(x: float, y: float) -> bool:
    """Return whether a point of the outline is ever shown."""
    return VIEW_X <= x <= VIEW_X + VIEW_WIDTH and VIEW_Y <= y <= VIEW_Y + VIEW_HEIGHT


def _labelled(
    point: MapPoint, x: float, y: float, boxes: list[tuple[float, float, float, float]]
) -> tuple[Pin, tuple[float, float, float, float]]:
    width = len(point.label) * _LETTER_WIDTH
    gap = PIN_RADIUS + 6
    choices = [
        ("end", x - gap, y, (x - gap - width, y)),
        ("start", x + gap, y, (x + gap, y)),
        ("middle", x, y - gap - 8, (x - width / 2, y - gap - 8)),
        ("middle", x, y + gap + 14, (x - width / 2, y + gap + 14)),
    ]
    found: list[tuple[Pin, tuple[float, float, float, float]]] = []
    for anchor, label_x, label_y, (left, middle) in choices:
        box = (left, middle - _LABEL_HEIGHT / 2, left + width, middle + _LABEL_HEIGHT / 2)
        inside = box[0] >= 0 and box[2] <= VIEW_WIDTH
        pin = Pin(
            point.key, point.label, round(x, 1), round(y, 1), round(label_x, 1),
            round(label_y, 1), anchor,
        )  # fmt: skip
        found.append((pin, box))
        if inside and not any(_overlap(box, other) for other in boxes):
            return pin, box
    return found[0]


def _overlap(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


class MappedCluster(Protocol):
    """What the map needs of a cluster; without `lat` and `lon` it is only listed."""

    @property
    def slug(self) -> str:
        """Return its slug."""

    @property
    def short_name(self) -> str:
        """Return its short name."""

    @property
    def city(self) -> str:
        """Return its city."""

    @property
    def lat(self) -> float | None:
        """Return degrees of latitude, or None."""

    @property
    def lon(self) -> float | None:
        """Return degrees of longitude, or None."""


@dataclass(frozen=True)
class MapEntry:
    """One cluster on the map and in the list next to it; `pin` is None if it is not on the map.

    `pin_text` is the spoken name of the pin: it begins with what the pin shows (WCAG 2.5.3).
    """

    pin: Pin | None
    count: int
    url: str
    text: str
    pin_text: str


@dataclass(frozen=True)
class Map:
    """The picture and its entries, as the template draws them."""

    picture: MapPicture
    entries: Sequence[MapEntry]


def cluster_map(
    clusters: Sequence[MappedCluster], counts: Mapping[str, int], url_of: Callable[[str], str]
) -> Map:
    """Return the map of these clusters.

    `counts` has the number of facilities by slug; `url_of` returns the address for a slug.
    """
    points = [
        MapPoint(one.slug, town(one.city), one.lat, one.lon)
        for one in clusters
        if one.lat is not None and one.lon is not None
    ]
    drawn = map_picture(points)
    pins = {pin.key: pin for pin in drawn.pins}
    entries = [
        MapEntry(
            pin=pins.get(one.slug),
            count=counts.get(one.slug, 0),
            url=url_of(one.slug),
            text=_text(one, counts.get(one.slug, 0)),
            pin_text=_pin_text(one, counts.get(one.slug, 0)),
        )
        for one in clusters
    ]
    return Map(drawn, entries)


def _pin_text(cluster: MappedCluster, count: int) -> str:
    return ngettext(
        "%(num)s %(city)s: facility of %(cluster)s",
        "%(num)s %(city)s: facilities of %(cluster)s",
        count,
        city=town(cluster.city),
        cluster=cluster.short_name,
    )


def _text(cluster: MappedCluster, count: int) -> str:
    facilities = ngettext("%(num)s facility", "%(num)s facilities", count)
    return gettext(
        "%(cluster)s, %(city)s: %(facilities)s",
        cluster=cluster.short_name,
        city=town(cluster.city),
        facilities=facilities,
    )
