"""Reading what a merge of two concepts would change, and what has been merged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.concepts.vocabulary import CONCEPTS, Concept, present_ids, present_vocabulary
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.concept_models import ConceptMerge
from booking.facilities.listed import ListedFacility, listed_facilities
from booking.plans.models import FacilityPlan
from booking.saved.models import SavedSearch


@dataclass(frozen=True)
class ConceptUse:
    """Where a concept stands, which a merge would change, and its names.

    `facilities` have it itself, by name; `narrower` are the ids of what is a kind of it.
    """

    concept: Concept
    facilities: Sequence[ListedFacility]
    plans: int
    searches: int
    narrower: Sequence[str]
    names: Sequence[str]


@dataclass(frozen=True)
class ShownMerge:
    """A merged concept: what has its place, and who merged it; None: a former administrator."""

    concept_id: str
    into_id: str
    merged_by: str | None
    merged_at: datetime


def use_of(concept_id: str) -> ConceptUse:
    """Return where a concept stands.

    Raises:
        NotFound: the vocabulary has none of this id.
    """
    concept = CONCEPTS.get(concept_id)
    if concept is None:
        raise NotFound("concept")
    plans = db.session.scalars(sa.select(FacilityPlan.concepts))
    # The text only narrows it down: it may stand in words that were searched for.
    queries = db.session.scalars(
        sa.select(SavedSearch.query).where(SavedSearch.query.contains(concept_id, autoescape=True))
    )
    return ConceptUse(
        concept,
        [one for one in listed_facilities().values() if concept_id in one.concepts],
        sum(concept_id in present_ids(one) for one in plans),
        sum((concept.facet.value, concept_id) in parse_qsl(one) for one in queries),
        [one.id for one in CONCEPTS.values() if concept_id in one.broader],
        [name for _, name, _ in concept.words()],
    )


def new_names(concept_id: str, into: str) -> Sequence[str]:
    """Return the names that the second concept gets from the first, each once."""
    has = {(language, name) for language, name, _ in CONCEPTS[into].words()}
    words = CONCEPTS[concept_id].words()
    return list(dict.fromkeys(name for language, name, _ in words if (language, name) not in has))


def merge_of(concept_id: str) -> ShownMerge | None:
    """Return how a concept was merged, None if it was not, or only proposed."""
    return next(iter(_merges(ConceptMerge.concept_id == concept_id)), None)


def all_merges() -> Sequence[ShownMerge]:
    """Return all merged concepts, the last one first."""
    return _merges()


def _merges(*conditions: sa.ColumnElement[bool]) -> Sequence[ShownMerge]:
    instead = present_vocabulary().instead
    rows = db.session.execute(
        sa.select(ConceptMerge, Person.name)
        .outerjoin(Person, Person.id == ConceptMerge.merged_by_id)
        .where(*conditions)
        .order_by(ConceptMerge.merged_at.desc(), ConceptMerge.concept_id)
    )
    return [
        ShownMerge(
            row.concept_id, instead.get(row.concept_id, row.into_id), merged_by, row.merged_at
        )
        for row, merged_by in rows
    ]
