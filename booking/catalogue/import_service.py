"""Importing facilities of one cluster: tried for the check page, then done by the same code.

All or nothing: the first thing that is wrong rolls everything back, and everything wrong is said.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from booking.accounts.queries import account_now
from booking.audit.recording import record
from booking.availability.place_changes import add_places
from booking.catalogue.import_file import Problem, ReadFile, Row, Wrong, read_file, tidy
from booking.catalogue.mapping import concepts_of
from booking.catalogue.reading import hours_fault
from booking.catalogue.report import NamedDate
from booking.catalogue.service import HOLDING_KINDS, named
from booking.clusters.models import Cluster, FocusArea
from booking.concepts.vocabulary import CONCEPTS
from booking.db.in_ids import in_ids
from booking.db.transactions import AgainError, retried, writing
from booking.disruptions.pending import DatesInTheWay
from booking.disruptions.queries import disruption_lines
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.facilities.change_models import FacilityDraft
from booking.facilities.effective_terms import weekly_spans
from booking.facilities.facts import (
    changed_facts,
    fact_values,
    mark_set_here,
    present_values,
    write_facts,
)
from booking.facilities.models import Facility, Place
from booking.facilities.stated_hours import (
    replace_timetables,
    stated_hours,
    stated_timetables,
)
from booking.manage.facts.writing import put_facts
from booking.manage.hours.writing import first_day, lasting_hours, put_week
from booking.manage.status.service import STATUSES, put_parent, put_status
from booking.manage.terms.service import InvalidTerms, put_terms, stated_terms
from booking.rules.audit_events import Event
from booking.rules.facts import FACT_NAMES, OPENING_HOURS, STATUS, FactFault, fact_faults
from booking.rules.hours_changes import SPANS_A_DAY, overlapping_in_week
from booking.rules.opening import WeeklySpan
from booking.rules.timetables import StatedHours, Timetable
from booking.rules.visibility import ANONYMOUS, Account, Viewer

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_SLUG = 80
_STATUS = re.compile(r"open-unverified|unverified|invented|(planned-in|unverified-since)-\d{4}")
_MOST_PEOPLE, _MOST_PLACES = 100_000, 500
#: What the page of rules sets of it.
_ROOM = ("people", "groups_at_once")


class RowKind(StrEnum):
    """What a row of the file is against what is stored."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    KEPT = "kept"  # differs only in what has pages of its own
    ERROR = "error"


@dataclass(frozen=True)
class ColumnChange:
    """One value that changes: its column, what is stored and what the file says."""

    column: str
    before: Any
    after: Any


@dataclass(frozen=True)
class RowOutcome:
    """One row: what it is, what changes, and the columns that differ and stay as they are.

    New hours hold from `hours_from` on. `affected` are the dates which they newly affect, as far as
    the reader decides on them.
    """

    number: int
    slug: str
    name: str
    kind: RowKind
    changes: Sequence[ColumnChange] = ()
    kept: Sequence[ColumnChange] = ()
    hours_from: date | None = None
    affected: Sequence[NamedDate] = ()


@dataclass(frozen=True)
class ImportOutcome:
    """What importing a file does, did, or why it cannot.

    `version` changes with the file and with what it meets; `saved`: it was done.
    """

    file: ReadFile
    rows: Sequence[RowOutcome]
    problems: Sequence[Problem]
    version: str
    saved: bool

    @property
    def writes(self) -> bool:
        """Return whether it changes anything."""
        return any(row.kind in (RowKind.NEW, RowKind.CHANGED) for row in self.rows)


class _OnlyTriedError(Exception):
    """Rolls everything back."""


def may_import(viewer: Viewer, slug: str) -> Cluster:
    """Return a cluster that the viewer coordinates.

    Raises:
        NotFound: there is no such cluster, or the viewer does not coordinate it.
    """
    cluster = _cluster(slug)
    if cluster.id not in viewer.coordinates:
        raise NotFound("cluster")
    return cluster


