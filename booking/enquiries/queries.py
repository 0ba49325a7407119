"""Reading enquiries: as the organisation that asked, and as those who answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.models import Organisation, Person
from booking.bookings.decision_scope import decision_scope
from booking.clusters.models import Cluster
from booking.db.in_ids import in_ids
from booking.enquiries.deciding import EnquiryDeciders
from booking.enquiries.models import Enquiry, EnquiryMessage
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.models import Facility
from booking.rules.lifecycle import Side
from booking.rules.references import parse_reference
from booking.rules.visibility import Viewer, may_decide, may_write_as

#: Lists show so many enquiries.
MOST_LISTED = 100


@dataclass(frozen=True)
class ListedEnquiry:
    """One enquiry in a list; `zone` is the facility's. `is_answered`: the owner wrote last."""

    reference: str
    facility_id: int
    facility_slug: str
    facility_name: str
    cluster_name: str
    country: str
    zone: ZoneInfo
    organisation_id: int
    organisation_name: str
    asked_by_id: int
    last_message_at: datetime
    is_answered: bool


@dataclass(frozen=True)
class EnquiryLine:
    """One message."""

    id: int
    at: datetime
    side: Side
    author_id: int
    author: str
    text: str


@dataclass(frozen=True)
class EnquiryPage:
    """One enquiry with its messages, oldest first."""

    about: ListedEnquiry
    messages: tuple[EnquiryLine, ...]


def find_enquiry(reference: str) -> Enquiry:
    """Return the row of an enquiry, as it is stored now.

    Raises:
        NotFound: there is none of this reference.
    """
    found = db.session.scalar(
        sa.select(Enquiry)
        .where(Enquiry.reference == (parse_reference(reference) or ""))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("enquiry")
    return found


def organisation_asking(reference: str) -> int | None:
    """Return the id of the organisation that asked an enquiry, None if there is no such enquiry.

    It says nothing of the right to know it.
    """
    return db.session.scalar(
        sa.select(Enquiry.organisation_id).where(Enquiry.reference == parse_reference(reference))
    )


def enquiry_of(viewer: Viewer, facility_id: int) -> str | None:
    """Return the reference of what the viewer's organisation asked about a facility, or None."""
    return db.session.scalar(
        sa.select(Enquiry.reference).where(
            Enquiry.organisation_id == viewer.organisation_id, Enquiry.facility_id == facility_id
        )
    )


def sent_enquiries(viewer: Viewer) -> Sequence[ListedEnquiry]:
    """Return what the viewer's organisation asked, the latest message first. One statement."""
    if not viewer.signed_in or viewer.organisation_id is None:
        return ()
    rows = db.session.execute(
        _listed()
        .where(Enquiry.organisation_id == viewer.organisation_id)
        .order_by(Enquiry.last_message_at.desc(), Enquiry.id.desc())
        .limit(MOST_LISTED)
    )
    return [_line(row) for row in rows]


def received_enquiries(viewer: Viewer, now: datetime) -> Sequence[ListedEnquiry]:
    """Return what the viewer may answer: first what waits longest, then the latest answered.

    A constant number of statements.
    """
    if not viewer.approves and not viewer.coordinates:
        return ()
    around = decision_scope(viewer).around
    rows = db.session.execute(
        _listed()
        .where(in_ids(Enquiry.facility_id, around))
        .order_by(Enquiry.is_answered, Enquiry.last_message_at, Enquiry.id)
    )
    lines = _answerable(viewer, [_line(row) for row in rows], now)
    waiting = [line for line in lines if not line.is_answered]
    answered = [line for line in reversed(lines) if line.is_answered]
    return [*waiting, *answered][:MOST_LISTED]


def count_to_answer(viewer: Viewer, now: datetime) -> int:
    """Return how many enquiries wait for an answer of the viewer's side.

    A constant number of statements, one where nothing waits.
    """
    if not viewer.approves and not viewer.coordinates:
        return 0
    rows = db.session.execute(_listed().where(_may_wait_for(viewer))).all()
    return len(_answerable(viewer, [_line(row) for row in rows], now)) if rows else 0


def may_wait_column(viewer: Viewer) -> sa.Label[bool]:
    """Return a column of another query, `asked`: whether `count_to_answer` may be more than 0."""
    return sa.exists().where(_may_wait_for(viewer)).label("asked")


def _may_wait_for(viewer: Viewer) -> sa.ColumnElement[bool]:
    around = decision_scope(viewer).around
    return sa.and_(in_ids(Enquiry.facility_id, around), sa.not_(Enquiry.is_answered))


def get_enquiry(viewer: Viewer, side: Side, reference: str, now: datetime) -> EnquiryPage:
    """Return one enquiry for somebody of this side. A constant number of statements.

    Raises:
        NotFound: there is none of this reference, or it is others'.
    """
    row = db.session.execute(
        _listed().where(Enquiry.reference == (parse_reference(reference) or ""))
    ).first()
    if row is None:
        raise NotFound("enquiry")
    about = _line(row)
    deciders = EnquiryDeciders([about.facility_id], now).of(
        about.facility_id, about.organisation_id, about.asked_by_id
    )
    if not may_write_as(side, viewer, about.organisation_id, None, deciders):
        raise NotFound("enquiry")
    messages = db.session.execute(
        sa.select(EnquiryMessage, Person.name)
        .join(Person, Person.id == EnquiryMessage.author_id)
        .where(EnquiryMessage.enquiry_id == row.id)
        .order_by(EnquiryMessage.id)
    )
    return EnquiryPage(
        about,
        tuple(
            EnquiryLine(one.id, one.at, Side(one.side), one.author_id, author, one.text)
            for one, author in messages
        ),
    )


def _answerable(
    viewer: Viewer, lines: Sequence[ListedEnquiry], now: datetime
) -> list[ListedEnquiry]:
    deciders = EnquiryDeciders({line.facility_id for line in lines}, now)
    return [
        line
        for line in lines
        if may_decide(viewer, deciders.of(line.facility_id, line.organisation_id, line.asked_by_id))
    ]


def _listed() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            Enquiry.id,
            Enquiry.reference,
            Enquiry.facility_id,
            Facility.slug,
            Facility.name.label("facility"),
            Cluster.short_name.label("cluster"),
            Cluster.country,
            Cluster.time_zone,
            Enquiry.organisation_id,
            Organisation.name.label("organisation"),
            Enquiry.asked_by_id,
            Enquiry.last_message_at,
            Enquiry.is_answered,
        )
        .join(Facility, Facility.id == Enquiry.facility_id)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .join(Organisation, Organisation.id == Enquiry.organisation_id)
    )


def _line(row: Any) -> ListedEnquiry:
    return ListedEnquiry(
        reference=row.reference,
        facility_id=row.facility_id,
        facility_slug=row.slug,
        facility_name=row.facility,
        cluster_name=row.cluster,
        country=row.country,
        zone=ZoneInfo(row.time_zone),
        organisation_id=row.organisation_id,
        organisation_name=row.organisation,
        asked_by_id=row.asked_by_id,
        last_message_at=row.last_message_at,
        is_answered=row.is_answered,
    )
