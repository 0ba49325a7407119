"""Notices, each a message to one person about one change, and how people get them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.accounts.models import AccountLogEntry, Person
from booking.alerts.models import FreeTimeAlert
from booking.bookings.models import Booking
from booking.db.json_types import JSONOrEmpty
from booking.db.times import UTCDateTime
from booking.enquiries.models import EnquiryMessage
from booking.extensions import Model
from booking.news.models import News


class Notice(Model):
    """A message to a person about one change, written in the transaction of the change.

    It is about one line of a booking's log, or of the log of accounts, about one message of an
    enquiry, about a time that has become free, about something in the catalogue, or about news.
    """

    __tablename__ = "notice"
    __table_args__ = (
        sa.CheckConstraint(
            "CASE WHEN log_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN account_log_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN enquiry_message_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN free_time_alert_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN catalogue_event_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN news_id IS NULL THEN 0 ELSE 1 END = 1",
            name="about_one_line",
        ),
        sa.CheckConstraint("(log_id IS NULL) = (booking_id IS NULL)", name="booking_of_line"),
        sa.UniqueConstraint("person_id", "log_id"),
        sa.UniqueConstraint("person_id", "account_log_id"),
        sa.UniqueConstraint("person_id", "enquiry_message_id"),
        sa.UniqueConstraint("person_id", "free_time_alert_id"),
        sa.UniqueConstraint("person_id", "catalogue_event_id"),
        sa.UniqueConstraint("person_id", "news_id"),
        sa.Index("ix_notice_person_id_read_at", "person_id", "read_at"),
        sa.Index("ix_notice_mail_due_at", "mail_due_at"),
        sa.Index(
            "ix_notice_mail_failed_at",
            "mail_failed_at",
            postgresql_where=sa.text("mail_failed_at IS NOT NULL"),
            sqlite_where=sa.text("mail_failed_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    booking_id: Mapped[int | None] = mapped_column(sa.ForeignKey("booking.id"), index=True)
    log_id: Mapped[int | None] = mapped_column(sa.ForeignKey("booking_log.id"), index=True)
    account_log_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account_log.id"), index=True)
    enquiry_message_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("enquiry_message.id"), index=True
    )
    free_time_alert_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("free_time_alert.id"), index=True
    )
    catalogue_event_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("catalogue_event.id"), index=True
    )
    news_id: Mapped[int | None] = mapped_column(sa.ForeignKey("news.id"), index=True)
    side: Mapped[str] = mapped_column(
        sa.String(12), comment="as whom the person is told: requester, owner, admin, member"
    )
    after: Mapped[str | None] = mapped_column(
        sa.String(20), comment="state of the dates by this change; None: about no booking"
    )
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    mail_due_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when to try the mail next; None: sent, or nothing to send"
    )
    mail_expires_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="from when on the mail is too old; None: a day after the change"
    )
    mail_tries: Mapped[int] = mapped_column(default=0)
    mail_failed_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when the last try failed; `flask mail resend` tries again"
    )
    in_digest: Mapped[bool] = mapped_column(
        default=False,
        server_default=sa.false(),
        comment="mailed with all others of its person that are due, in one mail",
    )

    person: Mapped[Person] = relationship()
    booking: Mapped[Booking | None] = relationship()
    account_log: Mapped[AccountLogEntry | None] = relationship()
    enquiry_message: Mapped[EnquiryMessage | None] = relationship()
    free_time_alert: Mapped[FreeTimeAlert | None] = relationship()
    catalogue_event: Mapped["CatalogueEvent | None"] = relationship()
    news: Mapped[News | None] = relationship()


class CatalogueEvent(Model):
    """Something about the catalogue of which people are told."""

    __tablename__ = "catalogue_event"
    __table_args__ = (sa.Index("ix_catalogue_event_kind_reference", "kind", "reference"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    reference: Mapped[str] = mapped_column(
        sa.String(80), comment="what it is about: the key of a saved search"
    )
    facility_ids: Mapped[list[int]] = mapped_column(
        JSONOrEmpty(list), nullable=True, default=list, comment="new ones; may have gone since"
    )
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class UpdateSettings(Model):
    """How a person gets updates; without a row all are mailed at once.

    The columns of deliveries are named after the kinds, and hold at_once, digest or never.
    """

    __tablename__ = "update_settings"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    to_decide: Mapped[str] = mapped_column(sa.String(10))
    answers: Mapped[str] = mapped_column(sa.String(10))
    messages: Mapped[str] = mapped_column(sa.String(10))
    reminders: Mapped[str] = mapped_column(sa.String(10))
    cluster: Mapped[str] = mapped_column(sa.String(10), comment="accounts and the like")
    catalogue: Mapped[str] = mapped_column(
        sa.String(10),
        default="at_once",
        server_default="at_once",
        comment="new facilities",
    )
    every_step: Mapped[bool] = mapped_column(
        comment="as coordinator, also of what approvers can decide"
    )
    details: Mapped[bool] = mapped_column(comment="mails have the titles of requests")
    invitations: Mapped[bool] = mapped_column(
        default=False,
        server_default=sa.false(),
        comment="confirmed dates also come as invitations, for calendar programs",
    )


class Invitation(Model):
    """That a person gets invitations to one date, which their calendar program keeps up to date.

    One row for each event of a calendar: a date that replaces another goes on with its row. What
    is mailed is worked out when it is sent, from the date as it is then.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "event_uid"),
        sa.Index("ix_invitation_mail_due_at", "mail_due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    event_uid: Mapped[str] = mapped_column(sa.String(40), comment="UID in feeds, without host")
    in_calendar: Mapped[bool] = mapped_column(
        default=False,
        comment="the reader's calendar may have it: an invitation was tried, none taken back",
    )
    sent_sequence: Mapped[int | None] = mapped_column(
        comment="SEQUENCE of the last mail that was sent; None: none yet"
    )
    mail_due_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when to try the mail next; None: sent, or nothing to send"
    )
    mail_expires_at: Mapped[datetime] = mapped_column(
        UTCDateTime, comment="from when on the mail is too old"
    )
    mail_tries: Mapped[int] = mapped_column(default=0)
    mail_failed_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when the last try failed; `flask mail resend` tries again"
    )

    person: Mapped[Person] = relationship()


class MailState(Model):
    """The one row that says whether mail is paused, and in which database it was written."""

    __tablename__ = "mail_state"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    paused_at: Mapped[datetime | None] = mapped_column(UTCDateTime, comment="None: not paused")
    restored: Mapped[bool] = mapped_column(
        default=False,
        server_default=sa.false(),
        comment="paused because the database was restored, not by the operator",
    )
    table_oid: Mapped[int | None] = mapped_column(
        sa.BigInteger,
        comment="of this table on PostgreSQL, where a restored table has another one",
    )
    paused_by_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person.id"), comment="None: nobody, or the operator on the command line"
    )

    paused_by: Mapped[Person | None] = relationship()


class WorkerState(Model):
    """The one row that says when a worker did its last round."""

    __tablename__ = "worker_state"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime, comment="None: there was none")


class ArrivalReminder(Model):
    """That people were reminded of a date that takes place soon; at most once for each date."""

    __tablename__ = "arrival_reminder"

    occurrence_id: Mapped[int] = mapped_column(
        sa.ForeignKey("occurrence.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    reminded_at: Mapped[datetime] = mapped_column(UTCDateTime)
