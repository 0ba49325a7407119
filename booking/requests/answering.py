"""What a partner does with proposals: accept one, decline them, suggest another date."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from booking.accounts.queries import account_now
from booking.availability.checks import (
    check_context,
    hold_reveals_hidden,
    refusals_for_requester,
)
from booking.availability.confirming import broken_rules, facts_to_confirm
from booking.bookings.agreeing import hold_accepted, seat_confirmed
from booking.bookings.date_details import details_of, plan_of_date
from booking.bookings.deciding import deciders_of
from booking.bookings.elsewhere import log_elsewhere
from booking.bookings.log import write_log
from booking.bookings.models import Booking, Occurrence
from booking.bookings.readers import acts_as_requester
from booking.bookings.records import chosen_dates, reload_booking, writing_on
from booking.bookings.replacements import (
    beside,
    hold_what_is_new,
    in_place_of,
    is_the_same,
    lapse_no_earlier,
    new_replacement,
    open_in_place_of,
    paused_by,
    resume_clock,
)
from booking.bookings.transitions import (
    agree,
    by_booking,
    by_state,
    decline_quietly,
    take_step,
)
from booking.clusters.deadlines import deadlines_of
from booking.conditions.service import hang_conditions, plan_conditions
from booking.db.transactions import retried
from booking.errors import Conflict, Invalid, NotFound, Refused
from booking.facilities.calendar_visibility import sees_calendar
from booking.rules.deadlines import due_at, lapses_at
from booking.rules.edits import edits_of
from booking.rules.lifecycle import Act, Side, State, has_lapsed
from booking.rules.routing import Deciders
from booking.rules.slots import Slot
from booking.rules.terms import RequestedDate
from booking.rules.visibility import Account


@retried
def accept(account: Account, booking_id: int, occurrence_id: int) -> State:
    """Accept a proposal, and return its new state; any colleague of the requester may.

    It is confirmed, and what it is in the place of ends as replaced; a date that has ended
    meanwhile stays as it is, and what was proposed from the waiting list is in the place of
    nothing. Where the facility asks for something before the yes is final, it is accepted, and the
    other date stays until that is done. Either way the other proposals in the same place are
    withdrawn.

    Raises:
        NotFound: it is another organisation's, or does not exist.
        Refused: a rule is broken now, such as a quota or a closure made since.
        Conflict: `already_decided`, `proposal_expired`, or `taken`.
    """
    with writing_on(booking_id) as now:
        booking = booking_to_change(account, booking_id)
        dates = _open_proposals(booking, [occurrence_id], Act.TAKE, now)
        found = beside(booking, dates, now)
        facts = facts_to_confirm(booking, dates, now, instead_of=found.all)
        if broken := broken_rules(facts, dates, now):
            raise Refused([refusal for some in broken.values() for refusal in some])
        plan = plan_conditions(booking, dates, None, found, now)
        paused = paused_by(booking, dates)
        rules = facts.effective.rules
        if plan.until is None:
            seat_confirmed(dates, found, rules, now, room=facts.room)
        else:
            hold_accepted(dates, found, plan.until, rules, now)
        deciders = deciders_of([booking], now)[booking_id]
        hang_conditions(account, booking, dates, plan, found, deciders, now)
        agree(
            booking,
            dates,
            found,
            Act.TAKE if plan.is_final else Act.ACCEPT,
            now,
            deciders=deciders,
            actor_id=account.person_id,
            side=Side.REQUESTER,
            paused=paused,
        )
        return dates[0].state


@retried
def decline_proposals(
    account: Account, booking_id: int, occurrence_ids: Collection[int], reason: str = ""
) -> None:
    """Decline proposals: what they would be in the place of stays. Any colleague may.

    Raises:
        NotFound: it is another organisation's, or does not exist.
        Conflict: `already_decided` or `proposal_expired`.
    """
    with writing_on(booking_id) as now:
        booking = booking_to_change(account, booking_id)
        proposals = _open_proposals(booking, occurrence_ids, Act.DECLINE, now)
        paused = paused_by(booking, proposals)
        take_step(
            booking,
            proposals,
            Act.DECLINE,
            now,
            deciders=deciders_of([booking], now)[booking_id],
            actor_id=account.person_id,
            side=Side.REQUESTER,
            reason=reason,
        )
        resume_clock(paused, now)


@dataclass(frozen=True)
class Suggestion:
    """What a partner wants in the place of a date: another time, or more or fewer places."""

    booking_id: int
    occurrence_id: int
    slots: tuple[Slot, ...]
    whole: bool
    places: int
    words: str = ""
    #: The proposal that it answers: nothing is done if that is not open any more.
    answers_id: int | None = None


@retried
def suggest(account: Account, suggestion: Suggestion) -> None:
    """Request another date in the place of one; that stays as it is until this is confirmed.

    It is at the facility of the booking; what it would replace may be at another one.

    What the owner proposed instead of it is declined, what was suggested before is withdrawn, what
    was accepted stays. Any colleague of the requester may.

    Raises:
        NotFound: it is another organisation's, or does not exist.
        Invalid: `dates`: what it already is.
        Refused: it cannot be requested; has every reason.
        Conflict: `already_decided`, when nothing of it is open any more; `proposal_over`; `over`;
            `taken`.
    """
    with writing_on(suggestion.booking_id) as now:
        booking = booking_to_change(account, suggestion.booking_id)
        (chosen,) = chosen_dates(booking, [suggestion.occurrence_id])
        replaced = in_place_of(booking, chosen)
        before = open_in_place_of(booking, [replaced.id], now)
        _refuse_unless_open(replaced, before, now)
        if suggestion.answers_id not in (None, *(one.id for one in before)):
            raise Conflict("proposal_over")
        (slot,) = suggestion.slots
        whole, places = suggestion.whole, suggestion.places
        here = booking.facility_id
        same = (is_the_same(one, here, [slot], whole, places) for one in (replaced, chosen))
        if any(same):
            raise Invalid("dates", "same")
        facts = check_context(
            booking.facility_id,
            [slot],
            now,
            whole=suggestion.whole,
            without=[replaced.id, *(one.id for one in before)],
            organisation_id=booking.request.organisation_id,
            viewer=account.viewer,
            added_to=booking.request.reference,
        )
        people = details_of(chosen).people
        date = RequestedDate(slot, suggestion.places, suggestion.whole, people)
        if refusals := refusals_for_requester(facts, [date], now, account.viewer):
            raise Refused(refusals)
        deciders = deciders_of([booking], now)[booking.id]
        proposed = [one for one in before if one.state is State.PROPOSED]
        suggested = [one for one in before if one.state is State.REQUESTED]
        accepted = [one for one in before if one.state is State.ACCEPTED]
        decline_quietly(booking, proposed, deciders, now, actor_id=account.person_id)
        withdraw_suggestions(booking, suggested, deciders, now, actor_id=account.person_id)
        new = save_suggestion(
            booking,
            replaced,
            slot,
            whole=whole,
            places=len(facts.room.own) if whole else places,
            own_details=chosen.own_details,
            now=now,
        )
        reveals = hold_reveals_hidden(facts, account.viewer, whole=suggestion.whole)
        if facts.effective.rules.pending_holds and not reveals:
            try:
                hold_what_is_new([new], [replaced, *accepted], facts.room, now)
            except Conflict:
                if sees_calendar(facts.facility, account.viewer):
                    raise
        write_log(
            booking,
            [new],
            now,
            before=None,
            after=State.REQUESTED,
            deciders=deciders,
            actor_id=account.person_id,
            side=Side.REQUESTER,
            reason=suggestion.words,
            changes=edits_of(plan_of_date(replaced), plan_of_date(new)),
        )
        log_elsewhere(
            [new],
            now,
            before=None,
            after=State.REQUESTED,
            deciders=deciders,
            actor_id=account.person_id,
            side=Side.REQUESTER,
        )


def withdraw_suggestions(
    booking: Booking,
    suggested: Sequence[Occurrence],
    deciders: Deciders,
    now: datetime,
    *,
    actor_id: int,
) -> None:
    """Withdraw what was requested in the place of dates, as something else is now.

    `deciders` are those of the booking.
    """
    for one, able, dates in by_booking(booking, suggested, deciders, now):
        for some in by_state(dates):
            take_step(
                one,
                some,
                Act.WITHDRAW,
                now,
                deciders=able,
                actor_id=actor_id,
                side=Side.REQUESTER,
                is_announced=False,
            )


def save_suggestion(
    booking: Booking,
    replaced: Occurrence,
    slot: Slot,
    *,
    whole: bool,
    places: int,
    own_details: Mapping[str, Any] | None,
    now: datetime,
) -> Occurrence:
    """Save what is requested in the place of a date, without places; returns its row.

    The owner has as long to answer as for a request sent now, if that is longer.
    """
    deadlines = deadlines_of(booking.facility.cluster, now)
    due = due_at(now, slot.starts_at, deadlines)
    others = [
        one
        for one in booking.occurrences
        if one.state is State.REQUESTED
        and one is not replaced
        and not has_lapsed(one.state, one.lapses_at, now)
    ]
    if booking.due_at is None or not others:
        booking.due_at = due
    lapse_no_earlier(replaced, lapses_at(due, slot.starts_at, deadlines), now)
    return new_replacement(
        booking,
        replaced,
        slot,
        whole=whole,
        places=places,
        state=State.REQUESTED,
        lapses_at=lapses_at(due, slot.starts_at, deadlines),
        now=now,
        own_details=own_details,
    )


def _refuse_unless_open(
    replaced: Occurrence, before: Collection[Occurrence], now: datetime
) -> None:
    """Refuse where the date has ended and nothing open would be in its place."""
    stands = replaced.state.may_be_moved(Side.REQUESTER) and not has_lapsed(
        replaced.state, replaced.lapses_at, now
    )
    if not stands and not before:
        raise Conflict("already_decided")
    if stands and replaced.ends_at <= now:
        raise Conflict("over")


def booking_to_change(account: Account, booking_id: int) -> Booking:
    """Return a booking, read again, that the person may act on as requester.

    Raises:
        NotFound: they may not, or it does not exist.
    """
    booking = reload_booking(booking_id)
    if not acts_as_requester(account_now(account).viewer, booking.request):
        raise NotFound("booking")
    return booking


def _open_proposals(
    booking: Booking, occurrence_ids: Collection[int], act: Act, now: datetime
) -> list[Occurrence]:
    proposals = chosen_dates(booking, occurrence_ids)
    if any(not one.state.allows(act, Side.REQUESTER) for one in proposals):
        raise Conflict("already_decided")
    if any(has_lapsed(one.state, one.lapses_at, now) for one in proposals):
        raise Conflict("proposal_expired")
    return proposals
