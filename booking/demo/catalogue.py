"""Whether the catalogue of the demonstration is as it should be, and loading it where not."""

import sqlalchemy as sa

from booking.catalogue import service
from booking.catalogue.mapping import concepts_of
from booking.catalogue.reading import Catalogue
from booking.clusters.models import Cluster
from booking.extensions import db
from booking.facilities.models import Facility


def is_loaded(catalogue: Catalogue) -> bool:
    """Return whether the database has everything that pages show of this catalogue.

    Much quicker than loading it again.
    """
    clusters = {cluster.slug: cluster for cluster in db.session.scalars(sa.select(Cluster))}
    for facts in catalogue.clusters:
        cluster = clusters.get(facts["slug"])
        if cluster is None or any(
            getattr(cluster, name) != facts.get(name)
            for name in ("name", "description", "city", "time_zone", "region", "website", "source")
        ):
            return False
    facilities = {facility.slug: facility for facility in db.session.scalars(sa.select(Facility))}
    for facts in catalogue.facilities:
        facility = facilities.get(facts["slug"])
        if facility is None or facility.facts_read_on != catalogue.compiled_on:
            return False
        if any(
            getattr(facility, name) != facts.get(name)
            for name in (
                "name",
                "kind",
                "city",
                "description",
                "access_conditions",
                "status",
                "opening_hours_note",
                "source",
            )
        ):
            return False
        if any(
            getattr(facility, name) != (facts.get(name) or [])
            for name in ("capabilities", "hazards", "more_sources")
        ):
            return False
        if facility.concepts != concepts_of(facts):
            return False
    return True


def update_catalogue(catalogue: Catalogue) -> None:
    """Bring the database up to the catalogue."""
    service.load(catalogue)
