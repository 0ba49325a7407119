"""What loading the catalogue did, or would do."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LineKind(StrEnum):
    """What became of one entry of the file."""

    ADDED = "added"
    CHANGED = "changed"
    REFUSED = "refused"  # future dates prevent it; the rest of the entry is loaded
    KEPT = "kept"  # owners have set it here, so the file does not count


@dataclass(frozen=True)
class NamedDate:
    """A date of a booking: its reference, the facility's slug, and when it starts there."""

    reference: str
    facility: str
    starts_at: datetime  # with the zone of the facility


@dataclass(frozen=True)
class LoadLine:
    """One line of the report: what became of an entry, such as the facility `slug`.

    `names` are the facts, in the words of the file where it has them. `affected` are the dates
    that a change newly affects, `needed_by` those that prevent it.
    """

    kind: LineKind
    what: str
    slug: str
    names: tuple[str, ...] = ()
    affected: Sequence[NamedDate] = ()
    needed_by: Sequence[NamedDate] = ()


@dataclass(frozen=True)
class LoadReport:
    """All lines, and how many clusters and facilities the file has."""

    clusters: int
    facilities: int
    lines: Sequence[LoadLine]

    @property
    def counts(self) -> Counter[LineKind]:
        """Return how many lines there are of each kind."""
        return Counter(line.kind for line in self.lines)
