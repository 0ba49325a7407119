"""The table of messages."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.bookings.models import Booking, LogEntry
from booking.db.times import UTCDateTime
from booking.extensions import Model


class Message(Model):
    """What one side of a booking wrote to the other; never changed, but for its answer.

    Who wrote it, when and on which side says its line of the booking's log. A question of the
    owner stops the clock; then the row keeps the deadlines that it moved.
    """

    __tablename__ = "message"
    __table_args__ = (
        sa.CheckConstraint("is_question OR answered_at IS NULL", name="only_questions_answered"),
        sa.CheckConstraint("is_question OR answer_needed_by IS NULL", name="only_questions_wait"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id"), index=True)
    log_id: Mapped[int] = mapped_column(
        sa.ForeignKey("booking_log.id"), unique=True, comment="who wrote it, when, on which side"
    )
    text: Mapped[str] = mapped_column(sa.Text)
    is_question: Mapped[bool] = mapped_column(default=False, comment="it needs an answer")
    answer_needed_by: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="until then the clock stands still; None: it does not"
    )
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    due_before: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when the answer to the request was due before the clock stopped"
    )
    lapses_before: Mapped[dict[str, str]] = mapped_column(
        sa.JSON,
        default=dict,
        comment="when dates would have lapsed: UTC instants by occurrence id",
    )

    booking: Mapped[Booking] = relationship()
    entry: Mapped[LogEntry] = relationship()
