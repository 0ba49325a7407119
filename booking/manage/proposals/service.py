"""Proposing concepts, and accepting, merging and declining them."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.accounts.people_service import acting_admin_id
from booking.accounts.second_factor_duty import ACTS_AS_ADMIN
from booking.accounts.service import locked
from booking.audit.recording import record
from booking.concepts.normalise import ENGLISH, fold
from booking.concepts.vocabulary import present_ids, present_vocabulary
from booking.db.transactions import retried, writing
from booking.errors import BookingError, Busy, Conflict, NotFound
from booking.extensions import db
from booking.facilities.concept_models import ConceptProposal
from booking.facilities.facts import mark_set_here
from booking.facilities.models import Facility
from booking.manage.terms.service import facility_id_by_slug, reread_with_account
from booking.manage.version import claim_change, target_facility
from booking.notices.choices import choices_of
from booking.notices.delivery import NewNotice, add_notices
from booking.notices.models import CatalogueEvent
from booking.rules.audit_events import Event
from booking.rules.catalogue_events import CatalogueEventKind
from booking.rules.concept_proposals import (
    MOST_WAITING,
    MergeFault,
    ProposalState,
    concept_id_of,
)
from booking.rules.lifecycle import Audience
from booking.rules.owner_changes import ChangedPart
from booking.rules.visibility import Account

_TOLD = {
    ProposalState.ACCEPTED: (Event.CONCEPT_ACCEPTED, CatalogueEventKind.CONCEPT_ACCEPTED),
    ProposalState.MERGED: (Event.CONCEPT_MERGED, CatalogueEventKind.CONCEPT_MERGED),
    ProposalState.DECLINED: (Event.CONCEPT_DECLINED, CatalogueEventKind.CONCEPT_DECLINED),
}


@dataclass(frozen=True)
class NewConcept:
    """A concept that somebody proposes; `names` by language, the preferred one first."""

    facet: str
    names: Mapping[str, Sequence[str]]
    broader: str | None
    source: str


class NameTaken(BookingError):
    """A name means another concept already."""

    def __init__(self, language: str, name: str, concept_id: str) -> None:
        super().__init__(f"{name} is {concept_id}")
        self.language, self.name, self.concept_id = language, name, concept_id


class TooManyProposals(Busy):
    """As many proposals of the person wait as may at a time."""


class CannotMerge(Conflict):
    """A concept cannot be merged into this one; `fault` says why."""

    def __init__(self, fault: MergeFault) -> None:
        super().__init__("cannot_merge")
        self.fault = fault


@retried
def propose_concept(account: Account, slug: str, new: NewConcept) -> str:
    """Propose a concept for a facility; returns the key of the proposal.

    Raises:
        NameTaken: one of its names means another concept.
        NotFound: there is no such facility, or it is for others to change.
        TooManyProposals: `MOST_WAITING` of the person wait already.
    """
    facility_id = facility_id_by_slug(slug)
    with writing(facility_id) as now:
        locked(account.person_id)
        facility, _ = reread_with_account(account, facility_id, ChangedPart.FACTS)
        _check_names(new.names)
        waiting = db.session.scalar(
            sa.select(sa.func.count()).where(
                ConceptProposal.proposed_by_id == account.person_id,
                ConceptProposal.state == ProposalState.WAITING,
            )
        )
        if (waiting or 0) >= MOST_WAITING:
            raise TooManyProposals
        taken = {
            *present_vocabulary().concepts,
            *present_vocabulary().instead,
            *db.session.scalars(sa.select(ConceptProposal.concept_id)),
        }
        row = ConceptProposal(
            key=secrets.token_hex(16),
            concept_id=concept_id_of(fold(new.names[ENGLISH][0]), taken),
            facet=new.facet,
            names={one: list(names) for one, names in new.names.items() if names},
            broader=new.broader,
            source=new.source,
            facility_id=facility.id,
            proposed_by_id=account.person_id,
            proposed_at=now,
            state=ProposalState.WAITING,
            answer="",
        )
        db.session.add(row)
        record(
            Event.CONCEPT_PROPOSED,
            now=now,
            actor=account.person_id,
            facility=facility.id,
            after={"concept": row.concept_id},
        )
        admins = db.session.scalars(
            sa.select(Person.id).where(
                Person.is_active, ACTS_AS_ADMIN, Person.id != account.person_id
            )
        ).all()
        _tell(CatalogueEventKind.CONCEPT_PROPOSED, row.key, admins, now)
        return row.key


def _check_names(names: Mapping[str, Sequence[str]]) -> None:
    vocabulary = present_vocabulary()
    for language, own in names.items():
        for name in own:
            for concept_id in sorted(vocabulary.named(name, language)):
                raise NameTaken(language, name, concept_id)


@retried
def accept_concept(account: Account, key: str) -> None:
    """Make a proposal a concept of the vocabulary, and give it to its facility.

    Raises:
        Conflict: `answered`, somebody has answered it before.
        NameTaken: one of its names has come to mean another concept since.
        NotFound: there is none of this key.
    """
    with writing(_facility_of(key)) as now:
        row = _waiting(account, key)
        _check_names(row.names)
        _answer(row, ProposalState.ACCEPTED, account, now)
        _give([row.facility_id], row.concept_id, account, now)
        _log_and_tell(ProposalState.ACCEPTED, row, account, now)


@retried
def decline_concept(account: Account, key: str, why: str) -> None:
    """Decline a proposal, with a reason for who made it.

    Raises:
        Conflict: `answered`, somebody has answered it before.
        NotFound: there is none of this key.
    """
    with writing() as now:
        row = _waiting(account, key)
        row.answer = why
        _answer(row, ProposalState.DECLINED, account, now)
        _log_and_tell(ProposalState.DECLINED, row, account, now)


@retried
def merge_proposal(account: Account, key: str, into: str) -> None:
    """Answer a proposal with a concept that means the same; its facility gets that.

    Its names are names of the other one from now on, those that mean something else left out. A
    concept that was accepted is merged with `merge_service.merge_concepts`.

    Raises:
        CannotMerge: into what is no concept, or one that was merged itself.
        Conflict: `answered`, somebody has answered it before.
        NotFound: there is none of this key.
    """
    with writing(_facility_of(key)) as now:
        row = _waiting(account, key)
        if into not in present_vocabulary().concepts:
            raise CannotMerge(unknown_fault(into))
        row.merged_into = into
        _answer(row, ProposalState.MERGED, account, now)
        _give([row.facility_id], into, account, now)
        _log_and_tell(ProposalState.MERGED, row, account, now)


def unknown_fault(concept_id: str) -> MergeFault:
    """Return why nothing can be merged into what is no concept of the vocabulary."""
    is_merged = concept_id in present_vocabulary().instead
    return MergeFault.MERGED if is_merged else MergeFault.UNKNOWN


def _facility_of(key: str) -> int:
    found = db.session.scalar(
        sa.select(ConceptProposal.facility_id).where(ConceptProposal.key == key)
    )
    if found is None:
        raise NotFound("proposal")
    db.session.rollback()
    return found


def _row(account: Account, key: str) -> ConceptProposal:
    acting_admin_id(account)
    row = db.session.scalar(
        sa.select(ConceptProposal)
        .where(ConceptProposal.key == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound("proposal")
    return row


def _waiting(account: Account, key: str) -> ConceptProposal:
    row = _row(account, key)
    if row.state != ProposalState.WAITING:
        raise Conflict("answered")
    return row


def _answer(row: ConceptProposal, state: ProposalState, account: Account, now: datetime) -> None:
    row.state, row.answered_by_id, row.answered_at = state, account.person_id, now


def _give(facility_ids: Iterable[int], concept_id: str, account: Account, now: datetime) -> None:
    """Give facilities a concept, as if their owners had chosen it."""
    for facility_id in facility_ids:
        facility = db.session.get_one(Facility, facility_id, populate_existing=True)
        before = present_ids(facility.concepts or ())
        after = present_ids([*before, concept_id])
        if before == after:
            continue
        claim_change(
            target_facility(facility),
            ChangedPart.FACTS,
            now,
            person_id=account.person_id,
            seen=None,
            names=["concepts"],
        )
        record(
            Event.FACTS_CHANGED,
            now=now,
            actor=account.person_id,
            facility=facility_id,
            before={"concepts": before},
            after={"concepts": after},
        )
        facility.concepts = after
        mark_set_here(facility, ["concepts"])
        facility.revision += 1


def _log_and_tell(
    state: ProposalState, row: ConceptProposal, account: Account, now: datetime
) -> None:
    event, kind = _TOLD[state]
    record(
        event,
        now=now,
        actor=account.person_id,
        facility=row.facility_id,
        after={"concept": row.concept_id, "merged_into": row.merged_into},
    )
    if row.proposed_by_id is not None:
        _tell(kind, row.key, [row.proposed_by_id], now)


def tell_proposer(concept_id: str, into: str | None, now: datetime) -> None:
    """Tell who proposed a concept that another one takes its place; None: that it is back."""
    row = db.session.scalar(
        sa.select(ConceptProposal).where(
            ConceptProposal.concept_id == concept_id,
            ConceptProposal.state == ProposalState.ACCEPTED,
        )
    )
    if row is None:
        return
    row.merged_into = into
    if into is not None and row.proposed_by_id is not None:
        _tell(CatalogueEventKind.CONCEPT_MERGED, row.key, [row.proposed_by_id], now)


def _tell(kind: CatalogueEventKind, key: str, people: Sequence[int], now: datetime) -> None:
    if not people:
        return
    event = CatalogueEvent(kind=kind, reference=key, facility_ids=[], at=now)
    db.session.add(event)
    db.session.flush()
    told = [NewNotice(one, Audience.CATALOGUE, catalogue_event_id=event.id) for one in people]
    add_notices(told, choices_of(people), now)