@retried
def import_facilities(
    account: Account | None, slug: str, content: bytes, *, version: str | None = None
) -> ImportOutcome:
    """Import the facilities of a file into the cluster of this slug, or only try it.

    `account` None is the operator. `version` None: it is only tried. With another version than
    that of the outcome nothing is done either: somebody has changed something since.

    Raises:
        NotFound: there is no such cluster, or the person does not coordinate it.
    """
    file = read_file(content)
    digest = sha256(content).hexdigest()
    cluster_id = _cluster(slug).id
    here = sa.select(Facility.id).where(Facility.cluster_id == cluster_id).order_by(Facility.id)
    known = db.session.scalars(here).all()
    try:
        with writing(*known) as now:
            viewer = account_now(account).viewer if account else ANONYMOUS
            if account and cluster_id not in viewer.coordinates:
                raise NotFound("cluster")
            if db.session.scalars(here).all() != known:
                raise AgainError  # one that is not locked was added
            work = _Import(
                db.session.get_one(Cluster, cluster_id),
                file,
                viewer,
                account.person_id if account else None,
                now,
            )
            rows = work.run()
            seen = sha256(repr((digest, rows)).encode()).hexdigest()
            outcome = ImportOutcome(file, rows, work.problems, seen, saved=False)
            if work.problems or version != seen:
                raise _OnlyTriedError
    except _OnlyTriedError:
        return outcome
    return replace(outcome, saved=True)


def _cluster(slug: str) -> Cluster:
    found = None
    if "\0" not in slug:  # PostgreSQL refuses to look for it
        found = db.session.scalar(sa.select(Cluster).where(Cluster.slug == slug))
    if found is None:
        raise NotFound("cluster")
    return found


