"""What the pages of facts read: the draft of a facility, what may be chosen, what was changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.audit.models import AuditEntry
from booking.clusters.models import FocusArea
from booking.concepts.vocabulary import CONCEPTS
from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.facilities.change_models import FacilityDraft
from booking.facilities.facts import fact_values, present_values
from booking.manage.queries import DraftNote, ManagedFacility
from booking.rules.audit_chain import content_of
from booking.rules.audit_events import Actor, Event
from booking.rules.facts import FACT_NAMES, HAZARDS
from booking.rules.visibility import Viewer

#: So many changes are on one page of the history of facts.
PAGE = 30


@dataclass(frozen=True)
class EditedFacts:
    """The facts of a facility as its form shows them: those of the draft over the published."""

    values: Mapping[str, Any]
    published: Mapping[str, Any]
    draft: DraftNote | None


def draft_row(facility_id: int) -> FacilityDraft | None:
    """Return the draft of a facility, or None."""
    return db.session.scalar(
        sa.select(FacilityDraft).where(FacilityDraft.facility_id == facility_id)
    )


def edited_facts(managed: ManagedFacility, viewer: Viewer) -> EditedFacts:
    """Return the facts of a facility and of its draft."""
    published = fact_values(managed.facility)
    row = draft_row(managed.facility.id)
    if row is None:
        return EditedFacts(published, published, None)
    return EditedFacts(
        {**published, **present_values(row.content)},
        published,
        draft_note(row, viewer, managed.decides),
    )


def draft_note(row: FacilityDraft, viewer: Viewer, knows_people: bool) -> DraftNote:
    """Return what pages say of a draft; keepers do not learn who else works on it."""
    person = db.session.get(Person, row.saved_by_id) if row.saved_by_id and knows_people else None
    return DraftNote(
        names=sorted(FACT_NAMES & row.content.keys()),
        saved_at=row.saved_at,
        person=person.name if person else None,
        is_own=row.saved_by_id is not None and row.saved_by_id == viewer.person_id,
    )


def offered_values(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what one may choose from for the facts that do not declare it, and what is there."""
    areas = db.session.scalars(sa.select(FocusArea.slug).order_by(FocusArea.slug)).all()
    offered = {"concepts": CONCEPTS, "focus_areas": areas, "hazards": HAZARDS}
    return {name: list(dict.fromkeys([*of, *values.get(name, ())])) for name, of in offered.items()}


@dataclass(frozen=True)
class FactChange:
    """One fact in one change: its entry in the log, what it was and what it became.

    `is_now`: it still has the value that it got. `person` is None for who is not named.
    """

    position: int
    at: datetime
    name: str
    before: Any
    after: Any
    person: str | None
    is_own: bool
    by_operator: bool
    is_now: bool
    can_go_back: bool


def fact_changes(
    managed: ManagedFacility, viewer: Viewer, before: int | None
) -> tuple[list[FactChange], int | None]:
    """Return the changes of facts, newest first, one line a fact, and where the page before begins.

    `before` is a position of the log.
    """
    query = (
        sa.select(AuditEntry)
        .where(
            AuditEntry.facility_id == managed.facility.id,
            AuditEntry.event.in_([Event.FACTS_CHANGED, Event.FACILITY_ADDED]),
        )
        .order_by(AuditEntry.position.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        query = query.where(AuditEntry.position < before)
    found = db.session.scalars(query).all()
    page = found[:PAGE]
    names = _names({one.actor_id for one in page if one.actor_id}) if managed.decides else {}
    now = fact_values(managed.facility)
    lines = []
    for entry in page:
        content = content_of(entry.content)
        for name in content.after:
            if name not in FACT_NAMES:
                continue
            lines.append(
                FactChange(
                    position=entry.position,
                    at=entry.at,
                    name=name,
                    before=content.before.get(name),
                    after=content.after[name],
                    person=names.get(entry.actor_id),
                    is_own=entry.actor_id is not None and entry.actor_id == viewer.person_id,
                    by_operator=entry.actor_kind == Actor.OPERATOR,
                    is_now=now[name] == content.after[name],
                    can_go_back=name in content.before and now[name] != content.before[name],
                )
            )
    return lines, page[-1].position if len(found) > PAGE else None


def _names(ids: set[int]) -> dict[int | None, str]:
    rows = db.session.execute(sa.select(Person.id, Person.name).where(in_ids(Person.id, ids)))
    return {row.id: row.name for row in rows}
