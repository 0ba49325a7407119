"""Table: the organisations whose requests a facility confirms at once."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.extensions import Model


class AutomaticOrganisation(Model):
    """An organisation that the owner of a facility has named.

    It counts where `automatic_for` is `named`: for the facility and all below it, until one below
    names organisations of its own.
    """

    __tablename__ = "automatic_organisation"

    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organisation.id"), primary_key=True, index=True
    )
