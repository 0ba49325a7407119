"""What a partner does with a request: send, withdraw, cancel, remind."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.memberships import CURRENT, members_with
from booking.accounts.models import Membership, Person
from booking.accounts.queries import account_now
from booking.accounts.throttle import limit
from booking.availability.automatic import rule_that_confirms
from booking.availability.checks import (
    CheckContext,
    check_context,
    hold_reveals_hidden,
    refusals_for_requester,
)
from booking.bookings.contested import competes_with_waiting
from booking.bookings.deciding import deciders_of
from booking.bookings.log import write_log
from booking.bookings.models import Booking, BookingRequest
from booking.bookings.new_request import NewRequest, add_request, already_sent, save_booking
from booking.bookings.occupancy import seat_all
from booking.bookings.readers import acts_as_requester, set_readers
from booking.bookings.records import chosen_dates, facility_id_of, reload_booking, writing_on
from booking.bookings.replacements import open_in_place_of, waiting_for_owner
from booking.bookings.transitions import by_state, decline_quietly, take_step
from booking.db.transactions import retried, writing_by_rules
from booking.errors import Busy, Conflict, Forbidden, NotFound, Refused
from booking.extensions import db
from booking.facilities.calendar_visibility import sees_calendar
from booking.facilities.deciders import deciders_on
from booking.rules.automatic_confirmation import AutomaticRule
from booking.rules.deadlines import due_at
from booking.rules.lifecycle import Act, Event, Side, State
from booking.rules.limits import LimitName
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.reminders import may_remind
from booking.rules.visibility import Account
from booking.rules.waiting_list import dates_that_may_wait, waits_until


class TooManySent(Busy):
    """The person has sent `sent` requests, or `by_organisation` their organisation: the most."""

    def __init__(self, sent: int, *, by_organisation: bool) -> None:
        super().__init__(f"{sent} sent")
        self.sent = sent
        self.by_organisation = by_organisation


@retried
def send(account: Account, new_request: NewRequest) -> str:
    """Send a request to the cluster that owns the facility; returns its reference.

    Where a rule of the owner says so and nobody waits for the time, it is confirmed at once. Dates
    that others have taken go to the waiting list, if the request may wait.

    Sent again by the same person with the same idempotency key, it returns the first reference.

    Raises:
        Refused: it cannot be requested; has every reason.
        Forbidden: the person works for no organisation.
        NotFound: there is no such facility.
        TooManySent: the person or the organisation has sent as many as they can for now.
        Conflict: `taken`, when somebody else was faster.
    """
    with writing_by_rules(new_request.facility_id) as now:
        sender = _sender_now(account, new_request.idempotency_key, now)
        if sender.sent_before is not None:
            return sender.sent_before
        facts = check_context(
            new_request.facility_id,
            new_request.slots,
            now,
            whole=new_request.whole,
            organisation_id=sender.organisation_id,
            viewer=account.viewer,
        )
        refusals = refusals_for_requester(facts, new_request.requested_dates(), now, account.viewer)
        answering = deciders_on(new_request.facility_id, account.person_id).all
        if not answering and all(r.code is not RefusalCode.NOBODY_ANSWERS for r in refusals):
            refusals.append(Refusal(RefusalCode.NOBODY_ANSWERS, {}, None))
        waiting = _waiting(facts, new_request, refusals, now)
        if refusals and not waiting:
            raise Refused(refusals)
        sender.refuse_too_many()
        request = add_request(new_request, account.person_id, sender.organisation_id, now)
        rule = _rule_that_confirms(facts, new_request, account, now) if not waiting else None
        starts = [s.starts_at for index, s in enumerate(new_request.slots) if index not in waiting]
        due = due_at(now, min(starts), facts.deadlines) if starts else None
        booking = save_booking(
            request,
            new_request,
            now,
            own_places=len(facts.room.own),
            deadlines=facts.deadlines,
            state=State.CONFIRMED if rule else State.REQUESTED,
            due=None if rule else due,
            waiting=waiting,
        )
        if new_request.readers is not None:
            named = members_with(sender.organisation_id, new_request.readers)
            set_readers(request, {*named, account.person_id}, now)
        if rule is not None:
            _confirm_by(rule, booking, facts, account, now)
            return request.reference
        reveals = hold_reveals_hidden(facts, account.viewer, whole=new_request.whole)
        if facts.effective.rules.pending_holds and not reveals:
            _hold(booking, facts, account, now)
        deciders = deciders_of([booking], now)[booking.id]
        for state in (State.REQUESTED, State.WAITING):
            if dates := [date for date in booking.occurrences if date.state is state]:
                write_log(
                    booking,
                    dates,
                    now,
                    before=None,
                    after=state,
                    deciders=deciders,
                    actor_id=account.person_id,
                    side=Side.REQUESTER,
                )
        return request.reference


def _waiting(
    facts: CheckContext, new_request: NewRequest, refusals: Sequence[Refusal], now: datetime
) -> dict[int, datetime]:
    """Return which dates, by index, go to the waiting list, and until when they wait there."""
    if not new_request.may_wait:
        return {}
    rules, slots = facts.effective.rules, new_request.slots
    indexes = dates_that_may_wait(rules, refusals)
    return {index: waits_until(rules, slots[index], now) for index in indexes}


def _rule_that_confirms(
    facts: CheckContext, new_request: NewRequest, account: Account, now: datetime
) -> AutomaticRule | None:
    """Return the rule that confirms this request at once; None: the approvers decide."""
    rule = rule_that_confirms(facts, new_request, account.viewer, now)
    if rule is None:
        return None
    dates = new_request.requested_dates()
    return None if competes_with_waiting(new_request.facility_id, dates, now) else rule


def _confirm_by(
    rule: AutomaticRule, booking: Booking, facts: CheckContext, account: Account, now: datetime
) -> None:
    """Take the places of dates that were saved as confirmed, and log by which rule."""
    seat_all(
        booking.occurrences,
        facts.room,
        facts.effective.rules,
        now,
        hold=False,
        has_expired=facts.has_expired_holds,
    )
    write_log(
        booking,
        booking.occurrences,
        now,
        before=None,
        after=State.CONFIRMED,
        deciders=deciders_of([booking], now)[booking.id],
        actor_id=account.person_id,
        side=Side.RULE,
        rule=rule,
    )


@dataclass(frozen=True)
class _Sender:
    """Who sends, read under the lock; `sent` and `sent_together` count what was sent lately.

    What was sent counts also once it is withdrawn; `sent_together` is of the whole organisation.
    `sent_before` is the reference of the same request, if it has been sent.
    """

    organisation_id: int
    sent_before: str | None
    sent: int
    sent_together: int

    def refuse_too_many(self) -> None:
        """Raise TooManySent if a limit is reached."""
        own, common = limit(LimitName.SEND_PERSON), limit(LimitName.SEND_ORGANISATION)
        if self.sent >= own.tries:
            raise TooManySent(own.tries, by_organisation=False)
        if self.sent_together >= common.tries:
            raise TooManySent(common.tries, by_organisation=True)


def _sent(by: sa.ColumnElement[bool], since: str) -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.count())
        .select_from(BookingRequest)
        .where(by, ~BookingRequest.entered, BookingRequest.sent_at > sa.bindparam(since))
        .correlate(Person, Membership)
        .scalar_subquery()
    )


# Built once: that takes as long as to run it.
_SENDER = (
    sa.select(
        Membership.organisation_id,
        already_sent(Person.id, sa.bindparam("idempotency_key"))
        .correlate(Person)
        .scalar_subquery(),
        _sent(BookingRequest.requester_id == Person.id, "since"),
        _sent(BookingRequest.organisation_id == Membership.organisation_id, "since_together"),
    )
    .select_from(Person)
    .join(Membership, Membership.person_id == Person.id)
    .where(
        Person.id == sa.bindparam("person_id"),
        Person.is_active,
        Membership.organisation_id == sa.bindparam("organisation_id"),
        CURRENT,
    )
)


def _sender_now(account: Account, idempotency_key: str, now: datetime) -> _Sender:
    """Return who sends, for the organisation for which they act. One statement.

    Raises:
        Forbidden: they do not work for it any more, or are no longer active.
    """
    row = db.session.execute(
        _SENDER,
        {
            "person_id": account.person_id,
            "organisation_id": account.organisation_id,
            "idempotency_key": idempotency_key,
            "since": now - limit(LimitName.SEND_PERSON).within,
            "since_together": now - limit(LimitName.SEND_ORGANISATION).within,
        },
    ).first()
    if row is None:
        raise Forbidden("only people who work for an organisation send requests")
    return _Sender(*row)


def _hold(booking: Booking, facts: CheckContext, account: Account, now: datetime) -> None:
    """Hold the places of requested dates, as the facility does; what waits holds nothing.

    People who may not see the calendar may request taken times; such dates hold nothing.
    """
    try:
        seat_all(
            [date for date in booking.occurrences if date.state is State.REQUESTED],
            facts.room,
            facts.effective.rules,
            now,
            hold=True,
            has_expired=facts.has_expired_holds,
        )
    except Conflict:
        if sees_calendar(facts.facility, account.viewer):
            raise


@retried
def withdraw(account: Account, booking_id: int, occurrence_ids: Collection[int]) -> None:
    """Withdraw dates that nobody has decided on, or that wait; any colleague of the requester may.

    What the owner proposed instead of them is declined.

    Raises:
        NotFound: it is another organisation's, or does not exist.
        Conflict: `already_decided`, when one of the dates has moved on.
    """
    _end_dates(account, booking_id, occurrence_ids, Act.WITHDRAW, "")


@retried
def cancel(account: Account, booking_id: int, occurrence_ids: Collection[int], reason: str) -> None:
    """Cancel confirmed dates that are not over; any colleague of the requester may.

    What the owner proposed instead of them is declined.

    Raises:
        NotFound: it is another organisation's, or does not exist.
        Conflict: `already_decided`, when one has moved on; `over`, when one is past.
    """
    _end_dates(account, booking_id, occurrence_ids, Act.CANCEL, reason)


@retried
def remind(account: Account, booking_id: int) -> None:
    """Remind who decides, and the coordinators, of an overdue answer; any colleague may, once.

    Raises:
        NotFound: it is another organisation's, or does not exist.
        Conflict: `already_decided`, when nothing waits for an answer any more; `reminded`, when
            somebody did before; `not_due`.
    """
    with writing_by_rules(facility_id_of(booking_id)) as now:
        booking = reload_booking(booking_id)
        viewer = account_now(account).viewer
        if not acts_as_requester(viewer, booking.request):
            raise NotFound("booking")
        waiting = waiting_for_owner(booking, now)
        if not waiting:
            raise Conflict("already_decided")
        if not may_remind(booking.due_at, booking.requester_reminded_at, now):
            raise Conflict("reminded" if booking.requester_reminded_at else "not_due")
        booking.requester_reminded_at = now
        write_log(
            booking,
            waiting,
            now,
            before=waiting[0].state,
            after=waiting[0].state,
            deciders=deciders_of([booking], now)[booking_id],
            actor_id=account.person_id,
            side=Side.REQUESTER,
            event=Event.REMINDED,
        )


def _end_dates(
    account: Account, booking_id: int, occurrence_ids: Collection[int], act: Act, reason: str
) -> None:
    with writing_on(booking_id) as now:
        booking = reload_booking(booking_id)
        viewer = account_now(account).viewer
        if not acts_as_requester(viewer, booking.request):
            raise NotFound("booking")
        occurrences = chosen_dates(booking, occurrence_ids)
        if act is Act.CANCEL and any(o.ends_at <= now for o in occurrences):
            raise Conflict("over")
        deciders = deciders_of([booking], now)[booking_id]
        in_place = {one.id for one in occurrences}
        proposals = open_in_place_of(booking, in_place, now, states={State.PROPOSED})
        decline_quietly(booking, proposals, deciders, now, actor_id=account.person_id)
        for some in by_state(occurrences):
            take_step(
                booking,
                some,
                act,
                now,
                deciders=deciders,
                actor_id=account.person_id,
                side=Side.REQUESTER,
                reason=reason,
            )
