"""What the page of a facility says of it, apart from its calendar and terms, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from booking.db.rows import read_rows
from booking.errors import NotFound
from booking.facilities.listed import ListedFacility, listed_by_slug
from booking.facilities.models import Facility


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DescribedFacility(ListedFacility):
    """A facility as its page describes it, beside what lists show of it."""

    run_by: str | None
    access_conditions: str | None
    capacity_note: str | None
    opening_hours_note: str | None
    source: str | None
    more_sources: tuple[str, ...]
    facts_read_on: date | None
    texts: Mapping[str, Mapping[str, str]]
    size: str | None
    who_may_use: str | None
    permits: str | None
    asking_cost: str | None
    asking_prices_url: str | None
    use_cost: str | None
    use_prices_url: str | None
    getting_there: str | None
    contact_role: str | None
    contact_languages: tuple[str, ...]
    confirmed_on: date | None


_NAMES = DescribedFacility.__slots__
_QUERY = sa.select(*(getattr(Facility, name) for name in _NAMES)).where(
    Facility.id == sa.bindparam("id")
)


def described_facility(slug: str) -> DescribedFacility:
    """Return the facility with this slug. One statement, beside those for lists.

    Raises:
        NotFound: there is none.
    """
    listed = listed_by_slug().get(slug)
    if listed is None:
        raise NotFound("facility")
    (found,) = read_rows(_QUERY, {"id": listed.id})
    row = dict(zip(_NAMES, found, strict=True))
    for name in ("more_sources", "contact_languages"):
        row[name] = tuple(row[name])
    return DescribedFacility(
        **{name: getattr(listed, name) for name in ListedFacility.__slots__}, **row
    )
