"""The details of a request, declared once: as a value and as columns."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column


@dataclass(frozen=True)
class RequestDetails:
    """What a requester says about their plans; all dates of a request share it.

    The form fills it in, pages show it, `BookingRequest.details` stores it. A field that not
    every form has needs a default here. `activity` is a code of `wording.words.ACTIVITIES`.
    `people` None: not stated. `hazards_note` says which hazards; empty if there are none.
    `billing_reference` is the requester's own, for the invoice; empty if there is none.
    """

    title: str
    purpose: str
    activity: str
    people: int | None = None
    hazards: bool = False
    hazards_note: str = ""
    billing_reference: str = ""


class DetailsColumns:
    """The columns of `booking_request` that hold `RequestDetails`, each by its field's name."""

    title: Mapped[str] = mapped_column(sa.String(120))
    purpose: Mapped[str] = mapped_column(sa.Text)
    activity: Mapped[str] = mapped_column(sa.String(30))
    people: Mapped[int | None]
    hazards: Mapped[bool] = mapped_column(default=False)
    hazards_note: Mapped[str] = mapped_column(sa.Text, default="")
    billing_reference: Mapped[str] = mapped_column(
        sa.String(60),
        default="",
        server_default=sa.text("''"),
        comment="the requester's own, for the invoice",
    )
