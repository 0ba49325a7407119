"""How much of each facility is stated, and when its facts were confirmed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from booking.clusters.models import Cluster
from booking.db.in_ids import in_ids
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.effective_terms import EffectiveTerms, effective_terms
from booking.facilities.facts import fact_values
from booking.facilities.models import Facility
from booking.facilities.positions import fault_of_position
from booking.manage.queries import my_facilities
from booking.manage.version import facility_versions
from booking.rules.completeness import HOURS, PEOPLE, Completeness, completeness
from booking.rules.confirmations import is_confirmed
from booking.rules.positions import PositionFault
from booking.rules.terms import CLOSED
from booking.rules.visibility import Viewer


@dataclass(frozen=True)
class FacilityState:
    """One facility of the list.

    `stated` are the facts that it states, by name. `is_confirmed`: less than a year ago. `version`
    is what a form that confirms them carries.
    """

    slug: str
    name: str
    depth: int
    decides: bool
    stated: dict[str, Any]
    completeness: Completeness
    confirmed_on: date | None
    is_confirmed: bool
    version: str

    @property
    def position_fault(self) -> PositionFault | None:
        """Return why it is not on the map."""
        return fault_of_position(
            self.stated.get("city"), has_position=bool(self.stated.get("position"))
        )

    @property
    def next_page(self) -> str:
        """Return the view of the page on which the next thing is stated."""
        return {HOURS: "manage.hours", PEOPLE: "manage.terms"}.get(
            self.completeness.next or "", "manage.facts"
        )


@dataclass(frozen=True)
class ClusterState:
    """The facilities of a cluster that the viewer keeps, in the order of their trees."""

    cluster: Cluster
    facilities: Sequence[FacilityState]

    @property
    def percent(self) -> int:
        """Return how much of all of them is stated in a hundred."""
        all_of_them = [one.completeness.percent for one in self.facilities]
        return sum(all_of_them) // len(all_of_them) if all_of_them else 0

    @property
    def unconfirmed(self) -> int:
        """Return how many nobody has confirmed for a year."""
        return sum(not one.is_confirmed for one in self.facilities)


def cluster_state(viewer: Viewer, slug: str, today: date) -> ClusterState:
    """Return how complete the facilities are that the viewer keeps in a cluster.

    A constant number of statements. Closed facilities are left out.

    Raises:
        NotFound: there is no such cluster, or the viewer keeps nothing there.
    """
    mine = next((one for one in my_facilities(viewer) if one.cluster.slug == slug), None)
    if mine is None:
        raise NotFound("cluster")
    listed = [one for one in mine.facilities if one.facility.status != CLOSED]
    ids = [one.facility.id for one in listed]
    # Read once with their focus areas: the list refers to the same objects.
    db.session.scalars(
        sa.select(Facility)
        .where(in_ids(Facility.id, ids))
        .options(selectinload(Facility.focus_areas))
    ).all()
    terms, versions = effective_terms(ids), facility_versions(ids)
    return ClusterState(
        mine.cluster,
        [
            _state(one.facility, one.depth, terms, versions, today, decides=one.decides)
            for one in listed
        ],
    )


def completeness_of(
    values: Mapping[str, Any], terms: EffectiveTerms, *, decides: bool
) -> Completeness:
    """Return what is missing of a facility with these facts and terms, for who may state it."""
    rules = terms.rules
    has_hours = rules.hours.spans is not None and not terms.is_demo("spans")
    has_limit = rules.people_limit is not None and not terms.is_demo("people_limit")
    # Who keeps a facility and does not decide on it cannot change its rules.
    known = {HOURS: has_hours or None, PEOPLE: has_limit or not decides or None}
    return completeness({**values, **known})


def _state(
    facility: Facility,
    depth: int,
    terms: dict[int, EffectiveTerms],
    versions: dict[int, str],
    today: date,
    *,
    decides: bool,
) -> FacilityState:
    values = fact_values(facility)
    return FacilityState(
        slug=facility.slug,
        name=facility.name,
        depth=depth,
        decides=decides,
        stated={name: value for name, value in values.items() if value not in (None, "", [])},
        completeness=completeness_of(values, terms[facility.id], decides=decides),
        confirmed_on=facility.confirmed_on,
        is_confirmed=is_confirmed(facility.confirmed_on, today),
        version=versions[facility.id],
    )
