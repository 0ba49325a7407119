"""The vocabulary that holds: that of the file, and the concepts accepted since.

It is kept in memory, by process and database, until something of it changes.
"""

import sqlalchemy as sa

from booking.concepts.normalise import LANGUAGES
from booking.concepts.vocabulary import SHIPPED, Concept, Facet, Vocabulary
from booking.db.snapshot import known_in_transaction, looked_up
from booking.extensions import db
from booking.facilities.concept_models import ConceptProposal
from booking.facilities.terms_cache import cached
from booking.rules.concept_proposals import ProposalState

_NAME = "vocabulary"


def vocabulary_now() -> Vocabulary:
    """Return the vocabulary as it is in this transaction. At most one statement in each."""
    found: Vocabulary | None = looked_up(_NAME)
    if found is None:
        db.session.connection()  # begins the transaction that is asked for what it knows
        found = known_in_transaction()[_NAME] = cached(_NAME, _read)
    return found


def _read() -> Vocabulary:
    rows = db.session.execute(
        sa.select(
            ConceptProposal.concept_id,
            ConceptProposal.facet,
            ConceptProposal.names,
            ConceptProposal.broader,
            ConceptProposal.source,
        )
        .where(ConceptProposal.state == ProposalState.ACCEPTED)
        .order_by(ConceptProposal.id)
    ).all()
    accepted = {
        concept_id: Concept(
            id=concept_id,
            facet=Facet(facet),
            names={one: tuple(names.get(one, ())) for one in LANGUAGES},
            broader=(broader,) if broader else (),
            stated_source=source,
        )
        for concept_id, facet, names, broader, source in rows
    }
    return Vocabulary({**SHIPPED.concepts, **accepted}) if accepted else SHIPPED
