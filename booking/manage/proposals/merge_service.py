"""Merging concepts of the vocabulary, also those that the product brings, and undoing it."""

from booking.accounts.people_service import acting_admin_id
from booking.audit.recording import record
from booking.concepts.vocabulary import present_vocabulary
from booking.db.transactions import retried, writing
from booking.errors import Conflict, NotFound
from booking.extensions import db
from booking.facilities.concept_models import ConceptMerge
from booking.manage.proposals.service import CannotMerge, tell_proposer, unknown_fault
from booking.rules.audit_events import Event
from booking.rules.concept_proposals import MergeFault, merge_fault
from booking.rules.visibility import Account


def fault_of(concept_id: str, into: str) -> MergeFault | None:
    """Return why one concept cannot be merged into another one, or None.

    Raises:
        NotFound: the vocabulary has no concept of the first id.
    """
    concepts = present_vocabulary().concepts
    if concept_id not in concepts:
        raise NotFound("concept")
    if into not in concepts:
        return unknown_fault(into)
    if not (concepts[concept_id].can_be_merged and concepts[into].can_be_merged):
        return MergeFault.CODE
    return merge_fault(concept_id, into, {one.id: one.broader for one in concepts.values()})


@retried
def merge_concepts(account: Account, concept_id: str, into: str) -> None:
    """Let a concept take the place of another, wherever that stands, until it is undone.

    No row of a facility or plan is written: what has the one that went is read as having the other.
    Its names are names of the other one, and what was a kind of it is a kind of that.

    Raises:
        CannotMerge: into itself, into its own kind, into what is no concept, or codes.
        Conflict: `merged`, it was merged before.
        NotFound: there is no such concept.
    """
    with writing() as now:
        acting_admin_id(account)  # locks: administrators change the vocabulary one after the other
        if concept_id in present_vocabulary().instead:
            raise Conflict("merged")
        if (fault := fault_of(concept_id, into)) is not None:
            raise CannotMerge(fault)
        db.session.add(
            ConceptMerge(
                concept_id=concept_id,
                into_id=into,
                merged_by_id=account.person_id,
                merged_at=now,
            )
        )
        record(
            Event.CONCEPTS_MERGED,
            now=now,
            actor=account.person_id,
            after={"concept": concept_id, "merged_into": into},
        )
        tell_proposer(concept_id, into, now)


@retried
def undo_merge(account: Account, concept_id: str) -> None:
    """Bring a merged concept back; what had it has it again.

    Raises:
        NotFound: it is not merged.
    """
    with writing() as now:
        acting_admin_id(account)
        row = db.session.get(ConceptMerge, concept_id, populate_existing=True)
        if row is None:
            raise NotFound("merge")
        record(
            Event.CONCEPTS_PARTED,
            now=now,
            actor=account.person_id,
            before={"merged_into": row.into_id},
            after={"concept": concept_id},
        )
        db.session.delete(row)
        tell_proposer(concept_id, None, now)
