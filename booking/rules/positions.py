"""Why a facility is not on the map."""

from enum import StrEnum


class PositionFault(StrEnum):
    """What a facility lacks to be on the map, and to have a distance."""

    NO_TOWN = "no_town"
    """It states neither its position nor a town."""
    UNKNOWN_TOWN = "unknown_town"
    """It states a town, of which nobody here knows where it is."""


def position_fault(town: str, *, is_known: bool, has_position: bool) -> PositionFault | None:
    """Return why a facility is not on the map, None: it is. `is_known`: where its town is."""
    if has_position or is_known:
        return None
    return PositionFault.UNKNOWN_TOWN if town else PositionFault.NO_TOWN
