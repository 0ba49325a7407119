"""Reading requests: those that a viewer may see as requester, as a list and one by one."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from booking.accounts.memberships import Member, members_of
from booking.bookings.date_details import own_edits, with_own
from booking.bookings.details import RequestDetails
from booking.bookings.models import Booking, BookingRequest, LogEntry, Occurrence
from booking.bookings.readers import of_requester, readable_by, readers_of
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.arrivals import arrivals_of
from booking.facilities.effective_terms import effective_terms
from booking.facilities.models import Facility, Place
from booking.files.queries import ShownDocument, documents_for_bookings
from booking.rules.attendance import Attendance
from booking.rules.automatic_confirmation import AutomaticRule
from booking.rules.edits import Edit
from booking.rules.lifecycle import (
    ENDED,
    FIRM,
    OPEN,
    WAIT_FOR_OWNER,
    Act,
    Event,
    Headline,
    Side,
    Standing,
    State,
    headline,
    is_completed,
    is_left_out,
    listed_ids,
    standing_states,
    state_at,
)
from booking.rules.references import parse_reference
from booking.rules.reminders import may_remind
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms
from booking.rules.visibility import Viewer


@dataclass(frozen=True)
class DateLine:
    """One date of a booking. A date that nobody decided on in time already reads as lapsed.

    `attendance` is what the owner noted of it; `is_completed`: it took place. `own` are the
    details that are otherwise for it than for its request.
    """

    id: int
    uid: str
    slot: Slot
    whole: bool
    places: int
    state: State
    is_over: bool
    lapses_at: datetime | None
    attendance: Attendance
    is_completed: bool
    details: RequestDetails
    replaces_id: int | None = None
    own: tuple[Edit, ...] = ()

    @property
    def standing(self) -> Standing:
        """Return what its booking is summed up by."""
        return Standing(self.id, self.state, self.replaces_id)


@dataclass(frozen=True)
class LogLine:
    """One step in a booking's life; `dates` are those it was about, in their order.

    `works_for` are the organisations for which somebody worked who acted on the owner's side.
    With any `event` but STEP the dates stayed in their state. `changes` are what the requester
    changed or asked to change, `condition` is kind and text of the condition to which it happened.
    """

    at: datetime
    actor_id: int | None
    actor_name: str | None
    side: str
    colleague: bool
    works_for: tuple[str, ...]
    event: Event
    before: str | None
    after: State
    reason: str
    reason_code: str | None
    rule: AutomaticRule | None
    changes: tuple[Edit, ...]
    dates: tuple[DateLine, ...]
    condition: tuple[str, str] | None


@dataclass(frozen=True)
class DateElsewhere:
    """A date of another booking of the request, which is the one of this `number`."""

    date: DateLine
    number: int
    facility_slug: str
    facility_name: str
    own_places: int
    place_word: str | None
    rules: BookingTerms


@dataclass(frozen=True)
class Proposals:
    """What the owner proposes in the place of one date, earliest first, and in which words.

    That date is `instead_of`, or `elsewhere` at another facility. Without either it comes from the
    waiting list, and each date is to be answered by itself.
    """

    instead_of: DateLine | None
    dates: tuple[DateLine, ...]
    words: tuple[str, ...]
    elsewhere: DateElsewhere | None = None

    @property
    def from_waiting_list(self) -> bool:
        """Return whether the dates waited for free time."""
        return self.instead_of is None and self.elsewhere is None


@dataclass(frozen=True)
class BookingLine:
    """One facility of a request. `zone` is the facility's and its cluster's.

    `reminded_at` is when the requester reminded who decides, None if they have not. `kind`, `areas`
    (slugs of focus areas) and `capabilities` say what the facility is. `elsewhere` has the dates of
    the other bookings of the request.
    """

    id: int
    facility_id: int
    facility_slug: str
    facility_name: str
    city: str | None
    place_word: str | None
    own_places: int
    kind: str
    areas: tuple[str, ...]
    capabilities: tuple[str, ...]
    cluster_name: str
    country: str
    zone: ZoneInfo
    rules: BookingTerms
    due_at: datetime | None
    reminded_at: datetime | None
    may_remind: bool
    dates: tuple[DateLine, ...]
    log: tuple[LogLine, ...]
    elsewhere: tuple[DateElsewhere, ...] = ()

    @property
    def standing_states(self) -> list[State]:
        """Return the states of the dates that people agreed on; see the rule of that name."""
        return standing_states(
            (date.standing for date in self.dates), (one.date.standing for one in self.elsewhere)
        )

    @property
    def is_left(self) -> bool:
        """Return whether nothing of it counts any more: what people agreed on is elsewhere."""
        return bool(self.elsewhere) and all(is_left_out(date.standing) for date in self.dates)

    def replaced_elsewhere(self, date: DateLine) -> DateElsewhere | None:
        """Return the date at another facility in whose place this one would be, or is."""
        return next((one for one in self.elsewhere if one.date.id == date.replaces_id), None)

    @property
    def instead_elsewhere(self) -> list[DateElsewhere]:
        """Return what would be, or is, at another facility in the place of its dates."""
        ids = {date.id for date in self.dates}
        return [
            one
            for one in self.elsewhere
            if one.date.replaces_id in ids and not is_left_out(one.date.standing)
        ]

    @property
    def headline(self) -> Headline:
        """Return what its dates add up to."""
        return headline(self.standing_states, sum(date.is_completed for date in self.dates))

    @property
    def listed(self) -> list[DateLine]:
        """Return the dates that are listed as its dates."""
        ids = listed_ids(date.standing for date in self.dates)
        return [date for date in self.dates if date.id in ids]

    @property
    def proposals(self) -> list[Proposals]:
        """Return what the owner proposes now, by the date in whose place it would be."""
        found: dict[int, list[DateLine]] = {}
        apart = []
        for date in self.dates:
            if date.state is State.PROPOSED and date.replaces_id is not None:
                found.setdefault(date.replaces_id, []).append(date)
            elif date.state is State.PROPOSED:
                apart.append(Proposals(None, (date,), ()))
        here = [
            Proposals(date, tuple(found[date.id]), self._words_of(found[date.id]))
            for date in self.dates
            if date.id in found
        ]
        there = [
            Proposals(None, tuple(dates), self._words_of(dates), one)
            for one in self.elsewhere
            if (dates := found.get(one.date.id))
        ]
        return apart + here + there

    @property
    def awaits_requester(self) -> bool:
        """Return whether something proposed, here or elsewhere, waits for an answer."""
        elsewhere = any(one.date.state is State.PROPOSED for one in self.instead_elsewhere)
        return elsewhere or bool(self.proposals)

    @property
    def only_proposed(self) -> bool:
        """Return whether all its dates are proposals in the place of dates elsewhere."""
        return all(date.state is State.PROPOSED and date.replaces_id for date in self.dates)

    def _words_of(self, proposed: Sequence[DateLine]) -> tuple[str, ...]:
        ids = {date.id for date in proposed}
        lines = [line for line in self.log if line.after is State.PROPOSED and line.reason]
        return tuple(
            line.reason for line in reversed(lines) if ids & {date.id for date in line.dates}
        )

    def instead_of(self, date: DateLine) -> DateLine | None:
        """Return the date in whose place this one would be, or is."""
        return next((one for one in self.dates if one.id == date.replaces_id), None)

    @property
    def to_change(self) -> list[DateLine]:
        """Return the dates in whose place the requester may ask for another one."""
        found = [d for d in self.dates if d.state.may_be_moved(Side.REQUESTER)]
        gone = {date.replaces_id for date in found if date.state in OPEN}
        gone |= {one.date.replaces_id for one in self._asked_elsewhere()}
        return [date for date in found if not date.is_over and date.id not in gone]

    def _asked_elsewhere(self) -> list[DateElsewhere]:
        """Return what is requested or accepted in other bookings of the request."""
        return [
            one
            for one in self.elsewhere
            if one.date.state in OPEN and one.date.state.may_be_moved(Side.REQUESTER)
        ]

    @property
    def changeable(self) -> list[DateLine]:
        """Return the dates that the requester may change: none while another one is accepted.

        Nor what is asked for in the place of a date at another facility.
        """
        instead = _accepted_instead(self.dates, self.elsewhere)
        instead |= {one.date.id for one in self.elsewhere if one.date.state not in ENDED}
        stand = {d.id for d in self.to_change if not {d.id, d.replaces_id} & instead}
        return [
            d for d in self.dates if d.id in stand or (d.state is State.WAITING and not d.is_over)
        ]

    @property
    def to_withdraw(self) -> list[DateLine]:
        """Return the dates that the requester may withdraw."""
        return [d for d in self.dates if d.state.allows(Act.WITHDRAW, Side.REQUESTER)]

    @property
    def undecided(self) -> list[DateLine]:
        """Return the dates on which the owner has to decide: nothing is accepted in their place."""
        instead = _accepted_instead(self.dates, self.elsewhere)
        return [d for d in self.dates if d.state in WAIT_FOR_OWNER and d.id not in instead]

    @property
    def accepted(self) -> list[DateLine]:
        """Return the dates that wait for conditions before they are final."""
        return [date for date in self.dates if date.state is State.ACCEPTED]

    @property
    def on_waiting_list(self) -> list[DateLine]:
        """Return the dates that wait for free time."""
        return [date for date in self.dates if date.state is State.WAITING]

    @property
    def waited_in_vain(self) -> bool:
        """Return whether all its dates waited for time that did not become free."""
        steps = [line for line in self.log if line.after is State.LAPSED]
        waited = {d.id for line in steps if line.before == State.WAITING for d in line.dates}
        return all(date.state is State.LAPSED and date.id in waited for date in self.dates)

    @property
    def lapses_at(self) -> datetime | None:
        """Return when the first undecided date ends by itself, or None when none does."""
        ends = (date.lapses_at for date in self.undecided)
        return min((end for end in ends if end is not None), default=None)

    @property
    def accepted_until(self) -> datetime | None:
        """Return when the first accepted date ends by itself, or None when none does."""
        ends = (date.lapses_at for date in self.accepted)
        return min((end for end in ends if end is not None), default=None)

    @property
    def refusals(self) -> list[LogLine]:
        """Return the steps with which the owner declined or cancelled dates, latest first."""
        ended = (State.DECLINED, State.CANCELLED)
        return [
            line
            for line in self.log
            if line.event is Event.STEP and line.side == Side.OWNER and line.after in ended
        ]

    @property
    def to_cancel(self) -> list[DateLine]:
        """Return the dates that the requester may cancel: agreed, and not over."""
        cancellable = (d for d in self.dates if d.state.allows(Act.CANCEL, Side.REQUESTER))
        return [date for date in cancellable if not date.is_over]

    def ids_of(self, uids: Collection[str]) -> set[int]:
        """Return the ids of the dates with these uids.

        Raises:
            NotFound: one of them is no date of this booking.
        """
        ids = {date.uid: date.id for date in self.dates}
        if not set(uids) <= ids.keys():
            raise NotFound("date")
        return {ids[uid] for uid in uids}


@dataclass(frozen=True)
class RequestPage:
    """One whole request as its organisation sees it.

    `readers` are the only people of that who read it, None: it is not confidential.
    """

    reference: str
    details: RequestDetails
    sent_at: datetime
    entered: bool
    requester_id: int
    requester_name: str
    contact_name: str | None
    organisation_name: str | None
    bookings: tuple[BookingLine, ...]
    readers: tuple[Member, ...] | None = None

    @property
    def headline(self) -> Headline:
        """Return what all its dates add up to."""
        states = standing_states(d.standing for booking in self.bookings for d in booking.dates)
        completed = [date.is_completed for booking in self.bookings for date in booking.dates]
        return headline(states, sum(completed))

    @property
    def shown(self) -> list[tuple[int, BookingLine]]:
        """Return its bookings, each with its number, in the order in which they matter now.

        First what the requester has to answer, last those of which nothing counts any more.
        """
        return sorted(
            enumerate(self.bookings, start=1),
            key=lambda one: (not one[1].proposals, one[1].is_left),
        )


def visible_requests(viewer: Viewer) -> sa.Select[BookingRequest]:
    """Return the query for all requests that the viewer may see and act on as requester.

    It is `rules.visibility.may_act_as_requester` in SQL: those of one's own organisation, of
    confidential ones those on which the viewer is named.
    """
    return sa.select(BookingRequest).where(of_requester(viewer))


def organisation_of(reference: str, person_id: int) -> int | None:
    """Return the id of the organisation of a request; None if there is none, or no such request.

    None also if it is confidential and does not name this person. Otherwise it says nothing of the
    right to know it.
    """
    stored = parse_reference(reference)
    if stored is None:
        return None
    return db.session.scalar(
        sa.select(BookingRequest.organisation_id).where(
            BookingRequest.reference == stored, readable_by(person_id)
        )
    )


def get_request(viewer: Viewer, reference: str, now: datetime) -> RequestPage:
    """Return one request. A constant number of statements.

    Raises:
        NotFound: there is none of this reference, or it is not the viewer's.
    """
    stored = parse_reference(reference)
    if stored is None:
        raise NotFound("request")
    request = db.session.scalars(
        visible_requests(viewer)
        .where(BookingRequest.reference == stored)
        .options(
            joinedload(BookingRequest.organisation),
            joinedload(BookingRequest.requester),
            joinedload(BookingRequest.contact),
            selectinload(BookingRequest.bookings).options(
                joinedload(Booking.facility).options(
                    joinedload(Facility.cluster), selectinload(Facility.focus_areas)
                ),
                selectinload(Booking.occurrences),
                selectinload(Booking.log).options(
                    joinedload(LogEntry.actor), joinedload(LogEntry.condition)
                ),
            ),
        )
    ).first()
    if request is None:
        raise NotFound("request")
    facility_ids = [booking.facility_id for booking in request.bookings]
    rules = effective_terms(facility_ids)
    places = _own_places(facility_ids)
    lines = [
        _booking_line(
            booking, rules[booking.facility_id].rules, places.get(booking.facility_id, 0), now
        )
        for booking in request.bookings
    ]
    return RequestPage(
        reference=request.reference,
        details=request.details,
        sent_at=request.sent_at,
        entered=request.entered,
        requester_id=request.requester_id,
        requester_name=request.requester.name,
        contact_name=request.contact.name if request.contact else None,
        organisation_name=request.organisation.name if request.organisation else None,
        readers=_readers(request),
        bookings=tuple(_with_others(lines)),
    )


def _readers(request: BookingRequest) -> tuple[Member, ...] | None:
    """Return who is named on a confidential request and works there, None if it is not."""
    ids = readers_of(request)
    if ids is None:
        return None
    return tuple(one for one in members_of(request.organisation_id) if one.person_id in ids)


def _with_others(lines: Sequence[BookingLine]) -> Iterator[BookingLine]:
    """Yield the bookings of one request, each with the dates of the others."""
    for line in lines:
        elsewhere = tuple(
            DateElsewhere(
                date=date,
                number=number,
                facility_slug=other.facility_slug,
                facility_name=other.facility_name,
                own_places=other.own_places,
                place_word=other.place_word,
                rules=other.rules,
            )
            for number, other in enumerate(lines, start=1)
            if other is not line
            for date in other.dates
        )
        found = replace(line, elsewhere=elsewhere)
        yield replace(found, may_remind=line.may_remind and bool(found.undecided))


def arrival_texts(page: RequestPage) -> dict[int, str]:
    """Return by booking how to arrive, for those with an agreed date that is not over.

    It is for nobody else. A constant number of statements.
    """
    agreed = _agreed_facilities(page)
    found = arrivals_of(set(agreed.values())) if agreed else {}
    return {key: found[facility_id].text for key, facility_id in agreed.items()}


def booking_documents(page: RequestPage) -> dict[int, list[ShownDocument]]:
    """Return by booking the documents for who visits, for those with an agreed date to come.

    A constant number of statements.
    """
    agreed = _agreed_facilities(page)
    found = documents_for_bookings(set(agreed.values()))
    return {key: found[facility_id] for key, facility_id in agreed.items()}


def _agreed_facilities(page: RequestPage) -> dict[int, int]:
    """Return by booking its facility, for those with an agreed date that is not over."""
    return {
        booking.id: booking.facility_id
        for booking in page.bookings
        if any(date.state in FIRM and not date.is_over for date in booking.dates)
    }


def _own_places(facility_ids: Sequence[int]) -> dict[int, int]:
    query = (
        sa.select(Place.facility_id, sa.func.count())
        .where(Place.facility_id.in_(facility_ids))
        .group_by(Place.facility_id)
    )
    return dict(db.session.execute(query).all())


def _booking_line(
    booking: Booking, rules: BookingTerms, own_places: int, now: datetime
) -> BookingLine:
    facility, cluster = booking.facility, booking.facility.cluster
    shared = booking.request.details
    dates = tuple(_date_line(occurrence, shared, now) for occurrence in booking.occurrences)
    return BookingLine(
        id=booking.id,
        facility_id=facility.id,
        facility_slug=facility.slug,
        facility_name=facility.name,
        city=facility.city,
        place_word=facility.place_word,
        own_places=own_places,
        kind=facility.kind,
        areas=tuple(area.slug for area in facility.focus_areas),
        capabilities=tuple(facility.capabilities),
        cluster_name=cluster.short_name,
        country=cluster.country,
        zone=ZoneInfo(cluster.time_zone),
        rules=rules,
        due_at=booking.due_at,
        reminded_at=booking.requester_reminded_at,
        may_remind=may_remind(booking.due_at, booking.requester_reminded_at, now),
        dates=dates,
        log=tuple(_log_line(entry, dates) for entry in reversed(booking.log)),
    )


def _accepted_instead(
    dates: Sequence[DateLine], elsewhere: Sequence[DateElsewhere]
) -> set[int | None]:
    """Return the ids of the dates in whose place another one is accepted, here or elsewhere."""
    every = [*dates, *(one.date for one in elsewhere)]
    return {date.replaces_id for date in every if date.state is State.ACCEPTED} - {None}


def _date_line(occurrence: Occurrence, shared: RequestDetails, now: datetime) -> DateLine:
    return DateLine(
        id=occurrence.id,
        uid=occurrence.uid,
        slot=Slot(occurrence.starts_at, occurrence.ends_at),
        whole=occurrence.whole,
        places=occurrence.places,
        state=state_at(occurrence.state, occurrence.lapses_at, now),
        is_over=occurrence.ends_at <= now,
        lapses_at=occurrence.lapses_at,
        attendance=Attendance(occurrence.arrived_at, occurrence.left_at),
        is_completed=is_completed(occurrence.state, occurrence.ends_at, now),
        details=with_own(shared, occurrence.own_details),
        replaces_id=occurrence.replaces_id,
        own=own_edits(shared, occurrence.own_details),
    )


def _log_line(entry: LogEntry, dates: Sequence[DateLine]) -> LogLine:
    about = set(entry.occurrence_ids)
    return LogLine(
        at=entry.at,
        actor_id=entry.actor_id,
        actor_name=entry.actor.name if entry.actor else None,
        side=entry.side,
        colleague=entry.colleague,
        works_for=tuple(entry.works_for or ()),
        event=Event(entry.event),
        before=entry.before,
        after=State(entry.after),
        reason=entry.reason,
        reason_code=entry.reason_code,
        rule=AutomaticRule.of_stored(entry.rule) if entry.rule else None,
        changes=tuple(Edit.of_stored(one) for one in entry.changes or ()),
        dates=tuple(date for date in dates if date.id in about),
        condition=(entry.condition.kind, entry.condition.text) if entry.condition else None,
    )
