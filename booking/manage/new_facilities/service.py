"""Drafting a facility that does not exist yet, and publishing it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from booking.accounts.queries import account_now
from booking.audit.recording import record
from booking.availability.place_changes import add_places
from booking.db.transactions import retried, writing
from booking.errors import Conflict, Invalid
from booking.extensions import db
from booking.facilities.change_models import FacilityDraft
from booking.facilities.facts import mark_set_here, write_facts
from booking.facilities.models import Facility
from booking.manage.facts.service import check_facts, focus_areas
from booking.manage.new_facilities.queries import (
    coordinated_cluster,
    new_row,
    values_of,
)
from booking.manage.version import claim_change, target_facility
from booking.rules.audit_events import Event
from booking.rules.facts import FACT_NAMES, STATUS
from booking.rules.new_facilities import (
    MOST_PLACES,
    PARENT,
    PLACES,
    STATUSES,
    Setup,
    is_slug,
)
from booking.rules.owner_changes import ChangedPart
from booking.rules.visibility import Account


class _OnlyTriedError(Exception):
    """Rolls everything back."""


@retried
def begin_facility(
    account: Account, cluster_slug: str, slug: str, values: Mapping[str, Any], setup: Setup
) -> None:
    """Begin the draft of a facility; nobody but the coordinators of its cluster knows of it.

    Raises:
        NotFound: there is no such cluster, or others coordinate it.
        Invalid: `slug` is `malformed` or `taken`; `parent`, `places` or `status` is `unknown`.
        InvalidFacts: some facts cannot be stated.
    """
    try:
        with writing() as now:
            cluster = coordinated_cluster(account_now(account).viewer, cluster_slug)
            if not is_slug(slug):
                raise Invalid("slug", "malformed")
            if _is_taken(slug):
                raise Invalid("slug", "taken")
            _check(values_of(values), setup, cluster.id)
            db.session.add(
                FacilityDraft(
                    cluster_id=cluster.id,
                    slug=slug,
                    content={**values, **setup.content()},
                    saved_at=now,
                    saved_by_id=account.person_id,
                )
            )
    except IntegrityError as at_once:  # somebody else took it at the same moment
        raise Invalid("slug", "taken") from at_once


@retried
def save_new(
    account: Account, slug: str, values: Mapping[str, Any], setup: Setup, *, revision: str
) -> None:
    """Save a new facility; what is not among `values` stays.

    Raises:
        NotFound: there is no such draft, or it is of another cluster.
        Conflict: `changed_meanwhile`: somebody has saved it since this revision.
        Invalid, InvalidFacts: as `begin_facility`.
    """
    with writing() as now:
        row = new_row(account_now(account).viewer, slug, locked=True)
        content = {**row.content, **values, **setup.content()}
        if content == row.content:
            return
        if revision != str(row.revision):
            raise Conflict("changed_meanwhile")
        _check(values_of(content), setup, row.cluster_id)
        row.content, row.saved_at, row.saved_by_id = content, now, account.person_id
        row.revision += 1


@retried
def discard_new(account: Account, slug: str, *, revision: str) -> None:
    """Delete the draft of a new facility.

    Raises:
        NotFound: there is no such draft, or it is of another cluster.
        Conflict: `changed_meanwhile`: somebody has saved it since this revision.
    """
    with writing():
        row = new_row(account_now(account).viewer, slug, locked=True)
        if revision != str(row.revision):
            raise Conflict("changed_meanwhile")
        db.session.delete(row)


@retried
def publish_new(account: Account, slug: str, *, revision: str) -> None:
    """Let a new facility be: from now on everybody sees it.

    Raises:
        NotFound: there is no such draft, or it is of another cluster.
        Conflict: `changed_meanwhile`: somebody has saved it since this revision.
        Invalid, InvalidFacts: as `begin_facility`.
    """
    with writing(*_parent_ids(account, slug)) as now:
        current = account_now(account)
        row = new_row(current.viewer, slug, locked=True)
        if revision != str(row.revision):
            raise Conflict("changed_meanwhile")
        facility = _make(row)
        stated = {name: value for name, value in row.content.items() if value not in (None, "", [])}
        if facility.parent is not None:
            stated[PARENT] = facility.parent.name
        record(
            Event.FACILITY_ADDED,
            now=now,
            actor=account.person_id,
            facility=facility.id,
            after=stated,
        )
        claim_change(
            target_facility(facility),
            ChangedPart.FACTS,
            now,
            person_id=account.person_id,
            seen=None,
            names=sorted(FACT_NAMES & stated.keys()),
        )
        mark_set_here(facility, [*FACT_NAMES, STATUS])
        db.session.delete(row)


@contextmanager
def as_published(account: Account, slug: str) -> Iterator[datetime]:
    """Let a block see a new facility as if it were published; afterwards it does not exist.

    Raises:
        NotFound: there is no such draft, or it is of another cluster.
        Invalid: what it is to be part of is not there any more.
    """
    try:
        with writing(*_parent_ids(account, slug)) as now:
            _make(new_row(account_now(account).viewer, slug))
            db.session.flush()
            db.session.expire_all()
            yield now
            raise _OnlyTriedError
    except _OnlyTriedError:
        pass


def _make(row: FacilityDraft) -> Facility:
    """Write the facility of a draft with its places; return it."""
    values = values_of(row.content)
    setup = Setup(row.content.get(PARENT) or "", row.content[PLACES], row.content[STATUS])
    parent = _check(values, setup, row.cluster_id)
    if row.slug is None or db.session.scalar(
        sa.select(Facility.id).where(Facility.slug == row.slug)
    ):
        raise Invalid("slug", "taken")
    facility = Facility(
        slug=row.slug,
        cluster_id=row.cluster_id,
        parent_id=parent.id if parent else None,
        root_id=parent.root_id if parent else None,
        name=values["name"],
        kind=values["kind"],
        status=setup.status,
        revision=1,
    )
    db.session.add(facility)
    db.session.flush()
    facility.root_id = facility.root_id or facility.id
    write_facts(facility, values, focus_areas())
    add_places(facility, setup.places)
    db.session.flush()
    return facility


def _check(values: Mapping[str, Any], setup: Setup, cluster_id: int) -> Facility | None:
    """Check what a draft says; return what it is part of."""
    check_facts(values, {})
    if setup.status not in STATUSES:
        raise Invalid(STATUS, "unknown")
    if not 1 <= setup.places <= MOST_PLACES:
        raise Invalid(PLACES, "unknown")
    if not setup.parent:
        return None
    parent = db.session.scalar(
        sa.select(Facility).where(Facility.slug == setup.parent, Facility.cluster_id == cluster_id)
    )
    if parent is None:
        raise Invalid(PARENT, "unknown")
    return parent


def _parent_ids(account: Account, slug: str) -> list[int]:
    """Return the id of what a draft is to be part of: the tree that is locked."""
    row = new_row(account.viewer, slug)
    parent = row.content.get(PARENT)
    if not parent:
        return []
    found = db.session.scalar(sa.select(Facility.id).where(Facility.slug == parent))
    if found is None:
        raise Invalid(PARENT, "unknown")
    return [found]


def _is_taken(slug: str) -> bool:
    there = sa.select(Facility.id).where(Facility.slug == slug)
    drafted = sa.select(FacilityDraft.id).where(FacilityDraft.slug == slug)
    return db.session.scalar(there) is not None or db.session.scalar(drafted) is not None
