"""Loading the catalogue into the database; bookings and owners' settings stay as they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from booking.availability.place_changes import add_places
from booking.catalogue.reading import Catalogue, unit_of
from booking.clusters.models import Cluster, FocusArea
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.facilities.effective_terms import weekly_spans
from booking.facilities.hours_models import OpeningSpan, TimetableRow
from booking.facilities.models import Facility, KindDefault
from booking.rules.terms import TERMS
from booking.search.normalise import searchable

HORIZON_DAYS = 400
STEP_MINUTES = 30
# The catalogue has only full names.
SHORT_NAMES = {
    "hsd": "HSD",
    "safe-cluster": "SAFE Cluster",
    "scs-cluster": "SCS",
    "censec": "CenSec",
    "tampere": "Tampere",
    "kit": "KIT",
    "munich": "Munich",
}
# Kinds of facilities where requested dates already hold their places.
HOLDING_KINDS = {"workbench"}


@dataclass(frozen=True)
class LoadCounts:
    """How many clusters and facilities were loaded."""

    clusters: int
    facilities: int


@retried
def load(catalogue: Catalogue) -> LoadCounts:
    """Add or update the clusters and facilities of `catalogue`.

    Nothing is removed: neither facilities or places that the file no longer has, nor terms that
    owners have set since. The numbers of places and people are set for new facilities only, the
    status only by a newer file. One transaction, under the locks of all trees.
    """
    known = db.session.scalars(sa.select(Facility.id)).all()
    with writing(*known):
        areas = _load_focus_areas(catalogue.focus_areas)
        for kind, default in catalogue.kind_defaults.items():
            _load_kind_default(kind, default)
        clusters = _load_clusters(catalogue, areas)
        _load_facilities(catalogue, clusters, areas)
    return LoadCounts(len(catalogue.clusters), len(catalogue.facilities))


def _load_focus_areas(descriptions: Mapping[str, str]) -> dict[str, FocusArea]:
    areas = {area.slug: area for area in db.session.scalars(sa.select(FocusArea))}
    for slug, description in descriptions.items():
        if slug not in areas:
            areas[slug] = FocusArea(slug=slug)
            db.session.add(areas[slug])
        areas[slug].description = description
    return areas


def _load_kind_default(kind: str, facts: Mapping[str, Any]) -> None:
    default = db.session.get(KindDefault, kind) or KindDefault(kind=kind)
    default.opening_hours = facts.get("opening_hours") or []
    # All other terms with a default by kind have the same name in the file as here.
    stated = dict(facts) | {
        "unit": unit_of(facts),
        "people_limit": facts.get("capacity_people"),
        "horizon_days": HORIZON_DAYS,
        "step_minutes": STEP_MINUTES,
    }
    for term in TERMS:
        if hasattr(KindDefault, term.name):
            setattr(default, term.name, stated.get(term.name))
    db.session.add(default)


def _load_clusters(catalogue: Catalogue, areas: Mapping[str, FocusArea]) -> dict[str, Cluster]:
    clusters = {cluster.slug: cluster for cluster in db.session.scalars(sa.select(Cluster))}
    for facts in catalogue.clusters:
        slug = facts["slug"]
        cluster = clusters.setdefault(slug, Cluster(slug=slug))
        cluster.name = facts["name"]
        cluster.short_name = SHORT_NAMES.get(slug) or _short(facts["name"])
        cluster.kind = facts.get("kind")
        cluster.description = facts.get("description")
        cluster.city = facts["city"]
        cluster.country = facts["country"]
        cluster.region = facts.get("region")
        cluster.time_zone = facts["time_zone"]
        cluster.lat = facts.get("lat")
        cluster.lon = facts.get("lon")
        cluster.website = facts.get("website")
        cluster.languages = facts.get("languages") or []
        cluster.expertise = facts.get("expertise") or []
        cluster.members = facts.get("members")
        cluster.second_sites = facts.get("second_sites") or []
        cluster.source = facts.get("source")
        cluster.focus_areas = [areas[area] for area in facts["focus_areas"]]
        db.session.add(cluster)
    db.session.flush()
    return clusters


def _short(name: str) -> str:
    """Return the name without a part in brackets, at most 60 characters."""
    return name.partition("(")[0].strip()[:60]


def _load_facilities(
    catalogue: Catalogue, clusters: Mapping[str, Cluster], areas: Mapping[str, FocusArea]
) -> list[Facility]:
    known = {facility.slug: facility for facility in db.session.scalars(sa.select(Facility))}
    loaded = []
    for facts in catalogue.facilities:  # parents first
        facility = known.get(facts["slug"])
        is_new = facility is None
        if facility is None:
            facility = Facility(slug=facts["slug"], pending_holds=facts["kind"] in HOLDING_KINDS)
            known[facts["slug"]] = facility
            _place_in_tree(facility, facts, clusters, known)
        with db.session.no_autoflush:  # a flush would hide what has changed
            _write_facts(facility, facts, catalogue, areas)
        if is_new:
            capacity = facts.get("capacity") or {}
            facility.people_limit = capacity.get("people")
            add_places(facility, capacity.get("simultaneous_groups") or 1)
        _write_hours(facility, facts)
        loaded.append(facility)
    return loaded


def _place_in_tree(
    facility: Facility,
    facts: Mapping[str, Any],
    clusters: Mapping[str, Cluster],
    known: Mapping[str, Facility],
) -> None:
    """Set cluster and parent of a new facility; existing ones are never moved."""
    parent = known[facts["parent"]] if facts.get("parent") else None
    facility.cluster = clusters[facts["cluster"]]
    facility.parent_id = parent.id if parent else None
    facility.root_id = parent.root_id if parent else None
    facility.name = facts["name"]
    facility.kind = facts["kind"]
    db.session.add(facility)
    db.session.flush()
    if parent is None:
        facility.root_id = facility.id


def _write_facts(
    facility: Facility,
    facts: Mapping[str, Any],
    catalogue: Catalogue,
    areas: Mapping[str, FocusArea],
) -> None:
    capacity = facts.get("capacity") or {}
    facility.name = facts["name"]
    facility.kind = facts["kind"]
    facility.run_by = facts.get("owner")
    facility.city = facts.get("city")
    facility.description = facts.get("description")
    facility.capabilities = facts.get("capabilities") or []
    facility.hazards = facts.get("hazards") or []
    facility.access_conditions = facts.get("access_conditions")
    if facility.facts_read_on is None or facility.facts_read_on < catalogue.compiled_on:
        facility.status = facts["status"]  # the same file again does not overrule the owner
    facility.capacity_note = capacity.get("note")
    facility.opening_hours_note = facts.get("opening_hours_note")
    facility.source = facts.get("source")
    facility.more_sources = facts.get("more_sources") or []
    facility.facts_read_on = catalogue.compiled_on
    facility.focus_areas = [areas[area] for area in facts["focus_areas"]]
    facility.search_text = search_text(facility)
    if db.session.is_modified(facility):
        facility.revision = (facility.revision or 0) + 1


def search_text(facility: Facility) -> str:
    """Return the text that the text filter searches, the name first."""
    cluster = facility.cluster
    return searchable(
        [
            facility.name,
            *facility.capabilities,
            facility.description,
            facility.kind,
            facility.city,
            facility.run_by,
            *(area.description for area in facility.focus_areas),
            cluster.short_name,
            cluster.name,
            cluster.city,
        ]
    )


def _write_hours(facility: Facility, facts: Mapping[str, Any]) -> None:
    """Write the hours stated in the file; without any, existing hours stay."""
    stated = facts.get("opening_hours")
    if not stated:
        return
    timetables = db.session.scalars(
        sa.select(TimetableRow).where(TimetableRow.facility_id == facility.id)
    ).all()
    if any(one.valid_from or one.valid_to for one in timetables):
        return  # hours changed by their owner win over the file
    for timetable in timetables:
        db.session.delete(timetable)
    db.session.add(
        TimetableRow(
            facility_id=facility.id,
            spans=[
                OpeningSpan(
                    weekday=span.weekday,
                    opens_time=span.opens_time,
                    closes_time=span.closes_time,
                )
                for span in weekly_spans(stated)
            ],
        )
    )
    db.session.flush()
