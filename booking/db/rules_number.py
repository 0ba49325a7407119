"""The number that triggers raise with every change of terms, hours, tree or deciders.

What is kept in memory under this number holds as long as the number does. One transaction reads
it once.
"""

import sqlalchemy as sa

from booking.db.revision_models import RulesRevision
from booking.db.rows import read_rows
from booking.db.snapshot import is_writing, known_in_transaction
from booking.extensions import db

#: The number, as a column of another query. Say with `note_rules_number` what was read.
RULES_NUMBER = sa.select(RulesRevision.number).scalar_subquery()
_PRESENT = sa.select(RulesRevision.number)
_NAME = "rules_number"


def rules_number() -> int | None:
    """Return the number that holds in this transaction, None if it may change.

    A writing transaction may change rules itself, and be rolled back; it has a number only if it
    has read one of `held_rules`.
    """
    known = known_in_transaction()
    if _NAME not in known:
        if is_writing():
            return None
        (row,) = read_rows(_PRESENT)
        note_rules_number(row.number)
    number: int | None = known_in_transaction()[_NAME]
    return number


def note_rules_number(number: int | None) -> None:
    """Remember the number that this transaction has read and that holds until it ends."""
    known_in_transaction()[_NAME] = number


def held_rules() -> sa.Subquery:
    """Return the number as a table that keeps rules from changing until the transaction ends.

    Whoever reads it notes it (`note_rules_number`). Only for a transaction that changes no rules
    itself and has all its other locks: who changes rules waits for it. On SQLite the writing
    transaction keeps everybody else from writing.
    """
    return sa.select(RulesRevision.number).with_for_update(read=True).subquery()


def hold_rules() -> None:
    """Keep rules from changing until this transaction ends, once it has its other locks.

    For one that locks more than trees; all others are `writing_by_rules`. As there, the transaction
    changes no rules itself.
    """
    note_rules_number(db.session.scalar(sa.select(RulesRevision.number).with_for_update(read=True)))


def claim_rules() -> None:
    """Keep everybody else from changing rules, or deciding by them, until this transaction ends.

    For one that checks the rules of many trees and then changes them itself. It must ask for no
    tree: who changes rules has locked theirs before.
    """
    db.session.execute(sa.select(RulesRevision.number).with_for_update())
