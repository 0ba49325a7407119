"""The vocabulary that holds: that of the file, the concepts accepted since, and what was merged.

It is kept in memory, by process and database, until something of it changes.
"""

from collections.abc import Iterator, Mapping, Sequence, Set

import sqlalchemy as sa

from booking.concepts.normalise import LANGUAGES
from booking.concepts.vocabulary import (
    SHIPPED,
    Concept,
    Facet,
    Vocabulary,
    name_keys,
    spellings,
    with_merges,
)
from booking.db.snapshot import known_in_transaction, looked_up
from booking.extensions import db
from booking.facilities.concept_models import ConceptMerge, ConceptProposal
from booking.facilities.terms_cache import cached
from booking.rules.concept_proposals import ProposalState

_NAME = "vocabulary"


def vocabulary_now() -> Vocabulary:
    """Return the vocabulary as it is in this transaction. No statement where nothing changed."""
    found: Vocabulary | None = looked_up(_NAME)
    if found is None:
        db.session.connection()  # begins the transaction that is asked for what it knows
        found = known_in_transaction()[_NAME] = cached(_NAME, _read)
    return found


_PROPOSED = (
    sa.select(
        ConceptProposal.concept_id,
        ConceptProposal.facet,
        ConceptProposal.names,
        ConceptProposal.broader,
        ConceptProposal.source,
        ConceptProposal.state,
        ConceptProposal.merged_into,
    )
    .where(ConceptProposal.state.in_([ProposalState.ACCEPTED, ProposalState.MERGED]))
    .order_by(ConceptProposal.id)
)
_MERGES = sa.select(ConceptMerge.concept_id, ConceptMerge.into_id).order_by(
    ConceptMerge.merged_at, ConceptMerge.concept_id
)


def _read() -> Vocabulary:
    proposed = db.session.execute(_PROPOSED).all()
    # Names of a proposal that was merged and never accepted may mean something else by now.
    accepted = [row for row in proposed if row.state == ProposalState.ACCEPTED]
    taken = {word for row in accepted for word in _words(row.names)}
    names_of = {row.concept_id: row.names for row in accepted} | {
        row.concept_id: _without(row.names, taken)
        for row in proposed
        if row.state == ProposalState.MERGED
    }
    concepts = {
        row.concept_id: Concept(
            id=row.concept_id,
            facet=Facet(row.facet),
            names={one: tuple(names_of[row.concept_id].get(one, ())) for one in LANGUAGES},
            broader=(row.broader,) if row.broader else (),
            stated_source=row.source,
        )
        for row in proposed
    }
    into = {row.concept_id: row.merged_into for row in proposed if row.merged_into}
    into |= {row.concept_id: row.into_id for row in db.session.execute(_MERGES)}
    if not concepts and not into:
        return SHIPPED
    return with_merges({**SHIPPED.concepts, **concepts}, into)


def _words(names: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield each name in the forms in which it is compared, with its language."""
    for language, own in names.items():
        for name in own:
            for folded in spellings(name):
                for key in name_keys(folded, language):
                    yield language, key


def _without(
    names: Mapping[str, Sequence[str]], taken: Set[tuple[str, str]]
) -> dict[str, list[str]]:
    """Return the names that mean nothing else."""
    return {
        language: [
            name
            for name in own
            if not SHIPPED.named(name, language) and taken.isdisjoint(_words({language: [name]}))
        ]
        for language, own in names.items()
    }
