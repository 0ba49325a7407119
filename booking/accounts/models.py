"""Tables: people, organisations, roles, absences, sign-ins, links, mails about accounts."""

import secrets
from datetime import UTC, date, datetime

import sqlalchemy as sa
from flask_login import UserMixin
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.clusters.models import Cluster
from booking.db.times import UTCDateTime
from booking.extensions import Model

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def new_key() -> str:
    """Return a random key, with which addresses and forms name a row without its number."""
    return secrets.token_hex(16)


#: A row made past the models has none, and a second one is refused.
_NO_KEY = sa.text("''")

#: The columns of facilities that roles need; the table belongs to a package above.
facility_table = sa.table(
    "facility",
    sa.column("id", sa.Integer),
    sa.column("cluster_id", sa.Integer),
    sa.column("slug", sa.String),
    sa.column("name", sa.String),
)


class Organisation(Model):
    """The organisation a person works for."""

    __tablename__ = "organisation"
    __table_args__ = (sa.Index("uq_organisation_key", "key", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(
        sa.String(32), default=new_key, server_default=_NO_KEY, comment="random, for addresses"
    )
    name: Mapped[str] = mapped_column(sa.String(120), unique=True)
    kind: Mapped[str] = mapped_column(
        sa.String(30), comment="sme, large, university, public_body, practitioner"
    )
    country: Mapped[str] = mapped_column(sa.String(2), comment="ISO 3166-1 alpha-2")
    home_cluster_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cluster.id"), index=True)
    website: Mapped[str] = mapped_column(sa.String(200), default="", server_default=sa.text("''"))
    billing_reference: Mapped[str] = mapped_column(
        sa.String(60),
        default="",
        server_default=sa.text("''"),
        comment="new requests begin with it",
    )
    billing_name: Mapped[str] = mapped_column(
        sa.String(120), default="", server_default=sa.text("''"), comment="who gets the invoices"
    )
    billing_email: Mapped[str] = mapped_column(
        sa.String(254), default="", server_default=sa.text("''"), comment="where the invoices go"
    )
    merged_into_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("organisation.id"),
        comment="what it was a duplicate of: its name is another name of that",
    )
    merged_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    home_cluster: Mapped[Cluster | None] = relationship()


class Person(UserMixin, Model):  # type: ignore[misc]  # Flask-Login has no types
    """A person with an account. Flask-Login identifies them by a `SignIn`, never by this id."""

    __tablename__ = "person"
    __table_args__ = (sa.Index("uq_person_key", "key", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(
        sa.String(32), default=new_key, server_default=_NO_KEY, comment="random, for addresses"
    )
    email: Mapped[str] = mapped_column(sa.String(254), unique=True, comment="lower case")
    name: Mapped[str] = mapped_column(sa.String(120))
    password_hash: Mapped[str | None] = mapped_column(sa.String(200), comment="argon2id")
    is_active: Mapped[bool] = mapped_column(default=True)
    is_admin: Mapped[bool] = mapped_column(default=False)
    time_zone: Mapped[str | None] = mapped_column(sa.String(60), comment="IANA name")
    language: Mapped[str] = mapped_column(
        sa.String(20),
        default="",
        server_default=sa.text("''"),
        comment="as Babel writes it; empty: what the browser asks for",
    )
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    # Of the present sign-in; not columns.
    sign_in_token = ""
    proved_at = LONG_AGO

    def get_id(self) -> str:
        """Return the value for the session cookie: the token of the sign-in, not the row id."""
        return self.sign_in_token


class Membership(Model):
    """A person works for an organisation, since when and until when; a person may for several.

    What has ended stays as a row. Triggers raise `rules_revision` with each change: who works for
    an organisation that competes with a booking does not decide on it.
    """

    __tablename__ = "membership"
    __table_args__ = (
        sa.Index(
            "uq_membership_person_id_organisation_id",
            "person_id",
            "organisation_id",
            unique=True,
            postgresql_where=sa.text("until IS NULL"),
            sqlite_where=sa.text("until IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(32), unique=True, comment="random, for forms")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    role: Mapped[str] = mapped_column(sa.String(20), comment="member, manager")
    since: Mapped[datetime] = mapped_column(UTCDateTime)
    until: Mapped[datetime | None] = mapped_column(UTCDateTime, comment="None: it has not ended")
    chosen: Mapped[bool] = mapped_column(
        default=False, comment="the person chose it last, so they sign in with it"
    )

    person: Mapped[Person] = relationship()
    organisation: Mapped[Organisation] = relationship()


class MembershipInvitation(Model):
    """A manager's invitation to work for an organisation, which belongs to one e-mail address.

    It ends when it is accepted, declined or withdrawn; what has only expired can be sent again.
    """

    __tablename__ = "membership_invitation"
    __table_args__ = (
        sa.Index(
            "uq_membership_invitation_organisation_id_email",
            "organisation_id",
            "email",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(32), unique=True, comment="random, for forms")
    token_hash: Mapped[str] = mapped_column(
        sa.String(64), unique=True, comment="SHA-256, of the newest link"
    )
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    email: Mapped[str] = mapped_column(
        sa.String(254), index=True, comment="whom it is for, lower case"
    )
    name: Mapped[str] = mapped_column(
        sa.String(120), comment="as typed by somebody who asked to join; empty: not known"
    )
    invited_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    invited_at: Mapped[datetime] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime, comment="when its newest link was made")
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ending: Mapped[str | None] = mapped_column(
        sa.String(20), comment="accepted, declined, withdrawn"
    )

    organisation: Mapped[Organisation] = relationship()
    invited_by: Mapped[Person] = relationship()


class SignIn(Model):
    """One signed-in browser, known by the token in its cookie. Deleting the row signs it out."""

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True, comment="SHA-256")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    proved_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when the person last proved who they are; None: long ago"
    )
    way: Mapped[str] = mapped_column(
        sa.String(20),
        default="password",
        server_default=sa.text("'password'"),
        comment="of the first step: password, link, passkey, single_sign_on",
    )
    second_factor: Mapped[str | None] = mapped_column(
        sa.String(20), comment="app, recovery_code, passkey, provider; None: there was none"
    )
    browser: Mapped[str] = mapped_column(sa.String(200), default="")
    address: Mapped[str] = mapped_column(
        sa.String(50),
        default="",
        server_default=sa.text("''"),
        comment="the network from which it began, so large that it names nobody",
    )
    organisation_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("organisation.id"),
        comment="for which the person works in this browser; None: they have not switched",
    )

    person: Mapped[Person] = relationship()


class FailedSignIn(Model):
    """One counted try, for `throttle`: a failed sign-in, a mail, a draft."""

    __tablename__ = "failed_sign_in"
    __table_args__ = (sa.Index("ix_failed_sign_in_key_failed_at", "key", "failed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), comment="HMAC of the e-mail or the address")
    failed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class OneTimeLink(Model):
    """A link with which a person sets a password once."""

    __tablename__ = "one_time_link"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True, comment="SHA-256")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    person: Mapped[Person] = relationship()


class EmailChange(Model):
    """A new e-mail address that a person wants to use, until its owner confirms it by a link."""

    __tablename__ = "email_change"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True, comment="SHA-256")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    email: Mapped[str] = mapped_column(sa.String(254), comment="the new one, lower case")
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)

    person: Mapped[Person] = relationship()


class AccountMail(Model):
    """A mail about an account that waits to be sent; the worker deletes it when that is done.

    Whether the address has an account is looked up when it is sent. The token of its link is
    worked out from `key` and the secret key, so the database holds none.
    """

    __tablename__ = "account_mail"
    __table_args__ = (sa.Index("ix_account_mail_mail_due_at", "mail_due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(
        sa.String(30),
        comment="reset, welcome, password_changed, confirm_email, email_changing, email_changed, "
        "invitation",
    )
    address: Mapped[str] = mapped_column(sa.String(254), comment="to which it goes, lower case")
    person_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person.id"), index=True, comment="None: by the address, when it is sent"
    )
    key: Mapped[str] = mapped_column(sa.String(64), unique=True, comment="random")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    mail_due_at: Mapped[datetime] = mapped_column(UTCDateTime, comment="when to try it next")
    mail_expires_at: Mapped[datetime] = mapped_column(
        UTCDateTime, comment="from when on it is too old"
    )
    mail_tries: Mapped[int] = mapped_column(default=0)
    mail_failed_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when it was given up; `flask mail resend` tries again"
    )

    person: Mapped[Person | None] = relationship()


class Role(Model):
    """A person has a role in a cluster, or for one of its facilities and all below that.

    What has ended stays as a row: `ended_at` says when it was taken away, `ends_at` when it ends
    by itself. `accounts.roles` has the conditions of those in force. Triggers raise
    `rules_revision` with each change.
    """

    __tablename__ = "role"
    __table_args__ = (
        sa.CheckConstraint(
            "(facility_id IS NOT NULL) = (kind IN ('approver', 'keeper'))", name="of_a_facility"
        ),
        sa.CheckConstraint("(last_day IS NULL) = (ends_at IS NULL)", name="ends_after_last_day"),
        sa.Index(
            "uq_role_person_id_kind_facility_id",
            "person_id",
            "kind",
            "facility_id",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL AND facility_id IS NOT NULL"),
            sqlite_where=sa.text("ended_at IS NULL AND facility_id IS NOT NULL"),
        ),
        sa.Index(
            "uq_role_person_id_kind_cluster_id",
            "person_id",
            "kind",
            "cluster_id",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL AND facility_id IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL AND facility_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(32), unique=True, comment="random, for forms")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(
        sa.String(20), comment="approver, keeper; coordinator, auditor"
    )
    cluster_id: Mapped[int] = mapped_column(
        sa.ForeignKey("cluster.id"), index=True, comment="also where it is for a facility of it"
    )
    facility_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("facility.id"), index=True, comment="approver, keeper: and all below it"
    )
    since: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="None: given before this was recorded"
    )
    given_by_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person.id"), comment="None: the operator, or not recorded"
    )
    reason: Mapped[str] = mapped_column(sa.Text, default="", comment="why it was given")
    last_day: Mapped[date | None] = mapped_column(comment="in the zone of the cluster, if it ends")
    ends_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, index=True, comment="the end of the last day"
    )
    ended_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when it was taken away; or ends_at, once that is over and noted"
    )
    ended_by_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person.id"), comment="None: the operator, or nobody"
    )
    end_reason: Mapped[str] = mapped_column(sa.Text, default="", comment="why it was taken away")

    person: Mapped[Person] = relationship(foreign_keys=person_id)
    given_by: Mapped[Person | None] = relationship(foreign_keys=given_by_id)
    ended_by: Mapped[Person | None] = relationship(foreign_keys=ended_by_id)
    cluster: Mapped[Cluster] = relationship()


