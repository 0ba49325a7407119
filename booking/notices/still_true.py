"""Asking owners once a year whether facts are still true; the worker calls it."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from booking.accounts.models import Person, Role
from booking.accounts.roles import IS_COORDINATOR, IS_KEEPER
from booking.clusters.models import Cluster
from booking.db import clock
from booking.db.in_ids import in_ids
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.facilities.models import Facility
from booking.facilities.question_models import FactsQuestion
from booking.facilities.tree import node_chains
from booking.notices.choices import choices_of
from booking.notices.delivery import NewNotice, add_notices
from booking.notices.models import CatalogueEvent
from booking.rules.catalogue_events import CatalogueEventKind
from booking.rules.confirmations import YEARLY, Asking, asking_due
from booking.rules.lifecycle import Audience
from booking.rules.terms import CLOSED

_KINDS = {
    Asking.QUESTION: CatalogueEventKind.STILL_TRUE,
    Asking.REMINDER: CatalogueEventKind.STILL_TRUE_REMINDER,
}


class _Group(NamedTuple):
    """Facilities about which the same people are asked in one update."""

    cluster_id: int
    asking: Asking
    people: frozenset[int]


def ask_whether_still_true() -> int:
    """Ask the keepers of each facility, else its coordinators; returns how many updates were made.

    One update has all facilities of a cluster about which the same people are asked.
    """
    today = clock.now().date()
    due = _due(today)
    if not due:
        return 0
    owners = _owners(due)
    groups: dict[_Group, list[int]] = defaultdict(list)
    for facility_id, (cluster_id, asking) in due.items():
        if people := owners[facility_id]:
            groups[_Group(cluster_id, asking, people)].append(facility_id)
    db.session.rollback()
    return sum(_ask(group, facility_ids) for group, facility_ids in groups.items())


def _due(today: date, among: Collection[int] | None = None) -> dict[int, tuple[int, Asking]]:
    """Return cluster and question of each facility about which somebody is to be asked today."""
    query = (
        sa.select(
            Facility.id,
            Facility.cluster_id,
            Facility.confirmed_on,
            FactsQuestion.asked_on,
            FactsQuestion.reminded_on,
        )
        .outerjoin(FactsQuestion, FactsQuestion.facility_id == Facility.id)
        .where(
            Facility.status != CLOSED,
            sa.or_(Facility.confirmed_on.is_(None), Facility.confirmed_on <= today - YEARLY),
        )
        .order_by(Facility.id)
    )
    if among is not None:
        query = query.where(in_ids(Facility.id, among))
    found = {}
    for row in db.session.execute(query):
        asking = asking_due(row.confirmed_on, row.asked_on, row.reminded_on, today)
        if asking is not None:
            found[row.id] = row.cluster_id, asking
    return found


def _owners(due: dict[int, tuple[int, Asking]]) -> dict[int, frozenset[int]]:
    """Return whom to ask about each facility.

    They are its keepers and those of what it is part of, else the coordinators of its cluster.
    """
    roles = db.session.execute(
        sa.select(Role.person_id, Role.facility_id, Role.cluster_id)
        .join(Person, Person.id == Role.person_id)
        .where(Person.is_active, sa.or_(IS_KEEPER, IS_COORDINATOR))
    ).all()
    keepers: dict[int, set[int]] = defaultdict(set)
    coordinators: dict[int, set[int]] = defaultdict(set)
    for person_id, facility_id, cluster_id in roles:
        if facility_id is None:
            coordinators[cluster_id].add(person_id)
        else:
            keepers[facility_id].add(person_id)
    chains = node_chains(due)
    found = {}
    for facility_id, (cluster_id, _asking) in due.items():
        kept = {one for node in chains[facility_id] for one in keepers[node.id]}
        found[facility_id] = frozenset(kept or coordinators[cluster_id])
    return found


@retried
def _ask(group: _Group, facility_ids: list[int]) -> bool:
    """Ask once, whoever else is about to ask the same."""
    with writing() as now:
        slug = db.session.scalar(
            sa.select(Cluster.slug)
            .where(Cluster.id == group.cluster_id)
            .with_for_update(key_share=True)
        )
        today = now.date()
        still = {
            facility_id
            for facility_id, (_cluster, asking) in _due(today, facility_ids).items()
            if asking is group.asking
        }
        if slug is None or not still:
            return False
        for facility_id in sorted(still):
            question = db.session.get(FactsQuestion, facility_id, populate_existing=True)
            if question is None:
                db.session.add(FactsQuestion(facility_id=facility_id, asked_on=today))
            elif group.asking is Asking.REMINDER:
                question.reminded_on = today
            else:
                question.asked_on, question.reminded_on = today, None
        event = CatalogueEvent(
            kind=_KINDS[group.asking], reference=slug, facility_ids=sorted(still), at=now
        )
        db.session.add(event)
        db.session.flush()
        told = [
            NewNotice(one, Audience.CATALOGUE, catalogue_event_id=event.id)
            for one in sorted(group.people)
        ]
        add_notices(told, choices_of(group.people), now)
        return True
