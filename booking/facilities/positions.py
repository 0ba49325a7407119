"""Where facilities are, as far as that is public: as their owners state it, else in their city."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from booking.clusters.towns import town
from booking.facilities.listed import ListedFacility
from booking.rules.positions import PositionFault, position_fault

_EARTH_RADIUS_KM = 6371.0


@dataclass(frozen=True)
class Position:
    """A position in degrees; `of_city`: not of the site itself but of the city it is in.

    `is_rounded`: its owner has given it only roughly.
    """

    lat: float
    lon: float
    of_city: bool
    is_rounded: bool = False

    def km_to(self, other: "Position") -> float:
        """Return how many kilometres it is to another position, as the crow flies."""
        lat, other_lat = math.radians(self.lat), math.radians(other.lat)
        turn = math.radians(other.lon - self.lon)
        half_chord = (
            math.sin((other_lat - lat) / 2) ** 2
            + math.cos(lat) * math.cos(other_lat) * math.sin(turn / 2) ** 2
        )
        return 2 * _EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half_chord)))


def _read() -> dict[str, Position]:
    text = Path(__file__).with_name("cities.toml").read_text(encoding="utf-8")
    return {
        name: Position(lat, lon, of_city=True) for name, (lat, lon) in tomllib.loads(text).items()
    }


#: Where cities are, by name.
CITIES: Mapping[str, Position] = _read()


def position_of(facility: ListedFacility) -> Position | None:
    """Return where a facility is; None if it is not public or its city is not known."""
    if facility.lat is not None and facility.lon is not None:
        return Position(
            facility.lat, facility.lon, of_city=False, is_rounded=facility.position_is_rounded
        )
    return CITIES.get(town(facility.city)) if facility.city else None


def fault_of_position(city: str | None, *, has_position: bool) -> PositionFault | None:
    """Return why a facility of this city is not on the map, None: it is."""
    name = town(city or "")
    return position_fault(name, is_known=name in CITIES, has_position=has_position)
