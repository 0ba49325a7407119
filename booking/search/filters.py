"""Which facilities a search finds by words and filters, as SQL."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from booking.clusters.models import Cluster, FocusArea
from booking.extensions import db
from booking.facilities.models import Facility, facility_focus_area
from booking.search.normalise import search_words

_ESCAPE = "\\"


@dataclass(frozen=True)
class Filters:
    """The filters of a search; slugs and kinds that do not exist match nothing.

    A facility matches one of `clusters` or `countries`, one of `kinds`, one of `focus_areas`, and
    all words of `text`; what is empty filters nothing. Countries are ISO 3166 codes of two letters.
    """

    text: str = ""
    clusters: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    focus_areas: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


def matching(filters: Filters, *columns: Any) -> sa.Select[Any]:
    """Return a query for the matching facilities, the best match first.

    It selects the given columns (default: the whole facility). Words match in other forms, too
    (`drones`, `flying`); `%` and `_` match only themselves. The earlier a word is in the text
    the better; the text begins with the name.
    """
    words = search_words(filters.text)
    query = sa.select(*(columns or (Facility,))).join(Cluster, Cluster.id == Facility.cluster_id)
    for forms in words:
        has = [Facility.search_text.contains(_literal(one), escape=_ESCAPE) for one in forms]
        query = query.where(sa.or_(*has))
    if filters.clusters or filters.countries:
        query = query.where(
            sa.or_(Cluster.slug.in_(filters.clusters), Cluster.country.in_(filters.countries))
        )
    if filters.kinds:
        query = query.where(Facility.kind.in_(filters.kinds))
    if filters.focus_areas:
        query = query.where(
            Facility.id.in_(
                sa.select(facility_focus_area.c.facility_id)
                .join(FocusArea, FocusArea.id == facility_focus_area.c.focus_area_id)
                .where(FocusArea.slug.in_(filters.focus_areas))
            )
        )
    return query.order_by(*(_position(forms) for forms in words), Facility.name, Facility.id)


def _literal(word: str) -> str:
    for special in (_ESCAPE, "%", "_"):
        word = word.replace(special, _ESCAPE + special)
    return word


def _position(forms: tuple[str, ...]) -> sa.ColumnElement[int]:
    """Return the position of the first of these forms that the text has; 0: it has none."""
    is_postgresql = db.session.get_bind().dialect.name == "postgresql"
    position = sa.func.strpos if is_postgresql else sa.func.instr
    found = [sa.func.nullif(position(Facility.search_text, form), 0) for form in forms]
    return sa.func.coalesce(*found, 0)
