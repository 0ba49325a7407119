"""Reading proposed concepts: a person's own, and for administrators all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.concept_models import ConceptProposal
from booking.facilities.models import Facility
from booking.rules.concept_proposals import ProposalState


@dataclass(frozen=True)
class ShownProposal:
    """A proposed concept as pages show it; `proposed_by` is for administrators."""

    key: str
    concept_id: str
    facet: str
    names: Mapping[str, Sequence[str]]
    broader: str | None
    source: str
    facility_slug: str
    facility_name: str
    proposed_by: str | None
    proposed_at: datetime
    state: ProposalState
    merged_into: str | None
    answer: str


def proposals_of(person_id: int) -> Sequence[ShownProposal]:
    """Return what a person has proposed, the newest first."""
    return _shown(_rows().where(ConceptProposal.proposed_by_id == person_id))


def proposal_of(person_id: int, key: str) -> ShownProposal:
    """Return a proposal of a person.

    Raises:
        NotFound: there is none of this key, or it is another person's.
    """
    return _one(ConceptProposal.proposed_by_id == person_id, ConceptProposal.key == key)


def all_proposals() -> Sequence[ShownProposal]:
    """Return all proposals, those that wait first."""
    waits = sa.case((ConceptProposal.state == ProposalState.WAITING, 0), else_=1)
    return _shown(_rows().order_by(None).order_by(waits, ConceptProposal.id.desc()))


def proposal(key: str) -> ShownProposal:
    """Return a proposal, for an administrator.

    Raises:
        NotFound: there is none of this key.
    """
    return _one(ConceptProposal.key == key)


def _one(*conditions: sa.ColumnElement[bool]) -> ShownProposal:
    for found in _shown(_rows().where(*conditions)):
        return found
    raise NotFound("proposal")


def _rows() -> sa.Select[ConceptProposal, str, str, str | None]:
    return (
        sa.select(ConceptProposal, Facility.slug, Facility.name, Person.name)
        .join(Facility, Facility.id == ConceptProposal.facility_id)
        .outerjoin(Person, Person.id == ConceptProposal.proposed_by_id)
        .order_by(ConceptProposal.id.desc())
    )


def _shown(query: sa.Select[ConceptProposal, str, str, str | None]) -> list[ShownProposal]:
    return [
        ShownProposal(
            key=row.key,
            concept_id=row.concept_id,
            facet=row.facet,
            names=row.names,
            broader=row.broader,
            source=row.source,
            facility_slug=slug,
            facility_name=name,
            proposed_by=proposed_by,
            proposed_at=row.proposed_at,
            state=ProposalState(row.state),
            merged_into=row.merged_into,
            answer=row.answer,
        )
        for row, slug, name, proposed_by in db.session.execute(query)
    ]
