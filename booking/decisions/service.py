"""What the owning cluster does: confirm, decline, cancel, enter own use and bookings for others."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.accounts.models import Organisation
from booking.accounts.queries import account_now
from booking.availability.checks import CheckContext, check_context
from booking.availability.confirming import broken_rules, facts_to_confirm
from booking.bookings.agreeing import hold_accepted, seat_confirmed
from booking.bookings.authorise import booking_to_decide, decide, is_colleague
from booking.bookings.log import count_of, write_log
from booking.bookings.models import Booking, Occurrence
from booking.bookings.new_request import NewRequest, add_request, find_already_sent, save_booking
from booking.bookings.occupancy import fits_all, holding, occurrence_slot, seat_all
from booking.bookings.records import chosen_dates, writing_on
from booking.bookings.replacements import beside
from booking.bookings.transitions import agree, by_state
from booking.conditions.service import hang_conditions, plan_conditions
from booking.db.transactions import retried, writing_by_rules
from booking.decisions.entry_queries import refusals_to_enter, room_if_released
from booking.decisions.exceptions import (
    broken_keys,
    broken_keys_of_entry,
    record_exceptions,
    refuse_unless_excepted,
)
from booking.errors import Conflict, Invalid, NotFound
from booking.extensions import db
from booking.facilities.deciders import deciders_on
from booking.rules.conditions import ConditionsChoice
from booking.rules.decline_codes import DeclineCode
from booking.rules.lifecycle import Act, Event, Side, State, has_lapsed
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.routing import Deciders
from booking.rules.visibility import Account, may_decide


@dataclass(frozen=True)
class Decision:
    """What an approver chose: which dates of which booking, and why; `code` if they decline.

    `exception_reason` says why dates that break a rule are confirmed; "" grants no exception.
    `acknowledged` are the broken rules that the person has read, as keys of
    `rules.exceptions.exception_keys` with the uids of the dates; None: all. `seen` is how many
    changes of the requester the person has seen, see `BookingForReview.changes`; None: all.
    """

    booking_id: int
    occurrence_ids: frozenset[int]
    reason: str = ""
    exception_reason: str = ""
    acknowledged: frozenset[str] | None = None
    code: DeclineCode | None = None
    conditions: ConditionsChoice | None = None
    seen: int | None = None


@retried
def confirm(account: Account, decision: Decision) -> State:
    """Confirm requested dates: all of the chosen ones, or none; returns their new state.

    Where something must be done before the yes is final, they are accepted: they hold their
    places until the day of the conditions. Rules are checked again, as terms, hours and closures
    may have changed since. A date that was requested in the place of another one takes it over
    once it is confirmed. What else would be in its place ends.

    Raises:
        NotFound: the person may not decide on this booking, or it does not exist.
        Refused: a rule is broken, and no exception granted or possible.
        Invalid: see `conditions.service.plan_conditions`.
        Conflict: `already_decided`, `expired`, `taken` when one no longer fits, `set_aside` when
            its time is set aside for others, or `changed` when the requester has changed
            something since the person looked.
    """
    with writing_on(decision.booking_id) as now:
        booking, deciders = booking_to_decide(account, decision.booking_id, now)
        return confirm_dates(account, booking, deciders, decision, now)


def confirm_dates(
    account: Account, booking: Booking, deciders: Deciders, decision: Decision, now: datetime
) -> State:
    """Confirm the chosen dates of a booking read under the lock; returns their new state.

    Raises what `confirm` raises.
    """
    occurrences = open_to(Act.CONFIRM, booking, decision.occurrence_ids, now)
    refuse_unseen(booking, decision)
    found = beside(booking, occurrences, now)
    _refuse_both(occurrences, found.replaced)
    facts = facts_to_confirm(booking, occurrences, now, instead_of=found.all)
    broken = broken_rules(facts, occurrences, now)
    refusals = [refusal for some in broken.values() for refusal in some]
    refuse_unless_excepted(
        refusals,
        decision.exception_reason,
        broken=broken_keys(occurrences, broken),
        acknowledged=decision.acknowledged,
    )
    plan = plan_conditions(booking, occurrences, decision.conditions, found, now)
    rules, held = facts.effective.rules, None
    try:
        if plan.until is not None:
            hold_accepted(occurrences, found, plan.until, rules, now)
        else:
            has_expired = facts.has_expired_holds
            held = sorted(
                seat_confirmed(
                    occurrences, found, rules, now, room=facts.room, has_expired=has_expired
                )
            )
    except Conflict as conflict:
        if _would_fit_if_released(occurrences, facts, now):
            raise Conflict("set_aside") from conflict
        raise
    hang_conditions(account, booking, occurrences, plan, found, deciders, now)
    entry = agree(
        booking,
        occurrences,
        found,
        Act.CONFIRM if plan.is_final else Act.ACCEPT,
        now,
        deciders=deciders,
        actor_id=account.person_id,
        side=Side.OWNER,
        reason=decision.reason,
        colleague=is_colleague(account, booking),
    )
    entry.held_ids = held
    record_exceptions(
        booking,
        broken,
        now,
        deciders=deciders,
        person_id=account.person_id,
        reason=decision.exception_reason,
        colleague=is_colleague(account, booking),
    )
    return occurrences[0].state


def refuse_unseen(booking: Booking, decision: Decision) -> None:
    """Refuse to decide on a booking that the requester has changed since the person looked.

    Raises:
        Conflict: `changed`.
    """
    if decision.seen is not None and decision.seen != count_of(Event.CHANGED, booking):
        raise Conflict("changed")


def _refuse_both(occurrences: Sequence[Occurrence], replaced: Mapping[int, Occurrence]) -> None:
    """Refuse to confirm a date together with the one that would be in its place, or two of these.

    Raises:
        Conflict: `both_chosen`.
    """
    chosen = {one.id for one in occurrences}
    ids = [before.id for before in replaced.values()]
    if chosen.intersection(ids) or len(ids) != len(set(ids)):
        raise Conflict("both_chosen")


def _would_fit_if_released(
    occurrences: Sequence[Occurrence], facts: CheckContext, now: datetime
) -> bool:
    """Return whether those dates that hold nothing would fit if no time were set aside."""
    held = holding(occurrences, now)
    unheld = [date for date in occurrences if date.id not in held]
    if not unheld:
        return False
    slots = [occurrence_slot(date) for date in unheld]
    there = room_if_released(facts, slots, now, without=[date.id for date in unheld])
    return fits_all(unheld, there, facts.effective.rules)


@retried
def decline(account: Account, decision: Decision) -> None:
    """Decline requested dates, or accepted ones that are not final, with a reason.

    Raises:
        NotFound: the person may not decide on this booking, or it does not exist.
        Conflict: `already_decided`, `expired` or `changed`.
    """
    with writing_on(decision.booking_id) as now:
        booking, deciders = booking_to_decide(account, decision.booking_id, now)
        occurrences = open_to(Act.DECLINE, booking, decision.occurrence_ids, now)
        refuse_unseen(booking, decision)
        for some in by_state(occurrences):
            decide(
                account,
                booking,
                some,
                Act.DECLINE,
                deciders,
                decision.reason,
                now,
                reason_code=decision.code,
            )


@retried
def cancel(account: Account, decision: Decision) -> None:
    """Cancel confirmed dates that are not over, on the owner's side, with a reason.

    Raises:
        NotFound: the person may not decide on this booking, or it does not exist.
        Conflict: `already_decided`, or `over` when one is past.
    """
    with writing_on(decision.booking_id) as now:
        booking, deciders = booking_to_decide(account, decision.booking_id, now)
        occurrences = chosen_dates(booking, decision.occurrence_ids)
        if any(occurrence.ends_at <= now for occurrence in occurrences):
            raise Conflict("over")
        decide(account, booking, occurrences, Act.CANCEL, deciders, decision.reason, now)


@dataclass(frozen=True)
class Entering:
    """A booking that the owner enters: own use, or on behalf of an organisation.

    `exception_reason` says why it is entered although it breaks a rule; "" grants no exception.
    `acknowledged` are the broken rules that the person has read, as keys of
    `exceptions.broken_keys_of_entry`; None: all.
    """

    new_request: NewRequest
    organisation_id: int | None
    exception_reason: str = ""
    acknowledged: frozenset[str] | None = None


@retried
def enter(account: Account, entering: Entering) -> str:
    """Enter a booking, confirmed at once; returns its reference.

    The same check as for a request, but for lead time and horizon. Own use has no organisation.

    Raises:
        NotFound: the person may not decide on this facility, or it does not exist.
        Invalid: `organisation`, when it is unknown or one of the person's own.
        Refused: a rule is broken, and no exception granted or possible; or it is for somebody
            else to enter, as the person's organisation competes with a request for these dates.
        Conflict: `taken`, when somebody else was faster.
    """
    new_request = entering.new_request
    with writing_by_rules(new_request.facility_id) as now:
        current = account_now(account)
        viewer = current.viewer
        deciders = deciders_on(new_request.facility_id, None)
        if not may_decide(viewer, deciders):
            raise NotFound("facility")
        _check_organisation(entering.organisation_id, current)
        if (
            sent_before := find_already_sent(account.person_id, new_request.idempotency_key)
        ) is not None:
            return sent_before
        facts = check_context(
            new_request.facility_id,
            new_request.slots,
            now,
            whole=new_request.whole,
            organisation_id=entering.organisation_id,
        )
        refusals = refusals_to_enter(viewer, facts, new_request.requested_dates(), now)
        refuse_unless_excepted(
            refusals,
            entering.exception_reason,
            broken=broken_keys_of_entry(new_request.slots, refusals),
            acknowledged=entering.acknowledged,
        )
        request = add_request(
            new_request, account.person_id, entering.organisation_id, now, entered=True
        )
        booking = save_booking(
            request,
            new_request,
            now,
            own_places=len(facts.room.own),
            deadlines=facts.deadlines,
            state=State.CONFIRMED,
            due=None,
        )
        by_date = _by_date(refusals, new_request, booking)
        _seat_entered(booking, by_date, facts, now)
        write_log(
            booking,
            booking.occurrences,
            now,
            before=None,
            after=State.CONFIRMED,
            deciders=deciders,
            actor_id=account.person_id,
            side=Side.OWNER,
        )
        record_exceptions(
            booking,
            by_date,
            now,
            deciders=deciders,
            person_id=account.person_id,
            reason=entering.exception_reason,
        )
        return request.reference


def _seat_entered(
    booking: Booking, broken: Mapping[int, Sequence[Refusal]], facts: CheckContext, now: datetime
) -> None:
    """Take places for each date; those with an exception to set-aside time also take such places.

    Raises:
        Conflict: `taken`, when one of them no longer fits.
    """
    rules, has_expired = facts.effective.rules, facts.has_expired_holds
    set_aside = {
        key
        for key, some in broken.items()
        if any(one.code is RefusalCode.SET_ASIDE for one in some)
    }
    usual = [date for date in booking.occurrences if date.id not in set_aside]
    if usual:
        seat_all(usual, facts.room, rules, now, hold=False, has_expired=has_expired)
    excepted = [date for date in booking.occurrences if date.id in set_aside]
    if excepted:
        room = room_if_released(facts, [occurrence_slot(one) for one in excepted], now)
        seat_all(excepted, room, rules, now, hold=False, has_expired=has_expired)


def _by_date(
    refusals: Sequence[Refusal], new_request: NewRequest, booking: Booking
) -> dict[int, list[Refusal]]:
    """Return the refusals of each saved date; a refusal of all dates counts for each."""
    # Dates are saved sorted; two may be equal, each on a place of its own.
    order = sorted(range(len(new_request.slots)), key=new_request.slots.__getitem__)
    ids = dict(zip(order, (date.id for date in booking.occurrences), strict=True))
    found: dict[int, list[Refusal]] = defaultdict(list)
    for refusal in refusals:
        for number in ids if refusal.date_index is None else [refusal.date_index]:
            found[ids[number]].append(refusal)
    return found


def _check_organisation(organisation_id: int | None, account: Account) -> None:
    if organisation_id is None:
        return
    if account.works_for(organisation_id):
        raise Invalid("organisation", "own")
    organisation = db.session.get(Organisation, organisation_id, populate_existing=True)
    if organisation is None or organisation.merged_into_id is not None:
        raise Invalid("organisation", "unknown")


def open_to(
    act: Act, booking: Booking, occurrence_ids: Collection[int], now: datetime
) -> list[Occurrence]:
    """Return the chosen dates, which the owner may all still decide on.

    Raises:
        NotFound: none was chosen, or one is not of this booking.
        Conflict: `already_decided`, or `expired` when one has lapsed.
    """
    occurrences = chosen_dates(booking, occurrence_ids)
    if any(not occurrence.state.allows(act, Side.OWNER) for occurrence in occurrences):
        raise Conflict("already_decided")
    if any(has_lapsed(o.state, o.lapses_at, now) for o in occurrences):
        raise Conflict("expired")
    return occurrences
