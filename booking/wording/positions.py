"""Why a facility is not on the map, in words for who looks after it."""

from booking.rules.positions import PositionFault
from booking.wording.translator import gettext


def position_fault_text(fault: PositionFault, town: str | None) -> str:
    """Return what is missing, and what to do."""
    if fault is PositionFault.NO_TOWN:
        return gettext(
            "Not on the map, and without a distance: state the town, or coordinates. Coordinates "
            "rounded to about 10 km are enough."
        )
    return gettext(
        "Not on the map, and without a distance: this site does not know where %(town)s is. "
        "State coordinates; rounded to about 10 km is enough.",
        town=town or "",
    )
