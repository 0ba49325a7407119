"""What people read about their own account."""

from dataclasses import dataclass
from zoneinfo import available_timezones

import sqlalchemy as sa

from booking.accounts.models import Approver, Coordinator, facility_table
from booking.clusters.models import Cluster
from booking.extensions import db

_REGIONS = ("Europe", "Africa", "America", "Asia", "Atlantic", "Australia", "Indian", "Pacific")


@dataclass(frozen=True)
class NamedPage:
    """Something with a page: its slug, its name."""

    slug: str
    name: str


@dataclass(frozen=True)
class Roles:
    """What a person may do beside asking for dates."""

    coordinates: tuple[NamedPage, ...]
    approves: tuple[NamedPage, ...]


def roles_of(person_id: int) -> Roles:
    """Return the clusters a person coordinates and the facilities that name them, by name."""
    clusters = db.session.execute(
        sa.select(Cluster.slug, Cluster.name)
        .join(Coordinator, Coordinator.cluster_id == Cluster.id)
        .where(Coordinator.person_id == person_id)
        .order_by(Cluster.name)
    )
    facilities = db.session.execute(
        sa.select(facility_table.c.slug, facility_table.c.name)
        .join(Approver, Approver.facility_id == facility_table.c.id)
        .where(Approver.person_id == person_id)
        .order_by(facility_table.c.name)
    )
    return Roles(
        coordinates=tuple(NamedPage(*row) for row in clusters),
        approves=tuple(NamedPage(*row) for row in facilities),
    )


def zones_by_region() -> dict[str, list[tuple[str, str]]]:
    """Return all zones that are named after a city: region -> [(IANA name, city)]."""
    found: dict[str, list[tuple[str, str]]] = {region: [] for region in _REGIONS}
    for name in sorted(available_timezones()):
        region, _, city = name.partition("/")
        if region in found and city:
            found[region].append((name, city.replace("_", " ").replace("/", ", ")))
    return found
