"""Which picture of `static/pictures.svg` stands for a facility.

A picture holds no information: a name or a fact always stands beside it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from booking.wording.folding import words_in


@dataclass(frozen=True)
class _Hint:
    """When a picture is taken: each of the three that is given must agree.

    `words` are phrases of which one stands in the capabilities, `areas` focus areas of which
    one is the facility's, `kinds` the kinds of which it is one.
    """

    picture: str
    words: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def agrees(self, kind: str, areas: Collection[str], text: str) -> bool:
        """Return whether the picture is one for this facility."""
        return (
            (not self.areas or any(area in areas for area in self.areas))
            and (not self.kinds or kind in self.kinds)
            and (not self.words or any(f" {word}" in text for word in self.words))
        )


_ROOMS = ("lab", "workbench")
# The first that agrees is taken: what is there says more than what it is good for.
_HINTS = (
    _Hint("space-chamber", words=("thermal vacuum", "vacuum chamber")),
    _Hint("chamber", words=("anechoic", "reverberation", "field strength", "antenna measurement")),
    _Hint("headset", words=("virtual reality",)),
    _Hint("fire-lab", words=("furnace", "flammability", "room fire")),
    _Hint("wildfire", words=("wildfire", "forest fire")),
    _Hint("simulator", words=("simulator", "pilot station", "aeroplane pilot")),
    _Hint("meeting", words=("meeting room", "video conference")),
    _Hint("drone-field", words=("calibration",), areas=("drones-uas",)),
    _Hint("drone-hall", words=("indoor",), areas=("drones-uas",)),
    _Hint("fire-ground", areas=("fire-rescue",), kinds=("range", "facility")),
    _Hint(
        "drone-runway", words=("runway", "airport", "flights beyond visual"), areas=("drones-uas",)
    ),
    _Hint("drone-sea", areas=("border-maritime",), words=("drone", "aircraft", "flight")),
    _Hint("drone-watch", areas=("counter-uas",)),
    _Hint("drone-hall", areas=("drones-uas",), kinds=_ROOMS),
    _Hint("drone-runway", areas=("drones-uas",)),
    _Hint("mobility", areas=("connected-mobility",)),
    _Hint(
        "industry", words=("model factory", "industrial demonstrators", "production demonstrators")
    ),
    _Hint("cyber-range", areas=("cybersecurity",), kinds=("range",)),
    _Hint("mast", words=("mobile core", "mobile network", "5g", "private lte")),
    _Hint("chip", words=("chip", "smartcard", "clean room"), areas=("secure-electronics",)),
    _Hint("bench", areas=("secure-electronics",), kinds=("workbench",)),
    _Hint("earth", words=("satellite", "emergency mapping")),
    _Hint("campus", areas=("national-security",), kinds=("facility",)),
    _Hint("city", areas=("urban-security", "smart-secure-societies")),
    _Hint("arena", areas=("event-security",)),
    _Hint("energy", areas=("energy-systems",)),
    _Hint("cyber-lab", areas=("cybersecurity",), kinds=_ROOMS),
    _Hint("fire-lab", areas=("fire-rescue",), kinds=_ROOMS),
    _Hint("fire-ground", areas=("fire-rescue",)),
    _Hint("crisis", areas=("crisis-management",)),
    _Hint("cbrn", areas=("cbrn",)),
    _Hint("forensics", areas=("forensics",)),
    _Hint("ship", areas=("border-maritime",)),
    _Hint("mast", areas=("critical-communications", "iot-connectivity")),
    _Hint("space-chamber", areas=("space",)),
    _Hint("earth", areas=("sensing-earth-observation",)),
    _Hint("bench", areas=("secure-electronics",)),
    _Hint("chip", areas=("contactless-identity",)),
    _Hint("industry", areas=("industrial-security",)),
    _Hint("cyber-lab", areas=("cybersecurity",)),
    _Hint("energy", areas=("critical-infrastructure-protection",)),
    _Hint("simulator", areas=("training-simulation",)),
    _Hint("bench", kinds=_ROOMS),
    _Hint("city", kinds=("living lab",)),
    _Hint("campus"),
)
#: All pictures that a facility can get.
PICTURES = frozenset(hint.picture for hint in _HINTS)


def picture_of(kind: str, areas: Collection[str], capabilities: Iterable[str]) -> str:
    """Return the name of the picture for a facility, from its kind, focus areas and capabilities.

    `areas` are slugs of focus areas. An unknown kind without areas gets the picture of a building.
    """
    return _picture_of(kind, tuple(areas), tuple(capabilities))


# A page shows some twenty facilities, the same ones again and again.
@lru_cache(maxsize=20_000)
def _picture_of(kind: str, areas: tuple[str, ...], capabilities: tuple[str, ...]) -> str:
    text = words_in(capabilities)
    return next(hint.picture for hint in _HINTS if hint.agrees(kind, areas, text))


def picture_name(facility: Any) -> str:
    """Return the name of the picture for a facility, from the table or as lists have it."""
    return picture_of(facility.kind, facility.areas, facility.capabilities)
