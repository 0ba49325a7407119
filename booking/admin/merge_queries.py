"""What merging a duplicate into an organisation would do: people, counts, and no bookings."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from booking.accounts.memberships import CURRENT
from booking.accounts.models import (
    AccountRequest,
    Membership,
    MembershipInvitation,
    Organisation,
    Person,
    Role,
)
from booking.accounts.role_service import DECIDING
from booking.accounts.roles import IN_FORCE
from booking.alerts.models import FreeTimeAlert
from booking.availability.quota_usage import newly_exceeded
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.bookings.set_aside_models import SetAsideOrganisation
from booking.enquiries.models import Enquiry
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.facilities.automatic_models import AutomaticOrganisation
from booking.feeds.models import Feed
from booking.rules.lifecycle import FIRM, OPEN
from booking.rules.visibility import MembershipRole


@dataclass(frozen=True)
class MovingPerson:
    """Somebody who works for the duplicate; `works_there`: for the other one, too."""

    name: str
    email: str
    is_manager: bool
    works_there: bool


@dataclass(frozen=True)
class MergeCounts:
    """How much moves, how much of it ends or joins what is there, and what it leads to.

    `competing` are dates of the duplicate that are open or agreed while the other one has such a
    date there, too; `exceeded` are quotas that only both together exceed; `deciders` are people of
    either who decide on facilities, and so are kept from what competes with the other one.
    """

    former: int
    requests: int
    confidential: int
    bookings: int
    invitations: int
    invitations_ending: int
    joining: int
    links: int
    alerts: int
    enquiries: int
    enquiries_joining: int
    set_aside: int
    at_once: int
    competing: int
    exceeded: int
    deciders: int


@dataclass(frozen=True)
class MergePreview:
    """What merging would do; `version` differs as soon as any of it does."""

    key: str
    name: str
    kind: str
    country: str
    people: Sequence[MovingPerson]
    counts: MergeCounts
    version: str


def merge_preview(key: str, name: str, now: datetime) -> MergePreview:
    """Return what merging the organisation of exactly this name into that with the key would do.

    Raises:
        NotFound: there is none with this key, or it was merged itself.
        Invalid: `name` is `unknown`, `itself`, or `merged` into another one before.
    """
    kept = standing(key)
    duplicate = (
        db.session.scalar(sa.select(Organisation).where(Organisation.name == name))
        if "\0" not in name
        else None
    )
    if duplicate is None:
        raise Invalid("name", "unknown")
    if duplicate.id == kept.id:
        raise Invalid("name", "itself")
    if duplicate.merged_into_id is not None:
        raise Invalid("name", "merged")
    return preview_of(kept, duplicate, now)


def standing(key: str) -> Organisation:
    """Return the organisation with this key.

    Raises:
        NotFound: there is none, or it was merged into another one.
    """
    found = db.session.scalar(
        sa.select(Organisation).where(
            Organisation.key == key, Organisation.merged_into_id.is_(None)
        )
    )
    if found is None or not key:
        raise NotFound("organisation")
    return found


def preview_of(kept: Organisation, duplicate: Organisation, now: datetime) -> MergePreview:
    """Return what merging a duplicate into an organisation would do."""
    people, keys = _people(kept.id, duplicate.id)
    counts = _counts(kept.id, duplicate.id, now)
    seen = [kept.key, duplicate.key, *keys]
    seen += [str(getattr(counts, field.name)) for field in fields(MergeCounts)]
    return MergePreview(
        key=duplicate.key,
        name=duplicate.name,
        kind=duplicate.kind,
        country=duplicate.country,
        people=people,
        counts=counts,
        version=hashlib.sha256("\n".join(seen).encode()).hexdigest()[:16],
    )


def _people(kept_id: int, duplicate_id: int) -> tuple[list[MovingPerson], list[str]]:
    there = sa.select(Membership.person_id).where(Membership.organisation_id == kept_id, CURRENT)
    rows = db.session.execute(
        sa.select(
            Person.name,
            Person.email,
            Membership.role,
            Membership.person_id.in_(there).label("works_there"),
            Membership.key,
        )
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id == duplicate_id, CURRENT)
        .order_by(Person.name, Person.id)
    ).all()
    people = [
        MovingPerson(row.name, row.email, row.role == MembershipRole.MANAGER, bool(row.works_there))
        for row in rows
    ]
    return people, [f"{row.key} {row.role} {row.works_there}" for row in rows]


def _counts(kept_id: int, duplicate_id: int, now: datetime) -> MergeCounts:
    of_duplicate = BookingRequest.organisation_id == duplicate_id
    waiting = sa.and_(
        MembershipInvitation.organisation_id == duplicate_id,
        MembershipInvitation.ended_at.is_(None),
    )
    asked = sa.select(Enquiry.facility_id).where(Enquiry.organisation_id == kept_id)
    found = db.session.execute(
        sa.select(
            _count(
                Membership.person_id.distinct(),
                Membership.organisation_id == duplicate_id,
                Membership.until.is_not(None),
            ).label("former"),
            _count(BookingRequest.id, of_duplicate).label("requests"),
            _count(BookingRequest.id, of_duplicate, BookingRequest.is_confidential).label(
                "confidential"
            ),
            sa.select(sa.func.count(Booking.id))
            .join(BookingRequest, BookingRequest.id == Booking.request_id)
            .where(of_duplicate)
            .scalar_subquery()
            .label("bookings"),
            _count(MembershipInvitation.id, waiting).label("invitations"),
            _count(
                MembershipInvitation.id,
                waiting,
                sa.func.lower(MembershipInvitation.email).in_(taken_addresses(kept_id)),
            ).label("invitations_ending"),
            _count(
                AccountRequest.id,
                sa.or_(
                    AccountRequest.organisation_id == duplicate_id,
                    AccountRequest.joins_id == duplicate_id,
                ),
                AccountRequest.answer.is_(None),
            ).label("joining"),
            _count(Feed.id, Feed.organisation_id == duplicate_id, Feed.revoked_at.is_(None)).label(
                "links"
            ),
            _count(
                FreeTimeAlert.id,
                FreeTimeAlert.organisation_id == duplicate_id,
                FreeTimeAlert.told_at.is_(None),
            ).label("alerts"),
            _count(Enquiry.id, Enquiry.organisation_id == duplicate_id).label("enquiries"),
            _count(
                Enquiry.id,
                Enquiry.organisation_id == duplicate_id,
                Enquiry.facility_id.in_(asked),
            ).label("enquiries_joining"),
            _count(
                SetAsideOrganisation.set_aside_id,
                SetAsideOrganisation.organisation_id == duplicate_id,
            ).label("set_aside"),
            _count(
                AutomaticOrganisation.facility_id,
                AutomaticOrganisation.organisation_id == duplicate_id,
            ).label("at_once"),
            _competing(kept_id, duplicate_id, now).label("competing"),
            sa.select(sa.func.count(Role.person_id.distinct()))
            .join(Membership, Membership.person_id == Role.person_id)
            .where(
                Membership.organisation_id.in_([kept_id, duplicate_id]),
                CURRENT,
                IN_FORCE,
                Role.kind.in_(sorted(DECIDING)),
            )
            .scalar_subquery()
            .label("deciders"),
        )
    ).one()
    return MergeCounts(**found._asdict(), exceeded=newly_exceeded(kept_id, duplicate_id, now))


def _count(column: Any, *conditions: Any) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count(column)).where(*conditions).scalar_subquery()


def addresses_there(organisation_id: int) -> sa.Select[str]:
    """Return the addresses of those who work for an organisation, as a query."""
    return (
        sa.select(Person.email)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == organisation_id, CURRENT)
    )


def taken_addresses(organisation_id: int) -> sa.CompoundSelect[Any]:
    """Return the addresses that work for an organisation or are invited to it, as a query."""
    return sa.union(
        addresses_there(organisation_id),
        sa.select(MembershipInvitation.email).where(
            MembershipInvitation.organisation_id == organisation_id,
            MembershipInvitation.ended_at.is_(None),
        ),
    )


def _competing(kept_id: int, duplicate_id: int, now: datetime) -> sa.ScalarSelect[int]:
    other, other_booking, other_request = (
        aliased(Occurrence),
        aliased(Booking),
        aliased(BookingRequest),
    )
    states = sorted(OPEN | FIRM)
    return (
        sa.select(sa.func.count(Occurrence.id.distinct()))
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .join(
            other,
            sa.and_(
                other.facility_id == Occurrence.facility_id,
                other.starts_at < Occurrence.ends_at,
                other.ends_at > Occurrence.starts_at,
            ),
        )
        .join(other_booking, other_booking.id == other.booking_id)
        .join(other_request, other_request.id == other_booking.request_id)
        .where(
            BookingRequest.organisation_id == duplicate_id,
            other_request.organisation_id == kept_id,
            Occurrence.state.in_(states),
            other.state.in_(states),
            Occurrence.ends_at > now,
        )
        .scalar_subquery()
    )
