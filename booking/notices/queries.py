"""A person's notices, each with what its reader may still know of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from booking.accounts.account_log import AccountEvent
from booking.accounts.account_request_queries import counting_waiting_account_requests
from booking.accounts.memberships import organisation_ids_of
from booking.accounts.models import Absence, AccountLogEntry, Membership, Organisation, Person
from booking.accounts.role_service import EVENTS
from booking.alerts.models import FreeTimeAlert
from booking.bookings.deciding import BookingDeciders
from booking.bookings.models import Booking, BookingRequest, LogEntry, Occurrence
from booking.bookings.readers import readers_by_request
from booking.clusters.models import Cluster
from booking.db import clock
from booking.decisions.queries import to_do_columns, to_do_count
from booking.enquiries.deciding import EnquiryDeciders
from booking.enquiries.models import Enquiry, EnquiryMessage
from booking.enquiries.queries import count_to_answer, may_wait_column
from booking.extensions import db
from booking.facilities.arrivals import ArrivalInfo, arrivals_of
from booking.facilities.concept_models import ConceptProposal
from booking.facilities.listed import listed_facilities
from booking.facilities.models import Facility
from booking.facilities.terms_cache import cached_by
from booking.news.models import News
from booking.notices.models import CatalogueEvent, Notice
from booking.rules.catalogue_events import OF_OWNERS, OF_PROPOSALS, CatalogueEventKind
from booking.rules.lifecycle import FIRM, Audience, Event, State
from booking.rules.news import NewsKind
from booking.rules.references import parse_reference
from booking.rules.roles import RoleKind
from booking.rules.slots import Slot
from booking.rules.visibility import Viewer, acts_for, may_act_as_requester, may_decide
from booking.saved.models import SavedSearch

PAGE_SIZE = 25
# The counts of so many viewers are kept as queries: to build one takes longer than to run it.
_MOST_KEPT = 200


@dataclass(frozen=True)
class NoticeContent:
    """One line of a booking's log, for somebody who may know all of it.

    `acted_as` is the side that acted: requester, owner or nobody; `actor` its person, None for
    nobody. `slots` are the dates concerned, `zone` is the facility's. With any `event` but STEP
    the dates stayed in their state. `arrival` is how to arrive, in reminders of a booking; these
    are `outdated` once the booking does not take place. `has_changes`: the requester changed
    something with it, or asked to. `instead_at` is the other facility that has the dates in whose
    place these would be, "" if none has; only the requester may know.
    """

    reference: str
    title: str
    facility: str
    cluster: str
    organisation: str | None
    entered: bool
    actor: str | None
    acted_as: str
    event: Event
    before: str | None
    after: str
    reason: str
    reason_code: str | None
    slots: tuple[Slot, ...]
    zone: ZoneInfo
    arrival: str = ""
    outdated: bool = False
    has_changes: bool = False
    instead_at: str = ""
    works_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class UndecidableContent:
    """A booking on which nobody can decide, for an administrator: neither who nor what for."""

    reference: str
    facility: str
    cluster: str


@dataclass(frozen=True)
class NewMember:
    """Somebody who joined the reader's organisation; `let_in_by` None: the operator added them.

    `by_colleague`: a manager invited them, and no coordinator approved anything.
    """

    name: str
    organisation: str
    let_in_by: str | None
    cluster: str | None
    cluster_slug: str | None
    by_colleague: bool = False


@dataclass(frozen=True)
class MembershipChange:
    """Somebody left the organisation, or manages it from now on, or no longer.

    `is_reader`: the reader did; else they look after the open requests of somebody who left.
    `actor` None: the operator did it.
    """

    event: AccountEvent
    name: str
    organisation: str
    actor: str | None
    is_reader: bool


@dataclass(frozen=True)
class RoleChanged:
    """Somebody got a role or lost it; `where` is the facility or cluster.

    `person` is who, None: the reader. `actor` None: the operator did it.
    """

    kind: RoleKind
    was_given: bool
    where: str
    actor: str | None
    person: str | None = None


_OF_ROLES = {event: change for change, event in EVENTS.items()}
_SETTLED = {AccountEvent.MISTAKE_CORRECTED: True, AccountEvent.MISTAKE_KEPT: False}
_MISTAKES = {AccountEvent.MISTAKE_REPORTED, *_SETTLED}
_ASKING = {AccountEvent.JOIN_REQUEST_PASSED_ON, AccountEvent.JOIN_ANNOUNCED}
_OF_PLACES = {*_OF_ROLES, AccountEvent.MISTAKE_REPORTED}
_OF_NO_ORGANISATION = {*_OF_PLACES, *_SETTLED}
_OF_MEMBERSHIPS = {
    AccountEvent.LEFT,
    AccountEvent.DEACTIVATED,
    AccountEvent.MERGED,
    AccountEvent.MANAGER_NAMED,
    AccountEvent.MANAGER_REMOVED,
}


@dataclass(frozen=True)
class AskingToJoin:
    """Somebody asks to join an organisation that the reader manages, passed on by a coordinator."""

    organisation: str
    coordinator: str
    members_may_object: bool = False


@dataclass(frozen=True)
class EnquiryContent:
    """A message about a facility without a request: who wrote it, and not what it says."""

    reference: str
    facility: str
    cluster: str
    author: str


@dataclass(frozen=True)
class MistakeReported:
    """A mistake on the page of a facility that the reader looks after, reported by a person."""

    facility: str
    slug: str
    person: str


@dataclass(frozen=True)
class MistakeSettled:
    """What became of a mistake that the reader reported."""

    facility: str
    cluster: str
    was_corrected: bool


@dataclass(frozen=True)
class NamedStandIn:
    """The reader decides for somebody who is away on these days; None: who is not away any more."""

    person: str
    days: tuple[date, date] | None


@dataclass(frozen=True)
class FreeTimeContent:
    """A time that has become free, and of which the reader wanted to be told."""

    key: str
    facility: str
    slot: Slot
    zone: ZoneInfo


@dataclass(frozen=True)
class CatalogueContent:
    """Something about the catalogue.

    `reference` is the key of a saved search and `name` what its person calls it, "" if they have
    deleted it since; or `reference` is the slug of a cluster. `facilities` are the names of those
    that it is about and that are still there.

    Of a proposed concept `reference` is its key, `name` its English name, `merged_into` the id of
    the concept that it was merged into, and `answer` why it was declined.
    """

    kind: CatalogueEventKind
    reference: str
    name: str
    facilities: tuple[str, ...]
    merged_into: str = ""
    answer: str = ""


@dataclass(frozen=True)
class NewsContent:
    """News: its kind, what it is about, the key of its page, and the cluster, "" if none."""

    kind: NewsKind
    name: str
    key: str
    cluster: str


#: What is not a line of a booking's log.
OtherContent = (
    UndecidableContent
    | NewMember
    | MembershipChange
    | RoleChanged
    | AskingToJoin
    | NamedStandIn
    | MistakeReported
    | MistakeSettled
    | EnquiryContent
    | FreeTimeContent
    | CatalogueContent
    | NewsContent
)
Content = NoticeContent | OtherContent


@dataclass(frozen=True)
class ShownNotice:
    """One notice. `content` None: its reader may no longer know what it is about.

    `other_organisation` is the one that it concerns, if the reader works for that too but does not
    act for it now.
    """

    id: int
    at: datetime
    is_read: bool
    audience: Audience
    content: Content | None
    other_organisation: str | None = None

    @property
    def about_booking(self) -> NoticeContent | None:
        """Return what happened to a booking, None if the notice is about something else."""
        return self.content if isinstance(self.content, NoticeContent) else None

    @property
    def as_owner(self) -> bool:
        """Return whether it is written for somebody who decides, else for the requester."""
        return self.audience is Audience.OWNER


@dataclass(frozen=True)
class Updates:
    """One page of notices, newest first; `number` counts from 1."""

    notices: tuple[ShownNotice, ...]
    number: int
    has_more: bool


@dataclass(frozen=True)
class HeaderCounts:
    """What waits for a viewer: in the inbox, unread updates, people who ask for an account."""

    inbox: int
    unread: int
    account_requests: int


def unread_count(person_id: int, *, but_about: str | None = None) -> int:
    """Return how many notices this person has not read; one statement.

    Those about the request with the reference `but_about` do not count.
    """
    return db.session.scalar(_counting_unread(person_id, but_about), {"person_id": person_id}) or 0


# Built once: that takes as long as to run it.
_COUNTING_UNREAD = (
    sa.select(sa.func.count())
    .select_from(Notice)
    .where(Notice.person_id == sa.bindparam("person_id"), Notice.read_at.is_(None))
)


def _counting_unread(person_id: int, but_about: str | None) -> sa.Select[int]:
    """Return the query, which takes `person_id` once more when it runs."""
    query = _COUNTING_UNREAD
    if but_about is not None:
        query = query.where(
            Notice.id.not_in(sa.select(Notice.id).where(*unread_about(person_id, but_about)))
        )
    return query


def header_counts(viewer: Viewer, now: datetime, *, but_about: str | None = None) -> HeaderCounts:
    """Return what waits for somebody who is signed in; updates as `unread_count` counts them.

    One statement; a few more where an organisation of somebody named competes, or where questions
    about facilities wait.
    """
    if but_about is None:
        query = cached_by("header_counts", viewer, lambda: _counting(viewer), most=_MOST_KEPT)
    else:
        query = _counting(viewer, but_about)
    found = db.session.execute(query, {"person_id": viewer.person_id, "now": now}).one()._asdict()
    competes = found.get("may_have_rivals", False)
    to_do = to_do_count(viewer, now) if competes else found.get("to_do", 0)
    return HeaderCounts(
        inbox=to_do + (count_to_answer(viewer, now) if found.get("asked") else 0),
        unread=found["unread"],
        account_requests=found.get("account_requests", 0),
    )


def _counting(viewer: Viewer, but_about: str | None = None) -> sa.Select[Any]:
    """Return the query of `header_counts`, which takes `person_id` and `now` when it runs."""
    columns: list[sa.Label[Any]] = [
        _counting_unread(cast("int", viewer.person_id), but_about).scalar_subquery().label("unread")
    ]
    if viewer.coordinates:
        waiting = counting_waiting_account_requests(viewer.coordinates)
        columns.append(waiting.scalar_subquery().label("account_requests"))
    if viewer.approves or viewer.coordinates:
        columns += to_do_columns(viewer, sa.bindparam("now"))
        columns.append(may_wait_column(viewer))
    return sa.select(*columns)


def unread_about(person_id: int, reference: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions that a notice of this person about a request is not read.

    Also about an enquiry: their references are alike. A time that has become free has a key, as
    have news and what is about the catalogue.
    """
    key = "" if "\0" in reference else reference  # PostgreSQL refuses to look for it
    bookings = (
        sa.select(Booking.id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .where(BookingRequest.reference == parse_reference(reference))
    )
    messages = (
        sa.select(EnquiryMessage.id)
        .join(Enquiry, Enquiry.id == EnquiryMessage.enquiry_id)
        .where(Enquiry.reference == parse_reference(reference))
    )
    return (
        Notice.person_id == person_id,
        Notice.read_at.is_(None),
        Notice.side.in_([Audience.REQUESTER, Audience.OWNER, Audience.CATALOGUE]),
        sa.or_(
            Notice.booking_id.in_(bookings),
            Notice.enquiry_message_id.in_(messages),
            Notice.free_time_alert_id.in_(
                sa.select(FreeTimeAlert.id).where(FreeTimeAlert.key == key)
            ),
            Notice.catalogue_event_id.in_(
                sa.select(CatalogueEvent.id).where(CatalogueEvent.reference == key)
            ),
            Notice.news_id.in_(sa.select(News.id).where(News.key == key)),
        ),
    )


def updates(viewer: Viewer, number: int = 1) -> Updates:
    """Return one page of the viewer's notices; a constant number of statements."""
    rows = db.session.execute(
        _notices()
        .where(Notice.person_id == viewer.person_id)
        .order_by(Notice.id.desc())
        .offset(PAGE_SIZE * (number - 1))
        .limit(PAGE_SIZE + 1)
    ).all()
    return Updates(_shown(viewer, rows[:PAGE_SIZE]), number, has_more=len(rows) > PAGE_SIZE)


def notice_for(viewer: Viewer, notice_id: int) -> ShownNotice | None:
    """Return one notice of the viewer's, or None."""
    rows = db.session.execute(
        _notices().where(Notice.person_id == viewer.person_id, Notice.id == notice_id)
    ).all()
    return next(iter(_shown(viewer, rows)), None)


#: Whether who acted works, or worked, for the organisation that somebody joined.
_BY_COLLEAGUE = sa.exists(
    sa.select(Membership.id)
    .where(
        Membership.person_id == AccountLogEntry.actor_id,
        Membership.organisation_id == AccountLogEntry.organisation_id,
    )
    .correlate(AccountLogEntry)
)


def _notices() -> sa.Select[*tuple[Any, ...]]:
    newcomer, joined, home = aliased(Person), aliased(Organisation), aliased(Cluster)
    return (
        sa.select(
            Notice.id,
            Notice.side.label("audience"),
            Notice.created_at,
            Notice.read_at,
            Booking.id.label("booking_id"),
            Booking.facility_id,
            BookingRequest.reference,
            BookingRequest.title,
            BookingRequest.organisation_id,
            BookingRequest.requester_id,
            BookingRequest.entered,
            Organisation.name.label("organisation"),
            BookingRequest.id.label("request_id"),
            BookingRequest.is_confidential,
            Facility.name.label("facility"),
            Facility.slug.label("facility_slug"),
            Cluster.short_name.label("cluster"),
            Cluster.time_zone,
            LogEntry.side.label("acted_as"),
            LogEntry.event,
            LogEntry.before,
            LogEntry.after,
            LogEntry.reason,
            LogEntry.reason_code,
            LogEntry.occurrence_ids,
            LogEntry.changes.is_not(None).label("has_changes"),
            LogEntry.works_for,
            Person.name.label("actor"),
            AccountLogEntry.event.label("account_event"),
            sa.func.coalesce(joined.merged_into_id, joined.id).label("joined_id"),
            AccountLogEntry.cluster_id.label("role_cluster_id"),
            sa.case((AccountLogEntry.person_id == Notice.person_id, True), else_=False).label(
                "of_reader"
            ),
            Absence.first_day,
            Absence.last_day,
            newcomer.name.label("newcomer"),
            joined.name.label("joined"),
            home.short_name.label("home"),
            home.slug.label("home_slug"),
            _BY_COLLEAGUE.label("by_colleague"),
            Enquiry.reference.label("enquiry"),
            Enquiry.facility_id.label("asked_facility_id"),
            Enquiry.organisation_id.label("asked_for_id"),
            Enquiry.asked_by_id,
            FreeTimeAlert.key.label("alert_key"),
            FreeTimeAlert.starts_at.label("free_from"),
            FreeTimeAlert.ends_at.label("free_until"),
            CatalogueEvent.kind.label("catalogue_kind"),
            CatalogueEvent.reference.label("catalogue_reference"),
            CatalogueEvent.facility_ids.label("new_ids"),
            SavedSearch.name.label("search_name"),
            ConceptProposal.names.label("proposed_names"),
            ConceptProposal.merged_into,
            ConceptProposal.answer.label("proposal_answer"),
            News.kind.label("news_kind"),
            News.name.label("news_name"),
            News.key.label("news_key"),
        )
        .outerjoin(Booking, Booking.id == Notice.booking_id)
        .outerjoin(BookingRequest, BookingRequest.id == Booking.request_id)
        .outerjoin(LogEntry, LogEntry.id == Notice.log_id)
        .outerjoin(EnquiryMessage, EnquiryMessage.id == Notice.enquiry_message_id)
        .outerjoin(Enquiry, Enquiry.id == EnquiryMessage.enquiry_id)
        .outerjoin(FreeTimeAlert, FreeTimeAlert.id == Notice.free_time_alert_id)
        .outerjoin(CatalogueEvent, CatalogueEvent.id == Notice.catalogue_event_id)
        .outerjoin(
            SavedSearch,
            sa.and_(
                CatalogueEvent.kind == CatalogueEventKind.NEW_FACILITIES,
                SavedSearch.key == CatalogueEvent.reference,
            ),
        )
        .outerjoin(
            ConceptProposal,
            sa.and_(
                CatalogueEvent.kind.in_([*OF_PROPOSALS, CatalogueEventKind.CONCEPT_PROPOSED]),
                ConceptProposal.key == CatalogueEvent.reference,
            ),
        )
        .outerjoin(News, News.id == Notice.news_id)
        .outerjoin(AccountLogEntry, AccountLogEntry.id == Notice.account_log_id)
        .outerjoin(
            Facility,
            Facility.id
            == sa.func.coalesce(
                Booking.facility_id,
                Enquiry.facility_id,
                FreeTimeAlert.facility_id,
                AccountLogEntry.facility_id,
            ),
        )
        .outerjoin(
            Cluster,
            Cluster.id
            == sa.func.coalesce(Facility.cluster_id, AccountLogEntry.cluster_id, News.cluster_id),
        )
        .outerjoin(
            Organisation,
            Organisation.id
            == sa.func.coalesce(BookingRequest.organisation_id, Enquiry.organisation_id),
        )
        .outerjoin(
            Person,
            Person.id
            == sa.func.coalesce(
                LogEntry.actor_id, AccountLogEntry.actor_id, EnquiryMessage.author_id
            ),
        )
        .outerjoin(
            Absence,
            sa.and_(
                AccountLogEntry.event == AccountEvent.STAND_IN_NAMED,
                Absence.person_id == AccountLogEntry.actor_id,
                Absence.stand_in_id == AccountLogEntry.person_id,
                Absence.entered_at == AccountLogEntry.at,
            ),
        )
        .outerjoin(newcomer, newcomer.id == AccountLogEntry.person_id)
        .outerjoin(joined, joined.id == AccountLogEntry.organisation_id)
        .outerjoin(home, home.id == joined.home_cluster_id)
    )


class _Date(NamedTuple):
    """A date that a notice is about; `instead_at` as in `NoticeContent`."""

    slot: Slot
    state: State
    instead_at: str


def _shown(viewer: Viewer, rows: Sequence[Any]) -> tuple[ShownNotice, ...]:
    about_bookings = [row for row in rows if row.booking_id is not None]
    booking_ids = {row.booking_id for row in about_bookings}
    deciders = BookingDeciders(
        {row.facility_id for row in about_bookings}, clock.now(), booking_ids=booking_ids
    )
    asked = EnquiryDeciders({row.asked_facility_id for row in rows if row.enquiry}, clock.now())
    dates = _dates(booking_ids)
    readers = readers_by_request((row.request_id, row.is_confidential) for row in about_bookings)
    arriving = [row for row in about_bookings if row.event == Event.ARRIVING]
    arrivals = arrivals_of({row.facility_id for row in arriving}) if arriving else {}
    own = organisation_ids_of(viewer.person_id) if rows else frozenset()
    found = []
    for row in rows:
        # A person's updates are one list, for all organisations for which they work.
        of_other = _concerns(row) in own - {viewer.organisation_id}
        reader = replace(viewer, organisation_id=_concerns(row)) if of_other else viewer
        knows = _may_know(reader, row, deciders, asked, readers)
        found.append(
            ShownNotice(
                id=row.id,
                at=row.created_at,
                is_read=row.read_at is not None,
                audience=Audience(row.audience),
                content=_content(row, dates, arrivals) if knows else None,
                other_organisation=(row.organisation or row.joined) if of_other and knows else None,
            )
        )
    return tuple(found)


def _concerns(row: Any) -> int | None:
    """Return the organisation of those who are told as its members, None for all other notices."""
    if row.audience == Audience.REQUESTER:
        of_request: int | None = row.asked_for_id if row.enquiry else row.organisation_id
        return of_request
    if row.audience != Audience.MEMBER or row.account_event in _OF_NO_ORGANISATION:
        return None
    joined: int | None = row.joined_id
    return joined


def _may_know(
    viewer: Viewer,
    row: Any,
    deciders: BookingDeciders,
    asked: EnquiryDeciders,
    readers: Mapping[int, frozenset[int]],
) -> bool:
    if row.catalogue_kind == CatalogueEventKind.CONCEPT_PROPOSED:
        return viewer.is_admin
    if row.catalogue_kind in OF_OWNERS:
        return bool(viewer.keeps or viewer.approves or viewer.coordinates)
    if row.alert_key or row.catalogue_kind or row.news_kind:
        return True  # it is the reader's own; news say nothing that others may not know
    if row.enquiry:
        if row.audience == Audience.REQUESTER:
            return acts_for(viewer, row.asked_for_id)
        able = asked.of(row.asked_facility_id, row.asked_for_id, row.asked_by_id)
        return may_decide(viewer, able)
    if row.audience == Audience.ADMIN:
        return viewer.is_admin
    if row.account_event == AccountEvent.STAND_IN_NAMED or row.account_event in _SETTLED:
        return True
    if row.account_event in _OF_PLACES:
        # A keeper is told of mistakes, and of nobody's role.
        mistaken = row.account_event == AccountEvent.MISTAKE_REPORTED
        caring = viewer.coordinates | (viewer.keeper_clusters if mistaken else frozenset())
        return (row.of_reader and not mistaken) or row.role_cluster_id in caring
    if row.account_event == AccountEvent.LEFT and row.of_reader:
        return True  # that they do not work there any more, and no more than that
    if row.audience == Audience.MEMBER:
        return acts_for(viewer, row.joined_id)
    if row.audience == Audience.REQUESTER:
        return may_act_as_requester(viewer, row.organisation_id, readers.get(row.request_id))
    requester_id = None if row.entered else row.requester_id
    return may_decide(viewer, deciders.of(row.booking_id, row.facility_id, requester_id))


def _content(
    row: Any, dates: dict[int, dict[int, _Date]], arrivals: dict[int, ArrivalInfo]
) -> Content:
    if row.catalogue_kind:
        return _catalogue_content(row)
    if row.alert_key:
        slot = Slot(row.free_from, row.free_until)
        return FreeTimeContent(row.alert_key, row.facility, slot, ZoneInfo(row.time_zone))
    if row.news_kind:
        news_kind = NewsKind(row.news_kind)
        return NewsContent(news_kind, row.news_name, row.news_key, row.cluster or "")
    if row.enquiry:
        return EnquiryContent(row.enquiry, row.facility, row.cluster, row.actor)
    if row.audience == Audience.ADMIN:
        return UndecidableContent(row.reference, row.facility, row.cluster)
    if row.account_event == AccountEvent.STAND_IN_NAMED:
        return NamedStandIn(row.actor, (row.first_day, row.last_day) if row.first_day else None)
    if row.account_event in _MISTAKES:
        return _mistake(row)
    if row.account_event in _ASKING:
        announced = row.account_event == AccountEvent.JOIN_ANNOUNCED
        return AskingToJoin(row.joined, row.actor, members_may_object=announced)
    if row.account_event in _OF_ROLES:
        kind, was_given = _OF_ROLES[AccountEvent(row.account_event)]
        person = None if row.of_reader else row.newcomer
        return RoleChanged(kind, was_given, row.facility or row.cluster, row.actor, person)
    if row.account_event in _OF_MEMBERSHIPS:
        return MembershipChange(
            AccountEvent(row.account_event),
            row.newcomer,
            row.joined,
            row.actor,
            is_reader=bool(row.of_reader),
        )
    if row.audience == Audience.MEMBER:
        return NewMember(
            row.newcomer,
            row.joined,
            row.actor,
            row.home,
            row.home_slug,
            by_colleague=bool(row.by_colleague),
        )
    of_booking = dates[row.booking_id]
    about = [of_booking[key] for key in row.occurrence_ids if key in of_booking]
    about.sort(key=lambda date: date.slot)
    outdated = row.event == Event.ARRIVING and not any(date.state in FIRM for date in about)
    arrival = arrivals.get(row.facility_id) if row.event == Event.ARRIVING else None
    return NoticeContent(
        reference=row.reference,
        title=row.title,
        facility=row.facility,
        cluster=row.cluster,
        organisation=row.organisation,
        entered=row.entered,
        actor=row.actor,
        acted_as=row.acted_as,
        event=Event(row.event),
        before=row.before,
        after=row.after,
        reason=row.reason,
        reason_code=row.reason_code,
        slots=tuple(date.slot for date in about),
        zone=ZoneInfo(row.time_zone),
        arrival=arrival.text if arrival and not outdated else "",
        outdated=outdated,
        has_changes=bool(row.has_changes),
        instead_at=next((date.instead_at for date in about), ""),
        works_for=tuple(row.works_for or ()),
    )


def _mistake(row: Any) -> MistakeReported | MistakeSettled:
    if row.account_event == AccountEvent.MISTAKE_REPORTED:
        return MistakeReported(row.facility, row.facility_slug, row.newcomer)
    return MistakeSettled(row.facility, row.cluster, _SETTLED[row.account_event])


def _catalogue_content(row: Any) -> CatalogueContent:
    listed = listed_facilities()
    names = [listed[one].name for one in row.new_ids if one in listed]
    return CatalogueContent(
        CatalogueEventKind(row.catalogue_kind),
        row.catalogue_reference,
        row.search_name or (row.proposed_names or {}).get("en", [""])[0],
        tuple(sorted(names, key=str.casefold)),
        merged_into=row.merged_into or "",
        answer=row.proposal_answer or "",
    )


def _dates(booking_ids: set[int]) -> dict[int, dict[int, _Date]]:
    found: dict[int, dict[int, _Date]] = defaultdict(dict)
    replaced = aliased(Occurrence)
    elsewhere = sa.and_(
        replaced.id == Occurrence.replaces_id, replaced.booking_id != Occurrence.booking_id
    )
    for key, booking_id, starts_at, ends_at, state, instead_at in db.session.execute(
        sa.select(
            Occurrence.id,
            Occurrence.booking_id,
            Occurrence.starts_at,
            Occurrence.ends_at,
            Occurrence.state,
            Facility.name,
        )
        .outerjoin(replaced, elsewhere)
        .outerjoin(Facility, Facility.id == replaced.facility_id)
        .where(Occurrence.booking_id.in_(booking_ids))
    ):
        found[booking_id][key] = _Date(Slot(starts_at, ends_at), state, instead_at or "")
    return found
