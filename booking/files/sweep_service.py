"""Removing files that nothing shows any more."""

import sqlalchemy as sa

from booking.db import clock
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.files import storage
from booking.files.models import DraftFile, FacilityFile, StoredFile

#: Bytes removed in one run; the next goes on.
MOST_REMOVED = 2000


def sweep() -> int:
    """Remove bytes that no row names, and rows of files that nothing shows; return how many bytes.

    Bytes are spared for a day, as an upload stores them before their row.
    """
    _delete_rows()
    storage.bring_back()
    now = clock.now()
    named = frozenset(db.session.scalars(sa.select(StoredFile.sha256)))
    db.session.rollback()
    removed = 0
    for path in storage.unused(named, now):
        if removed == MOST_REMOVED:
            break
        removed += storage.remove(path, now)
    return removed


@retried
def _delete_rows() -> None:
    with writing() as now:
        shown = sa.or_(
            *(
                sa.exists().where(column == StoredFile.id)
                for model in (FacilityFile, DraftFile)
                for column in (model.file_id, model.small_id)
            )
        )
        old = StoredFile.put_at < now - storage.SPARED
        db.session.execute(
            sa.delete(StoredFile)
            .where(old, sa.not_(shown))
            .execution_options(synchronize_session=False)
        )
