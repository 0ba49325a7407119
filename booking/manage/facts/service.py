"""Changing the facts of a facility: drafts, publishing them, and putting one back."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.audit.models import AuditEntry
from booking.audit.recording import record
from booking.clusters.models import FocusArea
from booking.db.transactions import retried, writing
from booking.disruptions.pending import DatesInTheWay
from booking.errors import BookingError, NotFound
from booking.extensions import db
from booking.facilities.change_models import FacilityDraft
from booking.facilities.deciders import decides_on
from booking.facilities.facts import changed_facts, fact_values, present_values, write_facts
from booking.facilities.keepers import NeedsDecider
from booking.facilities.models import Facility
from booking.manage.facts.queries import draft_row, offered_values
from booking.manage.facts.writing import put_facts
from booking.manage.terms.service import (
    facility_id_by_slug,
    reread_with_account,
)
from booking.manage.version import check_version, claim_change, target_facility
from booking.rules.audit_chain import content_of
from booking.rules.audit_events import Event
from booking.rules.facts import FACT_NAMES, FactFault, FaultyFact, fact_faults
from booking.rules.opening import local_day
from booking.rules.owner_changes import ChangedPart
from booking.rules.visibility import Account


class InvalidFacts(BookingError):
    """Facts cannot be stated; `faults` has one for each."""

    def __init__(self, faults: list[FaultyFact]) -> None:
        super().__init__(", ".join(f"{one.name} {one.fault}" for one in faults))
        self.faults = tuple(faults)


class _OnlyTriedError(Exception):
    """Rolls everything back."""


def check_facts(values: Mapping[str, Any], others: Mapping[str, Any]) -> None:
    """Check values of facts, as they would stand together with `others`.

    Raises:
        InvalidFacts: some cannot be stated.
    """
    together = {**others, **values}
    faults = [
        one
        for one in fact_faults(together, offered_values(others))
        if one.name in values or one.fault is FactFault.NO_PRICE_LIST
    ]
    if faults:
        raise InvalidFacts(faults)


@retried
def publish_facts(
    account: Account, slug: str, values: Mapping[str, Any], *, version: str | None = None
) -> tuple[str, ...]:
    """Set facts of a facility; what is not among `values` stays, and its draft is gone.

    Returns the names of those that changed. `version` is the `facility_version` that the form was
    filled with; None: there was no form.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: there is no such facility, or it is for others to change.
        InvalidFacts: some cannot be stated.
        DatesInTheWay: with this kind other hours hold, and future dates lie outside of them.
        NeedsDecider: the same, and the person is keeper.
        InvalidTerms: with this kind other terms hold, which contradict those stated here.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        facility, current = reread_with_account(account, facility_id, ChangedPart.FACTS)
        draft = draft_row(facility_id)
        if draft is not None:
            check_version(target_facility(facility), version)
            db.session.delete(draft)
        return _publish(facility, values, current, now, version)


@retried
def save_draft(
    account: Account, slug: str, values: Mapping[str, Any], *, version: str | None = None
) -> bool:
    """Keep facts of a facility that are not published yet; returns whether any differ.

    Nothing of them shows to anybody but those who may publish them. If none differs from what is
    published, there is no draft afterwards.

    Raises:
        ChangedMeanwhile: somebody has changed the facility, or its draft, since.
        NotFound: there is no such facility, or it is for others to change.
        InvalidFacts: some cannot be stated.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        facility, _ = reread_with_account(account, facility_id, ChangedPart.DRAFT)
        published = fact_values(facility)
        draft = draft_row(facility_id)
        kept = dict(draft.content) if draft else {}
        content = {
            name: value
            for name, value in present_values({**kept, **values}).items()
            if published[name] != value
        }
        check_facts(content, published)
        if content == kept:
            return bool(content)
        claim_change(
            target_facility(facility),
            ChangedPart.DRAFT,
            now,
            person_id=account.person_id,
            seen=version,
            names=sorted(name for name in {**kept, **content} if _differ(name, kept, content)),
        )
        if draft is None:
            draft = FacilityDraft(facility_id=facility_id, cluster_id=facility.cluster_id)
            db.session.add(draft)
        elif not content:
            db.session.delete(draft)
            return False
        else:
            draft.revision += 1
        draft.content, draft.saved_at, draft.saved_by_id = content, now, account.person_id
        return True


def _differ(name: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    nothing = object()
    return one.get(name, nothing) != other.get(name, nothing)


@retried
def discard_draft(account: Account, slug: str, *, version: str | None = None) -> None:
    """Delete the draft of a facility; what is published stays.

    Raises:
        ChangedMeanwhile: somebody has changed the facility, or its draft, since.
        NotFound: there is no such facility, or it is for others to change.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        facility, _ = reread_with_account(account, facility_id, ChangedPart.DRAFT)
        draft = draft_row(facility_id)
        if draft is None:
            return
        claim_change(
            target_facility(facility),
            ChangedPart.DRAFT,
            now,
            person_id=account.person_id,
            seen=version,
            names=sorted(draft.content),
        )
        db.session.delete(draft)


