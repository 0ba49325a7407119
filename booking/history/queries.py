"""What the pages of who changed what read: who may see a log, and names of what it is about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from booking.accounts.memberships import ever_organisation_ids_of
from booking.accounts.models import Membership, Organisation, Person
from booking.audit.models import AuditEntry
from booking.audit.reading import LogFilter, LogPage, log_entries, log_page
from booking.bookings.models import BookingRequest
from booking.bookings.readers import readable_by
from booking.clusters.models import Cluster
from booking.db.in_ids import in_ids
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.effective_terms import effective_terms
from booking.facilities.models import Facility
from booking.manage.queries import ManagedFacility, managed_facility
from booking.rules.audit_reading import LogReader
from booking.rules.terms import BookingTerms
from booking.rules.visibility import Account

#: So many entries at most go into one file.
MOST_EXPORTED = 10_000
_MOST_PEOPLE = 50


def reader_of(account: Account, *facility_ids: int) -> LogReader:
    """Return what decides what somebody reads; they decide on these facilities."""
    viewer = account.viewer
    return LogReader(
        person_id=account.person_id,
        organisation_id=account.organisation_id,
        is_manager=account.active is not None and account.active.is_manager,
        clusters=viewer.coordinates | viewer.audited_cluster_ids,
        facilities=frozenset(facility_ids),
        is_admin=viewer.is_admin,
        works_for_others=bool(ever_organisation_ids_of(account.person_id)),
    )


@dataclass(frozen=True)
class LogNames:
    """Names by id of what entries are about, the zone and rules of facilities, and colleagues.

    `colleagues` are the people of the reader's organisation, now or once; None: it does not matter.
    """

    people: Mapping[int, str]
    organisations: Mapping[int, str]
    clusters: Mapping[int, str]
    facilities: Mapping[int, str]
    rules: Mapping[int, BookingTerms]
    colleagues: frozenset[int] | None = None


def names_of(entries: Sequence[AuditEntry], *, for_organisation: int | None = None) -> LogNames:
    """Return the names of all that entries are about; a constant number of statements.

    `for_organisation`: of whose people somebody reads it, who learns no names of another side.
    """
    colleagues = None
    if for_organisation is not None:
        members = sa.select(Membership.person_id).where(
            Membership.organisation_id == for_organisation
        )
        colleagues = frozenset(db.session.scalars(members))
    facilities = _ids(one.facility_id for one in entries)
    return LogNames(
        people=_names(Person.id, Person.name, _people_in(entries)),
        organisations=_names(
            Organisation.id, Organisation.name, _ids(one.organisation_id for one in entries)
        ),
        clusters=_names(Cluster.id, Cluster.short_name, _ids(one.cluster_id for one in entries)),
        facilities=_names(Facility.id, Facility.name, facilities),
        rules={one: found.rules for one, found in effective_terms(facilities).items()}
        if facilities
        else {},
        colleagues=colleagues,
    )


def _people_in(entries: Iterable[AuditEntry]) -> set[int]:
    return {
        one for entry in entries for one in (entry.actor_id, entry.person_id) if one is not None
    }


def _ids(ids: Iterable[int | None]) -> set[int]:
    return {one for one in ids if one is not None}


def _names(key: Any, name: Any, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    return {row[0]: row[1] for row in db.session.execute(_named(key, name, ids))}


def _named(key: Any, name: Any, ids: set[int]) -> sa.Select[Any]:
    return sa.select(key, name).where(in_ids(key, ids))


def facility_log(
    account: Account, slug: str, before: int | None
) -> tuple[ManagedFacility, LogReader, LogPage]:
    """Return a facility on which the person decides, and a page of its history.

    Raises:
        NotFound: there is none, or others decide on it.
    """
    managed = managed_facility(account.viewer, slug)
    reader = reader_of(account, managed.facility.id)
    here = AuditEntry.facility_id == managed.facility.id
    return managed, reader, log_page(reader, here, before=before)


def organisation_log(account: Account, before: int | None) -> tuple[LogReader, LogPage]:
    """Return a page of the history of the organisation for which the person acts.

    Raises:
        NotFound: they act for none.
    """
    if account.organisation_id is None:
        raise NotFound("organisation")
    reader = reader_of(account)
    here = AuditEntry.organisation_id == account.organisation_id
    # What became confidential later, too.
    hidden = sa.select(BookingRequest.reference).where(
        BookingRequest.organisation_id == account.organisation_id,
        sa.not_(readable_by(account.person_id)),
    )
    read = sa.or_(AuditEntry.reference.is_(None), AuditEntry.reference.not_in(hidden))
    return reader, log_page(reader, here, read, before=before)


def own_log(account: Account, before: int | None) -> tuple[LogReader, LogPage]:
    """Return a page of what was changed about the person."""
    reader = reader_of(account)
    return reader, log_page(reader, AuditEntry.person_id == account.person_id, before=before)


def whole_log(account: Account, wanted: LogFilter, before: int | None) -> tuple[LogReader, LogPage]:
    """Return a page of all that an admin may read.

    Raises:
        NotFound: the person is no admin.
    """
    if not account.viewer.is_admin:
        raise NotFound("log")
    reader = reader_of(account)
    return reader, log_page(reader, wanted=wanted, before=before)


def readable_cluster(account: Account, slug: str) -> tuple[LogReader, Cluster]:
    """Return a cluster whose log the person reads.

    Raises:
        NotFound: there is none, or they neither run nor audit it.
    """
    cluster = (
        None if "\0" in slug else db.session.scalar(sa.select(Cluster).where(Cluster.slug == slug))
    )
    reader = reader_of(account)
    if cluster is None or cluster.id not in reader.clusters:
        raise NotFound("cluster")
    return reader, cluster


def cluster_log(
    reader: LogReader, cluster: Cluster, wanted: LogFilter, before: int | None
) -> LogPage:
    """Return a page of the log of a cluster."""
    return log_page(reader, AuditEntry.cluster_id == cluster.id, wanted=wanted, before=before)


def cluster_entries(reader: LogReader, cluster: Cluster, wanted: LogFilter) -> list[AuditEntry]:
    """Return what is to be exported of the log of a cluster, newest first."""
    here = AuditEntry.cluster_id == cluster.id
    return list(log_entries(reader, here, wanted=wanted, most=MOST_EXPORTED))


def people_named(name: str) -> frozenset[int]:
    """Return the ids of people whose name contains this, without regard to case."""
    if "\0" in name:
        return frozenset()
    found = sa.select(Person.id).where(Person.name.icontains(name, autoescape=True))
    return frozenset(db.session.scalars(found.limit(_MOST_PEOPLE)))
