"""The table of questions whether the facts of facilities are still true."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.extensions import Model


class FactsQuestion(Model):
    """When the owner of a facility was last asked whether its facts are still true."""

    __tablename__ = "facts_question"

    facility_id: Mapped[int] = mapped_column(
        sa.ForeignKey("facility.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    asked_on: Mapped[date]
    reminded_on: Mapped[date | None] = mapped_column(comment="None: not since it was asked")
