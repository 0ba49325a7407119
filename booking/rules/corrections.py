"""Mistakes that people report on pages of facilities: what becomes of them, and how many."""

from datetime import timedelta
from enum import StrEnum

LONGEST_TEXT = 1000
#: One person reports so many within a day, and a facility has so many that are open.
MOST_A_DAY = 10
MOST_OPEN = 30
DAY = timedelta(days=1)


class Outcome(StrEnum):
    """What became of a reported mistake."""

    CORRECTED = "corrected"
    KEPT = "kept"
    """The page is right, or the owner leaves it as it is."""
