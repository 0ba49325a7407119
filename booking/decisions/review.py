"""One request as approvers read it, with the bookings that they decide on."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from booking.accounts.billing import Billing
from booking.accounts.memberships import organisation_ids_of
from booking.accounts.models import Organisation, Person
from booking.availability.quota_usage import shares
from booking.bookings.conditions import completed, upcoming
from booking.bookings.date_details import own_edits
from booking.bookings.decision_scope import decided_by
from booking.bookings.details import RequestDetails
from booking.bookings.models import (
    Booking,
    BookingCondition,
    BookingRequest,
    LogEntry,
    Occurrence,
)
from booking.clusters.deadlines import deadlines_of
from booking.clusters.models import Cluster
from booking.decisions.queries import waiting
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.effective_terms import EffectiveTerms, effective_terms
from booking.facilities.models import Facility, Place
from booking.rules.attendance import Attendance, may_note_attendance
from booking.rules.automatic_confirmation import AutomaticRule
from booking.rules.deadlines import Deadlines
from booking.rules.edits import Edit
from booking.rules.lifecycle import (
    OPEN,
    Event,
    Headline,
    Standing,
    State,
    headline,
    is_completed,
    is_left_out,
    listed_ids,
    standing_states,
    state_at,
)
from booking.rules.quotas import Share
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms
from booking.rules.visibility import Viewer
from booking.rules.waiting_list import has_waiting_list


@dataclass(frozen=True)
class DateForReview:
    """One date; `waits`: it can be decided on, `cancellable`: it is confirmed and not over.

    A date that nobody decided on in time reads as lapsed, also before the worker has come by.
    `attendance` is what was noted of it, `may_note_attendance`: it may be changed now.
    `is_completed`: it took place. `own` are the details that are otherwise for it than for its
    request.
    """

    id: int
    uid: str
    slot: Slot
    state: State
    whole: bool
    places: int
    waits: bool
    cancellable: bool
    attendance: Attendance
    may_note_attendance: bool
    is_completed: bool
    lapses_at: datetime | None = None
    replaces_id: int | None = None
    own: tuple[Edit, ...] = ()

    @property
    def standing(self) -> Standing:
        """Return what its booking is summed up by."""
        return Standing(self.id, self.state, self.replaces_id)


@dataclass(frozen=True)
class LinkedElsewhere:
    """A date of another booking of the request that would replace one of this, or be replaced.

    `facility` is where it is, None: others decide there, and the viewer learns neither that nor
    when it is.
    """

    standing: Standing
    slot: Slot
    lapses_at: datetime | None
    facility: str | None
    rules: BookingTerms | None


@dataclass(frozen=True)
class OwnerLogLine:
    """One step; `actor` None: nobody, it lapsed. `date_ids`, `slots`: what it is about.

    `stood_in_for`: who was away and in whose place the actor decided, None: nobody. `works_for`
    are the organisations for which the actor worked then.

    With any `event` but STEP the dates stayed in their state. `changes` are what the requester
    changed or asked to change, `condition` is kind and text of the condition to which it happened.
    """

    at: datetime
    actor: str | None
    stood_in_for: str | None
    is_viewer: bool
    side: str
    colleague: bool
    works_for: tuple[str, ...]
    event: Event
    before: str | None
    after: str
    reason: str
    reason_code: str | None
    rule: AutomaticRule | None
    changes: tuple[Edit, ...]
    date_ids: frozenset[int]
    slots: tuple[Slot, ...]
    condition: tuple[str, str] | None


@dataclass(frozen=True)
class Earlier:
    """Earlier bookings of the organisation in one cluster: completed, cancelled, nobody came."""

    kept: int
    cancelled: int
    no_shows: int


@dataclass(frozen=True)
class BookingForReview:
    """One booking with its dates, earliest first, and its log, newest first."""

    id: int
    facility_id: int
    facility: str
    facility_slug: str
    place_word: str | None
    cluster: str
    zone: ZoneInfo
    rules: BookingTerms
    own_places: int
    due_at: datetime | None
    dates: tuple[DateForReview, ...]
    shares: tuple[Share, ...]
    log: tuple[OwnerLogLine, ...]
    earlier: Earlier | None
    deadlines: Deadlines
    elsewhere: tuple[LinkedElsewhere, ...] = ()

    def _instead_elsewhere(self, *states: State) -> set[int | None]:
        """Return the ids of its dates in whose place something in these states is elsewhere."""
        found = (one.standing for one in self.elsewhere if one.standing.state in states)
        return {one.replaces_id for one in found}

    @property
    def open_elsewhere(self) -> tuple[LinkedElsewhere, ...]:
        """Return what is open at other facilities in the place of its dates."""
        ids = {date.id for date in self.dates}
        return tuple(
            one
            for one in self.elsewhere
            if one.standing.replaces_id in ids and one.standing.state in OPEN
        )

    @property
    def moved_elsewhere(self) -> tuple[LinkedElsewhere, ...]:
        """Return what has taken the place of its dates at other facilities."""
        ids = {date.id for date in self.dates if date.state is State.REPLACED}
        return tuple(
            one
            for one in self.elsewhere
            if one.standing.replaces_id in ids
            and one.standing.state not in OPEN
            and not is_left_out(one.standing)
        )

    @property
    def is_quiet(self) -> bool:
        """Return whether nothing of it counts but proposals in the place of dates elsewhere."""
        return bool(self.elsewhere) and all(
            is_left_out(date.standing) or (date.state is State.PROPOSED and date.replaces_id)
            for date in self.dates
        )

    @property
    def waiting(self) -> tuple[DateForReview, ...]:
        """Return the dates that can be decided on: nothing is accepted in their place."""
        instead = {date.replaces_id for date in self.accepted}
        instead |= self._instead_elsewhere(State.ACCEPTED)
        return tuple(date for date in self.dates if date.waits and date.id not in instead)

    @property
    def accepted(self) -> tuple[DateForReview, ...]:
        """Return the dates that wait for conditions before they are final."""
        return tuple(date for date in self.dates if date.state is State.ACCEPTED)

    @property
    def cancellable(self) -> tuple[DateForReview, ...]:
        """Return the dates that can be cancelled."""
        return tuple(date for date in self.dates if date.cancellable)

    @property
    def headline(self) -> Headline:
        """Return what its dates add up to."""
        states = standing_states(
            (date.standing for date in self.dates), (one.standing for one in self.elsewhere)
        )
        return headline(states, sum(date.is_completed for date in self.dates))

    @property
    def listed(self) -> tuple[DateForReview, ...]:
        """Return the dates that are listed as its dates."""
        ids = listed_ids(date.standing for date in self.dates)
        return tuple(date for date in self.dates if date.id in ids)

    @property
    def proposals(self) -> tuple[DateForReview, ...]:
        """Return what is proposed to the requester and not answered."""
        return tuple(date for date in self.dates if date.state is State.PROPOSED)

    @property
    def on_waiting_list(self) -> tuple[DateForReview, ...]:
        """Return the dates that wait for free time."""
        return tuple(date for date in self.dates if date.state is State.WAITING)

    @property
    def may_wait(self) -> bool:
        """Return whether dates that can be decided on can go to the waiting list instead."""
        places = [date for date in self.waiting if date.replaces_id is None]
        return bool(places) and has_waiting_list(self.rules)

    @property
    def replaceable(self) -> tuple[DateForReview, ...]:
        """Return the dates in whose place others can be proposed: requested, accepted, confirmed.

        Of a date and what is requested or accepted in its place it is the latter.
        """
        found = [date for date in self.dates if date.waits or date.cancellable]
        found += self.accepted
        gone = {date.replaces_id for date in found if not date.cancellable}
        gone |= self._instead_elsewhere(State.REQUESTED, State.ACCEPTED)
        return tuple(date for date in found if date.id not in gone)

    @property
    def changes(self) -> int:
        """Return how often the requester has changed what needs no yes."""
        return sum(line.event is Event.CHANGED for line in self.log)

    @property
    def undecided(self) -> tuple[DateForReview, ...]:
        """Return the dates that wait for the owner: nothing is proposed instead of them."""
        proposed = {date.replaces_id for date in self.proposals}
        proposed |= self._instead_elsewhere(State.PROPOSED, State.REQUESTED)
        return tuple(date for date in self.waiting if date.id not in proposed)

    def instead_of(self, date: DateForReview) -> DateForReview | None:
        """Return the date in whose place this one would be, or is."""
        return next((one for one in self.dates if one.id == date.replaces_id), None)

    def replaced_elsewhere(self, date: DateForReview) -> LinkedElsewhere | None:
        """Return the date at another facility in whose place this one would be, or is."""
        found = (one for one in self.elsewhere if one.standing.id == date.replaces_id)
        return next(found, None)

    def ids_of(self, uids: Sequence[str]) -> frozenset[int]:
        """Return the ids of the dates with these uids.

        Raises:
            NotFound: one of them is no date of this booking.
        """
        ids = {date.uid: date.id for date in self.dates}
        if not set(uids) <= ids.keys():
            raise NotFound("date")
        return frozenset(ids[uid] for uid in uids)


@dataclass(frozen=True)
class RequestForReview:
    """Who requests what. `organisation` None is own use; `bookings` has only the viewer's.

    `billing` is what the invoice is to say: the reference of this request.

    `is_confidential`: of the organisation only the people that it named read it.
    """

    reference: str
    details: RequestDetails
    sent_at: datetime
    entered: bool
    person: str
    contact: str | None
    organisation_id: int | None
    organisation: str | None
    organisation_kind: str | None
    country: str | None
    home_cluster: str | None
    billing: Billing
    is_confidential: bool
    of_colleague: bool
    bookings: tuple[BookingForReview, ...]


def request_for_review(viewer: Viewer, reference: str, now: datetime) -> RequestForReview:
    """Return the request with the bookings on which the viewer may decide.

    Raises:
        NotFound: there is no such request, or the viewer may decide on nothing of it.
    """
    contact = aliased(Person)
    row = db.session.execute(
        sa.select(
            BookingRequest,
            Person.name.label("person"),
            contact.name.label("contact"),
            Organisation,
            Cluster.short_name.label("home_cluster"),
        )
        .join(Person, Person.id == BookingRequest.requester_id)
        .outerjoin(contact, contact.id == BookingRequest.contact_id)
        .outerjoin(Organisation, Organisation.id == BookingRequest.organisation_id)
        .outerjoin(Cluster, Cluster.id == Organisation.home_cluster_id)
        .where(BookingRequest.reference == reference)
    ).first()
    if row is None:
        raise NotFound("request")
    request, organisation = row.BookingRequest, row.Organisation
    bookings = _bookings(viewer, request, now)
    if not bookings:
        raise NotFound("request")
    return RequestForReview(
        reference=request.reference,
        details=request.details,
        sent_at=request.sent_at,
        entered=request.entered,
        person=row.person,
        contact=row.contact,
        organisation_id=request.organisation_id,
        organisation=organisation.name if organisation else None,
        organisation_kind=organisation.kind if organisation else None,
        country=organisation.country if organisation else None,
        home_cluster=row.home_cluster,
        billing=Billing(
            reference=request.details.billing_reference,
            name=organisation.billing_name,
            email=organisation.billing_email,
        )
        if organisation
        else Billing(),
        is_confidential=request.is_confidential,
        of_colleague=request.organisation_id in organisation_ids_of(viewer.person_id),
        bookings=bookings,
    )


def _bookings(
    viewer: Viewer, request: BookingRequest, now: datetime
) -> tuple[BookingForReview, ...]:
    rows = db.session.execute(
        sa.select(Booking, Facility, Cluster)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .join(Facility, Facility.id == Booking.facility_id)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .where(
            Booking.request_id == request.id,
            decided_by(viewer, None, now),
        )
        .order_by(Booking.id)
    ).all()
    ids = [row.Booking.id for row in rows]
    rules = effective_terms(row.Facility.id for row in rows)
    places = _own_places(rules)
    zones = {row.Booking.id: ZoneInfo(row.Cluster.time_zone) for row in rows}
    dates, others = _dates(zones, request, now)
    places_of = {row.Booking.id: (row.Facility.name, rules[row.Facility.id].rules) for row in rows}
    slots = {date.id: date.slot for some in dates.values() for date in some}
    log = _log_of(ids, slots, viewer)
    earlier = _earlier_bookings(request, {row.Cluster.id for row in rows}, now)
    return tuple(
        BookingForReview(
            id=row.Booking.id,
            facility_id=row.Facility.id,
            facility=row.Facility.name,
            facility_slug=row.Facility.slug,
            place_word=row.Facility.place_word,
            cluster=row.Cluster.short_name,
            zone=ZoneInfo(row.Cluster.time_zone),
            rules=rules[row.Facility.id].rules,
            own_places=places.get(row.Facility.id, 0),
            due_at=row.Booking.due_at,
            dates=tuple(dates[row.Booking.id]),
            shares=_shares(row, rules[row.Facility.id], request, dates[row.Booking.id], now),
            log=tuple(log[row.Booking.id]),
            earlier=earlier.get(row.Cluster.id),
            deadlines=deadlines_of(row.Cluster, now),
            elsewhere=tuple(_linked(row.Booking.id, dates, others, places_of)),
        )
        for row in rows
    )


def _linked(
    booking_id: int,
    dates: Mapping[int, Sequence[DateForReview]],
    others: Sequence[DateForReview],
    places_of: Mapping[int, tuple[str, BookingTerms]],
) -> Iterator[LinkedElsewhere]:
    """Yield what replaces dates of a booking elsewhere, or is replaced by them.

    `dates` are those of the viewer's bookings, `others` all others of the request.
    """
    own = dates[booking_id]
    ids, replaced = {date.id for date in own}, {date.replaces_id for date in own}
    elsewhere: list[tuple[int | None, DateForReview]] = [(None, date) for date in others]
    elsewhere += [(key, date) for key, some in dates.items() if key != booking_id for date in some]
    for key, date in elsewhere:
        if date.replaces_id in ids or date.id in replaced:
            facility, rules = (None, None) if key is None else places_of[key]
            yield LinkedElsewhere(date.standing, date.slot, date.lapses_at, facility, rules)


def _shares(
    row: Any,
    effective: EffectiveTerms,
    request: BookingRequest,
    dates: Sequence[DateForReview],
    now: datetime,
) -> tuple[Share, ...]:
    """Return the months in which the dates that wait would be more than a fair share."""
    waiting_slots = [date.slot for date in dates if date.waits]
    return tuple(
        shares(
            row.Facility.id,
            effective,
            request.organisation_id,
            waiting_slots,
            now,
            without=[date.id for date in dates if date.waits],
        )
    )


def _own_places(facility_ids: Iterable[int]) -> dict[int, int]:
    query = sa.select(Place.facility_id, sa.func.count()).group_by(Place.facility_id)
    return dict(db.session.execute(query.where(Place.facility_id.in_(set(facility_ids)))).all())


def _dates(
    zones: Mapping[int, ZoneInfo], request: BookingRequest, now: datetime
) -> tuple[dict[int, list[DateForReview]], list[DateForReview]]:
    """Return the dates of each booking, earliest first, and those of other bookings.

    `zones` has the zone of each booking of the request that is not one of the others.
    """
    found: dict[int, list[DateForReview]] = defaultdict(list)
    others: list[DateForReview] = []
    for occurrence, waits, cancellable in db.session.execute(
        sa.select(
            Occurrence,
            sa.case((waiting(now), 1), else_=0),
            sa.case((upcoming(now), 1), else_=0),
        )
        .join(Booking, Booking.id == Occurrence.booking_id)
        .where(Booking.request_id == request.id)
        .order_by(Occurrence.starts_at, Occurrence.id)
    ):
        slot = Slot(occurrence.starts_at, occurrence.ends_at)
        zone = zones.get(occurrence.booking_id)
        (others if zone is None else found[occurrence.booking_id]).append(
            DateForReview(
                id=occurrence.id,
                uid=occurrence.uid,
                slot=slot,
                state=state_at(occurrence.state, occurrence.lapses_at, now),
                whole=occurrence.whole,
                places=occurrence.places,
                waits=bool(waits),
                cancellable=bool(cancellable),
                attendance=Attendance(occurrence.arrived_at, occurrence.left_at),
                may_note_attendance=zone is not None
                and may_note_attendance(occurrence.state, slot, zone, now),
                is_completed=is_completed(occurrence.state, occurrence.ends_at, now),
                lapses_at=occurrence.lapses_at,
                replaces_id=occurrence.replaces_id,
                own=own_edits(request.details, occurrence.own_details),
            )
        )
    return found, others


def _log_of(
    booking_ids: Sequence[int], slots: Mapping[int, Slot], viewer: Viewer
) -> dict[int, list[OwnerLogLine]]:
    """Return the log of each booking, newest first; `slots` are those of all their dates."""
    found: dict[int, list[OwnerLogLine]] = defaultdict(list)
    absent = aliased(Person)
    for entry, actor, stood_in_for, kind, text in db.session.execute(
        sa.select(LogEntry, Person.name, absent.name, BookingCondition.kind, BookingCondition.text)
        .outerjoin(Person, Person.id == LogEntry.actor_id)
        .outerjoin(absent, absent.id == LogEntry.stood_in_for_id)
        .outerjoin(BookingCondition, BookingCondition.id == LogEntry.condition_id)
        .where(LogEntry.booking_id.in_(booking_ids))
        .order_by(LogEntry.id.desc())
    ):
        found[entry.booking_id].append(
            OwnerLogLine(
                at=entry.at,
                actor=actor,
                stood_in_for=stood_in_for,
                is_viewer=entry.actor_id is not None and entry.actor_id == viewer.person_id,
                side=entry.side,
                colleague=entry.colleague,
                works_for=tuple(entry.works_for or ()),
                event=Event(entry.event),
                before=entry.before,
                after=entry.after,
                reason=entry.reason,
                reason_code=entry.reason_code,
                rule=AutomaticRule.of_stored(entry.rule) if entry.rule else None,
                changes=tuple(Edit.of_stored(one) for one in entry.changes or ()),
                date_ids=frozenset(entry.occurrence_ids),
                slots=tuple(sorted(slots[key] for key in entry.occurrence_ids if key in slots)),
                condition=(kind, text) if entry.condition_id else None,
            )
        )
    return found


def _earlier_bookings(
    request: BookingRequest, cluster_ids: Collection[int], now: datetime
) -> dict[int, Earlier]:
    """Return what the organisation booked before in each of these clusters, and nowhere else."""
    if request.organisation_id is None:
        return {}
    kept = completed(now)
    cancelled = Occurrence.state == State.CANCELLED

    def bookings_where(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.count(sa.case((condition, Booking.id)).distinct())

    rows: Sequence[Any] = db.session.execute(
        sa.select(
            Facility.cluster_id,
            bookings_where(kept).label("kept"),
            bookings_where(cancelled).label("cancelled"),
            bookings_where(Occurrence.state == State.NO_SHOW).label("no_shows"),
        )
        .select_from(BookingRequest)
        .join(Booking, Booking.request_id == BookingRequest.id)
        .join(Facility, Facility.id == Booking.facility_id)
        .join(Occurrence, Occurrence.booking_id == Booking.id)
        .where(
            BookingRequest.organisation_id == request.organisation_id,
            BookingRequest.id != request.id,
            Facility.cluster_id.in_(cluster_ids),
        )
        .group_by(Facility.cluster_id)
    ).all()
    return {row.cluster_id: Earlier(row.kept, row.cancelled, row.no_shows) for row in rows}