class _Import:
    """Imports one file at one instant, inside `writing`, with all trees of the cluster locked."""

    def __init__(
        self,
        cluster: Cluster,
        file: ReadFile,
        viewer: Viewer,
        person_id: int | None,
        now: datetime,
    ) -> None:
        self._cluster, self._file, self._viewer = cluster, file, viewer
        self._person_id, self._now = person_id, now
        self.problems = list(file.problems)
        self._areas = {one.slug: one for one in db.session.scalars(sa.select(FocusArea))}
        others = sa.select(Facility.slug).where(Facility.cluster_id != cluster.id)
        drafted = db.session.execute(
            sa.select(FacilityDraft.slug, FacilityDraft.cluster_id == cluster.id).where(
                FacilityDraft.slug.is_not(None)
            )
        ).all()
        self._drafted = {slug for slug, is_here in drafted if is_here}
        self._elsewhere = {
            *db.session.scalars(others),
            *(slug for slug, is_here in drafted if not is_here),
        }
        here = sa.select(Facility).where(Facility.cluster_id == cluster.id)
        areas = selectinload(Facility.focus_areas)
        self._known = {one.slug: one for one in db.session.scalars(here.options(areas))}
        ids = [one.id for one in self._known.values()]
        count = sa.select(Place.facility_id, sa.func.count()).group_by(Place.facility_id)
        rows = db.session.execute(count.where(in_ids(Place.facility_id, ids)))
        self._places: dict[int, int] = {row[0]: row[1] for row in rows}
        self._hours = stated_hours(ids)
        self._clusters = {
            name: one.id
            for one in db.session.scalars(sa.select(Cluster))
            for name in (one.slug, one.short_name)
        }
        self._above = {
            one.slug: one.parent.slug if one.parent else None for one in self._known.values()
        }

    def run(self) -> list[RowOutcome]:
        """Return what each row does; it is done unless there are problems."""
        rows = [replace(one, stated=_tidied(one.stated)) for one in self._file.rows]
        self._check_slugs(rows)
        self._check_parents(rows)
        for row in rows:
            self._check_row(row)
        wrong = {one.row for one in self.problems}
        outcomes = {row.number: self._outcome(row, is_wrong=row.number in wrong) for row in rows}
        if not self.problems:
            for row in self._top_down(rows):
                self._write(row, outcomes[row.number])
            # Once all is written: a row may take from another what is above it.
            for row in rows:
                outcomes[row.number] = self._with_hours(row, outcomes[row.number])
            if self.problems:
                wrong = {one.row for one in self.problems}
                outcomes = {
                    number: replace(one, kind=RowKind.ERROR) if number in wrong else one
                    for number, one in outcomes.items()
                }
            else:
                self._record(list(outcomes.values()))
        return [outcomes[row.number] for row in rows]

    def _say(self, wrong: Wrong, row: Row, column: str = "", value: Any = "") -> None:
        self.problems.append(Problem(wrong, row.number, column, value))

    def _check_slugs(self, rows: Sequence[Row]) -> None:
        first: dict[str, int] = {}
        for row in rows:
            if not _SLUG.fullmatch(row.slug) or len(row.slug) > _LONGEST_SLUG:
                self._say(Wrong.SLUG_FORMAT, row, "slug", row.slug[:_LONGEST_SLUG])
            elif row.slug in first:
                self._say(Wrong.SLUG_TWICE, row, "slug", first[row.slug])
            elif row.slug in self._elsewhere:
                self._say(Wrong.SLUG_ELSEWHERE, row, "slug")
            elif row.slug in self._drafted:
                self._say(Wrong.SLUG_DRAFTED, row, "slug")
            first.setdefault(row.slug, row.number)

    def _check_parents(self, rows: Sequence[Row]) -> None:
        above = self._above_after(rows)
        here = {*self._known, *(row.slug for row in rows)}
        for row in rows:
            parent = row.stated.get("part_of")
            if parent is None:
                continue
            if parent not in here:
                self._say(Wrong.UNKNOWN_PARENT, row, "part_of", parent[:_LONGEST_SLUG])
                continue
            path = [row.slug]
            while (one := above.get(path[-1])) is not None and one not in path:
                path.append(one)
            if one == row.slug:
                self._say(Wrong.LOOP, row, "part_of", [*path, row.slug])

    def _above_after(self, rows: Sequence[Row]) -> dict[str, str | None]:
        """Return what each facility is part of afterwards; the first row of a slug counts."""
        said = {
            row.slug: row.stated["part_of"] for row in reversed(rows) if "part_of" in row.stated
        }
        return self._above | said

    def _check_row(self, row: Row) -> None:
        stated, facility = row.stated, self._known.get(row.slug)
        cluster = stated.get("cluster")
        if cluster is not None and self._clusters.get(cluster) != self._cluster.id:
            wrong = Wrong.OTHER_CLUSTER if cluster in self._clusters else Wrong.UNKNOWN_CLUSTER
            self._say(wrong, row, "cluster", cluster[:_LONGEST_SLUG])
        status = stated.get("status")
        if status is not None and not self._knows_status(status, facility):
            self._say(Wrong.UNKNOWN_STATUS, row, "status", status[:40])
        for column, most in (("people", _MOST_PEOPLE), ("groups_at_once", _MOST_PLACES)):
            value = stated.get(column)
            if value is not None and not 1 <= value <= most:
                self._say(Wrong.NO_NUMBER, row, column, str(value)[:40])
        if hours_fault(stated.get("opening_hours")):
            self._say(Wrong.HOURS, row, "opening_hours")
        elif stated.get("opening_hours") and not _fits_the_page(_spans(stated) or ()):
            self._say(Wrong.HOURS_OVERLAP, row, "opening_hours")
        now = fact_values(facility) if facility else {"name": None, "kind": None}
        offered = {"concepts": CONCEPTS, "focus_areas": sorted(self._areas)}
        facts = _facts(stated)
        for faulty in fact_faults({**now, **facts}, offered):
            if faulty.name in facts or facility is None or faulty.fault is FactFault.NO_PRICE_LIST:
                self._say(Wrong.FACT, row, faulty.name, faulty)

    def _knows_status(self, status: str, facility: Facility | None) -> bool:
        if status in STATUSES or (facility is not None and status == facility.status):
            return True
        return facility is None and _STATUS.fullmatch(status) is not None

    def _outcome(self, row: Row, *, is_wrong: bool) -> RowOutcome:
        facility = self._known.get(row.slug)
        name = row.stated.get("name") or (facility.name if facility else "")
        if is_wrong:
            return RowOutcome(row.number, row.slug, str(name), RowKind.ERROR)
        if facility is None:
            stated = dict(row.stated)
            if "opening_hours" in stated:
                stated["opening_hours"] = _spans(stated)
            changes = [
                ColumnChange(one, None, value)
                for one, value in stated.items()
                if value or value == ()  # open on no day
            ]
            return RowOutcome(row.number, row.slug, name, RowKind.NEW, changes)
        changes = list(self._changes(row, facility))
        kept = list(self._kept(row, facility))
        kind = RowKind.CHANGED if changes else RowKind.KEPT if kept else RowKind.SAME
        return RowOutcome(row.number, row.slug, name, kind, changes, kept)

    def _changes(self, row: Row, facility: Facility) -> Iterator[ColumnChange]:
        now = fact_values(facility)
        facts = _facts(row.stated)
        for name in changed_facts(facility, facts):
            if tidy(now[name]) != facts[name]:
                yield ColumnChange(name, now[name], facts[name])
        status = row.stated.get("status")
        if status is not None and status != facility.status:
            yield ColumnChange("status", facility.status, status)
        above = self._above[row.slug]
        if "part_of" in row.stated and row.stated["part_of"] != above:
            yield ColumnChange("part_of", above, row.stated["part_of"])
        if "people" in row.stated and row.stated["people"] != facility.people_limit:
            yield ColumnChange("people", facility.people_limit, row.stated["people"])
        places, groups = self._places.get(facility.id, 0), row.stated.get("groups_at_once")
        if groups is not None and groups != places:
            yield ColumnChange("groups_at_once", places, groups)
        if "opening_hours" in row.stated:
            stated = self._hours.get(facility.id, StatedHours()).timetables
            before, after = lasting_hours(stated), _spans(row.stated)
            if before != after:
                yield ColumnChange("opening_hours", before, after)

    def _kept(self, row: Row, facility: Facility) -> Iterator[ColumnChange]:
        """Yield what differs and stays: there is always a number of groups."""
        places = self._places.get(facility.id)
        if places and row.stated.get("groups_at_once", places) is None:
            yield ColumnChange("groups_at_once", places, None)

    def _top_down(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows so that what others become part of comes before them."""
        above = self._above_after(rows)

        def depth(slug: str) -> int:
            count = 0
            while (parent := above.get(slug)) is not None:
                slug, count = parent, count + 1
            return count

        return sorted(rows, key=lambda row: depth(row.slug))

    def _write(self, row: Row, outcome: RowOutcome) -> None:
        if outcome.kind is RowKind.NEW:
            self._known[row.slug] = self._add(row)
        elif outcome.kind is RowKind.CHANGED:
            facility = self._known[row.slug]
            for change in outcome.changes:
                if change.column == "status":
                    self._try(row, "status", self._put_status, facility, change.after)
                elif change.column == "part_of":
                    self._try(row, "part_of", self._put_parent, facility, change.after)
            facts = {one.column: one.after for one in outcome.changes if one.column in FACT_NAMES}
            if facts:
                self._try(row, "kind", self._put_facts, facility, facts)
            room = {one.column: one.after for one in outcome.changes if one.column in _ROOM}
            if room:
                self._try(row, next(iter(reversed(room))), self._put_room, facility, room)

    def _try(self, row: Row, column: str, change: Any, facility: Facility, value: Any) -> None:
        try:
            change(facility, value)
        except DatesInTheWay as found:
            known = [one.reference for one in found.dates if one.reference]
            self._say(Wrong.DATES, row, column, list(dict.fromkeys(known)))
        except InvalidTerms:
            self._say(Wrong.TERMS, row, column)
        except Invalid as found:
            wrong = Wrong.SET_ASIDE if found.code == "set_aside" else Wrong.UNKNOWN_PARENT
            self._say(wrong, row, column)

    def _put_status(self, facility: Facility, status: str) -> None:
        put_status(facility, status, self._viewer, self._now, person_id=self._person_id, seen=None)

    def _put_parent(self, facility: Facility, parent: str | None) -> None:
        parent_id = self._known[parent].id if parent else None
        put_parent(
            facility, parent_id, self._viewer, self._now, person_id=self._person_id, seen=None
        )

    def _put_room(self, facility: Facility, room: Mapping[str, Any]) -> None:
        terms = stated_terms(facility)
        if "people" in room:
            stated = {**terms.stated, "people_limit": room["people"]}
            terms = replace(terms, stated=stated)
        if "groups_at_once" in room:
            terms = replace(terms, places=room["groups_at_once"])
        put_terms(facility, terms, self._viewer, self._now, person_id=self._person_id, seen=None)

    def _with_hours(self, row: Row, outcome: RowOutcome) -> RowOutcome:
        """Put the hours of a row in force, and say from when, and which dates that affects."""
        changed = [one for one in outcome.changes if one.column == "opening_hours"]
        if outcome.kind is not RowKind.CHANGED or not changed:
            return outcome
        facility = self._known[row.slug]
        first = first_day(facility, stated_timetables(facility.id), self._now)
        new = put_week(facility, changed[0].after, self._now, person_id=self._person_id)
        mark_set_here(facility, [OPENING_HOURS])
        ids = [one.occurrence_id for one in new]
        if self._person_id is not None:  # else it is the operator, who reads all
            ids = [one.occurrence_id for one in disruption_lines(self._viewer, ids)]
        return replace(outcome, hours_from=first, affected=named(ids))

    def _put_facts(self, facility: Facility, facts: Mapping[str, Any]) -> None:
        put_facts(
            facility,
            facts,
            self._areas,
            self._viewer,
            self._now,
            person_id=self._person_id,
            seen=None,
        )

    def _add(self, row: Row) -> Facility:
        stated, facts = row.stated, _facts(row.stated)
        facts.setdefault("concepts", concepts_of({"slug": row.slug, **stated, **facts}))
        parent = self._known[stated["part_of"]] if stated.get("part_of") else None
        facility = Facility(
            slug=row.slug,
            cluster_id=self._cluster.id,
            parent_id=parent.id if parent else None,
            root_id=parent.root_id if parent else None,
            name=facts["name"],
            kind=facts["kind"],
            status=stated.get("status") or STATUSES[0],
            people_limit=stated.get("people"),
            pending_holds=facts["kind"] in HOLDING_KINDS,
            revision=1,
        )
        db.session.add(facility)
        db.session.flush()
        facility.root_id = facility.root_id or facility.id
        write_facts(facility, facts, self._areas)
        marks = [*(name for name, value in facts.items() if value), STATUS]
        spans = _spans(stated)
        if spans is not None:
            replace_timetables(facility.id, [Timetable(spans, None, None)])
            marks.append(OPENING_HOURS)
        mark_set_here(facility, marks)
        db.session.flush()
        add_places(facility, stated.get("groups_at_once") or 1)
        record(Event.FACILITY_ADDED, now=self._now, actor=self._person_id, facility=facility.id)
        return facility

    def _record(self, outcomes: Sequence[RowOutcome]) -> None:
        changes = sum(one.kind in (RowKind.NEW, RowKind.CHANGED) for one in outcomes)
        if changes:
            record(
                Event.FACILITIES_IMPORTED,
                now=self._now,
                actor=self._person_id,
                cluster=self._cluster.id,
                after={"changes": changes},
            )


def _tidied(stated: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: tidy(value) for name, value in stated.items()}
    areas = found.get("focus_areas")
    if isinstance(areas, list) and all(isinstance(one, str) for one in areas):
        found["focus_areas"] = sorted(areas)
    return found


def _facts(stated: Mapping[str, Any]) -> dict[str, Any]:
    return present_values({name: one for name, one in stated.items() if name in FACT_NAMES})


def _spans(stated: Mapping[str, Any]) -> tuple[WeeklySpan, ...] | None:
    """Return the weekly hours that are stated, () for open on no day; None: none are."""
    hours = stated.get("opening_hours")
    if hours is None:
        return None
    return tuple(sorted(weekly_spans(hours), key=lambda one: (one.weekday, one.opens_time)))


def _fits_the_page(spans: Sequence[WeeklySpan]) -> bool:
    """Return whether the page of hours can show them, and none overlaps another."""
    a_day = Counter(one.weekday for one in spans)
    return not overlapping_in_week(spans) and max(a_day.values()) <= SPANS_A_DAY