@retried
def publish_draft(account: Account, slug: str, *, version: str | None = None) -> tuple[str, ...]:
    """Publish the draft of a facility as it is; returns the names of the facts that changed.

    Raises: as `publish_facts`.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        facility, current = reread_with_account(account, facility_id, ChangedPart.FACTS)
        draft = draft_row(facility_id)
        if draft is None:
            check_version(target_facility(facility), version)
            return ()
        content = dict(draft.content)
        db.session.delete(draft)
        return _publish(facility, content, current, now, version)


@retried
def confirm_facts(account: Account, slug: str, *, version: str | None = None) -> None:
    """Note that the owner has looked at all facts today, and that they are right.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: there is no such facility, or it is for others to change.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        facility, _ = reread_with_account(account, facility_id, ChangedPart.FACTS)
        today = local_day(now, ZoneInfo(facility.cluster.time_zone))
        if facility.confirmed_on == today:
            return
        claim_change(
            target_facility(facility),
            ChangedPart.FACTS,
            now,
            person_id=account.person_id,
            seen=version,
        )
        record(
            Event.FACTS_CONFIRMED,
            now=now,
            actor=account.person_id,
            facility=facility_id,
            before={"confirmed_on": facility.confirmed_on},
            after={"confirmed_on": today},
        )
        facility.confirmed_on = today


@retried
def put_back(
    account: Account, slug: str, position: int, name: str, *, version: str | None = None
) -> None:
    """Give a fact the value that it had before a change, which is an entry of the log.

    What was changed at the same time stays, and so does a draft.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: there is no such facility or change, or it is for others to change.
        InvalidFacts, DatesInTheWay, NeedsDecider, InvalidTerms: as `publish_facts`.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        facility, current = reread_with_account(account, facility_id, ChangedPart.FACTS)
        entry = db.session.get(AuditEntry, position)
        if entry is None or entry.facility_id != facility_id or entry.event != Event.FACTS_CHANGED:
            raise NotFound("change")
        before = content_of(entry.content).before
        if name not in before or name not in FACT_NAMES:
            raise NotFound("change")
        _publish(facility, {name: before[name]}, current, now, version)


@contextmanager
def as_published(account: Account, slug: str) -> Iterator[None]:
    """Let a block see the draft of a facility as if it were published; afterwards it is not.

    Raises:
        NotFound: there is no draft, or it is for others to see.
    """
    facility_id = facility_id_by_slug(slug)
    try:
        with writing(facility_id):
            facility, _ = reread_with_account(account, facility_id, ChangedPart.DRAFT)
            draft = draft_row(facility_id)
            if draft is None:
                raise NotFound("draft")
            write_facts(facility, draft.content, focus_areas())
            db.session.flush()
            db.session.expire_all()
            yield
            raise _OnlyTriedError
    except _OnlyTriedError:
        pass


def focus_areas() -> dict[str, FocusArea]:
    """Return all focus areas by slug."""
    return {one.slug: one for one in db.session.scalars(sa.select(FocusArea))}


def _publish(
    facility: Facility,
    values: Mapping[str, Any],
    account: Account,
    now: datetime,
    version: str | None,
) -> tuple[str, ...]:
    """Write what differs, with its line in the log; return the names."""
    published = fact_values(facility)
    values = present_values(values)
    names = changed_facts(facility, values)
    if not names:
        return ()
    check_version(target_facility(facility), version)
    facts = {name: values[name] for name in names}
    check_facts(facts, published)
    viewer = account.viewer
    try:
        put_facts(
            facility, facts, focus_areas(), viewer, now, person_id=account.person_id, seen=version
        )
    except DatesInTheWay as found:
        if not decides_on(viewer, facility.id):
            raise NeedsDecider from found
        raise
    return names
