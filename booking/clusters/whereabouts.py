"""In which country coordinates are, as the outline of Europe draws it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale

from booking.clusters.map import outline, project

# Nobody is told that a quay is in the sea: so many degrees of latitude and longitude around.
_NEAR = (0.03, 0.06)
_NUMBER = re.compile(r"-?[0-9.]+")

Ring = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Doubt:
    """Why coordinates are hardly right: in the country of this code, or "": in the sea or far."""

    country: str


def doubt_about(lat: float, lon: float, country: str) -> Doubt | None:
    """Return why these coordinates are hardly those of something in a country; None: they may be.

    `country` is its ISO code.
    """
    found = {
        country_at(lat + north * _NEAR[0], lon + east * _NEAR[1])
        for north in (-1, 0, 1)
        for east in (-1, 0, 1)
    }
    if country in found:
        return None
    return Doubt(country_at(lat, lon) or next((one for one in sorted(found) if one), ""))


def country_at(lat: float, lon: float) -> str:
    """Return the ISO code of the country there; "" in the sea, and where the outline ends."""
    try:
        x, y = project(lat, lon)
    except (ValueError, ZeroDivisionError):  # the other side of the earth
        return ""
    for code, rings in _countries():
        if _is_inside(x, y, rings):
            return code
    return ""


@lru_cache(maxsize=1)
def _countries() -> tuple[tuple[str, tuple[Ring, ...]], ...]:
    codes = {name: code for code, name in Locale("en").territories.items() if len(code) == 2}
    return tuple(
        (codes.get(name, name), tuple(_rings(path)))
        for name, path in outline()["countries"].items()
    )


def _rings(path: str) -> Iterator[Ring]:
    for part in path.split("M")[1:]:
        numbers = [float(one) for one in _NUMBER.findall(part)]
        yield tuple(zip(numbers[::2], numbers[1::2], strict=False))


def _is_inside(x: float, y: float, rings: Sequence[Ring]) -> bool:
    """Return whether a point is inside: a ray from it crosses the border an odd number of times."""
    inside = False
    for ring in rings:
        last_x, last_y = ring[-1]
        for here_x, here_y in ring:
            if (here_y > y) != (last_y > y) and x < here_x + (y - here_y) / (last_y - here_y) * (
                last_x - here_x
            ):
                inside = not inside
            last_x, last_y = here_x, here_y
    return inside