class Absence(Model):
    """Days on which somebody who decides is away, the last one included.

    A day begins in the zone of each cluster by itself. Triggers raise `rules_revision` with each
    change, and `rules.absences` says what follows from it on which day.
    """

    __tablename__ = "absence"
    __table_args__ = (sa.CheckConstraint("first_day <= last_day", name="ends_after_start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date] = mapped_column(index=True)
    stand_in_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person.id"), comment="who decides meanwhile; None: nobody in their place"
    )
    entered_at: Mapped[datetime] = mapped_column(UTCDateTime)

    person: Mapped[Person] = relationship(foreign_keys=person_id)
    stand_in: Mapped[Person | None] = relationship(foreign_keys=stand_in_id)


class AccountRequest(Model):
    """A request for an account."""

    __tablename__ = "account_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(32), unique=True, comment="random, for addresses")
    email: Mapped[str] = mapped_column(sa.String(254))
    name: Mapped[str] = mapped_column(sa.String(120))
    organisation_name: Mapped[str] = mapped_column(sa.String(120))
    organisation_kind: Mapped[str] = mapped_column(sa.String(30))
    country: Mapped[str] = mapped_column(sa.String(2))
    home_cluster_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("cluster.id"), index=True, comment="None: the person does not know"
    )
    organisation_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("organisation.id"),
        comment="whose managers answer it, passed on by a coordinator; None: coordinators do",
    )
    message: Mapped[str] = mapped_column(sa.Text, default="")
    website: Mapped[str] = mapped_column(
        sa.String(200), default="", server_default=sa.text("''"), comment="of the organisation"
    )
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answer: Mapped[str | None] = mapped_column(sa.String(20), comment="let_in, declined")
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    joins_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("organisation.id"),
        index=True,
        comment="which nobody manages: its members may object",
    )
    announced_by_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person.id"), comment="the coordinator who approved it"
    )
    objections_until: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="from then on the person joins, if nobody objected"
    )
    objection: Mapped[str] = mapped_column(sa.Text, default="", server_default=sa.text("''"))
    objected_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    objected_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    home_cluster: Mapped[Cluster | None] = relationship()


