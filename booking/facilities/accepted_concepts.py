"""The vocabulary that holds: that of the file, the concepts accepted since, and what was merged.

It is kept in memory, by process and database, until something of it changes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import lru_cache
from typing import Any, NamedTuple

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
from booking.db.rows import read_rows
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


# What was proposed, in its order, and behind it what was merged.
_ROWS: sa.CompoundSelect[*tuple[Any, ...]] = sa.union_all(
    sa.select(
        ConceptProposal.id.label("place"),
        ConceptProposal.concept_id,
        ConceptProposal.merged_into,
        ConceptProposal.facet,
        sa.cast(ConceptProposal.names, sa.Text),
        ConceptProposal.broader,
        ConceptProposal.source,
        ConceptProposal.state,
    ).where(ConceptProposal.state.in_([ProposalState.ACCEPTED, ProposalState.MERGED])),
    sa.select(
        sa.null(),
        ConceptMerge.concept_id,
        ConceptMerge.into_id,
        *(sa.cast(sa.null(), sa.Text) for _ in range(5)),
    ),
).order_by("place")


def _read() -> Vocabulary:
    rows = read_rows(_ROWS)
    return _vocabulary(
        tuple(tuple(row[1:]) for row in rows if row.place is not None),
        tuple((row.concept_id, row.merged_into) for row in rows if row.place is None),
    )


class _Proposed(NamedTuple):
    """A concept that was proposed; `names` as text of JSON."""

    concept_id: str
    merged_into: str | None
    facet: str
    names: str
    broader: str | None
    source: str
    state: str


# Most changes of what is kept with it leave the vocabulary as it is: then it is the same object.
@lru_cache(maxsize=2)
def _vocabulary(
    proposed: tuple[tuple[Any, ...], ...], merges: tuple[tuple[Any, ...], ...]
) -> Vocabulary:
    rows = [_Proposed(*one) for one in proposed]
    # Names of a proposal that was merged and never accepted may mean something else by now.
    accepted = [row for row in rows if row.state == ProposalState.ACCEPTED]
    stated = {row.concept_id: json.loads(row.names) for row in rows}
    taken = {word for row in accepted for word in _words(stated[row.concept_id])}
    names_of = {row.concept_id: stated[row.concept_id] for row in accepted} | {
        row.concept_id: _without(stated[row.concept_id], taken)
        for row in rows
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
        for row in rows
    }
    into = {row.concept_id: row.merged_into for row in rows if row.merged_into} | dict(merges)
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
