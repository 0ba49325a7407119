"""Table: the revision number of terms, hours, tree and deciders, for `terms_cache`."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.extensions import Model


class RulesRevision(Model):
    """The one row with the number. Only database triggers write it (migration 0003)."""

    __tablename__ = "rules_revision"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(sa.BigInteger)