class NameCheck(Model):
    """A new organisation whose name looks like that of another, until an administrator decides."""

    __tablename__ = "name_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(32), unique=True, comment="random, for forms")
    account_request_id: Mapped[int] = mapped_column(
        sa.ForeignKey("account_request.id", ondelete="CASCADE"), unique=True
    )
    name: Mapped[str] = mapped_column(sa.String(120))
    kind: Mapped[str] = mapped_column(
        sa.String(30), comment="sme, large, university, public_body, practitioner"
    )
    country: Mapped[str] = mapped_column(sa.String(2), comment="ISO 3166-1 alpha-2")
    home_cluster_id: Mapped[int] = mapped_column(sa.ForeignKey("cluster.id"))
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answer: Mapped[str | None] = mapped_column(sa.String(20), comment="allowed, refused")
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person.id"), comment="None: the operator, on the command line"
    )

    account_request: Mapped[AccountRequest] = relationship()
    home_cluster: Mapped[Cluster] = relationship()


class AccountLogEntry(Model):
    """One line of the log of accounts: who got or lost which right. Never changed or deleted."""

    __tablename__ = "account_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    actor_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person.id"), comment="None: the operator, on the command line"
    )
    event: Mapped[str] = mapped_column(
        sa.String(30),
        comment="joined, left, manager_named, manager_removed, join_request_passed_on, "
        "join_announced, approver_named, approver_removed, coordinator_named, "
        "coordinator_removed, stand_in_named, deactivated, "
        "keeper_named, keeper_removed, auditor_named, auditor_removed, merged, "
        "mistake_reported, mistake_corrected, mistake_kept",
    )
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("person.id"), index=True, comment="whose right it is"
    )
    organisation_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("organisation.id"), index=True, comment="the organisation that it concerns"
    )
    facility_id: Mapped[int | None] = mapped_column(sa.ForeignKey("facility.id"), index=True)
    cluster_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cluster.id"))
    told_ids: Mapped[list[int]] = mapped_column(
        sa.JSON, default=list, comment="the people who got an update about it"
    )

    person: Mapped[Person] = relationship(foreign_keys=person_id)
    actor: Mapped[Person | None] = relationship(foreign_keys=actor_id)
    organisation: Mapped[Organisation | None] = relationship()
