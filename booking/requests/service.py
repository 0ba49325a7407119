"""What a partner does with a request: send it, take it back, cancel what was confirmed."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.accounts.queries import account_now
from booking.db.transactions import retried, writing
from booking.errors import Conflict, Forbidden, NotFound, Refused
from booking.extensions import db
from booking.facilities.calendar_visibility import sees_calendar
from booking.facilities.deciders import DecisionTable
from booking.facilities.tree import chains
from booking.requests.checking import Facts, facts_around, hold_would_tell, reasons_against
from booking.requests.models import Booking, BookingRequest, Occurrence
from booking.requests.seating import seat_all
from booking.requests.steps import Side, take_step, write_log
from booking.rules.asking import Ask, Refusal, RefusalCode
from booking.rules.deadlines import due_at, lapses_at
from booking.rules.lifecycle import Act, State
from booking.rules.references import new_reference
from booking.rules.routing import Deciders
from booking.rules.slots import Slot
from booking.rules.visibility import Account, may_act_as_requester

RANDOM = secrets.SystemRandom()


@dataclass(frozen=True)
class Sending:
    """A whole request for one facility, as typed and checked for form.

    `slots` are the dates, each in the same extent: all of it (`whole`), or `places` own places.
    `send_token` is made with the form: sending it twice sends one request.
    """

    facility_id: int
    slots: tuple[Slot, ...]
    whole: bool
    places: int
    title: str
    purpose: str
    activity: str
    people: int | None
    hazards: bool
    hazards_note: str
    send_token: str

    def asks(self) -> list[Ask]:
        """Return each date as the rules want it."""
        return [Ask(slot, self.places, self.whole, self.people) for slot in self.slots]


def deciders_on(facility_id: int, requester_id: int | None) -> Deciders:
    """Return who may decide on a request of this person for this facility, at this moment."""
    return DecisionTable(chains([facility_id])).deciders(facility_id, requester_id)


@retried
def send(account: Account, sending: Sending) -> str:
    """Send a request to the cluster that owns the facility; returns its reference.

    Sent again with the same token by the same person, it returns the first one's.

    Raises:
        Refused: it cannot be asked for; has every reason.
        Forbidden: the person works for no organisation.
        NotFound: there is no such facility.
        Conflict: `taken`, when somebody else was faster.
    """
    with writing(sending.facility_id) as now:
        organisation_id = _organisation_now(account)
        if (sent_before := find_sent(account.person_id, sending.send_token)) is not None:
            return sent_before
        facts = facts_around(
            sending.facility_id,
            sending.slots,
            now,
            whole=sending.whole,
            organisation_id=organisation_id,
            viewer=account.viewer,
        )
        deciders = deciders_on(sending.facility_id, account.person_id)
        refusals = reasons_against(facts, sending.asks(), now, account.viewer)
        if not deciders.all and all(r.code is not RefusalCode.NOBODY_ANSWERS for r in refusals):
            refusals.append(Refusal(RefusalCode.NOBODY_ANSWERS, {}, None))
        if refusals:
            raise Refused(refusals)
        request = new_request(sending, account.person_id, organisation_id, now)
        due = due_at(now, min(slot.starts_at for slot in sending.slots), facts.deadlines)
        booking = new_booking(request, sending, facts, now, state=State.REQUESTED, due=due)
        tells = hold_would_tell(facts, account.viewer, whole=sending.whole)
        if facts.effective.pending_holds and not tells:
            _hold(booking, facts, account, now)
        write_log(
            booking,
            booking.occurrences,
            now,
            before=None,
            after=State.REQUESTED,
            deciders=deciders,
            actor_id=account.person_id,
            side=Side.REQUESTER,
        )
        return request.reference


def find_sent(requester_id: int, send_token: str) -> str | None:
    """Return the reference of what this person already sent with this token, or None."""
    return db.session.scalar(
        sa.select(BookingRequest.reference).where(
            BookingRequest.requester_id == requester_id, BookingRequest.send_token == send_token
        )
    )


def _organisation_now(account: Account) -> int:
    person = db.session.get(Person, account.person_id, populate_existing=True)
    if person is None or not person.is_active or person.organisation_id is None:
        raise Forbidden("only people who work for an organisation send requests")
    return person.organisation_id


def _hold(booking: Booking, facts: Facts, account: Account, now: datetime) -> None:
    """Hold the places of a date that is asked for, where the facility does so.

    Who may not see the calendar may ask for what is taken; such a date competes instead.
    """
    try:
        with db.session.begin_nested():
            seat_all(booking.occurrences, facts.room, facts.effective.rules, now, hold=True)
    except Conflict:
        if sees_calendar(facts.facility, account.viewer):
            raise


def new_request(
    sending: Sending,
    requester_id: int,
    organisation_id: int | None,
    now: datetime,
    *,
    entered: bool = False,
) -> BookingRequest:
    """Return the saved row of a request under a new reference."""
    reference = new_reference(RANDOM)
    taken = sa.select(BookingRequest.id)
    while db.session.scalar(taken.where(BookingRequest.reference == reference)):
        reference = new_reference(RANDOM)
    request = BookingRequest(
        reference=reference,
        organisation_id=organisation_id,
        requester_id=requester_id,
        entered=entered,
        title=sending.title,
        purpose=sending.purpose,
        activity=sending.activity,
        people=sending.people,
        hazards=sending.hazards,
        hazards_note=sending.hazards_note,
        sent_at=now,
        send_token=sending.send_token,
    )
    db.session.add(request)
    db.session.flush()
    return request


def new_booking(
    request: BookingRequest,
    sending: Sending,
    facts: Facts,
    now: datetime,
    *,
    state: State,
    due: datetime | None,
) -> Booking:
    """Return the saved booking of a request with its dates, none of them on a place yet."""
    booking = Booking(request=request, facility_id=sending.facility_id, due_at=due)
    booking.occurrences = [
        Occurrence(
            facility_id=sending.facility_id,
            uid=secrets.token_hex(16),
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            whole=sending.whole,
            places=len(facts.room.own) if sending.whole else sending.places,
            state=state,
            lapses_at=lapses_at(due, slot.starts_at, facts.deadlines) if due else None,
            changed_at=now,
        )
        for slot in sorted(sending.slots)
    ]
    db.session.add(booking)
    db.session.flush()
    return booking


@retried
def take_back(account: Account, booking_id: int, occurrence_ids: Collection[int]) -> None:
    """Take back dates that nobody has decided on; any colleague of the requester may.

    Raises:
        NotFound: it is another organisation's, or does not exist.
        Conflict: `already_decided`, when one of the dates has moved on.
    """
    _retreat(account, booking_id, occurrence_ids, Act.WITHDRAW, "")


@retried
def cancel(account: Account, booking_id: int, occurrence_ids: Collection[int], reason: str) -> None:
    """Cancel confirmed dates that are not over; any colleague of the requester may.

    Raises:
        NotFound: it is another organisation's, or does not exist.
        Conflict: `already_decided`, when one has moved on; `over`, when one is past.
    """
    _retreat(account, booking_id, occurrence_ids, Act.CANCEL, reason)


def _retreat(
    account: Account, booking_id: int, occurrence_ids: Collection[int], act: Act, reason: str
) -> None:
    facility_id = facility_of(booking_id)
    with writing(facility_id) as now:
        booking = reloaded(booking_id)
        viewer = account_now(account).viewer
        if not may_act_as_requester(viewer, booking.request.organisation_id):
            raise NotFound("booking")
        occurrences = chosen(booking, occurrence_ids)
        if act is Act.CANCEL and any(o.ends_at <= now for o in occurrences):
            raise Conflict("over")
        take_step(
            booking,
            occurrences,
            act,
            now,
            deciders=deciders_on(facility_id, booking.request.asker_id),
            actor_id=account.person_id,
            side=Side.REQUESTER,
            reason=reason,
        )


def facility_of(booking_id: int) -> int:
    """Return the facility of a booking, to know which root to lock.

    Raises:
        NotFound: there is no such booking.
    """
    facility_id = db.session.scalar(sa.select(Booking.facility_id).where(Booking.id == booking_id))
    if facility_id is None:
        raise NotFound("booking")
    return facility_id


def reloaded(booking_id: int) -> Booking:
    """Return a booking with its dates as they are now that the root is locked.

    Raises:
        NotFound: there is no such booking.
    """
    booking = db.session.get(Booking, booking_id, populate_existing=True)
    if booking is None:
        raise NotFound("booking")
    db.session.scalars(
        sa.select(Occurrence)
        .where(Occurrence.booking_id == booking_id)
        .execution_options(populate_existing=True)
    ).all()
    return booking


def chosen(booking: Booking, occurrence_ids: Collection[int]) -> list[Occurrence]:
    """Return the chosen dates of a booking, in order.

    Raises:
        NotFound: none was chosen, or one is not of this booking.
    """
    wanted = set(occurrence_ids)
    found = [occurrence for occurrence in booking.occurrences if occurrence.id in wanted]
    if not wanted or len(found) != len(wanted):
        raise NotFound("date")
    return found
