"""How much of a facility is stated, and what to state next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Beside facts: what owners state on pages of their own, and partners ask about first.
HOURS, PEOPLE = "hours", "people_limit"
#: What counts, most wanted first. Hazards, permits and notes do not: many facilities have none.
COUNTED = (
    "description",
    "capabilities",
    "concepts",
    HOURS,
    PEOPLE,
    "setting",
    "access_mode",
    "who_may_use",
    "use_cost",
    "focus_areas",
    "equipment",
    "size",
    "access_conditions",
    "contact_role",
    "contact_languages",
    "city",
    "position",
    "getting_there",
    "run_by",
    "source",
)


@dataclass(frozen=True)
class Completeness:
    """What is missing of `COUNTED`, most wanted first."""

    missing: tuple[str, ...]

    @property
    def stated(self) -> int:
        """Return how much is stated."""
        return len(COUNTED) - len(self.missing)

    @property
    def percent(self) -> int:
        """Return how much is stated in a hundred; 100 only if nothing is missing."""
        return self.stated * 100 // len(COUNTED)

    @property
    def next(self) -> str | None:
        """Return what to state next, None: nothing is missing."""
        return self.missing[0] if self.missing else None


def completeness(values: Mapping[str, Any]) -> Completeness:
    """Return what is missing of a facility that states these values."""
    return Completeness(
        tuple(name for name in COUNTED if values.get(name) in (None, "", [], (), False))
    )
