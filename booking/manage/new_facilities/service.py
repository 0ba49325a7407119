"""Drafting a facility that does not exist yet, and publishing it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from booking.accounts.queries import account_now
from booking.audit.recording import record
from booking.availability.place_changes import add_places
from booking.db.transactions import retried, writing
from booking.errors import BookingError, Invalid, NotFound
from booking.extensions import db
from booking.facilities.change_models import FacilityDraft
from booking.facilities.facts import mark_set_here
from booking.facilities.keepers import may_change
from booking.facilities.models import Facility, Place
from booking.files.models import StoredFile
from booking.manage.closures.targets import Target
from booking.manage.facts.queries import draft_note
from booking.manage.facts.service import InvalidFacts
from booking.manage.files.logged import said_of_file, words_of_kind
from booking.manage.new_facilities.making import (
    check_content,
    files_of,
    make,
    set_apart_from_facts,
)
from booking.manage.new_facilities.queries import (
    coordinated_cluster,
    coordinated_row,
    new_row,
    values_of,
)
from booking.manage.queries import Drafted, ManagedFacility, kept_facility
from booking.manage.terms.service import (
    InvalidTerms,
    Terms,
    check_terms,
    faults_in,
    write_terms,
)
from booking.manage.version import ChangedMeanwhile, claim_change, target_facility
from booking.rules.audit_events import Event
from booking.rules.facts import FACT_NAMES, STATUS
from booking.rules.new_facilities import (
    PARENT,
    PLACES,
    SPECIAL_DAYS,
    TERMS,
    WEEKLY_HOURS,
    Setup,
    is_slug,
)
from booking.rules.opening import local_day
from booking.rules.owner_changes import ChangedPart
from booking.rules.visibility import Account, Viewer

T = TypeVar("T")


class _OnlyTriedError(Exception):
    """Rolls everything back."""


class UnsoundDraft(BookingError):
    """A draft cannot become a facility as it is; its form of facts says why once it is saved."""


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
            check_content(values_of(values), setup, cluster.id)
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
    account: Account, slug: str, values: Mapping[str, Any], setup: Setup | None, *, revision: str
) -> None:
    """Save the facts of a new facility; what is not among `values` stays.

    `setup` None leaves that too, as keepers do.

    Raises:
        NotFound: there is no such draft, or the person may not know of it.
        Forbidden: the setup is for coordinators.
        ChangedMeanwhile: somebody has saved it since this revision.
        Invalid, InvalidFacts: as `begin_facility`.
    """
    with writing() as now:
        viewer = account_now(account).viewer
        row = new_row(viewer, slug, locked=True)
        content = {**row.content, **values}
        if setup is not None:
            coordinated_row(viewer, slug)
            content |= setup.content()
        if content == row.content:
            return
        _check_revision(row, revision)
        check_content(values_of(content), _setup_in(content), row.cluster_id)
        save_content(row, content, account.person_id, now)


@retried
def discard_new(account: Account, slug: str, *, revision: str) -> None:
    """Delete the draft of a new facility with its pictures and documents.

    Raises:
        NotFound: there is no such draft, or the person may not know of it.
        Forbidden: that is for coordinators.
        ChangedMeanwhile: somebody has saved it since this revision.
    """
    with writing():
        row = coordinated_row(account_now(account).viewer, slug, locked=True)
        _check_revision(row, revision)
        files = files_of(row)
        stored = {key for one in files for key in (one.file_id, one.small_id) if key}
        for one in files:
            db.session.delete(one)
        db.session.flush()
        for stored_file in db.session.scalars(
            sa.select(StoredFile).where(StoredFile.id.in_(stored))
        ):
            db.session.delete(stored_file)
        db.session.delete(row)


@retried
def publish_new(account: Account, slug: str, *, revision: str) -> None:
    """Let a new facility be with all that its draft has: from now on everybody sees it.

    Raises:
        NotFound: there is no such draft, or the person may not know of it.
        Forbidden: that is for coordinators.
        ChangedMeanwhile: somebody has saved it since this revision.
        UnsoundDraft: it cannot be a facility as it is.
        InvalidTerms: its rules make no sense with those above it.
    """
    with writing(*_parent_ids(account.viewer, slug)) as now:
        current = account_now(account)
        row = coordinated_row(current.viewer, slug, locked=True)
        _check_revision(row, revision)
        facility = _sound(row)
        if faults := faults_in([facility.id])[facility.id]:
            raise InvalidTerms(faults)
        _log_publication(row, facility, now, account.person_id)
        for one in files_of(row):
            db.session.delete(one)
        db.session.flush()
        db.session.delete(row)


def _log_publication(row: FacilityDraft, facility: Facility, now: datetime, person_id: int) -> None:
    """Record the facility, and each part of it as if it had been set on its own page."""

    def note(event: Event, after: Mapping[str, Any]) -> None:
        record(event, now=now, actor=person_id, facility=facility.id, before={}, after=after)

    content = row.content
    stated = {
        name: value
        for name, value in content.items()
        if name not in (WEEKLY_HOURS, SPECIAL_DAYS, TERMS) and value not in (None, "", [])
    }
    if facility.parent is not None:
        stated[PARENT] = facility.parent.name
    record(Event.FACILITY_ADDED, now=now, actor=person_id, facility=facility.id, after=stated)
    parts: dict[ChangedPart, list[str]] = {ChangedPart.FACTS: sorted(FACT_NAMES & stated.keys())}
    if hours := content.get(WEEKLY_HOURS):
        note(Event.HOURS_CHANGED, {WEEKLY_HOURS: hours})
        parts[ChangedPart.HOURS] = []
    if special := content.get(SPECIAL_DAYS):
        note(Event.SPECIAL_DAYS_CHANGED, special)
        parts[ChangedPart.SPECIAL_DAYS] = []
    terms = {
        name: value
        for name, value in (content.get(TERMS) or {}).items()
        if not (name in ("allows_shared", "allows_exclusive") and value)
    }
    by_part = {
        ChangedPart.HOLIDAYS: (Event.HOLIDAYS_CHANGED, ("opens_on_holidays",)),
        ChangedPart.MODE: (Event.MODE_CHANGED, ("mode", "elsewhere_url")),
    }
    for part, (event, names) in by_part.items():
        if there := {name: terms.pop(name) for name in names if name in terms}:
            note(event, there)
            parts[part] = []
    if terms:
        note(Event.TERMS_CHANGED, terms)
        parts[ChangedPart.TERMS] = sorted(terms)
    for one in files_of(row):
        words = words_of_kind(one.kind)
        note(words.added, {**said_of_file(one), "sha256": one.file.sha256})
        parts[words.part] = []
    for part, names_of_part in parts.items():
        claim_change(
            target_facility(facility),
            part,
            now,
            person_id=person_id,
            seen=None,
            names=names_of_part,
        )
    mark_set_here(facility, [*FACT_NAMES, STATUS])


@contextmanager
def as_published(viewer: Viewer, slug: str) -> Iterator[datetime]:
    """Let a block see a new facility as if it were published; afterwards it does not exist.

    Raises:
        NotFound: there is no such draft, or the viewer may not know of it.
        UnsoundDraft: it cannot be a facility as it is.
    """
    with _made(viewer, slug) as (_, _, now):
        yield now


def drafted_facility(viewer: Viewer, slug: str) -> ManagedFacility:
    """Return a new facility as `kept_facility` returns one that is published.

    Its rows are not those of any session: what pages do not read of them now is not there.

    Raises:
        NotFound, UnsoundDraft: as `as_published`.
    """
    return read_drafted(viewer, slug, lambda managed, _: managed)


def read_drafted(viewer: Viewer, slug: str, read: Callable[[ManagedFacility, datetime], T]) -> T:
    """Return what is read of a new facility as if it were published.

    Raises:
        NotFound, UnsoundDraft: as `as_published`.
    """
    with _made(viewer, slug) as (row, _, now):
        knows_people = row.cluster_id in viewer.coordinates
        drafted = Drafted(
            row.id, slug, str(row.revision), draft_note(row, viewer, knows_people=knows_people)
        )
        managed = replace(kept_facility(viewer, slug), draft=drafted)
        found = read(managed, now)
        # Else they would be gone with the transaction.
        for one in {managed.cluster, *managed.chain}:
            db.session.expunge(one)
    return found


def change_draft(
    viewer: Viewer,
    slug: str,
    part: ChangedPart,
    change: Callable[[Facility, date], T],
    *,
    seen: str | None,
) -> T:
    """Change what is set of a new facility on pages of its own; return what `change` returns.

    `change` gets the facility as if it were published, and its local day; what it writes there is
    kept in the draft. `seen` is the revision that the form was filled with.

    Raises:
        NotFound: there is no such draft, or it is for others to change this part.
        ChangedMeanwhile: somebody has saved it since `seen`.
        UnsoundDraft: it cannot be a facility as it is.
        Whatever `change` raises.
    """
    with _made(viewer, slug) as (row, facility, now):
        _check_revision(row, seen)
        if not may_change(viewer, facility.id, part):
            raise NotFound("facility")
        revision = str(row.revision)
        result = change(facility, local_day(now, ZoneInfo(facility.cluster.time_zone)))
        db.session.flush()
        kept = set_apart_from_facts(facility)
    _keep(viewer, slug, kept, revision)
    return result


def set_draft_terms(viewer: Viewer, slug: str, terms: Terms, *, version: str) -> None:
    """Set the terms of a new facility; they hold once it is published.

    Raises:
        NotFound, UnsoundDraft, ChangedMeanwhile: as `change_draft`.
        InvalidTerms: they make no sense, with those that it inherits.
    """

    def change(facility: Facility, _today: date) -> None:
        write_terms(facility, terms)
        db.session.flush()
        check_terms(facility, terms, [facility.id], {facility.id: ()})
        places = db.session.scalars(
            sa.select(Place).where(Place.facility_id == facility.id).order_by(Place.id)
        ).all()
        add_places(facility, terms.places - len(places))
        for place in places[terms.places :]:
            db.session.delete(place)

    change_draft(viewer, slug, ChangedPart.TERMS, change, seen=version)


@retried
def _keep(viewer: Viewer, slug: str, kept: Mapping[str, Any], revision: str) -> None:
    with writing() as now:
        row = new_row(viewer, slug, locked=True)
        _check_revision(row, revision)
        content = {**row.content, **kept}
        if content != row.content:
            save_content(row, content, viewer.person_id, now)


def save_content(
    row: FacilityDraft, content: Mapping[str, Any], person_id: int | None, now: datetime
) -> None:
    """Store what a draft says, under a new revision."""
    row.content, row.saved_at, row.saved_by_id = dict(content), now, person_id
    row.revision += 1


@contextmanager
def changed_files(
    account: Account, slug: str, *, seen: str | None
) -> Iterator[tuple[FacilityDraft, datetime]]:
    """Lock a draft for a change of its files: the block gets its row and the time.

    Raises:
        NotFound: there is no such draft, or the person may not know of it.
        ChangedMeanwhile: somebody has saved it since `seen`; None does not check that.
    """
    with writing() as now:
        row = new_row(account_now(account).viewer, slug, locked=True)
        _check_revision(row, seen)
        yield row, now


@contextmanager
def _made(viewer: Viewer, slug: str) -> Iterator[tuple[FacilityDraft, Facility, datetime]]:
    """Let a block see a facility made of its draft, then roll that back."""
    try:
        with writing(*_parent_ids(viewer, slug)) as now:
            row = new_row(viewer, slug)
            facility = _sound(row)
            db.session.expire_all()
            yield row, facility, now
            raise _OnlyTriedError
    except _OnlyTriedError:
        pass


def _sound(row: FacilityDraft) -> Facility:
    try:
        return make(row)
    except (Invalid, InvalidFacts) as unsound:
        raise UnsoundDraft from unsound


def _check_revision(row: FacilityDraft, seen: str | None) -> None:
    if seen is not None and seen != str(row.revision):
        raise ChangedMeanwhile(Target(row.cluster_id, None), seen)


def _setup_in(content: Mapping[str, Any]) -> Setup:
    return Setup(content.get(PARENT) or "", content[PLACES], content[STATUS])


def _parent_ids(viewer: Viewer, slug: str) -> list[int]:
    """Return the id of what a draft is to be part of: the tree that is locked."""
    row = new_row(viewer, slug)
    parent = row.content.get(PARENT)
    if not parent:
        return []
    found = db.session.scalar(sa.select(Facility.id).where(Facility.slug == parent))
    if found is None:
        raise UnsoundDraft
    return [found]


def _is_taken(slug: str) -> bool:
    there = sa.select(Facility.id).where(Facility.slug == slug)
    drafted = sa.select(FacilityDraft.id).where(FacilityDraft.slug == slug)
    return db.session.scalar(there) is not None or db.session.scalar(drafted) is not None
