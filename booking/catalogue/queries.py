"""What the catalogue that comes with the product says of itself."""

from dataclasses import dataclass
from functools import lru_cache

from booking.catalogue import reading


@dataclass(frozen=True)
class About:
    """The note of those who put it together, and what they have not verified."""

    note: str
    not_verified: tuple[str, ...]


@lru_cache(maxsize=1)
def about() -> About:
    """Return what the shipped catalogue says of itself."""
    catalogue = reading.read()
    return About(catalogue.note, catalogue.not_verified)
