"""Which rows of the calendar across facilities are folded, and the ways to fold and unfold.

The address holds it, so that it can be shared: `open` names the clusters that are unfolded
(`all`, `none`), `fold` the facilities whose parts are folded.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from booking.calendars.overview.listing import Listed
from booking.calendars.overview.params import Across
from booking.calendars.rows import CalendarRow
from booking.rules.visibility import Viewer

#: So many rows are all shown at first; of more, only what is nearest to the reader.
MOST_OPEN = 24
_ALL, _NONE = "all", "none"


@dataclass(frozen=True)
class Folds:
    """What is folded on one page. `clusters` are the slugs of those on it, in their order."""

    across: Across
    clusters: Sequence[str]
    open_clusters: Collection[str]
    parents: Mapping[int, str]
    inside: Mapping[int, Sequence[int]]

    @cached_property
    def _folded(self) -> list[str]:
        on_page = set(self.parents.values())
        return [slug for slug in self.across.asked.args.getlist("fold") if slug in on_page]

    def is_open(self, slug: str) -> bool:
        """Tell whether the cluster of this slug is unfolded."""
        return slug in self.open_clusters

    def has_parts(self, facility_id: int) -> bool:
        """Tell whether parts of this facility are listed below it."""
        return facility_id in self.parents

    def is_folded(self, facility_id: int) -> bool:
        """Tell whether the parts of this facility are folded."""
        return self.parents.get(facility_id) in self._folded

    def cluster_url(self, slug: str) -> str:
        """Return this page with the cluster folded where it is open, else unfolded."""
        wanted = [one for one in self.clusters if (one in self.open_clusters) != (one == slug)]
        return self.across.url(open=self._written(wanted), _anchor=cluster_anchor(slug))

    def facility_url(self, facility_id: int) -> str:
        """Return this page with the parts of the facility folded, or unfolded."""
        slug = self.parents[facility_id]
        folded = [one for one in self._folded if one != slug]
        if len(folded) == len(self._folded):
            folded.append(slug)
        opened = self._written([one for one in self.clusters if one in self.open_clusters])
        return self.across.url(open=opened, fold=folded or None, _anchor=facility_anchor(slug))

    @property
    def all_url(self) -> str | None:
        """Return this page with everything unfolded; None where it is."""
        if len(self.open_clusters) == len(self.clusters) and not self._folded:
            return None
        return self.across.url(open=_ALL, fold=None)

    @property
    def none_url(self) -> str | None:
        """Return this page with all clusters folded; None where they are."""
        return self.across.url(open=_NONE) if self.open_clusters else None

    def _written(self, opened: Sequence[str]) -> str | Sequence[str]:
        if len(opened) == len(self.clusters):
            return _ALL
        return opened or _NONE


def cluster_anchor(slug: str) -> str:
    """Return the id of the row of this cluster."""
    return f"cluster-{slug}"


def facility_anchor(slug: str) -> str:
    """Return the id of the row of this facility."""
    return f"row-{slug}"


def read_folds(
    across: Across, lines: Sequence[Listed], rows: Sequence[CalendarRow], viewer: Viewer
) -> Folds:
    """Return what is folded: what the address says, else what suits the number of rows.

    Of many rows only the clusters stay open that are the reader's own or in which the reader
    has dates in sight; of none such the first, to show what is inside.
    """
    slugs = list(dict.fromkeys(row.cluster.slug for row in rows))
    given = across.asked.args.getlist("open")
    if _ALL in given or (not given and len(rows) <= MOST_OPEN):
        opened = set(slugs)
    elif given:
        opened = set(slugs) & set(given)
    else:
        opened = {row.cluster.slug for row in rows if _is_near(row, viewer)} or set(slugs[:1])
    inside = _inside(lines)
    parents = {
        line.facility_id: row.facility.slug
        for line, row in zip(lines, rows, strict=True)
        if line.facility_id in inside
    }
    return Folds(across, slugs, opened, parents, inside)


def _is_near(row: CalendarRow, viewer: Viewer) -> bool:
    own = {viewer.home_cluster_id, *viewer.coordinates, *viewer.approver_clusters}
    if row.cluster.id in own:
        return True
    return row.facts is not None and any(date.own for date in row.facts.dates)


def _inside(lines: Sequence[Listed]) -> dict[int, list[int]]:
    """Return for each facility with parts below it on this page their ids, however deep."""
    inside: dict[int, list[int]] = {}
    above: list[Listed] = []
    for line in lines:
        above = above[: line.depth]
        for one in above:
            inside.setdefault(one.facility_id, []).append(line.facility_id)
        above.append(line)
    return inside
