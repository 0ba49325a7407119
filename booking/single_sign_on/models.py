"""Tables: what the last check of a provider found."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.db.times import UTCDateTime
from booking.extensions import Model


class ProviderCheck(Model):
    """The last check of a provider of the settings file, as it was stated then."""

    __tablename__ = "provider_check"

    provider_key: Mapped[str] = mapped_column(sa.String(30), primary_key=True)
    issuer: Mapped[str] = mapped_column(sa.String(255), comment="of the provider that was checked")
    checked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    found: Mapped[list[list[str]]] = mapped_column(
        sa.JSON, comment="each point, its verdict and values, as in rules/provider_checks"
    )
