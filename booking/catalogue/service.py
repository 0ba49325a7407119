"""Loading the catalogue into the database; bookings and owners' settings stay as they are."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.audit.recording import record
from booking.availability.place_changes import add_places
from booking.bookings.conditions import still_to_come
from booking.bookings.labels import named_dates
from booking.bookings.models import Occurrence
from booking.catalogue.facts import facts_in
from booking.catalogue.reading import OPTIONAL_FACTS, Catalogue, unit_of
from booking.catalogue.report import LineKind, LoadLine, LoadReport, NamedDate
from booking.clusters.facts import FACTS as CLUSTER_FACTS
from booking.clusters.models import Cluster, FocusArea
from booking.db.in_ids import in_ids
from booking.db.rules_number import claim_rules
from booking.db.transactions import retried, writing
from booking.disruptions.detection import Cause, DisruptedDate, disrupted_dates
from booking.disruptions.service import recheck
from booking.extensions import db
from booking.facilities.effective_terms import weekly_spans
from booking.facilities.facts import changed_facts, fact_values, set_here, write_facts
from booking.facilities.models import Facility, KindDefault
from booking.facilities.stated_hours import replace_timetables, stated_timetables
from booking.manage.cluster.service import claim_cluster_facts
from booking.manage.hours.writing import lasting_hours, put_week
from booking.manage.status.service import prevents_status
from booking.manage.version import (
    claim_change,
    ever_changed,
    target_facility,
)
from booking.rules.audit_events import Event
from booking.rules.facts import FACTS, OPENING_HOURS, STATUS
from booking.rules.opening import WeeklySpan
from booking.rules.owner_changes import ChangedPart
from booking.rules.terms import TERMS
from booking.rules.timetables import Timetable

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
#: The terms that have a default by kind.
_BY_KIND = {column.key for column in sa.inspect(KindDefault).column_attrs} - {"kind"}
#: What of a cluster decides when its facilities are open.
_OF_HOURS = {"country", "region", "time_zone"}
# Kinds of facilities where requested dates already hold their places.
HOLDING_KINDS = {"workbench"}


class _OnlyTried(Exception):
    """Rolls everything back."""


@retried
def load(catalogue: Catalogue, *, dry_run: bool = False) -> LoadReport:
    """Add or update the clusters and facilities of `catalogue`; return what that changes.

    Nothing is removed: neither facilities or places that the file no longer has, nor what owners
    have set since: facts, terms, hours, status, and what a facility is part of. The numbers of
    places and people are set for new facilities only, the status only by a newer file. As on the
    pages of owners, dates that new hours no longer cover are marked as affected, with a line in
    their logs and updates for both sides, and no status is set that future dates prevent; the rest
    is loaded nevertheless. One transaction, under the locks of all trees. `dry_run` changes
    nothing.
    """
    known = db.session.scalars(sa.select(Facility.id)).all()
    try:
        with writing(*known) as now:
            # Clusters belong to no tree: whoever changes one has claimed the rules.
            claim_rules()
            load = _Load(catalogue, now)
            load.run()
            if dry_run:
                raise _OnlyTried
    except _OnlyTried:
        pass
    return LoadReport(len(catalogue.clusters), len(catalogue.facilities), load.lines)


class _Load:
    """Loads one file at one instant, inside `writing`."""

    def __init__(self, catalogue: Catalogue, now: datetime) -> None:
        self._catalogue, self._now = catalogue, now
        self.lines: list[LoadLine] = []

    def run(self) -> None:
        """Load everything; `lines` say what changes."""
        areas = self._load_focus_areas()
        for kind, facts in self._catalogue.kind_defaults.items():
            self._load_kind_default(kind, facts)
        clusters = self._load_clusters(areas)
        known = {one.slug: one for one in db.session.scalars(sa.select(Facility))}
        for facts in self._catalogue.facilities:  # parents first
            facility = known.get(facts["slug"])
            if facility is None:
                known[facts["slug"]] = self._add_facility(facts, clusters, known, areas)
            else:
                self._update_facility(facility, facts, areas)
        changes = [one for one in self.lines if one.kind in (LineKind.ADDED, LineKind.CHANGED)]
        if changes:
            record(
                Event.CATALOGUE_LOADED,
                now=self._now,
                actor=None,
                after={"compiled_on": self._catalogue.compiled_on, "changes": len(changes)},
            )

    def _say(self, kind: LineKind, what: str, slug: str, **others: Any) -> None:
        self.lines.append(LoadLine(kind, what, slug, **others))

    def _load_focus_areas(self) -> dict[str, FocusArea]:
        areas = {area.slug: area for area in db.session.scalars(sa.select(FocusArea))}
        for slug, description in self._catalogue.focus_areas.items():
            if slug not in areas:
                areas[slug] = FocusArea(slug=slug, description=description)
                db.session.add(areas[slug])
                self._say(LineKind.ADDED, "focus area", slug)
            elif areas[slug].description != description:
                areas[slug].description = description
                self._say(LineKind.CHANGED, "focus area", slug, names=("description",))
        return areas

    def _load_kind_default(self, kind: str, facts: Mapping[str, Any]) -> None:
        # All other terms with a default by kind have the same name in the file as here.
        stated = dict(facts) | {
            "unit": unit_of(facts),
            "people_limit": facts.get("capacity_people"),
            "horizon_days": HORIZON_DAYS,
            "step_minutes": STEP_MINUTES,
        }
        values = {term.name: stated.get(term.name) for term in TERMS if term.name in _BY_KIND}
        values["opening_hours"] = facts.get("opening_hours") or []
        default = db.session.get(KindDefault, kind)
        if default is None:
            db.session.add(KindDefault(kind=kind, **values))
            self._say(LineKind.ADDED, "demo values", kind)
            return
        changed = [name for name, value in values.items() if getattr(default, name) != value]
        if changed:
            here = sa.select(Facility.id).where(Facility.kind == kind)
            affected = self._changing(
                db.session.scalars(here).all(), lambda: _set(default, values, changed)
            )
            names = tuple(changed)
            self._say(LineKind.CHANGED, "demo values", kind, names=names, affected=affected)

    def _load_clusters(self, areas: Mapping[str, FocusArea]) -> dict[str, Cluster]:
        clusters = {cluster.slug: cluster for cluster in db.session.scalars(sa.select(Cluster))}
        for facts in self._catalogue.clusters:
            slug = facts["slug"]
            values = _cluster_values(facts, areas)
            cluster = clusters.get(slug)
            if cluster is None:
                clusters[slug] = Cluster(slug=slug, **values)
                db.session.add(clusters[slug])
                self._say(LineKind.ADDED, "cluster", slug)
                db.session.flush()
                record(Event.CLUSTER_ADDED, now=self._now, actor=None, cluster=clusters[slug].id)
                continue
            changed = [name for name, value in values.items() if getattr(cluster, name) != value]
            changed = self._without_kept("cluster", slug, changed, cluster.set_here)
            if not changed:
                continue
            # Its holidays and its zone count for all its facilities.
            here = sa.select(Facility.id).where(Facility.cluster_id == cluster.id)
            ids = db.session.scalars(here).all() if _OF_HOURS.intersection(changed) else ()
            was = _logged({name: getattr(cluster, name) for name in changed}, changed)
            affected = self._changing(ids, partial(_set, cluster, values, changed))
            self._say(LineKind.CHANGED, "cluster", slug, names=tuple(changed), affected=affected)
            record(
                Event.CLUSTER_CHANGED,
                now=self._now,
                actor=None,
                cluster=cluster.id,
                before=was,
                after=_logged(values, changed),
            )
            if names := [name for name in CLUSTER_FACTS if name in changed]:
                claim_cluster_facts(cluster.id, names, self._now, person_id=None)
        db.session.flush()
        return clusters

    def _without_kept(
        self, what: str, slug: str, changed: Sequence[str], set_here: Collection[str]
    ) -> list[str]:
        """Return the names that the file may change; the others are reported as kept."""
        if kept := tuple(name for name in changed if name in set_here):
            self._say(LineKind.KEPT, what, slug, names=kept)
        return [name for name in changed if name not in kept]

    def _add_facility(
        self,
        facts: Mapping[str, Any],
        clusters: Mapping[str, Cluster],
        known: Mapping[str, Facility],
        areas: Mapping[str, FocusArea],
    ) -> Facility:
        facility = Facility(slug=facts["slug"], pending_holds=facts["kind"] in HOLDING_KINDS)
        _place_in_tree(facility, facts, clusters, known)
        with db.session.no_autoflush:
            write_facts(facility, facts_in(facts), areas)
        facility.status = facts["status"]
        facility.facts_read_on = self._catalogue.compiled_on
        facility.revision = 1
        capacity = facts.get("capacity") or {}
        facility.people_limit = capacity.get("people")
        add_places(facility, capacity.get("simultaneous_groups") or 1)
        if facts.get("opening_hours"):
            replace_timetables(facility.id, [Timetable(_spans(facts), None, None)])
        db.session.flush()
        self._say(LineKind.ADDED, "facility", facility.slug)
        record(Event.FACILITY_ADDED, now=self._now, actor=None, facility=facility.id)
        return facility

    def _update_facility(
        self, facility: Facility, facts: Mapping[str, Any], areas: Mapping[str, FocusArea]
    ) -> None:
        values, before = facts_in(facts), fact_values(facility)
        keys = {fact.name: fact.key for fact in FACTS}
        changed = list(changed_facts(facility, values))
        if kept := [name for name in changed if name in set_here(facility)]:
            self._say(
                LineKind.KEPT, "facility", facility.slug, names=tuple(keys[one] for one in kept)
            )
        changed = [name for name in changed if name not in kept]
        after = {name: values[name] for name in changed}
        # Demo values go by the kind.
        ids = [facility.id] if "kind" in changed else []
        affected = self._changing(ids, lambda: write_facts(facility, after, areas))
        if changed:
            target = target_facility(facility)
            claim_change(
                target, ChangedPart.FACTS, self._now, person_id=None, seen=None, names=changed
            )
            record(
                Event.FACTS_CHANGED,
                now=self._now,
                actor=None,
                facility=facility.id,
                before={name: before[name] for name in changed},
                after=after,
            )
        status_is_set, is_refused = self._load_status(facility, facts["status"])
        hours_are_set, by_hours = self._load_hours(facility, facts)
        self._report_place(facility, facts)
        is_newer = facility.facts_read_on != self._catalogue.compiled_on and not is_refused
        if is_newer:
            facility.facts_read_on = self._catalogue.compiled_on
        if changed or status_is_set or is_newer:
            facility.revision += 1
        names = [keys[name] for name in changed]
        names += [STATUS] if status_is_set else []
        names += [OPENING_HOURS] if hours_are_set else []
        if names:
            found = [*affected, *by_hours]
            self._say(
                LineKind.CHANGED, "facility", facility.slug, names=tuple(names), affected=found
            )

    def _load_status(self, facility: Facility, status: str) -> tuple[bool, bool]:
        """Set the status; return whether it was set, and whether dates prevented it."""
        if status == facility.status:
            return False, False
        if STATUS in set_here(facility):
            self._say(LineKind.KEPT, "facility", facility.slug, names=("status",))
            return False, False
        if facility.facts_read_on and facility.facts_read_on >= self._catalogue.compiled_on:
            return False, False  # the same file again does not overrule the owner
        in_the_way = prevents_status(facility, status)
        if in_the_way is not None:
            dates = _named(sa.and_(in_the_way, still_to_come(self._now)))
            if dates:
                self._say(
                    LineKind.REFUSED,
                    "facility",
                    facility.slug,
                    names=("status",),
                    needed_by=dates,
                )
                return False, True
        self._claim(facility, ChangedPart.STATUS)
        record(
            Event.STATUS_CHANGED,
            now=self._now,
            actor=None,
            facility=facility.id,
            before={"status": facility.status},
            after={"status": status},
        )
        facility.status = status
        return True, False

    def _load_hours(
        self, facility: Facility, facts: Mapping[str, Any]
    ) -> tuple[bool, list[NamedDate]]:
        """Put the weekly hours of the file in force from tomorrow on; without any, all stays.

        Return whether they were, and which dates that affects.
        """
        if not facts.get("opening_hours"):
            return False, []
        stated = stated_timetables(facility.id)
        spans = _spans(facts)
        if lasting_hours(stated) == spans:
            return False, []
        if _hours_are_owners(facility, stated):
            self._say(LineKind.KEPT, "facility", facility.slug, names=("opening_hours",))
            return False, []
        new = put_week(facility, spans, self._now, person_id=None)
        return True, _affected(new)

    def _report_place(self, facility: Facility, facts: Mapping[str, Any]) -> None:
        above = facility.parent.slug if facility.parent else None
        if (facility.cluster.slug, above) != (facts["cluster"], facts.get("parent") or None):
            self._say(LineKind.KEPT, "facility", facility.slug, names=("parent",))

    def _claim(self, facility: Facility, part: ChangedPart) -> None:
        target = target_facility(facility)
        claim_change(target, part, self._now, person_id=None, seen=None)

    def _changing(self, ids: Collection[int], change: Callable[[], object]) -> list[NamedDate]:
        """Make a change of hours of these facilities; return the dates that it newly affects."""
        if not ids:
            change()
            return []
        before = disrupted_dates(ids, self._now)
        change()
        new = recheck(ids, self._now, cause=Cause.HOURS, actor_id=None, before=before)
        return _affected(new)


def _set(row: Any, values: Mapping[str, Any], names: Iterable[str] | None = None) -> None:
    for name in values if names is None else names:
        setattr(row, name, values[name])


def _logged(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, object]:
    """Return for the log what the file says, focus areas by their slugs."""
    return {
        name: [area.slug for area in values[name]] if name == "focus_areas" else values[name]
        for name in names
    }


def named(occurrence_ids: Collection[int]) -> list[NamedDate]:
    """Return these dates as a report names them, earliest first."""
    return _named(in_ids(Occurrence.id, occurrence_ids)) if occurrence_ids else []


def _affected(new: Sequence[DisruptedDate]) -> list[NamedDate]:
    return named([one.occurrence_id for one in new])


def _named(condition: sa.ColumnElement[bool]) -> list[NamedDate]:
    """Return the dates that match a condition on `Occurrence`, earliest first."""
    query = named_dates(Occurrence.starts_at, Facility.slug).where(condition)
    return [
        NamedDate(row.reference, row.slug, row.starts_at.astimezone(ZoneInfo(row.time_zone)))
        for row in db.session.execute(query)
    ]


def _hours_are_owners(facility: Facility, stated: Sequence[Timetable]) -> bool:
    """Return whether a person has set the weekly hours, or did before changes were recorded."""
    if OPENING_HOURS in set_here(facility):
        return True
    is_dated = any(one.valid_from or one.valid_to for one in stated)
    return is_dated and not ever_changed(facility.id, ChangedPart.HOURS)


def _spans(facts: Mapping[str, Any]) -> tuple[WeeklySpan, ...]:
    return tuple(
        sorted(weekly_spans(facts["opening_hours"]), key=lambda one: (one.weekday, one.opens_time))
    )


def _cluster_values(facts: Mapping[str, Any], areas: Mapping[str, FocusArea]) -> dict[str, Any]:
    return {
        "name": facts["name"],
        "short_name": SHORT_NAMES.get(facts["slug"]) or _short(facts["name"]),
        "kind": facts.get("kind"),
        "description": facts.get("description"),
        "city": facts["city"],
        "country": facts["country"],
        "region": facts.get("region"),
        "time_zone": facts["time_zone"],
        "lat": facts.get("lat"),
        "lon": facts.get("lon"),
        "website": facts.get("website"),
        "languages": facts.get("languages") or [],
        "expertise": facts.get("expertise") or [],
        "members": facts.get("members"),
        "second_sites": facts.get("second_sites") or [],
        "source": facts.get("source"),
        "focus_areas": _areas(facts, areas),
        # What an older file does not know of stays as it is.
        **{name: facts[name] for name in OPTIONAL_FACTS if name in facts},
    }


def _areas(facts: Mapping[str, Any], areas: Mapping[str, FocusArea]) -> list[FocusArea]:
    """Return the focus areas of an entry in the order in which they are read."""
    return [areas[slug] for slug in sorted(set(facts["focus_areas"]))]


def _short(name: str) -> str:
    """Return the name without a part in brackets, at most 60 characters."""
    return name.partition("(")[0].strip()[:60]


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
